"""The command line: `backbones`, `synthesize`, `train`, `classify`, `engine`, `weights`.

Results on standard output (JSON with `--json`), progress on standard error; exit 0, or 2 with one line.
"""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

from tltools import settings
from tltools.errors import TltoolsError, WeightsMissing, problem_of


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except WeightsMissing as error:
        say(f"{error} Here: --weights FILE, --backbone NAME, or --weights none.")
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


def _parser() -> argparse.ArgumentParser:
    from tltools.cli import train
    from tltools.presets import PRESETS

    parser = argparse.ArgumentParser(prog="python -m tltools", description="Transfer learning for image classification")
    commands = parser.add_subparsers(dest="command", required=True)

    command = _command(commands, "backbones", _backbones, "list the backbones")

    command = _command(commands, "synthesize", _synthesize, "draw images into a folder", json_too=False)
    command.add_argument("out_dir", type=Path)
    command.add_argument("--family", default="shapes", help="shapes, textures, noise, scenes, creatures, digits or "
                                                               "shortcut (a trap)")
    command.add_argument("--classes", type=int, default=3)
    command.add_argument("--per-class", type=int, default=60)
    command.add_argument("--seed", type=int, default=42)
    command.add_argument("--difficulty", type=float, default=0.5, help="0 (easy) to 1")

    command = _command(commands, "train", train.run, "train on a folder or ZIP whose folders are the classes")
    command.add_argument("dataset", type=Path)
    command.add_argument("--labels", type=Path, metavar="CSV", help="a CSV file with the columns file and label, instead of "
                                                                    "class folders")
    command.add_argument("--backbone", help="a name that `backbones` lists")
    command.add_argument("--weights", help="imagenet, bundled, none (from scratch) or a file")
    command.add_argument("--preset", help=f"a recipe to start from: {', '.join(PRESETS)}; other options change it")
    command.add_argument("--unfreeze-stages", help="how many of the last stages are fine-tuned, or all (default 0)")
    command.add_argument("--resize", help="crop (default), pad or squash")
    command.add_argument("--pooling", help="average (default), max or flatten")
    for name, kind in train.NUMBERS.items():
        command.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None)
    command.add_argument("--flip", action="store_true", help="mirror training images at random")
    command.add_argument("--name", default="")

    command = _command(commands, "classify", _classify, "classify pictures with a finished run")
    command.add_argument("run_dir", type=Path)
    command.add_argument("images", nargs="+", type=Path, metavar="IMAGE")

    command = _command(commands, "weights", _weights, "import a weights file")
    command.add_argument("action", choices=["list", "import"])
    command.add_argument("backbone", nargs="?")
    command.add_argument("file", nargs="?", type=Path)

    command = _command(commands, "engine", _engine, "the computing processes")
    command.add_argument("action", choices=["start", "status", "stop"])
    return parser


def _command(commands: Any, name: str, run: Any, words: str, json_too: bool = True) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    command.set_defaults(run=run, json=False)
    if json_too:
        command.add_argument("--json", action="store_true", help="a JSON record on standard output")
    return command


def _backbones(options: argparse.Namespace) -> None:
    from tltools import weights
    from tltools.backbones import REGISTRY

    ready = weights.status(settings.home())
    rows: list[dict[str, Any]] = [{"name": row.name, "family": row.family, "parameters": row.parameters,
             "megabytes": round(row.megabytes, 1), "default_input": row.default_input, "least_input": row.least_input,
             "weights_here": ready[row.name], "bundled": row.bundled,
             "stages": [{"name": stage.name, "cut": stage.cut, "parameters": stage.parameters} for stage in row.stages]}
            for row in REGISTRY.values()]
    lines = [f"{'name':18}{'parameters':>12}{'MB':>8}{'input':>7}{'stages':>8}  pretrained weights"]
    lines += [f"{row['name']:18}{row['parameters']:>12,}{row['megabytes']:>8}{row['default_input']:>7}"
              f"{len(row['stages']):>8}  {'here' if row['weights_here'] else 'missing'}" for row in rows]
    put(rows, options.json, "\n".join(lines))


def _synthesize(options: argparse.Namespace) -> None:
    from tltools.datasets.synthesize import write_folder

    count = write_folder(options.out_dir, options.family, options.classes, options.per_class, options.seed,
                         options.difficulty)
    print(f"{count} images of {options.classes} classes")


def _classify(options: argparse.Namespace) -> int:
    from tltools import engine, runs

    runs.read_folder(options.run_dir)
    pictures = [{"path": str(path.absolute()), "name": str(path)} for path in options.images]
    here = engine.connect()
    here.wait()
    result = here.call("serve", "tltools.inference:classify", timeout=600, run_dir=str(options.run_dir.absolute()),
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


def _weights(options: argparse.Namespace) -> None:
    from tltools import backbones, engine, weights
    from tltools.errors import InputError
    from tltools.images import shown_name

    if options.action == "list":
        ready = weights.status(settings.home())
        put(ready, options.json, "\n".join(f"{name:18}{'here' if there else 'missing'}" for name, there in ready.items()))
        return
    if not options.backbone or not options.file:
        raise InputError("Received no backbone and file.", "Give both: weights import BACKBONE FILE.")
    row = backbones.get(options.backbone)
    if not options.file.is_file():
        raise InputError(f"{shown_name(options.file.name)} is not there.", "Check its name.")
    here = engine.connect()
    here.wait()
    result = here.call("serve", "tltools.models:import_weights", timeout=300, home=str(settings.home().path),
                       backbone=row.name, path=str(options.file.absolute()), name=options.file.name, remove=False)
    put(result, options.json, f"{row.name}: imported as {result['file']} (origin not verified)")


def _engine(options: argparse.Namespace) -> None:
    from tltools import engine

    here = engine.connect()
    if options.action == "start":
        here.wait()
    stopped = here.stop() if options.action == "stop" else False
    now = here.status()
    record = {"running": now.running, "pid": now.pid if now.running else None,
              "workers": now.workers if now.running else {}, "current": now.current if now.running else None}
    word = "running" if now.running else "stopped" if stopped else "not running"
    put(record, options.json, f"The engine is {word}." + (f" Process {now.pid}." if now.running else ""))
