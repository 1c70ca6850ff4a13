"""The list of runs as rows: what is searched, filtered, sorted and compared.

Owns one row of facts for each run and the cache that keeps a list of hundreds quick:
settings, results and size are read again only when a file of the run has changed.
Leaves the drawing to the pages and the command line. A damaged run has a row like any
other, with what is wrong in it.
"""

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tltools import runs, wording
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import RecordError, SettingsError, TltoolsError
from tltools.runs import Run, disk
from tltools.settings import Workspace

_KEPT = 5_000
_cache: dict[str, tuple[tuple[int, ...], "_Facts"]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class _Facts:
    """What of a run changes only when a file of it does."""

    config: RunConfig | None = None
    data: str = ""
    scores: tuple[float | None, int | None, float | None, int | None, float | None] = (None,) * 5
    size: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Row:
    """One run in the list. val_accuracy, test_accuracy: 0..1 on so many `_images`, None
    where there is none. majority_baseline: 0..1, the share of the largest class, which
    whoever always names it reaches. seconds: from start to end, None before it. size:
    bytes of its folder. problem: what cannot be read of it, "" for nothing."""

    run: Run
    config: RunConfig | None
    learns: str
    data: str
    val_accuracy: float | None
    val_images: int | None
    test_accuracy: float | None
    test_images: int | None
    majority_baseline: float | None
    seconds: float | None
    size: int
    problem: str

    @property
    def backbone(self) -> str:
        """Name of the backbone, "" where the settings cannot be read."""
        return str(self.config.backbone) if self.config else ""

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON-able values (`python -m tltools runs list --json`)."""
        return {
            "id": self.run.id, "run_dir": str(self.run.path), "name": self.run.name,
            "state": str(self.run.state), "backbone": self.backbone, "learns": self.learns,
            "data": self.data, "val_accuracy": self.val_accuracy, "val_images": self.val_images,
            "test_accuracy": self.test_accuracy, "test_images": self.test_images,
            "majority_baseline": self.majority_baseline,
            "created": self.run.created, "seconds": self.seconds, "bytes": self.size,
            "tags": list(self.run.tags), "notes": self.run.notes, "problem": self.problem
        }


def rows(workspace: Workspace) -> list[Row]:
    """A row for every run of the workspace, the newest first."""
    return [row(run) for run in runs.list_runs(workspace)]


def row(run: Run) -> Row:
    """The row of one run."""
    facts = _facts(run)
    begun, ended = run.status.started, run.status.ended
    seconds = ended - begun \
        if isinstance(begun, (int, float)) and isinstance(ended, (int, float)) else None
    return Row(run, facts.config, learns(facts.config) if facts.config else "",
               run.data or facts.data, *facts.scores,
               seconds=seconds, size=facts.size, problem=run.damaged or facts.problem)


def learns(config: RunConfig) -> str:
    """What of the network learns, in a few words."""
    if config.single_phase:
        return "everything, trained further" if config.continues else "everything, from scratch"
    if not config.fine_tunes:
        return "head"
    number = config.unfreeze_stages
    stages = "all stages" if number == ALL_STAGES else "last stage" if number == 1 \
        else f"last {number} stages"
    return f"head, then {stages}" if config.epochs else f"head and {stages}"


def search(found: list[Row], text: str = "", states: Iterable[str] = (),
           tags: Iterable[str] = ()) -> list[Row]:
    """The rows that hold every word of `text` (in name, notes, tags, backbone or data
    set; case does not matter), are in one of `states` and have all of `tags`; an empty
    choice lets everything through."""
    words, wanted, needed = text.casefold().split(), set(states), set(tags)
    return [item for item in found
            if (not wanted or item.run.state in wanted) and needed <= set(item.run.tags)
            and all(word in _searched(item) for word in words)]


def tags(found: list[Row]) -> list[str]:
    """Every tag in use, in alphabetical order."""
    return sorted({tag for item in found for tag in item.run.tags}, key=str.casefold)


def differing(chosen: list[Row], every: Iterable[Row] = ()) -> list[tuple[str, list[str]]]:
    """(setting, its value in each run) of the settings in which these runs differ, in a
    person's words.

    every: rows whose names stand for their ids where one run starts from another.
    """
    table: dict[str, list[str]] = {}
    data = [item.data or "–" for item in chosen]
    if len(set(data)) > 1:
        table["Data set"] = data
    first = next((item.config for item in chosen if item.config), None)
    if first is None:
        return list(table.items())
    for number, item in enumerate(chosen):
        for label, before, after in wording.changes(first, item.config) if item.config else ():
            values = table.setdefault(label, [before if other.config else "–" for other in chosen])
            values[number] = after
    names = {item.run.id: item.run.name for item in (*every, *chosen)}
    words = {"Continues": "Goes on from", "Weights run": "Backbone of the run"}
    return [(words.get(label, label), [names.get(value, value) or "–" for value in values])
            for label, values in table.items()]


def _searched(item: Row) -> str:
    return " ".join((item.run.name, item.run.notes, *item.run.tags, item.backbone, item.data,
                     item.learns)).casefold()


def _facts(run: Run) -> _Facts:
    ended = run.state.ended  # until then its events change all the time
    stamp = (ended, *(_changed(run.path / name) for name in (
        "", "config.json", "results.json", "checkpoints", "dataset.json", "labels.json",
        *(["events.jsonl"] if ended else []))))
    with _lock:
        kept = _cache.get(str(run.path))
    if kept is not None and kept[0] == stamp:
        return kept[1]
    facts = _read(run)
    with _lock:
        if len(_cache) >= _KEPT:
            _cache.clear()
        _cache[str(run.path)] = (stamp, facts)
    return facts


def _read(run: Run) -> _Facts:
    config, data, problem = None, run.data, ""
    scores: tuple[Any, Any, Any, Any, Any] = (None,) * 5
    results: dict[str, Any] = {}
    try:
        config = run.config()
        if not (isinstance(config.backbone, str) and isinstance(config.unfreeze_stages, int)):
            raise ValueError("settings of the wrong kind")
        results = run.results() or {}
        split = results.get("split", {})
        scores = (_number(results.get("val_accuracy")), split.get("validation"),
                  _number(results.get("test_accuracy")), split.get("test"),
                  _number(results.get("majority_baseline")))
    except (RecordError, SettingsError) as error:
        problem = error.problem.reason
    # a record of the right form with strange values
    except (TltoolsError, OSError, TypeError, ValueError, AttributeError):
        config, problem = None, "A record of this run is damaged."
    try:
        data = _check_others(run, results) or data
    except RecordError as error:
        problem = problem or error.problem.reason
    except OSError:
        problem = problem or "A record of this run cannot be read."
    return _Facts(config, data, scores, disk.size(run.path), problem)


def _check_others(run: Run, results: dict[str, Any]) -> str:
    """Look at the records that nothing of the row is taken from, but which a click will
    need; returns the data set's name. Raises `RecordError` for the first that is
    damaged."""
    snapshot = run.dataset()
    classes, images = snapshot.get("classes"), snapshot.get("images")
    if not isinstance(classes, list) or not isinstance(images, list) \
            or not all(isinstance(name, str) for name in classes) \
            or not all(isinstance(image, dict) for image in images):
        raise _damaged("dataset.json")
    if run.has_model and len(run.labels()) != len(classes):
        raise _damaged("labels.json")
    if run.state.ended and not _events_whole(run, results):
        raise _damaged("events.jsonl")
    return str(snapshot.get("name", ""))


def _events_whole(run: Run, results: dict[str, Any]) -> bool:
    """Whether the events are what the run has written: lines that a kill tore aside,
    nothing strange, and no fewer epochs than the run is known to have finished."""
    path = run.path / "events.jsonl"
    for line in (path.read_bytes() if path.is_file() else b"").splitlines():
        try:
            record = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            if not line.startswith(b'{"'):  # else the beginning of a record
                return False
            continue
        if not isinstance(record, dict) or not isinstance(record.get("epoch", 0), int):
            return False
    epochs = run.history().epochs
    history = results.get("history")
    losses = history.get("loss") if isinstance(history, dict) else None
    known = len(losses) if isinstance(losses, list) else 0
    finished = run.status.epoch if isinstance(run.status.epoch, int) else 0
    return len(epochs) >= known and max((item["epoch"] + 1 for item in epochs), default=0) \
        >= finished


def _damaged(name: str) -> RecordError:
    return RecordError(f"{name} of this run is damaged.", "Everything else stays usable.")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
