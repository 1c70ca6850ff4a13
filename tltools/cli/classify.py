"""`classify`: pictures and what a finished run says of them."""

import argparse
from pathlib import Path
from typing import Any

from tltools.cli.output import put
from tltools.cli.parser import command
from tltools.wording import percent


def add(commands: Any) -> None:
    """The command and its options."""
    made = command(commands, "classify", run, "classify pictures with a finished run")
    made.add_argument("run_dir", type=Path, metavar="RUN", help="id or folder of a run")
    made.add_argument("images", nargs="+", type=Path, metavar="IMAGE")


def run(options: argparse.Namespace) -> int:
    from tltools import engine
    from tltools.cli import manage

    folder = manage.folder_of(options.run_dir)
    pictures = [{"path": str(path.absolute()), "name": str(path)} for path in options.images]
    here = engine.connect()
    here.wait()
    result = here.call("serve", "tltools.inference.classifier:classify", timeout=600,
                       run_dir=str(folder.absolute()), pictures=pictures)
    lines = []
    for item in result["images"]:
        if "error" in item:
            lines.append(f"{item['file']}: {item['error']}")
        else:
            best = sorted(item["probabilities"].items(), key=lambda pair: -pair[1])[:3]
            lines.append(f"{item['file']}: "
                         + ", ".join(f"{name} {percent(share)}" for name, share in best))
    put({"images": result["images"]}, options.json, "\n".join(lines))
    return 0 if any("probabilities" in item for item in result["images"]) else 2
