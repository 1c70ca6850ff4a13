"""An argument parser that says in one line what is wrong, and how a command joins it.
"""

import argparse
import difflib
import re
from typing import Any, NoReturn

from tltools.cli.output import say


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what was probably meant."""

    def error(self, message: str) -> NoReturn:
        found = re.search(r"(?:unrecognized arguments: |invalid choice: ')([^ ']+)", message)
        known = [
            *self._option_string_actions,
            *(name for action in self._actions for name in action.choices or ())
        ]
        meant = difflib.get_close_matches(found[1], [str(name) for name in known], 1) \
            if found else []
        message = re.sub(r" \(choose from .*\)$", "", message)
        say(f"{message[0].upper()}{message[1:]}." + (f" Did you mean {meant[0]}?" if meant else "")
            + f" Help: {self.prog} --help")
        raise SystemExit(2)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Unknown options are refused by the command that they were given to: it knows
        what could be meant."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def command(commands: Any, name: str, run: Any, words: str,
            json_too: bool = True) -> argparse.ArgumentParser:
    """A new command; its options are added to what is returned. run: is given them."""
    made = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    made.set_defaults(run=run, json=False)
    if json_too:
        made.add_argument("--json", action="store_true", help="a JSON record on standard output")
    return made
