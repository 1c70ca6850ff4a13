"""The loop of pretraining: resumable, judged by what it never learned."""

import dataclasses
import json

import numpy as np
import pytest

from tests.pretraining.helpers import NEEDS_TORCH, SMALL
from tltools.pretraining.recipe import Recipe

pytest.importorskip("torch", reason=NEEDS_TORCH)

from tltools.pretraining import loop, probe


@pytest.mark.slow
def test_a_resumed_training_is_the_same_training(images, targets, tmp_path):
    """One process for two epochs, or two processes for one each: the same weights."""
    whole = loop.Trainer(SMALL, images, targets, tmp_path / "whole")
    whole.run()
    loop.Trainer(SMALL, images, targets, tmp_path / "parts").run(until=1)
    second = loop.Trainer(SMALL, images, targets, tmp_path / "parts")
    assert second.epoch == 1
    second.run()
    for name, value in whole.average.arrays().items():
        np.testing.assert_allclose(value, second.average.arrays()[name], rtol=1e-3, atol=1e-4,
                                   err_msg=name)
    log = [json.loads(line) for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert [record["epoch"] for record in log] == [1, 2]
    assert log[1]["loss"] < log[0]["loss"]
    assert {"held_out_64", "held_out_96", "tasks_64", "tasks_96"} <= set(log[1])


@pytest.mark.slow
def test_new_kinds_are_what_the_features_are_judged_by(images, targets, tmp_path):
    """The classifier has no say on kinds that it never learned; the features have."""
    trainer = loop.Trainer(dataclasses.replace(SMALL, epochs=1, new_kinds=2), images, targets,
                           tmp_path)
    assert trainer.steps == 20 // 16
    trainer.run()
    (record,) = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    by_rows = {
        name: probe.tasks(loop.features(trainer.average, images, rows, 64), images.labels[rows])
        for name, rows in (("new", trainer.rows.new), ("held", trainer.rows.held))
    }
    assert record["tasks_64"] == by_rows["new"] != by_rows["held"]
    assert len(np.unique(images.labels[trainer.rows.held])) == 2


@pytest.mark.slow
def test_what_is_kept_is_the_mean_of_the_epochs_asked_for(images, targets, tmp_path):
    """After a resume too, because the averages of single epochs lie on disk."""
    recipe = dataclasses.replace(SMALL, soup=(1, 2))
    loop.Trainer(recipe, images, targets, tmp_path / "out").run(until=1)
    trainer = loop.Trainer(Recipe.load(tmp_path / "out" / "recipe.json"), images, targets,
                      tmp_path / "out")
    first = {name: value.copy() for name, value in trainer.average.arrays().items()}
    trainer.run()
    last, kept = trainer.average.arrays(), trainer.result().arrays()
    assert any(not np.allclose(first[name], last[name]) for name in first)
    for name, value in kept.items():
        np.testing.assert_allclose(value, (first[name] + last[name]) / 2, rtol=1e-4, atol=1e-5,
                                   err_msg=name)


def test_schedule_warms_up_and_cools_down():
    recipe = Recipe()
    rates = [loop.learning_rate(recipe, share) for share in np.linspace(0, 1, 101)]
    assert max(rates) <= recipe.learning_rate
    assert rates[0] < 0.2 * recipe.learning_rate
    assert rates[-1] < 0.05 * recipe.learning_rate
    assert loop.size_at(recipe, 0.0) == recipe.sizes[0]
    assert loop.size_at(recipe, 1.0) == recipe.sizes[-1]
