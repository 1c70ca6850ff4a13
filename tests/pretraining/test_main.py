"""`python -m tltools.pretraining`: a comparison on any folder, and one line for what is
missing."""

import json
import re
import sys

import pytest

from tests.pretraining.helpers import NEEDS_TORCH, SMALL
from tltools.datasets.drawn import synthesize
from tltools.pretraining.__main__ import main


@pytest.mark.slow
def test_evaluate_compares_on_any_folder(tmp_path, capsys):
    """Drawn textures: the shipped backbone beats random weights; what is absent is said
    to be absent."""
    synthesize.write_folder(tmp_path / "set", "textures", 3, 20, seed=1, difficulty=0.6)
    (tmp_path / "set" / "checks" / "notes.txt").write_text("no picture")
    assert main(["evaluate", str(tmp_path / "set"), "--data", str(tmp_path), "--all-cores"]) == 0
    said = capsys.readouterr().out
    row = next(line for line in said.splitlines() if line.startswith("set"))
    assert row.split()[1:3] == ["42", "18"]
    assert row.count("absent") == 2
    random, ours = (float(value) for value in re.findall(r"([\d.]+)%", row))
    assert ours > random
    assert "ms an image" in said


@pytest.mark.parametrize("arguments", [["empty"], ["nowhere"], []])
def test_evaluate_says_what_it_needs(tmp_path, capsys, arguments):
    (tmp_path / "empty").mkdir()
    named = [str(tmp_path / name) for name in arguments]
    assert main(["evaluate", *named, "--data", str(tmp_path), "--all-cores"]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert "classes" in said or "one folder a class" in said
    assert str(tmp_path) not in said


@pytest.mark.parametrize("change", [{"teachers": ["lite9"]}, {"teachers": []}, {"soup": [3, 99]}])
def test_a_recipe_that_would_fail_after_hours_is_refused_at_once(change, tmp_path, capsys):
    pytest.importorskip("torch", reason=NEEDS_TORCH)
    SMALL.save(tmp_path / "recipe.json")
    (tmp_path / "recipe.json").write_text(
        json.dumps(json.loads((tmp_path / "recipe.json").read_text()) | change))
    assert main(["train", "--out", str(tmp_path), "--data", str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr().err
    assert "Received" in said
    assert "recipe" in said


def test_training_without_pytorch_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("loop", "network", "teacher"):
        monkeypatch.delitem(sys.modules, f"tltools.pretraining.{name}", raising=False)
        monkeypatch.delattr(f"tltools.pretraining.{name}", raising=False)
    assert main(["train", "--out", str(tmp_path / "out")]) == 2
    assert "pip install -r tltools/pretraining/requirements.txt" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
