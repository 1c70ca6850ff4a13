"""What the pages remember: choices on disk, ids in the session, uploads under names of
our own."""

import dataclasses
import errno
import html
import io
import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import drawn
from tests.ui.helpers import page, words
from tltools import files
from tltools.config import RunConfig
from tltools.datasets import store
from tltools.recipes import demonstration
from tltools.ui.common import state


def test_choices_are_written_once_and_read_back(home):
    assert not state.chosen()
    state.choose()
    assert state.chosen(), "the Model page was seen, even if nothing was changed"
    draft = home.workspace().draft
    state.choose(epochs=9, name="![x](y)")
    assert (state.config().epochs, state.config().name) == (9, "![x](y)")
    before = draft.stat()
    assert state.choose(epochs=9).epochs == 9
    assert draft.stat().st_ino == before.st_ino, "nothing changed, nothing is written"


@pytest.mark.parametrize("damage", [
    b"", b"{", b"[1]", b'{"format": 99}', b'{"format": 1, "unknown": 1}'
])
def test_a_damaged_draft_costs_the_choices_and_nothing_else(home, damage):
    files.write_bytes(home.workspace().draft, damage)
    assert state.config().check() == []
    assert state.choose(epochs=4).epochs == 4
    assert state.config().epochs == 4


@pytest.mark.parametrize(("name", "value"), [
    ("epochs", "many"), ("epochs", 10**9), ("learning_rate", None), ("resize", "stretch"),
    ("optimizer", []), ("flip", "yes"), ("unfreeze_stages", -7),
    ("backbone", "GoneNet"), ("backbone", ["VGG16"]), ("pooling", 1)
])
def test_a_choice_that_no_control_can_show_is_the_default_and_the_others_stay(home, name, value):
    """Another version may have written it; without this both pages end there for good.
    """
    files.write_json(home.workspace().draft,
                     {**state.first_config().as_dict(), "patience": 3, name: value})
    drawn(home)
    for which in ("train", "model", "home"):
        app = page(which)
        assert not app.error, words(app)
    assert getattr(state.config(), name) == getattr(state.first_config(), name)
    assert state.config().patience == 3


def test_choices_that_do_not_go_together_are_kept(home):
    """They are shown and said to be wrong; which of them to change is the person's."""
    state.choose(epochs=2, warm_up=7, input_size=32, backbone="VGG16", weights="none")
    assert (state.config().epochs, state.config().warm_up) == (2, 7)


def test_the_first_choice_is_what_is_on_this_machine(home, monkeypatch):
    assert (state.first_config().backbone, state.first_config().weights) == ("TLNet", "bundled")
    assert state.weights_ready()
    state.choose(backbone="VGG16", weights="imagenet", input_size=224)
    assert not state.weights_ready()
    monkeypatch.setattr(state.weights, "status", lambda home: {"VGG16": True})
    assert (state.first_config().backbone, state.first_config().input_size) == ("VGG16", 224)
    monkeypatch.setattr(state.weights, "status", lambda home: {})
    assert state.first_config() == RunConfig()


def test_the_data_set_is_the_one_chosen_else_the_newest_of_ones_own(home):
    assert state.dataset() is None
    shown = drawn(home, per_class=2)
    store.change(home.workspace(), shown.id,
                 lambda found: type(found)(**{**vars(found), "source": demonstration.SOURCE}))
    assert state.dataset().id == shown.id
    assert state.own_dataset() is None, "the demonstration's pictures are nobody's own"
    own, other = drawn(home, per_class=2), drawn(home, per_class=2, seed=2)
    assert state.dataset().id in (own.id, other.id)
    state.choose(dataset=own.id)
    assert state.dataset().id == state.own_dataset().id == own.id
    store.delete(home.workspace(), own.id)
    assert state.dataset().id == other.id
    (other.path / "dataset.json").write_bytes(b"{")
    assert state.dataset().id == shown.id, "a damaged one is passed over"


def test_uploads_get_names_of_our_own(home):
    class Upload(io.BytesIO):
        name = "../../evil.H5"

    kept = [*state.keep_uploads([Upload(b"one")]), *state.keep_uploads([Upload(b"two")], "photo")]
    assert [item["name"] for item in kept] == ["../../evil.H5", "photo"]
    found = sorted(home.workspace().uploads.iterdir())
    assert sorted(item["path"] for item in kept) == [str(path) for path in found]
    assert {path.read_bytes() for path in found} == {b"one", b"two"}
    assert {path.suffix for path in found} == {".h5"}, "Keras chooses the format by it"


