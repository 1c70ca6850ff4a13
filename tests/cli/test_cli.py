"""The command line: records on standard output, one line and exit code 2 for what
cannot be done."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tltools.cli import main

ROOT = Path(__file__).parents[2]


def tltools(*arguments: str, timeout: float = 240) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "tltools", *map(str, arguments)], cwd=ROOT,
                          capture_output=True, text=True, timeout=timeout)


@pytest.mark.parametrize(("arguments", "words"), [
    (["train", "nowhere", "--backbone", "VGG16"], "not on this machine"),
    (["train", "nowhere", "--backbone", "VGG99"], "no backbone"),
    (["train", "nowhere", "--backbone", "MobileNet", "--weights", "none", "--epochs", "0"],
     "Received 0"),
    (["train", "nowhere", "--backbone", "MobileNet", "--weights", "none",
      "--learning-rate", "1e9"], "Received 1e+09"),
    (["train", "nowhere", "--backbone", "MobileNet", "--weights", "none",
      "--unfreeze-stages", "some"], "Received 'some'"),
    (["classify", "nowhere", "a.jpg"], "no such run"),
    (["classify", "20200101-000000-abcdef", "a.jpg"], "no such run"),
    (["trian", "folder"], "Did you mean train?"),
    (["train", "folder", "--bacbone", "VGG16"], "Did you mean --backbone?"),
    (["train", "folder", "--epochs", "many"], "invalid int value: 'many'"),
])
def test_what_cannot_be_done_is_one_line(capsys, arguments, words):
    try:
        assert main(arguments) == 2
    except SystemExit as end:  # how argparse ends
        assert end.code == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said


@pytest.mark.slow
def test_train_classify_and_interrupt(home, tmp_path):
    """A drawn folder through the real engine: the record's fields, two classifications,
    Ctrl-C keeps the best."""
    assert tltools("synthesize", tmp_path / "set", "--family", "textures", "--classes", "2",
                   "--per-class", "20").returncode == 0
    common = [
        tmp_path / "set", "--backbone", "MobileNet-0.25", "--weights", "none", "--input-size", "32",
        "--batch-size", "8"
    ]
    try:
        done = tltools("train", *common, "--epochs", "2", "--json")
        assert done.returncode == 0, done.stderr
        record = json.loads(done.stdout)
        assert {
            "run_dir", "backbone", "weights", "classes", "images", "split", "params", "history",
            "fine_tune_start", "val_accuracy", "test_accuracy", "seconds"
        } <= set(record)
        assert record["images"] == {"used": 40, "skipped": []}
        assert sum(record["split"].values()) == 40
        assert set(record["seconds"]) == {"prepare", "extract", "head", "fine_tune", "evaluate",
                                          "total"}
        assert len(record["history"]["val_loss"]) == 2
        assert done.stderr

        picture = next((tmp_path / "set").rglob("*.png"))
        (tmp_path / "no.jpg").write_text("text")
        done = tltools("classify", record["run_dir"], picture, tmp_path / "no.jpg", "--json")
        assert done.returncode == 0, done.stderr
        good, bad = json.loads(done.stdout)["images"]
        assert sum(good["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert "not a picture" in bad["error"]
        assert tltools("classify", record["run_dir"], tmp_path / "no.jpg").returncode == 2
        assert "%" in tltools("classify", Path(record["run_dir"]).name, picture).stdout, (
            "the id that `runs list` shows will do")

        process = subprocess.Popen([
            sys.executable, "-m", "tltools", "train", *map(str, common), "--epochs", "1000",
            "--json"
        ], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        run_dirs = set((home.path / "workspaces/local/runs").iterdir())
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            fresh = [path for path in (home.path / "workspaces/local/runs").iterdir()
                     if path not in run_dirs and not path.name.startswith(".")]
            if fresh and json.loads((fresh[0] / "status.json").read_text())["epoch"] >= 2:
                break
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert (Path(json.loads(out)["run_dir"]) / "model.keras").is_file()
        assert json.loads(tltools("engine", "status", "--json").stdout)["running"]
    finally:
        tltools("engine", "stop")
    assert not json.loads(tltools("engine", "status", "--json").stdout)["running"]
    assert os.environ["TLTOOLS_HOME"] == str(home.path)
