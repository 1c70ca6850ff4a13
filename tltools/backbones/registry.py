"""The registry of backbones: one table, readable without TensorFlow.

Owns stages, cut points and the parameter arithmetic of the freeze boundary. Leaves the
facts of each row to `facts`, counting to `models.count` (which writes `registry.json`),
weights files to `weights` and building to `models`. A stage ends at its *cut point*, an
operation through which every path passes; the numbers are those of Keras 3.15 and tests
count them again. Names are Keras's own; narrower ones say their width.
"""

import dataclasses
import difflib
import json
from dataclasses import dataclass
from pathlib import Path

from tltools.backbones.facts import FACTS, FAMILIES, Facts, Family
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import NotFound, Problem

FROZEN, FINE_TUNED, SCRATCH = "frozen", "fine-tuned", "from scratch"
TABLE_PATH = Path(__file__).parent / "registry.json"


@dataclass(frozen=True)
class Stage:
    """One stage. cut: operation at its end (see `models.name_by_place`). weights:
    parameters of all but BatchNormalization; scales: BatchNormalization's learned ones;
    statistics: its moving ones. channels: of the output, whose side is (input + offset)
    // stride, exactly, for every input size (any chain of strided layers is of this
    form)."""

    name: str
    cut: str
    weights: int
    scales: int
    statistics: int
    channels: int
    stride: int
    offset: int

    @property
    def parameters(self) -> int:
        """All numbers of the stage."""
        return self.weights + self.scales + self.statistics

    def side(self, input_size: int) -> int:
        """Height and width of the output, in cells, for a picture of `input_size`
        pixels."""
        return (input_size + self.offset) // self.stride


@dataclass(frozen=True, kw_only=True)
class Backbone(Facts):
    """One row: its facts, its stages, and the multiply-adds of one picture at
    `default_input`."""

    stages: tuple[Stage, ...]
    multiply_adds: int

    @property
    def kind(self) -> Family:
        """What it shares with the other sizes of its family."""
        return FAMILIES[self.family]

    @property
    def parameters(self) -> int:
        """All numbers of the backbone, preprocessing not counted."""
        return sum(stage.parameters for stage in self.stages)

    @property
    def megabytes(self) -> float:
        """Size of the float32 weights."""
        return self.parameters * 4 / 1e6

    @property
    def features(self) -> int:
        """Channels at the end."""
        return self.stages[-1].channels

    @property
    def bundled(self) -> bool:
        """Whether its pretrained weights come with the app."""
        return self.constructor == "bundled"

    def work(self, input_size: int) -> float:
        """Multiply-adds of one picture of `input_size` pixels; they grow with its area
        (an estimate away from the default)."""
        return self.multiply_adds * (input_size / self.default_input) ** 2


def _registry() -> dict[str, Backbone]:
    counted = json.loads(TABLE_PATH.read_text(encoding="utf-8"))["backbones"]
    rows = (
        Backbone(**dataclasses.asdict(facts), multiply_adds=counted[facts.name]["multiply_adds"],
                 stages=tuple(Stage(*stage) for stage in counted[facts.name]["stages"]))
        # a new row is not there before it is counted
        for facts in FACTS if facts.name in counted)
    return {row.name: row for row in rows}


REGISTRY: dict[str, Backbone] = _registry()


@dataclass(frozen=True)
class ParameterCounts:
    """Numbers of a whole model (preprocessing not counted). head: those of the new
    part; trainable: that ever learn."""

    total: int
    trainable: int
    head: int


def get(name: str) -> Backbone:
    """The row called `name`; raises `NotFound` with the nearest names."""
    if name in REGISTRY:
        return REGISTRY[name]
    folded = {known.lower(): known for known in REGISTRY}
    near = [folded[match] for match in difflib.get_close_matches(str(name).lower(), folded, n=3)]
    raise NotFound(
        f"There is no backbone called {str(name)[:40]!r}.",
        f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(REGISTRY)}.")


def num_frozen(config: RunConfig) -> int:
    """How many stages, counted from the input, stay frozen in the end."""
    stages = len(get(config.backbone).stages)
    return 0 if config.unfreeze_stages == ALL_STAGES else max(0, stages - config.unfreeze_stages)


def stage_states(config: RunConfig) -> list[tuple[Stage, str]]:
    """Each stage with FROZEN, FINE_TUNED or SCRATCH, as it will be in the last phase.
    """
    frozen = num_frozen(config)
    learning = SCRATCH if config.from_scratch else FINE_TUNED
    return [(stage, FROZEN if index < frozen else learning)
            for index, stage in enumerate(get(config.backbone).stages)]


def head_inputs(config: RunConfig) -> int:
    """Number of values that enter the head's first dense layer."""
    row = get(config.backbone)
    side = row.stages[-1].side(config.input_size) if config.pooling == "flatten" else 1
    return side * side * row.features


def parameter_counts(config: RunConfig, num_classes: int) -> ParameterCounts:
    """Total and trainable parameters for these settings and this number of classes.

    BatchNormalization's scales learn only from scratch: while fine-tuning they stay as
    they are (see `models`).
    """
    inputs = head_inputs(config)
    units = config.dense_units
    head = (inputs + 1) * units + (units + 1) * num_classes if units \
        else (inputs + 1) * num_classes
    trainable = head
    for stage, state in stage_states(config):
        if state != FROZEN and (config.single_phase or config.fine_tunes):
            trainable += stage.weights + (stage.scales if state == SCRATCH else 0)
    return ParameterCounts(get(config.backbone).parameters + head, trainable, head)


def check_config(config: RunConfig) -> list[Problem]:
    """What is wrong with these settings, the backbone's own needs included."""
    problems = config.check()
    try:
        row = get(config.backbone)
    except NotFound as error:
        return [*problems, error.problem]
    if isinstance(config.input_size, int) and 16 <= config.input_size < row.least_input:
        problems.append(Problem(
            "Input size",
            f"{row.name} needs at least {row.least_input} pixels; received {config.input_size}.",
            "Choose a larger input size."))
    if isinstance(config.unfreeze_stages, int) and config.unfreeze_stages > len(row.stages):
        problems.append(Problem(
            "Freeze boundary",
            f"{row.name} has {len(row.stages)} stages; received {config.unfreeze_stages} to "
            "fine-tune.", "Choose fewer, or all."))
    if config.weights == "bundled" and not row.bundled:
        problems.append(Problem("Weights", f"No weights of {row.name} come with the app.",
                                "Import its weights, or choose from scratch."))
    if config.weights == "imagenet" and row.bundled:
        problems.append(Problem("Weights", f"{row.name} has weights of its own, not ImageNet ones.",
                                "Choose the bundled weights, or from scratch."))
    return problems
