"""Settings on the command line: every one has an option with help, files are saved and
loaded, `lr-find` suggests."""

import json

import pytest

from tests.helpers import drawn
from tltools import cli
from tltools.cli import main, train
from tltools.config import CHOICES, RunConfig
from tltools.datasets import store
from tltools.datasets.drawn import synthesize
from tltools.recipes import settings_file


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


def test_lr_find_suggests_saves_settings_and_keeps_nothing(home, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")
    synthesize.write_folder(tmp_path / "set", "textures", 2, 20, 1, 0.0)
    file = tmp_path / "saved.json"
    assert main(["lr-find", str(tmp_path / "set"), "--backbone", "TLNet", "--weights", "none",
                 "--input-size", "32", "--batch-size", "8", "--momentum", "0.5",
                 "--optimizer", "sgd", "--save-settings", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["rates"]) == len(found["losses"]) > 10
    assert found["why"]
    assert store.list_datasets(home.workspace()) == []
    config, problems = settings_file.from_bytes(file.read_bytes(), RunConfig(), home)
    assert problems == []
    assert (config.optimizer, config.momentum, config.input_size) == ("sgd", 0.5, 32)


def test_lr_find_says_what_is_wrong_in_one_line(home, capsys):
    drawn(home)
    assert main(
        ["lr-find", "nowhere", "--weights", "none", "--backbone", "TLNet", "--warm-up", "31"]) == 2
    assert "Received 31" in capsys.readouterr().err
