"""Fixtures that every test may ask for."""

from tests.azurite import azurite

__all__ = ["azurite"]
