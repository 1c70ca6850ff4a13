"""Runs on disk: created whole, listed whatever is damaged, one writer, nothing lost."""

import dataclasses
import errno
import json
import multiprocessing
import os
import random
import threading

import pytest

from tltools import files, processes, runs
from tltools.config import RunConfig
from tltools.errors import NewerRecord, NotFound, RecordError, TltoolsError
from tltools.processes import STALE_SECONDS
from tltools.runs.events import EpochEvent, RunState, RunStatus
from tltools.runs.queue import Line
from tltools.settings import Home

SNAPSHOT = {"format": 1, "id": "d1", "name": "cats & dogs", "classes": ["cat", "dog"], "images": []}


@pytest.fixture
def run(workspace):
    return runs.create(workspace, RunConfig(epochs=3), SNAPSHOT)


def test_create_and_read_back(workspace, run):
    assert run.state is RunState.QUEUED
    assert run.name == "MobileNetV2, frozen, on cats & dogs"
    assert run.config().epochs == 3
    assert run.dataset() == SNAPSHOT
    assert run.results() is None
    assert runs.read(workspace, run.id) == run
    with pytest.raises(NotFound):
        runs.read(workspace, "20200101-000000-abcdef")


def test_queue_is_oldest_first_and_over_all_workspaces(home):
    made = [
        runs.create(home.workspace(name), RunConfig(name=name), SNAPSHOT)
        for name in ("b", "a", "c")
    ]
    for index, item in enumerate(made):
        files.write_json(item.path / "run.json",
                         {"id": item.id, "name": item.name, "created": 100.0 + index})
    assert [item.name for item in Line().look(home, [])] == ["b", "a", "c"]


def test_stale_heartbeat_means_interrupted(workspace, run):
    beating = RunStatus(state=RunState.RUNNING, heartbeat=files.now())
    runs.write_status(run, beating)
    assert runs.read(workspace, run.id).state is RunState.RUNNING
    runs.write_status(run, dataclasses.replace(beating, heartbeat=files.now() - STALE_SECONDS - 1))
    assert runs.read(workspace, run.id).state is RunState.INTERRUPTED


def test_a_late_beat_of_a_living_process_is_no_interruption(workspace, run):
    old = files.now() - STALE_SECONDS - 1
    runs.write_status(run, RunStatus(state=RunState.RUNNING, heartbeat=old,
                                     **processes.identity()))
    assert runs.read(workspace, run.id).state is RunState.RUNNING
    gone = {**processes.identity(), "pid": 2**22 + 1}
    runs.write_status(run, RunStatus(state=RunState.RUNNING, heartbeat=files.now(), **gone))
    assert runs.read(workspace, run.id).state is RunState.RUNNING, "the engine says the cause"
    runs.write_status(run, RunStatus(state=RunState.RUNNING, heartbeat=files.now() - 5, **gone))
    assert runs.read(workspace, run.id).state is RunState.INTERRUPTED, "long before 10 s"


def test_a_run_that_the_disk_does_not_take_leaves_nothing_behind(workspace, monkeypatch):
    write = files.write_bytes

    def full(target, data):
        if target.name == "dataset.json":
            raise OSError(errno.ENOSPC, "full")
        write(target, data)

    monkeypatch.setattr(files, "write_bytes", full)
    with pytest.raises(OSError, match="full"):
        runs.create(workspace, RunConfig(), SNAPSHOT)
    assert list(workspace.runs.iterdir()) == []


def test_going_on_waits_for_whoever_writes_down_how_it_ended(workspace, run):
    runs.write_status(run, RunStatus(state=RunState.INTERRUPTED))
    run = runs.read(workspace, run.id)
    held, done = threading.Event(), threading.Event()

    def writer() -> None:
        with runs.lock(run) as mine:
            assert mine
            held.set()
            done.wait(0.5)

    thread = threading.Thread(target=writer)
    thread.start()
    held.wait()
    runs.request_resume(run)
    thread.join()
    assert runs.read(workspace, run.id).state is RunState.QUEUED


