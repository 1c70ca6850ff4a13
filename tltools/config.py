"""The settings of a training run: one flat, frozen record with defaults, checked before
anything starts.

Owns names, defaults, sensible ranges and their checks. Leaves what a backbone needs
(least input, number of stages) to `backbones.check_config`, which calls
`RunConfig.check` first.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tltools import files
from tltools.errors import Problem, SettingsError

FORMAT = 1

Resize = Literal["crop", "pad", "squash"]
Pooling = Literal["average", "max", "flatten"]
Optimizer = Literal["adam", "adamw", "sgd", "rmsprop"]
Schedule = Literal["constant", "cosine", "exponential", "step"]
ClassWeights = Literal["none", "balanced"]
Watch = Literal["loss", "accuracy"]
RESIZE_RULES: tuple[str, ...] = get_args(Resize)
POOLINGS: tuple[str, ...] = get_args(Pooling)

ALL_STAGES = -1
"""`unfreeze_stages` for "the whole backbone"."""


@dataclass(frozen=True)
class Setting:
    """How one numeric setting may be chosen. `low`..`high` is allowed, `usual` is the
    range worth trying."""

    label: str
    low: float
    high: float
    usual: str
    help: str


SETTINGS: dict[str, Setting] = {
    "epochs": Setting(
        "Epochs for the head", 1, 1000, "5 to 60",
        "How often the new head sees every training image while the backbone is frozen."),
    "fine_tune_epochs": Setting(
        "Epochs of fine-tuning", 0, 1000, "3 to 20",
        "How often the unfrozen stages see every training image, after the head has learned."),
    "batch_size": Setting("Batch size", 1, 1024, "8 to 64",
                          "Images per step. Larger is steadier and needs more memory."),
    "learning_rate": Setting(
        "Learning rate of the head", 1e-7, 1000, "0.0001 to 0.01",
        "The size of each step. Too high: the loss jumps. Too low: it hardly moves."),
    "fine_tune_learning_rate": Setting(
        "Learning rate of fine-tuning", 1e-8, 10, "0.000001 to 0.0001",
        "Far lower than the head's, so that little of what the backbone knows is lost."),
    "patience": Setting(
        "Early stopping", 0, 1000, "3 to 10",
        "Stop a phase after this many epochs without an improvement of what is watched. 0 "
        "never stops early."),
    "time_limit": Setting(
        "Time limit, seconds", 0, 10**6, "0, or 10 and more",
        "Training ends when this time is over, and the best weights so far are "
        "kept. 0 sets no limit."),
    "seed": Setting("Seed", 0, 2**31 - 1, "any number",
                    "The same seed repeats the same split, start weights and order of images."),
    "dense_units": Setting("Dense units", 0, 8192, "0, or 64 to 512",
                           "A hidden layer in the head. 0 leaves it out."),
    "dropout": Setting(
        "Dropout", 0.0, 0.9, "0.2 to 0.5",
        "The share of values hidden at random in training, so that the head cannot lean on a few."),
    "momentum": Setting(
        "Momentum", 0.0, 0.99, "0.9",
        "How much of its last move SGD keeps, like a ball that rolls on. Other "
        "optimizers do not use it."),
    "weight_decay": Setting(
        "Weight decay", 0.0, 0.5, "0.001 to 0.05",
        "AdamW shrinks all weights a little with every step (by this share of the learning rate), "
        "which holds overfitting back. Other optimizers do not use it."),
    "warm_up": Setting(
        "Warm-up, epochs", 0, 30, "0 to 5",
        "Over so many epochs at the start of each phase the learning rate grows from almost "
        "nothing to its full size."),
    "final_rate": Setting(
        "Rate at the end, share of the first", 0.0001, 1.0, "0.001 to 0.1",
        "To which share of the learning rate the schedule falls. A constant rate does not use it."),
    "label_smoothing": Setting(
        "Label smoothing", 0.0, 0.3, "0, or 0.05 to 0.1",
        "Asks for a little less than 100 % certainty. Both loss curves show the smoothed loss, "
        "which cannot reach 0."),
    "shift": Setting("Shift", 0.0, 0.5, "0 to 0.15",
                     "Moves training images at random by up to this share of their side."),
    "rotate": Setting("Rotate, degrees", 0.0, 180.0, "0 to 20",
                      "Turns training images at random by up to this angle, to both sides."),
    "zoom": Setting("Zoom", 0.0, 0.5, "0 to 0.2",
                    "Makes training images larger or smaller at random by up to this share."),
    "brightness": Setting("Brightness", 0.0, 0.9, "0 to 0.3",
                          "Makes training images lighter or darker at random by up to this share."),
    "contrast": Setting(
        "Contrast", 0.0, 0.9, "0 to 0.3",
        "Makes the contrast of training images stronger or weaker at random by up to this share."),
    "colour": Setting(
        "Colour", 0.0, 0.9, "0 to 0.3",
        "Makes the colours of training images stronger or paler at random by up to this share. Not "
        "where the colour tells the classes apart."),
    "views": Setting(
        "Views per image", 1, 50, "2 to 8",
        "How many differently varied copies of each training image are prepared, the "
        "image itself included."),
    "input_size": Setting(
        "Input size", 16, 1024, "96 to 224",
        "Side of the square picture that the network sees, in pixels. Time grows with its square."),
}


@dataclass(frozen=True)
class Choice:
    """How one setting may be chosen among words. options: what is stored, and what a
    person reads."""

    label: str
    options: dict[str, str]
    help: str


CHOICES: dict[str, Choice] = {
    "optimizer": Choice(
        "Optimizer", {
            "adam": "Adam", "adamw": "AdamW (Adam with weight decay)", "sgd": "SGD with momentum",
            "rmsprop": "RMSprop"
        },
        "How a step is made of the gradient. Adam suits most; SGD needs a rate some ten times "
        "higher than Adam's."),
    "schedule": Choice(
        "Learning rate over time", {
            "constant": "constant", "cosine": "cosine: falls in a smooth curve",
            "exponential": "exponential: falls evenly",
            "step": "step: falls twice, after a third and after two thirds"
        }, "Large steps at first, small ones at the end. Each phase has its own curve."),
    "class_weights": Choice(
        "Class weights", {
            "none": "none: every picture counts the same",
            "balanced": "balanced: every class counts the same"
        },
        "Balanced lets a picture of a rare class count more. The training loss is weighted then; "
        "the validation loss and both accuracies never are."),
    "watch": Choice(
        "What is watched", {"loss": "validation loss", "accuracy": "validation accuracy"},
        "Decides which epoch is kept and when early stopping ends a phase. Of epochs with equal "
        "accuracy the one with the lowest loss is kept. Without validation pictures it is always "
        "the training loss."),
}


@dataclass(frozen=True)
class RunConfig:
    """All settings of one run.

    backbone: a name of the registry. weights: "imagenet" (a file of this machine),
    "bundled", "none" (random: from scratch), "file" (the file whose path stands in
    `weights_file`), or "run" (the backbone of the finished run `weights_run`).
    continues: id of the run whose model this one starts from, head included; "" for
    none. Only then `epochs` may be 0: the head phase is left out. unfreeze_stages: how
    many of the backbone's last stages are fine-tuned; 0 none, -1 (`ALL_STAGES`) all.
    With weights "none" and `unfreeze_stages` -1 there is one phase: all layers learn
    for `epochs` at `learning_rate`. Otherwise: `epochs` of the head on the frozen
    backbone, then, if stages are unfrozen, `fine_tune_epochs` at
    `fine_tune_learning_rate`. validation, test: shares of the images (0..1) where the
    data set itself does not fix a test set. views counts only if training pictures are
    varied (`augments`). momentum counts with "sgd", weight_decay with "adamw",
    final_rate with every schedule but "constant". watch: by what an epoch is kept.
    time_limit: seconds for extraction and training together, 0 for none.
    """

    dataset: str = ""
    name: str = ""
    backbone: str = "MobileNetV2"
    weights: str = "imagenet"
    weights_file: str = ""
    weights_run: str = ""
    continues: str = ""
    input_size: int = 160
    resize: Resize = "crop"
    unfreeze_stages: int = 0
    pooling: Pooling = "average"
    dense_units: int = 0
    dropout: float = 0.2
    epochs: int = 30
    fine_tune_epochs: int = 5
    batch_size: int = 32
    learning_rate: float = 1e-3
    fine_tune_learning_rate: float = 1e-5
    optimizer: Optimizer = "adam"
    momentum: float = 0.9
    weight_decay: float = 0.004
    schedule: Schedule = "constant"
    warm_up: int = 0
    final_rate: float = 0.01
    class_weights: ClassWeights = "none"
    label_smoothing: float = 0.0
    patience: int = 0
    watch: Watch = "loss"
    time_limit: int = 0
    seed: int = 42
    flip: bool = False
    shift: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    colour: float = 0.0
    views: int = 4
    format: int = FORMAT

    @property
    def augments(self) -> bool:
        """Whether training images are varied."""
        return self.flip or any(
            getattr(self, name) > 0
            for name in ("shift", "rotate", "zoom", "brightness", "contrast", "colour"))

    @property
    def from_scratch(self) -> bool:
        """Whether the backbone starts from random weights."""
        return self.weights == "none"

    @property
    def single_phase(self) -> bool:
        """Whether everything learns at once from the start (from scratch, nothing
        frozen)."""
        return self.from_scratch and self.unfreeze_stages == ALL_STAGES

    @property
    def fine_tunes(self) -> bool:
        """Whether a second phase follows in which backbone stages learn."""
        return self.unfreeze_stages != 0 and not self.single_phase and self.fine_tune_epochs > 0

    def check(self) -> list[Problem]:
        """What is wrong with these settings, one problem per setting; empty if they can
        be trained with."""
        problems = [problem for name in SETTINGS if (problem := self._check_number(name))]
        for name, allowed in (("resize", RESIZE_RULES), ("pooling", POOLINGS),
                              ("weights", ("imagenet", "bundled", "none", "file", "run")),
                              *((name, tuple(choice.options)) for name, choice in CHOICES.items())):
            if getattr(self, name) not in allowed:
                problems.append(
                    Problem(f"{name} is not known", f"Received {getattr(self, name)!r}.",
                            f"Choose one of: {', '.join(allowed)}."))
        if not isinstance(self.flip, bool):
            problems.append(
                Problem("flip is not known", f"Received {self.flip!r}.",
                        "Choose one of: true, false."))
        if not isinstance(self.unfreeze_stages, int) or self.unfreeze_stages < ALL_STAGES:
            problems.append(
                Problem("Freeze boundary",
                        f"Received {self.unfreeze_stages!r} stages to fine-tune.",
                        "Give 0, a number of stages, or all."))
        if not problems:
            shortest = min(self.epochs, self.fine_tune_epochs) if self.fine_tunes else self.epochs
            if self.warm_up > shortest:
                problems.append(
                    Problem(
                        SETTINGS["warm_up"].label,
                        f"Received {self.warm_up} epochs of warm-up; the shortest phase has "
                        f"{shortest}.", "Choose a shorter warm-up, or more epochs."))
        return problems

    def wrong_types(self) -> list[str]:
        """The names of values that are not even of their kind, as damage leaves them.
        """
        def fits(value: Any, default: Any) -> bool:
            if isinstance(default, float):
                return isinstance(value, (int, float)) and not isinstance(value, bool)
            return type(value) is type(default)

        return [field.name for field in dataclasses.fields(self)
                if not fits(getattr(self, field.name), field.default)]

    def _check_number(self, name: str) -> Problem | None:
        setting, value = SETTINGS[name], getattr(self, name)
        wanted = int if isinstance(getattr(DEFAULT_CONFIG, name), int) else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted) or not math.isfinite(value):
            kind = "a whole number" if wanted is int else "a number"
            return Problem(setting.label, f"Received {value!r} where {kind} is expected.",
                           f"Usual: {setting.usual}.")
        if name == "epochs" and value == 0 and self.continues:
            return None
        if not setting.low <= value <= setting.high:
            return Problem(setting.label,
                           f"Received {value:g}; allowed is {setting.low:g} to {setting.high:g}.",
                           f"Usual: {setting.usual}.")
        return None

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON-able values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "RunConfig":
        """Read a stored record: unknown keys are passed over, missing ones take their
        defaults.

        Raises SettingsError if it is no record at all, and `NewerRecord` for one of a
        newer version.
        """
        if not isinstance(record, dict):
            raise SettingsError([
                Problem("Settings", "The settings file holds no settings.", "Choose another file.")
            ])
        files.check_format(record, FORMAT, "This record of settings")
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{key: value for key, value in record.items() if key in names})


DEFAULT_CONFIG = RunConfig()
