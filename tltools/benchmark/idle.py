"""An engine that nobody uses: its share of a core and its memory."""

import time

import psutil

from tltools.benchmark.report import Report
from tltools.benchmark.work import temporary_home
from tltools.engine.client import Engine

REST_SECONDS, WATCH_SECONDS = 60.0, 60.0
QUICK_REST_SECONDS, QUICK_WATCH_SECONDS = 5.0, 5.0
MOST_PERCENT = 2.0


def measure(quick: bool) -> Report:
    """CPU time of the engine and all its processes after a minute without work."""
    with temporary_home() as home:
        engine = Engine(home)
        engine.wait()
        try:
            status = engine.status()
            family = psutil.Process(status.pid)
            _at_rest(family)
            time.sleep(QUICK_REST_SECONDS if quick else REST_SECONDS)
            seconds = QUICK_WATCH_SECONDS if quick else WATCH_SECONDS
            names = {pid: kind for kind, pid in engine.status().workers.items()}
            before = _spent(family)
            time.sleep(seconds)
            after = _spent(family)
            memory = {pid: process.memory_info().rss for pid, process in _processes(family).items()}
        finally:
            engine.stop()
    rows = []
    for pid in after:
        if pid in before:
            rows.append({"process": names.get(pid, "engine" if pid == status.pid else "helper"),
                         "percent_of_a_core": 100 * (after[pid] - before[pid]) / seconds,
                         "megabytes": memory.get(pid, 0) / 1e6})
    percent = sum(row["percent_of_a_core"] for row in rows)
    megabytes = sum(row["megabytes"] for row in rows)
    report = Report({"percent_of_a_core": percent, "megabytes": megabytes, "processes": rows},
                    [f"{row['process']:10}{row['percent_of_a_core']:6.1f} % of a core"
                     f"{row['megabytes']:8.0f} MB" for row in rows])
    report.lines.append(f"{'all':10}{percent:6.1f} % of a core{megabytes:8.0f} MB")
    report.expect(quick or percent <= MOST_PERCENT,
                  f"an idle engine shall use at most {MOST_PERCENT:g} % of a core")
    return report


def _processes(family: psutil.Process) -> dict[int, psutil.Process]:
    return {item.pid: item for item in (family, *family.children(recursive=True))}


def _spent(family: psutil.Process) -> dict[int, float]:
    """CPU seconds by process so far."""
    found = {}
    for pid, process in _processes(family).items():
        try:
            times = process.cpu_times()
            found[pid] = times.user + times.system
        except psutil.Error:
            continue
    return found


def _at_rest(family: psutil.Process, most_seconds: float = 120.0) -> None:
    """Wait until its workers have got TensorFlow ready: a second with little CPU."""
    deadline = time.monotonic() + most_seconds
    while time.monotonic() < deadline:
        before = sum(_spent(family).values())
        time.sleep(2)
        if sum(_spent(family).values()) - before < 0.6:
            return
