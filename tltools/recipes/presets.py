"""Recipes that set everything at once, each with what it is for.

Owns the table and how a recipe meets settings made before. Leaves what is trained to
the person: a recipe is a start, and every setting can be changed after it.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from tltools import backbones
from tltools.config import ALL_STAGES, DEFAULT_CONFIG, RunConfig
from tltools.errors import NotFound


@dataclass(frozen=True)
class Preset:
    """One recipe. settings: fields of `RunConfig`; pretrained: weights that the
    backbone was published with, else random. validation, test: shares (0..1) of the
    pictures, None to leave the data set's split as it is."""

    name: str
    title: str
    why: str
    settings: dict[str, Any] = field(default_factory=dict)
    pretrained: bool = True
    validation: float | None = None
    test: float | None = None


_PLAIN: dict[str, Any] = {
    name: getattr(DEFAULT_CONFIG, name)
    for name in ("optimizer", "momentum", "weight_decay", "schedule", "warm_up", "final_rate",
                 "class_weights", "label_smoothing", "watch", "flip", "shift", "rotate", "zoom",
                 "brightness", "contrast", "colour")
}
"""What every recipe sets back, so that one is the same whatever was tried before it."""
_HEAD: dict[str, Any] = {
    "pooling": "average", "dense_units": 0, "dropout": 0.2, "batch_size": 32, "learning_rate": 1e-3
}
_ROWS = (
    Preset(
        "notebook", "The notebook's recipe",
        "The classic lesson: VGG16 all frozen, flattened, a dense layer of 256 with dropout 0.5, "
        "Adam, 5 epochs, a fifth of the pictures for validation and none for a test. Its head "
        "alone has millions of parameters.",
        {
            "backbone": "VGG16", "input_size": 224, "unfreeze_stages": 0, "pooling": "flatten",
            "dense_units": 256, "dropout": 0.5, "epochs": 5, "batch_size": 32,
            "learning_rate": 1e-3, "patience": 0, "seed": 42
        }, validation=0.2, test=0.0),
    Preset(
        "feature-extraction", "Feature extraction",
        "All frozen, only a small head learns: the quickest way, and hard to beat "
        "with few pictures.",
        {**_HEAD, "unfreeze_stages": 0, "epochs": 30}),
    Preset(
        "fine-tune", "Fine-tuning",
        "The head first, then the last two stages too, at a far lower rate: pays when there are "
        "some hundred pictures of each class, or when they look unlike photos.", {
            **_HEAD, "unfreeze_stages": 2, "epochs": 20, "fine_tune_epochs": 15,
            "fine_tune_learning_rate": 1e-5
        }),
    Preset(
        "from-scratch", "From scratch",
        "Random weights and everything learns: the honest comparison. Expect far less "
        "from few pictures.",
        {**_HEAD, "unfreeze_stages": ALL_STAGES, "epochs": 40, "flip": True}, pretrained=False),
)
USUAL_SPLIT = (0.15, 0.15)  # shares of validation and test pictures that a new data set begins with
PRESETS: dict[str, Preset] = {row.name: row for row in _ROWS}


def get(name: str) -> Preset:
    """The recipe called `name`; raises `NotFound` with the known ones."""
    if name not in PRESETS:
        raise NotFound(f"There is no recipe called {str(name)[:40]!r}.",
                       f"Known: {', '.join(PRESETS)}.")
    return PRESETS[name]


def apply(preset: Preset, config: RunConfig) -> RunConfig:
    """`config` with the recipe's settings; backbone, data and name stay unless the
    recipe names them."""
    backbone = backbones.get(preset.settings.get("backbone", config.backbone))
    weights = ("bundled" if backbone.bundled else "imagenet") if preset.pretrained else "none"
    size = backbone.default_input if backbone.name != config.backbone else config.input_size
    return dataclasses.replace(
        config, **{
            "backbone": backbone.name, "input_size": size, "weights": weights, "weights_file": "",
            **_PLAIN, **preset.settings
        })


def split(preset: Preset, validation: float, test: float,
          test_folder: bool = False) -> tuple[float, float] | None:
    """The shares of validation and test pictures that the recipe asks for, or None
    where they are so already. A recipe that asks for none brings back a test set where
    there is none: the notebook's may have taken it away. test_folder: the test pictures
    came in a folder of their own and stay the test."""
    if preset.test is None and test == 0 and not test_folder:
        return USUAL_SPLIT
    wanted = (validation if preset.validation is None else preset.validation,
              test if preset.test is None else preset.test)
    return None if wanted == (validation, test) else wanted
