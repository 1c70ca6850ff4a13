"""Downloading a published weights file: a task of the *data* kind, without TensorFlow.

Owns the transfer (resume, stall, cancel, limits, space on the disk, hash) and what has
arrived so far (`weights/partial/`: the file, a record of which answer it is part of, a
lock). A file that is whole goes on to `models.networks.import_weights` on another
worker, which checks names and shapes and puts it into place. Nothing here runs unless a
person asks for it, and nothing falls back to another file.

Resuming follows RFC 9110: `Range` with `If-Range` and the strong ETag or the date of
the first answer. A server that ignores it, or a file that has changed, is begun anew.
Memory: a few chunks of 256 kB, whatever the file's size.
"""

import contextlib
import errno
import os
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tltools import backbones, files, weights
from tltools.backbones import Backbone
from tltools.errors import DownloadError, RecordError
from tltools.settings import Home
from tltools.weights import published

STALL_SECONDS = 20.0
RETRY_SECONDS = 1.0
ATTEMPTS = 5  # as long as each brings something
MARGIN_BYTES = 50_000_000  # left free on the disk for everything else
UNIT = "bytes"  # of the progress
_CHUNK = 1 << 18
_TICK = 0.2
_MAGIC = b"\x89HDF\r\n\x1a\n"
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True)
class Partial:
    """What has arrived of a file, in bytes. total: 0 while unknown. busy: somebody is
    downloading it now."""

    done: int
    total: int
    busy: bool


def partial(home: Home, name: str) -> Partial:
    """How much of a file has arrived so far."""
    part = _Part(home, name)
    total = part.record().get("length") or 0
    busy = False
    if part.lock_path.exists():
        try:
            FileLock(part.lock_path, timeout=0).acquire().lock.release()
        except Timeout:
            busy = True
    return Partial(part.size, total if part.size else 0, busy)


def offline_choices(home: Home) -> str:
    """What can be done without a download, as one sentence."""
    ready = next((name for name, there in weights.status(home).items() if there), "")
    other = f"use a ready backbone ({ready})" if ready else "use another backbone"
    return f"Import the file, {other}, or start from scratch."


def download(*, home: str, backbone: str, mirror: str | None, input_size: int | None = None,
             restart: bool = False, progress: files.Progress = files.no_progress) -> dict[str, str]:
    """Fetch the weights file of a backbone, going on with what has arrived before; a
    task for a worker.

    mirror: `settings.weights_mirror` of the caller (a worker may have been started
    without it). input_size: of the files for several resolutions, the nearest. restart:
    begin anew. Returns {"backbone", "path", "name", "host"} for
    `models.networks.import_weights`. Raises `DownloadError` with what can be done,
    `NotFound`, `Cancelled`.
    """
    place, row = Home(Path(home)), backbones.get(backbone)
    wanted = weights.to_download(row, input_size)
    if wanted is None:
        raise DownloadError(f"Keras publishes no weights of {row.name}.", offline_choices(place))
    name, file = wanted
    part = _Part(place, name)
    with part.alone(row):
        if restart:
            part.clear()
        address = _Transfer(place, row, part, progress).run(file.sources(mirror))
        progress(part.size, part.size, UNIT)
        if file.same(part.path) is False:
            part.clear()
            raise DownloadError(
                f"{published.host(address)} sent another file than Keras publishes "
                "(its hash differs).",
                "It was removed: try again, or import the file.")
    return {
        "backbone": row.name, "path": str(part.path), "name": name, "host": published.host(address)
    }


