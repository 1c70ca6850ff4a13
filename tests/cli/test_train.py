"""Settings on the command line: every one has an option with help, and files are saved
and loaded."""

import json

import pytest

from tltools import cli
from tltools.cli import main, train
from tltools.config import CHOICES, RunConfig
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
