"""What the commands print: results on standard output, one-line words on standard
error."""

import json
import sys
from typing import Any


def say(text: str) -> None:
    """One line on standard error."""
    print(" ".join(text.split()), file=sys.stderr, flush=True)


def put(record: Any, as_json: bool, text: str) -> None:
    """The result on standard output."""
    print(json.dumps(record, ensure_ascii=False, indent=1) if as_json else text, flush=True)
