"""Counts every backbone of the registry from the network itself: `python -m
tltools.models.count --write`.

Owns where the stages of each family end, and `registry.json`, which `backbones` reads:
for each row the multiply-adds of one picture and its stages (fields of
`backbones.Stage`, in order). To be run again when Keras is changed or a row is added;
without `--write` it says what would change. Leaves facts that cannot be counted to
`backbones.facts`.
"""

import argparse
import json
import math
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from tltools.backbones import TABLE_PATH
from tltools.backbones.facts import FACTS, Facts

Cuts = tuple[tuple[str, str], ...]
"""(stage, pattern): a stage ends at the last operation whose whole name fits; the last
stage ends where the network ends."""

END = "(end)"
CUTS: dict[str, Cuts] = {
    "TLNet": (("Stem", "stem_relu"), *((f"Stage {n}", f"stage{n}_out") for n in range(1, 5)),
              ("Top", END)),
    "VGG": (*((f"Block {n}", f"block{n}_pool") for n in range(1, 5)), ("Block 5", END)),
    "ResNet": (("Stem", "pool1_pool"),
               *((f"Stage {n}", rf"conv{n + 1}_block\d+_out") for n in range(1, 4)),
               ("Stage 4", END)),
    "DenseNet": (("Stem", "pool1"), *((f"Block {n}", f"pool{n + 1}_pool") for n in range(1, 4)),
                 ("Block 4", END)),
    "Inception": (("Stem", "max_pooling2d_2"), ("Stage 1", "mixed2"), ("Stage 2", "mixed5"),
                  ("Stage 3", "mixed7"), ("Stage 4", END)),
    "Xception": (("Stem", "block1_conv2_act"), ("Entry", "add_3"), ("Middle 1", "add_7"),
                 ("Middle 2", "add_11"), ("Exit", END)),
    "InceptionResNet": (("Stem", "max_pooling2d_2"), ("Stage 1", "block35_10_ac"),
                        ("Stage 2", "block17_10_ac"), ("Stage 3", "block17_20_ac"),
                        ("Stage 4", END)),
    "MobileNet": (("Stem", "conv_pw_1_relu"), ("Stage 1", "conv_pw_3_relu"),
                  ("Stage 2", "conv_pw_5_relu"), ("Stage 3", "conv_pw_8_relu"),
                  ("Stage 4", "conv_pw_11_relu"), ("Stage 5", END)),
    "MobileNetV2": (("Stem", "expanded_conv_project_BN"), ("Stage 1", "block_2_add"),
                    ("Stage 2", "block_5_add"), ("Stage 3", "block_9_add"),
                    ("Stage 4", "block_12_add"), ("Stage 5", "block_15_add"), ("Top", END)),
    "MobileNetV3Small": (("Stem", "expanded_conv_project_bn"), ("Stage 1", "expanded_conv_2_add"),
                         ("Stage 2", "expanded_conv_5_add"), ("Stage 3", "expanded_conv_7_add"),
                         ("Stage 4", "expanded_conv_10_add"), ("Top", END)),
    "MobileNetV3Large": (("Stem", "expanded_conv_add"), ("Stage 1", "expanded_conv_2_add"),
                         ("Stage 2", "expanded_conv_5_add"), ("Stage 3", "expanded_conv_9_add"),
                         ("Stage 4", "expanded_conv_11_add"), ("Stage 5", "expanded_conv_14_add"),
                         ("Top", END)),
    "NASNet": (("Stem", "stem_bn1"), ("Cells", END)),
    "EfficientNet": (*((f"Block {n}", rf"block{n}[a-z]_(add|project_bn)") for n in range(1, 6)),
                     ("Blocks 6 and 7", r"block7[a-z]_(add|project_bn)"), ("Top", END)),
    "EfficientNetV2": (("Block 1", r"block1[a-z]_(add|project_activation)"),
                       *((f"Block {n}", rf"block{n}[a-z]_(add|project_bn)") for n in range(2, 7)),
                       ("Top", END)),
    "ConvNeXt": (("Stem", r"convnext_\w+_stem"), ("Stage 1", "add_3"), ("Stage 2", "add_6"),
                 ("Stage 3, first half", "{half}"), ("Stage 3, second half", "{whole}"),
                 ("Stage 4", END)),
}
CUTS["ResNetV2"] = CUTS["ResNet"]
CUTS["EfficientNetV2M"] = CUTS["EfficientNetV2L"] = (
    *CUTS["EfficientNetV2"][:5], ("Blocks 6 and 7", r"block7[a-z]_(add|project_bn)"), ("Top", END))
