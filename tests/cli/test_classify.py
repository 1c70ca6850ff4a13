"""`classify`: the likeliest classes of each picture, and exit code 2 if there is no
answer."""

import json

import pytest

from tests.datasets.helpers import image
from tests.helpers import drawn, queued
from tltools import files, runs
from tltools.cli import main


@pytest.fixture(autouse=True)
def in_place(monkeypatch):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")


@pytest.fixture
def run(home) -> runs.Run:
    """A run whose model says 0.5, 0.25, 0.15 and 0.1 of every picture."""
    import keras
    import numpy as np

    run = queued(home, drawn(home, classes=4, per_class=2))
    model = keras.Sequential([
        keras.Input((32, 32, 3)), keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(4, activation="softmax", kernel_initializer="zeros")
    ])
    model.layers[-1].bias.assign(np.log([0.1, 0.5, 0.15, 0.25]))
    model.save(run.model_path)
    files.write_json(run.path / "labels.json", ["ant", "bee", "cat", "dog"])
    return run


def test_the_three_likeliest_first_by_id_or_folder(run, tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(image())
    for name in (run.id, str(run.path)):
        assert main(["classify", name, str(tmp_path / "a.png")]) == 0
        assert capsys.readouterr().out \
            == f"{tmp_path / 'a.png'}: bee 50.0 %, dog 25.0 %, cat 15.0 %\n"


def test_one_that_is_no_picture_does_not_cost_the_others(run, tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(image())
    (tmp_path / "b.png").write_text("text")
    names = [str(tmp_path / name) for name in ("b.png", "a.png", "absent.png")]
    assert main(["classify", run.id, *names, "--json"]) == 0
    bad, good, absent = json.loads(capsys.readouterr().out)["images"]
    assert [item["file"] for item in (bad, good, absent)] == names
    assert good["probabilities"] == pytest.approx(
        {"ant": 0.1, "bee": 0.5, "cat": 0.15, "dog": 0.25})
    assert "not a picture" in bad["error"]
    assert "probabilities" not in absent
    assert main(["classify", run.id, names[0], names[2]]) == 2, "no answer at all"


def test_a_run_without_a_model_is_one_line(home, tmp_path, capsys):
    waiting = queued(home, drawn(home, per_class=2))
    (tmp_path / "a.png").write_bytes(image())
    assert main(["classify", waiting.id, str(tmp_path / "a.png")]) == 2
    line = capsys.readouterr().err.strip()
    assert "no model yet" in line
    assert "\n" not in line
