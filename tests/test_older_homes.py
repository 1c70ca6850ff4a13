"""Homes that the version before has made open and go on: every record, run and model.

`homes/2026-11-28.tar.xz` was made by the commit before the rooms were moved, with drawn
pictures: a data set and runs that finished, fine-tuned, were stopped, were trained
further, wait and were killed while fine-tuning; a second workspace; caches. In it
`HOME` stands for the home's place, as the snapshots name the pictures' folder.
"""

import dataclasses
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import train
from tltools import files, runs
from tltools.datasets import store
from tltools.recipes import earlier_run
from tltools.runs import lineage, listing
from tltools.runs.events import RunState

ARCHIVE = Path(__file__).parent / "homes" / "2026-11-28.tar.xz"
STATES = {
    "finished": RunState.COMPLETED, "fine-tuned": RunState.COMPLETED,
    "stopped": RunState.STOPPED, "finished, trained further": RunState.COMPLETED,
    "waiting": RunState.QUEUED, "interrupted": RunState.INTERRUPTED
}


@pytest.fixture
def older(home):
    """The home of the test, filled by the version before."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(home.path.parent, filter="data")
    for workspace in home.workspaces():
        for path in workspace.runs.iterdir():
            record = path / "dataset.json"
            record.write_text(record.read_text().replace('"HOME/', f'"{home.path}/'))
    return home


def named(home, name: str) -> runs.Run:
    return next(run for run in runs.list_runs(home.workspace()) if run.name == name)


def test_everything_is_listed_and_nothing_is_damaged(older):
    assert [item.name for item in older.workspaces()] == ["anna", "local"]
    found = {run.name: run.state for run in runs.list_runs(older.workspace())}
    assert found == STATES
    rows = listing.rows(older.workspace())
    assert [row.problem for row in rows] == [""] * len(STATES)
    assert len(listing.rows(older.workspace("anna"))) == 1
    (dataset,) = store.list_datasets(older.workspace())
    assert len(dataset.images) == 24
    assert dataset.problems() == []
    for name in ("finished", "fine-tuned"):
        run = named(older, name)
        assert len(run.history().epochs) == len(run.results()["history"]["loss"])
        assert run.results()["test_accuracy"] is not None


def test_a_finished_run_classifies_and_its_settings_are_taken_again(older):
    from tltools.inference import classifier

    run = named(older, "finished")
    dataset = store.list_datasets(older.workspace())[0]
    picture = dataset.image_path(dataset.images[0])
    answer = classifier.classify(run_dir=str(run.path),
                                 pictures=[{"path": str(picture), "name": "a.jpg"}])
    assert sum(answer["images"][0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    config, told = earlier_run.settings_again(older.workspace(), run)
    assert (config.backbone, config.epochs, told) == ("MobileNet-0.25", 3, [])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stopped", "interrupted"])
def test_an_unfinished_run_goes_on_at_its_next_epoch(older, name):
    run = named(older, name)
    before = run.history().epochs
    finished = run.status.epoch
    runs.request_resume(run)
    ended = train(older, runs.read(older.workspace(), run.id))
    assert ended.state is RunState.COMPLETED, ended.status.problem
    after = ended.history()
    assert after.epochs[:finished] == before[:finished], "what it had done is not done again"
    assert [item["epoch"] for item in after.epochs] == list(range(len(after.epochs)))
    assert len(after.epochs) > finished
    assert ended.has_model
    if name == "interrupted":
        assert after.fine_tune_start == 1


@pytest.mark.slow
def test_a_waiting_run_trains_and_a_finished_one_trains_further(older):
    assert train(older, named(older, "waiting")).state is RunState.COMPLETED
    parent = named(older, "finished")
    child = train(older, lineage.train_further(older.workspace(), parent, 1))
    assert child.state is RunState.COMPLETED, child.status.problem
    best = parent.results()["best_epoch"]
    np.testing.assert_allclose(child.results()["history"]["val_loss"][0],
                               parent.results()["history"]["val_loss"][best], atol=0.2)


@pytest.mark.slow
def test_a_backbone_of_before_serves_a_new_run(older):
    parent = named(older, "fine-tuned")
    config = dataclasses.replace(parent.config(), **lineage.as_backbone(parent), epochs=1, views=1,
                                 flip=False)
    made = runs.create(older.workspace(), config, parent.dataset())
    ended = train(older, made)
    assert ended.state is RunState.COMPLETED, ended.status.problem


def test_caches_of_before_go_and_are_computed_anew(older):
    assert list(older.features.glob("*.npy"))
    assert train(older, named(older, "waiting")).state is RunState.COMPLETED
    assert not list(older.features.glob("*.npy"))
    assert list(older.features.rglob("*.npy"))


@pytest.mark.slow
def test_what_is_written_now_has_the_format_of_before(older):
    """A run of today beside one of before: the same records with the same fields."""
    old = named(older, "finished")
    new = train(older, runs.create(older.workspace(), old.config(), old.dataset()))
    for name in ("run.json", "config.json", "status.json", "results.json", "dataset.json"):
        before, after = (files.read_json(run.path / name) for run in (old, new))
        assert set(before) <= set(after), name
    kinds = [{record["event"]: set(record) for record in run.events()[0]} for run in (old, new)]
    assert kinds[0] == kinds[1]


def test_a_data_set_keeps_the_split_that_it_has_until_a_person_changes_it(older):
    """Ranks went by the picture's number then; they go by its content now."""
    (dataset,) = store.list_datasets(older.workspace())
    assert "split_rule" not in files.read_json(dataset.path / "dataset.json")
    run = named(older, "waiting")
    trained = {row["id"]: row["split"] for row in run.dataset()["images"]}
    assert run.dataset()["id"] == dataset.id
    assert dataset.split() == trained
    renamed = store.rename(older.workspace(), dataset.id, "another name")
    assert renamed.split() == trained, "written anew, split as before"
    anew = store.set_split(older.workspace(), dataset.id, dataset.validation, dataset.test,
                           dataset.seed)
    assert anew.split() != trained
    assert store.read(older.workspace(), dataset.id).split() == anew.split()
    assert run.dataset()["images"] == named(older, "waiting").dataset()["images"]
