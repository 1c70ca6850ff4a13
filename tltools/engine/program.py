"""The engine's program: a scheduler, the worker processes, and the loop that gives
queued runs to the train workers.

Owns `<home>/engine/{engine.json,lock,stop,engine.log,jobs/}`, the life of the workers,
and the last word on a run whose worker died. What to do is decided in `decisions`,
whose turn it is in `runs.queue`; here it is looked and done. Three kinds of worker are
kept apart by resources: *train* (TensorFlow, lowered priority; `TLTOOLS_AT_ONCE` of
them), *serve* (TensorFlow: predictions) and *data* (imports). With little memory one
process trains and serves. Where TensorFlow cannot start, the reason stands in
`engine.json` and nothing is tried again. Everything listens on 127.0.0.1 with TLS;
there is no dashboard.
"""

import asyncio
import contextlib
import dataclasses
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import dask
import psutil
from distributed import Client, Nanny, Scheduler
from distributed.system import MEMORY_LIMIT
from filelock import FileLock, Timeout

from tltools import files, processes, runs, settings
from tltools.engine import decisions, jobs, processor, security, tasks
from tltools.engine.client import NO_ROOM
from tltools.engine.decisions import (
    SMALL_MEMORY,
    Action,
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
)
from tltools.errors import NotFound, Problem, TltoolsError, disk_full, is_full
from tltools.runs import lineage, queue
from tltools.runs.events import RunState
from tltools.settings import Home

TICK, IDLE_TICK = 0.5, 1.0
BEAT = 2.0
REPORT_SECONDS = 5.0
IDLE_SECONDS = float(os.environ.get("TLTOOLS_ENGINE_IDLE", 15 * 60))
_OPEN = (RunState.QUEUED, RunState.RUNNING, RunState.INTERRUPTED)
_ROOM = 1_000_000  # bytes free below which a word that is missing was lost to the disk
MOST_DEATHS = 3  # while TensorFlow starts; then it is said and not tried again
log = logging.getLogger("tltools.engine")

dask.config.set({
    # a run that killed its worker is not tried again by itself
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.memory.target": False, "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False, "distributed.worker.memory.terminate": 0.95,
    "distributed.admin.tick.limit": "60s", "distributed.worker.daemon": True,
    # Dask looks after itself 50 times a second; idle, that was a fifth of a core
    "distributed.admin.tick.interval": "10s", "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.monitor-interval": "2s",
    # Dask's web servers cannot be left out; with no routes they answer nothing
    "distributed.scheduler.http.routes": [], "distributed.worker.http.routes": [],
})


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
    except OSError as error:
        if is_full(error):
            sys.exit(NO_ROOM)
        raise


