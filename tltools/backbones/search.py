"""Looking for a backbone: search, filter, sort. Pure, for the page and the command line
alike.

Owns what a search looks into and the orders. Leaves the rows to `backbones`, and where
weights lie to `weights`.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from tltools.backbones import REGISTRY, Backbone

ORDERS: dict[str, str] = {
    "table": "As listed", "size": "Smallest", "speed": "Least work", "accuracy": "Most accurate",
    "name": "Name"
}
"""How a list may be sorted, with the words for it. "speed" goes by multiply-adds, which
every row has."""

LARGE_PARAMETERS, LARGE_WORK = 50e6, 16e9
"""From here on a network counts as large: numbers in it, multiply-adds for a picture.
"""

_KEYS: dict[str, Callable[[Backbone], Any]] = {
    "size": lambda row: row.parameters,
    "speed": lambda row: row.multiply_adds,
    "accuracy": lambda row: -(row.accuracy or 0.0),
    "name": lambda row: row.name.lower(),
}


def find(search: str = "", families: Collection[str] = (), most_megabytes: float | None = None,
         here: Mapping[str, bool] | None = None, order: str = "table") -> list[Backbone]:
    """The rows that fit, sorted.

    search: words that must all occur in name, family, description, year or licence, in
    any case. families: of these only, if any are given. here: from `weights.status`, to
    keep only rows whose weights can be used now. order: a key of `ORDERS`.
    """
    words = search.lower().split()
    rows = [row for row in REGISTRY.values()
            if all(word in _text(row) for word in words)
            and (not families or row.family in families)
            and (most_megabytes is None or row.megabytes <= most_megabytes)
            and (here is None or here.get(row.name, False))]
    return sorted(rows, key=_KEYS[order]) if order in _KEYS else rows


def _text(row: Backbone) -> str:
    kind = row.kind
    return f"{row.name} {row.family} {kind.about} {kind.year} {kind.licence} {row.note}".lower()


def warning(row: Backbone, input_size: int) -> str:
    """What a large network asks of a computer without a graphics card, in a sentence or
    two; "" for others.

    Seconds from 15 to 60 billion multiply-adds a second (measured on two cores:
    MobileNetV2 15, ResNet50 45, VGG16 54); memory for weights, gradients and Adam's two
    averages, which is what learning all of it takes beside the pictures.
    """
    work = row.work(input_size)
    if row.parameters < LARGE_PARAMETERS and work < LARGE_WORK:
        return ""
    return (
        f"{row.name} is large: {row.megabytes:,.0f} MB of weights, and {work / 1e9:,.0f} billion "
        f"multiply-adds for each picture of {input_size} pixels. Without a graphics card expect "
        f"{_seconds(work / 60e9)} to {_seconds(work / 15e9)} s for every picture, and "
        f"{4 * row.megabytes / 1000 + 1:.0f} GB of memory if all of it learns. A smaller input "
        "size makes it quicker.")


def _seconds(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
