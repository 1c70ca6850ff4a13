"""The settings of an earlier run as the start of a new one, and what of it is gone."""

import dataclasses

import pytest

from tests.helpers import drawn, queued
from tltools import backbones, files
from tltools.datasets import store
from tltools.errors import NotFound
from tltools.recipes import earlier_run


@pytest.fixture
def dataset(home):
    return drawn(home, per_class=4)


def test_all_is_taken_over_but_the_name(home, workspace, dataset):
    run = queued(home, dataset, name="mine", learning_rate=0.0123, flip=True, epochs=7)
    config, told = earlier_run.settings_again(workspace, run)
    assert told == []
    assert config == dataclasses.replace(run.config(), name="", dataset=dataset.id)
    assert (config.learning_rate, config.flip, config.epochs) == (0.0123, True, 7)


def test_a_data_set_that_is_gone_is_named(home, workspace, dataset):
    run = queued(home, dataset)
    store.delete(workspace, dataset.id)
    config, told = earlier_run.settings_again(workspace, run)
    assert config.dataset == ""
    assert [problem.title for problem in told] == ["Its data set is gone"]
    assert dataset.name in told[0].reason
    assert backbones.check_config(config) == [], "what is left can be trained with"


def test_what_went_on_from_another_run_starts_anew(home, workspace, dataset):
    """With at least one epoch for the head: a run that only fine-tuned had none."""
    parent = queued(home, dataset)
    run = queued(home, dataset, continues=parent.id, epochs=0, fine_tune_epochs=2,
                 unfreeze_stages=1)
    config, told = earlier_run.settings_again(workspace, run)
    assert (config.continues, config.epochs, config.fine_tune_epochs) == ("", 1, 2)
    assert [problem.title for problem in told] == ["It starts anew"]
    assert backbones.check_config(config) == []


def test_a_backbone_of_another_version_is_refused(home, workspace, dataset):
    run = queued(home, dataset)
    record = files.read_json(run.path / "config.json")
    files.write_json(run.path / "config.json", {**record, "backbone": "VGG99"})
    with pytest.raises(NotFound, match="VGG99"):
        earlier_run.settings_again(workspace, run)
