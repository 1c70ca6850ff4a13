"""A machine on which TensorFlow cannot run, or with little memory: one sentence or one
process, never a restart loop."""

import os
import signal
import time

import psutil
import pytest

from tests.helpers import drawn, queued, until
from tltools import runs
from tltools.cli import main
from tltools.engine import processor
from tltools.engine.client import DIES, Engine
from tltools.errors import EngineError
from tltools.runs.events import RunState

CPUINFO = "processor\t: 0\nmodel name\t: Old\nflags\t\t: fpu sse sse2 ssse3 sse4_1 sse4_2{}\n\n"


@pytest.mark.parametrize(("machine", "text", "known"),
                         [("x86_64", CPUINFO.format(""), True),
                          ("x86_64", CPUINFO.format(" avx avx2"), False),
                          ("AMD64", CPUINFO.format(""), True),
                          ("x86_64", CPUINFO.format(" avx512f"), True),
                          ("x86_64", "nothing that is known", False),
                          ("aarch64", CPUINFO.format(""), False)])
def test_a_processor_without_avx_is_known_before_the_import(tmp_path, monkeypatch, machine, text,
                                                            known):
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "cpuinfo").write_text(text)
    assert (processor.problem(tmp_path / "cpuinfo") == processor.NO_AVX) is known
    assert not known or processor.problem(tmp_path / "nowhere") is None


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


def test_an_engine_that_dies_at_once_is_not_started_for_ever(home, monkeypatch, tmp_path):
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "distributed.py").write_text("raise SystemExit(3)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
    monkeypatch.setattr("tltools.engine.client.RESTART_SECONDS", 0.0)
    engine = Engine(home)
    started = []

    def starts() -> bool:
        before = engine._process
        engine.start()
        if engine._process is not before and engine._process is not None:
            started.append(engine._process.pid)
        return engine.status().trouble is not None

    until(starts, 60)
    assert engine.status().trouble == DIES
    assert len(started) == 3
    engine.start()
    assert engine._process is None
    with pytest.raises(EngineError, match="3 times"):
        engine.wait()


def test_signals_and_codes_are_told_apart(monkeypatch):
    class Done:
        returncode = -signal.SIGILL

    monkeypatch.setattr("subprocess.run", lambda *_, **__: Done)
    assert processor.diagnose(3) == processor.NO_AVX
    Done.returncode = 0xC000001D
    assert processor.diagnose(3) == processor.NO_AVX
    Done.returncode = 1
    assert "ends with code 1" in processor.diagnose(3).reason
