"""Bringing pictures in: the cost of each, few or many, beside Pillow's bare decoding
and encoding of the same files.

The pictures are smooth noise of a photo's size, each another one. Bare is what cannot
be saved: one decode and one encode of each file as it is stored, on one core. It is
measured before and after each import, so that a machine that changes its mind in
between is seen.
"""

import io
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tltools.benchmark.report import Report, seconds
from tltools.benchmark.work import temporary_home
from tltools.datasets import importing, store
from tltools.images import read_file
from tltools.settings import Home

COUNTS, QUICK_COUNTS = (1_000, 10_000), (30, 60)
SIZE = (480, 360)
BARE = 200
"""Files that are decoded and encoded for comparison, before and after."""
MOST_GROWTH = 1.3
LEAST_SPEED = 1.5


def measure(quick: bool) -> Report:
    """Import so many files and so many, into a data set of their own."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, temporary_home() as home:
        paths = _pictures(Path(folder), max(QUICK_COUNTS if quick else COUNTS))
        _import(home, paths[:20])  # the decoders have started after it
        for count in QUICK_COUNTS if quick else COUNTS:
            some = paths[:min(BARE, count)]
            before = seconds(partial(_bare, some))[0]
            took, result = seconds(partial(_import, home, paths[:count]))
            after = seconds(partial(_bare, some))[0]
            rows.append({"pictures": count, "used": result["used"], "seconds": took,
                         "seconds_each": took / count,
                         "bare_seconds_each": (before + after) / 2 / len(some)})
            store.delete(home.workspace(), result["dataset"])
    report = Report({"runs": rows}, [
        f"{'pictures':>10}{'seconds':>10}{'ms each':>10}{'bare ms':>10}{'speed to bare':>15}"])
    for row in rows:
        row["speed_to_bare"] = row["bare_seconds_each"] / row["seconds_each"]
        report.lines.append(f"{row['pictures']:>10,}{row['seconds']:>10.1f}"
                            f"{1000 * row['seconds_each']:>10.2f}"
                            f"{1000 * row['bare_seconds_each']:>10.2f}"
                            f"{row['speed_to_bare']:>15.2f}")
    few, many = (row["seconds_each"] / row["bare_seconds_each"] for row in rows)
    report.figures["growth"] = many / few
    report.lines.append(f"cost of each, many to few (each beside its own bare): {many / few:.2f}")
    report.expect(all(row["used"] == row["pictures"] for row in rows),
                  "every picture shall be brought in")
    report.expect(quick or many / few < MOST_GROWTH,
                  f"the cost of each shall grow by less than {MOST_GROWTH:g}")
    report.expect(quick or rows[-1]["speed_to_bare"] > LEAST_SPEED,
                  f"an import shall be {LEAST_SPEED:g} times as fast as bare work on one core")
    return report


def _pictures(folder: Path, count: int) -> list[Path]:
    """So many JPEG files, each of another picture."""
    noise = np.random.default_rng(0).integers(0, 256, (36, 48, 3), np.uint8)
    base = np.asarray(Image.fromarray(noise).resize(SIZE, Image.Resampling.BICUBIC))
    paths = []
    for number in range(count):
        pixels = np.roll(base, number % SIZE[0], 1)
        pixels[:16, :16] = number % 256, number // 256, 128
        paths.append(folder / f"{number}.jpg")
        Image.fromarray(pixels).save(paths[-1], quality=90)
    return paths


def _import(home: Home, paths: list[Path]) -> dict[str, Any]:
    place, dataset_id = importing.target(str(home.path), home.workspace().name, None, "speed", "")
    found = [importing.Found(path.name, f"class {int(path.stem) % 4}", "", "",
                             partial(read_file, path)) for path in paths]
    return importing.bring_in(place, dataset_id, found, [], lambda *_: None)


def _bare(paths: list[Path]) -> None:
    for path in paths:
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            image.convert("RGB").save(io.BytesIO(), "JPEG", quality=95, subsampling=0)
