"""What a person calls a setting and its value, in which settings two runs differ, what
is said of a score, of an import, and of many files that were left out.

Owns the words; leaves the fields, their ranges and their choices to `config`, and why a
file is left out to whoever looks at it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tltools.config import ALL_STAGES, CHOICES, SETTINGS, RunConfig
from tltools.errors import Problem

MOST_NAMES = 5
LINE = 140
"""Letters of a message about files, at most."""
_NAMED = 3
_NAME_LETTERS = 24


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


def brought_in(result: Mapping[str, Any]) -> str:
    """How many files an import used, and what became of videos. result: "used"
    (pictures) and "found" (files); "frames", "videos" as `importing.bring_in` says."""
    frames, videos = result.get("frames", 0), result.get("videos", 0)
    said = f"Used {result['used'] - frames + videos:,} of {result['found']:,} files."
    if not videos:
        return said
    return (f"{said} {frames:,} picture{'' if frames == 1 else 's'} out of {videos:,} "
            f"video{'' if videos == 1 else 's'}.")


def said_once(refused: Iterable[tuple[str, str]]) -> list[str]:
    """Why files were left out, each reason once, the most frequent first: "24 files,
    such as a.jpg, b.jpg and c.jpg: It needs a password."

    refused: (the file's name, whole sentences about it). Each line has at most `LINE`
    letters. Reasons that differ only in the file's name or in numbers are one; where
    numbers differ, those of the file that is named are said.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, reason in refused:
        plain = without_name(reason, name)
        groups.setdefault(re.sub(r"\d[\d,.]*", "#", plain), []).append((name, plain))
    return [_line(group) for group in sorted(groups.values(), key=len, reverse=True)]


def _line(group: list[tuple[str, str]]) -> str:
    names = [_last_part(name) for name, _ in group]
    whole, alike = group[0][1], len({reason for _, reason in group}) == 1
    for reason in (whole, _first_sentence(whole)):
        for number in range(_NAMED if alike else 1, 0, -1):
            line = f"{_files(names, number)}: {reason}"
            if len(line) <= LINE:
                return line
    return line[:LINE - 1] + "…"


def _files(names: list[str], number: int) -> str:
    """The files of one reason, with at most so many names."""
    said = names[:number]
    listed = " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0]
    if len(names) <= number:
        return listed
    return f"{len(names):,} files, such as {listed}"


def _first_sentence(text: str) -> str:
    first = re.match(r".*?[.?!](?=\s|$)", text)
    return first[0] if first else text


def _last_part(name: str) -> str:
    """A file's name without its folders, printable; of a long one start and end."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2] or name
    clean = "".join(letter if letter.isprintable() else "?" for letter in last)
    half = _NAME_LETTERS // 2
    return clean if len(clean) <= _NAME_LETTERS else f"{clean[:half]}…{clean[1 - half:]}"


def without_name(reason: str, name: str) -> str:
    """The reason with "It" for the file, which is named beside it, whole or with its
    middle left out."""
    for shown in (name, name.rpartition("/")[2]):
        # long enough that no other word is meant, short enough to stand on both sides
        start, end = (shown[:_NAME_LETTERS], shown[-_NAME_LETTERS:]) if shown else ("\n", "")
        if reason.startswith(start) and (at := reason.find(end + " ")) >= 0:
            return "It" + reason[at + len(end):]
    return reason
