"""The registry of backbones: one table, readable without TensorFlow.

Owns names, sizes, stages, cut points and the parameter arithmetic of the freeze boundary. Leaves weights files to
`weights` and building to `models`. A stage ends at its *cut point*, a layer through which every path passes; the
numbers are those of Keras 3.15 and a test counts them again. Names are Keras's own; narrower ones say their width.
"""

import difflib
from dataclasses import dataclass

from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import NotFound, Problem

FROZEN, FINE_TUNED, SCRATCH = "frozen", "fine-tuned", "from scratch"


@dataclass(frozen=True)
class Stage:
    """One stage. cut: layer at its end. weights: parameters of all but BatchNormalization; scales: BatchNormalization's
    learned ones; statistics: its moving ones. channels, stride: of the output (stride: input pixels a cell)."""

    name: str
    cut: str
    weights: int
    scales: int
    statistics: int
    channels: int
    stride: int

    @property
    def parameters(self) -> int:
        """All numbers of the stage."""
        return self.weights + self.scales + self.statistics


@dataclass(frozen=True)
class Backbone:
    """One row. constructor: name in `keras.applications`, or "bundled". preprocessing: "tf" (-1..1) or "caffe" (BGR
    minus means). weights_files: Keras's file names, the fullest resolution first. licence, note: of the weights."""

    name: str
    family: str
    constructor: str
    preprocessing: str
    default_input: int
    least_input: int
    weights_files: tuple[str, ...]
    stages: tuple[Stage, ...]
    alpha: float | None = None
    note: str = ""

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


def _stages(*rows: tuple[str, str, int, int, int, int, int]) -> tuple[Stage, ...]:
    return tuple(Stage(*row) for row in rows)


_VGG16 = _stages(
    ("Block 1", "block1_pool", 38720, 0, 0, 64, 2), ("Block 2", "block2_pool", 221440, 0, 0, 128, 4),
    ("Block 3", "block3_pool", 1475328, 0, 0, 256, 8), ("Block 4", "block4_pool", 5899776, 0, 0, 512, 16),
    ("Block 5", "block5_pool", 7079424, 0, 0, 512, 32))
_RESNET50 = _stages(
    ("Stem", "pool1_pool", 9472, 128, 128, 64, 4), ("Stage 1", "conv2_block3_out", 214400, 2816, 2816, 256, 4),
    ("Stage 2", "conv3_block4_out", 1216000, 7168, 7168, 512, 8),
    ("Stage 3", "conv4_block6_out", 7088128, 20480, 20480, 1024, 16),
    ("Stage 4", "conv5_block3_out", 14953472, 22528, 22528, 2048, 32))
_TLNET = _stages(
    ("Stem", "stem_relu", 864, 64, 64, 32, 2), ("Stage 1", "stage1_out", 18432, 128, 128, 32, 2),
    ("Stage 2", "stage2_out", 57344, 384, 384, 64, 4), ("Stage 3", "stage3_out", 229376, 768, 768, 128, 8),
    ("Stage 4", "stage4_out", 1331200, 1920, 1920, 320, 16), ("Top", "top_out", 327680, 2048, 2048, 1024, 16))
_MOBILENET_CUTS = (("Stem", "conv_pw_1_relu", 2), ("Stage 1", "conv_pw_3_relu", 4), ("Stage 2", "conv_pw_5_relu", 8),
                   ("Stage 3", "conv_pw_8_relu", 16), ("Stage 4", "conv_pw_11_relu", 16),
                   ("Stage 5", "conv_pw_13_relu", 32))
_MOBILENET_V2_CUTS = (("Stem", "expanded_conv_project_BN", 2), ("Stage 1", "block_2_add", 4),
                      ("Stage 2", "block_5_add", 8), ("Stage 3", "block_9_add", 16), ("Stage 4", "block_12_add", 16),
                      ("Stage 5", "block_15_add", 32), ("Top", "out_relu", 32))
# (weights, scales = statistics, channels) by stage
_MOBILENET: dict[float, tuple[tuple[int, int, int], ...]] = {
    0.25: ((416, 64, 16), (1968, 224, 32), (7008, 448, 64), (43840, 1408, 128), (52608, 1536, 128), (101760, 1792, 256)),
    0.5: ((1088, 128, 32), (7008, 448, 64), (26304, 896, 128), (169600, 2816, 256), (203520, 3072, 256),
          (400128, 3584, 512)),
    0.75: ((2016, 192, 48), (15120, 672, 96), (57888, 1344, 192), (377280, 4224, 384), (452736, 4608, 384),
           (895104, 5376, 768)),
    1.0: ((3200, 256, 64), (26304, 896, 128), (101760, 1792, 256), (666880, 5632, 512), (800256, 6144, 512),
          (1586688, 7168, 1024)),
}
_MOBILENET_V2: dict[float, tuple[tuple[int, int, int], ...]] = {
    0.35: ((704, 80, 8), (2400, 416, 8), (9456, 1056, 16), (29328, 2304, 24), (37392, 2304, 32), (99936, 3792, 56),
           (202832, 4128, 1280)),
    1.0: ((1664, 160, 16), (12912, 1056, 24), (37392, 2304, 32), (177984, 5888, 64), (296448, 6720, 96),
          (784320, 10944, 160), (879040, 7040, 1280)),
}


