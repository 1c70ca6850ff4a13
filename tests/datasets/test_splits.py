"""The split: by class, by seed, and stable when pictures are added."""

import pytest

from tltools.datasets import splits


def split(images, validation: float, test: float, seed: int) -> dict[str, str]:
    """The split of pictures that are all different."""
    return splits.split([(*image, f"content of {image[0]}") for image in images], validation,
                        test, seed)


def test_split_is_stratified_seeded_and_stable():
    images = [(f"i{number}", f"c{number % 3}", False) for number in range(300)]
    first = split(images, 0.15, 0.15, 42)
    assert first == split(images, 0.15, 0.15, 42) != split(images, 0.15, 0.15, 43)
    for label in ("c0", "c1", "c2"):
        members = [first[name] for name, class_id, _ in images if class_id == label]
        assert [members.count(part) for part in splits.SPLITS] == [70, 15, 15]
    more = split([*images, ("new", "c0", False)], 0.15, 0.15, 42)
    assert sum(more[name] != first[name] for name in first) <= 2


def test_test_folders_are_the_test_set_and_no_other_picture_is():
    images = [(f"i{number}", "ab"[number % 2], number >= 30) for number in range(40)]
    parts = split(images, 0.2, 0.5, 1)
    assert {name for name, part in parts.items() if part == splits.TEST} \
        == {name for name, _, in_test in images if in_test}
    assert list(parts.values()).count(splits.VALIDATION) == 6


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_no_share_takes_the_last_training_picture_or_another_part_away(share):
    images = [(f"{label}{number}", label, False)
              for label, count in (("a", 3), ("b", 4), ("c", 5)) for number in range(count)]
    parts = split(images, share, share, 1)
    assert len(parts) == 12
    for label in "abc":
        mine = [part for name, part in parts.items() if name.startswith(label)]
        assert splits.TRAIN in mine
        assert (splits.VALIDATION in mine) == (splits.TEST in mine) == (share > 0)


@pytest.mark.parametrize(("count", "expected"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1)),
                                                 (10, (6, 2, 2))])
def test_small_classes_keep_a_training_picture(count, expected):
    parts = list(
        split([(f"i{n}", "c", False) for n in range(count)], 0.15, 0.15, 1).values())
    assert tuple(parts.count(part) for part in splits.SPLITS) == expected


def pictures(contents: dict[str, str]) -> list[tuple[str, str, bool, str]]:
    """One for each letter, by class."""
    return [(f"{label}/{content}", label, False, content)
            for label, letters in contents.items() for content in letters]


def test_a_picture_keeps_its_part_under_another_id_and_in_another_order():
    images = pictures({"a": "abcdefghijklmnop", "b": "ABCDEFGHIJ"})
    first = splits.split(images, 0.2, 0.3, 7)
    again = [(f"new {name}", *rest) for name, *rest in reversed(images)]
    assert splits.split(again, 0.2, 0.3, 7) \
        == {f"new {name}": part for name, part in first.items()}
    fewer = splits.split(images[:13] + images[16:], 0.2, 0.3, 7)
    assert sum(first[name] != part for name, part in fewer.items()) <= 2


@pytest.mark.parametrize("seed", range(20))
def test_one_content_is_never_on_two_sides(seed):
    """It is learned from: as a test picture it could be right in one class only."""
    images = pictures({"a": "abcdefghij", "b": "ijklmnopqrstuvwxyz", "c": "aab", "d": "z"})
    images = [(f"{number}: {name}", *rest) for number, (name, *rest) in enumerate(images)]
    parts = splits.split(images, 0.4, 0.4, seed)
    found: dict[str, set[str]] = {}
    for name, _, _, content in images:
        found.setdefault(content, set()).add(parts[name])
    assert all(len(where) == 1 for where in found.values())
    assert all(found[content] == {splits.TRAIN} for content in "abijz")
    assert {"a", "b"} <= {label for name, label, *_ in images if parts[name] == splits.TEST}


def test_what_is_in_a_test_folder_is_learned_from_in_no_class():
    images = [*pictures({"a": "abcd", "b": "efgh"}), ("test", "b", True, "a")]
    parts = splits.split(images, 0.25, 0.25, 1)
    assert parts["test"] == parts["a/a"] == splits.TEST
    assert list(parts.values()).count(splits.TEST) == 2