def test_controls_and_uploaders_begin_anew_under_new_keys():
    def script():
        import streamlit as st

        from tltools.ui.common import state

        st.text(f"{state.key('epochs')} {state.uploader_key('zip')} {state.uploader_key('csv')}")
        if st.button("Forget", key="forget"):
            state.forget_widgets()
            state.clear_uploader("zip")

    app = AppTest.from_function(script).run()
    assert app.text[0].value == "w-epochs uploader-zip-0 uploader-csv-0"
    app.button(key="forget").click().run()
    app.run()
    assert app.text[0].value == "w-epochs.1 uploader-zip-1 uploader-csv-0"


def test_in_a_class_only_a_person_has_a_workspace(home, monkeypatch):
    assert state.workspace().path == home.workspace().path
    monkeypatch.setenv("TLTOOLS_CLASS", "http://192.168.1.5:8501")
    assert state.in_class()

    def script():
        import streamlit as st

        from tltools.errors import NotFound
        from tltools.ui.common import state

        try:
            st.text(state.workspace().name)
        except NotFound as error:
            st.error(str(error))

    app = AppTest.from_function(script).run()
    assert "No workspace is open" in app.error[0].value
    app.session_state[state.PERSON] = "local"
    app.run()
    assert "No workspace is open" in app.error[0].value, "a crafted value is no person"


def test_of_what_controls_show_only_what_a_person_changed_is_chosen(home):
    given = state.choose(epochs=30, batch_size=32)
    assert state.taken(given, epochs=30, batch_size=32) == given
    other = state.choose(epochs=10)  # in another tab
    assert state.taken(given, epochs=30, batch_size=64).epochs == 10
    assert state.config() == dataclasses.replace(other, batch_size=64)
    assert state.taken(state.config(), epochs=30).epochs == 10, "its control still shows 30"
    assert state.taken(state.config(), epochs=12).epochs == 12


@pytest.fixture
def full_disk(home, monkeypatch):
    """Nothing fits on the disk any more, until the list that this gives is emptied."""
    full, write = [True], files.write_bytes

    def written(target, data):
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(target, data)

    def begin():
        monkeypatch.setattr(files, "write_bytes", written)
        return full

    return begin


@pytest.mark.parametrize("before", [True, False])
def test_on_a_full_disk_a_choice_holds_in_this_tab_and_the_disk_is_named(home, full_disk, before):
    drawn(home)
    if before:
        state.choose(backbone="MobileNet-0.25", weights="none", input_size=32, epochs=30)
    app, other = page("train"), page("train")
    full = full_disk()
    app.number_input(key="w-epochs").set_value(10).run()
    assert not app.exception
    (box,) = app.warning
    said = html.unescape(box.value).replace("\u200b", "")
    assert said.startswith("**The disk is full**")
    assert re.search(r"[\d.]+ GB\b.* [\d.]+ [GM]B are free", said)
    assert "holds in this tab only" in said
    assert app.number_input(key="w-epochs").value == 10
    app.number_input(key="w-batch_size").set_value(64).run()
    assert app.number_input(key="w-epochs").value == 10, "the first choice too"
    app.switch_page("pages/model.py").run()
    app.switch_page("pages/train.py").run()
    assert (app.number_input(key="w-epochs").value, app.number_input(key="w-batch_size").value) \
        == (10, 64), "also after its page was left"
    other.run()
    assert other.number_input(key="w-epochs").value == 30
    full.clear()
    app.run()
    assert not app.warning
    stored = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (stored.epochs, stored.batch_size) == (10, 64), "kept as soon as there is room"


def test_a_home_that_cannot_be_written_is_a_sentence_too(home, monkeypatch):
    drawn(home)

    def written(target, data):
        raise PermissionError(errno.EACCES, "Permission denied")

    app = page("train")
    monkeypatch.setattr(files, "write_bytes", written)
    app.number_input(key="w-epochs").set_value(10).run()
    assert not app.exception
    assert "cannot be written" in app.warning[0].value
    assert str(home.path) not in words(app)
