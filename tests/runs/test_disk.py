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


def test_a_size_counts_files_once_and_follows_no_link(tmp_path):
    files.write_bytes(tmp_path / "a" / "deep" / "one", b"x" * 100)
    files.write_bytes(tmp_path / "a" / "two", b"x" * 20)
    files.write_bytes(tmp_path / "elsewhere", b"x" * 1000)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "a" / "round").symlink_to(tmp_path / "a")
    links = sum(path.lstat().st_size for path in (tmp_path / "a").iterdir() if path.is_symlink())
    assert disk.size(tmp_path / "a") == 120 + links
    assert disk.size(tmp_path / "absent") == 0


def test_clearing_leaves_what_can_still_go_on(home, workspace):
    done, stopped, damaged = (made(workspace, name=name) for name in ("done", "stopped", "damaged"))
    for run in (done, stopped, damaged):
        files.write_bytes(run.checkpoints / "last.npz", b"c" * 100)
    runs.write_status(stopped, RunStatus(state=RunState.STOPPED, epoch=1))
    (damaged.path / "run.json").write_bytes(b"[")
    assert disk.clear_checkpoints(home=str(home.path), workspace="local") == 100
    assert not done.checkpoints.exists()
    assert (stopped.checkpoints / "last.npz").exists()
    assert (damaged.checkpoints / "last.npz").exists()
    assert disk.clear_checkpoints(home=str(home.path), workspace="local") == 0


def test_largest_data_sets_come_first_and_a_damaged_one_has_its_id(home, workspace):
    for number in range(12):
        files.write_bytes(workspace.datasets / f"d{number}" / "images" / "a", b"i" * (100 * number))
        files.write_json(workspace.datasets / f"d{number}" / "dataset.json", {"name": "pets"})
    (workspace.datasets / "d11" / "dataset.json").write_bytes(b"{")
    steps = []
    found = disk.usage(home=str(home.path), workspace="local",
                       progress=lambda *step: steps.append(step))["largest_datasets"]
    assert [item["id"] for item in found] == [f"d{number}" for number in range(11, 1, -1)]
    assert [item["name"] for item in found] == ["d11"] + ["pets"] * 9
    assert found[0]["bytes"] == 1101
    assert [step[:2] for step in steps] == [(number, 12) for number in range(12)]


def test_a_run_that_is_gone_already_is_no_problem(workspace):
    run, other = made(workspace), made(workspace)
    runs.delete(run)
    held = disk.size(other.path)
    assert disk.delete_runs([run, other]) == (held, [])
    assert runs.list_runs(workspace) == []
