"""`python -m tltools.pretraining train --out DIR` trains the bundled backbone;
`evaluate` compares it with others."""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np

from tltools.errors import SettingsError
from tltools.pretraining.recipe import Recipe
from tltools.weights import BUNDLED_FOLDER


def shared_data() -> Path:
    """The folder with real images and weights that the environment names."""
    return Path(os.environ.get("TLTOOLS_TEST_DATA", "../shared/data"))


def train(options: argparse.Namespace) -> None:
    """Train, or go on from the last checkpoint in `--out`; at the end write `tlnet.npz`
    there."""
    from tltools.models import tlnet
    from tltools.pretraining import data
    try:
        from tltools.pretraining import loop, teacher
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise FileNotFoundError(
            "Training the backbone needs PyTorch, which the app does without. Install it and the "
            "teacher: pip install -r tltools/pretraining/requirements.txt") from None

    out: Path = options.out
    changes = {
        name: value for name, value in (("epochs", options.epochs), ("start", options.start))
        if value
    }
    recipe = Recipe.load(out / "recipe.json") if (out / "recipe.json").exists() \
        else Recipe(**changes)
    cache = options.cache or out / "cache"
    data.unpack(options.data / "pretraining", cache)
    images = data.load(cache, "train")
    learn = data.divide(images.labels, recipe.held_out, recipe.new_kinds, recipe.seed).learn
    targets = teacher.targets(images, learn, cache, recipe)
    trainer = loop.Trainer(recipe, images, targets, out)
    trainer.run()
    backbone = tlnet.build_bundled_backbone((None, None, 3), weights=None)
    result = trainer.result()
    tlnet.fill(backbone, result.arrays())
    tlnet.save(backbone, out / "tlnet.npz")
    result.load(tlnet.read(out / "tlnet.npz"))  # figures of what is stored, rounding and all
    test = data.load(cache, "test")
    figures = {
        f"tiny_imagenet_test_{size}px":
            loop.accuracy(result, test, np.arange(len(test.labels)), size)
        for size in (64, 96)
    }
    (out / "figures.json").write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures))


def evaluate(options: argparse.Namespace) -> None:
    """One row a data set: logistic regression on frozen features of four backbones,
    same pictures and split."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if options.one_core:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    from tltools.pretraining import probe

    folders = options.folders or sorted(
        item for item in (options.data / "datasets").glob("*") if item.is_dir())
    if not folders:
        raise FileNotFoundError(
            "No folder was given, and the shared data have none: name folders with "
            "one folder a class.")
    extractors = probe.networks(options.size, options.data / "weights", options.weights)
    rows = [probe.compare(folder, extractors, options.size) for folder in folders]
    width = max(len(row.name) for row in rows) + 2
    print(f"Logistic regression on frozen features, {options.size} px, test accuracy in %")
    print(f"{'data set':<{width}}{'train':>7}{'test':>7}"
          + "".join(f"{name:>17}" for name in extractors))
    for row in rows:
        print(f"{row.name:<{width}}{row.train:>7}{row.test:>7}"
              + "".join(f"{'absent' if value is None else f'{value:.1%}':>17}"
                        for value in row.accuracies.values()))
    for name in extractors:
        values = [value for row in rows if (value := row.accuracies[name]) is not None]
        if len(values) == len(rows):
            print(f"mean, {name}: {np.mean(values):.1%}")
    cores = "one core" if options.one_core else "all cores"
    for name, run in extractors.items():
        if run:
            print(f"{name}: {probe.milliseconds(run, options.size):.1f} ms an image, {cores}")
    figures = (options.weights.parent if options.weights else BUNDLED_FOLDER) / "figures.json"
    for key, value in (json.loads(figures.read_text()) if figures.is_file() else {}).items():
        print(f"ours, {key.replace('_', ' ')} (measured when it was trained): {value:.1%}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tltools.pretraining", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    trainer = commands.add_parser("train", help="train, or go on from the last checkpoint")
    trainer.add_argument("--out", type=Path, required=True,
                         help="folder for checkpoints, outside the work tree")
    trainer.add_argument("--cache", type=Path,
                         help="folder for unpacked images and teacher targets")
    trainer.add_argument("--data", type=Path, default=shared_data(),
                         help="folder with pretraining/ and weights/")
    trainer.add_argument("--start", default="",
                         help="weights file to begin with (first start only)")
    trainer.add_argument("--epochs", type=int, help="length of the schedule (first start only)")
    trainer.set_defaults(run=train)
    evaluator = commands.add_parser("evaluate",
                                    help="compare frozen features with those of other backbones")
    evaluator.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER",
        help="train|test/CLASS/ or CLASS/ below it (default: the shared data sets)")
    evaluator.add_argument("--data", type=Path, default=shared_data(),
                           help="folder with weights/ and datasets/")
    evaluator.add_argument("--weights", type=Path,
                           help="another weights file of our backbone than the bundled one")
    evaluator.add_argument("--size", type=int, default=96, help="input side in pixels (default 96)")
    evaluator.add_argument("--all-cores", dest="one_core", action="store_false",
                           help="do not keep to one core")
    evaluator.set_defaults(run=evaluate)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except FileNotFoundError as error:
        print(error.args[0] if error.errno is None
              else f"{Path(str(error.filename)).name} is not there.", file=sys.stderr)
        return 2
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
