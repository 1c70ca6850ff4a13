"""Every row of the registry as Keras builds it: counts, cut points, one step of
training, saving, loading.

The suite takes the smallest of each family, split at one place; `pytest
tests/test_table.py --whole-table` takes all rows and all places.
"""

import dataclasses
import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

from tests.helpers import save_legacy
from tltools import backbones
from tltools.backbones import REGISTRY
from tltools.backbones.facts import FACTS
from tltools.config import ALL_STAGES, RunConfig

QUICK = ("TLNet", "MobileNet-0.25")
SMALLEST = {
    min((row for row in REGISTRY.values() if row.family == family),
        key=lambda row: row.parameters).name
    for family in backbones.FAMILIES
}
# a file each, every suite
TRAPS = ("MobileNet-0.25", "DenseNet121", "EfficientNetB0", "MobileNetV3Small-minimalistic")


def rows(suite, quick=QUICK):
    """All names; those outside `suite` are marked table, those outside `quick` slow."""
    return [pytest.param(name, marks=[] if name in quick else [pytest.mark.slow] if name in suite
                         else [pytest.mark.slow, pytest.mark.table]) for name in REGISTRY]


class PlainKeras:
    """A process that has Keras and nothing of this project, and opens models in safe
    mode."""

    CODE = ("import gc, json, sys, numpy as np, keras\n"
            "for line in sys.stdin:\n"
            "    model, x, out = json.loads(line)\n"
            "    model = keras.saving.load_model(model, compile=False)\n"
            "    np.save(out, np.asarray(model(np.load(x), training=False)))\n"
            "    assert not any(name.startswith('tltools') for name in sys.modules)\n"
            "    del model\n    keras.backend.clear_session()\n    gc.collect()\n"
            "    print('done', flush=True)\n")

    def __init__(self, folder):
        self.errors = folder / "errors.txt"
        self.folder = folder
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([sys.executable, "-c", self.CODE], cwd=folder,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=errors, text=True)

    def answer(self, model, x):
        """What the model file gives for x."""
        np.save(self.folder / "x.npy", x)
        self.process.stdin.write(
            json.dumps([str(model), str(self.folder / "x.npy"), str(self.folder / "out.npy")])
            + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == "done", self.errors.read_text()[-2000:]
        return np.load(self.folder / "out.npy")


@pytest.fixture(scope="module")
def whole_table(request):
    """Whether this is the long run."""
    return request.config.getoption("--whole-table")


@pytest.fixture(scope="module")
def plain_keras(tmp_path_factory):
    here = PlainKeras(tmp_path_factory.mktemp("plain"))
    yield here
    here.process.stdin.close()
    here.process.wait(30)
    here.process.stdout.close()


def digest(model):
    """What the weights of a model are, to the last bit."""
    total = hashlib.sha256()
    for variable in model.weights:
        total.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return total.hexdigest()


def step(model, x):
    """One step of training on two examples of one class (of two, the bias's gradients
    could cancel); returns the loss."""
    import keras

    from tltools.training.steps import Steps

    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy",
                  metrics=["accuracy"], jit_compile=False)
    return Steps(model).train(np.asarray(x), np.array([1, 1]))[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", rows(SMALLEST))
def test_row(name, tmp_path, plain_keras, whole_table):
    """At its least input, random weights: split at every stage, one step frozen and
    partly unfrozen, saved, loaded.

    NASNet's only stage to unfreeze is nearly all of it: its step is left to the long
    run.
    """
    import keras

    from tltools.models import networks

    row = backbones.get(name)
    config = RunConfig(backbone=name, weights="none", input_size=row.least_input, pooling="flatten",
                       dropout=0.0)
    whole = networks.build(config, 2, None).whole
    outputs = {operation.name: operation.output for operation in whole.operations}
    for stage in row.stages:
        side = stage.side(row.least_input)
        assert tuple(outputs[stage.cut].shape[1:]) == (side, side, stage.channels), stage
    picture = np.random.default_rng(0).uniform(
        0, 255, (2, row.least_input, row.least_input, 3)).astype("float32")
    expected = whole(picture, training=False).numpy()
    assert np.isfinite(expected).all()

    prepares = sum(layer.count_params() for layer in whole.layers if networks.prepares(layer))
    for unfreeze in (*range(len(row.stages)), ALL_STAGES) if whole_table else (1,):
        config = dataclasses.replace(config, unfreeze_stages=unfreeze)
        parts = networks.split(whole, config)
        at_boundary = parts.frozen(picture, training=False) if parts.frozen else picture
        np.testing.assert_array_equal(parts.learning(at_boundary, training=False).numpy(), expected)
        for pretrained in (False, True):
            now = dataclasses.replace(config, weights="imagenet" if pretrained else "none")
            networks.freeze(parts, now)
            counts = backbones.parameter_counts(now, 2)
            assert whole.count_params() - prepares == counts.total
            assert sum(int(np.prod(weight.shape)) for weight in whole.trainable_weights) \
                == counts.trainable

    for unfreeze in (0, 1) if whole_table else (0,) if row.kind.pieces else (1,):
        parts = networks.split(whole, dataclasses.replace(config, unfreeze_stages=unfreeze))
        before = digest(parts.frozen), digest(parts.learning)
        assert np.isfinite(step(parts.learning, parts.frozen(picture, training=False)))
        assert digest(parts.frozen) == before[0], "what is frozen stays to the last bit"
        assert digest(parts.learning) != before[1]

    whole.save(tmp_path / "model.keras")
    expected = whole(picture, training=False).numpy()
    np.testing.assert_allclose(plain_keras.answer(tmp_path / "model.keras", picture), expected,
                               atol=1e-6)
    (tmp_path / "model.keras").unlink()
    keras.backend.clear_session()


@pytest.mark.parametrize(
    "name", [param for param in rows(TRAPS) if param.values[0] in SMALLEST - {"TLNet"}])
def test_a_weights_file_gives_what_keras_own_loading_gives(name, tmp_path, monkeypatch):
    """Loaded by path, our network answers RGB 0..255 as `weights="imagenet"` answers
    what `preprocess_input` makes of it."""
    import keras

    from tltools.models import networks

    row = backbones.get(name)
    generator = np.random.default_rng(1)
    plain = networks.plain_backbone(row, row.least_input)
    for layer in plain.layers:
        if layer.weights:
            layer.set_weights([
                value + generator.normal(0, 0.02, value.shape).astype(value.dtype)
                if value.dtype.kind == "f" else value for value in layer.get_weights()
            ])
    save_legacy(plain, tmp_path / "file.h5")
    asked = []
    monkeypatch.setattr("keras.src.utils.file_utils.get_file",
                        lambda name, *_, **__: asked.append(name) or str(tmp_path / "file.h5"))
    constructor = getattr(keras.applications, row.constructor)
    options = {
        key: value for key, value in (("alpha", row.alpha), ("minimalistic", row.minimalistic))
        if value
    }
    size = row.least_input
    theirs = constructor(weights="imagenet", include_top=False, input_shape=(size, size, 3),
                         **options)
    assert asked == [row.weights_files[0]]

    config = RunConfig(backbone=name, weights="imagenet", input_size=size)
    whole = networks.build(config, 2, tmp_path / "file.h5").whole
    outputs = {operation.name: operation.output for operation in whole.operations}
    ours = keras.Model(whole.input, outputs[row.stages[-1].cut])
    picture = generator.integers(0, 256, (2, size, size, 3)).astype("float32")
    expected = theirs(sys.modules[constructor.__module__].preprocess_input(picture.copy()),
                      training=False).numpy()
    assert expected.std() > 0
    np.testing.assert_allclose(
        ours(picture, training=False).numpy(), expected, rtol=1e-3,
        atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", [param for param in rows(()) if param.values[0] not in SMALLEST])
def test_weights_files_bear_keras_names(name, monkeypatch):
    """The name that Keras asks for when it downloads is the first of the row."""
    import keras

    class Asked(Exception):
        pass

    def get_file(name, *_, **__):
        raise Asked(name)

    row = backbones.get(name)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    options = {
        key: value for key, value in (("alpha", row.alpha), ("minimalistic", row.minimalistic))
        if value
    }
    with pytest.raises(Asked) as asked:
        getattr(keras.applications, row.constructor)(
            weights="imagenet", include_top=False,
            input_shape=(row.least_input, row.least_input, 3), **options)
    assert str(asked.value) == row.weights_files[0]


@pytest.mark.parametrize(("name", "size"),
                         [("MobileNet-0.25", 33), ("VGG16", 47), ("Xception", 77),
                          pytest.param("ResNet50", 45, marks=pytest.mark.slow),
                          pytest.param("MobileNetV2-0.35", 37, marks=pytest.mark.slow)])
def test_flattened_heads_are_exact_at_odd_sizes(name, size):
    """Floor, ceiling and unpadded convolutions: the head's inputs are what Keras
    builds."""
    from tltools.models import networks

    model = networks.plain_backbone(backbones.get(name), size)
    config = RunConfig(backbone=name, input_size=size, pooling="flatten")
    assert backbones.head_inputs(config) == np.prod(model.output_shape[1:])


def test_every_row_is_counted_and_complete():
    """Nobody forgot the generator; 2 to 7 stages; accuracy and its source, licence and
    files where they belong."""
    assert list(REGISTRY) == [facts.name for facts in FACTS]
    assert len(REGISTRY) == 53
    for row in REGISTRY.values():
        assert (2 if row.kind.pieces else 4) <= len(row.stages) <= 7
        assert row.kind.licence
        assert row.kind.year >= 2014
        assert row.multiply_adds > 0
        assert row.bundled or (0.4 < row.accuracy < 0.9 and row.weights_files and row.kind.paper
                               and row.accuracy_source)
        assert row.stages[-1].side(row.least_input) >= 1
    files = [name for row in REGISTRY.values() for name in row.weights_files]
    assert len(files) == len(set(files))
