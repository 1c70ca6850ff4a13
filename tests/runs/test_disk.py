"""Disk use: every byte is counted once, and freeing keeps what can still go on."""

import pytest

from tests.runs.helpers import made
from tltools import files, runs
from tltools.errors import TltoolsError
from tltools.runs import disk, listing
from tltools.runs.events import RunState, RunStatus


def test_disk_use_and_what_frees_it(home, workspace):
    run, going = made(workspace), made(workspace)
    runs.write_status(going, RunStatus(state=RunState.STOPPED, epoch=1))
    going = runs.read(workspace, going.id)
    for item in (run, going):
        files.write_bytes(item.checkpoints / "last.npz", b"c" * 1000)
    files.write_bytes(workspace.datasets / "d1" / "images" / "a.png", b"i" * 300)
    files.write_bytes(home.features / "old.npy", b"f" * 500)
    files.write_bytes(home.features / "space" / "new.npy", b"f" * 70)
    files.write_bytes(home.weights / "w.h5", b"w" * 40)

    used = disk.usage(home=str(home.path), workspace="local")
    assert (used["checkpoints"], used["features"], used["weights"], used["datasets"]) \
        == (1000, 570, 40, 300)
    assert used["features_most"] == 10_000_000_000
    assert used["runs"] == sum(row.size for row in listing.rows(workspace))
    assert used["largest_datasets"] == [{"id": "d1", "name": "d1", "bytes": 300}]

    assert disk.delete_checkpoints(run) == 1000
    assert run.has_model
    with pytest.raises(TltoolsError, match="goes on"):
        disk.delete_checkpoints(going)
    with runs.lock(going) as held:
        assert held
        freed, problems = disk.delete_runs([run, going])
    assert freed > 0
    assert len(problems) == 1
    assert [item.id for item in runs.list_runs(workspace)] == [going.id]
