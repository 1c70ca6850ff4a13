"""The command line: `backbones`, `synthesize`, `train`, `lr-find`, `classify`, `runs`, `engine`, `weights`, `serve`, `usb`.

Results on standard output (JSON with `--json`), progress on standard error; exit 0, or 2 with one line.
"""

import argparse
import difflib
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from tltools import settings, usb
from tltools.errors import TltoolsError, WeightsMissing, problem_of


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        if words[:1] == ["usb"]:  # works without any package, so nothing else may be imported before it
            return usb.main(words[1:])
        options = _parser().parse_args(words)
        return int(options.run(options) or 0)
    except WeightsMissing as error:
        say(f"{error} Here: weights download NAME, --weights FILE, --backbone NAME, or --weights none.")
    except TltoolsError as error:
        say(str(error))
    except KeyboardInterrupt:
        say("Interrupted.")
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone: nothing to say, and nobody to say it to
    except Exception as error:
        logging.getLogger(__name__).debug("command failed", exc_info=True)
        say(str(problem_of(error)))
    return 2


def say(text: str) -> None:
    """One line on standard error."""
    print(" ".join(text.split()), file=sys.stderr, flush=True)


def put(record: Any, as_json: bool, text: str) -> None:
    """The result on standard output."""
    print(json.dumps(record, ensure_ascii=False, indent=1) if as_json else text, flush=True)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what was probably meant."""

    def error(self, message: str) -> NoReturn:
        found = re.search(r"(?:unrecognized arguments: |invalid choice: ')([^ ']+)", message)
        known = [*self._option_string_actions, *(name for action in self._actions for name in action.choices or ())]
        meant = difflib.get_close_matches(found[1], [str(name) for name in known], 1) if found else []
        message = re.sub(r" \(choose from .*\)$", "", message)
        say(f"{message[0].upper()}{message[1:]}." + (f" Did you mean {meant[0]}?" if meant else "")
            + f" Help: {self.prog} --help")
        raise SystemExit(2)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Unknown options are refused by the command that they were given to: it knows what could be meant."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def _parser() -> argparse.ArgumentParser:
    from tltools.catalogue import ORDERS
    from tltools.cli import lr_find, manage, serve, train, weights

    parser = _Parser(prog="python -m tltools", description="Transfer learning for image classification")
    commands = parser.add_subparsers(dest="command", required=True)

    command = _command(commands, "backbones", _backbones, "list the backbones")
    command.add_argument("--search", default="", help="words in the name, family, description, year or licence")
    command.add_argument("--family", action="append", default=[], help="of this family only; may be given several times")
    command.add_argument("--max-mb", type=float, help="weights of at most so many megabytes")
    command.add_argument("--here", action="store_true", help="only those whose weights are on this machine")
    command.add_argument("--sort", default="table", help=f"{', '.join(ORDERS)}")

    command = _command(commands, "synthesize", _synthesize, "draw images into a folder", json_too=False)
    command.add_argument("out_dir", type=Path)
    command.add_argument("--family", default="shapes", help="shapes, textures, noise, scenes, creatures, digits or "
                                                               "shortcut (a trap)")
    command.add_argument("--classes", type=int, default=3)
    command.add_argument("--per-class", type=int, default=60)
    command.add_argument("--seed", type=int, default=42)
    command.add_argument("--difficulty", type=float, default=0.5, help="0 (easy) to 1")

    command = _command(commands, "train", train.run, "train on a folder or ZIP whose folders are the classes")
    train.add_options(command)
    command.add_argument("--continue", dest="continues", type=Path, metavar="RUN",
                         help="train a finished run (id or folder) further, as a new run: --epochs more of the same")

    command = _command(commands, "lr-find", lr_find.run, "try growing learning rates and suggest one; nothing is kept")
    train.add_options(command)

    command = _command(commands, "classify", _classify, "classify pictures with a finished run")
    command.add_argument("run_dir", type=Path, metavar="RUN", help="id or folder of a run")
    command.add_argument("images", nargs="+", type=Path, metavar="IMAGE")

    manage.add(_command(commands, "runs", manage.run, "list, show, compare, annotate, repeat and delete runs; free disk space"))

    command = _command(commands, "weights", weights.run, "list, download or import pretrained weights")
    command.add_argument("action", choices=["list", "download", "import"])
    command.add_argument("backbone", nargs="?", help="a name that `backbones` lists")
    command.add_argument("file", nargs="?", type=Path, help="to import: one of Keras's files without a classifier")
    command.add_argument("--input-size", type=int, help="to download: of the files for several resolutions, the nearest")
    command.add_argument("--restart", action="store_true", help="to download: begin anew, whatever is here already")

    command = _command(commands, "engine", _engine, "the computing processes")
    command.add_argument("action", choices=["start", "status", "stop"])

    serve.add_options(_command(commands, "serve", serve.run, "serve the app to a class on the local network", json_too=False))
    commands.add_parser("usb", help="fill a USB stick with the app and its packages, or install from it")
    return parser


def _command(commands: Any, name: str, run: Any, words: str, json_too: bool = True) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    command.set_defaults(run=run, json=False)
    if json_too:
        command.add_argument("--json", action="store_true", help="a JSON record on standard output")
    return command


def _backbones(options: argparse.Namespace) -> None:
    from tltools import catalogue, weights
    from tltools.backbones import FAMILIES
    from tltools.errors import InputError

    if options.sort not in catalogue.ORDERS:
        raise InputError(f"Received --sort {options.sort}.", f"Choose one of: {', '.join(catalogue.ORDERS)}.")
    families = {name.lower(): name for name in FAMILIES}
    if unknown := [name for name in options.family if name.lower() not in families]:
        raise InputError(f"There is no family called {unknown[0]}.", f"Known: {', '.join(FAMILIES)}.")
    ready = weights.status(settings.home())
    found = catalogue.find(options.search, [families[name.lower()] for name in options.family], options.max_mb,
                           ready if options.here else None, options.sort)
    rows: list[dict[str, Any]] = [{"name": row.name, "family": row.family, "parameters": row.parameters,
             "megabytes": round(row.megabytes, 1), "default_input": row.default_input, "least_input": row.least_input,
             "weights_here": ready[row.name], "bundled": row.bundled, "accuracy": row.accuracy,
             "accuracy_input": row.accuracy_input if row.accuracy else None,
             "accuracy_source": row.accuracy_source if row.accuracy else None, "multiply_adds": row.multiply_adds,
             "year": row.kind.year, "paper": row.kind.paper, "licence": row.kind.licence,
             "weights_files": list(row.weights_files),
             "stages": [{"name": stage.name, "cut": stage.cut, "parameters": stage.parameters} for stage in row.stages]}
            for row in found]
    lines = [f"{'name':30}{'parameters':>12}{'MB':>8}{'input':>7}{'stages':>8}{'ImageNet':>10}  pretrained weights"]
    lines += [f"{row['name']:30}{row['parameters']:>12,}{row['megabytes']:>8}{row['default_input']:>7}"
              f"{len(row['stages']):>8}{format(row['accuracy'], '.1%') if row['accuracy'] else '–':>10}"
              f"  {'here' if row['weights_here'] else 'missing'}" for row in rows]
    put(rows, options.json, "\n".join(lines))


def _synthesize(options: argparse.Namespace) -> None:
    from tltools.datasets.synthesize import write_folder

    count = write_folder(options.out_dir, options.family, options.classes, options.per_class, options.seed,
                         options.difficulty)
    print(f"{count} images of {options.classes} classes")


def _classify(options: argparse.Namespace) -> int:
    from tltools import engine
    from tltools.cli import manage

    folder = manage.folder_of(options.run_dir)
    pictures = [{"path": str(path.absolute()), "name": str(path)} for path in options.images]
    here = engine.connect()
    here.wait()
    result = here.call("serve", "tltools.inference:classify", timeout=600, run_dir=str(folder.absolute()),
                       pictures=pictures)
    lines = []
    for item in result["images"]:
        if "error" in item:
            lines.append(f"{item['file']}: {item['error']}")
        else:
            best = sorted(item["probabilities"].items(), key=lambda pair: -pair[1])[:3]
            lines.append(f"{item['file']}: " + ", ".join(f"{name} {share:.1%}" for name, share in best))
    put({"images": result["images"]}, options.json, "\n".join(lines))
    return 0 if any("probabilities" in item for item in result["images"]) else 2


def _engine(options: argparse.Namespace) -> None:
    from tltools import engine

    here = engine.connect()
    if options.action == "start":
        here.wait()
    stopped = here.stop() if options.action == "stop" else False
    now = here.status()
    record = {"running": now.running, "pid": now.pid if now.running else None,
              "workers": now.workers if now.running else {}, "current": now.current if now.running else None,
              "trouble": str(now.trouble) if now.trouble else None}
    word = "running" if now.running else "stopped" if stopped else "not running"
    put(record, options.json, f"The engine is {word}." + (f" Process {now.pid}." if now.running else "")
        + (f" {now.trouble}" if now.trouble else ""))
