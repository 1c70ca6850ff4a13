"""The glossary: every word once, each leads to a page that exists, and the search finds
by name, other name and meaning."""

import pytest

from tltools import glossary
from tltools.ui.common.shell import PAGES


def test_every_word_stands_once_in_order_and_leads_to_a_page():
    words = [term.word for term in glossary.TERMS]
    assert words == sorted(set(words), key=str.lower)
    assert all(term.page in {"", *PAGES} for term in glossary.TERMS)


@pytest.mark.parametrize(("wanted", "first"), [("froz", "Frozen"), ("base model", "Backbone"),
                                               ("by heart", "Overfitting"), ("HEAD", "Head"),
                                               ("test set", "Test set")])
def test_search(wanted: str, first: str):
    assert first in [term.word for term in glossary.search(wanted)][:2]


def test_search_for_nothing_and_for_what_is_not_there():
    assert glossary.search("") == list(glossary.TERMS)
    assert glossary.search("zebra crossing") == []
