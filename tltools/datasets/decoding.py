"""Decoding pictures from outside in child processes: on all cores, and where a picture
that hangs, crashes or eats memory hurts nobody.

Owns the children, their limits (`LIMITS.image_seconds` each picture, `CHILD_BYTES`) and
the talk with them. Leaves what is decoded how to `images`, and storing to `importing`.
Why children of our own and no pool of the standard library: `multiprocessing` refuses
to start from a daemon, which the engine's workers are, and `concurrent.futures` cannot
end a call that takes too long. Threads alone do not help: Pillow's codecs hold Python's
lock (two threads: 1.0 times the speed of one).
"""

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from tltools.errors import ImageError
from tltools.images import StoredImage, shown_name, store_form, thumbnail
from tltools.settings import LIMITS

CHILD_BYTES = 2_000_000_000
"""Address space of a child, where the system holds such a limit."""
IDLE_SECONDS = 20.0
"""A child without work for so long ends by itself; the next picture starts another."""
_MOST_CHILDREN = 8
_AHEAD = 4  # pictures read and waiting, for each child
_ROOT = Path(__file__).parents[2]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A picture to decode: its bytes, what a person calls it, and the window of deep
    pictures (`depths`)."""

    data: bytes
    name: str
    window: tuple[float, float] | None = None


@dataclass(frozen=True)
class Decoded:
    """A picture in the form that is kept, and its thumbnail as JPEG bytes."""

    stored: StoredImage
    small: bytes


def decoded(jobs: Iterable[Job], seconds: float = LIMITS.image_seconds
            ) -> Generator[Decoded | ImageError]:
    """Decode pictures, in order; what is wrong with one is its answer.

    jobs: taken only as far ahead as is needed to keep all cores busy, so that they may
    be read one by one. seconds: what one picture may take.
    """
    pool = _pool()
    with contextlib.closing(pool.run(jobs, seconds)) as answers:
        yield from answers


@cache
def _pool() -> "_Pool":
    return _Pool(max(1, min(_MOST_CHILDREN, _cores())))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") \
        else os.cpu_count() or 1


class _Pool:
    """So many threads, each of which talks with whichever child is free."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._threads = ThreadPoolExecutor(count, "decoding")
        self._free: queue.LifoQueue[_Child] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(_Child())

    def run(self, jobs: Iterable[Job], seconds: float) -> Generator[Decoded | ImageError]:
        waiting: deque[Future] = deque()
        try:
            for job in jobs:
                waiting.append(self._threads.submit(self._one, job, seconds))
                if len(waiting) > self.count * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # whoever stops in the middle leaves nothing running
            for future in waiting:
                future.cancel()

    def _one(self, job: Job, seconds: float) -> Decoded | ImageError:
        child = self._free.get()
        try:
            return child.ask(job, seconds)
        finally:
            self._free.put(child)


class _Child:
    """The parent's side of one child, started when it is first needed."""

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._process: subprocess.Popen | None = None

    def ask(self, job: Job, seconds: float) -> Decoded | ImageError:
        shown = shown_name(job.name)
        for _ in range(2):
            process = self._started()
            try:
                with _Deadline(process, seconds) as deadline:
                    return self._answer(process, job)
            except (OSError, EOFError, ValueError):
                code = self._ended(process)
                if deadline.passed:
                    return ImageError(f"{shown} takes more than {seconds:.0f} seconds to decode.",
                                      "Save it again as a plain JPEG or PNG.")
                if code:
                    log.warning("a decoder ended with code %s at %s", code, shown)
                    break
                # else it had ended for want of work just then
        return ImageError(f"{shown} cannot be decoded.", "Save it again as a plain JPEG or PNG.")

    def _started(self) -> subprocess.Popen:
        if self._process is None or self._process.poll() is not None:
            code = (f"import sys; sys.path.insert(0, {str(_ROOT)!r})\n"
                    f"from tltools.datasets import decoding\ndecoding.main({self._idle})")
            self._process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert self._process.stdout is not None
            _receive(self._process.stdout)  # its imports are not on the first picture's time
        return self._process

    def _ended(self, process: subprocess.Popen) -> int:
        """The exit code of a child that no longer answers as it should."""
        self._process = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(2)
        process.kill()
        return process.wait()

    def _answer(self, process: subprocess.Popen, job: Job) -> Decoded | ImageError:
        assert process.stdin is not None
        assert process.stdout is not None
        _send(process.stdin, {"name": job.name, "window": job.window}, job.data)
        head, parts = _receive(process.stdout)
        if "reason" in head:
            return ImageError(head["reason"], head["remedy"])
        return Decoded(StoredImage(parts[0], head["width"], head["height"]), parts[1])


class _Deadline:
    """Ends a child that has worked for so many seconds on one picture. Counted is
    processor time, because a busy machine is no fault of the picture; at six times as
    much by the clock it is over too."""

    def __init__(self, process: subprocess.Popen, seconds: float) -> None:
        import psutil

        self.passed = False
        self._process, self._seconds = process, seconds
        self._facts = psutil.Process(process.pid)
        self._begun, self._worked = time.monotonic(), self._processor_time()
        self._timer = self._armed(seconds)

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *about: object) -> None:
        self._timer.cancel()

    def _processor_time(self) -> float:
        times = self._facts.cpu_times()
        return times.user + times.system

    def _armed(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        return timer

    def _look(self) -> None:
        try:
            left = self._seconds - (self._processor_time() - self._worked)
        except Exception:  # psutil.Error: it is gone, and whoever waits for it sees that
            return
        if left > 0.01 and time.monotonic() - self._begun < 6 * self._seconds:
            self._timer = self._armed(left)
            self._timer.start()
        else:
            self.passed = True
            self._process.kill()


def _send(stream: IO[bytes], head: dict, *parts: bytes) -> None:
    stream.write(json.dumps({**head, "sizes": [len(part) for part in parts]}).encode() + b"\n")
    for part in parts:
        stream.write(part)
    stream.flush()


def _receive(stream: IO[bytes]) -> tuple[dict, list[bytes]]:
    """A head and its parts. Raises `EOFError` where the other side is gone."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    head = json.loads(line)
    parts = [stream.read(size) for size in head["sizes"]]
    if any(len(part) < size for part, size in zip(parts, head["sizes"], strict=True)):
        raise EOFError
    return head, parts


# The child's side


def main(idle: float) -> None:
    """The child: decodes what comes, until its input ends or nothing has come for
    `idle` seconds."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (CHILD_BYTES, CHILD_BYTES))
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    _send(stdout, {"ready": True})
    sys.stdout = sys.stderr  # a decoder that prints must not spoil an answer
    waits_since = [time.monotonic()]
    threading.Thread(target=_end_when_idle, args=(waits_since, idle), daemon=True).start()
    while True:
        try:
            head, parts = _receive(stdin)
        except EOFError:
            os._exit(0)
        waits_since[0] = float("inf")
        window = tuple(head["window"]) if head["window"] else None
        _send(stdout, *_decode(parts[0], head["name"], window))
        waits_since[0] = time.monotonic()


def _decode(data: bytes, name: str, window: tuple[float, float] | None) -> tuple:
    try:
        stored = store_form(data, name)
        return {"width": stored.width, "height": stored.height}, stored.data, \
            thumbnail(stored.data)
    except ImageError as error:
        return ({"reason": error.problem.reason, "remedy": error.problem.remedy},)


def _end_when_idle(waits_since: list[float], idle: float) -> None:
    while True:
        time.sleep(min(1.0, idle))
        if time.monotonic() - waits_since[0] > idle:
            os._exit(0)
