"""Fixtures that every test may ask for."""

from tests.azurite import azurite
from tests.notices import pytest_terminal_summary
from tests.stack import stack, world

__all__ = ["azurite", "pytest_terminal_summary", "stack", "world"]
