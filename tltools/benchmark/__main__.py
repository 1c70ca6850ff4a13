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
    "engine": "start, a task's round trip, a prediction beside a training, an end",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns 1 if a target was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tltools.benchmark", description=benchmark.__doc__,
        epilog="; ".join(f"{name}: {words}" for name, words in CASES.items()))
    parser.add_argument("case", choices=list(CASES))
    parser.add_argument("--quick", action="store_true", help="less of it: is it still whole?")
    parser.add_argument("--json", action="store_true", help="a JSON record on standard output")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    report = importlib.import_module(f"tltools.benchmark.{options.case}").measure(options.quick)
    if options.json:
        print(json.dumps({"case": options.case, "quick": options.quick, **report.figures,
                          "missed": report.missed}))
    else:
        print("\n".join([*report.lines, *(f"MISSED: {words}" for words in report.missed)]))
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
