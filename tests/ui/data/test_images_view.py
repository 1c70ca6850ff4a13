"""Pictures on the Data page: selected over several pages, deleted, moved; as good with
very many of them."""

import shutil

import pytest

from tests.helpers import drawn
from tests.ui.helpers import button, page, words
from tltools.datasets import edits, records, store
from tltools.settings import Home
from tltools.ui.data.images_view import PER_PAGE


@pytest.fixture
def dataset(home):
    return drawn(home, classes=3, per_class=30)


def now(home) -> records.Dataset:
    return store.list_datasets(home.workspace())[0]


def mark(app, image: records.ImageRecord):
    """The tick of a picture."""
    return next(item for item in app.checkbox
                if item.key.startswith("w-mark-") and item.key.split("-")[-2] == image.id)


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_one_part_of_the_split_is_looked_at(home, dataset):
    app = page("data")
    assert len(app.get("image")) == PER_PAGE
    part = next(item for item in app.button_group if item.key.startswith("w-part-"))
    part.set_value("test").run()
    assert not app.exception
    members = dataset.members(dataset.classes[0].id)
    count = sum(dataset.split()[image.id] == "test" for image in members)
    assert len(app.get("image")) == count == 4
    assert [item.value for item in app.caption].count("test") == count


@pytest.mark.slow
def test_an_empty_class_and_a_file_that_is_gone_are_said(home, dataset):
    edits.add_class(home.workspace(), dataset.id, "later")
    app = page("data")
    box = next(item for item in app.selectbox if item.key.startswith("w-look-"))
    assert box.options[-1] == "later (0)"
    box.set_value(now(home).classes[-1].id).run()
    assert "No pictures here." in words(app)
    first = dataset.members(dataset.classes[0].id)[0]
    dataset.thumbnail_path(first).unlink()
    app = page("data")
    assert not app.error
    assert "file is gone" in words(app)
    assert len(app.get("image")) == PER_PAGE - 1


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
def test_a_large_data_set_is_worked_with_as_a_small_one(home: Home):
    """25 classes, 5,000 pictures, beside 50: a tick draws one page of pictures anew and
    nothing else, so as much comes back from the server."""
    from tests.browser import app, browser, choose

    small = drawn(home, classes=2, per_class=25)
    large = store.create(home.workspace(), "large", "files")
    picture = small.image_path(small.images[0]).read_bytes()
    new = [
        store.NewImage(  # each with a tail of its own: the same content comes in only once
            store.StoredImage(picture + number.to_bytes(2, "big"), 128, 128, b"small"),
            f"class {number % 25}", f"class {number % 25}/image {number}.jpg", f"{number:064x}")
        for number in range(5000)
    ]
    store.add_images(home.workspace(), large.id, new, [], len(new))
    chart, medians, received = b'"type":"bar"', [], []
    with app(home.path) as address, browser() as page:
        page.on("websocket", lambda socket: socket.on(
            "framereceived", lambda data: received.append(data)))
        page.goto(f"{address}/data")
        for words, count_of_all in (("50 pictures", 25), ("5000 pictures", 200)):
            choose(page, "Data set", words)
            page.get_by_text("Select pictures to delete or move").click()
            page.get_by_role("button", name=f"Select all {count_of_all}").wait_for()
            mark = page.locator(".st-key-thumbnails").get_by_test_id("stCheckbox")
            mark.nth(23).wait_for()
            assert mark.count() == PER_PAGE == 24
            still = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
            still.wait_for()
            assert chart in b"".join(received), "the page's first run draws it"
            sizes = []
            for number in range(5):
                received.clear()
                mark.nth(number).click()
                page.get_by_role("button", name=f"Delete {number + 1} picture").first.wait_for()
                still.wait_for()
                answer = b"".join(received)
                assert chart not in answer, "only the part with the pictures runs again"
                sizes.append(len(answer))
            medians.append(sorted(sizes)[2])
            page.get_by_role("button", name=f"Select all {count_of_all}").click()
            page.get_by_role("button", name=f"Delete {count_of_all} pictures").wait_for()
    assert 0 < medians[1] < 1.2 * medians[0], f"bytes that answer a tick: {medians}"