_CONVNEXT_BLOCKS = {"ConvNeXtTiny": 9}  # of stage 3; the other sizes have 27
_CONVOLUTIONS = ("kernel", "depthwise_kernel", "pointwise_kernel")


def cuts_of(row: Facts) -> Cuts:
    """Where the stages of a row end."""
    cuts = CUTS.get(row.constructor) or CUTS[row.family]
    blocks = _CONVNEXT_BLOCKS.get(row.name, 27)
    ends = {"{half}": f"add_{6 + blocks // 2}", "{whole}": f"add_{6 + blocks}"}
    return tuple((stage, ends.get(pattern, pattern)) for stage, pattern in cuts)


def build(row: Facts, size: int) -> Any:
    """The bare network of a row, without weights, for pictures of `size` pixels."""
    from tltools.models import networks
    from tltools.models.tlnet import build_bundled_backbone

    return build_bundled_backbone((size, size, 3), None) if row.constructor == "bundled" \
        else networks.plain_backbone(row, size)


def cut_points(model: Any) -> set[str]:
    """Names of the operations through which every path passes, the network's end
    included.

    Over `model.operations`, not `model.layers`: ConvNeXt and MobileNetV3 add with the
    `+` operator.
    """
    places = {id(operation): place for place, operation in enumerate(model.operations)}
    read_last = [0] * len(places)  # the last place at which each operation's output is read
    for place, operation in enumerate(model.operations):
        for tensor in operation._inbound_nodes[0].input_tensors:
            source = places.get(id(tensor._keras_history.operation))
            if source is not None:
                read_last[source] = max(read_last[source], place)
    points, reach = set(), 0
    for place, operation in enumerate(model.operations):
        if reach <= place:  # nothing before it is read behind it
            points.add(operation.name)
        reach = max(reach, read_last[place])
    return points


def stages(row: Facts, model: Any) -> list[list[Any]]:
    """The stages with their counts, without the sides: [name, cut, weights, scales,
    statistics, channels].

    Raises ValueError if a family's pattern finds no cut point.
    """
    operations, points = model.operations, cut_points(model)
    result, start = [], 0
    for name, pattern in cuts_of(row):
        fits = [
            place for place, operation in enumerate(operations)
            if (place == len(operations) - 1 if pattern == END
                else re.fullmatch(pattern, operation.name))
        ]
        if not fits or operations[fits[-1]].name not in points or fits[-1] < start:
            raise ValueError(f"{row.name}: {pattern!r} names no cut point for {name}")
        end = fits[-1] + 1
        result.append([
            name, operations[end - 1].name, *_numbers(operations[start:end]),
            operations[end - 1].output.shape[-1]
        ])
        start = end
    return result


def _numbers(operations: list[Any]) -> tuple[int, int, int]:
    """(weights, scales, statistics) of some operations, preprocessing left out."""
    from keras import layers

    from tltools.models.networks import prepares

    weights = scales = statistics = 0
    for operation in operations:
        if not isinstance(operation, layers.Layer) or prepares(operation):
            continue
        learned = sum(math.prod(variable.shape) for variable in operation.trainable_weights)
        fixed = sum(math.prod(variable.shape) for variable in operation.non_trainable_weights)
        if isinstance(operation, layers.BatchNormalization):
            scales, statistics = scales + learned, statistics + fixed
        else:
            weights += learned + fixed
    return weights, scales, statistics


