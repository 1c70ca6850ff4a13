"""Child processes in which pictures from outside are decoded, with bounds on time and
memory.

Owns the children, one picture at a time each, and what is said of a picture that ended
one. Python cannot stop a decoder in its own process: a file may keep it busy for
minutes, take all memory, or crash it. Here the child is killed, the picture is refused
by name, and the next one has a fresh child. Children also decode on all cores. Leaves
what is done with a picture to `door` and `depths`, and with a video to `videos`; what
comes back is JSON and the bytes of the stored form, nothing that could run.
"""

import atexit
import contextlib
import json
import math
import os
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import IO, Any, TypeVar

from tltools.errors import ImageError
from tltools.images.depths import Depth, depth_of, may_be_deep
from tltools.images.door import Bounds, store_form
from tltools.images.formats import check_bytes, shown_name
from tltools.images.stored import StoredImage
from tltools.images.videos import Moment, frames
from tltools.settings import LIMITS

MOST_CHILDREN = 8
_WATCH_SECONDS = 0.1
_IDLE_SECONDS = 60.0
_PATIENCE = 6.0  # on a busy machine a child gets a part of a core: wall time per limit
_ROOT = Path(__file__).parents[2]
_HEAD = struct.Struct(">II")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Decoders:
    """Child processes that decode. Threads may share one; each call takes a child that
    is free, or waits for one.

    number: of children at most. seconds: processor time for one picture (wall time six
    times that). most_bytes: of memory that a child may have.
    """

    def __init__(self, number: int | None = None, *, seconds: float = LIMITS.image_seconds,
                 most_bytes: int = LIMITS.image_memory_bytes) -> None:
        self.number = number or min(MOST_CHILDREN, _cores())
        self.seconds, self.most_bytes = seconds, most_bytes
        self._room = threading.Semaphore(self.number)
        self._lock = threading.Lock()
        self._free: list[_Child] = []
        self._all: set[_Child] = set()
        self._watching = False

    def warm_up(self) -> None:
        """Start a child, so that the next picture need not wait for one."""
        child = self._take()
        with self._lock:
            self._free.append(child)

    def store_form(self, data: bytes, name: str, window: Bounds | None = None) -> StoredImage:
        """As `images.store_form`; also raises `ImageError` for a picture that takes too
        long or too much memory."""
        shown = shown_name(name)
        check_bytes(len(data), shown)
        answer, pictures = self._ask("store", data, shown, window)
        width, height, split = answer["width"], answer["height"], answer["split"]
        return StoredImage(pictures[:split], width, height, pictures[split:])

    def depth_of(self, data: bytes, name: str) -> Depth | None:
        """As `images.depth_of`, in a child where the pixels have to be looked at."""
        shown = shown_name(name)
        check_bytes(len(data), shown)
        if not may_be_deep(data[:200]):
            return None
        answer, _ = self._ask("depth", data, shown, None)
        return Depth(**answer["depth"]) if answer["depth"] else None

    def frames(self, path: Path, name: str, *, first: bool = False) -> list[Moment]:
        """As `videos.frames`, in a child of its own, with its own bounds: OpenCV would
        take from the memory of the pictures that follow."""
        shown = shown_name(name)
        with self._room:
            child = self._started(LIMITS.video_decode_seconds, LIMITS.video_memory_bytes)
            try:
                answer, rest = child.ask({"work": "frames", "name": shown, "first": first,
                                          "path": str(path)}, b"")
            except (OSError, EOFError, ValueError) as error:
                raise _why_it_ended(child, shown, "cut it shorter") from error
            finally:
                self._drop(child)
        if "refused" in answer:
            raise ImageError(*answer["refused"])
        return _moments(answer["frames"], rest)

    def in_order(self, work: Callable[[Item], Result],
                 items: Iterable[Item]) -> Generator[Result]:
        """`work` of each item, in the items' order, as many at a time as there are
        children. `work` calls this object's methods; items are taken in the caller's
        thread, a few ahead."""
        waiting: deque[Future[Result]] = deque()
        # two more threads than children: the next files are read meanwhile
        with ThreadPoolExecutor(self.number + 2) as threads:
            try:
                for item in items:
                    waiting.append(threads.submit(work, item))
                    if len(waiting) > 2 * self.number + 2:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def close(self) -> None:
        """End all children; the next picture would start a new one."""
        with self._lock:
            children, self._free, self._all = list(self._all), [], set()
        for child in children:
            child.kill()

    def _ask(self, work: str, data: bytes, shown: str,
             window: Bounds | None) -> tuple[dict[str, Any], bytes]:
        with self._room:
            child = self._take()
            try:
                answer, rest = child.ask({"work": work, "name": shown, "window": window}, data)
            except (OSError, EOFError, ValueError) as error:
                self._drop(child)
                raise _why_it_ended(child, shown) from error
            except BaseException:  # an interrupted wait leaves an answer in the pipe
                self._drop(child)
                raise
            with self._lock:
                self._free.append(child)
        if "refused" in answer:
            raise ImageError(*answer["refused"])
        return answer, rest

    def _take(self) -> "_Child":
        with self._lock:
            while self._free:
                child = self._free.pop()
                if child.alive:
                    return child
                self._all.discard(child)
        return self._started(self.seconds, self.most_bytes)

    def _started(self, seconds: float, most_bytes: int) -> "_Child":
        with self._lock:
            child = _Child(seconds, most_bytes)
            self._all.add(child)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, daemon=True, name="decoders").start()
        return child

    def _drop(self, child: "_Child") -> None:
        with self._lock:
            self._all.discard(child)
        child.kill()

    def _watch(self) -> None:
        """End children that break a bound, and those that have long had nothing to do;
        ends itself when there are none."""
        while True:
            time.sleep(_WATCH_SECONDS)
            with self._lock:
                if not self._all:
                    self._watching = False
                    return
                idle = [child for child in self._free if child.idle_for() > _IDLE_SECONDS]
                for child in idle:
                    self._free.remove(child)
                    self._all.discard(child)
                working = [child for child in self._all if child not in self._free]
            for child in idle:
                child.kill()
            for child in working:
                child.check()


