"""The engine's program: a scheduler, the worker processes, and the loop that gives
queued runs to the train workers.

Owns `<home>/engine/{engine.json,lock,stop,engine.log,jobs/}`, the life of the workers,
and the last word on a run whose worker died. Whose turn it is stands in `runs.queue`.
Three kinds of worker are kept apart by resources: *train* (TensorFlow, lowered
priority; `TLTOOLS_AT_ONCE` of them), *serve* (TensorFlow: predictions) and *data*
(imports). With little memory one process trains and serves. Where TensorFlow cannot
start, the reason stands in `engine.json` and nothing is tried again. Everything listens
on 127.0.0.1 with TLS; there is no dashboard.
"""

import asyncio
import contextlib
import dataclasses
import logging
import os
import sys
import time
from typing import Any

import dask
import psutil
from distributed import Client, Nanny, Scheduler
from distributed.system import MEMORY_LIMIT
from filelock import FileLock, Timeout

from tltools import files, runs, settings
from tltools.engine import jobs, processor, security, tasks
from tltools.errors import Problem
from tltools.runs import queue
from tltools.runs.events import RunState
from tltools.settings import Home

TICK = 0.5
BEAT = 2.0
IDLE_SECONDS = float(os.environ.get("TLTOOLS_ENGINE_IDLE", 15 * 60))
FORCE_SECONDS = 30.0
GROWTH_BYTES = 500_000_000
SMALL_MEMORY = 6_000_000_000
MOST_DEATHS = 3  # while TensorFlow starts; then it is said and not tried again
log = logging.getLogger("tltools.engine")

dask.config.set({
    # a run that killed its worker is not tried again by itself
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.memory.target": False, "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False, "distributed.worker.memory.terminate": 0.95,
    "distributed.admin.tick.limit": "60s", "distributed.worker.daemon": True,
    # Dask's web servers cannot be left out; with no routes they answer nothing
    "distributed.scheduler.http.routes": [], "distributed.worker.http.routes": [],
})

KILLED = Problem("The training process was ended", "It was killed from outside, or crashed.",
                 "Go on from the last finished epoch.")
OUT_OF_MEMORY = Problem("Not enough memory",
                        "The training process needed more memory than it may have.",
                        "Choose a smaller batch or input size, or freeze more stages.")
JOB_KILLED = Problem("The computing process ended",
                     "It was killed, crashed, or needed too much memory.", "Start it again.")
STOPPED_ENGINE = Problem("The engine was stopped", "Training was interrupted by that.",
                         "Go on from the last finished epoch.")