def test_the_last_word_is_written_on_a_full_disk(workspace, run, monkeypatch):
    files.keep_reserve(run.path)
    write, full = files.write_bytes, [True]

    def once_full(target, data):
        if full and (run.path / files.RESERVE).exists():
            raise OSError(errno.ENOSPC, "full")
        write(target, data)

    monkeypatch.setattr(files, "write_bytes", once_full)
    with pytest.raises(OSError, match="full"):
        runs.write_status(run, RunStatus(state=RunState.STOPPED))
    runs.write_end(run, RunStatus(state=RunState.STOPPED))
    assert runs.read(workspace, run.id).state is RunState.STOPPED
    assert not (run.path / files.RESERVE).exists()


def test_events_are_read_from_an_offset(run):
    event = EpochEvent("head", 0, 1.0, 0.5, 0.9, 0.6, 1e-3, 2.0)
    runs.append_event(run, event)
    records, offset = run.events()
    assert records == [dataclasses.asdict(event)]
    runs.append_event(run, dataclasses.replace(event, epoch=1))
    assert [record["epoch"] for record in run.events(offset)[0]] == [1]
    assert len(run.history().epochs) == 2


def test_stop_of_a_queued_run_takes_it_out(home, workspace, run):
    runs.request_stop(run)
    assert runs.read(workspace, run.id).state is RunState.STOPPED
    assert Line().look(home, []) == []


def test_stop_of_a_running_run_leaves_a_mark(workspace, run):
    runs.write_status(run, RunStatus(state=RunState.RUNNING, heartbeat=files.now()))
    run = runs.read(workspace, run.id)
    runs.request_stop(run)
    assert run.stop_requested()
    assert runs.read(workspace, run.id).state is RunState.RUNNING


def test_resume_queues_again(workspace, run):
    with pytest.raises(TltoolsError, match="queued"):
        runs.request_resume(run)
    runs.write_status(run, RunStatus(state=RunState.RUNNING, heartbeat=1.0, epoch=2))
    (run.path / "stop").touch()
    runs.request_resume(runs.read(workspace, run.id))
    again = runs.read(workspace, run.id)
    assert again.state is RunState.QUEUED
    assert not again.stop_requested()


def hold(path, ready, done):
    with runs.lock(runs.read_folder(path)) as held:
        ready.put(held)
        done.get()


def test_one_writer_and_the_lock_dies_with_its_process(run):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Queue(), context.Queue()
    other = context.Process(target=hold, args=(run.path, ready, done))
    other.start()
    assert ready.get(timeout=20)
    with runs.lock(run) as held:
        assert not held
    with pytest.raises(TltoolsError, match="training now"):
        runs.delete(run)
    other.kill()
    other.join()
    with runs.lock(run) as held:
        assert held


def test_rename_keeps_text_and_refuses_nothing(workspace, run):
    runs.rename(run, "  <b>best</b> ![](http://x)  run ")
    assert runs.read(workspace, run.id).name == "<b>best</b> ![](http://x) run"
    with pytest.raises(TltoolsError, match="name"):
        runs.rename(run, "   ")


def test_delete_removes_all(workspace, run):
    runs.delete(run)
    assert runs.list_runs(workspace) == []
    assert list(workspace.runs.iterdir()) == []


@pytest.mark.parametrize("name",
                         ["run.json", "config.json", "dataset.json", "status.json", "events.jsonl"])