@cache
def shared() -> Decoders:
    """The decoders of this process; children start when first needed and end when they
    have had nothing to do for a minute."""
    decoders = Decoders()
    atexit.register(decoders.close)
    return decoders


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _why_it_ended(child: "_Child", shown: str,
                  remedy: str = "save it as JPEG or PNG") -> ImageError:
    return {
        "time": ImageError(f"{shown} takes too long to decode.",
                           f"At most {child.seconds:.0f} seconds: {remedy}."),
        "memory": ImageError(f"{shown} needs too much memory to decode.", "Make it smaller."),
    }.get(child.broke, ImageError(f"{shown} is damaged: it ends the program that decodes it.",
                                  "Save or copy it again."))


def _moments(said: list[list[Any]], data: bytes) -> list[Moment]:
    """The pictures of a child's answer: their seconds, width, height and bytes of both
    forms, and the bytes one after the other."""
    found, at = [], 0
    for seconds, width, height, large, small in said:
        middle, end = at + large, at + large + small
        found.append((seconds, StoredImage(data[at:middle], width, height, data[middle:end])))
        at = end
    return found


# The parent's side of one child


class _Child:
    """One process, asked for one picture at a time."""

    def __init__(self, seconds: float, most_bytes: int) -> None:
        import psutil

        self.seconds, self.most_bytes = seconds, most_bytes
        self.broke = ""
        code = (f"import sys; sys.path.insert(0, {str(_ROOT)!r})\n"
                "from tltools.images import decoders\n"
                f"decoders.main({seconds!r}, {most_bytes!r})")
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
        self._facts = psutil.Process(self._process.pid)
        self._ended = threading.Lock()
        self._since = time.monotonic()
        self._spent: float | None = None  # processor time when the picture began, seen by check

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def idle_for(self) -> float:
        return time.monotonic() - self._since

    def ask(self, head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """The child's answer; raises `OSError` or `EOFError` if it ends instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._since, self._spent = time.monotonic(), None
        _send(self._process.stdin, head, data)
        answer = _received(self._process.stdout)
        self._since = time.monotonic()
        return answer

    def check(self) -> None:
        """Kill the child if its picture takes too long or too much."""
        import psutil

        with contextlib.suppress(psutil.Error):
            times = self._facts.cpu_times()
            spent = times.user + times.system
            if self._spent is None:
                self._spent = spent
            if spent - self._spent > self.seconds or self.idle_for() > _PATIENCE * self.seconds:
                self._end("time")
            elif self._facts.memory_info().rss > self.most_bytes:
                self._end("memory")

    def kill(self) -> None:
        """End it and give back its pipes; more than once does no harm."""
        with self._ended:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError, ValueError):
                    if pipe:
                        pipe.close()

    def _end(self, why: str) -> None:
        self.broke = why
        self._process.kill()  # whoever waits for an answer sees its end


def _send(pipe: IO[bytes], head: dict[str, Any], data: bytes) -> None:
    said = json.dumps(head).encode()
    pipe.write(_HEAD.pack(len(said), len(data)) + said)
    pipe.write(data)
    pipe.flush()


def _received(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    lengths = pipe.read(_HEAD.size)
    if len(lengths) < _HEAD.size:
        raise EOFError
    said, size = _HEAD.unpack(lengths)
    head, data = pipe.read(said), pipe.read(size)
    if len(head) < said or len(data) < size:
        raise EOFError
    return json.loads(head), data


# The child's side


def main(seconds: float, most_bytes: int) -> None:
    """The child: answers one picture after the other until its input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a decoder prints must not stand between answers
    _bound_memory(most_bytes)
    while True:
        try:
            head, data = _received(sys.stdin.buffer)
        except EOFError:
            return
        _bound_time(seconds)
        _send(answers, *_answer(head, data))


def _answer(head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if head["work"] == "depth":
            depth = depth_of(data, head["name"])
            return {"depth": asdict(depth) if depth else None}, b""
        if head["work"] == "frames":
            return _said(frames(Path(head["path"]), head["name"], first=head["first"]))
        window = tuple(head["window"]) if head["window"] else None
        stored = store_form(data, head["name"], window)
    except ImageError as error:
        return {"refused": [error.problem.reason, error.problem.remedy]}, b""
    return {"width": stored.width, "height": stored.height,
            "split": len(stored.data)}, stored.data + stored.small


def _said(moments: list[Moment]) -> tuple[dict[str, Any], bytes]:
    """The answer that `_moments` reads."""
    sizes = [[seconds, picture.width, picture.height, len(picture.data), len(picture.small)]
             for seconds, picture in moments]
    return {"frames": sizes}, b"".join(picture.data + picture.small for _, picture in moments)


def _bound_memory(most_bytes: int) -> None:
    """Let allocations fail where they would pass the bound; macOS and Windows have only
    the parent's watch."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        import psutil

        most = psutil.Process().memory_info().vms + most_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _bound_time(seconds: float) -> None:
    """Let the system end this process if it outlives its parent's watch."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = math.ceil(time.process_time() + 2 * seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
