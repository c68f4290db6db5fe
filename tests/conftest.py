"""Fixtures that every test may ask for."""

from tests.azurite import azurite
from tests.notices import pytest_terminal_summary
from tests.ordering import pytest_collection_modifyitems
from tests.stack import nothing_left_over, stack, world

__all__ = [
    "azurite",
    "nothing_left_over",
    "pytest_collection_modifyitems",
    "pytest_terminal_summary",
    "stack",
    "world",
]