@pytest.mark.parametrize("damage", ["emptied", "halved", "random", "other type", "absent"])
def test_one_damaged_record_never_hides_the_others(workspace, name, damage):
    good = runs.create(workspace, RunConfig(name="good"), SNAPSHOT)
    bad = runs.create(workspace, RunConfig(name="bad"), SNAPSHOT)
    runs.append_event(bad, EpochEvent("head", 0, 1.0, 0.5, 0.9, 0.6, 1e-3, 2.0))
    path = bad.path / name
    data = path.read_bytes()
    if damage == "absent":
        os.remove(path)
    else:
        path.write_bytes({"emptied": b"", "halved": data[: len(data) // 2],
                          "random": random.Random(3).randbytes(len(data)),
                          "other type": json.dumps([1, {"state": 5}]).encode()}[damage])
    listed = {item.id: item for item in runs.list_runs(workspace)}
    assert listed[good.id].damaged is None
    assert bad.id in listed
    shown = listed[bad.id]
    if name in ("run.json", "status.json"):
        assert name in shown.damaged
        assert shown.state is RunState.FAILED
    elif name != "events.jsonl":
        with pytest.raises(RecordError, match=name):
            shown.config() if name == "config.json" else shown.dataset()
    else:
        assert shown.history().best("loss") in (None, 0)


@pytest.mark.parametrize("values", [{"epochs": "many"}, {"backbone": 5}, {"flip": 1},
                                    {"learning_rate": None}, {"continues": ["x"]}])
def test_settings_of_the_wrong_kind_are_damage_that_is_named(workspace, values):
    """"Train further" ended in the sentence for faults of the app."""
    run = runs.create(workspace, RunConfig(), SNAPSHOT)
    assert run.config() == RunConfig()
    record = files.read_json(run.path / "config.json")
    files.write_json(run.path / "config.json", record | values)
    with pytest.raises(RecordError, match=r"config\.json"):
        run.config()
    files.write_json(run.path / "config.json", record | {"learning_rate": 1})
    assert run.config().learning_rate == 1, "a whole number is a number"


def test_what_a_kill_left_of_a_write_goes_when_the_run_goes_on(workspace):
    run = runs.create(workspace, RunConfig(), SNAPSHOT)
    runs.write_status(run, RunStatus(state=RunState.STOPPED))
    left = [run.path / ".model-0a1b2c3d.keras", run.checkpoints / ".last-0a1b2c3d.npz"]
    page = run.path / ".run-0a1b2c3d.json"
    for path in (*left, page):
        files.write_bytes(path, b"x")
    with runs.lock(run):
        runs.tidy(run)
    assert not any(path.exists() for path in left)
    assert page.exists(), "a page may write this one at any moment"
    files.write_bytes(left[0], b"x")
    stopped = runs.read(workspace, run.id)
    with runs.lock(run), pytest.raises(TltoolsError, match="still being worked on"):
        runs.request_resume(stopped)
    assert left[0].exists(), "another may be writing it"
    runs.request_resume(runs.read(workspace, run.id))
    assert not left[0].exists()


def test_a_run_that_was_half_made_or_half_removed_does_not_stay(workspace):
    first = runs.create(workspace, RunConfig(), SNAPSHOT)
    half = workspace.runs / ".new-20200101-000000-abcdef"
    files.write_bytes(half / "run.json", b"{}")
    files.write_bytes(workspace.runs / ".removed-0a1b2c3d" / "model.keras", b"x")
    young = workspace.runs / ".new-20200101-000000-abcdee"
    young.mkdir()
    os.utime(half, (1, 1))
    second = runs.create(workspace, RunConfig(), SNAPSHOT)
    assert {entry.name for entry in workspace.runs.iterdir()} == {first.id, second.id, young.name}


def test_events_that_are_no_events_are_passed_over(workspace):
    run = runs.create(workspace, RunConfig(), SNAPSHOT)
    (run.path / "events.jsonl").write_text(
        '5\n[1]\n{"event": "epoch"}\n{"event": "resume", "epoch": "x"}\n'
        '{"event": "epoch", "phase": "head", "epoch": 0, "loss": 1.0}\n')
    assert [item["epoch"] for item in run.history().epochs] == [0]


@pytest.mark.parametrize("name", ["run.json", "status.json", "config.json", "dataset.json",
                                  "results.json"])
def test_a_record_of_a_newer_version_is_said_and_left_alone(workspace, run, name):
    files.write_json(run.path / "results.json", {"format": 1})
    path = run.path / name
    files.write_json(path, {**files.read_json(path), "format": 99, "new": "kept"})
    before = path.read_bytes()
    now = runs.read(workspace, run.id)
    readers = {"config.json": now.config, "dataset.json": now.dataset, "results.json": now.results}
    if name in readers:
        with pytest.raises(NewerRecord, match=f"{name} of this run was made by a newer version"):
            readers[name]()
    else:
        assert "made by a newer version" in now.damaged
        assert now.state is RunState.FAILED
        assert Line().look(Home(workspace.home), []) == [], "nobody works on it"
        with pytest.raises(TltoolsError):
            runs.request_resume(now)
    if name == "run.json":
        for change in (lambda: runs.rename(now, "x"), lambda: runs.annotate(now, "x", [])):
            with pytest.raises(NewerRecord):
                change()
    runs.request_stop(now)
    assert path.read_bytes() == before
