"""What a person calls a setting and its value, in which settings two runs differ, and
what is said of a score.

Owns the words; leaves the fields, their ranges and their choices to `config`.
"""

from typing import Any

from tltools.config import ALL_STAGES, CHOICES, SETTINGS, RunConfig
from tltools.errors import Problem

MOST_NAMES = 5


def percent(share: float, digits: int = 1) -> str:
    """A share (0..1) as a person reads it, 0.956 as "95.6 %". digits: after the point;
    0 for what somebody has chosen."""
    return f"{share:.{digits}%}".replace("%", " %")


def changes(before: RunConfig, after: RunConfig) -> list[tuple[str, str, str]]:
    """(setting, value before, value after) of everything in which two settings differ,
    in a person's words."""
    old, new = before.as_dict(), after.as_dict()
    return [(label(name), _shown(name, old[name]), _shown(name, new[name])) for name in old
            if old[name] != new[name] and name not in ("dataset", "name", "format")]


_LABELS = {"flip": "Mirror at random", "unfreeze_stages": "Freeze boundary"}  # as on the pages


def label(name: str) -> str:
    """What a person calls a setting."""
    if name in CHOICES:
        return CHOICES[name].label
    if name in _LABELS:
        return _LABELS[name]
    return SETTINGS[name].label if name in SETTINGS else name.replace("_", " ").capitalize()


def _shown(name: str, value: Any) -> str:
    if name == "unfreeze_stages":
        return {ALL_STAGES: "all learn", 0: "all frozen"}.get(
            value, "last stage learns" if value == 1 else f"last {value} stages learn")
    if name == "weights":
        return {
            "none": "random (from scratch)", "bundled": "pretrained (with the app)",
            "imagenet": "pretrained (ImageNet)", "file": "a file", "run": "one of my runs"
        }.get(value, str(value))
    if name in CHOICES:
        return CHOICES[name].options.get(value, str(value))
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) \
        else f"{value:g}" if isinstance(value, float) else str(value)


def never_predicted(results: dict[str, Any], how: str) -> Problem | None:
    """What is said where no answer names some classes that have test pictures; None for
    none. results: `results.json`. how: how class weights are balanced here."""
    names, images = results.get("never_predicted", []), results["split"]["test"]
    if not names:
        return None
    shown = ", ".join(f"“{name}”" for name in names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown += f" and {len(names) - MOST_NAMES} more"
    return Problem(
        "A class is never the answer" if len(names) == 1
        else f"{len(names)} classes are never the answer",
        f"The network called none of the {images:,} test pictures {shown}.",
        f"Add pictures of {'it' if len(names) == 1 else 'them'}, train longer, or {how}.")
