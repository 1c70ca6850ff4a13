"""`python -m tltools weights list|download|import`: where weights stand, fetch them,
bring them."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from tltools import backbones, engine, settings, weights
from tltools.cli.output import put, say
from tltools.cli.parser import command
from tltools.errors import InputError, TltoolsError
from tltools.images import shown_name


def add(commands: Any) -> None:
    """The command and its options."""
    made = command(commands, "weights", run, "list, download or import pretrained weights")
    made.add_argument("action", choices=["list", "download", "import"])
    made.add_argument("backbone", nargs="?", help="a name that `backbones` lists")
    made.add_argument("file", nargs="?", type=Path,
                      help="to import: one of Keras's files without a classifier")
    made.add_argument("--input-size", type=int,
                      help="to download: of the files for several resolutions, the nearest")
    made.add_argument("--restart", action="store_true",
                      help="to download: begin anew, whatever is here already")


def run(options: argparse.Namespace) -> None:
    """Do what `options.action` names."""
    {"list": _list, "download": _download, "import": _import}[options.action](options)


def _list(options: argparse.Namespace) -> None:
    home = settings.home()
    rows = {name: weights.standing(home, row) for name, row in backbones.REGISTRY.items()}
    record = {
        name: {
            "state": row.state.value, "here": row.state is weights.State.HERE, "file": row.file,
            "megabytes": round(row.megabytes, 1), "origin": row.origin
        } for name, row in rows.items()
    }
    width = max(map(len, rows)) + 2
    lines = [
        f"{name:{width}}{row.state:16}{row.megabytes:7.1f} MB  {row.origin}".rstrip()
        for name, row in rows.items()
    ]
    put(record, options.json, "\n".join(lines))


def _download(options: argparse.Namespace) -> None:
    if not options.backbone:
        raise InputError("Received no backbone.", "Give one: weights download BACKBONE.")
    home, row = settings.home(), backbones.get(options.backbone)
    size = options.input_size or row.default_input
    now = weights.standing(home, row, size)
    if now.state is weights.State.HERE and not options.restart:
        put({"backbone": row.name, "file": now.file, "origin": now.origin, "downloaded": False},
            options.json, f"{row.name}: {now.file} is on this machine already ({now.origin})")
        return
    here = engine.connect()
    here.wait()
    task = here.submit("data", "tltools.weights.downloads:download", home=str(home.path),
                       backbone=row.name, input_size=size, mirror=settings.weights_mirror(),
                       restart=options.restart)
    fetched = _wait(here, task, row.name)
    say("Checking names and shapes")
    result = here.call("serve", "tltools.models.networks:import_weights", timeout=300,
                       home=str(home.path), **fetched)
    put({**result, "downloaded": True}, options.json,
        f"{row.name}: {result['file']} ({result['origin']})")


def _wait(here: Any, task: str, name: str) -> dict[str, str]:
    terminal, shown = sys.stderr.isatty(), -1
    try:
        while (view := here.task(task)).state in ("waiting", "running"):
            percent = 100 * view.done // view.total if view.total else 0
            if view.total and (terminal or percent // 10 > shown):
                shown = percent // 10
                left = f", about {view.seconds_left:.0f} s left" if view.seconds_left else ""
                line = f"{name}: {view.done / 1e6:.1f} of {view.total / 1e6:.1f} MB{left}"
                print(f"\r{line:60}" if terminal else line, end="" if terminal else "\n",
                      file=sys.stderr, flush=True)
            time.sleep(0.2)
    except KeyboardInterrupt:
        here.cancel(task)
        raise
    finally:
        if terminal and shown >= 0:
            print(file=sys.stderr, flush=True)
    if view.problem:
        raise TltoolsError(view.problem.reason, view.problem.remedy, view.problem.title)
    return view.result


def _import(options: argparse.Namespace) -> None:
    path: Path | None = options.file
    if not options.backbone or not path:
        raise InputError("Received no backbone and file.",
                         "Give both: weights import BACKBONE FILE.")
    row = backbones.get(options.backbone)
    if not path.is_file():
        raise InputError(f"{shown_name(path.name)} is not there.", "Check its name.")
    here = engine.connect()
    here.wait()
    result = here.call("serve", "tltools.models.networks:import_weights", timeout=300,
                       home=str(settings.home().path), backbone=row.name, path=str(path.absolute()),
                       name=path.name, remove=False)
    put(
        result, options.json,
        f"{row.name}: imported as {result['file']} ({result['origin'].removeprefix('imported, ')})")
