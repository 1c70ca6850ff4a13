"""How fast a backbone is on this machine: the records on disk, readable without
TensorFlow.

Owns `<home>/speeds/<machine>/<backbone>-<pixels>.json` and what a machine is called.
Leaves measuring to `models.timing`.
"""

import dataclasses
import hashlib
import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tltools import files
from tltools.errors import RecordError
from tltools.settings import Home


@dataclass(frozen=True)
class Speed:
    """One measurement. single_ms: milliseconds for one picture alone; batch_ms: for
    each picture in batches of `batch`. busy: share (0..1) of the machine that other
    work had just before. measured: seconds since the epoch."""

    backbone: str
    input_size: int
    single_ms: float
    batch_ms: float
    batch: int
    busy: float
    machine: str
    measured: float
    format: int = 1


@cache
def machine() -> str:
    """What people call this machine: its processor and how many cores the system
    counts."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines
                     if line.startswith("model name")), name)
    except OSError:
        pass  # not Linux
    return f"{name}, {os.cpu_count()} cores"


def path(home: Home, backbone: str, input_size: int) -> Path:
    """Where the record of this machine lies."""
    key = hashlib.sha256(f"{platform.node()} {machine()}".encode()).hexdigest()[:12]
    return home.speeds / key / f"{backbone}-{int(input_size)}.json"


def read(home: Home, backbone: str, input_size: int) -> Speed | None:
    """What was measured on this machine, or None."""
    try:
        record = files.read_json(path(home, backbone, input_size))
        names = {field.name for field in dataclasses.fields(Speed)}
        return Speed(**{key: value for key, value in record.items() if key in names})
    except (OSError, RecordError, TypeError, AttributeError):
        return None


def write(home: Home, speed: Speed) -> None:
    """Keep a measurement of this machine in place of an earlier one."""
    files.write_json(path(home, speed.backbone, speed.input_size), dataclasses.asdict(speed))
