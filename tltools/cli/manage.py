"""`python -m tltools runs ...`: what the Runs page does, for scripts. A run is named by
its id or its folder."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from tltools import engine, runs, settings, wording
from tltools.cli.output import put, say
from tltools.cli.parser import command
from tltools.errors import InputError, NotFound, RecordError, TltoolsError
from tltools.recipes import earlier_run
from tltools.runs import disk, listing
from tltools.runs.listing import Row
from tltools.training import features

ACTIONS = {
    "list": "all runs (--search)", "show": "one run",
    "compare": "scores, and the settings that differ", "note": "notes and tags (--notes, --tags)",
    "duplicate": "queue the same settings and pictures again", "delete": "delete runs",
    "disk": "how much disk everything takes",
    "free": "delete the checkpoints of finished runs and the caches"
}
_ONE = ("show", "note", "duplicate")
BALANCE = "give --class-weights balanced"
"""How every class comes to count the same."""


def add(commands: Any) -> None:
    """The command and its options."""
    made = command(commands, "runs", run,
                   "list, show, compare, annotate, repeat and delete runs; free disk space")
    made.add_argument("action", choices=list(ACTIONS),
                      help="; ".join(f"{name}: {words}" for name, words in ACTIONS.items()))
    made.add_argument("runs", nargs="*", metavar="RUN", help="id or folder of a run")
    made.add_argument("--search", default="",
                      help="words in name, notes, tags, backbone or data set")
    made.add_argument("--notes", help="with note: the new text")
    made.add_argument("--tags", help="with note: tags, separated by commas")
    made.add_argument("--name", default="", help="with duplicate: name of the new run")


def run(options: argparse.Namespace) -> int:
    """Do what was asked; returns the exit code."""
    place = settings.home().workspace()
    if options.action in ("list", "disk", "free"):
        if options.runs:
            raise InputError(f"Received a run, but `runs {options.action}` is about all of them.",
                             "Leave it out.")
        {"list": _list, "disk": _disk, "free": _free}[options.action](options, place)
        return 0
    chosen = [run_of(Path(name)) for name in options.runs]
    if not chosen or (options.action in _ONE and len(chosen) > 1) \
            or (options.action == "compare" and len(chosen) < 2):
        count = "one run" if options.action in _ONE \
            else "two runs or more" if options.action == "compare" else "a run"
        raise InputError(f"Received {len(chosen)} runs; `runs {options.action}` needs {count}.",
                         "`runs list` has the ids.")
    if options.action == "delete":
        return _delete(options, chosen)
    if options.action == "compare":
        _compare(options, [listing.row(item) for item in chosen])
    elif options.action == "duplicate":
        _duplicate(options, place, chosen[0])
    else:
        if options.action == "note":
            tags = list(chosen[0].tags) if options.tags is None else options.tags.split(",")
            runs.annotate(chosen[0], chosen[0].notes if options.notes is None else options.notes,
                          tags)
        _show(options, runs.read_folder(chosen[0].path))
    return 0


def run_of(named: Path) -> runs.Run:
    """The run with this id, or in this folder, of the default workspace; raises
    `NotFound` for any other."""
    place = settings.home().workspace()
    if len(named.parts) > 1 and named.resolve().parent != place.runs.resolve():
        raise NotFound(f"{named.name[:40]} is no run of this home folder.",
                       "`runs list` has those that there are.")
    return runs.read(place, named.name)


def folder_of(named: Path) -> Path:
    """The folder of a run that is named by its id, or by its folder wherever that lies;
    raises `NotFound` for any other."""
    if len(named.parts) == 1 and not named.exists():
        return run_of(named).path
    return runs.read_folder(named).path


def _list(options: argparse.Namespace, place: settings.Workspace) -> None:
    found = listing.search(listing.rows(place), options.search)
    lines = [f"{'id':24}{'state':13}{'test':>8}{'val':>8}{'largest':>9}{'MB':>9}  name"]
    lines += [
        f"{row.run.id:24}{row.run.state:13}{_share(row.test_accuracy):>8}{_share(row.val_accuracy):>8}"
        f"{_share(row.majority_baseline):>9}{row.size / 1e6:>9.1f}  {row.run.name}"
        + (f" ({row.problem})" if row.problem else "")
        for row in found
    ]
    put([row.as_dict() for row in found], options.json, "\n".join(lines))


def _show(options: argparse.Namespace, item: runs.Run) -> None:
    row = listing.row(item)
    record = row.as_dict()
    lines = [f"{name.replace('_', ' '):14}{_words(name, value)}" for name, value in record.items()
             if value not in (None, "", [])]
    results = unnamed = None
    try:
        results = item.results()
        if results and results.get("majority_baseline") is not None:
            lines.append(f"{'largest class':14}{_share(results['majority_baseline'])}")
        unnamed = wording.never_predicted(results, BALANCE) if results else None
    except (RecordError, LookupError, TypeError, ValueError, AttributeError):
        say("A record of this run's results is damaged.")
    config = row.config.as_dict() if row.config else {}
    lines += ["", *(f"{name:26}{value}" for name, value in config.items() if value != "")]
    put({**record, "config": config, "results": results}, options.json, "\n".join(lines))
    if unnamed:
        say(str(unnamed))


def _compare(options: argparse.Namespace, rows: list[Row]) -> None:
    different = listing.differing(rows, listing.rows(settings.home().workspace()))
    record = {
        "runs": [row.as_dict() for row in rows],
        "differing": [{"setting": name, "values": values} for name, values in different]
    }
    table = [("", [row.run.name for row in rows]),
             ("test accuracy", [_share(row.test_accuracy) for row in rows]),
             ("validation accuracy", [_share(row.val_accuracy) for row in rows]), *different]
    put(record, options.json,
        "\n".join(f"{name:30}" + "".join(f"{value[:26]:28}" for value in values)
                  for name, values in table))


def _duplicate(options: argparse.Namespace, place: settings.Workspace, item: runs.Run) -> None:
    from tltools import weights

    config, told = earlier_run.settings_again(place, item)
    for problem in told:
        say(f"{problem.title}: {problem.reason}")
    if not config.dataset:
        raise TltoolsError("The pictures of that run are gone: its data set was deleted.",
                           "Train on other pictures.")
    weights.resolve(settings.home(), config, place)
    made = runs.create(
        place,
        type(config).from_dict(
            {**config.as_dict(), "name": options.name or f"{item.name[:70]}, again"}),
        item.dataset())
    engine.connect().start()
    put({"id": made.id, "run_dir": str(made.path)}, options.json, f"Queued as {made.id}.")


def _delete(options: argparse.Namespace, chosen: list[runs.Run]) -> int:
    freed, problems = disk.delete_runs(chosen)
    put({"freed": freed, "problems": problems}, options.json,
        f"{freed / 1e6:.1f} MB are free again.")
    for words in problems:
        say(words)
    return 2 if problems else 0


def _disk(options: argparse.Namespace, place: settings.Workspace) -> None:
    used = disk.usage(home=str(place.home), workspace=place.name)
    names = {
        "runs": "runs", "checkpoints": "  of it checkpoints of finished runs", "features": "caches",
        "weights": "weights", "datasets": "data sets", "free": "free on this disk"
    }
    put(used, options.json,
        "\n".join(f"{words:38}{used[name] / 1e6:>12,.1f} MB" for name, words in names.items()))


def _free(options: argparse.Namespace, place: settings.Workspace) -> None:
    checkpoints = disk.clear_checkpoints(home=str(place.home), workspace=place.name)
    caches = features.clear(home=str(place.home))
    put({"checkpoints": checkpoints, "features": caches}, options.json,
        f"{checkpoints / 1e6:.1f} MB of checkpoints and {caches / 1e6:.1f} MB of "
        "caches are free again.")


def _share(value: float | None) -> str:
    return "-" if value is None else wording.percent(value)


def _words(name: str, value: object) -> str:
    if name == "created" and isinstance(value, float):
        return datetime.fromtimestamp(value).strftime("%Y-%m-%d %H:%M")
    if name.endswith("accuracy") and isinstance(value, float):
        return _share(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
