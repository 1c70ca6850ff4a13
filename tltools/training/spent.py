"""How long each phase of a run took, earlier tries of the run included."""

import contextlib
import time
from collections.abc import Callable, Iterator

from tltools.runs.events import Phase


class Spent:
    """Seconds by phase. clock: seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._seconds: dict[Phase, float] = {}
        self._running: tuple[Phase, float] | None = None

    @contextlib.contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        """Count the time of the block for this phase."""
        self._running = phase, self._clock()
        try:
            yield
        finally:
            self._seconds = self.so_far()
            self._running = None

    def add(self, seconds: dict[str, float]) -> None:
        """What an earlier try has spent, by the names of the phases."""
        for name, spent in seconds.items():
            self._seconds[Phase(name)] = self._seconds.get(Phase(name), 0.0) + spent

    def so_far(self) -> dict[Phase, float]:
        """Seconds spent in each phase, the one under way included."""
        if self._running is None:
            return dict(self._seconds)
        phase, begun = self._running
        spent = self._seconds.get(phase, 0.0) + self._clock() - begun
        return {**self._seconds, phase: spent}
