"""`python -m tltools.benchmark CASE`: the cases and their options."""

import argparse
import sys

from tltools import benchmark
from tltools.benchmark import demonstration


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tltools.benchmark",
                                     description=benchmark.__doc__)
    commands = parser.add_subparsers(dest="case", required=True)
    demonstration.add(commands)
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
