"""Whether a process still lives: what a record of a run or of the engine is worth.

A record names the process that writes it: its host, id and when it began (`identity`).
On the same host the system itself says whether it lives, at once, however busy the
machine is; of another host only the record's heartbeat can tell. Leaves records to
their own modules.
"""

import os
import platform
from functools import cache
from typing import Any

STALE_SECONDS = 10.0
"""A heartbeat older than this, of another host, means that nobody works there any more;
of this host only that it is late."""
_SAME_BEGIN_SECONDS = 2.0


@cache
def host() -> str:
    """The name of this machine."""
    return platform.node()


def identity() -> dict[str, Any]:
    """{"host", "pid", "born": seconds since the epoch} of this process, for its
    records."""
    return {"host": host(), "pid": os.getpid(), "born": _born(os.getpid())}


def exists(pid: int, born: float | None = None) -> bool:
    """Whether a process of this machine works; one that has ended and that its parent
    has not noticed yet does not, nor does another one that was given the same id later.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return born is None or abs(process.create_time() - born) < _SAME_BEGIN_SECONDS
    except (psutil.Error, ValueError, TypeError, OverflowError):
        return False


def lives(record_host: str | None, pid: int | None, born: float | None, heartbeat: float,
          now: float) -> bool:
    """Whether the process that a record names still works.

    record_host: None in records of older versions, whose heartbeat decides together
    with the process. heartbeat, now: seconds since the epoch.
    """
    fresh = now - heartbeat < STALE_SECONDS
    if record_host is None:
        return fresh and (pid is None or exists(pid))
    if record_host != host():
        return fresh
    return pid is not None and exists(pid, born)


def _born(pid: int) -> float:
    import psutil

    return psutil.Process(pid).create_time()
