"""What the engine decides, as plain values: no process, no file, no clock."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from tltools.engine.decisions import (
    COOL_SECONDS,
    FORCE_SECONDS,
    FORCED,
    GROWTH_BYTES,
    KILLED,
    NOT_STARTED,
    OUT_OF_MEMORY,
    UNSAID,
    Cool,
    Dispatch,
    End,
    JobEnded,
    Outcome,
    Replace,
    RunEnded,
    Seen,
    StartJob,
    StartRun,
    WarmUp,
    Worker,
    kinds,
    verdict,
)
from tltools.engine.jobs import Job
from tltools.runs import Run
from tltools.runs.events import RunState

ROOT = Path(__file__).parents[2]
FREE, PENDING, DONE, DEAD = (Worker(outcome=outcome) for outcome in
                             (None, Outcome.PENDING, Outcome.FINISHED, Outcome.DIED))
JOB = Job("j", "tltools.training.lr_finder:find", {})
IDLE = 900.0


def run(number: int, owner: str = "local") -> Run:
    return Run(f"r{number}", Path("workspaces") / owner / "runs" / f"r{number}")


def seen(*workers: Worker, waiting=(), **more) -> Seen:
    names = ["train", *(f"train-{number}" for number in range(2, 9))]
    return Seen(workers=dict(zip(names, workers, strict=False)), waiting=tuple(waiting), **more)


def at_work(*runs_: Run, now: float = 0.0, learns: bool = False) -> Dispatch:
    """A dispatch whose workers have these runs."""
    dispatch = Dispatch(IDLE, now)
    dispatch.step(seen(*[FREE] * len(runs_), waiting=runs_, learns=lambda run: learns), now)
    assert dispatch.running == list(runs_)
    return dispatch


def test_an_idle_worker_gets_the_next_run_and_one_only():
    dispatch = Dispatch(IDLE, 0.0)
    assert dispatch.step(seen(FREE, waiting=[run(1), run(2)]), 1.0) == [StartRun("train", run(1))]
    assert dispatch.step(seen(PENDING, waiting=[run(2)]), 2.0) == []
    actions = dispatch.step(seen(DONE, waiting=[run(2)]), 5.0)
    assert actions == [RunEnded("train", run(1), False, False, 4.0), StartRun("train", run(2))]


@pytest.mark.parametrize("worker", [dataclasses.replace(FREE, ready=False)])
def test_a_worker_without_a_process_gets_nothing(worker):
    assert Dispatch(IDLE, 0.0).step(seen(worker, waiting=[run(1)], job=JOB), 1.0) == []


def test_nothing_is_given_out_where_tensorflow_cannot_start():
    dispatch = Dispatch(IDLE, 0.0)
    assert dispatch.step(seen(FREE, waiting=[run(1)], job=JOB, trouble=True), 1.0) == []


def test_two_workers_never_train_two_runs_of_one_person():
    dispatch = Dispatch(IDLE, 0.0)
    waiting = [run(1, "anna"), run(2, "anna"), run(3, "ben")]
    assert dispatch.step(seen(FREE, FREE, waiting=waiting), 1.0) == [
        StartRun("train", run(1, "anna")), StartRun("train-2", run(3, "ben"))]
    alone = Dispatch(IDLE, 0.0)
    mine = [run(1), run(2)]
    assert len(alone.step(seen(FREE, FREE, waiting=mine), 1.0)) == 2, "the machine's owner may"


def test_a_short_task_goes_before_a_run_and_only_to_one_worker():
    dispatch = Dispatch(IDLE, 0.0)
    actions = dispatch.step(seen(FREE, FREE, waiting=[run(1)], job=JOB), 1.0)
    assert actions == [StartJob("train", JOB), StartRun("train-2", run(1))]
    other = dataclasses.replace(JOB, id="k")
    assert dispatch.step(seen(PENDING, PENDING, job=other), 2.0) == []
    assert dispatch.step(seen(DONE, PENDING, job=other), 3.0) == [
        JobEnded("train", JOB, False), StartJob("train", other)]


@pytest.mark.parametrize(("asked", "expected"), [(None, []), (10.0, []),
                                                 (9.0 - FORCE_SECONDS, [Replace("train")])])
def test_an_unheeded_stop_costs_the_process_after_half_a_minute(asked, expected):
    dispatch = at_work(run(1))
    stops = {} if asked is None else {"r1": asked}
    assert dispatch.step(seen(PENDING, stop_asked=stops), 10.0) == expected
    renewing = dataclasses.replace(PENDING, ready=False)
    assert dispatch.step(seen(renewing, stop_asked=stops), 10.5) == [], "and only once"
    ended, _ = dispatch.step(seen(DEAD, stop_asked=stops), 11.0)
    said = verdict(ended, RunState.RUNNING)
    assert said == ((RunState.STOPPED, FORCED) if expected else (RunState.INTERRUPTED, KILLED)), (
        "a person's stop is not told as a death from outside")


def test_an_unheeded_cancel_does_the_same_for_a_short_task():
    dispatch = Dispatch(IDLE, 0.0)
    dispatch.step(seen(FREE, job=JOB), 0.0)
    assert dispatch.step(seen(PENDING, cancel_asked=5.0), 10.0) == []
    assert dispatch.step(seen(PENDING, cancel_asked=5.0), 36.0) == [Replace("train")]
    assert dispatch.step(seen(DEAD), 37.0) == [JobEnded("train", JOB, True), WarmUp("train")]


@pytest.mark.parametrize(("memory", "problem"), [(500, KILLED), (900, OUT_OF_MEMORY)])
def test_a_death_is_told_by_its_memory(memory, problem):
    dispatch = at_work(run(1))
    dead = dataclasses.replace(DEAD, memory=memory, limit=1000)
    ended, warm = dispatch.step(seen(dead, waiting=[run(2)]), 3.0)
    assert (ended.died, warm) == (True, WarmUp("train")), "the next waits for the new process"
    assert verdict(ended, RunState.RUNNING) == (RunState.INTERRUPTED, problem)
    assert verdict(ended, RunState.COMPLETED) is None, "it had ended well before"
    assert verdict(ended, RunState.QUEUED) is None, "somebody was quicker and let it go on"
    assert dispatch.running == []


def test_a_run_that_ended_itself_needs_no_word():
    (ended,) = at_work(run(1)).step(seen(DONE), 3.0)
    assert verdict(ended, RunState.COMPLETED) is None
    assert verdict(ended, RunState.QUEUED) == (RunState.INTERRUPTED, NOT_STARTED)
    assert verdict(ended, RunState.RUNNING) == (RunState.INTERRUPTED, UNSAID), (
        "its last word was lost, on a full disk")


@pytest.mark.parametrize(("learns", "growth", "replaced"), [
    (False, 0, False), (False, GROWTH_BYTES, False), (False, GROWTH_BYTES + 1, True),
    (True, 0, True)])
def test_a_worker_is_replaced_after_what_leaves_memory_behind(learns, growth, replaced):
    dispatch = at_work(run(1), learns=learns)
    done = dataclasses.replace(DONE, memory=1000 + growth, start_memory=1000, limit=10**12)
    actions = dispatch.step(seen(done, waiting=[run(2)]), 3.0)
    assert (Replace("train") in actions) == replaced
    assert (StartRun("train", run(2)) in actions) != replaced, "the next waits for the new process"


def test_a_worker_that_is_gone_has_died():
    dispatch = at_work(run(1), run(2, "ben"))
    actions = dispatch.step(seen(PENDING), 1.0)
    assert [action for action in actions if isinstance(action, RunEnded)] == [
        RunEnded("train-2", run(2, "ben"), True, False, 1.0)]


def test_the_length_of_a_turn_is_its_own_with_two_of_one_owner():
    dispatch = Dispatch(IDLE, 0.0)
    dispatch.step(seen(FREE, FREE, waiting=[run(1)]), 10.0)
    dispatch.step(seen(PENDING, FREE, waiting=[run(2)]), 50.0)
    ended = dispatch.step(seen(DONE, DONE), 60.0)
    assert [item.seconds for item in ended] == [50.0, 10.0]


def test_it_ends_when_asked_or_unused_for_long():
    assert Dispatch(IDLE, 0.0).step(seen(FREE, end_asked=True), 1.0) == [End()]
    dispatch = Dispatch(IDLE, 0.0)
    assert dispatch.step(seen(FREE), IDLE) == []
    assert dispatch.step(seen(FREE, used=True), IDLE + 1) == [], "somebody is connected"
    assert dispatch.step(seen(FREE), 2 * IDLE + 1) == []
    assert dispatch.step(seen(FREE), 2 * IDLE + 2) == [End()]
    busy = at_work(run(1))
    assert busy.step(seen(PENDING), 10 * IDLE) == [], "a run is use"


def test_workers_by_memory():
    def names(*arguments):
        return [kind.name for kind in kinds(*arguments)]

    assert names(16 * 10**9, 1, False) == ["train", "serve", "data"]
    assert names(16 * 10**9, 2, False) == ["train", "train-2", "serve", "data"]
    assert names(4 * 10**9, 2, False) == ["train", "data"], "one TensorFlow process"
    assert kinds(4 * 10**9, 1, False)[0].resources == {"train": 1, "serve": 1}
    assert names(16 * 10**9, 1, True) == ["data"]
    for kind in (kinds(16 * 10**9, 3, False), kinds(4 * 10**9, 1, False)):
        assert sum(item.share for item in kind) <= 1.11


def test_it_needs_neither_dask_nor_tensorflow():
    code = ("import sys\nfrom tltools.engine import decisions\n"
            "print(sorted({m.split('.')[0] for m in sys.modules} & {'tensorflow', 'distributed'}))")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def serving(*workers, busy=False, waiting=()):
    return dataclasses.replace(seen(*workers, waiting=waiting), serving=busy)


def test_the_serving_worker_gets_ready_when_a_run_begins_and_only_once():
    dispatch = Dispatch(IDLE, 0.0)
    assert dispatch.step(serving(FREE, waiting=[run(1)]), 1.0) == [
        StartRun("train", run(1)), WarmUp("serve")]
    assert dispatch.step(serving(PENDING), 2.0) == []


def test_all_but_the_first_give_their_memory_back_when_unused_for_long():
    dispatch = Dispatch(10 * IDLE, 0.0)
    dispatch.step(serving(FREE, FREE, waiting=[run(1), run(2)]), 0.0)
    dispatch.step(serving(PENDING, PENDING), 100.0)
    dispatch.step(serving(DONE, DONE), 101.0)
    assert dispatch.step(serving(FREE, FREE), 100.0 + COOL_SECONDS) == []
    assert dispatch.step(serving(FREE, FREE, busy=True), 101.0 + COOL_SECONDS) == [
        Cool("train-2")], "somebody asks the serving one; the first train worker stays ready"
    assert dispatch.step(serving(FREE, FREE), 102.0 + 2 * COOL_SECONDS) == [Cool("serve")]
    assert dispatch.step(serving(FREE, FREE), 103.0 + 2 * COOL_SECONDS) == []


def test_one_process_for_both_is_never_cooled():
    dispatch = Dispatch(10 * IDLE, 0.0)
    assert dispatch.step(seen(FREE, waiting=[run(1)]), 0.0) == [StartRun("train", run(1))]
    dispatch.step(seen(DONE), 1.0)
    assert dispatch.step(seen(FREE), 3 * COOL_SECONDS) == []
