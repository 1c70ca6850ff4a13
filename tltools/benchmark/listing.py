"""The Runs page's list: reading many runs for the first time, and again."""

from tltools import files, runs
from tltools.benchmark.report import Report, seconds
from tltools.benchmark.work import temporary_home
from tltools.config import RunConfig
from tltools.runs import listing
from tltools.runs.events import RunState, RunStatus

RUNS, QUICK_RUNS = 200, 20
FIRST_SECONDS, AGAIN_SECONDS = 2.0, 0.5
SNAPSHOT = {"id": "d", "name": "cats & dogs", "classes": ["a", "b"], "images": []}


def measure(quick: bool) -> Report:
    """Finished runs with results, listed twice."""
    count = QUICK_RUNS if quick else RUNS
    with temporary_home() as home:
        workspace = home.workspace()
        for number in range(count):
            run = runs.create(workspace, RunConfig(name=f"run {number}"), SNAPSHOT)
            runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=30))
            files.write_json(run.path / "results.json", {
                "val_accuracy": 0.9, "test_accuracy": 0.8,
                "split": {"train": 70, "validation": 15, "test": 15},
                "history": {"loss": [0.1] * 30}})
        first, rows = seconds(lambda: listing.rows(workspace))
        again, _ = seconds(lambda: listing.rows(workspace))
    report = Report({"runs": count, "first_seconds": first, "again_seconds": again},
                    [f"{len(rows)} runs: first {first:.2f} s, again {again:.2f} s"])
    report.expect(first < FIRST_SECONDS, f"the first list shall take less than {FIRST_SECONDS:g} s")
    report.expect(again < AGAIN_SECONDS, f"the next shall take less than {AGAIN_SECONDS:g} s")
    return report
