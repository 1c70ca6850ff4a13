"""Stopping: how long after the request a run has ended, with its best weights kept."""

import threading
import time

from tltools import runs
from tltools.benchmark.report import Report
from tltools.benchmark.work import drawn, queued, reached, temporary_home, trained

TRIES, QUICK_TRIES = 5, 1
MOST_SECONDS = 5.0
"""A stop is heeded within a second; keeping the model takes the rest."""


def measure(quick: bool) -> Report:
    """A frozen run stopped in the middle of its head phase."""
    took = []
    with temporary_home() as home:
        dataset = drawn(home, 2, 40)
        for _ in range(QUICK_TRIES if quick else TRIES):
            run = queued(home, dataset, backbone="TLNet", weights="bundled", epochs=1000)
            thread = threading.Thread(target=trained, args=(home, run))
            thread.start()
            reached(home, run, 2)
            begun = time.perf_counter()
            runs.request_stop(runs.read(home.workspace(), run.id))
            thread.join()
            took.append(time.perf_counter() - begun)
    report = Report({"seconds": took, "most_seconds": max(took)},
                    [f"{len(took)} stops: at most {max(took):.2f} s until the model was kept"])
    report.expect(max(took) < MOST_SECONDS, f"a stop shall take less than {MOST_SECONDS:g} s")
    return report
