"""The real engine: one a home, closed to others, and no kill loses a run or leaves a
process behind."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time

import psutil
import pytest

from tests.helpers import drawn, queued, until
from tltools import runs
from tltools.config import RunConfig
from tltools.engine.client import Engine
from tltools.errors import DatasetError
from tltools.runs.events import RunState

pytestmark = pytest.mark.slow


@pytest.fixture
def engine(home):
    engine = Engine(home)
    engine.wait()
    yield engine
    engine.stop()


def gone(pid: int) -> bool:
    """Whether the process has ended (it may wait for this process, its parent, to
    notice)."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_tasks_errors_and_closedness(home, engine):
    """Results and the tasks' own errors come back; keys are private; everything listens
    on this machine only."""
    result = engine.call("data", "tltools.datasets.drawn.synthesize:synthesize",
                         home=str(home.path), workspace="local", family="shapes", classes=2,
                         per_class=3)
    assert result["used"] == 6
    with pytest.raises(DatasetError, match="family"):
        engine.call("data", "tltools.datasets.drawn.synthesize:synthesize", home=str(home.path),
                    workspace="local", family="x")
    for name in ("cert.pem", "key.pem"):
        assert stat.S_IMODE((home.engine / name).stat().st_mode) == 0o600
    status = engine.status()
    assert status.address.startswith("tls://127.0.0.1:")
    family = [psutil.Process(status.pid), *psutil.Process(status.pid).children(recursive=True)]
    listening = [
        connection.laddr.ip for process in family for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) == {"127.0.0.1"}
    data_worker = psutil.Process(status.workers["data"])
    assert not any("tensorflow" in item.path for item in data_worker.memory_maps())


def test_one_tensorflow_process_is_ready_and_a_gpu_is_shared(home, engine):
    """The serving worker gets TensorFlow when a run begins; every worker lets a GPU's
    memory grow instead of taking all of it."""
    workers = {kind: psutil.Process(pid) for kind, pid in engine.status().workers.items()}

    def has(kind: str) -> bool:
        return any("tensorflow" in item.path for item in workers[kind].memory_maps())

    until(lambda: has("train"), 120)
    assert not has("serve")
    run = queued(home, drawn(home, per_class=8), epochs=1)
    until(lambda: has("serve"), 120)
    until(lambda: runs.read(home.workspace(), run.id).state is RunState.COMPLETED, 120)
    told = engine._connected().run(os.getenv, "TF_FORCE_GPU_ALLOW_GROWTH")
    assert list(told.values()) == ["true"] * len(workers)


def test_a_second_engine_of_the_same_home_ends_at_once(home, engine):
    environment = {**os.environ, "TLTOOLS_HOME": str(home.path)}
    assert subprocess.run([sys.executable, "-m", "tltools.engine"], env=environment,
                          timeout=60).returncode == 0
    assert engine.status().running


def test_kills(home, engine):
    """Three queued runs; the first one's worker is killed, then the engine: nothing is
    lost, nobody stays behind."""
    dataset = drawn(home, per_class=30)
    made = [queued(home, dataset, epochs=epochs) for epochs in (1000, 4, 4)]

    def state(index: int) -> RunState:
        return runs.read(home.workspace(), made[index].id).state

    until(lambda: runs.read(home.workspace(), made[0].id).status.epoch >= 2, 120)
    os.kill(engine.status().workers["train"], signal.SIGKILL)
    until(lambda: state(0) is RunState.INTERRUPTED, 10)
    until(lambda: runs.read(home.workspace(), made[0].id).status.problem is not None, 10)
    problem = runs.read(home.workspace(), made[0].id).status.problem
    assert "killed" in problem["reason"]

    status = engine.status()
    family = psutil.Process(status.pid).children(recursive=True)
    os.kill(status.pid, signal.SIGKILL)
    until(lambda: not engine.status().running, 12)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive, "a process outlived the engine by more than 60 s"

    engine = Engine(home)  # another process would make its own
    engine.wait()
    for index in (1, 2):
        if state(index) is RunState.INTERRUPTED:
            runs.request_resume(runs.read(home.workspace(), made[index].id))
        until(lambda index=index: state(index).ended, 120)
        if state(index) is RunState.INTERRUPTED:  # it was the one that trained when the engine died
            runs.request_resume(runs.read(home.workspace(), made[index].id))
            until(lambda index=index: state(index) is RunState.COMPLETED, 120)
    assert state(1) is state(2) is RunState.COMPLETED
    first = runs.read(home.workspace(), made[0].id)
    epochs = len(first.history().epochs)
    runs.request_resume(first)
    until(lambda: runs.read(home.workspace(), made[0].id).status.epoch > epochs, 60)
    runs.request_stop(runs.read(home.workspace(), made[0].id))
    until(lambda: state(0) is RunState.STOPPED, 10)
    numbers = [item["epoch"] for item in runs.read(home.workspace(), made[0].id).history().epochs]
    assert numbers == list(range(len(numbers))), "the curve must be unbroken"
    engine.stop()


