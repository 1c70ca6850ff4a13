"""A machine on which TensorFlow cannot run, or with little memory: one sentence or one
process, never a restart loop."""

import os
import time

import psutil
import pytest

from tests.helpers import drawn, queued, until
from tltools import runs
from tltools.cli import main
from tltools.engine import processor
from tltools.engine.client import Engine
from tltools.errors import EngineError
from tltools.runs.events import RunState


@pytest.fixture
def no_avx(tmp_path, monkeypatch):
    """A TensorFlow that ends its process as a missing instruction does."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake"
     / "tensorflow.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
    monkeypatch.setenv("PYTHONFAULTHANDLER", "")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_dying_of_an_illegal_instruction_is_one_sentence_and_no_loop(home, no_avx, capsys):
    engine = Engine(home)
    dataset = drawn(home, per_class=3)
    waiting = queued(home, dataset)
    try:
        engine.wait()
        until(lambda: engine.status().trouble is not None, 90)
        status = engine.status()
        assert status.trouble == processor.NO_AVX
        assert len(str(status.trouble)) <= 140
        with pytest.raises(EngineError, match="AVX"):
            engine.call("serve", "tltools.inference.classifier:warm_up")
        assert engine.call("data", "tltools.datasets.drawn.synthesize:synthesize",
                           home=str(home.path), workspace="local", family="noise", classes=2,
                           per_class=2)["used"] == 4, "bringing in pictures still works"
        assert main(["train",
                     str(home.path), "--backbone", "MobileNet-0.25", "--weights", "none"]) == 2
        said = capsys.readouterr().err.strip()
        assert "AVX" in said
        assert "\n" not in said
        family = psutil.Process(status.pid)

        def at_rest() -> bool:
            before = {child.pid for child in family.children(recursive=True)}
            time.sleep(4)
            return {child.pid for child in family.children(recursive=True)} == before

        until(at_rest, 20)
        assert at_rest(), "it goes on restarting"
        deaths = runs.read(home.workspace(), waiting.id)
        assert deaths.state in (RunState.QUEUED, RunState.INTERRUPTED)
    finally:
        engine.stop()


@pytest.mark.slow
def test_little_memory_means_one_process_for_training_and_answering(home, monkeypatch):
    monkeypatch.setenv("TLTOOLS_MEMORY_GB", "4")
    monkeypatch.setenv("TLTOOLS_AT_ONCE", "3")
    engine = Engine(home)
    try:
        engine.wait()
        status = engine.status()
        assert status.small
        assert status.at_once == 1
        assert set(status.workers) == {"train", "data"}
        run = queued(home, drawn(home, per_class=30), epochs=1000)
        until(lambda: runs.read(home.workspace(), run.id).status.epoch >= 2, 120)
        assert engine.call("serve", "tltools.inference.classifier:warm_up") is True
        state = runs.read(home.workspace(), run.id).state
        assert state is RunState.RUNNING, "it answers while it trains"
        runs.request_stop(runs.read(home.workspace(), run.id))
        until(lambda: runs.read(home.workspace(), run.id).state is RunState.STOPPED, 30)
    finally:
        engine.stop()
