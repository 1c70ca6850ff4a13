"""The list of runs: found by words, filtered, compared; of hundreds little is read
again; complete whatever is damaged."""

from collections import Counter

import pytest

from tests.runs.helpers import SNAPSHOT, made
from tltools import files, runs
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import TltoolsError
from tltools.runs import listing


def test_a_row_says_what_counts(workspace):
    run = made(workspace, name="first", unfreeze_stages=2)
    (row,) = listing.rows(workspace)
    assert (row.test_accuracy, row.test_images, row.val_accuracy, row.val_images) \
        == (0.5, 6, 0.9, 4)
    assert (row.backbone, row.learns, row.data, row.seconds) \
        == ("MobileNetV2", "head, then last 2 stages", "cats & dogs", 60)
    assert row.size == sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    assert row.as_dict()["state"] == "completed"
    assert row.majority_baseline is None, "runs of before do not know it"
    files.write_json(run.path / "results.json",
                     {**run.results(), "majority_baseline": 0.25})
    (row,) = listing.rows(workspace)
    assert row.majority_baseline == row.as_dict()["majority_baseline"] == 0.25


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


def test_of_two_hundred_runs_only_what_may_change_is_read_again(workspace, monkeypatch):
    """Settings, results and snapshots once; a run that has changed once more."""
    snapshot = {
        **SNAPSHOT,
        "images": [{"id": str(number), "file": f"{number}.png", "label": 0}
                   for number in range(20)]
    }
    every = [made(workspace, name=f"run {number}", snapshot=snapshot) for number in range(200)]
    opened, read = Counter(), files.read_json

    def counted(path):
        opened[path.name] += 1
        return read(path)

    monkeypatch.setattr(files, "read_json", counted)
    assert len(listing.rows(workspace)) == 200
    assert opened["config.json"] == opened["results.json"] == 200
    opened.clear()
    assert len(listing.search(listing.rows(workspace), "run 17")) == 12
    assert opened == {"run.json": 200, "status.json": 200}
    files.write_json(every[0].path / "results.json", {"test_accuracy": 0.25, "split": {}})
    opened.clear()
    assert listing.rows(workspace)[-1].test_accuracy == 0.25
    assert opened["config.json"] == opened["results.json"] == 1


@pytest.mark.parametrize(("name", "content"), [
    *((name, content) for name in ("labels.json", "dataset.json", "events.jsonl")
      for content in (b"", b"\x00\xff\x01", b"[1]\n", b"5\n")),
    ("labels.json", None), ("dataset.json", None), ("events.jsonl", None),
    ("labels.json", b'["a", 5]'), ("labels.json", b'["cat", "dog", "cow"]'),
    ("dataset.json", b'{"classes": ["cat", "dog"], "images": [5]}'),
    ("dataset.json", b'{"classes": 2, "images": []}'),
    ("events.jsonl", b'{"event": "epoch", "epoch": "first"}\n'),
    ("events.jsonl", b'{"event": "epoch", "phase": "head", "epoch": 0, "loss"'),
])
def test_what_is_damaged_is_named_in_its_row(workspace, name, content):
    good, bad = made(workspace, name="good"), made(workspace, name="bad")
    assert [row.problem for row in listing.rows(workspace)] == ["", ""]
    if content is None:
        (bad.path / name).unlink()
    else:
        (bad.path / name).write_bytes(content)
    rows = {row.run.id: row for row in listing.rows(workspace)}
    assert name in rows[bad.id].problem
    assert rows[good.id].problem == ""
    assert rows[bad.id].test_accuracy == 0.5, "what can be read is shown"
    assert str(workspace.home) not in rows[bad.id].problem


def test_a_line_that_a_kill_tore_is_no_damage(workspace):
    run = made(workspace)
    (run.path / "events.jsonl").write_bytes(
        b'{"event": "batch", "ep\n' + (run.path / "events.jsonl").read_bytes())
    assert listing.row(runs.read(workspace, run.id)).problem == ""
    waiting = runs.create(workspace, RunConfig(), SNAPSHOT)
    assert listing.row(waiting).problem == "", "a run that waits has no events and no labels"
