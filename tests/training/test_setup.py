"""From settings to what learns: what is frozen, what each phase is given, what names
it."""

import numpy as np
import pytest

from tests.helpers import drawn
from tltools import files, weights
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import WeightsMissing
from tltools.runs.events import Phase
from tltools.training import setup
from tltools.training.material import IMAGE, Material

CONFIG = {"backbone": "MobileNet-0.25", "weights": "none", "input_size": 32, "batch_size": 8}


def built(home, **settings):
    config = RunConfig(**{**CONFIG, **settings})
    return config, setup.build(home, home.workspace(), config, 2)


@pytest.mark.parametrize(("settings", "expected"), [
    ({"unfreeze_stages": 0}, [(IMAGE, "head_pooling")]),
    ({"unfreeze_stages": 1, "weights": "none"}, [(IMAGE, "BOUNDARY"),
                                                 ("BOUNDARY", "head_pooling")]),
    ({"unfreeze_stages": 1, "epochs": 0, "continues": ""}, [(IMAGE, "BOUNDARY")]),
    ({"unfreeze_stages": ALL_STAGES}, []),
])
def test_what_is_done_once_for_each_picture(home, settings, expected):
    config, network = built(home, **settings)
    boundary = network.split.boundary
    found = [(part.source, part.layer) for part in setup.frozen_parts(network, config)]
    names = {"BOUNDARY": boundary}
    assert found == [(names.get(a, a), names.get(b, b)) for a, b in expected]


def test_a_frozen_part_computes_what_the_network_does(home):
    config, network = built(home, unfreeze_stages=1)
    first, second = setup.frozen_parts(network, config)
    x = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3)).astype(np.uint8)
    at_boundary = first.run(x)
    assert at_boundary.shape == (3, *first.shape)
    pooled = second.run(at_boundary)
    assert pooled.shape == (3, *second.shape)
    whole = network.split.whole(x.astype(np.float32), training=False).numpy()
    np.testing.assert_allclose(network.split.head(pooled, training=False).numpy(), whole,
                               rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_a_cache_is_named_by_backbone_weights_layer_and_pooling(home):
    facts = []
    for settings in ({}, {"seed": 9}, {"pooling": "max"}, {"unfreeze_stages": 1}):
        config, network = built(home, **settings)
        facts.append(setup.frozen_parts(network, config)[0].facts)
    assert len({str(sorted(item.items())) for item in facts}) == 4
    assert all(item["backbone"] == "MobileNet-0.25" for item in facts)
    config, frozen = built(home)
    config_tuned, tuned = built(home, unfreeze_stages=1)
    assert setup.frozen_parts(frozen, config)[-1].facts == \
        setup.frozen_parts(tuned, config_tuned)[-1].facts, "what enters the head is the same"


def test_bundled_weights_are_named_by_their_file(home):
    _, network = built(home, backbone="TLNet", weights="bundled")
    assert network.weights_key == files.sha256_file(weights.bundled_path())
    assert network.weights_name == "bundled"


def test_missing_weights_are_said(home):
    with pytest.raises(WeightsMissing, match="not on this machine"):
        built(home, backbone="VGG16", weights="imagenet")


@pytest.mark.parametrize(("settings", "phase", "source", "statistics"), [
    ({"weights": "none", "unfreeze_stages": 0}, Phase.HEAD, "head_pooling", False),
    ({"weights": "none", "unfreeze_stages": ALL_STAGES}, Phase.HEAD, IMAGE, True),
    ({"weights": "none", "unfreeze_stages": 1}, Phase.FINE_TUNE, "BOUNDARY", True),
])
def test_each_phase_learns_from_its_own_source(home, settings, phase, source, statistics):
    config, network = built(home, epochs=3, fine_tune_epochs=2, **settings)
    planned = setup.stretch(network, config, phase, 3, 7)
    assert planned.source == (network.split.boundary if source == "BOUNDARY" else source)
    assert planned.statistics is statistics
    assert planned.last == 3 + (2 if phase is Phase.FINE_TUNE else 3)
    assert planned.plan.batches == 7


def test_a_phases_learner_has_its_model_rate_and_class_weights(home):
    dataset = drawn(home, per_class=10)
    settings = {"unfreeze_stages": 1, "learning_rate": 0.01, "class_weights": "balanced",
                "fine_tune_learning_rate": 0.002}
    config, network = built(home, **settings)
    shown = Material(home, config, dataset.snapshot())
    head = setup.learner(network, config, Phase.HEAD, shown)
    assert head.model is network.split.head
    assert head.rate == pytest.approx(0.01)
    tuning = setup.learner(network, config, Phase.FINE_TUNE, shown)
    assert tuning.model is network.split.learning
    assert tuning.rate == pytest.approx(0.002)
    assert len(tuning.model.trainable_variables) > len(head.model.trainable_variables)
