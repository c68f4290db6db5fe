"""Fixtures that every test may ask for."""

from tests.azurite import azurite
from tests.stack import stack, world

__all__ = ["azurite", "stack", "world"]
