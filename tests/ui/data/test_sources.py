"""The ways in which pictures come: drawn, of one class, from this computer; in a real
browser a folder and a pasted picture, then picked by keyboard on a narrow screen."""

import contextlib
import shutil
from pathlib import Path

import pytest

from tests import corpus
from tests.helpers import drawn
from tests.ui.helpers import button, page, words
from tltools.datasets import edits, records, store
from tltools.settings import Home

PASTE = """async (box) => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    canvas.getContext('2d').fillRect(8, 8, 32, 32);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    const data = new DataTransfer();
    data.items.add(new File([blob], 'image.png', {type: 'image/png'}));
    box.dispatchEvent(new ClipboardEvent(
        'paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def test_draw_then_look(home):
    app = page("data")
    app.session_state["w-source"] = "draw"
    app.run()
    app.number_input(key="w-per-class").set_value(5).run()
    button(app, "go-draw").click().run()
    app.run()
    assert not app.exception
    (dataset,) = store.list_datasets(home.workspace())
    assert len(dataset.images) == 15
    assert "Used 15 of 15 files" in words(app)


def source(name: str):
    """The Data page with this source chosen."""
    app = page("data")
    app.session_state["w-source"] = name
    return app.run()


def test_pictures_need_a_class_first_and_then_go_into_it(home):
    empty = store.create(home.workspace(), "pets", "files")
    edits.add_class(home.workspace(), empty.id, "*cats*")
    app = source("files")
    picture = corpus.encoded(corpus.picture(seed=1), "PNG")
    app.file_uploader[0].set_value([("a.png", picture, "image/png"),
                                    ("b.png", b"no picture", "image/png")]).run()
    assert button(app, "go-files").disabled
    assert "name the class first" in app.chat_input[0].placeholder
    app.selectbox(key="w-class").set_value("*cats*").run()
    button(app, "go-files").click().run()
    app.run()
    assert not app.exception
    (dataset,) = store.list_datasets(home.workspace())
    assert [item.name for item in dataset.classes] == ["*cats*"]
    assert len(dataset.images) == 1
    assert "Used 1 of 2 files" in words(app)
    assert not list(home.workspace().uploads.glob("*")), "uploads are put away"


@pytest.fixture
def pets(tmp_path) -> Path:
    """A folder of two classes, with files that are no pictures beside and in it."""
    for number, name in enumerate(("cats/a.png", "cats/b.png", "dogs/a.png", "dogs/b.png")):
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(corpus.encoded(corpus.picture(seed=number), "PNG"))
    (tmp_path / "pets" / "README.txt").write_text("About pets.")
    (tmp_path / "pets" / "cats" / "notes.txt").write_text("About cats.")
    return tmp_path / "pets"


def looked_at(path: str):
    """The Data page after "Look at it" at this path of the computer."""
    app = source("here")
    app.text_input(key="w-folder").set_value(path).run()
    button(app, "go-look").click().run()
    app.run()
    assert not app.exception
    return app


def test_a_path_of_this_computer_is_checked_as_it_is_typed(home, pets):
    app = source("here")
    assert app.segmented_control(key="w-source").options[0] == "On this computer"
    assert button(app, "go-look").disabled
    assert not app.warning
    app.text_input(key="w-folder").set_value(str(pets / "gone")).run()
    assert "no such folder" in app.warning[0].value, "on Enter, without another click"
    assert button(app, "go-look").disabled
    app.text_input(key="w-folder").set_value(str(pets / "README.txt")).run()
    assert button(app, "go-look").disabled, "a file that is no archive"
    # as Windows copies a path
    app.text_input(key="w-folder").set_value(f' "{pets}" ').run()
    assert not button(app, "go-look").disabled


def test_a_folder_is_shown_before_it_is_brought_in(home, pets):
    app = looked_at(str(pets))
    assert "This is how I read your folders" in [item.value for item in app.subheader]
    assert not store.list_datasets(home.workspace()), "nothing is brought in yet"
    assert [item.value for item in app.selectbox] == ["cats", "dogs"]
    assert len(app.get("image")) == 4
    assert "4 pictures in 2 classes" in words(app)
    button(app, "go-bring-in").click().run()
    app.run()
    assert not app.exception
    (dataset,) = store.list_datasets(home.workspace())
    assert (dataset.name, [item.name for item in dataset.classes]) == ("pets", ["cats", "dogs"])
    assert "Used 4 of" in words(app)
    assert "This is how I read your folders" not in [item.value for item in app.subheader]
    assert not list(home.workspace().uploads.glob("*"))


def test_an_archive_that_is_none_is_said_and_can_be_dismissed(home, tmp_path):
    (tmp_path / "no.zip").write_bytes(b"no archive")
    app = looked_at(str(tmp_path / "no.zip"))
    assert len(app.error) == 1
    assert "no&#46;zip" in app.error[0].value
    button(app, "not-these").click().run()
    assert not app.error or not app.exception
    assert app.text_input(key="w-folder")
    assert not list(home.workspace().uploads.glob("*"))


def test_more_pictures_go_into_the_data_set_that_is_shown_or_a_new_one(home, pets):
    shown = drawn(home, per_class=3)
    app = source("files")
    target = next(item for item in app.radio if item.label == "Put them")
    assert target.index == 0, "single files are meant to go on"
    assert app.selectbox(key="w-class").options == [item.name for item in shown.classes]
    app = looked_at(str(pets))
    target = next(item for item in app.radio if item.label == "Put them")
    assert target.index == 1, "a whole collection is a data set of its own"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
def test_folder_paste_and_keyboard(home: Home, tmp_path):
    from playwright.sync_api import TimeoutError

    from tests.browser import app, browser, choose

    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(3):
            picture = corpus.encoded(corpus.picture(seed=number + 10 * (name == "dog")), "PNG")
            (tmp_path / "pets" / name / f"{number}.png").write_bytes(picture)

    def now() -> records.Dataset:
        return store.list_datasets(home.workspace())[0]

    with app(home.path) as address, browser(width=420) as page:
        page.goto(f"{address}/data")
        page.get_by_role("radio", name="Folder, archive or many files").click()
        page.get_by_role("button", name="Choose a folder").wait_for()
        page.locator("input[type=file][webkitdirectory]").set_input_files(tmp_path / "pets")
        page.get_by_role("button", name="Bring them in").click()
        page.get_by_text("Used 6 of 6 files").wait_for()
        assert (now().name, [item.name for item in now().classes]) == ("pets", ["cat", "dog"])

        page.get_by_text("Add pictures, or start another data set").click()
        page.get_by_role("radio", name="Pictures of one class").click()
        page.get_by_text("Pictures of this class").first.wait_for()
        choose(page, "Class", "dog")
        paste = page.get_by_placeholder("Or paste: click here")
        paste.click()
        paste.evaluate(PASTE)
        page.get_by_text("image.png").wait_for()
        for _ in range(5):  # Enter sends nothing as long as the picture is on its way to the server
            paste.press("Enter")
            with contextlib.suppress(TimeoutError):
                page.get_by_text("Used 1 of 1 files").wait_for(timeout=10_000)
                break
        assert list(now().counts().values()) == [3, 4]

        page.get_by_text("Select pictures to delete or move").click()
        boxes = page.locator(".st-key-thumbnails").get_by_test_id("stCheckbox")
        mark = boxes.first.locator("input")
        mark.focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Delete 1 picture").press("Enter")
        page.get_by_text("1 picture deleted.").first.wait_for()
        page.reload()
        page.get_by_role("button", name="Undo").first.click()
        page.get_by_text("1 picture deleted.").first.wait_for(state="detached")
        assert list(now().counts().values()) == [3, 4]

        page.get_by_text("Select pictures to delete or move").click()
        page.get_by_role("button", name="Select all 3").click()
        page.get_by_role("button", name="Delete 3 pictures").click()
        page.get_by_text("3 pictures deleted.").first.wait_for()
        page.get_by_text("Last changes").click()
        # the mouse misses what unfolds under it
        page.get_by_role("button", name="Empty the trash …").press("Enter")
        page.get_by_role("button", name="Empty the trash", exact=True).click()
        page.get_by_role("button", name="Undo").first.wait_for(state="detached")
        assert len(list((now().path / "images").iterdir())) == 4

        page.get_by_text("Classes: add, rename, merge").click()
        choose(page, "Change these classes", "cat (0)")
        page.keyboard.press("Escape")  # its list stays open for more
        page.get_by_role("button", name="Delete …").press("Enter")
        page.get_by_role("button", name="Delete the class").click()
        page.get_by_text("1 class deleted").first.wait_for()
        assert [item.name for item in now().classes] == ["dog"]
        assert page.locator("[data-testid=stException]").count() == 0
