"""The caller's side of the engine, without one: what its record says, and what is said
when it is not there."""

import pytest

from tests.helpers import until
from tltools import files, processes
from tltools.engine import jobs
from tltools.engine.client import DIES, Engine, EngineStatus, _cause
from tltools.errors import EngineError, Problem
from tltools.processes import STALE_SECONDS


def record(home, **changes):
    """The record of an engine that is this test's own process."""
    files.write_json(home.engine / "engine.json", {
        "format": 1, **processes.identity(), "address": "tls://127.0.0.1:1",
        "heartbeat": files.now(),
        "workers": {"train": 1}, "current": "r1", "line": ["r2"], "under_way": 1,
        "typical_seconds": 12.5, "at_once": 1, "small": False, "trouble": None, **changes})


def test_without_a_record_nothing_runs(home):
    assert Engine(home).status() == EngineStatus(False, False)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{\"pid\": 1}", b"null"])
def test_a_damaged_record_is_no_engine(home, content):
    files.write_bytes(home.engine / "engine.json", content)
    assert not Engine(home).status().running


def test_the_record_is_what_is_seen(home):
    record(home)
    status = Engine(home).status()
    assert (status.running, status.current, status.line) == (True, "r1", ("r2", ))
    assert (status.under_way, status.typical_seconds) == (1, 12.5)
    record(home, trouble=Problem("No", "Because.", "Do.").as_dict())
    assert Engine(home).status().trouble == Problem("No", "Because.", "Do.")


def late() -> float:
    return files.now() - STALE_SECONDS - 1


def test_an_engine_whose_beat_is_late_runs_and_its_tasks_wait(home):
    """On a busy machine: seen at loads of 5 to 13 on two cores."""
    record(home, heartbeat=late())
    engine = Engine(home)
    status = engine.status()
    assert (status.running, status.late) == (True, True)
    task = engine.submit("train", "tltools.training.lr_finder:find", home="x")
    assert engine.task(task).state == "waiting"


def test_an_engine_whose_process_is_gone_does_not_run_and_is_told_at_once(home):
    record(home)
    engine = Engine(home)
    task = engine.submit("train", "tltools.training.lr_finder:find", home="x")
    record(home, pid=2**22 + 1)
    assert not engine.status().running
    assert "gone: killed" in engine.task(task).problem.reason


def test_of_another_host_the_beat_decides(home):
    record(home, host="elsewhere", pid=1, heartbeat=late())
    assert not Engine(home).status().running
    record(home, host="elsewhere", pid=2**22 + 1)
    assert Engine(home).status().running


@pytest.mark.parametrize(("code", "words"), [(-9, "killed (signal 9)"), (3, "code 3"),
                                             (0, "by itself"), (None, "out of memory")])
def test_the_cause_of_an_end_is_said(code, words):
    assert words in _cause(code)


def test_on_a_full_disk_it_is_not_started_and_that_is_said(home, monkeypatch):
    monkeypatch.setattr(files, "free_bytes", lambda path: 1000)
    engine = Engine(home)
    engine.start()
    assert engine._process is None
    assert engine.status().trouble.title == "The disk is full"
    with pytest.raises(EngineError, match="disk of the home folder"):
        engine.wait()
    monkeypatch.undo()
    assert engine.status().trouble is not None
    record(home)
    assert engine.status().trouble is None, "there is one now"


def test_tasks_that_nobody_knows_are_lost_with_a_remedy(home):
    view = Engine(home).task("20260101-000000-abcdef")
    assert view.state == "failed"
    assert "Start it again" in view.problem.remedy


def test_where_tensorflow_cannot_start_nothing_is_handed_over(home):
    record(home, trouble=Problem("No", "Because.", "Do.").as_dict())
    for kind in ("serve", "train"):
        with pytest.raises(EngineError, match="Because"):
            Engine(home).submit(kind, "tltools.inference.classifier:warm_up")


def test_a_short_task_waits_on_disk_and_its_outcome_comes_back(home):
    record(home)
    engine = Engine(home)
    task = engine.submit("train", "tltools.training.lr_finder:find", home="x")
    assert engine.task(task).state == "waiting"
    job = jobs.take(home)
    assert (job.id, job.kwargs) == (task, {"home": "x"})
    jobs.finish(home, task, {"result": {"suggestion": 0.1}})
    assert engine.task(task).result == {"suggestion": 0.1}
    other = engine.submit("train", "tltools.training.lr_finder:find", home="x")
    (home.engine / "engine.json").unlink()
    assert "gone" in engine.task(other).problem.reason


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
