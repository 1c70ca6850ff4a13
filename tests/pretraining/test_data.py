"""The pictures of pretraining: unpacked once, divided by kind, in seeded batches."""

import numpy as np
import pytest
from PIL import Image

from tests import corpus
from tltools.pretraining import data

COLOURS = {"train/n01/a.webp": (250, 10, 0), "train/n02/b.webp": (0, 200, 30),
           "test/n02/c.webp": (5, 5, 255)}


@pytest.fixture
def archives(tmp_path):
    """Two archives as they are shared: three pictures of two kinds."""
    folder = tmp_path / "archives"
    folder.mkdir()
    (folder / "classes.txt").write_text("n02 goldfish\nn01 black stork\n")
    for part, names in enumerate((["train/n01/a.webp", "test/n02/c.webp", "read me.txt"],
                                  ["train/n02/b.webp"])):
        entries = [(name, corpus.encoded(Image.new("RGB", (64, 64), COLOURS[name]), "WEBP",
                                         lossless=True) if name in COLOURS else b"text")
                   for name in names]
        (folder / f"tiny-imagenet-64-part{part}.zip").write_bytes(corpus.archive(entries))
    return folder


def test_pictures_are_unpacked_once_with_the_numbers_of_their_kinds(archives, tmp_path):
    data.unpack(archives, tmp_path / "cache")
    train, test = (data.load(tmp_path / "cache", split) for split in ("train", "test"))
    assert train.labels.tolist() == [1, 0], "numbers follow classes.txt, pictures their names"
    assert test.labels.tolist() == [0]
    for images, names in ((train, ("train/n01/a.webp", "train/n02/b.webp")),
                          (test, ("test/n02/c.webp",))):
        assert images.pixels.shape == (len(names), data.SIDE, data.SIDE, 3)
        for picture, name in zip(images.pixels, names, strict=True):
            assert (picture == COLOURS[name]).all()
    for path in archives.glob("*.zip"):
        path.unlink()
    data.unpack(archives, tmp_path / "cache")


def test_absent_archives_are_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="tiny-imagenet-64-part"):
        data.unpack(tmp_path, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_held_out_pictures_are_never_trained_on(images):
    rows = data.divide(images.labels, 3, 0, seed=5)
    assert not set(rows.learn) & set(rows.held)
    assert np.bincount(images.labels[rows.held]).tolist() == [3, 3, 3, 3]
    assert not len(rows.new)
    seen = np.concatenate(list(data.batches(rows.learn, 8, epoch=0, seed=1)))
    assert set(seen) <= set(rows.learn)
    again = np.concatenate(list(data.batches(rows.learn, 8, epoch=1, seed=1)))
    assert not np.array_equal(seen, again)


def test_of_a_new_kind_no_picture_is_trained_on(images):
    rows = data.divide(images.labels, 3, 1, seed=5)
    assert sorted(np.concatenate([rows.learn, rows.held, rows.new])) == list(range(48))
    (kind,) = set(images.labels[rows.new])
    assert kind not in images.labels[rows.learn]
    assert kind not in images.labels[rows.held]
    assert len(rows.new) == 12


def test_pictures_are_met_whole_as_often_as_asked():
    views = data.chosen_views(20_000, 3, 0.4, (1, 2))
    assert np.bincount(views) / len(views) == pytest.approx([0.4, 0.3, 0.3], abs=0.02)
    assert not data.chosen_views(10, 1, 0.4, (1, 2)).any()


def test_an_epoch_has_an_order_of_its_own_that_a_resume_finds_again():
    rows = np.arange(100, 150)
    first, again, next_epoch, other_seed = (
        np.stack(list(data.batches(rows, 16, epoch, seed)))
        for epoch, seed in ((3, 7), (3, 7), (4, 7), (3, 8)))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, next_epoch)
    assert not np.array_equal(first, other_seed)
    assert first.shape == (3, 16), "whole batches only"
    assert len(np.unique(first)) == 48, "no picture is met twice"
    assert (np.diff(first, axis=1) > 0).all(), "sorted, as the file lies on disk"
