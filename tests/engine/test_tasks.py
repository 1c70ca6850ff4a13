"""The worker's side of a task: only our own functions, outcomes as values, honest
progress."""

import pytest

from tltools import files
from tltools.engine import tasks
from tltools.errors import Cancelled, DatasetError


def test_only_functions_of_this_project_are_called():
    assert tasks.resolve("tltools.runs.disk:usage").__name__ == "usage"
    for foreign in ("os:system", "tltools_evil:run", "subprocess:run"):
        with pytest.raises(ValueError, match="not a module of this project"):
            tasks.resolve(foreign)


def synthesize(home, **more):
    arguments = {"home": str(home.path), "workspace": "local", "family": "noise", "classes": 2,
                 "per_class": 2, **more}
    return tasks.run("tltools.datasets.drawn.synthesize:synthesize", arguments, str(home.path), "t")


def test_an_outcome_is_a_result_or_a_problem_and_never_an_exception(home):
    assert synthesize(home)["result"]["used"] == 4
    refused = synthesize(home, family="x")
    assert "family" in refused["problem"]["reason"]
    with pytest.raises(DatasetError, match="family"):
        raise tasks.error_of(refused)
    bug = synthesize(home, classes="many")
    assert bug["error"] is None
    assert str(tasks.error_of(bug)) == " ".join(
        text for text in (bug["problem"]["reason"], bug["problem"]["remedy"]) if text)
    assert not list(tasks.folder(home).glob("*")), "what told of progress goes with the task"


def test_a_cancel_is_heeded_at_the_next_step(home):
    tasks.folder(home).mkdir(parents=True)
    assert tasks.cancel_asked(home, "t") is None
    (tasks.folder(home) / "t.cancel").touch()
    assert tasks.cancel_asked(home, "t") == pytest.approx(files.now(), abs=5)
    with pytest.raises(Cancelled):
        tasks._Progress(tasks.folder(home), "t")(1, 2, "images")
    assert synthesize(home)["problem"]["title"] == "Cancelled"


def test_the_first_step_of_a_task_and_its_other_parts_do_not_spoil_the_time_left(
        tmp_path, monkeypatch):
    """A first step that builds a graph for 8 s, then 100 steps a second; before it,
    another part at another speed."""
    now = [100.0]
    monkeypatch.setattr(tasks.time, "monotonic", lambda: now[0])
    progress = tasks._Progress(tmp_path, "a")

    def left(seconds: float, done: int, total: int) -> float | None:
        now[0] += seconds
        progress(done, total, "steps")
        return files.read_json(tmp_path / "a.json")["seconds_left"]

    assert left(0, 0, 84) is None
    assert left(10, 40, 84) is None
    assert left(1, 0, 100) is None, "another part"
    assert left(8, 1, 100) is None, "its first step"
    assert left(1, 51, 100) == pytest.approx(0.98)
