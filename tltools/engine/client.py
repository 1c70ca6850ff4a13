"""The caller's side: is the engine there, start it, hand it tasks, look how they are
doing.

Owns the connection of one process. The page process keeps ids only; a task's outcome is
kept here until it is read.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tltools import files, processes
from tltools.engine import jobs, tasks
from tltools.errors import EngineError, Problem, RecordError, disk_full, problem_of
from tltools.settings import Home

START_SECONDS = 60.0
# of an engine that has never answered; then it is said and not started again by itself
MOST_DEATHS = 3
MOST_FUTURES = 500
PREPARE_SECONDS = 60.0
LEAST_BYTES = 5_000_000
"""Free on the disk, or the engine is not started: its keys, record and log need some.
"""
NO_ROOM = 28
"""Exit code of an engine that could not write its record: ENOSPC's number."""
UNKNOWN_CAUSE = "killed, out of memory, or the machine was restarted"
RESTART_SECONDS = 3.0  # one that dies at once is not started again with every run of a page
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class EngineStatus:
    """What `engine.json` says. running: its process lives; late: it has not beaten for
    a while, because the machine is busy or its disk full. heartbeat: seconds since the
    epoch. workers: pid by kind. current: run being trained.

    line: ids of the queued runs, the next one first. under_way: how many runs train
    now, of at most `at_once`. typical_seconds: how long the last runs took, if that is
    known. small: one process trains and answers. trouble: why TensorFlow does not
    start, or the engine itself; then nothing can be trained or classified.
    """

    running: bool
    starting: bool
    late: bool = False
    pid: int | None = None
    address: str | None = None
    heartbeat: float = 0.0
    workers: dict[str, int | None] = field(default_factory=dict)
    current: str | None = None
    line: tuple[str, ...] = ()
    under_way: int = 0
    at_once: int = 1
    typical_seconds: float | None = None
    small: bool = False
    trouble: Problem | None = None


@dataclass(frozen=True)
class TaskView:
    """How a task is doing. state: "waiting", "running", "done" or "failed"; done/total:
    progress."""

    state: str
    done: int = 0
    total: int = 0
    what: str = ""
    seconds_left: float | None = None
    result: Any = None
    problem: Problem | None = None


