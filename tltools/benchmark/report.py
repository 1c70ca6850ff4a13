"""What a case returns: figures for scripts, lines for people, targets that were missed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """figures: JSON-able, with units in their names. lines: the same for people.
    missed: a sentence for each target that was not reached."""

    figures: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def expect(self, reached: bool, words: str) -> None:
        """Note a target that was not reached."""
        if not reached:
            self.missed.append(words)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """How long a call took, and what it returned."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result
