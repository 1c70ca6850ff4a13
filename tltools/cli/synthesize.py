"""`synthesize`: draws pictures into a folder."""

import argparse


def run(options: argparse.Namespace) -> None:
    from tltools.datasets.drawn.synthesize import write_folder

    count = write_folder(options.out_dir, options.family, options.classes, options.per_class,
                         options.seed, options.difficulty)
    print(f"{count} images of {options.classes} classes")