class Engine:
    """The engine of one home folder, as seen from this process."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._lock = threading.RLock()
        self._client: Any = None
        self._address: str | None = None
        self._futures: dict[str, Any] = {}
        self._started_at = -START_SECONDS
        self._process: subprocess.Popen | None = None  # the engine, if this process has started it
        # engines that this process has started and that ended without ever having
        # answered
        self._deaths = 0
        self._short: Problem | None = None  # why it cannot be started now
        self._cause = UNKNOWN_CAUSE
        self._prepared = -PREPARE_SECONDS

    def status(self) -> EngineStatus:
        """What the engine's own record says. Whether it lives is asked of the system:
        on a busy machine its beat may be late, and late is not dead. Costs one file
        read."""
        process = self._process
        young = time.monotonic() - self._started_at < START_SECONDS
        starting = young and process is not None and process.poll() is None
        try:
            record = files.read_json(self.home.engine / "engine.json")
            running = processes.lives(record.get("host"), record["pid"], record.get("born"),
                                      record["heartbeat"], files.now())
            if not running:
                return EngineStatus(False, starting, trouble=self._why_not(starting))
            self._deaths, self._short = 0, None
            late = files.now() - record["heartbeat"] > processes.STALE_SECONDS
            return EngineStatus(
                running=True, starting=False, late=late, pid=record["pid"],
                address=record["address"], heartbeat=record["heartbeat"],
                workers=record.get("workers", {}), current=record.get("current"),
                line=tuple(record.get("line", ())), under_way=record.get("under_way", 0),
                at_once=record.get("at_once", 1), typical_seconds=record.get("typical_seconds"),
                small=record.get("small", False), trouble=_problem(record.get("trouble")))
        except (OSError, RecordError, KeyError, TypeError, AttributeError):
            return EngineStatus(False, starting, trouble=self._why_not(starting))

    def _why_not(self, starting: bool) -> Problem | None:
        """Why no engine is there, where it is no use to try again by itself."""
        if starting:
            return None
        return self._short or (DIES if self._deaths >= MOST_DEATHS else None)

    def start(self, again: bool = False) -> None:
        """Start the engine unless it runs or is being started; returns at once.

        One that has died three times without answering is started only for a person who
        asks for it (again).
        """
        if self.status().running:
            # without the lock: a page must not wait for another person's task to be
            # handed over
            return
        with self._lock:
            now = self.status()
            ended = self._process is not None and self._process.poll() is not None
            if not now.running and ended:
                self._note_end()
            if again:
                self._deaths = 0
            if self._deaths >= MOST_DEATHS or now.running or now.starting \
                    or time.monotonic() - self._started_at < RESTART_SECONDS:
                return
            self._started_at = time.monotonic()
            try:
                self._launch()
            except OSError as error:
                self._short = problem_of(error)

    def _note_end(self) -> None:
        """The engine that this process has started is gone; why, as far as can be
        known."""
        assert self._process is not None
        code, self._process = self._process.poll(), None
        self._cause = _cause(code)
        if code == NO_ROOM:
            self._short = disk_full()
        elif code:
            self._deaths += 1

    def _launch(self) -> None:
        self._short = None
        if files.free_bytes(self.home.path) < LEAST_BYTES:
            self._short = disk_full()
            return
        self.home.engine.mkdir(parents=True, exist_ok=True)
        (self.home.engine / "stop").unlink(missing_ok=True)
        environment = {
            **os.environ, "TLTOOLS_HOME": str(self.home.path), "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])
        }
        apart: dict[str, Any] = {"start_new_session": True}
        if os.name == "nt":
            apart = {"creationflags": 0x00000200}
        with open(self.home.engine / "engine.log", "ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tltools.engine"], cwd=_ROOT, env=environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, **apart)

    def wait(self, timeout: float = START_SECONDS) -> None:
        """Start the engine if need be and wait until it runs; raises `EngineError`
        after `timeout` seconds, or with the reason if it dies again and again."""
        deadline = time.monotonic() + timeout
        while True:
            self.start()
            now = self.status()
            if now.running:  # one without TensorFlow can still bring pictures in
                return
            raise_trouble(now)
            if time.monotonic() > deadline:
                raise EngineError("The computing engine does not start.",
                                  "Look into engine/engine.log in the home folder.")
            time.sleep(0.1)

    def stop(self, timeout: float = 30.0) -> bool:
        """Ask the engine to end and wait; a run that trains is interrupted and can go
        on later. False if none ran."""
        now = self.status()
        if not now.running or now.pid is None:
            return False
        try:
            (self.home.engine / "stop").touch()
        except OSError:  # a full disk
            os.kill(now.pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while self.status().running and time.monotonic() < deadline:
            time.sleep(0.1)
        self._disconnect()
        return not self.status().running

    def submit(self, kind: str, function: str, **kwargs: Any) -> str:
        """Hand over a task for a worker of this kind ("serve", "data" or, for a short
        one between runs, "train"); returns its id.

        function: "tltools.module:function" with JSON-able arguments. Raises
        `EngineError` if the engine is not there.
        """
        if kind in ("serve", "train"):
            raise_trouble(self.status())
        if kind == "train":
            if not self.status().running:
                self.start()
                raise EngineError("The computing engine is not running yet.",
                                  "Wait a few seconds and try again.")
            return jobs.put(self.home, function, kwargs)
        task_id = files.new_id()
        with self._lock:
            future = self._connected().submit(tasks.run, function, kwargs, str(self.home.path),
                                              task_id, resources={kind: 1}, pure=False, retries=0)
            self._futures[task_id] = future
            # of tabs that were closed before they had read it
            for old in list(self._futures)[:-MOST_FUTURES]:
                del self._futures[old]
        return task_id

    def task(self, task_id: str) -> TaskView:
        """How a task is doing; never raises."""
        future = self._futures.get(task_id)
        job = jobs.state(self.home, task_id) if future is None else None
        if job is not None:
            return self._job_view(task_id, *job)
        if future is None:
            return TaskView(
                "failed",
                problem=Problem("Lost", "This task is not known any more; the app was restarted.",
                                "Start it again."))
        if future.status == "pending":
            # a connection that is late or being made again is no death
            return self._progress(task_id) if self.status().running else self._failed()
        if future.status != "finished":
            return self._failed()
        try:
            outcome = future.result(timeout=10)
        except Exception:
            return self._failed()
        if "problem" in outcome:
            return TaskView("failed", problem=Problem(**outcome["problem"]))
        return TaskView("done", result=outcome["result"])

    def call(self, kind: str, function: str, timeout: float = 60, **kwargs: Any) -> Any:
        """Hand over a task, wait, and return its result; raises its own error, or
        `EngineError`."""
        task_id = self.submit(kind, function, **kwargs)
        future = self._futures.pop(task_id)
        try:
            outcome = future.result(timeout=timeout)
        except Exception as error:
            raise EngineError("The computing process ended or did not answer in time.",
                              "Try again.") from error
        if "problem" in outcome:
            raise tasks.error_of(outcome)
        return outcome["result"]

    def prepare(self) -> None:
        """Let the serving worker get ready, because somebody will ask it something
        soon."""
        now = time.monotonic()
        if now - self._prepared < PREPARE_SECONDS or not self.status().running:
            return
        self._prepared = now
        with contextlib.suppress(EngineError):
            self.submit("serve", "tltools.inference.classifier:warm_up")

    def cancel(self, task_id: str) -> None:
        """Ask a task to end at its next step."""
        place = tasks.folder(self.home)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{task_id}.cancel").touch()

    def forget(self, task_id: str) -> None:
        """Drop an outcome that has been read."""
        self._futures.pop(task_id, None)

    def _job_view(self, task_id: str, ended: bool, outcome: dict[str, Any]) -> TaskView:
        if not ended:
            return self._progress(task_id) if self.status().running else self._failed()
        if "problem" in outcome:
            return TaskView("failed", problem=Problem(**outcome["problem"]))
        return TaskView("done", result=outcome["result"])

    def _failed(self) -> TaskView:
        """Of a task that will not be done any more: its worker's death, or the
        engine's."""
        if self.status().running:
            reason = "Its worker was killed, crashed, or needed too much memory."
        else:
            if self._process is not None and self._process.poll() is not None:
                self._cause = _cause(self._process.poll())
            reason = f"The engine is gone: {self._cause}."
        return TaskView("failed", problem=Problem("The computing process ended", reason,
                                                  "Start it again."))

    def _progress(self, task_id: str) -> TaskView:
        try:
            record = files.read_json(tasks.folder(self.home) / f"{task_id}.json")
            return TaskView("running", record["done"], record["total"], record["what"],
                            record["seconds_left"])
        except (OSError, RecordError, KeyError, TypeError):
            return TaskView("waiting")

    def _connected(self) -> Any:
        from distributed import Client

        from tltools.engine import security

        # an engine that is gone is said by status
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)

        now = self.status()
        address = now.address
        if address is None or not now.running:
            self.start()
            raise_trouble(self.status())
            raise EngineError("The computing engine is not running yet.",
                              "Wait a few seconds and try again.")
        if self._client is None or self._address != address or self._client.status != "running":
            self._disconnect()
            keys = security.load(self.home) if address.startswith("tls://") else None
            try:
                self._client = Client(address, security=keys, timeout=10, set_as_default=False,
                                      name="tltools")
            except Exception as error:
                raise EngineError("The computing engine does not answer.",
                                  "Wait a few seconds and try again.") from error
            self._address = address
        return self._client

    def _disconnect(self) -> None:
        # a client whose scheduler is gone may complain while closing
        with contextlib.suppress(Exception):
            if self._client is not None:
                self._client.close(timeout=1)
        self._client = None
        self._futures.clear()


DIES = Problem("The computing engine does not start",
               f"It ended {MOST_DEATHS} times while starting.",
               "Look into engine/engine.log in the home folder, then start it again.")


def raise_trouble(status: EngineStatus) -> None:
    """Raise `EngineError` if the engine says that it cannot work on this machine."""
    if status.trouble:
        raise EngineError(status.trouble.reason, status.trouble.remedy, status.trouble.title)


def _problem(record: Any) -> Problem | None:
    return Problem(**record) if record else None


def _cause(code: int | None) -> str:
    """How a process ended, in words; code: as `Popen.poll` says it."""
    if code is None:
        return UNKNOWN_CAUSE
    if code < 0:
        return f"its process was killed (signal {-code})"
    return "it ended by itself" if code == 0 else f"it ended with code {code}"
