"""The list of runs: found by words, filtered, compared, quick with hundreds, complete
whatever is damaged."""

import time

import pytest

from tltools import files, runs
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import TltoolsError
from tltools.runs import disk, listing
from tltools.runs.events import RunState, RunStatus

SNAPSHOT = {"format": 1, "id": "d1", "name": "cats & dogs", "classes": ["cat", "dog"], "images": []}


def made(workspace, score=0.5, snapshot=SNAPSHOT, **settings) -> runs.Run:
    run = runs.create(workspace, RunConfig(**settings), snapshot)
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1, started=100.0, ended=160.0))
    run.model_path.write_bytes(b"model")
    files.write_json(run.path / "results.json", {
        "val_accuracy": 0.9, "test_accuracy": score,
        "split": {"train": 10, "validation": 4, "test": 6}
    })
    return runs.read(workspace, run.id)


def test_a_row_says_what_counts(workspace):
    run = made(workspace, name="first", unfreeze_stages=2)
    (row,) = listing.rows(workspace)
    assert (row.test_accuracy, row.test_images, row.val_accuracy, row.val_images) \
        == (0.5, 6, 0.9, 4)
    assert (row.backbone, row.learns, row.data, row.seconds) \
        == ("MobileNetV2", "head, then last 2 stages", "cats & dogs", 60)
    assert row.size == sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    assert row.as_dict()["state"] == "completed"


def test_search_filter_and_tags(workspace):
    one = made(workspace, name="Alpha")
    two = made(workspace, name="beta", backbone="VGG16", weights="none",
               unfreeze_stages=ALL_STAGES)
    runs.annotate(one, "a *note*\nof <b>mine</b>", ["school", "best", "school "])
    runs.rename(runs.read(workspace, one.id), "Gamma")
    runs.request_stop(runs.create(workspace, RunConfig(name="third"), SNAPSHOT))
    rows = listing.rows(workspace)

    def names(*arguments):
        return {row.run.name for row in listing.search(rows, *arguments)}

    assert names() == {"Gamma", "beta", "third"}
    assert names("GAM note") == {"Gamma"}
    assert names("vgg16") == names("scratch") == {two.name}
    assert names("", ["stopped"]) == {"third"}
    assert names("", [], ["best"]) == names("school") == {"Gamma"}
    assert names("nothing of this") == set()
    assert listing.tags(rows) == ["best", "school"]
    assert runs.read(workspace, one.id).notes == "a *note*\nof <b>mine</b>", (
        "kept when the run got another name")


@pytest.mark.parametrize(("notes", "tags"), [("x" * 2001, []), ("", [f"t{n}" for n in range(11)]),
                                             ("", ["y" * 31])])
def test_too_much_is_said(workspace, notes, tags):
    run = made(workspace)
    with pytest.raises(TltoolsError):
        runs.annotate(run, notes, tags)
    assert runs.read(workspace, run.id).notes == ""


def test_records_of_before_have_no_notes(workspace):
    run = made(workspace)
    files.write_json(run.path / "run.json",
                     {"format": 1, "id": run.id, "name": "old", "created": 5.0})
    run = runs.read(workspace, run.id)
    assert (run.notes, run.tags, run.data) == ("", (), "")
    assert listing.row(run).data == "cats & dogs", "from the snapshot"
    files.write_json(run.path / "run.json",
                     {"id": run.id, "name": "old", "notes": 5, "tags": [1, "a"]})
    assert runs.read(workspace, run.id).tags == ("a",)


def test_only_what_differs_is_listed(workspace):
    chosen = [
        made(workspace),
        made(workspace, epochs=7),
        made(workspace, epochs=7, flip=True, weights="none")
    ]
    chosen.append(made(workspace, snapshot={**SNAPSHOT, "name": "birds"}))
    table = dict(listing.differing([listing.row(run) for run in chosen]))
    assert table["Data set"] == ["cats & dogs"] * 3 + ["birds"]
    assert table["Epochs for the head"] == ["30", "7", "7", "30"]
    assert table["Mirror at random"] == ["off", "off", "on", "off"]
    assert set(table) == {"Data set", "Epochs for the head", "Mirror at random", "Weights"}
    assert listing.differing([listing.row(chosen[0])] * 2) == []


def test_a_damaged_run_has_a_row_and_a_changed_one_is_read_again(workspace):
    good, bad = made(workspace, name="good"), made(workspace, name="bad")
    assert len(listing.rows(workspace)) == 2
    for name in ("config.json", "results.json", "dataset.json", "run.json", "status.json"):
        for content in (
                b"", b"[1]",
                b'{"split": 3, "backbone": [], "unfreeze_stages": "x", "name": {}, "tags": 7}'):
            before = (bad.path / name).read_bytes()
            (bad.path / name).write_bytes(content)
            rows = {row.run.id: row for row in listing.rows(workspace)}
            assert rows[good.id].problem == ""
            assert rows[bad.id].as_dict()["id"] == bad.id
            assert listing.search(list(rows.values()), "good") == [rows[good.id]]
            (bad.path / name).write_bytes(before)
    files.write_json(bad.path / "results.json", {"test_accuracy": 0.25, "split": {}})
    assert listing.row(bad).test_accuracy == 0.25


def test_two_hundred_runs_are_quick(workspace):
    snapshot = {
        **SNAPSHOT,
        "images": [{"id": str(number), "file": f"{number}.png", "label": 0}
                   for number in range(500)]
    }
    for number in range(200):
        made(workspace, name=f"run {number}", snapshot=snapshot)
    begun = time.monotonic()
    assert len(listing.rows(workspace)) == 200
    first = time.monotonic() - begun
    begun = time.monotonic()
    found = listing.search(listing.rows(workspace), "run 17")
    again = time.monotonic() - begun
    assert len(found) == 12
    assert first < 2
    assert again < 0.5, "settings and results are read once"


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
