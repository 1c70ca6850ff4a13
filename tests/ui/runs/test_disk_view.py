"""Disk use on the Runs page: measured, freed, and said in megabytes."""

from tests.helpers import drawn
from tests.ui.helpers import button, completed, page, words
from tltools import engine, files


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
