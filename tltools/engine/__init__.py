"""The engine: computing in processes of its own, so that pages answer at once and a
crash in training hurts nobody.

Owns starting and joining it (`connect`), the program itself (`program`, `python -m
tltools.engine`), its keys (`security`), the worker's side of a task (`tasks`) and the
stand-in that works in the caller (`inplace`). The queue is the run folders, never the
memory of a scheduler. Leaves what a task does to the module that it names.
"""

import os
from functools import cache
from pathlib import Path

from tltools import settings
from tltools.engine.client import Engine, EngineStatus, TaskView
from tltools.engine.inplace import InPlaceEngine
from tltools.settings import Home


def connect(home: Home | None = None) -> Engine | InPlaceEngine:
    """The engine of a home folder; one object a process. It is started when first
    needed (or by `start`).

    `TLTOOLS_ENGINE=inplace` gives the one that works in the caller (for tests of what
    stands above).
    """
    return _engine((home or settings.home()).path, os.environ.get("TLTOOLS_ENGINE", ""))


@cache
def _engine(path: Path, kind: str) -> Engine | InPlaceEngine:
    return InPlaceEngine(Home(path)) if kind == "inplace" else Engine(Home(path))


__all__ = ["Engine", "EngineStatus", "InPlaceEngine", "TaskView", "connect"]
