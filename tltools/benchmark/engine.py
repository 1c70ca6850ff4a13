"""The engine: how soon it is there, a task's round trip, an answer beside a training.
"""

import statistics
import time

from tltools.benchmark.report import Report, seconds
from tltools.benchmark.work import drawn, queued, reached, temporary_home
from tltools.engine.client import Engine

ROUND_TRIPS, QUICK_ROUND_TRIPS = 100, 10
MOST_ROUND_TRIP_MS = 100.0


def measure(quick: bool) -> Report:
    """One engine in a home of its own; ends with it."""
    with temporary_home() as home:
        engine = Engine(home)
        up, _ = seconds(engine.wait)
        try:
            warm, _ = seconds(
                lambda: engine.call("serve", "tltools.inference.classifier:warm_up", timeout=120))
            count = QUICK_ROUND_TRIPS if quick else ROUND_TRIPS

            def trip() -> float:
                return seconds(
                    lambda: engine.call("serve", "tltools.inference.classifier:warm_up"))[0]

            idle = statistics.median(trip() for _ in range(count))
            reached(home, queued(home, drawn(home, 2, 30), backbone="TLNet", weights="bundled",
                                 epochs=1000), 2)
            busy = statistics.median(trip() for _ in range(count))
            status = engine.status()
            late = max(0.0, time.time() - status.heartbeat)
        finally:
            down, stopped = seconds(engine.stop)
    figures = {"start_seconds": up, "tensorflow_seconds": warm, "round_trip_ms": 1000 * idle,
               "round_trip_beside_training_ms": 1000 * busy, "heartbeat_age_seconds": late,
               "stop_seconds": down}
    report = Report(figures, [
        f"there after {up:.1f} s, TensorFlow after {warm:.1f} s more; a task's round trip "
        f"{1000 * idle:.0f} ms, beside a training {1000 * busy:.0f} ms; stopped in {down:.1f} s"])
    report.expect(bool(stopped), "the engine shall end when it is asked to")
    report.expect(1000 * busy < MOST_ROUND_TRIP_MS,
                  f"a round trip beside a training shall take less than {MOST_ROUND_TRIP_MS:g} ms")
    return report
