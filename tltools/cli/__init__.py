"""The command line: `backbones`, `synthesize`, `train`, `lr-find`, `classify`, `runs`,
`engine`, `weights`, `serve`, `usb`.

Results on standard output (JSON with `--json`), progress on standard error; exit 0, or
2 with one line.
"""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from tltools.cli.output import say
from tltools.cli.parser import Parser
from tltools.errors import TltoolsError, WeightsMissing, problem_of
from tltools.serving import usb


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        # works without any package, so nothing else may be imported before it
        if words[:1] == ["usb"]:
            return usb.main(words[1:])
        options = _parser().parse_args(words)
        return int(options.run(options) or 0)
    except WeightsMissing as error:
        say(f"{error} Here: weights download NAME, --weights FILE, --backbone NAME, "
            "or --weights none.")
    except TltoolsError as error:
        say(str(error))
    except KeyboardInterrupt:
        say("Interrupted.")
    except BrokenPipeError:
        # whoever read our output has gone: nothing to say, and nobody to say it to
        sys.stderr.close()
    except Exception as error:
        logging.getLogger(__name__).debug("command failed", exc_info=True)
        say(str(problem_of(error)))
    return 2


def _parser() -> argparse.ArgumentParser:
    from tltools.backbones.search import ORDERS
    from tltools.cli import (
        backbones,
        classify,
        engine,
        lr_find,
        manage,
        serve,
        synthesize,
        train,
        weights,
    )

    parser = Parser(prog="python -m tltools",
                    description="Transfer learning for image classification")
    commands = parser.add_subparsers(dest="command", required=True)

    command = _command(commands, "backbones", backbones.run, "list the backbones")
    command.add_argument("--search", default="",
                         help="words in the name, family, description, year or licence")
    command.add_argument("--family", action="append", default=[],
                         help="of this family only; may be given several times")
    command.add_argument("--max-mb", type=float, help="weights of at most so many megabytes")
    command.add_argument("--here", action="store_true",
                         help="only those whose weights are on this machine")
    command.add_argument("--sort", default="table", help=f"{', '.join(ORDERS)}")

    command = _command(commands, "synthesize", synthesize.run, "draw images into a folder",
                       json_too=False)
    command.add_argument("out_dir", type=Path)
    command.add_argument("--family", default="shapes",
                         help="shapes, textures, noise, scenes, creatures, digits "
                              "or shortcut (a trap)")
    command.add_argument("--classes", type=int, default=3)
    command.add_argument("--per-class", type=int, default=60)
    command.add_argument("--seed", type=int, default=42)
    command.add_argument("--difficulty", type=float, default=0.5, help="0 (easy) to 1")

    command = _command(commands, "train", train.run,
                       "train on a folder or ZIP whose folders are the classes")
    train.add_options(command)
    command.add_argument(
        "--continue", dest="continues", type=Path, metavar="RUN",
        help="train a finished run (id or folder) further, as a new run: --epochs more of the same")

    command = _command(commands, "lr-find", lr_find.run,
                       "try growing learning rates and suggest one; nothing is kept")
    train.add_options(command)

    command = _command(commands, "classify", classify.run, "classify pictures with a finished run")
    command.add_argument("run_dir", type=Path, metavar="RUN", help="id or folder of a run")
    command.add_argument("images", nargs="+", type=Path, metavar="IMAGE")

    manage.add(
        _command(commands, "runs", manage.run,
                 "list, show, compare, annotate, repeat and delete runs; free disk space"))

    command = _command(commands, "weights", weights.run,
                       "list, download or import pretrained weights")
    command.add_argument("action", choices=["list", "download", "import"])
    command.add_argument("backbone", nargs="?", help="a name that `backbones` lists")
    command.add_argument("file", nargs="?", type=Path,
                         help="to import: one of Keras's files without a classifier")
    command.add_argument("--input-size", type=int,
                         help="to download: of the files for several resolutions, the nearest")
    command.add_argument("--restart", action="store_true",
                         help="to download: begin anew, whatever is here already")

    command = _command(commands, "engine", engine.run, "the computing processes")
    command.add_argument("action", choices=["start", "status", "stop"])

    serve.add_options(
        _command(commands, "serve", serve.run, "serve the app to a class on the local network",
                 json_too=False))
    commands.add_parser("usb",
                        help="fill a USB stick with the app and its packages, or install from it")
    return parser


def _command(commands: Any, name: str, run: Any, words: str,
             json_too: bool = True) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    command.set_defaults(run=run, json=False)
    if json_too:
        command.add_argument("--json", action="store_true", help="a JSON record on standard output")
    return command
