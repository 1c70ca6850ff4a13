"""Disk use on the Runs page: measured, freed, and said in megabytes."""

import os

from tests.helpers import drawn
from tests.ui.helpers import button, completed, page, words
from tltools import engine, files
from tltools.serving import classroom


def test_disk_is_measured_and_freed(home):
    run = completed(home, drawn(home, per_class=6))
    files.write_bytes(run.checkpoints / "last.npz", b"c" * 2_000_000)
    app = page("runs")
    button(app, "measure").click().run()
    app.run()
    assert "frees 2.0 MB" in button(app, "free-checkpoints").label
    button(app, "free-checkpoints").click().run()
    app.run()
    assert not app.exception
    assert not run.checkpoints.exists()
    assert "2.0 MB are free again" in words(app)
    assert button(app, "free-checkpoints").disabled
    assert engine.connect().status().running


def test_the_cache_is_cleared_and_the_sizes_follow(home):
    files.write_bytes(home.features / "space" / "a.npy", b"f" * 3_000_000)
    os.utime(home.features / "space" / "a.npy", (1e9, 1e9))  # what was just used stays
    completed(home, drawn(home, per_class=6))
    app = page("runs")
    assert not [item for item in app.button if item.key == "free-features"], "measure first"
    button(app, "measure").click().run()
    app.run()
    sizes = next(item.value for item in app.dataframe if "what" in item.value)
    assert "3.0 MB" in list(sizes["size"])
    assert button(app, "free-checkpoints").disabled, "there are none"
    button(app, "free-features").click().run()
    app.run()
    assert not app.exception
    assert not (home.features / "space" / "a.npy").exists()
    assert "3.0 MB are free again" in words(app)
    assert button(app, "free-features").disabled


def test_in_a_class_nobody_clears_what_all_share(home, monkeypatch):
    monkeypatch.setenv("TLTOOLS_CLASS", "http://192.168.1.5:8501")
    files.write_bytes(home.features / "space" / "a.npy", b"f" * 3_000_000)
    person = classroom.create(home, "Anna")
    completed(home, drawn(home, per_class=6))
    for kind in ("datasets", "runs"):
        (home.path / "workspaces" / "local" / kind).rename(person.workspace.path / kind)
    app = page("runs", w=person.address)
    button(app, "measure").click().run()
    app.run()
    assert button(app, "free-checkpoints")
    assert not [item for item in app.button if item.key == "free-features"]
