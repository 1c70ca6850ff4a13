"""Drawn data sets: the same for the same seed, worth learning from, and no class given
away by its colour."""

import numpy as np
import pytest

from tests.helpers import drawn
from tltools.datasets.drawn import synthesize
from tltools.errors import DatasetError


@pytest.mark.parametrize("family", list(synthesize.FAMILIES))
def test_drawn_pictures_are_reproducible_and_differ(family):
    one, same, other = (synthesize.draw(family, 1, 7, index) for index in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one.astype(int) - other).mean() > 5
    assert one.shape == (synthesize.SIDE, synthesize.SIDE, 3)
    assert one.dtype == np.uint8


@pytest.mark.parametrize("family", ["scenes", "creatures", "digits", "shortcut"])
def test_every_class_can_be_drawn_at_every_difficulty(family):
    most = synthesize.most_classes(family)
    assert len(set(synthesize.class_names(family, most))) == most
    for difficulty in (0.0, 1.0):
        pictures = [synthesize.draw(family, label, 3, 0, difficulty, 32) for label in range(most)]
        assert len({picture.tobytes() for picture in pictures}) == most
        assert all(picture.std() > 8 for picture in pictures), "no picture is plain"
    for index in range(40):  # chance in its corners too
        synthesize.draw(family, index % most, 9, index, 1.0, 16)
    easy, hard = (np.array([synthesize.draw(family, 1, 3, index, difficulty, 32)
                            for index in range(12)]).astype(float)
                  for difficulty in (0.0, 1.0))
    assert hard.std(0).mean() > easy.std(0).mean(), (
        "with difficulty pictures of one class differ more")
    assert synthesize.sheet(family, 3, 1, 0.5, side=32).shape == (64, 96, 3)
    for classes in (1, most + 1):
        with pytest.raises(DatasetError, match=f"{classes} classes"):
            synthesize.check(family, classes, 10, 0.5)


def test_the_shortcut_swaps_backgrounds_in_its_test_pictures_only(home, tmp_path):
    """Mean colour alone gets nearly all pictures right that are not test pictures, and
    nearly all test pictures wrong."""
    dataset = drawn(home, family="shortcut", classes=3, per_class=16)
    in_test = {image.id for image in dataset.images if image.part == "test"}
    assert len(in_test) == 12
    assert {key for key, part in dataset.split().items() if part == "test"} == in_test
    colours = np.array([[synthesize.draw("shortcut", label, 1, index, 0.3, 32).mean((0, 1))
                         for index in range(16)] for label in range(3)])
    test = np.array([synthesize.is_test("shortcut", index) for index in range(16)])
    centres = colours[:, ~test][:, :6].mean(1)
    right = ((colours[:, :, None] - centres) ** 2).sum(-1).argmin(-1) == np.arange(3)[:, None]
    assert right[:, ~test][:, 6:].mean() > 0.8
    assert right[:, test].mean() < 0.3
    assert synthesize.write_folder(tmp_path / "out", "shortcut", 2, 4, 1) == 8
    written = (tmp_path / "out").rglob("*.png")
    assert sorted(path.parent.relative_to(tmp_path / "out").as_posix() for path in written) \
        == ["test/disk", "test/square", *["train/disk"] * 3, *["train/square"] * 3]


@pytest.mark.parametrize("family", ["shapes", "textures", "creatures", "digits"])
def test_mean_colour_does_not_give_the_class_away(family):
    means = np.array([[synthesize.draw(family, label, 3, index).mean((0, 1))
                       for index in range(60)] for label in (0, 1)])
    centres = means[:, :30].mean(1)
    distance = ((means[:, 30:, None] - centres) ** 2).sum(-1)
    right = (distance.argmin(-1) == np.arange(2)[:, None]).mean()
    assert right < 0.75, "a classifier that sees only the mean colour must stay near chance"


def test_many_classes_have_names_of_their_own():
    names = synthesize.class_names("shapes", 100)
    assert len(set(names)) == 100
    for label in (0, 20, 99):
        assert synthesize.draw("shapes", label, 1, 0).shape[2] == 3
    with pytest.raises(DatasetError):
        synthesize.check("shapes", 1, 10, 0.5)


@pytest.mark.parametrize(("settings", "words"), [
    (("paintings", 3, 10, 0.5), "no family called paintings"),
    (("shapes", 3, 1, 0.5), "1 pictures"), (("shapes", 100, 201, 0.5), "at most 20,000"),
    (("shapes", 3, 10, 1.5), "difficulty 1.5"),
])
def test_what_cannot_be_drawn_is_said(settings, words):
    with pytest.raises(DatasetError, match=words):
        synthesize.check(*settings)


def test_every_family_has_a_title_and_a_sentence():
    assert set(synthesize.TITLES) == set(synthesize.FAMILIES)
    assert all(words.endswith(".") for words in synthesize.FAMILIES.values())


def test_no_folder_with_something_in_it_is_drawn_into(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DatasetError, match="not empty"):
        synthesize.write_folder(tmp_path, "shapes", 2, 2, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
