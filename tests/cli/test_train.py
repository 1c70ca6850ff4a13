"""Settings on the command line: every one has an option with help, and files are saved
and loaded."""

import json

import pytest

from tests.helpers import drawn, queued
from tltools import cli, files, runs
from tltools.cli import main, train
from tltools.config import CHOICES, RunConfig
from tltools.datasets.drawn import synthesize
from tltools.recipes import settings_file
from tltools.runs import lineage
from tltools.runs.events import RunState, RunStatus


def settings(*arguments: str) -> RunConfig:
    return train.settings_of(cli._parser().parse_args(["train", "folder", *map(str, arguments)]))


def test_every_setting_of_training_has_an_option_with_help(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for name in (*train.NUMBERS, *CHOICES):
        assert f"--{name.replace('_', '-')}" in said
    assert "default adam" in said


def test_options_go_over_the_file_and_the_file_over_the_recipe(tmp_path, capsys):
    file = tmp_path / "mine.json"
    file.write_bytes(settings_file.to_bytes(
        RunConfig(backbone="MobileNet-0.25", weights="none", epochs=7, batch_size=4,
                  optimizer="adamw", rotate=10.0)))
    config = settings("--preset", "fine-tune", "--settings", file, "--batch-size", 16, "--schedule",
                      "cosine")
    assert (config.backbone, config.weights, config.epochs, config.optimizer) \
        == ("MobileNet-0.25", "none", 7, "adamw")
    assert (config.batch_size, config.schedule, config.rotate) == (16, "cosine", 10.0)
    assert settings("--settings", file, "--backbone", "MobileNetV2").weights == "none"
    assert capsys.readouterr().err == ""
    record = json.loads(file.read_bytes())
    record["settings"] |= {"dropout": 7, "warp": 1}
    file.write_text(json.dumps(record))
    assert settings("--settings", file).epochs == 7
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "mine.json" in said[0]
    assert "warp" in said[0]
    assert "Received 7" in said[1]
    assert main(["train", "nowhere", "--settings", str(tmp_path / "absent.json")]) == 2
    assert "absent.json cannot be read" in capsys.readouterr().err


@pytest.fixture
def trained(home):
    """Gives a completed run whose results have these fields."""
    def made(**fields) -> runs.Run:
        run = queued(home, drawn(home, per_class=3))
        runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1))
        files.write_json(run.path / "results.json", {
            "format": 1, "val_accuracy": 0.9, "test_accuracy": 21 / 22,
            "split": {"train": 108, "validation": 20, "test": 22}, "seconds": {"total": 7.0},
            **fields})
        return runs.read(home.workspace(), run.id)

    return made


def test_the_report_says_what_the_largest_class_alone_would_reach(capsys, trained):
    run = trained(majority_baseline=21 / 22, never_predicted=["dogs"])
    assert train._report(run, False) == 0
    said = capsys.readouterr()
    assert "Always saying the largest class would reach 95.5" in said.out
    assert said.err.startswith("A class is never the answer: The network called none of the 22")
    assert "--class-weights balanced" in said.err
    assert train._report(run, True) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["majority_baseline"], record["never_predicted"]) == (21 / 22, ["dogs"])
    assert main(["runs", "show", run.id]) == 0
    said = capsys.readouterr()
    assert "largest class 95.5" in said.out
    assert "A class is never the answer" in said.err


def test_results_of_before_are_reported_as_before(capsys, trained):
    run = trained()
    assert train._report(run, False) == 0
    said = capsys.readouterr()
    assert "test accuracy 95.5" in said.out
    assert "largest class" not in said.out
    assert main(["runs", "show", run.id]) == 0
    said = capsys.readouterr()
    assert "largest class" not in said.out
    assert said.err == ""


@pytest.mark.parametrize("damage", [{"majority_baseline": "x"}, {"never_predicted": 3},
                                    {"never_predicted": [1, None], "majority_baseline": [1]},
                                    {"split": 4}])
def test_strange_results_do_not_hide_a_run(capsys, trained, damage):
    assert main(["runs", "show", trained(**damage).id]) == 0
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("keep_out", [False, True])
def test_pictures_that_the_backbone_has_seen_are_said_and_can_be_kept_out(
        home, tmp_path, monkeypatch, capsys, keep_out):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")
    monkeypatch.setattr(train, "_wait",
                        lambda workspace, run_id, here: runs.read(workspace, run_id))
    synthesize.write_folder(tmp_path / "set", "textures", 2, 20, 1, 0.0)
    common = ["--backbone", "MobileNet-0.25", "--input-size", "32"]
    assert main(["train", str(tmp_path / "set"), *common, "--weights", "none",
                 "--unfreeze-stages", "1"]) == 2
    (source,) = runs.list_runs(home.workspace())
    runs.write_status(source, RunStatus(state=RunState.COMPLETED, epoch=1))
    source.model_path.write_bytes(b"model")
    capsys.readouterr()
    assert main(["train", str(tmp_path / "set"), "--weights", str(source.path), "--seed", "7",
                 *(["--keep-out-seen"] if keep_out else [])]) == 2
    said = capsys.readouterr().err
    assert "Pictures that this backbone has seen" in said
    assert ("--keep-out-seen" in said) is not keep_out
    made = next(run for run in runs.list_runs(home.workspace()) if run.id != source.id)
    learned = lineage.learned_from(home.workspace(), made.config())
    assert learned
    assert bool(lineage.seen(made.dataset(), learned)) is not keep_out
