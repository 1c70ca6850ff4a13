"""Classes on the Data page: changed by hand, with undo; names are text."""

import errno

import pytest

from tests.datasets.helpers import NAMES
from tests.helpers import drawn
from tests.ui.helpers import button, page, words
from tltools import files
from tltools.datasets import edits, records, store


@pytest.fixture
def dataset(home):
    return drawn(home, classes=3, per_class=30)


def now(home) -> records.Dataset:
    return store.list_datasets(home.workspace())[0]


def choose_classes(app, dataset: records.Dataset, *numbers: int) -> None:
    box = next(item for item in app.multiselect if item.key.startswith("w-classes-"))
    box.set_value([dataset.classes[number].id for number in numbers]).run()


@pytest.mark.slow
def test_add_rename_merge_switch_off_delete_and_undo(home, dataset):
    app = page("data")
    app.text_input(key="w-new-class").set_value("new one")
    button(app, "go-add-class").click().run()
    assert now(home).classes[-1].name == "new one"
    assert "Class new one added." in words(app)

    choose_classes(app, now(home), 0)
    app.text_input(key=f"w-class-name-{dataset.id}-{dataset.classes[0].id}").set_value(
        dataset.classes[1].name)
    button(app, "go-rename-class").click().run()
    assert "Another class has this name" in words(app).replace("&#58;&#8203;", ":")
    app.text_input(key=f"w-class-name-{dataset.id}-{dataset.classes[0].id}").set_value("renamed")
    button(app, "go-rename-class").click().run()
    assert now(home).classes[0].name == "renamed"

    choose_classes(app, now(home), 2, 3)
    button(app, "go-disable").click().run()
    assert [item.disabled for item in now(home).classes] == [False, False, True, True]
    assert app.metric[0].value == "44", (
        "the pictures of a class that is switched off are in no part")
    choose_classes(app, now(home), 0)
    button(app, "go-disable").click().run()
    assert "at least two" in words(app)
    choose_classes(app, now(home), 0, 2)
    button(app, "go-enable").click().run()

    choose_classes(app, now(home), 0, 1)
    button(app, "go-merge").click().run()
    assert [item.name for item in now(home).classes] \
        == ["renamed", dataset.classes[2].name, "new one"]
    assert len(now(home).images) == 90

    choose_classes(app, now(home), 0)
    button(app, "delete-classes").click().run()
    assert "60 pictures" in words(app)
    assert button(app, "delete-classes-now").label == "Delete the class"
    assert len(now(home).images) == 90, "it asks first"
    edits.delete_class(home.workspace(), dataset.id, now(home).classes[0].id)
    assert not app.exception

    app = page("data")  # another session: what can be undone stands on disk
    while now(home).actions:
        button(app, "undo").click().run()
    assert (now(home).classes, now(home).images) == (dataset.classes, dataset.images)


def test_the_trash_is_emptied_after_a_question(home, dataset):
    edits.delete_images(home.workspace(), dataset.id, [image.id for image in dataset.images[:4]])
    app = page("data")
    button(app, "empty-trash").click().run()
    assert "4 deleted pictures" in words(app)
    assert button(app, "empty-trash-now").label == "Empty the trash"
    assert len(now(home).actions) == 1, "it asks first"
    edits.empty_trash(home.workspace(), dataset.id)
    assert not [item for item in page("data").button if item.key == "undo"]


def test_hostile_names_are_shown_as_text(home, dataset):
    for name in NAMES:
        edits.add_class(home.workspace(), dataset.id, name)
    edits.move_images(home.workspace(), dataset.id, [dataset.images[0].id], NAMES[1])
    app = page("data")
    (table,) = (item.value for item in app.dataframe if "pictures" in item.value)
    assert list(table["class"])[3:] == NAMES
    for element in [
            *app.markdown, *app.error, *app.warning, *app.caption, *app.button, *app.checkbox
    ]:
        shown = str(getattr(element, "label", "") or element.value)
        assert "<b>x</b>" not in shown
        assert "![](http" not in shown


def test_a_change_on_a_full_disk_is_a_sentence_and_nothing_is_lost(home, dataset, monkeypatch):
    """It was Streamlit's own box."""
    app = page("data")
    choose_classes(app, dataset, 0)

    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files, "write_bytes", full)
        app.text_input(key="w-new-class").set_value("new one")
        button(app, "go-add-class").click().run()
        assert "The disk is full" in words(app)
        assert not app.exception
    assert now(home) == dataset
    app.text_input(key="w-new-class").set_value("new one")
    button(app, "go-add-class").click().run()
    assert now(home).classes[-1].name == "new one"
