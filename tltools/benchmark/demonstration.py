"""The Home page's demonstration: test accuracy frozen and from scratch, over several
seeds."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tltools import runs
from tltools.benchmark.report import Report
from tltools.recipes import demonstration as shown
from tltools.settings import Home

SEEDS, QUICK_SEEDS = 5, 1
LEAST_POINTS = 10.0


def measure(quick: bool, seeds: int = 0, least: float = LEAST_POINTS) -> Report:
    """Both runs of each seed, trained in this process. seeds: how many, 0 for the
    usual; least: points in the mean by which frozen shall be ahead."""
    seeds = seeds or (QUICK_SEEDS if quick else SEEDS)
    report = Report(lines=[
        f"{shown.CLASSES} classes of {shown.FAMILY}, {shown.BACKBONE} at {shown.INPUT_SIZE} px, "
        f"at most {shown.SECONDS} s of training each", f"{'seed':>4}{'train':>7}{'test':>6}"
        f"{'frozen':>9}{'seconds':>9}{'scratch':>9}{'its train':>11}{'seconds':>9}"])
    rows = [_seed(seed) for seed in range(1, seeds + 1)]
    for row in rows:
        report.lines.append(
            f"{row['seed']:>4}{row['train']:>7}{row['test']:>6}{row['frozen']:>9.1%}"
            f"{row['frozen_seconds']:>9.1f}{row['scratch']:>9.1%}"
            f"{row['scratch_on_training']:>11.1%}{row['scratch_seconds']:>9.1f}")
    points = [100 * (row["frozen"] - row["scratch"]) for row in rows]
    report.figures = {"seeds": rows, "mean_points": float(np.mean(points)),
                      "least_points": float(np.min(points))}
    report.lines.append(f"frozen is ahead by {np.mean(points):.1f} points in the mean, "
                        f"{np.min(points):.1f} at least")
    report.expect(bool(np.mean(points) >= least),
                  f"frozen shall be {least:g} points ahead in the mean")
    return report


def _seed(seed: int) -> dict[str, Any]:
    from tltools.training.run import train_run

    with tempfile.TemporaryDirectory() as folder:
        workspace = Home(Path(folder)).workspace()
        record = shown.prepare(home=folder, workspace=workspace.name, seed=seed)
        results: dict[str, dict[str, Any]] = {}
        for name in ("frozen", "scratch"):
            train_run(run_dir=str(runs.read(workspace, record[name]).path), home=folder)
            results[name] = runs.read(workspace, record[name]).results() or {}
    frozen, scratch = results["frozen"], results["scratch"]
    return {"seed": seed, "train": frozen["split"]["train"], "test": frozen["split"]["test"],
            "frozen": frozen["test_accuracy"], "frozen_seconds": frozen["seconds"]["total"],
            "scratch": scratch["test_accuracy"],
            "scratch_on_training": scratch["history"]["accuracy"][-1],
            "scratch_seconds": scratch["seconds"]["total"]}