def test_short_tasks_and_runs_take_turns_on_the_train_worker(home, engine):
    """The learning-rate finder waits for a run, is done before the next one, can be
    cancelled, and its death hurts no run."""
    dataset = drawn(home)
    config = RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32,
                       batch_size=8).as_dict()

    def ask() -> str:
        return engine.submit("train", "tltools.training.lr_finder:find", home=str(home.path),
                             workspace="local", config=config, snapshot=dataset.snapshot())

    def state(run) -> RunState:
        return runs.read(home.workspace(), run.id).state

    first = queued(home, dataset, epochs=1000)
    until(lambda: runs.read(home.workspace(), first.id).status.epoch >= 1, 120)
    finder, unwanted = ask(), ask()
    engine.cancel(unwanted)
    second = queued(home, dataset, epochs=1)
    time.sleep(1.5)
    assert engine.task(finder).state == "waiting"
    assert state(first) is RunState.RUNNING
    runs.request_stop(runs.read(home.workspace(), first.id))
    until(lambda: engine.task(finder).state == "done", 180)
    assert len(engine.task(finder).result["rates"]) > 10
    until(lambda: engine.task(unwanted).state == "failed", 10)
    assert engine.task(unwanted).problem.title == "Cancelled"
    until(lambda: state(second) is RunState.COMPLETED, 180)

    doomed = ask()
    until(lambda: engine.task(doomed).state == "running", 30)
    third = queued(home, dataset, epochs=1)
    os.kill(engine.status().workers["train"], signal.SIGKILL)
    until(lambda: engine.task(doomed).state == "failed", 10)
    assert "killed" in engine.task(doomed).problem.reason
    until(lambda: state(third) is RunState.COMPLETED, 120)


def test_one_broken_run_never_blocks_the_queue(home, engine):
    dataset = drawn(home)
    broken, good = queued(home, dataset), queued(home, dataset)
    (broken.path / "config.json").write_bytes(b"\x00")
    until(lambda: runs.read(home.workspace(), good.id).state is RunState.COMPLETED, 120)
    assert runs.read(home.workspace(), broken.id).state is RunState.FAILED


def test_it_ends_by_itself_when_nobody_uses_it(home, monkeypatch):
    monkeypatch.setenv("TLTOOLS_ENGINE_IDLE", "3")
    engine = Engine(home)
    engine.wait()
    assert engine.call("data", "tltools.datasets.drawn.synthesize:synthesize", home=str(home.path),
                       workspace="local", family="noise", classes=2, per_class=2)["used"] == 4
    pid = engine.status().pid
    time.sleep(5)
    assert engine.status().running, "a connected page process is a use"
    engine._disconnect()
    until(lambda: gone(pid), 30)


def test_it_ends_when_its_home_is_deleted(home):
    engine = Engine(home)
    engine.wait()
    pid = engine.status().pid
    shutil.rmtree(home.path)
    until(lambda: gone(pid), 30)
