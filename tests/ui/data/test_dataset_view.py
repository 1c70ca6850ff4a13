"""A data set on the Data page: what an import brought, its split and name, and what is
missing before the next step."""

import dataclasses

import pytest
from streamlit.testing.v1 import AppTest

from tests import corpus
from tests.datasets.helpers import image
from tests.helpers import drawn
from tests.ui.helpers import HOSTILE, ROOT, button, page, words
from tltools import engine, files
from tltools.datasets import edits, records, store


@pytest.fixture
def dataset(home):
    return drawn(home, classes=3, per_class=30)


def test_the_next_step_stays_in_sight_and_says_what_is_missing(home, dataset):
    edits.add_class(home.workspace(), dataset.id, "later")
    app = page("data")
    assert button(app, "next-model").disabled
    assert "Before the next step: Add pictures to it" in words(app)


def test_report_of_a_csv_is_shown(home, tmp_path):
    path = tmp_path / "a.zip"
    rows = b"".join(b"%d.png,%s\n" % (n, (b"x", b"y")[n % 2]) for n in range(20))
    path.write_bytes(corpus.archive([(f"{n}.png", image(n)) for n in range(8)]
                                    + [("labels.csv", b"file,label\n" + rows)]))
    task = engine.connect().submit("data", "tltools.datasets.sources.tasks:bring_in",
                                   home=str(home.path), workspace="local", dataset=None,
                                   source={"kind": "archive", "path": str(path), "name": "a.zip"})
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    app.session_state["task-import"] = task
    app.switch_page("pages/data.py").run()
    app.run()
    assert not app.exception
    assert any("8 of 20 rows matched" in item.label for item in app.expander)
    assert "And 2 more" in words(app)
    assert "12 rows of labels&#46;csv were not used; see why" \
        in [item.label for item in app.expander]


def labelled(app, kind: str, label: str):
    """The control of this kind with this label."""
    return next(item for item in getattr(app, kind) if item.label == label)


@pytest.mark.slow
def test_a_new_split_is_used_after_a_press(home, dataset):
    app = page("data")
    assert [item.value for item in app.metric] == ["66", "12", "12"]
    assert not [item for item in app.button if item.label == "Use this split"]
    labelled(app, "slider", "Validation, %").set_value(30).run()
    labelled(app, "slider", "Test, %").set_value(0).run()
    assert store.read(home.workspace(), dataset.id).test == dataset.test, "not yet"
    labelled(app, "button", "Use this split").click().run()
    assert not app.exception
    found = store.read(home.workspace(), dataset.id)
    assert (found.validation, found.test) == (0.3, 0.0)
    assert [item.value for item in app.metric] == ["63", "27", "0"]


@pytest.mark.slow
def test_a_name_is_changed_and_shown_as_text(home, dataset):
    app = page("data")
    labelled(app, "text_input", "Name").set_value(HOSTILE)
    labelled(app, "button", "Rename").click().run()
    assert store.read(home.workspace(), dataset.id).name == HOSTILE
    assert any(item.value.startswith(HOSTILE) for item in app.text)
    for element in [*app.markdown, *app.caption, *app.warning, *app.radio]:
        assert "![x](http" not in str(element.value)


def test_deleting_asks_first(home, dataset):
    app = page("data")
    labelled(app, "button", "Delete data set …").click().run()
    assert "90 pictures will be gone" in "".join(item.value for item in app.text)
    assert button(app, "delete-dataset-now").label == "Delete the data set"
    assert store.list_datasets(home.workspace())


@pytest.mark.slow
def test_another_data_set_is_chosen_for_every_page(home, dataset):
    other = drawn(home, family="shapes", per_class=5)
    app = page("data")
    for wanted in (dataset, other):
        labelled(app, "selectbox", "Data set").set_value(wanted.id).run()
        assert not app.exception
        shown = f"{wanted.name} — {len(wanted.images)} pictures in {len(wanted.classes)} classes"
        assert shown in [item.value for item in app.text]
        assert f"Your pictures: {wanted.name}" in [item.value for item in page("home").text]
    assert files.read_json(home.workspace().draft)["dataset"] == other.id


def test_a_damaged_one_is_named_beside_the_good_one(home, dataset):
    damaged = drawn(home, per_class=5)
    (damaged.path / "dataset.json").write_bytes(b"{")
    app = page("data")
    assert any(damaged.id in item.value and "cannot be read" in item.value for item in app.warning)
    assert any("90 pictures in 3 classes" in item.value for item in app.text)


def test_files_that_were_not_used_are_listed_with_their_reason(home, dataset):
    store.add_images(home.workspace(), dataset.id, [],
                     [records.Skipped("a.txt", "It is no picture."),
                      records.Skipped("b.txt", "It is no picture.")], 2)
    app = page("data")
    assert "2 files were not used; see why" in [item.label for item in app.expander]
    listed = app.table[0].value
    assert list(listed["for example"]) == ["a&#46;txt, b&#46;txt"]
    assert list(listed["reason"]) == ["It is no picture&#46;"]


def test_copies_on_two_sides_of_a_split_of_before_are_said_and_mended(home):
    dataset = drawn(home, per_class=10)
    first, second = (item.id for item in dataset.classes)

    def as_before(found: records.Dataset) -> records.Dataset:
        copies = [dataclasses.replace(image, id=f"i{number}", class_id=second)
                  for number, image in enumerate(found.members(first), start=50)]
        return dataclasses.replace(found, images=(*found.images, *copies), split_rule=1)

    old = store.change(home.workspace(), dataset.id, as_before)
    assert old.on_two_sides
    app = page("data")
    assert f"{old.on_two_sides} pictures stand in more than one part" in words(app)
    next(item for item in app.button if item.label == "Use this split").click().run()
    assert not app.exception
    assert "Copies on two sides" not in words(app)
    mended = store.read(home.workspace(), dataset.id)
    assert not mended.on_two_sides
    assert (mended.validation, mended.test, mended.seed) == (old.validation, old.test, old.seed)


def test_a_picture_in_two_classes_is_said(home):
    dataset = drawn(home, per_class=4)
    assert "In two classes" not in words(page("data"))
    first, second = (item.id for item in dataset.classes)
    store.change(home.workspace(), dataset.id, lambda found: dataclasses.replace(
        found, images=(*found.images, *(dataclasses.replace(image, id=f"i{number}", class_id=second)
                                        for number, image in enumerate(found.members(first)[:2],
                                                                       start=50)))))
    assert "2 pictures are in more than one class" in words(page("data"))


@pytest.mark.parametrize("same", [True, False])
def test_the_report_of_an_import_stands_with_its_data_set_only(home, same):
    """It stood under another data set that was chosen afterwards."""
    dataset = drawn(home, per_class=4)
    app = page("data")
    app.session_state["imported"] = {"dataset": dataset.id if same else "another", "used": 8,
                                     "found": 12, "there": 4, "unlabelled": 0, "labels": None}
    said = [item.value for item in app.run().success]
    assert said == (["Used 8 of 12 files. 4 were there already."] if same else [])
