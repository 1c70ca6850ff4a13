"""The split: by class, by seed, and stable when pictures are added."""

import pytest

from tltools.datasets import splits


def test_split_is_stratified_seeded_and_stable():
    images = [(f"i{number}", f"c{number % 3}", False) for number in range(300)]
    first = splits.split(images, 0.15, 0.15, 42)
    assert first == splits.split(images, 0.15, 0.15, 42) != splits.split(images, 0.15, 0.15, 43)
    for label in ("c0", "c1", "c2"):
        members = [first[name] for name, class_id, _ in images if class_id == label]
        assert [members.count(part) for part in splits.SPLITS] == [70, 15, 15]
    more = splits.split([*images, ("new", "c0", False)], 0.15, 0.15, 42)
    assert sum(more[name] != first[name] for name in first) <= 2


def test_test_folders_are_the_test_set_and_no_other_picture_is():
    images = [(f"i{number}", "ab"[number % 2], number >= 30) for number in range(40)]
    parts = splits.split(images, 0.2, 0.5, 1)
    assert {name for name, part in parts.items() if part == splits.TEST} \
        == {name for name, _, in_test in images if in_test}
    assert list(parts.values()).count(splits.VALIDATION) == 6


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_no_share_takes_the_last_training_picture_or_another_part_away(share):
    images = [(f"{label}{number}", label, False)
              for label, count in (("a", 3), ("b", 4), ("c", 5)) for number in range(count)]
    parts = splits.split(images, share, share, 1)
    assert len(parts) == 12
    for label in "abc":
        mine = [part for name, part in parts.items() if name.startswith(label)]
        assert splits.TRAIN in mine
        assert (splits.VALIDATION in mine) == (splits.TEST in mine) == (share > 0)


@pytest.mark.parametrize(("count", "expected"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1)),
                                                 (10, (6, 2, 2))])
def test_small_classes_keep_a_training_picture(count, expected):
    parts = list(
        splits.split([(f"i{n}", "c", False) for n in range(count)], 0.15, 0.15, 1).values())
    assert tuple(parts.count(part) for part in splits.SPLITS) == expected