class QuietScheduler(Scheduler):
    """A scheduler whose workers report every few seconds instead of twice a second: a
    death is noticed by the closed connection, and nothing else here needs a report."""

    def heartbeat_worker(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As Dask's, with a longer time until the next one."""
        answer = super().heartbeat_worker(*args, **kwargs)
        if "heartbeat-interval" in answer:
            answer["heartbeat-interval"] = REPORT_SECONDS
        return answer


class EngineProgram:
    """One engine: its scheduler and workers, and the doing of what `Dispatch` decides.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.security = security.make(home)
        self.nannies: dict[str, Nanny] = {}
        self.limits: dict[str, int] = {}
        self.memory = memory_of_machine()
        self.small = self.memory < SMALL_MEMORY
        self.at_once = 1 if self.small else settings.at_once()
        self.dispatch = Dispatch(IDLE_SECONDS, files.now())
        self.futures: dict[str, Any] = {}  # of the work that each train worker has
        self.renewing: set[str] = set()  # workers that are getting a new process
        self.background: set[asyncio.Task] = set()  # a task that nobody holds may vanish
        self.line = queue.Line()
        self.in_line: list[runs.Run] = []
        # last words that a full disk did not take
        self.unsaid: list[RunEnded] = []
        self.trouble = processor.problem()
        self.deaths: dict[str, int] = {}
        self.start_memory: dict[int, int] = {}
        self.last_memory: dict[str, int] = {}
        self.ending = False
        self.last_work = files.now()

    async def run(self) -> None:
        """Serve until told to stop."""
        # whoever asked the engine before this one has been told that it is gone
        jobs.clear(self.home)
        async with (
                QuietScheduler(host="127.0.0.1", port=0, protocol="tls",
                               security=self.security, dashboard=False,
                               dashboard_address="127.0.0.1:0") as scheduler,
                contextlib.AsyncExitStack() as stack,
        ):
            self.scheduler = scheduler
            wanted = decisions.kinds(self.memory, self.at_once, self.trouble is not None)
            await asyncio.gather(*(self._nanny(stack, kind) for kind in wanted))
            self.client = await stack.enter_async_context(
                Client(scheduler.address, security=self.security, asynchronous=True,
                       set_as_default=False))
            self._beat(must=True)
            with contextlib.suppress(NotImplementedError):  # Windows
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._end)
            beating = asyncio.create_task(self._beating())
            # the first stays ready, more of them for a while; others when they are
            # needed
            train = [kind for kind in self.nannies if kind.startswith(decisions.TRAIN)]
            self._warm_up(*train)
            self.dispatch.warm = dict.fromkeys(train, files.now())
            self.dispatch.last_used = files.now()  # from now on it can be used
            while not self.ending:
                try:
                    await self._tick()
                except Exception:
                    log.exception("the engine's loop went on after an error")
                await asyncio.sleep(TICK if self._busy() else IDLE_TICK)
            await self._end_current(decisions.STOPPED_ENGINE)
            for task in (beating, *self.background):
                task.cancel()
        with contextlib.suppress(FileNotFoundError):
            (self.home.engine / "engine.json").unlink()
        (self.home.engine / "stop").unlink(missing_ok=True)

    async def _nanny(self, stack: contextlib.AsyncExitStack, kind: decisions.Kind) -> None:
        limit = max(int(self.memory * kind.share), 1_000_000_000)
        self.limits[kind.name] = limit
        nanny = Nanny(
            self.scheduler.address, nthreads=kind.threads, name=kind.name,
            resources=kind.resources, memory_limit=limit, security=self.security,
            host="127.0.0.1", protocol="tls", dashboard=False, silence_logs=40,
            local_directory=str(self.home.engine), env={
                "TF_CPP_MIN_LOG_LEVEL": "3", "TLTOOLS_HOME": str(self.home.path),
                "MALLOC_TRIM_THRESHOLD_": "65536",
                # else the first TensorFlow process takes all of a GPU and the next
                # fails
                "TF_FORCE_GPU_ALLOW_GROWTH": "true"
            })
        self.nannies[kind.name] = await stack.enter_async_context(nanny)

    # Looking, deciding, doing

    async def _tick(self) -> None:
        self.unsaid = [ended for ended in self.unsaid if not self._say(ended)]
        for action in self.dispatch.step(self._look(), files.now()):
            try:
                await self._do(action)
            except Exception:  # the others must be done all the same
                log.exception("the engine could not do %s", action)

    def _busy(self) -> bool:
        """Whether something runs, or did within the last minute."""
        working = self.dispatch.turns or self.dispatch.job or self.renewing
        return bool(working) or files.now() - self.last_work < 60

    def _look(self) -> Seen:
        """The world as it is now; reads the queue and a few small files."""
        train = [kind for kind in self.nannies if kind.startswith("train")]
        for kind in train:
            self._remember_memory(kind)
        before = [run.id for run in self.in_line]
        self.in_line = self.line.look(self.home, self.dispatch.running)
        if [run.id for run in self.in_line] != before:
            self._beat()
        # a short task is only looked for when it could be given to somebody
        could = self.dispatch.job is None and len(self.futures) < len(train)
        under_way = self.dispatch.job
        # Dask's own client is always there
        others = set(self.scheduler.clients) - {self.client.id, "fire-and-forget"}
        return Seen(
            workers={kind: self._worker(kind) for kind in train},
            waiting=tuple(self.in_line),
            job=jobs.take(self.home) if could else None,
            stop_asked=_stops_asked(self.dispatch.running),
            cancel_asked=tasks.cancel_asked(self.home, under_way[1].id) if under_way else None,
            learns=_learns,
            serving=self._serving(),
            used=bool(others),
            end_asked=(self.home.engine / "stop").exists()
            or not (self.home.engine / "lock").exists(),
            trouble=self.trouble is not None,
        )

    def _serving(self) -> bool | None:
        """Whether the serving worker has tasks; None where there is none of its own."""
        if decisions.SERVE not in self.nannies:
            return None
        return any(worker.processing for worker in self.scheduler.workers.values()
                   if worker.name == decisions.SERVE)

    def _worker(self, kind: str) -> Worker:
        future, pid = self.futures.get(kind), self._pid(kind)
        outcome = None if future is None else Outcome.PENDING if not future.done() else \
            Outcome.FINISHED if future.status == "finished" else Outcome.DIED
        ready = kind not in self.renewing and self.nannies[kind].status.name == "running"
        return Worker(ready, outcome, self.last_memory.get(kind, 0),
                      self.start_memory.get(pid) if pid is not None else None, self.limits[kind])

    async def _do(self, action: Action) -> None:
        match action:
            case StartRun(kind, run):
                self.last_work = files.now()
                self.last_memory[kind] = 0
                self.in_line.remove(run)
                self.line.started(run)
                self.futures[kind] = self.client.submit(
                    _train, str(run.path), str(self.home.path), resources={kind: 1}, pure=False,
                    retries=0, key=f"train-{run.id}-{files.now()}")
                self._beat()
            case StartJob(kind, job):
                self.futures[kind] = self.client.submit(
                    tasks.run, job.function, job.kwargs, str(self.home.path), job.id,
                    resources={kind: 1}, pure=False, retries=0)
            case RunEnded(kind, run):
                self.last_work = files.now()
                self._release(kind)
                self.line.ended(action.seconds)
                if not self._say(action):
                    self.unsaid.append(action)
                self._beat()
            case JobEnded(kind, job, died):
                killed = {"problem": decisions.JOB_KILLED.as_dict()}
                jobs.finish(self.home, job.id,
                            killed if died else await self.futures[kind].result())
                self._release(kind)
            case Replace(kind):
                self.renewing.add(kind)
                self._in_background(self._replace(kind))
            case WarmUp(kind):
                self._warm_up(kind)
            case Cool(kind):
                self.renewing.add(kind)
                self._in_background(self._replace(kind, warm=False))
            case End():
                self.ending = True

    def _release(self, kind: str) -> None:
        future = self.futures.pop(kind, None)
        if future is not None:
            future.release()

    def _in_background(self, work: Coroutine) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    def _say(self, ended: RunEnded) -> bool:
        """Write down how a run ended, if it has not said so itself; returns False if
        that shall be tried again."""
        said = decisions.verdict(ended, _state(ended.run))
        return said is None or self._mark(ended.run, *said)

    def _mark(self, run: runs.Run, state: RunState, problem: Problem) -> bool:
        """Say in the folder that nobody works on this run any more, unless it has ended
        well; returns False if it could not be written and shall be tried again."""
        if files.free_bytes(self.home.path) < _ROOM and problem is decisions.UNSAID:
            problem = disk_full()
        try:
            with runs.lock(run) as held:
                now = runs.read_folder(run.path)
                if held and now.state in _OPEN:
                    runs.write_end(now, dataclasses.replace(
                        now.status, state=state, ended=files.now(), seconds_left=None,
                        problem=problem.as_dict()))
        except (NotFound, FileNotFoundError):
            return True  # it was deleted
        except OSError:
            return False
        except Exception:
            log.exception("run %s could not be marked", run.id)
        return True

    async def _end_current(self, problem: Problem) -> None:
        for kind, turn in self.dispatch.turns.items():
            await self.nannies[kind].kill(timeout=2)
            self._mark(turn.run, RunState.INTERRUPTED, problem)

    # The workers' processes

    async def _replace(self, kind: str, warm: bool = True) -> None:
        try:
            await self.nannies[kind].restart(timeout=20)
            if warm:
                self._warm_up(kind)
        finally:
            self.renewing.discard(kind)

    def _warm_up(self, *kinds: str) -> None:
        """Let fresh workers import TensorFlow while they have nothing to do."""
        for kind in kinds:
            if kind in self.nannies and kind != "data":
                task = self.client.submit(_prepare, kind, resources={kind: 1}, pure=False)
                self._in_background(self._warmed(kind, task))

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
                self._warm_up(kind)
            else:
                self.trouble = await asyncio.to_thread(processor.diagnose, self.deaths[kind])
                self._beat()
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

    async def _beating(self) -> None:
        """A task of its own: whatever the loop waits for, the engine is seen to live.
        """
        while True:
            self._beat()
            await asyncio.sleep(BEAT)

    def _end(self) -> None:
        self.ending = True

    def _beat(self, must: bool = False) -> None:
        """Write the record that pages and the command line read; also at once after
        what they wait for. must: without it nobody would find this engine."""
        running = self.dispatch.running
        # a full disk is said by the run; the engine goes on, and its process is seen
        with contextlib.nullcontext() if must else contextlib.suppress(OSError):
            files.write_json(self.home.engine / "engine.json", {
                "format": 1, **processes.identity(), "address": self.scheduler.address,
                "heartbeat": files.now(),
                "workers": {kind: self._pid(kind) for kind in self.nannies},
                "current": running[0].id if running else None,
                "line": [run.id for run in self.in_line], "under_way": len(running),
                "typical_seconds": self.line.typical_seconds, "at_once": self.at_once,
                "small": self.small,
                "trouble": self.trouble.as_dict() if self.trouble else None
            })


def _stops_asked(running: list[runs.Run]) -> dict[str, float]:
    """When people asked these runs to stop, by id; seconds since the epoch."""
    found = {}
    for run in running:
        with contextlib.suppress(OSError):
            found[run.id] = (run.path / "stop").stat().st_mtime
    return found


def _learns(run: runs.Run) -> bool:
    """Whether a run trains backbone layers; one that cannot be read does not."""
    try:
        return lineage.backbone_learned(run.config())
    except Exception:  # it will be said by the run itself
        return False


def _state(run: runs.Run) -> RunState:
    """What the run's folder says now; a run that was deleted meanwhile has ended."""
    try:
        return runs.read_folder(run.path).state
    except (OSError, TltoolsError):
        return RunState.FAILED


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