def multiply_adds(model: Any) -> int:
    """Multiply-adds of one picture: every number of a convolution or dense kernel is
    used once for each output place."""
    total = 0
    for operation in model.operations:
        kernels = sum(math.prod(variable.shape) for variable in getattr(operation, "weights", ())
                      if variable.path.rsplit("/", 1)[-1] in _CONVOLUTIONS)
        if kernels:
            total += kernels * math.prod(operation.output.shape[1:-1])
    return total


def sides(cuts: list[str], build_at: Callable[[int], Any], least: int) -> list[tuple[int, int]]:
    """(stride, offset) of each cut, so that side = (input + offset) // stride holds for
    every input size.

    build_at: input size -> network. Builds at several sizes until each offset is
    certain.
    """
    def measured(size: int) -> list[int]:
        outputs = {operation.name: operation.output for operation in build_at(size).operations}
        return [int(outputs[cut].shape[1]) for cut in cuts]

    far, near = measured(1024), measured(512)
    strides = [round(512 / (more - less)) for more, less in zip(far, near, strict=True)]
    low, high = [-4 * stride for stride in strides], [stride - 1 for stride in strides]

    def learn(size: int) -> None:
        for index, side in enumerate(measured(size)):
            low[index] = max(low[index], side * strides[index] - size)
            high[index] = min(high[index], (side + 1) * strides[index] - 1 - size)
            if low[index] > high[index]:
                raise ValueError(
                    f"{cuts[index]}: its side is no (input + offset) // {strides[index]}")

    start = -(-max(128, least) // 64) * 64
    for size in (start, start + 1, start - 1):
        learn(size)
    while unsure := [index for index in range(len(cuts)) if low[index] < high[index]]:
        index = unsure[-1]
        # is the offset at least this? At this size the side tells
        middle = (low[index] + high[index] + 1) // 2
        learn(start + (-middle - start) % strides[index])
    return list(zip(strides, low, strict=True))


def count(names: list[str]) -> dict[str, Any]:
    """{row: {"multiply_adds", "stages"}} for these rows; the sides are measured on the
    smallest row of equal structure."""
    import keras

    result: dict[str, Any] = {}
    known: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for row in (row for row in FACTS if row.name in names):
        model = build(row, row.default_input)
        counted = stages(row, model)
        structure = (row.family, row.constructor if row.family == "MobileNetV3" else "",
                     *(stage[0] for stage in counted))
        if structure not in known:
            known[structure] = sides([stage[1] for stage in counted], partial(build, row),
                                     row.least_input)
        result[row.name] = {"multiply_adds": multiply_adds(model), "stages": [
            [*stage, *side] for stage, side in zip(counted, known[structure], strict=True)]}
        print(f"{row.name}: {sum(sum(stage[2:5]) for stage in counted):,} parameters",
              file=sys.stderr, flush=True)
        del model
        keras.backend.clear_session()
    return result


def dump(table: dict[str, Any]) -> str:
    """The table as JSON, a line for each stage, so that a change can be read."""
    lines = []
    for name, row in table.items():
        inner = ",\n   ".join(json.dumps(stage) for stage in row["stages"])
        lines.append(f' {json.dumps(name)}: {{"multiply_adds": {row["multiply_adds"]}, '
                     f'"stages": [\n   {inner}]}}')
    return '{"format": 1, "backbones": {\n' + ",\n".join(lines) + "}}\n"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 1 if the table differs and is not
    written."""
    parser = argparse.ArgumentParser(prog="python -m tltools.models.count", description=__doc__)
    parser.add_argument("names", nargs="*", help="rows to count (default: all)")
    parser.add_argument("--write", action="store_true", help="write them into the table")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    before = json.loads(TABLE_PATH.read_text(encoding="utf-8"))["backbones"]
    counted = count(options.names or [row.name for row in FACTS])
    changed = [name for name, row in counted.items() if before.get(name) != row]
    print(
        f"{len(counted)} rows counted, {len(changed)} differ from the table: {', '.join(changed)}")
    if options.write:
        table = {row.name: counted.get(row.name, before.get(row.name)) for row in FACTS}
        TABLE_PATH.write_text(dump({name: row for name, row in table.items() if row}),
                              encoding="utf-8")
    return 1 if changed and not options.write else 0


if __name__ == "__main__":
    sys.exit(main())
