"""`lr-find`: a suggestion, settings that can be loaded, and nothing kept."""

import json

from tests.helpers import drawn
from tltools.cli import main
from tltools.config import RunConfig
from tltools.datasets import store
from tltools.datasets.drawn import synthesize
from tltools.recipes import settings_file


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
