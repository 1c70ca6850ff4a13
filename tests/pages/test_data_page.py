"""The Data page: classes and pictures are changed by hand, with undo; names are text.
"""

import pytest

from tests.datasets.helpers import NAMES
from tests.helpers import drawn
from tests.pages.test_pages import button, in_place, page, words  # noqa: F401  (a fixture)
from tltools import engine
from tltools.datasets import edits, store


@pytest.fixture
def dataset(home):
    return drawn(home, classes=3, per_class=30)


def now(home) -> store.Dataset:
    return store.list_datasets(home.workspace())[0]


def choose_classes(app, dataset: store.Dataset, *numbers: int) -> None:
    box = next(item for item in app.multiselect if item.key.startswith("w-classes-"))
    box.set_value([dataset.classes[number].id for number in numbers]).run()


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


def mark(app, image: store.ImageRecord):
    """The tick of a picture."""
    return next(item for item in app.checkbox
                if item.key.startswith("w-mark-") and item.key.split("-")[-2] == image.id)


def test_select_some_move_and_delete_them_across_pages(home, dataset):
    app = page("data")
    app.toggle(key=f"w-edit-{dataset.id}").set_value(True).run()
    members = dataset.members(dataset.classes[0].id)
    for image in members[:3]:
        mark(app, image).set_value(True).run()
    mark(app, members[0]).set_value(False).run()
    assert button(app, "go-delete").label == "Delete 2 pictures"
    button(app, "pick-page").click().run()
    assert button(app, "go-delete").label == "Delete 24 pictures"
    button(app, "pick-all").click().run()
    assert button(app, "go-delete").label == "Delete 30 pictures"
    assert all(item.value for item in app.checkbox if item.key.startswith("w-mark-"))
    button(app, "pick-none").click().run()
    assert button(app, "go-delete").disabled
    mark(app, members[5]).set_value(True).run()
    button(app, "go-delete").click().run()
    assert members[5].id not in {image.id for image in now(home).images}
    assert "1 picture deleted." in words(app)

    mark(app, members[0]).set_value(True).run()
    box = next(item for item in app.selectbox if item.key.startswith("w-move-"))
    box.set_value(dataset.classes[1].name).run()
    button(app, "go-move").click().run()
    classes = {image.id: image.class_id for image in now(home).images}
    assert classes[members[0].id] == dataset.classes[1].id
    assert not app.exception
    for _ in range(2):
        button(app, "undo").click().run()
    assert now(home).images == dataset.images


def test_a_click_that_is_quicker_than_the_ticks_deletes_what_its_button_says(home, dataset):
    """A browser sends all ticks with a click, also those that it has not drawn yet:
    with their old values."""
    app = page("data")
    app.toggle(key=f"w-edit-{dataset.id}").set_value(True).run()
    old = [(item.key, item.value) for item in app.checkbox if item.key.startswith("w-mark-")]
    button(app, "pick-page").click().run()
    assert button(app, "go-delete").label == "Delete 24 pictures"
    for item in app.checkbox:
        if (item.key, False) in old:
            item.set_value(False)
    button(app, "go-delete").click().run()
    assert len(now(home).images) == 66
    button(app, "undo-here").click().run()
    assert now(home).images == dataset.images
    assert button(app, "go-delete").disabled, "what came back is not selected"


def test_the_next_step_stays_in_sight_and_says_what_is_missing(home, dataset):
    edits.add_class(home.workspace(), dataset.id, "later")
    app = page("data")
    assert button(app, "next-model").disabled
    assert "Before the next step: Add pictures to it" in words(app)


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


def test_report_of_a_csv_is_shown(home, tmp_path):
    from tests import corpus
    from tests.datasets.helpers import image

    path = tmp_path / "a.zip"
    rows = b"".join(b"%d.png,%s\n" % (n, (b"x", b"y")[n % 2]) for n in range(20))
    path.write_bytes(corpus.archive([(f"{n}.png", image(n)) for n in range(8)]
                                    + [("labels.csv", b"file,label\n" + rows)]))
    task = engine.connect().submit("data", "tltools.datasets.sources.archive:import_archive",
                                   home=str(home.path), workspace="local", dataset=None,
                                   path=str(path), name="a.zip")
    from streamlit.testing.v1 import AppTest

    from tests.pages.test_pages import ROOT
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    app.session_state["task-import"] = task
    app.switch_page("pages/data.py").run()
    app.run()
    assert not app.exception
    assert any("8 of 20 rows matched" in item.label for item in app.expander)
    assert "And 2 more" in words(app)


def test_a_wrong_table_does_not_cost_the_uploaded_pictures(home):
    app = page("data")
    app.session_state["w-source"] = "csv"
    app.run()
    pictures, table = app.file_uploader
    pictures.set_value([("a.png", b"x" * 10, "image/png")])
    table.set_value(("labels.csv", b"Datei;Klasse\na.png;katze\n", "text/csv"))
    app.run()
    button(app, "go-csv").click().run()
    assert not app.exception
    said = words(app).replace("&#46;", ".").replace("&#58;&#8203;", ":")
    assert "has no columns for file and label" in said
    assert [item.name for item in app.file_uploader[0].value] == ["a.png"]
    assert not list(home.workspace().uploads.glob("*"))