def _mobile(family: str, alpha: float) -> Backbone:
    first = family == "MobileNet"
    cuts = _MOBILENET_CUTS if first else _MOBILENET_V2_CUTS
    numbers = (_MOBILENET if first else _MOBILENET_V2)[alpha]
    if first:
        width = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}[alpha]
        files = tuple(f"mobilenet_{width}_{side}_tf_no_top.h5" for side in (224, 192, 160, 128))
    else:
        files = tuple(f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{side}_no_top.h5"
                      for side in (224, 192, 160, 128, 96))
    return Backbone(
        name=family if alpha == 1.0 else f"{family}-{alpha:g}", family=family, constructor=family, alpha=alpha,
        preprocessing="tf", default_input=160 if alpha >= 0.75 else 128, least_input=32, weights_files=files,
        stages=tuple(Stage(name, cut, weights, scales, scales, channels, stride)
                     for (name, cut, stride), (weights, scales, channels) in zip(cuts, numbers, strict=True)))


_ROWS = (
    Backbone("TLNet", "TLNet", "bundled", "tf", 96, 32, (), _TLNET,
             note="Comes with the app: pretrained by this project on 200 kinds of small photos (Tiny ImageNet)."),
    _mobile("MobileNet", 0.25), _mobile("MobileNet", 0.5), _mobile("MobileNet", 0.75), _mobile("MobileNet", 1.0),
    _mobile("MobileNetV2", 0.35), _mobile("MobileNetV2", 1.0),
    Backbone("ResNet50", "ResNet", "ResNet50", "caffe", 224, 32,
             ("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",), _RESNET50),
    Backbone("VGG16", "VGG", "VGG16", "caffe", 224, 32,
             ("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",), _VGG16),
)
REGISTRY: dict[str, Backbone] = {row.name: row for row in _ROWS}


@dataclass(frozen=True)
class ParameterCounts:
    """Numbers of a whole model (preprocessing not counted). head: those of the new part; trainable: that ever learn."""

    total: int
    trainable: int
    head: int


def get(name: str) -> Backbone:
    """The row called `name`; raises `NotFound` with the nearest names."""
    if name in REGISTRY:
        return REGISTRY[name]
    folded = {known.lower(): known for known in REGISTRY}
    near = [folded[match] for match in difflib.get_close_matches(str(name).lower(), folded, n=3)]
    raise NotFound(f"There is no backbone called {str(name)[:40]!r}.",
                   f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(REGISTRY)}.")


def num_frozen(config: RunConfig) -> int:
    """How many stages, counted from the input, stay frozen in the end."""
    stages = len(get(config.backbone).stages)
    return 0 if config.unfreeze_stages == ALL_STAGES else max(0, stages - config.unfreeze_stages)


def stage_states(config: RunConfig) -> list[tuple[Stage, str]]:
    """Each stage with FROZEN, FINE_TUNED or SCRATCH, as it will be in the last phase."""
    frozen = num_frozen(config)
    learning = SCRATCH if config.from_scratch else FINE_TUNED
    return [(stage, FROZEN if index < frozen else learning)
            for index, stage in enumerate(get(config.backbone).stages)]


def head_inputs(config: RunConfig) -> int:
    """Number of values that enter the head's first dense layer."""
    row = get(config.backbone)
    if config.pooling != "flatten":
        return row.features
    if row.preprocessing == "caffe" and row.family == "VGG":
        side = config.input_size // row.stages[-1].stride
    else:
        side = -(-config.input_size // row.stages[-1].stride)
    return side * side * row.features


def parameter_counts(config: RunConfig, num_classes: int) -> ParameterCounts:
    """Total and trainable parameters for these settings and this number of classes.

    BatchNormalization's scales learn only from scratch: while fine-tuning they stay as they are (see `models`).
    """
    inputs = head_inputs(config)
    head = (inputs + 1) * config.dense_units + (config.dense_units + 1) * num_classes if config.dense_units \
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
        problems.append(Problem("Input size", f"{row.name} needs at least {row.least_input} pixels; received "
                                f"{config.input_size}.", "Choose a larger input size."))
    if isinstance(config.unfreeze_stages, int) and config.unfreeze_stages > len(row.stages):
        problems.append(Problem("Freeze boundary", f"{row.name} has {len(row.stages)} stages; received "
                                f"{config.unfreeze_stages} to fine-tune.", "Choose fewer, or all."))
    if config.weights == "bundled" and not row.bundled:
        problems.append(Problem("Weights", f"No weights of {row.name} come with the app.",
                                "Import its weights, or choose from scratch."))
    if config.weights == "imagenet" and row.bundled:
        problems.append(Problem("Weights", f"{row.name} has weights of its own, not ImageNet ones.",
                                "Choose the bundled weights, or from scratch."))
    return problems