class _Part:
    """A file on its way: its bytes so far, and of which answer of which server they are
    a part."""

    def __init__(self, home: Home, name: str) -> None:
        self.path = home.weights / "partial" / name
        self.record_path = weights.record_path(self.path)
        self.lock_path = self.path.with_name(f"{name}.lock")

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def record(self) -> dict[str, Any]:
        """{"address" (hashed: it may hold a password), "validator", "length"} of the
        answer; {} if there is none."""
        try:
            record = files.read_json(self.record_path)
            return record if isinstance(record, dict) else {}
        except (OSError, RecordError):
            return {}

    def clear(self) -> None:
        """Forget all of it."""
        self.path.unlink(missing_ok=True)
        self.record_path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def alone(self, row: Backbone) -> Iterator[None]:
        """Keep others from writing the same file; raises `DownloadError` if somebody is
        at it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.lock_path, timeout=1):
                yield
        except Timeout as error:
            raise DownloadError(
                f"The weights of {row.name} are being downloaded already, in another window.",
                "Wait until it is done.") from error


class _NoAnswer(Exception):
    """The server gave no answer at all; the cause says why."""


class _BrokeOff(Exception):
    """The answer ended too early."""


class _Stalled(Exception):
    """Nothing came for a while."""


class _Transfer:
    """One download with its retries. Raises `DownloadError`; what has arrived stays
    unless it is useless."""

    def __init__(self, home: Home, row: Backbone, part: _Part, progress: files.Progress) -> None:
        self.home, self.row, self.part, self.progress = home, row, part, progress
        self.total = 0

    def run(self, addresses: list[str]) -> str:
        """Fetch from the first address that has the file; returns that address."""
        for address in addresses:
            if self._fetch_with_retries(address):
                return address
        raise self._error(f"{published.host(addresses[0])} does not have {self.row.name} (404).")

    def _fetch_with_retries(self, address: str) -> bool:
        host = published.host(address)
        for attempt in range(1, ATTEMPTS + 1):
            before = self.part.size
            try:
                return self._fetch(address)
            except _NoAnswer as error:
                raise self._no_answer(host, error.__cause__) from error
            except _Stalled as error:
                raise self._error(f"{host} has sent nothing for {STALL_SECONDS:.0f} s.") from error
            except _BrokeOff as error:
                if attempt == ATTEMPTS or self.part.size <= before:
                    got = f"after {self.part.size / 1e6:.1f} of {self.total / 1e6:.1f} MB" \
                        if self.total else "too early"
                    later = "it goes on from there" \
                        if self.part.size and self.part.record().get("validator") \
                        else "it begins anew"
                    raise DownloadError(f"The connection to {host} broke off {got}.",
                                        f"Try again later: {later}.") from error
                time.sleep(RETRY_SECONDS)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                self.part.clear()  # so that the rest of the app can write again
                raise self._disk_full() from error
        raise AssertionError("the last attempt returns or raises")

    def _fetch(self, address: str) -> bool:
        """One request; False if the server does not have the file."""
        known, start = self.part.record(), self.part.size
        if known.get("address") != files.sha256(address.encode()) or not known.get("validator"):
            known, start = {}, 0
        if start and known.get("length") == start:
            self.total = start
            return True
        headers = {"Accept-Encoding": "identity", "User-Agent": "tltools"}
        if start:
            headers |= {"Range": f"bytes={start}-", "If-Range": known["validator"]}
        with _Answer(address, headers) as answer:
            response = answer.take(self._tick)
            status = response.status_code
            if status == 404:
                return False
            changed = start and (
                status == 416
                or (status == 206 and not _continues(response.headers, start, known)))
            if status not in (200, 206) and not changed:
                raise self._error(
                    f"{published.host(address)} answered {status} for {self.row.name}.")
            if not changed:
                start = start if status == 206 else 0
                self._begin(address, response.headers, start)
                self._receive(answer, address, start)
                return True
        self.part.clear()
        return self._fetch(address)

    def _begin(self, address: str, headers: Any, start: int) -> None:
        length = headers.get("Content-Length", "")
        self.total = start + int(length) if length.isdigit() else 0
        limit = self._limit()
        if self.total > limit:
            raise self._too_large(address)
        needed = (self.total or int(self.row.megabytes * 1e6)) - start
        if files.free_bytes(self.part.path) < needed + MARGIN_BYTES:
            raise self._disk_full()
        if not start:
            self.part.clear()
            etag = headers.get("ETag", "")
            validator = etag if etag.startswith('"') else headers.get("Last-Modified", "")
            files.write_json(self.part.record_path, {
                "format": 1, "address": files.sha256(address.encode()), "validator": validator,
                "length": self.total
            })

    def _receive(self, answer: "_Answer", address: str, start: int) -> None:
        with open(self.part.path, "ab" if start else "wb") as file:
            done, head = start, b"" if not start else _MAGIC
            while chunk := answer.take(self._tick):
                if len(head) < len(_MAGIC):
                    head += chunk[:len(_MAGIC) - len(head)]
                    if not _MAGIC.startswith(head):
                        raise self._not_weights(address, head)
                file.write(chunk)
                file.flush()  # what has arrived is what the next try goes on from
                done += len(chunk)
                if done > self._limit():
                    raise self._too_large(address)
                self.progress(done, max(done, self.total), UNIT)
            os.fsync(file.fileno())
        if self.total and done != self.total:
            raise _BrokeOff

    def _tick(self) -> None:
        self.progress(self.part.size, self.total, UNIT)

    def _limit(self) -> int:
        """Most bytes that the file can have: the parameters, and what HDF5 needs around
        them (at most 20 % seen)."""
        return int(self.row.megabytes * 1.5e6) + 10_000_000

    def _error(self, reason: str) -> DownloadError:
        return DownloadError(reason, offline_choices(self.home))

    def _disk_full(self) -> DownloadError:
        free = files.free_bytes(self.part.path) / 1e6
        needed = (self.total or self.row.megabytes * 1e6) + MARGIN_BYTES
        return DownloadError(
            f"{needed / 1e6:.0f} MB of disk are needed, with a reserve; {free:.0f} MB are free.",
            "Free some space, then try again.", "The disk is full")

    def _too_large(self, address: str) -> DownloadError:
        self.part.clear()
        return DownloadError(
            f"{published.host(address)} sends more than the weights of {self.row.name} can be.",
            "It is another file: import the right one.")

    def _not_weights(self, address: str, head: bytes) -> DownloadError:
        self.part.clear()
        if head.lstrip()[:1] == b"<":
            return DownloadError(
                f"{published.host(address)} sent a web page, not weights.",
                "Sign in to this network if it asks, then try again; or import the file.")
        return self._error(f"What {published.host(address)} sent is no weights file.")

    def _no_answer(self, host: str, cause: BaseException | None) -> DownloadError:
        import requests.exceptions as trouble

        if isinstance(cause, trouble.InvalidSchema | trouble.MissingSchema | trouble.InvalidURL):
            return DownloadError("TLTOOLS_WEIGHTS_URL is no web address.",
                                 "Begin it with https:// or http://, or unset it.")
        if isinstance(cause, trouble.SSLError):
            return self._error(f"The secure connection to {host} failed.")
        if isinstance(cause, trouble.ProxyError):
            return self._error(f"This network's proxy gives no way to {host}.")
        return self._error(f"No connection to {host}.")


class _Answer:
    """A server's answer, read in a thread of its own, so that a stuck server never
    keeps a person from cancelling.

    The first thing taken is the response, then its chunks, then b"". At most four wait.
    """

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=4)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(address, headers), daemon=True)

    def __enter__(self) -> "_Answer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()

    def take(self, tick: Callable[[], None]) -> Any:
        """The next thing; `tick` is called while there is none. Raises `_NoAnswer`,
        `_BrokeOff` or `_Stalled`."""
        deadline = time.monotonic() + STALL_SECONDS
        while True:
            try:
                item = self._queue.get(timeout=_TICK)
            except queue.Empty:
                tick()
                if time.monotonic() > deadline:
                    raise _Stalled from None
                continue
            if isinstance(item, Exception):
                raise item
            return item

    def _read(self, address: str, headers: dict[str, str]) -> None:
        import requests

        answered = False
        try:
            with requests.get(address, headers=headers, stream=True,
                              timeout=STALL_SECONDS + 5) as response:
                self._put(response)
                answered = True
                while self._put(chunk := response.raw.read1(_CHUNK)) and chunk:
                    pass
        # whatever the network libraries raise, the person gets a sentence
        except Exception as error:
            failure = (_BrokeOff if answered else _NoAnswer)()
            failure.__cause__ = error
            self._put(failure)

    def _put(self, item: Any) -> bool:
        while not self._left.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=_TICK)
                return True
        return False


def _continues(headers: Any, start: int, known: dict[str, Any]) -> bool:
    """Whether a partial answer goes on where ours ends, of the same file."""
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", ""))
    validators = {headers.get("ETag"), headers.get("Last-Modified")} - {None}
    return match is not None and int(match[1]) == start \
        and int(match[2]) == known.get("length") \
        and (not validators or known["validator"] in validators)
