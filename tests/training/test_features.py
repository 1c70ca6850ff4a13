"""The cache of frozen work: one picture more costs one picture, whatever is stopped,
killed, damaged or done twice at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import drawn, queued, train
from tltools import files, settings
from tltools.datasets import edits, store
from tltools.datasets.drawn import synthesize
from tltools.errors import TrainingError
from tltools.runs import disk
from tltools.training import features
from tltools.training.features import Rows, Space

ROOT = Path(__file__).parents[2]


def space(home, **facts) -> Space:
    return Space(home, {"kind": "activations", **facts}, (3,), np.float32)


class Counted:
    """Computes (length of the name, its number, 1) and remembers what it was asked for.
    """

    def __init__(self):
        self.asked = []

    def __call__(self, pictures):
        self.asked += pictures
        return np.array([value(name) for name in pictures], np.float32)


def value(name):
    return [len(name), int(name.split(".")[0]), 1.0]


def names(*numbers):
    return [f"{number}.jpg" for number in numbers]


def rows(where, pictures, compute, batch=4, progress=lambda count: None):
    return where.rows(pictures, compute, batch, progress)


def test_a_row_is_computed_once_and_read_in_any_order(home):
    compute = Counted()
    first = rows(space(home), names(1, 2, 3), compute)
    assert first.shape == (3, 3)
    again = rows(space(home), names(3, 1, 3), compute)
    np.testing.assert_array_equal(again[:], [value(name) for name in names(3, 1, 3)])
    np.testing.assert_array_equal(again[np.array([1, 0])], [value(name) for name in names(1, 3)])
    assert compute.asked == names(1, 2, 3)


def test_one_picture_more_computes_one(home):
    compute = Counted()
    rows(space(home), names(*range(20)), compute)
    compute.asked.clear()
    found = rows(space(home), names(*range(21)), compute)
    assert compute.asked == names(20)
    np.testing.assert_array_equal(found[:], [value(name) for name in names(*range(21))])


@pytest.mark.parametrize("fact", [{"layer": "x"}, {"weights": "w"}, {"size": 96}, {"view": [1]}])
def test_whatever_a_row_depends_on_is_another_space(home, fact):
    compute = Counted()
    rows(space(home), names(1), compute)
    rows(space(home, **fact), names(1), compute)
    assert compute.asked == names(1, 1)


def test_no_pictures_are_no_rows(home):
    assert rows(space(home), [], Counted()).shape == (0, 3)


def test_rows_of_several_spaces_are_one(home):
    compute = Counted()
    parts = [rows(space(home, view=view), names(1, 2), compute) for view in (0, 1)]
    joined = Rows.joined(parts)
    assert len(joined) == 4
    np.testing.assert_array_equal(joined[np.array([3, 0])], [value(name) for name in names(2, 1)])


def test_stopped_in_the_middle_it_keeps_what_it_has(home):
    class Stop(Exception):
        pass

    def progress(count):
        if count >= 8:
            raise Stop

    compute = Counted()
    with pytest.raises(Stop):
        rows(space(home), names(*range(20)), compute, progress=progress)
    assert compute.asked == names(*range(8))
    rows(space(home), names(*range(20)), compute)
    assert compute.asked == names(*range(20)), "each was computed once"


def test_killed_in_the_middle_it_keeps_every_written_segment(home, tmp_path):
    """SIGKILL while it computes: what is there is whole, and the rest is computed."""
    code = (f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
            "from pathlib import Path\nimport numpy as np\n"
            "from tltools.settings import Home\nfrom tltools.training import features\n"
            "features.SEGMENT_SECONDS = 0.0\n"
            f"where = features.Space(Home(Path({str(home.path)!r})), {{'kind': 'activations'}},"
            " (3,), np.float32)\n"
            "def slow(names):\n    time.sleep(0.05)\n"
            "    return np.array([[len(n), int(n.split('.')[0]), 1.0] for n in names])\n"
            "where.rows([f'{n}.jpg' for n in range(400)], slow, 4, lambda count: None)\n")
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while len(list(home.features.rglob("[!.]*.npy"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    compute = Counted()
    found = rows(space(home), names(*range(400)), compute)
    assert 4 <= 400 - len(compute.asked) < 400, "some were kept, and never computed again"
    np.testing.assert_array_equal(found[:], [value(name) for name in names(*range(400))])


def test_two_at_once_are_both_right(home):
    compute, found = Counted(), []

    def work():
        found.append(rows(space(home), names(*range(60)), compute))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for item in found:
        np.testing.assert_array_equal(item[:], [value(name) for name in names(*range(60))])


@pytest.mark.parametrize("damage", ["empty", "half", "noise", "foreign"])
def test_a_damaged_segment_is_computed_anew(home, damage):
    compute = Counted()
    rows(space(home), names(1, 2), compute)
    (path,) = home.features.rglob("*.npy")
    whole = path.read_bytes()
    if damage == "foreign":
        np.save(path, np.zeros(3))
    else:
        path.write_bytes({"empty": b"", "half": whole[:len(whole) // 2],
                          "noise": bytes(range(256)) * 4}[damage])
    found = rows(space(home), names(1, 2), compute)
    np.testing.assert_array_equal(found[:], [value(name) for name in names(1, 2)])
    assert compute.asked == names(1, 2, 1, 2)


def test_many_small_segments_are_joined(home):
    compute = Counted()
    for number in range(features.MOST_SMALL + 1):
        rows(space(home), names(number), compute)
    assert len(list(home.features.rglob("*.npy"))) == 1
    everything = names(*range(features.MOST_SMALL + 1))
    np.testing.assert_array_equal(rows(space(home), everything, compute)[:],
                                  [value(name) for name in everything])
    assert compute.asked == everything, "joining computes nothing"


def test_over_the_bound_the_longest_unused_goes_first(home, monkeypatch):
    compute = Counted()
    for view in range(3):
        rows(space(home, view=view), names(1), compute)
        (path,) = space(home, view=view).folder.glob("*.npy")
        os.utime(path, (1000 + view, 1000 + view))
    rows(space(home, view=0), names(1), compute)  # used again: now the newest
    one = path.stat().st_size
    assert disk.size(home.features) == 3 * one
    assert features.trim(home, 2 * one) == one
    left = [view for view in range(3) if list(space(home, view=view).folder.glob("*.npy"))]
    assert left == [0, 2]
    monkeypatch.setenv("TLTOOLS_CACHE_GB", "0")
    assert settings.features_bytes() == 0
    assert features.trim(home) == one, "what was used within a minute stays"


def test_what_older_versions_left_goes(home):
    files.write_bytes(home.features / "0123.npy", b"x" * 100)
    files.write_bytes(home.features / "s" / ".torn-1.npy", b"x" * 10)
    os.utime(home.features / "s" / ".torn-1.npy", (1, 1))
    rows(space(home), names(1), Counted())
    assert {path.name[0] for path in home.features.rglob("*.npy")} == {"2"}, "only the new segment"


def test_clearing_leaves_what_was_just_used(home):
    compute = Counted()
    rows(space(home, view=0), names(1), compute)
    (old,) = home.features.rglob("*.npy")
    held = rows(space(home, view=0), names(1), compute)
    os.utime(old, (1, 1))
    rows(space(home, view=1), names(1), compute)
    freed = old.stat().st_size
    assert features.clear(home=str(home.path)) == freed
    assert not old.exists()
    assert len(list(home.features.rglob("*.npy"))) == 1
    np.testing.assert_array_equal(held[:], [value("1.jpg")], "a run reads on what it has open")


def test_a_full_disk_is_a_sentence_and_old_caches_make_room_first(home, monkeypatch):
    compute = Counted()
    rows(space(home, view=0), names(1), compute)
    (old,) = home.features.rglob("*.npy")
    os.utime(old, (1, 1))
    monkeypatch.setattr(files, "free_bytes", lambda path: 1000)
    with pytest.raises(TrainingError, match="leaves 500 MB of the disk alone; 0 MB are free"):
        rows(space(home, view=1), names(1), compute)
    assert not old.exists()
    assert compute.asked == names(1)


# On real runs: what is computed is counted by the decoded pictures and the network's
# calls


@pytest.fixture
def computed(monkeypatch):
    """How many rows each call of a run has computed, by kind of space."""
    counts = {}
    original = Space._compute

    def counting(self, missing, *others):
        kind = "pixels" if self.dtype == np.uint8 else f"activations {self.shape}"
        counts[kind] = counts.get(kind, 0) + len(missing)
        return original(self, missing, *others)

    monkeypatch.setattr(Space, "_compute", counting)
    return counts


@pytest.mark.slow
def test_a_run_with_one_picture_more_or_another_split(home, computed):
    dataset = drawn(home)
    train(home, queued(home, dataset, epochs=1))
    assert computed == {"pixels": 40, "activations (256,)": 40}
    computed.clear()
    train(home, queued(home, dataset, epochs=1, dense_units=8))
    assert computed == {}, "a second run of the same boundary"

    workspace = home.workspace()
    split = store.set_split(workspace, dataset.id, 0.3, 0.2, 7)
    before, after = ({image["file"]: image["split"] for image in item.snapshot()["images"]}
                     for item in (dataset, split))
    assert before != after
    train(home, queued(home, split, epochs=1))
    assert computed == {}, "another split computes nothing"

    picture = synthesize.draw("textures", 0, 5, 999, 0.0, 32)
    from tltools.images import from_array

    store.add_images(workspace, dataset.id, [store.NewImage(
        from_array(picture), split.classes[0].name, "new.png", "0" * 64)], [], 1)
    grown = store.read(workspace, dataset.id)
    assert len(grown.images) == 41
    train(home, queued(home, grown, epochs=1))
    assert computed == {"pixels": 1, "activations (256,)": 1}
    computed.clear()

    edits.delete_images(workspace, dataset.id, [grown.images[0].id])
    train(home, queued(home, store.read(workspace, dataset.id), epochs=1))
    assert computed == {}


@pytest.mark.slow
def test_fine_tuning_after_feature_extraction_computes_its_boundary_only(home, computed):
    dataset = drawn(home, per_class=8)
    train(home, queued(home, dataset, epochs=1))
    computed.clear()
    train(home, queued(home, dataset, epochs=1, unfreeze_stages=1))
    assert "pixels" not in computed
    assert "activations (256,)" not in computed, "what enters the head is known"
    assert sum(computed.values()) == 16


@pytest.mark.slow
def test_views_of_a_picture_stay_its_own_in_another_split(home, computed):
    dataset = drawn(home, per_class=8)
    train(home, queued(home, dataset, epochs=1, flip=True, views=2))
    first = dict(computed)
    assert first["activations (256,)"] == 16 + 12, "training pictures once more, varied"
    computed.clear()
    split = store.set_split(home.workspace(), dataset.id, 0.15, 0.15, 99)
    train(home, queued(home, split, epochs=1, flip=True, views=2))
    was, now = ({image["file"] for image in item.snapshot()["images"] if image["split"] == "train"}
                for item in (dataset, split))
    assert computed.get("activations (256,)", 0) == len(now - was)
