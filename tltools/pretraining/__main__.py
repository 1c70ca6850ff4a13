"""`python -m tltools.pretraining train --out DIR` trains the bundled backbone; `evaluate` compares it with others."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from tltools.pretraining.recipe import Recipe

TEACHER_FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"


def shared_data() -> Path:
    """The folder with real images and weights that the environment names."""
    return Path(os.environ.get("TLTOOLS_TEST_DATA", "../shared/data"))


def train(options: argparse.Namespace) -> None:
    """Train, or go on from the last checkpoint in `--out`; at the end write `tlnet.npz` there."""
    from tltools import bundled_backbone
    from tltools.pretraining import data, loop, teacher

    out: Path = options.out
    recipe = Recipe.load(out / "recipe.json") if (out / "recipe.json").exists() else Recipe(
        **({"epochs": options.epochs} if options.epochs else {}))
    cache = options.cache or out / "cache"
    data.unpack(options.data / "pretraining", cache)
    images = data.load(cache, "train")
    if recipe.teacher_weight:
        targets = teacher.targets(images, options.data / "weights" / TEACHER_FILE, cache, recipe.teacher_size,
                                  recipe.teacher_components)
    else:
        targets = np.zeros((len(images.labels), recipe.teacher_components), np.float16)
    trainer = loop.Trainer(recipe, images, targets, out)
    trainer.run()
    bundled_backbone.save(trainer.averaged_backbone(), out / "tlnet.npz")
    test = data.load(cache, "test")
    rows = np.arange(len(test.labels))
    trainer.model.set_weights(trainer.average)
    for size in (64, 96):
        print(f"Tiny ImageNet test accuracy at {size} px: {loop.accuracy(trainer.model, test, rows, size):.3f}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tltools.pretraining", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    trainer = commands.add_parser("train", help="train, or go on from the last checkpoint")
    trainer.add_argument("--out", type=Path, required=True, help="folder for checkpoints, outside the work tree")
    trainer.add_argument("--cache", type=Path, help="folder for unpacked images and teacher targets")
    trainer.add_argument("--data", type=Path, default=shared_data(), help="folder with pretraining/ and weights/")
    trainer.add_argument("--epochs", type=int, help="length of the schedule (first start only)")
    trainer.set_defaults(run=train)
    options = parser.parse_args(arguments)
    options.run(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
