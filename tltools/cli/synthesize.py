"""`synthesize`: draws pictures into a folder."""

import argparse
from pathlib import Path
from typing import Any

from tltools.cli.parser import command


def add(commands: Any) -> None:
    """The command and its options."""
    made = command(commands, "synthesize", run, "draw images into a folder", json_too=False)
    made.add_argument("out_dir", type=Path)
    made.add_argument("--family", default="shapes",
                      help="shapes, textures, noise, scenes, creatures, digits "
                           "or shortcut (a trap)")
    made.add_argument("--classes", type=int, default=3)
    made.add_argument("--per-class", type=int, default=60)
    made.add_argument("--seed", type=int, default=42)
    made.add_argument("--difficulty", type=float, default=0.5, help="0 (easy) to 1")


def run(options: argparse.Namespace) -> None:
    from tltools.datasets.drawn.synthesize import write_folder

    count = write_folder(options.out_dir, options.family, options.classes, options.per_class,
                         options.seed, options.difficulty)
    print(f"{count} images of {options.classes} classes")
