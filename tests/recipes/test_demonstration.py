"""The demonstration: two runs that differ in nothing but what they start from, on
pictures that no run has tested on."""

import dataclasses

import pytest

from tltools import backbones, files, runs
from tltools.datasets import store
from tltools.recipes import demonstration
from tltools.runs.events import RunState


def test_it_is_a_fair_race(home):
    record = demonstration.prepare(home=str(home.path), workspace="local", seed=3)
    found = demonstration.last(home.workspace())
    assert found == demonstration.Demonstration(3, record["dataset"], record["frozen"],
                                                record["scratch"])
    frozen, scratch = (runs.read(home.workspace(), item) for item in (found.frozen, found.scratch))
    assert frozen.state is scratch.state is RunState.QUEUED
    assert frozen.dataset()["images"] == scratch.dataset()["images"], (
        "the same pictures in the same split")
    ours, theirs = frozen.config().as_dict(), scratch.config().as_dict()
    assert {name for name in ours if ours[name] != theirs[name]} \
        == {"name", "weights", "unfreeze_stages", "epochs"}
    for run in (frozen, scratch):
        assert backbones.check_config(run.config()) == []
        assert run.config().time_limit == demonstration.SECONDS
    dataset = store.read(home.workspace(), found.dataset)
    counts = dataset.split_counts()
    assert counts["test"] >= 100
    assert counts["train"] < counts["test"]
    assert dataset.source == demonstration.SOURCE


def test_another_seed_draws_other_pictures(home):
    first, second = (demonstration.prepare(home=str(home.path), workspace="local", seed=seed)
                     for seed in (1, 2))
    names = [{image.file for image in store.read(home.workspace(), record["dataset"]).images}
             for record in (first, second)]
    assert not names[0] & names[1]


def test_what_is_damaged_or_deleted_is_no_demonstration(home):
    workspace = home.workspace()
    assert demonstration.last(workspace) is None
    record = demonstration.prepare(home=str(home.path), workspace="local", seed=1)
    runs.delete(runs.read(workspace, record["scratch"]))
    assert demonstration.last(workspace) is None
    for damaged in ({}, [], {**record, "frozen": "../x"}, {**record, "seed": None},
                    {**record, "format": 99}):
        files.write_json(workspace.path / "demonstration.json", damaged)
        assert demonstration.last(workspace) is None


def test_configs_differ_by_seed_only():
    one, two = demonstration.configs(1)["frozen"], demonstration.configs(2)["frozen"]
    assert dataclasses.replace(one, seed=2, name=two.name) == two


@pytest.mark.parametrize(("learned", "test", "outcome"), [
    (0.98, 0.4, demonstration.Outcome.BY_HEART), (0.39, 0.3, demonstration.Outcome.TOO_SHORT),
    (0.79, 0.79, demonstration.Outcome.TOO_SHORT), (0.98, 0.95, demonstration.Outcome.WELL),
    (0.8, 0.8, demonstration.Outcome.WELL),
])
def test_what_the_curves_of_a_run_show(learned, test, outcome):
    assert demonstration.outcome({"history": {"accuracy": [0.2, learned]},
                                  "test_accuracy": test}) is outcome


@pytest.mark.parametrize(("epochs", "seconds", "given"), [(2, 16.0, 120), (10, 15.0, 30),
                                                          (1, 60.0, 120), (40, 15.0, 15)])
def test_a_slow_machine_is_given_more_time(epochs, seconds, given):
    results = {"history": {"accuracy": [0.3] * epochs}, "seconds": {"head": seconds}}
    assert demonstration.longer(results) == given
