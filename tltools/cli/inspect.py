"""`python -m tltools inspect`: how a collection of pictures is read, before anything is
brought in.

Owns the options that choose a reading, which `train` has too, and the words in which a
reading is said. Leaves the reading to `datasets.layouts`.
"""

import argparse
from pathlib import Path
from typing import Any

from tltools.cli.output import put
from tltools.cli.parser import command
from tltools.datasets.reading import labels
from tltools.datasets.reading.layouts import TITLES
from tltools.datasets.sources import tasks
from tltools.datasets.sources.tasks import COLUMN, GROUPINGS
from tltools.errors import DatasetError
from tltools.images import shown_name
from tltools.wording import said_once

FIELDS = ("layout", "other_layouts", "classes", "unlabelled", "skipped", "notes")
"""What `--json` holds, in this order."""
_PARTS = {"train": "training", "validation": "validation", "test": "test",
          "unassigned": "to be split"}


def add(commands: Any) -> None:
    """The command and its options."""
    made = command(commands, "inspect", run, "show how a collection of pictures is read")
    made.add_argument("dataset", type=Path, help="folder, ZIP or TAR with pictures")
    add_options(made)


def add_options(command: argparse.ArgumentParser) -> None:
    """The options that choose a reading."""
    command.add_argument("--layout", default=None, metavar="NAME",
                         help=f"how to read it, if not as the app would: {', '.join(TITLES)}")
    command.add_argument("--labels", type=Path, metavar="CSV",
                         help="a file that says the label of each picture (CSV, TSV, JSON)")
    command.add_argument("--group-by", default="", metavar="COLUMN",
                         help="what belongs together and stays on one side of every split, if not "
                              "as the app would: folder, none, or a column of the file of labels")
    command.add_argument("--rename", action="append", metavar="OLD=NEW",
                         help="call a class NEW; the same for two joins them, none leaves it out")


def run(options: argparse.Namespace) -> int:
    """Show the reading; returns the exit code."""
    answer = tasks.inspect(**choices(options))
    _rename(answer, renames(options))
    record = {field: answer[field] for field in FIELDS}
    record["skipped"] = [*answer["skipped"], *answer["lines"]]
    put(record, options.json, _text(answer))
    return 0


def choices(options: argparse.Namespace) -> dict[str, Any]:
    """What both tasks of `datasets.sources.tasks` are given; raises `DatasetError` for
    what is not there."""
    path, table = options.dataset, options.labels
    if path.is_dir():
        source = {"kind": "folder", "path": str(path.absolute())}
    elif path.is_file():
        source = {"kind": "archive", "path": str(path.absolute()), "name": path.name}
    else:
        raise DatasetError(f"There is no folder or archive called {shown_name(str(path))}.",
                           "Check how it is written.")
    csv = {"path": str(table.absolute()), "name": table.name} if table else None
    return {"source": source, "csv": csv, "layout": options.layout or "",
            "group_by": _grouping(options.group_by)}


def _grouping(said: str) -> str:
    """What the tasks are given for --group-by: a word that is none of theirs is the
    name of a column."""
    known = said in ("", *GROUPINGS) or said.startswith(COLUMN)
    return said if known else COLUMN + said


def renames(options: argparse.Namespace) -> dict[str, str]:
    """New names of classes by their old ones; raises `DatasetError` for an option
    without a sign between them."""
    found = {}
    for words in options.rename or ():
        old, sign, new = words.partition("=")
        if not sign or not old:
            raise DatasetError(f"Received --rename {shown_name(words, 40)}.",
                               "Give the old and the new name: --rename cat=cats.")
        found[old] = new
    return found


def sentences(answer: dict[str, Any]) -> list[str]:
    """The reading in a few lines: what it is, its notes, what is left out."""
    totals = {key: sum(item[key] for item in answer["classes"]) for key in _PARTS}
    counts = ", ".join(f"{totals[key]:,} {words}" for key, words in _PARTS.items() if totals[key])
    number = len(answer["classes"])
    lines = [f"Read as {answer['layout']} ({answer['titles'][answer['layout']].lower()}): "
             f"{number:,} class{'' if number == 1 else 'es'}; {counts or 'no labelled pictures'}."]
    lines += answer["notes"]
    lines += said_once((note["file"], note["reason"]) for note in answer["skipped"])
    return lines + labels_said(answer["labels"])


def labels_said(report: dict[str, Any] | None) -> list[str]:
    """What the file of labels matched, and the first lines that it did not, with the
    reason."""
    if not report:
        return []
    lines = [f"line {note['line']}, {note['file'] or '-'}: {note['reason']}"
             for note in report["notes"]]
    more = [f"and {report['more']:,} more"] if report["more"] else []
    return [labels.summary(report), *lines, *more]


def _text(answer: dict[str, Any]) -> str:
    """The reading for a person: the classes as a table, and the other readings."""
    lines = [*sentences(answer), ""]
    used = [key for key in _PARTS if any(item[key] for item in answer["classes"])]
    width = max((len(item["name"]) for item in answer["classes"]), default=5)
    if used:
        lines.append(" ".join(["class".ljust(width), *(_PARTS[key].rjust(11) for key in used)]))
    lines += [" ".join([item["name"].ljust(width), *(f"{item[key]:11,}" for key in used)])
              for item in answer["classes"]]
    if answer["unlabelled"]:
        lines.append(f"without a label: {answer['unlabelled']:,}")
    others = [f"  {name}: {answer['titles'][name]}" for name in answer["other_layouts"]]
    return "\n".join([*lines, "", "Other readings, with --layout:", *others] if others else lines)


def _rename(answer: dict[str, Any], renamed: dict[str, str]) -> None:
    """Show the classes as they would be called."""
    there = {item["name"] for item in answer["classes"]}
    for old in renamed:
        if old not in there:
            raise DatasetError(f"There is no class called {shown_name(old, 30)}.",
                               "`inspect` without --rename lists them.")
    joined: dict[str, dict[str, Any]] = {}
    for item in answer["classes"]:
        name = renamed.get(item["name"], item["name"])
        if name:
            into = joined.setdefault(name, {**dict.fromkeys(_PARTS, 0), "name": name})
            into |= {key: into[key] + item[key] for key in _PARTS}
    answer["classes"] = [{"name": item["name"], **{key: item[key] for key in _PARTS}}
                         for item in joined.values()]