def main() -> None:
    """Run the engine of `TLTOOLS_HOME` until it is asked to stop or has been idle and
    unused; one per home."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    home = settings.home()
    home.engine.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home.engine / "lock", timeout=0):
            asyncio.run(EngineProgram(home).run())
    except Timeout:
        sys.exit(0)  # another engine serves this home already


class EngineProgram:
    """One engine: its scheduler, workers and the run that trains now."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.security = security.make(home)
        self.nannies: dict[str, Nanny] = {}
        self.memory = memory_of_machine()
        self.small = self.memory < SMALL_MEMORY
        self.at_once = 1 if self.small else settings.at_once()
        self.current: dict[str, tuple[runs.Run, Any]] = {}  # by train worker
        # a short task between runs: train worker, id, future
        self.job: tuple[str, str, Any] | None = None
        self.line = queue.Line()
        self.in_line: list[runs.Run] = []
        self.trouble = processor.problem()
        self.deaths: dict[str, int] = {}
        self.start_memory: dict[int, int] = {}
        self.last_memory: dict[str, int] = {}
        self.train_limit = 1
        self.last_used = time.monotonic()
        self.last_beat = 0.0

    async def run(self) -> None:
        """Serve until told to stop."""
        # whoever asked the engine before this one has been told that it is gone
        jobs.clear(self.home)
        async with (
                Scheduler(host="127.0.0.1", port=0, protocol="tls", security=self.security,
                          dashboard=False, dashboard_address="127.0.0.1:0") as scheduler,
                contextlib.AsyncExitStack() as stack,
        ):
            self.scheduler = scheduler
            await asyncio.gather(*(self._nanny(stack, *row) for row in self._kinds()))
            self.client = await stack.enter_async_context(
                Client(scheduler.address, security=self.security, asynchronous=True,
                       set_as_default=False))
            self._beat(force=True)
            await self._warm_up(*self.nannies)
            self.last_used = time.monotonic()  # from now on it can be used
            while not self._should_end():
                try:
                    await self._tick()
                except Exception:
                    log.exception("the engine's loop went on after an error")
                await asyncio.sleep(TICK)
            await self._end_current(STOPPED_ENGINE)
        with contextlib.suppress(FileNotFoundError):
            (self.home.engine / "engine.json").unlink()
        (self.home.engine / "stop").unlink(missing_ok=True)

    def _kinds(self) -> list[tuple[str, dict[str, float], int, float]]:
        """(name, resources, threads, share of the memory) of each worker."""
        if self.trouble:
            return [("data", {"data": 2}, 2, 0.2)]
        if self.small:
            return [("train", {"train": 1, "serve": 1}, 2, 0.75), ("data", {"data": 1}, 1, 0.25)]
        names = ["train", *(f"train-{number}" for number in range(2, self.at_once + 1))]
        train = [(name, {name: 1.0}, 1, 0.6 / self.at_once) for name in names]
        return [*train, ("serve", {"serve": 1}, 1, 0.3), ("data", {"data": 2}, 2, 0.2)]

    async def _nanny(self, stack: contextlib.AsyncExitStack, kind: str, resources: dict[str, float],
                     threads: int, share: float) -> None:
        limit = max(int(self.memory * share), 1_000_000_000)
        if kind == "train":
            self.train_limit = limit
        nanny = Nanny(
            self.scheduler.address, nthreads=threads, name=kind, resources=resources,
            memory_limit=limit, security=self.security, host="127.0.0.1", protocol="tls",
            dashboard=False, silence_logs=40, local_directory=str(self.home.engine), env={
                "TF_CPP_MIN_LOG_LEVEL": "3", "TLTOOLS_HOME": str(self.home.path),
                "MALLOC_TRIM_THRESHOLD_": "65536"
            })
        self.nannies[kind] = await stack.enter_async_context(nanny)

    async def _tick(self) -> None:
        for kind in list(self.current):
            await self._watch(kind)
        if self.job:
            await self._watch_job()
        if not self.job:
            self._next_job()
        self._next_runs()
        # Dask's own is always there
        others = set(self.scheduler.clients) - {self.client.id, "fire-and-forget"}
        if self.current or self.job or others:
            self.last_used = time.monotonic()
        self._beat()

    # The train workers and their runs

    @property
    def running(self) -> list[runs.Run]:
        """The runs that have a worker now."""
        return [run for run, _ in self.current.values()]

    def _next_runs(self) -> None:
        """Give each idle train worker the run whose turn it is; one that cannot be read
        never blocks the others."""
        before = [run.id for run in self.in_line]
        self.in_line = self.line.look(self.home, self.running)
        for kind in self._idle_workers():
            run = next((item for item in self.in_line if queue.may_start(item, self.running)), None)
            if run is None:
                break
            self.in_line.remove(run)
            self.last_memory[kind] = 0
            future = self.client.submit(_train, str(run.path), str(self.home.path),
                                        resources={kind: 1}, pure=False, retries=0,
                                        key=f"train-{run.id}-{files.now()}")
            self.current[kind] = (run, future)
            self.line.started(run)
        if [run.id for run in self.in_line] != before:
            self._beat(force=True)

    def _idle_workers(self) -> list[str]:
        busy = {*self.current, self.job[0] if self.job else ""}
        return [] if self.trouble else [
            kind for kind, nanny in self.nannies.items()
            if kind.startswith("train") and kind not in busy and nanny.status.name == "running"
        ]

    def _next_job(self) -> None:
        """Give the oldest short task to an idle train worker. The scheduler is never
        given it together with a run, so that neither can be failed by the other's
        death."""
        idle = self._idle_workers()
        job = jobs.take(self.home) if idle else None
        if job:
            future = self.client.submit(tasks.run, job.function, job.kwargs, str(self.home.path),
                                        job.id, resources={idle[0]: 1}, pure=False, retries=0)
            self.job = (idle[0], job.id, future)

    async def _watch_job(self) -> None:
        assert self.job is not None
        kind, job_id, future = self.job
        self._remember_memory(kind)
        if not future.done():
            if tasks.ignored_cancel(self.home, job_id, FORCE_SECONDS):
                await self._replace(kind)
            return
        self.job = None
        outcome = await future.result() if future.status == "finished" else {
            "problem": JOB_KILLED.as_dict()
        }
        jobs.finish(self.home, job_id, outcome)
        future.release()
        if self._has_grown(kind):
            await self._replace(kind)

    async def _watch(self, kind: str) -> None:
        run, future = self.current[kind]
        self._remember_memory(kind)
        if not future.done():
            await self._force_stop(kind, run)
            return
        del self.current[kind]
        self.line.ended(files.now() - self.line.served.get(queue.owner(run), files.now()))
        died = future.status != "finished"
        if died:
            near_limit = self.last_memory.get(kind, 0) > 0.85 * self.train_limit
            self._mark(run, OUT_OF_MEMORY if near_limit else KILLED)
        elif (run.path / "status.json").exists() and runs.read_folder(
                run.path).state is RunState.QUEUED:
            self._mark(
                run,
                Problem("The run could not be started", "It is still queued after its turn.",
                        "Start it again."))
        future.release()
        self._beat(force=True)
        if died:
            await self._warm_up(kind)
        elif self._should_replace(kind, run):
            await self._replace(kind)

    def _mark(self, run: runs.Run, problem: Problem) -> None:
        """Say in the folder that nobody works on this run any more, unless it has ended
        well."""
        with contextlib.suppress(Exception), runs.lock(run) as held:
            now = runs.read_folder(run.path)
            if held and now.state in (RunState.QUEUED, RunState.RUNNING, RunState.INTERRUPTED):
                runs.write_status(
                    now,
                    dataclasses.replace(now.status, state=RunState.INTERRUPTED, ended=files.now(),
                                        seconds_left=None, problem=problem.as_dict()))

    async def _force_stop(self, kind: str, run: runs.Run) -> None:
        """A run that has not heeded a request to stop for 30 s loses its process; its
        checkpoint stays."""
        with contextlib.suppress(FileNotFoundError):
            asked = (run.path / "stop").stat().st_mtime
            if files.now() - asked > FORCE_SECONDS:
                await self._replace(kind)

    async def _end_current(self, problem: Problem) -> None:
        for kind, (run, _) in self.current.items():
            await self.nannies[kind].kill(timeout=2)
            self._mark(run, problem)

    def _should_replace(self, kind: str, run: runs.Run) -> bool:
        """Each run that trained backbone layers leaves about 150 MB behind in
        TensorFlow, whatever is cleared."""
        with contextlib.suppress(Exception):
            config = run.config()
            if config.single_phase or config.fine_tunes:
                return True
        return self._has_grown(kind)

    def _has_grown(self, kind: str) -> bool:
        """Whether the worker's memory is well over what it had at its start."""
        pid, now = self._pid(kind), self.last_memory.get(kind, 0)
        return pid is not None and now - self.start_memory.get(pid, now) > GROWTH_BYTES

    async def _replace(self, kind: str) -> None:
        await self.nannies[kind].restart(timeout=20)
        await self._warm_up(kind)

    async def _warm_up(self, *kinds: str) -> None:
        """Let fresh workers import TensorFlow while they have nothing to do."""
        for kind in kinds:
            if kind in self.nannies and kind != "data":
                task = self.client.submit(_prepare, kind, resources={kind: 1}, pure=False)
                asyncio.get_running_loop().create_task(self._warmed(kind, task))

    async def _warmed(self, kind: str, task: Any) -> None:
        """After a worker has imported TensorFlow, or has died of it: then it is tried
        again, at most three times in all."""
        try:
            await task
        except Exception as error:
            self.deaths[kind] = self.deaths.get(kind, 0) + 1
            log.warning("worker %s did not get TensorFlow ready: %s", kind, error)
            if self.trouble:
                return
            if self.deaths[kind] < MOST_DEATHS:
                await asyncio.sleep(1)
                await self._warm_up(kind)
            else:
                self.trouble = await asyncio.to_thread(processor.diagnose, self.deaths[kind])
                self._beat(force=True)
            return
        self.deaths[kind] = 0
        self._remember_memory(kind, start=True)

    def _remember_memory(self, kind: str, start: bool = False) -> None:
        pid = self._pid(kind)
        if pid is None:
            return
        with contextlib.suppress(psutil.Error):
            self.last_memory[kind] = psutil.Process(pid).memory_info().rss
            if start:
                self.start_memory.setdefault(pid, self.last_memory[kind])

    # Life and death

    def _pid(self, kind: str) -> int | None:
        process = self.nannies[kind].process if kind in self.nannies else None
        return process.pid if process is not None else None

    def _beat(self, force: bool = False) -> None:
        if not force and time.monotonic() - self.last_beat < BEAT:
            return
        self.last_beat = time.monotonic()
        with contextlib.suppress(OSError):  # a full disk is said by the run; the engine goes on
            files.write_json(
                self.home.engine / "engine.json", {
                    "format": 1, "pid": os.getpid(), "address": self.scheduler.address,
                    "heartbeat": files.now(), "workers": {
                        kind: self._pid(kind) for kind in self.nannies
                    }, "current": self.running[0].id if self.current else None,
                    "line": [run.id for run in self.in_line], "under_way": len(self.current),
                    "typical_seconds": self.line.typical_seconds, "at_once": self.at_once,
                    "small": self.small, "trouble": self.trouble.as_dict() if self.trouble else None
                })

    def _should_end(self) -> bool:
        asked, orphaned = (self.home.engine
                           / "stop").exists(), not (self.home.engine / "lock").exists()
        return asked or orphaned or time.monotonic() - self.last_used > IDLE_SECONDS


def memory_of_machine() -> int:
    """Bytes that this machine, or the container that it is, may use;
    `TLTOOLS_MEMORY_GB` says another figure."""
    said = os.environ.get("TLTOOLS_MEMORY_GB", "").strip()
    return int(float(said) * 1e9) if said else int(MEMORY_LIMIT)


def _train(run_dir: str, home: str) -> str:
    from tltools.training.run import train_run

    return train_run(run_dir=run_dir, home=home)


def _prepare(kind: str) -> bool:
    if kind.startswith("train"):
        tasks.lower_priority()
    from tltools.inference.classifier import warm_up

    return warm_up()
