"""`python -m tltools runs ...`, and `train` from a run: what the Runs page does, for
scripts."""

import json

import pytest

from tests.helpers import drawn, queued
from tltools import files, runs
from tltools.cli import main, manage, train
from tltools.config import RunConfig
from tltools.errors import NotFound
from tltools.runs.events import RunState, RunStatus
from tltools.runs.queue import Line


@pytest.fixture(autouse=True)
def in_place(monkeypatch):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")


@pytest.fixture
def run(home):
    run = queued(home, drawn(home, per_class=6), name="mine", epochs=4)
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=4))
    run.model_path.write_bytes(b"model")
    files.write_bytes(run.checkpoints / "last.npz", b"c" * 1000)
    return runs.read(home.workspace(), run.id)


def said(capsys, *arguments):
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_list_show_note_and_compare(capsys, run):
    assert [row["id"] for row in said(capsys, "runs", "list")] == [run.id]
    record = said(capsys, "runs", "note", run.path, "--notes", "good", "--tags", "a, b")
    assert (record["notes"], record["tags"]) == ("good", ["a", "b"])
    assert said(capsys, "runs", "note", run.id, "--tags", "c")["notes"] == "good"
    assert said(capsys, "runs", "list", "--search", "nothing") == []
    assert said(capsys, "runs", "show", run.id)["config"]["epochs"] == 4
    other = said(capsys, "runs", "duplicate", run.id, "--name", "again")
    assert runs.read_folder(other["run_dir"]).config().epochs == 4
    assert said(capsys, "runs", "compare", run.id, other["id"])["differing"] == []


def test_disk_free_and_delete(capsys, home, run):
    assert said(capsys, "runs", "disk")["checkpoints"] == 1000
    assert said(capsys, "runs", "free") == {"checkpoints": 1000, "features": 0}
    assert run.has_model
    assert said(capsys, "runs", "delete", run.id)["freed"] > 0
    assert runs.list_runs(home.workspace()) == []


@pytest.mark.parametrize(("arguments", "words"), [
    (["runs", "show"], "needs one run"),
    (["runs", "compare", "a"], "no such run"),
    (["runs", "show", "../x"], "no run of this"),
    (["runs", "delete", "20200101-000000-abcdef"], "no such run"),
    (["runs", "list", "a"], "Leave it out"),
    (["train"], "no folder or ZIP"),
    (["train", "x", "--continue", "y"], "a data set too"),
    (["train", "--continue", "y", "--backbone", "VGG16"], "--backbone too"),
    (["train", "--continue", "/y"], "no run of this"),
])
def test_what_cannot_be_done_is_one_line(capsys, arguments, words):
    assert main(arguments) == 2
    line = capsys.readouterr().err.strip()
    assert words in line
    assert "\n" not in line


def test_train_continues_a_run(monkeypatch, capsys, home, run):
    monkeypatch.setattr(train, "_wait",
                        lambda workspace, run_id, here: runs.read(workspace, run_id))
    assert main(["train", "--continue", str(run.path), "--epochs", "7",
                 "--learning-rate", "0.5"]) == 2
    assert "is queued" in capsys.readouterr().err, "this engine trains nothing by itself"
    (child,) = Line().look(home, [])
    config = child.config()
    assert (config.continues, config.epochs, config.learning_rate) == (run.id, 7, 0.5)


@pytest.mark.parametrize("state", [RunState.STOPPED, RunState.INTERRUPTED, RunState.FAILED])
def test_train_continues_a_run_that_has_not_finished(monkeypatch, capsys, home, state):
    """The very run goes on, as the page makes it; a new length would be another run's.
    """
    run = queued(home, drawn(home, per_class=6))
    runs.write_status(run, RunStatus(state=state, epoch=1))
    monkeypatch.setattr(train, "_wait",
                        lambda workspace, run_id, here: runs.read(workspace, run_id))
    assert main(["train", "--continue", run.id, "--epochs", "7"]) == 2
    assert "--epochs" in capsys.readouterr().err
    assert Line().look(home, []) == []
    assert main(["train", "--continue", run.id]) == 2
    assert "is queued" in capsys.readouterr().err, "this engine trains nothing by itself"
    assert [item.id for item in Line().look(home, [])] == [run.id]
    assert [item.id for item in runs.list_runs(home.workspace())] == [run.id]


def test_a_stopped_run_with_a_model_is_trained_further_where_a_length_is_named(
        monkeypatch, capsys, home, run):
    runs.write_status(run, RunStatus(state=RunState.STOPPED, epoch=1))
    monkeypatch.setattr(train, "_wait",
                        lambda workspace, run_id, here: runs.read(workspace, run_id))
    assert main(["train", "--continue", run.id, "--epochs", "7"]) == 2
    (child,) = Line().look(home, [])
    assert (child.config().continues, child.config().epochs) == (run.id, 7)


def test_weights_may_be_a_run(home, run):
    from tltools.cli import _parser

    options = _parser().parse_args(
        ["train", "x", "--weights", str(run.path), "--unfreeze-stages", "1"])
    config = train.settings_of(options)
    assert (config.weights, config.weights_run, config.backbone, config.unfreeze_stages) \
        == ("run", run.id, "MobileNet-0.25", 1)
    assert config.input_size == run.config().input_size
    with pytest.raises(NotFound):
        manage.run_of(home.path)
    assert RunConfig.from_dict(config.as_dict()) == config
