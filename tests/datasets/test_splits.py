"""The split: by class, by seed, and stable when pictures are added."""

import pytest

from tltools.datasets import splits


def split(images, validation: float, test: float, seed: int) -> dict[str, str]:
    """The split of pictures that are all different."""
    return splits.split([splits.Picture(name, label, "test" if in_test else "", "",
                                        f"content of {name}")
                         for name, label, in_test in images], validation, test, seed)


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


def pictures(contents: dict[str, str]) -> list[splits.Picture]:
    """One for each letter, by class."""
    return [splits.Picture(f"{label}/{content}", label, "", "", content)
            for label, letters in contents.items() for content in letters]


def grouped(groups: dict[str, str], each: int) -> list[splits.Picture]:
    """So many pictures of each group: {"cats": "ab"} has groups a and b in a class."""
    return [splits.Picture(f"{label}{group}{number}", label, "", group,
                           f"{label}{group}{number}")
            for label, names in groups.items() for group in names for number in range(each)]


def test_a_picture_keeps_its_part_under_another_id_and_in_another_order():
    images = pictures({"a": "abcdefghijklmnop", "b": "ABCDEFGHIJ"})
    first = splits.split(images, 0.2, 0.3, 7)
    again = [picture._replace(id=f"new {picture.id}") for picture in reversed(images)]
    assert splits.split(again, 0.2, 0.3, 7) \
        == {f"new {name}": part for name, part in first.items()}
    fewer = splits.split(images[:13] + images[16:], 0.2, 0.3, 7)
    assert sum(first[name] != part for name, part in fewer.items()) <= 2


@pytest.mark.parametrize("seed", range(20))
def test_one_content_is_never_on_two_sides(seed):
    """It is learned from: as a test picture it could be right in one class only."""
    images = pictures({"a": "abcdefghij", "b": "ijklmnopqrstuvwxyz", "c": "aab", "d": "z"})
    images = [picture._replace(id=f"{number}: {picture.id}")
              for number, picture in enumerate(images)]
    parts = splits.split(images, 0.4, 0.4, seed)
    found: dict[str, set[str]] = {}
    for picture in images:
        found.setdefault(picture.content, set()).add(parts[picture.id])
    assert all(len(where) == 1 for where in found.values())
    assert all(found[content] == {splits.TRAIN} for content in "abijz")
    assert {"a", "b"} <= {picture.class_id for picture in images
                          if parts[picture.id] == splits.TEST}


def test_what_is_in_a_test_folder_is_learned_from_in_no_class():
    images = [*pictures({"a": "abcd", "b": "efgh"}), splits.Picture("test", "b", "test", "", "a")]
    parts = splits.split(images, 0.25, 0.25, 1)
    assert parts["test"] == parts["a/a"] == splits.TEST
    assert list(parts.values()).count(splits.TEST) == 2


def test_a_validation_folder_stays_the_validation_set_and_nothing_else_is():
    images = [*pictures({"a": "abcdefgh", "b": "ijklmnop"}),
              splits.Picture("val", "b", "validation", "", "z")]
    parts = splits.split(images, 0.3, 0.25, 1)
    assert [name for name, part in parts.items() if part == splits.VALIDATION] == ["val"]
    assert list(parts.values()).count(splits.TEST) == 4, "the test set is drawn"
    alike = [picture._replace(part="train") for picture in images[:-1]] + images[-1:]
    assert splits.split(alike, 0.3, 0.25, 1) == parts, "what is given to training is the rest"


@pytest.mark.parametrize("seed", range(10))
def test_a_group_is_never_on_two_sides(seed):
    images = grouped({"cats": "abcdefghij", "dogs": "hijklmnopq"}, 7)
    parts = splits.split(images, 0.2, 0.2, seed)
    where: dict[str, set[str]] = {}
    for picture in images:
        where.setdefault(picture.group, set()).add(parts[picture.id])
    assert all(len(sides) == 1 for sides in where.values())
    for label in ("cats", "dogs"):
        mine = [parts[picture.id] for picture in images if picture.class_id == label]
        assert all(mine.count(part) for part in splits.SPLITS)
        assert mine.count(splits.TEST) <= 14 + 7 >= mine.count(splits.VALIDATION)
    assert parts == splits.split(images[::-1], 0.2, 0.2, seed)


def test_groups_with_a_picture_in_common_stay_together():
    images = grouped({"a": "pqrstu", "b": "vwxyz"}, 3)
    images.append(splits.Picture("copy", "a", "", "p", images[3].content))  # also in group q
    for seed in range(10):
        parts = splits.split(images, 0.3, 0.3, seed)
        assert len({parts[picture.id] for picture in images if picture.group in "pq"}) == 1


def test_few_groups_are_divided_as_far_as_they_go():
    parts = splits.split(grouped({"a": "x", "b": "yz", "c": "uvw"}, 10), 0.15, 0.15, 3)
    by_class = {label: sorted({part for name, part in parts.items() if name[0] == label})
                for label in "abc"}
    assert by_class == {"a": ["train"], "b": ["train", "validation"],
                        "c": ["test", "train", "validation"]}


def test_pictures_without_a_group_are_divided_beside_groups():
    images = [*grouped({"a": "xy"}, 4), *pictures({"a": "abcdefghijkl", "b": "mnopqrstuv"})]
    parts = splits.split(images, 0.25, 0.25, 5)
    mine = [parts[picture.id] for picture in images if picture.class_id == "a"]
    assert (mine.count(splits.TEST), mine.count(splits.VALIDATION)) == (5, 5)
    given = [picture._replace(part="test") if picture.id == "ax0" else picture
             for picture in images]
    parts = splits.split(given, 0.25, 0.25, 5)
    assert [name for name, part in parts.items() if part == splits.TEST] \
        == ["ax0", "ax1", "ax2", "ax3"], "a group goes where one of it was given to"
