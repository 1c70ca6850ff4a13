"""The Glossary page: every word, a search over them, the way to where one meets it."""

from tests.ui.helpers import HOSTILE, page, words
from tltools.glossary import TERMS
from tltools.ui.common.shell import PAGES


def test_every_word_is_explained_and_leads_to_its_page():
    app = page("glossary")
    said = words(app)
    for term in TERMS:
        assert f"**{term.word}**" in said
        assert term.meaning in said
    ways = [item.proto.label for item in app.get("page_link")]
    for name in {term.page for term in TERMS if term.page}:
        count = sum(term.page == name for term in TERMS)
        assert ways.count(f"{name.capitalize()} page") == count
        assert name in PAGES


def test_search_leaves_what_explains_it():
    app = page("glossary")
    box = app.text_input(key="w-glossary")
    box.set_value("FROZ").run()
    shown = [item.value for item in app.markdown if item.value.startswith("**")]
    assert shown[0].startswith("**Frozen**")
    assert 0 < len(shown) < len(TERMS)
    assert all("froz" in item.lower() for item in shown)


def test_nothing_found_is_said_with_the_words_as_text():
    app = page("glossary")
    app.text_input(key="w-glossary").set_value(HOSTILE).run()
    assert not app.exception
    (note,) = app.info
    assert "Try a shorter word" in note.value
    assert "![x](" not in note.value
    assert "<b>" not in note.value
