"""`python -m tltools.benchmark CASE`: runs one case and prints what it found."""

import argparse
import importlib
import json
import os
import sys

from tltools import benchmark

CASES = {
    "demonstration": "the Home page's demonstration over several seeds",
    "cache": "frozen work: a first run, a second, one picture more, another split",
    "listing": "the Runs page's list of two hundred runs, first and again",
    "stop": "from a request to stop to the end of a run",
    "import": "bringing a thousand and ten thousand pictures in, beside Pillow's bare work",
    "idle": "an engine that nobody uses: share of a core, memory",
    "busy": "imports and trainings beside six processes that burn all cores",
    "kills": "kills at a hundred random moments",
    "engine": "start, a task's round trip, a prediction beside a training, an end",
}
MODULES = {"import": "imports"}
"""Of cases whose name can be no module's."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns 1 if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m tltools.benchmark",
                                     description=benchmark.__doc__)
    cases = parser.add_subparsers(dest="case", required=True)
    for name, words in CASES.items():
        case = cases.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
        case.add_argument("--quick", action="store_true", help="less of it: is it still whole?")
        case.add_argument("--json", action="store_true", help="a JSON record on standard output")
        if name == "demonstration":
            case.add_argument("--seeds", type=int, help="how many (default 5; quick: 1)")
            case.add_argument("--least", type=float, help="points in the mean that are enough "
                                                          "(default 10)")
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items()
             if value is not None}
    case, quick, as_json = given.pop("case"), given.pop("quick"), given.pop("json")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    module = importlib.import_module(f"tltools.benchmark.{MODULES.get(case, case)}")
    report = module.measure(quick, **given)
    if as_json:
        print(json.dumps({"case": case, "quick": quick, **report.figures,
                          "missed": report.missed}))
    else:
        print("\n".join([*report.lines, *(f"MISSED: {words}" for words in report.missed)]))
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
