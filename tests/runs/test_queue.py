"""Whose turn is next: fair between people, the oldest first for one person, and cheap
to ask again and again."""

from collections import Counter

from tests.helpers import drawn, queued
from tests.runs.helpers import add
from tltools import runs
from tltools.runs import queue
from tltools.runs.events import RunState, RunStatus


def test_people_take_turns_and_each_persons_oldest_comes_first(home):
    dataset = drawn(home, per_class=3)
    for person, times in (("anna", (1, 2, 3)), ("ben", (4, 5)), ("cem", (6,))):
        for created in times:
            add(home, dataset, person, created)
    waiting = queue.Line().look(home, [])
    assert [(queue.owner(run), run.created) for run in waiting] == [
        ("anna", 1), ("ben", 4), ("cem", 6), ("anna", 2), ("ben", 5), ("anna", 3)]


def test_who_has_one_under_way_waits_and_turns_are_remembered_on_disk(home):
    dataset = drawn(home, per_class=3)
    first, _, other = (add(home, dataset, "anna", 1), add(home, dataset, "anna", 2),
                       add(home, dataset, "ben", 9))
    seen = queue.Line()
    seen.started(first)
    assert seen.look(home, [first])[0].path == other.path
    own = next(run for run in seen.look(home, [first]) if queue.owner(run) == "anna")
    assert not queue.may_start(own, [first]), "nobody has two under way"
    assert queue.may_start(other, [first])
    runs.write_status(first, RunStatus(state=RunState.COMPLETED, started=50.0))
    assert queue.Line().look(home, [])[0].path == other.path, (
        "another engine knows from disk that anna had a turn")
    assert queue.may_start(queued(home, dataset), [queued(home, dataset)]), (
        "the machine's owner may use all of it")


def test_dispatch_is_fair_over_a_whole_queue(home):
    """As the engine does it with two workers: never more than one a person, and nobody
    waits two rounds."""
    dataset = drawn(home, per_class=3)
    for index, person in enumerate(["anna"] * 6 + ["ben"] * 2 + ["cem"] * 2):
        add(home, dataset, person, index)
    seen, running, turns = queue.Line(), [], []
    for _ in range(40):
        waiting = seen.look(home, running)
        ready = [run for run in waiting if queue.may_start(run, running)]
        if len(running) < 2 and ready:
            seen.started(ready[0])
            running.append(ready[0])
            turns.append(queue.owner(ready[0]))
            assert max(Counter(map(queue.owner, running)).values()) == 1
        elif running:
            done = running.pop(0)
            runs.write_status(
                done, RunStatus(state=RunState.COMPLETED, started=seen.served[queue.owner(done)]))
    assert len(turns) == 10
    assert turns[:3] == ["anna", "ben", "cem"]
    assert set(turns[3:6]) == {"anna", "ben", "cem"}


def test_ended_runs_are_not_read_again_and_a_resumed_one_is(home, monkeypatch):
    dataset = drawn(home, per_class=3)
    run = queued(home, dataset)
    runs.write_status(run, RunStatus(state=RunState.STOPPED, epoch=1))
    seen, read = queue.Line(), []
    original = runs.read_folder
    monkeypatch.setattr(runs, "read_folder", lambda path: read.append(path) or original(path))
    assert seen.look(home, []) == seen.look(home, []) == []
    assert len(read) == 1
    runs.request_resume(original(run.path))
    assert [item.id for item in seen.look(home, [])] == [run.id]


def test_typical_length_needs_three_turns():
    seen = queue.Line()
    for seconds in (10.0, 20.0):
        seen.ended(seconds)
    assert seen.typical_seconds is None
    seen.ended(90.0)
    assert seen.typical_seconds == 20.0
