"""Frozen work is done once: seconds before a head begins to learn, the first time and
then.

Measured is what a run says it spent on preparing and extracting, less the time that
building the network takes in either case.
"""

from typing import Any

from tltools.benchmark.report import Report
from tltools.benchmark.work import drawn, queued, temporary_home, trained
from tltools.datasets import store
from tltools.datasets.drawn import synthesize
from tltools.images import from_array
from tltools.training.features import Space

PICTURES, QUICK_PICTURES = 1000, 60
SETTINGS: dict[str, Any] = {"backbone": "TLNet", "weights": "bundled", "input_size": 96,
                            "epochs": 1}
MOST_SHARE = 0.5
"""A second run's share of the first one's time before its head learns."""


def measure(quick: bool) -> Report:
    """A first run, a second, one with one picture more, one with another split."""
    count = QUICK_PICTURES if quick else PICTURES
    rows: dict[str, dict[str, float]] = {}
    with temporary_home() as home:
        trained(home, queued(home, drawn(home, 2, 5), **SETTINGS))  # TensorFlow is warm after it
        dataset = drawn(home, 4, count // 4)
        workspace = home.workspace()

        def row(name: str) -> None:
            run = queued(home, store.read(workspace, dataset.id), **SETTINGS)
            with _Counting() as computed:
                seconds = trained(home, run)["seconds"]
            rows[name] = {"prepare_seconds": seconds["prepare"],
                          "extract_seconds": seconds["extract"],
                          "computed_rows": computed.rows}

        row("first")
        row("second")
        picture = synthesize.draw("textures", 0, 5, 999_999, 0.5, 96)
        store.add_images(workspace, dataset.id, [store.NewImage(
            from_array(picture), dataset.classes[0].name, "one more", "0" * 64)], [], 1)
        row("one picture more")
        store.set_split(workspace, dataset.id, 0.3, 0.3, 99)
        row("another split")
    report = Report({"pictures": count, "runs": rows}, [
        f"{count} drawn pictures, {SETTINGS['backbone']} at {SETTINGS['input_size']} px, frozen",
        f"{'run':20}{'decode s':>10}{'extract s':>11}{'rows computed':>15}"])
    for name, item in rows.items():
        report.lines.append(f"{name:20}{item['prepare_seconds']:>10.2f}"
                            f"{item['extract_seconds']:>11.2f}{item['computed_rows']:>15}")
    first, second = (rows[name]["prepare_seconds"] + rows[name]["extract_seconds"]
                     for name in ("first", "second"))
    report.figures["second_to_first"] = second / first
    report.lines.append(f"before the head learns: second to first {second / first:.2f}")
    report.expect(rows["second"]["computed_rows"] == 0, "a second run shall compute nothing")
    report.expect(rows["one picture more"]["computed_rows"] == 2,
                  "one picture more shall decode one and run the frozen part on one")
    report.expect(rows["another split"]["computed_rows"] == 0,
                  "another split shall compute nothing")
    report.expect(quick or second < MOST_SHARE * first,
                  f"a second run shall need less than {MOST_SHARE:g} of the first one's time")
    return report


class _Counting:
    """Counts the rows that are computed while the block runs."""

    def __enter__(self) -> "_Counting":
        self.rows = 0
        self._original = original = Space._compute

        def counting(space: Space, missing: list[str], *others: Any) -> None:
            self.rows += len(missing)
            original(space, missing, *others)

        Space._compute = counting  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        Space._compute = self._original  # type: ignore[method-assign]
