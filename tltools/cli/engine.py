"""`engine`: starts, looks at and stops the computing processes."""

import argparse
from typing import Any

from tltools.cli.output import put
from tltools.cli.parser import command


def add(commands: Any) -> None:
    """The command and its options."""
    made = command(commands, "engine", run, "the computing processes")
    made.add_argument("action", choices=["start", "status", "stop"])


def run(options: argparse.Namespace) -> None:
    from tltools import engine

    here = engine.connect()
    if options.action == "start":
        here.wait()
    stopped = here.stop() if options.action == "stop" else False
    now = here.status()
    record = {
        "running": now.running, "pid": now.pid if now.running else None,
        "workers": now.workers if now.running else {},
        "current": now.current if now.running else None,
        "trouble": str(now.trouble) if now.trouble else None
    }
    word = "running" if now.running else "stopped" if stopped else "not running"
    put(record, options.json,
        f"The engine is {word}." + (f" Process {now.pid}." if now.running else "")
        + (f" {now.trouble}" if now.trouble else ""))
