"""`backbones`: the registry, searched and sorted."""

import argparse
from typing import Any

from tltools import settings
from tltools.backbones import search
from tltools.cli.output import put
from tltools.cli.parser import command
from tltools.wording import percent


def add(commands: Any) -> None:
    """The command and its options."""
    made = command(commands, "backbones", run, "list the backbones")
    made.add_argument("--search", default="",
                      help="words in the name, family, description, year or licence")
    made.add_argument("--family", action="append", default=[],
                      help="of this family only; may be given several times")
    made.add_argument("--max-mb", type=float, help="weights of at most so many megabytes")
    made.add_argument("--here", action="store_true",
                      help="only those whose weights are on this machine")
    made.add_argument("--sort", default="table", help=", ".join(search.ORDERS))


def run(options: argparse.Namespace) -> None:
    from tltools import weights
    from tltools.backbones import FAMILIES, search
    from tltools.errors import InputError

    if options.sort not in search.ORDERS:
        raise InputError(f"Received --sort {options.sort}.",
                         f"Choose one of: {', '.join(search.ORDERS)}.")
    families = {name.lower(): name for name in FAMILIES}
    if unknown := [name for name in options.family if name.lower() not in families]:
        raise InputError(f"There is no family called {unknown[0]}.",
                         f"Known: {', '.join(FAMILIES)}.")
    ready = weights.status(settings.home())
    found = search.find(options.search, [families[name.lower()] for name in options.family],
                        options.max_mb, ready if options.here else None, options.sort)
    rows: list[dict[str, Any]] = [{
        "name": row.name, "family": row.family, "parameters": row.parameters,
        "megabytes": round(row.megabytes, 1), "default_input": row.default_input,
        "least_input": row.least_input, "weights_here": ready[row.name], "bundled": row.bundled,
        "accuracy": row.accuracy, "accuracy_input": row.accuracy_input if row.accuracy else None,
        "accuracy_source": row.accuracy_source if row.accuracy else None,
        "multiply_adds": row.multiply_adds, "year": row.kind.year, "paper": row.kind.paper,
        "licence": row.kind.licence, "weights_files": list(row.weights_files),
        "stages": [{"name": stage.name, "cut": stage.cut, "parameters": stage.parameters}
                   for stage in row.stages]
    } for row in found]
    lines = [f"{'name':30}{'parameters':>12}{'MB':>8}{'input':>7}{'stages':>8}{'ImageNet':>10}  "
             "pretrained weights"]
    lines += [
        f"{row['name']:30}{row['parameters']:>12,}{row['megabytes']:>8}{row['default_input']:>7}"
        f"{len(row['stages']):>8}{percent(row['accuracy']) if row['accuracy'] else '–':>10}  "
        f"{'here' if row['weights_here'] else 'missing'}" for row in rows
    ]
    put(rows, options.json, "\n".join(lines))
