"""Every page through `app.py`: empty, prepared, with damaged records, with hostile
names."""

import pytest

from tests.helpers import drawn, queued
from tests.ui.helpers import PAGES, page, words
from tltools import files
from tltools.config import RunConfig
from tltools.datasets import store


@pytest.mark.parametrize("name", PAGES)
def test_empty(name):
    app = page(name)
    assert words(app)
    assert not app.error


@pytest.mark.parametrize("name", PAGES)
def test_prepared(home, finished, name):
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none").as_dict())
    app = page(name)
    assert not app.error
    assert words(app)


@pytest.mark.parametrize("name", PAGES)
def test_damaged_records_are_named_and_hide_nothing(home, finished, name):
    other = drawn(home)
    (other.path / "dataset.json").write_bytes(b"{")
    broken = queued(home, store.list_datasets(home.workspace())[-1])
    (broken.path / "status.json").write_bytes(b"")
    app = page(name)
    assert not app.exception
    if name == "data":
        assert "cannot be read" in words(app)


@pytest.mark.slow
def test_names_are_text(home, finished):
    drawn(home)
    for name in PAGES:
        app = page(name)
        for element in [*app.markdown, *app.error, *app.warning, *app.info, *app.caption]:
            assert "![x](http" not in str(element.value)
