"""The command line: `backbones`, `synthesize`, `inspect`, `train`, `lr-find`,
`classify`, `runs`, `engine`, `weights`, `serve`, `usb`.

Results on standard output (JSON with `--json`), progress on standard error; exit 0, or
2 with one line.
"""

import argparse
import logging
import sys

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
    """Every command brings its own options, in its `add`."""
    from tltools.cli import (
        backbones,
        classify,
        engine,
        inspect,
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
    for command in (backbones, synthesize, inspect, train, lr_find, classify, manage, weights,
                    engine, serve):
        command.add(commands)
    commands.add_parser("usb",
                        help="fill a USB stick with the app and its packages, or install from it")
    return parser
