"""How much frozen features are worth: good ones are told from noise, in any folder."""

import numpy as np
import pytest
from PIL import Image

from tltools.pretraining import probe


def pictures(folder, kinds, count):
    """Plain colours: the red of each kind its own, a green for each picture."""
    for kind, red in kinds.items():
        (folder / kind).mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", (20, 30), (red, 20 * number, 0)).save(folder / kind / f"{number}.png")


def test_a_folder_is_split_by_class_and_by_seed(tmp_path):
    pictures(tmp_path, {"a": 50, "b": 200}, 10)
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    train, test = probe.read_folder(tmp_path, 16)
    assert np.bincount(train.y).tolist() == [7, 7]
    assert np.bincount(test.y).tolist() == [3, 3]
    assert train.x.shape == (14, 16, 16, 3)
    for part in (train, test):
        reds = np.where(part.y == 0, 50, 200)
        assert np.abs(part.x[:, 0, 0, 0] - reds).max() < 9, "but for JPEG, in which all are kept"
    met = {(kind, round(picture[0, 0, 1] / 20)) for part in (train, test)
           for picture, kind in zip(part.x, part.y, strict=True)}
    assert len(met) == 20, "each picture lies in one part"
    np.testing.assert_array_equal(probe.read_folder(tmp_path, 16)[1].x, test.x)
    assert not np.array_equal(probe.read_folder(tmp_path, 16, seed=1)[1].x, test.x)


def test_train_and_test_folders_are_taken_as_they_are(tmp_path):
    pictures(tmp_path / "train", {"a": 50, "b": 200}, 3)
    pictures(tmp_path / "test", {"a": 50, "b": 200}, 1)
    train, test = probe.read_folder(tmp_path, 16)
    assert (train.y.tolist(), test.y.tolist()) == ([0, 0, 0, 1, 1, 1], [0, 1])


def test_one_class_is_no_comparison(tmp_path):
    pictures(tmp_path, {"a": 50}, 2)
    with pytest.raises(FileNotFoundError, match="two or more classes"):
        probe.read_folder(tmp_path, 16)


def test_the_same_pictures_for_each_backbone_and_none_where_one_is_absent(tmp_path):
    pictures(tmp_path / "set", {"a": 50, "b": 200}, 10)
    seen = []

    def red(x):
        seen.append(x)
        return x[:, 0, 0, :1].astype(np.float32)

    row = probe.compare(tmp_path / "set", {"red": red, "again": red, "absent": None}, 16)
    assert (row.name, row.train, row.test) == ("set", 14, 6)
    assert row.accuracies == {"red": 1.0, "again": 1.0, "absent": None}
    np.testing.assert_array_equal(seen[0], seen[2])
    np.testing.assert_array_equal(seen[1], seen[3])


def test_tasks_tell_good_features_from_noise():
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(12), 40)
    noise = generator.normal(size=(480, 16))
    good = generator.normal(size=(12, 16))[labels] * 3 + noise
    assert probe.tasks(good, labels, count=3, kinds=5) > 0.9
    assert probe.tasks(noise, labels, count=3, kinds=5) == pytest.approx(0.2, abs=0.12)
