"""Training settings as a file that people keep and give to each other; read with
distrust, one message for each fault.

Owns the file's form: JSON, {"kind": "tltools settings", "format": 1, "settings": {...}}
with the fields of `RunConfig`. What belongs to one machine or one run (data set, name,
paths) is never in it. Leaves asking and showing to the pages and the command line.
"""

import dataclasses
import json
from typing import Any

from tltools import backbones, weights, wording
from tltools.config import RunConfig
from tltools.errors import NotFound, Problem, SettingsError, TltoolsError
from tltools.settings import Home, Workspace

KIND, FORMAT = "tltools settings", 1
NAME = "training-settings.json"
_LEFT_OUT = ("dataset", "name", "weights_file", "format")
_MOST_BYTES = 100_000
_FIELDS = [field.name for field in dataclasses.fields(RunConfig) if field.name not in _LEFT_OUT]


def to_bytes(config: RunConfig) -> bytes:
    """The settings as a file's content."""
    values = {name: getattr(config, name) for name in _FIELDS}
    return (json.dumps({"kind": KIND, "format": FORMAT, "settings": values}, indent=1)
            + "\n").encode()


def from_bytes(data: bytes, config: RunConfig, home: Home,
               workspace: Workspace | None = None) -> tuple[RunConfig, list[Problem]]:
    """`config` with what the file holds, and a problem for everything in it that was
    not taken or is missing here.

    workspace: whose runs it may start from; the default one unless given. Raises
    `SettingsError` if it is no settings file at all; `config` is what stays then.
    """
    record = _record(data)
    problems = []
    if isinstance(record.get("format"), int) and record["format"] > FORMAT:
        problems.append(
            Problem("Newer file",
                    f"It was saved by a newer version (format {record['format']:.6g}).",
                    "What this version knows was taken; look through the settings."))
    given = record["settings"]
    unknown = sorted(set(given) - set(_FIELDS))
    if unknown:
        named = ", ".join(_short(name) for name in unknown[:3]) \
            + (" and more" if len(unknown) > 3 else "")
        problems.append(Problem("Unknown settings", f"Received {named}.", "They were passed over."))
    taken: dict[str, Any] = {}
    for name in _FIELDS:
        if name in given:
            fault = _fault(name, given[name])
            if fault is None:
                default = getattr(config, name)
                taken[name] = float(given[name]) if isinstance(default, float) else given[name]
            else:
                problems.append(
                    Problem(fault.title, _short(fault.reason, 80), "The setting stayed as it was."))
    after = dataclasses.replace(config, **taken)
    if taken.get("weights") == "file":
        after = dataclasses.replace(after, weights=config.weights)
        problems.append(
            Problem("Weights",
                    "They came from a file of the machine where the settings were saved.",
                    "Choose the weights on the Model page."))
    return after, [*problems, *_together(after, home, workspace)]


def _record(data: bytes) -> dict[str, Any]:
    """The file as a record that has settings in it."""
    remedy = "Give a file that “Save these settings” or --save-settings made."
    if len(data) > _MOST_BYTES:
        raise SettingsError([
            Problem("Settings file", f"It has {len(data) / 1e6:.1f} MB, far too much for settings.",
                    remedy)
        ])
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = "It is empty." if not data.strip() \
            else "It is damaged, or no settings file (it is not JSON)."
        raise SettingsError([Problem("Settings file", reason, remedy)]) from error
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise SettingsError([
            Problem("Settings file", "It is some other JSON file, not settings of this app.",
                    remedy)
        ])
    if not isinstance(record.get("settings"), dict):
        raise SettingsError(
            [Problem("Settings file", "It is damaged: there are no settings in it.", remedy)])
    return record


def _fault(name: str, value: Any) -> Problem | None:
    """What is wrong with one value by itself."""
    if name == "backbone":
        try:
            backbones.get(value if isinstance(value, str) else str(value)[:40])
        except NotFound as error:
            return Problem("Backbone", error.problem.reason)
        return None
    if isinstance(value, int) and abs(value) > 10**12:
        return Problem(wording.label(name), f"Received a number of {len(str(abs(value)))} digits.")
    problems = RunConfig(**{name: value}).check()
    return problems[0] if problems else None


def _together(config: RunConfig, home: Home, workspace: Workspace | None) -> list[Problem]:
    """What is wrong with settings that are right one by one, and weights that are not
    here."""
    problems = backbones.check_config(config)
    if not problems:
        try:
            weights.resolve(home, config, workspace)
        except TltoolsError as error:
            problems.append(error.problem)
    return problems


def _short(text: str, most: int = 40) -> str:
    clean = "".join(letter if letter.isprintable() else "?" for letter in str(text))
    return clean if len(clean) <= most else clean[: most - 1] + "…"
