"""What a person calls a setting and its value, and in which settings two runs differ.

Owns the words; leaves the fields, their ranges and their choices to `config`.
"""

from typing import Any

from tltools.config import ALL_STAGES, CHOICES, SETTINGS, RunConfig


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
