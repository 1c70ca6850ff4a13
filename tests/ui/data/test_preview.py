"""A collection before it is brought in: classes renamed, joined, mapped and left out,
other readings, labels apart, a stopped import; in a real browser each reading by a
click, on a narrow screen too."""

import html
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests import corpus
from tests.helpers import drawn
from tests.ui.helpers import button, page, words
from tltools import engine, files
from tltools.datasets import records, store
from tltools.datasets.reading import layouts
from tltools.datasets.sources import tasks
from tltools.engine import TaskView
from tltools.errors import Cancelled
from tltools.settings import LIMITS, Home
from tltools.ui.common.text import plain
from tltools.ui.data import looks, preview

DROP = """(bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'pets.zip'));
    return data;
}"""


def fill(folder: Path, *names: str) -> Path:
    """A folder with a different small picture under each of these names."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(corpus.encoded(corpus.picture(seed=number), "PNG"))
    return folder


def looked_at(path: Path):
    """The Data page after "Look at it" at this path of the computer."""
    app = page("data")
    app.text_input(key="w-folder").set_value(str(path)).run()
    button(app, "go-look").click().run()
    app.run()
    assert not app.exception
    return app


def bring_in(app, home: Home) -> records.Dataset:
    button(app, "go-bring-in").click().run()
    app.run()
    assert not app.exception
    assert not app.error, app.error[0].value
    return max(store.list_datasets(home.workspace()), key=lambda item: item.created)


def take(app, number: int):
    """The select box with the name of class `number`."""
    return app.selectbox[number]


def together(app) -> list[str]:
    """What the cards say of classes that do not stand alone."""
    said = [html.unescape(item.value).replace("\u200b", "") for item in app.caption]
    return [item for item in said if item.startswith("Together: ")]


def names(dataset: records.Dataset) -> dict[str, int]:
    return {item.name: dataset.counts()[item.id] for item in dataset.classes}


def test_classes_are_renamed_joined_and_left_out(home, tmp_path):
    app = looked_at(fill(tmp_path / "pets", "cat/a.png", "cat/b.png", "kitty/c.png", "dog/d.png",
                         "rabbit/e.png"))
    assert [take(app, number).value for number in range(4)] == ["cat", "dog", "kitty", "rabbit"]
    take(app, 2).set_value("cat").run()
    take(app, 0).set_value("rabbit").run()
    take(app, 0).set_value("cat").run()
    take(app, 3).set_value("").run()
    assert "4 pictures in 2 classes" in words(app)
    assert names(bring_in(app, home)) == {"cat": 3, "dog": 1}


def test_all_left_out_is_nothing_to_bring_in(home, tmp_path):
    app = looked_at(fill(tmp_path / "pets", "cat/a.png", "dog/b.png"))
    take(app, 0).set_value("").run()
    assert not button(app, "go-bring-in").disabled
    take(app, 1).set_value("").run()
    assert button(app, "go-bring-in").disabled


def test_names_that_look_alike_are_asked_about(home, tmp_path):
    app = looked_at(fill(tmp_path / "pets", "Cat/a.png", "cat/b.png", "dog/c.png"))
    assert "are these one class?" in words(app)
    button(app, "join-0").click().run()
    assert "are these one class?" not in words(app)
    assert sorted(names(bring_in(app, home)).values()) == [1, 2]


def test_another_reading_is_one_choice(home, tmp_path):
    app = looked_at(fill(tmp_path / "zoo", "cats/persian/a.png", "cats/siam/b.png",
                         "dogs/boxer/c.png"))
    assert [item.value for item in app.selectbox] == ["cats", "dogs"]
    readings = next(item for item in app.radio if item.label == "Read it as")
    inner = plain(layouts.TITLES["inner-folders"])
    assert inner in readings.options
    readings.set_value("inner-folders").run()
    app.run()
    assert [item.value for item in app.selectbox] == ["boxer", "persian", "siam"]
    assert set(names(bring_in(app, home))) == {"boxer", "persian", "siam"}


def test_the_split_that_is_given_is_shown_and_kept(home, tmp_path):
    app = looked_at(fill(tmp_path / "pets", *(f"{part}/{name}/{number}.png"
                                              for part in ("train", "val", "test")
                                              for name in ("cat", "dog") for number in range(2)),
                         "test/unknown.png"))
    assert "2 for training, 2 for validation, 2 for the test" in take(app, 0).label
    dataset = bring_in(app, home)
    assert dataset.split_counts() == {"train": 4, "validation": 4, "test": 4}
    assert len(dataset.to_classify) == 1
    assert "1 has no label" in words(app)
    assert "1 without a label, kept apart" in words(app)


def test_labels_in_a_file_of_their_own(home, tmp_path):
    app = looked_at(fill(tmp_path / "pile", "a.png", "b.png", "c.png"))
    uploader = next(item for item in app.file_uploader if item.label == "File of labels")
    uploader.set_value(("wrong.csv", b"one\ntwo\n", "text/csv")).run()
    app.run()
    assert app.error, "a table without labels is said"
    button(app, "no-labels").click().run()
    app.run()
    assert not app.error
    uploader = next(item for item in app.file_uploader if item.label == "File of labels")
    uploader.set_value(("labels.csv", b"file,label\na.png,cat\nb.png,dog\nc.png,cat\n",
                        "text/csv")).run()
    app.run()
    assert [item.value for item in app.selectbox] == ["cat", "dog"]
    assert names(bring_in(app, home)) == {"cat": 2, "dog": 1}


def test_added_to_the_data_set_that_is_chosen(home, tmp_path):
    there = drawn(home, per_class=3)
    first = there.classes[0].name
    app = looked_at(fill(tmp_path / "more", "kitty/a.png", "puppy/b.png"))
    target = next(item for item in app.radio if item.label == "Put them")
    target.set_value("this").run()
    assert f"New in {there.name}: kitty, puppy." in words(app)
    assert not together(app)
    assert first in take(app, 0).options
    take(app, 0).set_value(first).run()
    assert f"New in {there.name}: puppy." in words(app)
    assert together(app) == ["Together: 1 + 3 already there"]
    take(app, 1).set_value(first).run()
    assert together(app) == ["Together: 1 + 1 + 3 already there"] * 2
    take(app, 1).set_value("puppy").run()
    button(app, "go-bring-in").click().run()
    app.run()
    (dataset,) = store.list_datasets(home.workspace())
    assert names(dataset)[first] == 4
    assert "puppy" in names(dataset)


def test_the_letters_of_an_archive_can_be_changed(home, tmp_path):
    path = tmp_path / "tiere.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(("XXXXXX/a.png", "hunde/b.png")):
            archive.writestr(name, corpus.encoded(corpus.picture(seed=number), "PNG"))
    # as a Russian Windows packs a name, without a word on its letters
    path.write_bytes(path.read_bytes().replace(b"XXXXXX", "Собаки".encode("cp866")))
    app = looked_at(path)
    assert "Собаки" in [item.value for item in app.selectbox]
    letters = next(item for item in app.selectbox if item.label == "Letters of the names")
    letters.set_value("cp1251").run()
    app.run()
    assert "Собаки" not in [item.value for item in app.selectbox]


def test_one_window_for_deep_pictures_is_shown_and_can_be_changed(home, tmp_path):
    for number, name in enumerate(("bright", "dark")):
        (tmp_path / "cells" / name).mkdir(parents=True)
        pixels = np.full((20, 20), 3_000 - 1_000 * number, np.uint16)
        pixels[0, :2] = (0, 4_095)
        Image.fromarray(pixels).save(tmp_path / "cells" / name / "a.tif")
    app = looked_at(tmp_path / "cells")
    low, high = (next(item for item in app.number_input if item.label.endswith(f"becomes {name}"))
                 for name in ("black", "white"))
    assert (low.value, high.value) == (0, 4_095)
    high.set_value(3_000.0).run()
    assert bring_in(app, home).window == (0, 3_000)


def test_a_person_says_what_belongs_together(home, tmp_path):
    app = looked_at(fill(tmp_path / "pets", *(f"{name}/burst {burst}/{number}.png"
                                              for name in ("cat", "dog") for burst in range(4)
                                              for number in range(2))))
    together = next(item for item in app.radio if item.label == "What belongs together")
    together.set_value("folder").run()
    app.run()
    assert "8 groups now." in words(app)
    dataset = bring_in(app, home)
    assert len({image.group for image in dataset.images}) == 8
    assert "8 groups) stay on one side" in words(app)


def test_any_column_of_the_file_of_labels_says_what_belongs_together(home, tmp_path):
    folder = fill(tmp_path / "slides", *(f"{number}.png" for number in range(8)))
    (folder / "labels.csv").write_text("file,label,slide_no\n" + "".join(
        f"{number}.png,{'cat' if number % 2 else 'dog'},s{number // 2}\n" for number in range(8)))
    app = looked_at(folder)
    together = next(item for item in app.radio if item.label == "What belongs together")
    assert "The same slide_no in the file of labels" in together.options
    together.set_value("column:slide_no").run()
    app.run()
    assert "4 groups now." in words(app)
    dataset = bring_in(app, home)
    assert len({image.group for image in dataset.images}) == 4


def test_two_hundred_classes_are_a_table(home, tmp_path):
    app = looked_at(fill(tmp_path / "many", *(f"class {number}/a.png" for number in range(200))))
    assert not app.selectbox
    assert len(app.get("image")) == preview_shown(app) == 12
    button(app, "more-classes").click().run()
    assert len(app.get("image")) == 24
    button(app, "more-classes").click().run()  # these are looked at now
    app.run()
    assert len(app.get("image")) == 36
    assert len(bring_in(app, home).classes) == 200


def preview_shown(app) -> int:
    return sum(" · 1 picture" in item.value.replace("&#46;", ".") for item in app.caption)


def test_a_stopped_import_goes_on_where_it_was(home, tmp_path, monkeypatch):
    app = looked_at(fill(tmp_path / "pets", *(f"{name}/{number}.png" for name in ("cat", "dog")
                                              for number in range(10))))
    real = tasks.importing.bring_in

    def interrupted(workspace, dataset_id, found, refused, progress, window):
        real(workspace, dataset_id, found[:5], refused, progress, window)
        raise Cancelled("It was cancelled.", "What was stored so far stays.")

    with monkeypatch.context() as patch:
        patch.setattr(tasks.importing, "bring_in", interrupted)
        button(app, "go-bring-in").click().run()
        app.run()
    (dataset,) = store.list_datasets(home.workspace())
    assert len(dataset.images) == 5
    assert "goes on where it was" in words(app)
    assert next(item for item in app.radio if item.label == "Put them").value == "this"
    button(app, "go-bring-in").click().run()
    app.run()
    (dataset,) = store.list_datasets(home.workspace())
    assert list(names(dataset).values()) == [10, 10]


def test_a_reload_shows_the_same_look_and_a_wrong_address_none(home, tmp_path):
    app = looked_at(fill(tmp_path / "pets", "cat/a.png", "dog/b.png"))
    look_id = app.session_state["look"]
    again = page("data", look=look_id)
    # a page by its name loses the address of the first one
    again.query_params["look"] = look_id
    again.run()
    assert [item.value for item in again.selectbox] == ["cat", "dog"]
    for wrong in ("../../x", "20260101-000000-abcdef", ""):
        app = page("data")
        app.query_params["look"] = wrong
        app.run()
        assert not app.exception
        assert app.text_input(key="w-folder")


def test_a_reload_goes_on_watching_the_import(home, tmp_path):
    app = looked_at(fill(tmp_path / "pets", "cat/a.png", "dog/b.png"))
    look_id, source = app.session_state["look"], {"kind": "folder", "path": str(tmp_path / "pets")}
    task = engine.connect().submit("data", f"{preview.TASKS}:bring_in", home=str(home.path),
                                   workspace="local", dataset=None, source=source)
    record = home.workspace().uploads / look_id / "look.json"
    files.write_json(record, {**files.read_json(record), "task": task, "begun": files.now()})
    again = page("data")
    again.query_params["look"] = look_id
    again.run()
    again.run()
    assert "Used 2 of 2 files" in words(again)
    assert not record.exists()


def test_while_it_is_brought_in_nothing_else_is_on_the_page(home, tmp_path, monkeypatch):
    """The progress stood above a long page whose end was in sight."""
    drawn(home, per_class=3)
    app = looked_at(fill(tmp_path / "pets", "cat/a.png", "dog/b.png"))
    monkeypatch.setattr(engine.connect(), "task", lambda _: TaskView(state="running"))
    button(app, "go-bring-in").click().run()
    assert not app.exception
    assert "is being brought in" in words(app)
    assert [item.key for item in app.button] == ["cancel-import"]
    assert not [*app.selectbox, *app.radio, *app.get("plotly_chart")]


def test_a_damaged_look_is_forgotten(home, tmp_path):
    app = looked_at(fill(tmp_path / "pets", "cat/a.png", "dog/b.png"))
    (folder,) = home.workspace().uploads.iterdir()
    (folder / "look.json").write_bytes(b"{")
    app.run()
    assert not app.exception
    assert app.text_input(key="w-folder")


def test_how_large_a_file_of_which_ending_may_be():
    limits = looks.limits()
    assert limits[".zip"] == limits[".gz"] == limits[".tar"] == LIMITS.archive_bytes
    assert limits[".png"] == limits[".csv"] == limits[""] == LIMITS.image_bytes
    assert limits[".mp4"] == limits[".webm"] == LIMITS.video_bytes
    assert ".exe" not in limits


@pytest.mark.parametrize("kept", [
    ["a.zip", "b.zip"], ["a.zip", "b.png"], ["a.zip", "b.csv", "c.csv"]])
def test_one_collection_at_a_time(home, kept):
    folder = home.workspace().uploads / "20260101-000000-abcdef"
    folder.mkdir(parents=True)
    for number, name in enumerate(kept):
        files.append_json_line(folder / "names.jsonl", {"file": number, "name": name})
    with pytest.raises(looks.DatasetError, match="one archive at a time"):
        looks.begin_upload(folder.name)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
@pytest.mark.parametrize("width", [1280, 420])
def test_every_other_reading_in_the_browser(home: Home, tmp_path, width):
    """Collections that together have every reading: each is one click, and shows what
    it makes of them."""
    from tests.browser import app, browser
    from tests.test_accessibility import findings

    collections = [
        fill(tmp_path / "split", *(f"{part}/{name}/{part}{number}.png" for part in ("train", "test")
                                   for name in ("cat", "dog") for number in range(2))),
        fill(tmp_path / "below", *(f"{name}/{part}/{number}.png" for part in ("train", "test")
                                   for name in ("cat", "dog") for number in range(2))),
        fill(tmp_path / "parts", *(f"batch{part}/{name}/{number}.png" for part in (1, 2)
                                   for name in ("cat", "dog") for number in range(2))),
        fill(tmp_path / "files", *(f"{name}.{number}.png" for name in ("cat", "dog")
                                   for number in range(3))),
        fill(tmp_path / "nested", "cats/persian/1.png", "cats/siam/2.png", "dogs/boxer/3.png"),
        fill(tmp_path / "numbers", *(f"{label}/{number}.png" for label in (1, 2)
                                     for number in range(3))),
        fill(tmp_path / "kinds", *(f"{kind}/{scale}X/{number}.png" for kind in (
            "benign/adenosis", "benign/fibroadenoma", "malignant/lobular", "malignant/ductal")
                                   for scale in (40, 100) for number in range(2))),
        fill(tmp_path / "table", "a/1.png", "a/2.png", "b/3.png", "b/4.png"),
    ]
    (tmp_path / "numbers" / "classes.txt").write_text("daisy\nrose\n")
    (tmp_path / "table" / "labels.csv").write_text(
        "file,label\na/1.png,x\na/2.png,y\nb/3.png,x\nb/4.png,y\n")
    seen = set()
    with app(home.path) as address, browser(width) as tab:
        for folder in collections:
            tab.goto(f"{address}/data")
            place = tab.get_by_role("textbox", name="A folder, or a ZIP or TAR archive")
            place.fill(str(folder))
            place.press("Enter")
            tab.get_by_role("button", name="Look at it").click()
            tab.get_by_text("This is how I read your folders").wait_for()
            (record,) = home.workspace().uploads.iterdir()
            best = looks_answer(record)
            for layout in [*best["other_layouts"], best["layout"]]:
                title = layouts.TITLES[layout]
                tab.locator("label").filter(has_text=title).first.click()
                tab.get_by_text(f": {title}.").wait_for()
                assert looks_answer(record)["layout"] == layout
                seen.add(layout)
                shown = [item["name"] for item in looks_answer(record)["classes"]]
                assert tab.locator(".st-key-classes-read input").count() == len(shown)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert not findings(tab)
            tab.get_by_role("button", name="Not these").click()
            tab.get_by_role("button", name="Look at it").wait_for()
            assert not list(home.workspace().uploads.iterdir())
        assert tab.locator("[data-testid=stException]").count() == 0
    assert seen == set(layouts.TITLES)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
def test_an_archive_is_dropped_and_a_name_typed_in_the_browser(home: Home, tmp_path):
    from playwright.sync_api import expect

    from tests.browser import app, browser
    from tests.test_accessibility import findings

    folder = fill(tmp_path / "pets", "cats/a.png", "cats/b.png", "dogs/a.png", "dogs/b.png")
    packed = shutil.make_archive(str(tmp_path / "pets"), "zip", folder)
    with app(home.path) as address, browser(420, dark=True) as tab:
        tab.goto(f"{address}/data")
        tab.get_by_role("radio", name="Folder, archive or many files").click()
        tab.get_by_role("button", name="Choose files").wait_for()
        tab.wait_for_timeout(1000)  # colours fade in
        assert not findings(tab)
        data = tab.evaluate_handle(DROP, list(Path(packed).read_bytes()))
        tab.locator(".zone").dispatch_event("drop", {"dataTransfer": data})
        tab.get_by_text("4 pictures in 2 classes").wait_for()
        tab.reload()  # what was uploaded stays
        tab.get_by_text("4 pictures in 2 classes").wait_for()
        box = tab.locator("[data-testid=stSelectbox]").filter(has_text="dogs").locator("input")
        box.click()
        box.fill("*hounds*")
        box.press("Enter")
        expect(box).to_have_value("*hounds*")
        tab.get_by_role("button", name="Bring them in").click()
        tab.get_by_text("Used 4 of 4 files").wait_for()
    (dataset,) = store.list_datasets(home.workspace())
    assert (dataset.name, names(dataset)) == ("pets", {"*hounds*": 2, "cats": 2})
    assert not list(home.workspace().uploads.iterdir())


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
@pytest.mark.parametrize("width", [1280, 420])
def test_cards_are_even_and_progress_is_in_sight_in_the_browser(home: Home, tmp_path, width):
    from tests.browser import app, browser

    drawn(home, per_class=20)
    for number in range(12):
        folder = tmp_path / "pets" / f"{'a rather long name' * (number % 3)} {number}"
        folder.mkdir(parents=True)
        for picture in range(150):
            Image.effect_noise((200, 100 + 100 * (number % 2)), 90).save(folder / f"{picture}.png")
    (folder / ("no_picture" * 12 + ".txt")).write_bytes(b"x")
    with app(home.path) as address, browser(width) as tab:
        def in_sight(place) -> bool:
            box = place.bounding_box()
            return bool(box) and box["y"] >= 0 and box["y"] + box["height"] <= 900

        tab.goto(f"{address}/data")
        tab.get_by_text("Add pictures, or start another data set").click()
        place = tab.get_by_role("textbox", name="A folder, or a ZIP or TAR archive")
        place.fill(str(tmp_path / "pets"))
        place.press("Enter")
        tab.get_by_role("button", name="Look at it").click()
        tab.get_by_text("pictures in 12 classes").wait_for()
        tab.get_by_text("see why").click()
        table = tab.locator("[data-testid=stTable] table")
        table.wait_for()
        assert table.evaluate("it => it.scrollWidth <= it.parentElement.clientWidth + 1")
        boxes = [item.bounding_box() for item in tab.locator(
            ".st-key-classes-read > div").filter(has=tab.locator("input")).all()]
        assert len(boxes) == 12
        rows: dict[int, set[int]] = {}
        for box in boxes:
            rows.setdefault(round(box["y"]), set()).add(round(box["height"]))
        assert len(rows) == (4 if width == 1280 else 12)
        assert all(len(heights) == 1 for heights in rows.values())
        tab.get_by_role("button", name="Bring them in").click()
        stop = tab.get_by_role("button", name="Stop")
        stop.wait_for()
        tab.locator("[data-test-script-state=notRunning]").wait_for()
        assert in_sight(stop)
        said = tab.get_by_text("Used 1,800 of 1,801 files")
        said.wait_for(timeout=120_000)
        assert in_sight(said)


def looks_answer(record: Path) -> dict:
    return files.read_json(record / "answer.json")
