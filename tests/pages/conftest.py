"""The fixtures of the pages' tests, for those that go over all pages."""

from tests.ui.conftest import finished, in_place

__all__ = ["finished", "in_place"]
