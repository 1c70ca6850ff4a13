"""What follows from what happens: status, events, checkpoints, stopping early, the
limit.

They hang on a real loop over points, whose learner needs no TensorFlow (test_loop.py).
"""

import dataclasses
import os

import pytest

from tests.training.test_loop import Softmax, material, stretch
from tltools import files, runs
from tltools.config import RunConfig
from tltools.errors import Problem
from tltools.runs.events import EpochEvent, History, Phase, RunState
from tltools.training import listeners
from tltools.training.listeners import (
    Checkpointer,
    EarlyStopping,
    EventLogger,
    Reporter,
    Stopped,
    TimeLimit,
)
from tltools.training.loop import Listener, Loop

SNAPSHOT = {"id": "d", "name": "points", "classes": ["a", "b"], "images": []}


@pytest.fixture
def run(home):
    return runs.create(home.workspace(), RunConfig(), SNAPSHOT)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Passing(Listener):
    """Lets time pass: so many seconds a step."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.seconds = clock, seconds

    def on_train_batch_end(self, loop, logs):
        self.clock.now += self.seconds


def epochs_within(home, seconds: float, first: int = 0, step: float = 1.0) -> int:
    """How many epochs (of three steps) a limit allows where each step takes `step`."""
    clock, shown = Clock(), material(home)
    limit = TimeLimit(seconds, clock)
    loop = Loop(shown, [Passing(clock, step), limit])
    return loop.fit(stretch(shown, 20), Softmax(4, 2), first) - first


def test_the_time_limit_ends_training_and_the_first_epoch_is_always_whole(home):
    assert epochs_within(home, 0) == 20, "0 is no limit"
    assert epochs_within(home, 1.5) == 1
    assert epochs_within(home, 7.5) == 3, "two whole ones, and the one that was under way"
    assert epochs_within(home, 1.5, first=4) == 1
    assert epochs_within(home, 0.001, first=4, step=0.0) == 16, "no time has passed"


def test_the_first_step_builds_the_graph_and_is_not_counted(home):
    clock, shown = Clock(), material(home)
    limit = TimeLimit(10, clock)
    learner = Softmax(4, 2)
    begun = stretch(shown)
    loop = Loop(shown, [])
    limit.on_train_begin(loop, begun, learner, 0)
    told = _Steps()
    Loop(shown, [told]).fit(stretch(shown, 1), learner, 0)
    clock.now = 100.0
    limit.on_train_batch_end(loop, dataclasses.replace(told.steps[0], seconds=100.0))
    assert limit.left == pytest.approx(10.0)
    limit.on_train_batch_end(loop, dataclasses.replace(told.steps[1], seconds=100.0))
    assert limit.left == pytest.approx(10.0)


class _Steps(Listener):
    def __init__(self):
        self.steps = []

    def on_train_batch_end(self, loop, logs):
        self.steps.append(logs)


def test_where_the_time_is_over_nothing_more_is_begun(home):
    clock, shown = Clock(), material(home)
    limit = TimeLimit(5, clock)
    clock.now = 6.0
    assert Loop(shown, [limit]).fit(stretch(shown), Softmax(4, 2), 2) == 2
    assert limit.left == 0.0


def test_what_earlier_tries_have_spent_counts(home):
    clock, shown = Clock(), material(home)
    limit = TimeLimit(10, clock)
    limit.spend(7)
    assert limit.left == 3.0
    assert Loop(shown, [Passing(clock, 1.0), limit]).fit(stretch(shown, 20), Softmax(4, 2), 2) == 4
    unlimited = TimeLimit(0, clock)
    unlimited.spend(7)
    assert unlimited.left is None
    limit = TimeLimit(10, clock)
    limit.spend(70)
    assert Loop(shown, [limit]).fit(stretch(shown), Softmax(4, 2), 2) == 2


def test_how_long_graphs_took_is_remembered_for_the_next_try(home):
    memory, shown = Remembered(), material(home)
    memory.building = 1.5
    told = _Steps()
    Loop(shown, [TimeLimit(1000, memory=memory), told]).fit(stretch(shown, 2), Softmax(4, 2), 0)
    assert memory.building == 1.5 + told.steps[0].seconds


class Remembered:
    """A checkpoint that keeps what it was told, in order."""

    def __init__(self, since_best: int = 0) -> None:
        self.phase_started, self.building = None, 0.0
        self.calls: list[tuple] = []
        self.since_best = since_best

    def after_epoch(self, phase, epoch, score):
        self.calls.append(("after", phase, epoch, score))

    def restore(self, phase):
        self.calls.append(("restore", phase))

    def epochs_since_best(self, phase):
        return self.since_best


def test_a_checkpoint_is_restored_at_the_beginning_and_written_after_each_epoch(home):
    shown, memory = material(home), Remembered()
    Loop(shown, [Checkpointer(memory, "loss")]).fit(stretch(shown, 2), Softmax(4, 2), 0)
    assert [call[0] for call in memory.calls] == ["restore", "after", "after"]
    assert [call[2] for call in memory.calls[1:]] == [1, 2]
    assert memory.phase_started is None
    tuning = dataclasses.replace(
        stretch(shown, 1, first=2),
        plan=dataclasses.replace(stretch(shown, 1).plan, phase=Phase.FINE_TUNE))
    Loop(shown, [Checkpointer(memory, "loss")]).fit(tuning, Softmax(4, 2), 2)
    assert memory.phase_started == 2


@pytest.mark.parametrize(("patience", "since", "epochs"), [(0, 99, 3), (3, 2, 3), (3, 3, 0)])
def test_early_stopping_waits_for_its_patience(home, patience, since, epochs):
    shown = material(home)
    stopping = EarlyStopping(Remembered(since), patience)
    assert Loop(shown, [stopping]).fit(stretch(shown, 3), Softmax(4, 2), 0) == epochs


def test_early_stopping_counts_after_each_epoch(home):
    class Worse(Remembered):
        def after_epoch(self, phase, epoch, score):
            self.since_best = epoch - 1  # the first epoch stays the best

    shown, memory = material(home), Worse()
    loop = Loop(shown, [Checkpointer(memory, "loss"), EarlyStopping(memory, 2)])
    assert loop.fit(stretch(shown, 20), Softmax(4, 2), 0) == 3


@pytest.mark.parametrize("watch", ["loss", "accuracy"])
def test_what_is_watched_decides_as_the_curves_say(home, watch):
    """The epoch that is kept and the one that has the star are found by one rule."""
    logs = [EpochEvent("head", epoch, 0.7, 0.5, *measured, 1e-3, 1.0) for epoch, measured in
            enumerate([(0.4, 0.8), (0.6, 0.9), (0.5, 0.9), (float("nan"), 0.2)])]
    memory = Remembered()
    keeper = Checkpointer(memory, watch)
    for item in logs:
        keeper.on_epoch_end(None, item)
    scores = [call[3] for call in memory.calls]
    history = History()
    history.add([dataclasses.asdict(item) for item in logs])
    assert scores.index(min(scores)) == history.best(watch) == {"loss": 0, "accuracy": 2}[watch]


def test_events_are_the_phase_its_first_epochs_steps_and_every_epoch(home, run):
    shown = material(home)
    Loop(shown, [EventLogger(run)]).fit(stretch(shown, 2), Softmax(4, 2), 0)
    records, _ = run.events()
    assert [record["event"] for record in records] == \
        ["phase", "batch", "batch", "batch", "epoch", "epoch"]
    history = run.history()
    assert [item["epoch"] for item in history.epochs] == [0, 1]
    assert [item["batch"] for item in history.batches] == [1, 2, 3]


def test_an_epochs_event_is_written_before_its_checkpoint(home, run):
    """A kill in between: the record is there, and going on makes the epoch anew."""

    class Killed(Exception):
        pass

    class Dying(Remembered):
        def after_epoch(self, phase, epoch, score):
            raise Killed

    shown, reporter = material(home), Reporter(run)
    told = listeners.standard(run, RunConfig(), reporter, Dying())
    with pytest.raises(Killed):
        Loop(shown, told).fit(stretch(shown, 2), Softmax(4, 2), 0)
    assert [item["epoch"] for item in run.history().epochs] == [0]


def test_an_epochs_event_is_on_the_disk_before_its_checkpoint(home, run, monkeypatch):
    """Synced, because the checkpoint is: a power cut must not keep only the latter."""
    synced, real = [], os.fsync

    def fsync(descriptor):
        real(descriptor)
        state = os.fstat(descriptor)
        synced.append((state.st_ino, state.st_size))

    class Looking(Remembered):
        def after_epoch(self, phase, epoch, score):
            now = (run.path / "events.jsonl").stat()
            assert synced[-1] == (now.st_ino, now.st_size)
            super().after_epoch(phase, epoch, score)

    monkeypatch.setattr(os, "fsync", fsync)
    shown, memory = material(home), Looking()
    told = listeners.standard(run, RunConfig(), Reporter(run), memory)
    Loop(shown, told[:2]).fit(stretch(shown, 2), Softmax(4, 2), 0)
    assert [call[0] for call in memory.calls] == ["restore", "after", "after"]
    assert len(synced) == 2, "the steps are not waited for"


def test_the_status_follows_the_steps_and_a_stop_is_heeded(home, run):
    shown, reporter = material(home), Reporter(run)
    Loop(shown, [reporter]).fit(stretch(shown, 2), Softmax(4, 2), 0)
    status = runs.read_folder(run.path).status
    assert (status.phase, status.epoch, status.total, status.unit) == ("head", 2, 6, "steps")
    assert status.heartbeat == pytest.approx(files.now(), abs=30)
    (run.path / "stop").touch()
    with pytest.raises(Stopped):
        Loop(shown, [reporter]).fit(stretch(shown, 3), Softmax(4, 2), 2)
    reporter.end(RunState.STOPPED, Problem("Stopped", "By you."))
    ended = runs.read_folder(run.path)
    assert (ended.state, ended.status.epoch) == (RunState.STOPPED, 2)
    assert ended.status.problem["title"] == "Stopped"
    assert ended.status.seconds_left is None


def test_a_stop_is_heeded_between_validation_batches(home, run):
    class Asking(Listener):
        def on_test_batch_end(self, loop):
            (run.path / "stop").touch()

    shown, told = material(home), _Steps()
    with pytest.raises(Stopped):
        Loop(shown, [Asking(), Reporter(run), told]).fit(stretch(shown), Softmax(4, 2), 0)
    assert len(told.steps) == 3, "the first epoch's, and none after them"


def test_the_time_left_is_never_more_than_the_limit_allows(home, run):
    reporter = Reporter(run)
    clock = Clock()
    reporter.limit = TimeLimit(4, clock)
    reporter.phase(Phase.HEAD, 1000, "steps")
    reporter.step(1, 1000)
    reporter._phase_begun -= 10.0  # ten seconds for the next step
    reporter._written = 0.0
    reporter.step(2, 1000)
    assert runs.read_folder(run.path).status.seconds_left == pytest.approx(4)


def test_it_beats_while_nothing_else_happens(home, run, monkeypatch):
    monkeypatch.setattr(listeners, "HEARTBEAT_SECONDS", 0.05)
    reporter = Reporter(run)
    with reporter.beating():
        first = runs.read_folder(run.path).status.heartbeat
        while runs.read_folder(run.path).status.heartbeat == first:
            pass
    last = runs.read_folder(run.path).status.heartbeat
    assert last > first
