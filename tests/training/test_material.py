"""What a run sees: parts, pixels, views and batches, without a process."""

import numpy as np
import pytest

from tests.helpers import drawn
from tltools.config import RunConfig
from tltools.errors import TrainingError
from tltools.images import to_array
from tltools.training.material import IMAGE, FrozenPart, Material

SIZE = 32


def material(home, dataset, **settings) -> Material:
    config = RunConfig(**{"input_size": SIZE, "batch_size": 8, "seed": 3, **settings})
    made = Material(home, config, dataset.snapshot())
    made.decode(lambda done, total: None)
    return made


@pytest.fixture
def dataset(home):
    return drawn(home, per_class=20)


def means(name: str, source: str, calls: list | None = None) -> FrozenPart:
    """A frozen part that anyone can check: the mean of what enters, by channel."""

    def run(batch):
        if calls is not None:
            calls.append(len(batch))
        return batch.reshape(len(batch), -1, batch.shape[-1]).mean(1).astype(np.float32)

    return FrozenPart(source, name, (3,), {"layer": name}, run)


def test_parts_are_those_of_the_split_and_pixels_are_what_training_sees(home, dataset):
    seen = material(home, dataset)
    snapshot = dataset.snapshot()
    for name, part in seen.parts.items():
        assert part.pictures == [row["file"] for row in snapshot["images"] if row["split"] == name]
        assert part.y.tolist() == [row["label"] for row in part.rows]
        expected = [to_array(seen.folder / file, SIZE, "crop") for file in part.pictures]
        np.testing.assert_array_equal(part.x[IMAGE][:], expected)
        assert part.x[IMAGE][:].dtype == np.uint8


def test_progress_counts_every_picture(home, dataset):
    said = []
    made = Material(home, RunConfig(input_size=SIZE), dataset.snapshot())
    made.decode(lambda done, total: said.append((done, total)))
    assert {total for _, total in said} == {40}
    assert [done for done, _ in said] == sorted(done for done, _ in said)
    said.clear()
    made.extract([means("a", IMAGE)], lambda done, total: said.append((done, total)))
    assert said[-1] == (40, 40)
    made.extract([means("a", IMAGE)], lambda done, total: said.append((done, total)))
    assert said[-1] == (0, 0), "what is in the cache is not counted again"


def test_two_classes_with_training_pictures_are_needed(home, dataset):
    snapshot = dataset.snapshot()
    for wrong in ({**snapshot, "classes": ["a"]}, {**snapshot, "images": []}):
        with pytest.raises(TrainingError, match="not two classes"):
            Material(home, RunConfig(), wrong)


def test_pictures_that_are_gone_are_a_sentence(home, dataset):
    made = Material(home, RunConfig(input_size=SIZE), dataset.snapshot())
    dataset.image_path(dataset.images[0]).unlink()
    with pytest.raises(TrainingError, match="cannot be read"):
        made.decode(lambda done, total: None)


def test_an_epoch_is_a_seeded_order_of_all_training_pictures(home, dataset):
    seen = material(home, dataset)
    count = len(seen.parts["train"].rows)
    first, second = seen.order(IMAGE, 0), seen.order(IMAGE, 1)
    assert sorted(first) == sorted(second) == list(range(count))
    assert first.tolist() != second.tolist()
    assert first.tolist() == material(home, dataset).order(IMAGE, 0).tolist()
    x, y = zip(*seen.batches(IMAGE, 0), strict=True)
    assert len(x) == seen.num_batches() == -(-count // 8)
    np.testing.assert_array_equal(np.concatenate(y), seen.parts["train"].y[first])
    np.testing.assert_array_equal(np.concatenate(x), seen.parts["train"].x[IMAGE][first])
    assert x[0].dtype == np.float32


def test_a_layer_is_computed_from_the_one_before_it(home, dataset):
    seen, calls = material(home, dataset), []
    double = FrozenPart("a", "b", (3,), {"layer": "b"}, lambda batch: 2 * batch)
    seen.extract([means("a", IMAGE, calls), double], lambda done, total: None)
    assert sum(calls) == 40, "each picture once"
    for part in seen.parts.values():
        expected = part.x[IMAGE][:].reshape(len(part.rows), -1, 3).mean(1)
        np.testing.assert_allclose(part.x["a"][:], expected, rtol=1e-5)
        np.testing.assert_array_equal(part.x["b"][:], 2 * part.x["a"][:])


def test_training_pictures_are_cached_in_every_view_and_each_epoch_shows_one(home, dataset):
    seen = material(home, dataset, brightness=0.5, views=3)
    seen.extract([means("a", IMAGE)], lambda done, total: None)
    count = len(seen.parts["train"].rows)
    assert len(seen.parts["train"].x["a"]) == 3 * count
    assert len(seen.parts["validation"].x["a"]) == len(seen.parts["validation"].rows)
    shown = [seen.order("a", epoch) for epoch in range(3)]
    for order in shown:
        assert sorted(order % count) == list(range(count)), "each picture once an epoch"
    rows = {int(row) for order in shown for row in order}
    assert rows == set(range(3 * count)), "three epochs show all views"
    x, y = seen.batch("a", shown[1][:8], 1)
    np.testing.assert_array_equal(y, seen.parts["train"].y[shown[1][:8] % count])
    np.testing.assert_array_equal(x, seen.parts["train"].x["a"][shown[1][:8]])
    plain, varied = seen.parts["train"].x["a"][:count], seen.parts["train"].x["a"][count:2 * count]
    assert not np.allclose(plain, varied)


def test_without_a_frozen_part_each_epoch_varies_the_pictures_anew(home, dataset):
    seen = material(home, dataset, brightness=0.5)
    rows = np.arange(4)
    first, again, other = (seen.batch(IMAGE, rows, epoch)[0] for epoch in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_measuring_goes_through_a_part_in_order(home, dataset):
    seen = material(home, dataset)
    x, y = zip(*seen.measured("validation", IMAGE), strict=True)
    np.testing.assert_array_equal(np.concatenate(y), seen.parts["validation"].y)
    np.testing.assert_array_equal(np.concatenate(x), seen.parts["validation"].x[IMAGE][:])


def test_statistics_come_from_the_first_batches(home, dataset, monkeypatch):
    monkeypatch.setattr("tltools.training.material.STATISTICS_BATCHES", 2)
    seen = material(home, dataset)
    found = seen.first_batches(IMAGE)
    assert [len(batch) for batch in found] == [8, 8]
    np.testing.assert_array_equal(found[0], seen.batch(IMAGE, seen.order(IMAGE, 0)[:8], 0)[0])
