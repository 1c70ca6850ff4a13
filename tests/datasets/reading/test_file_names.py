"""Classes from file names: what is read, and what is not believed."""

import pytest

from tltools.datasets.reading import file_names


def classes(*names: str) -> dict[str, str]:
    found = file_names.find([(name,) for name in names], lambda path: "")
    return {path[0]: name for path, name in found.classes.items()} if found else {}


def numbered(*patterns: str, count: int = 6) -> list[str]:
    return [pattern.format(number) for pattern in patterns for number in range(count)]


@pytest.mark.parametrize(("patterns", "expected"), [
    (("cat.{}.jpg", "dog.{}.jpg"), {"cat", "dog"}),
    (("Maine_Coon_{}.jpg", "pug_{}.jpg"), {"Maine_Coon", "pug"}),
    (("cat ({}).png", "dog ({}).png"), {"cat", "dog"}),
    (("cat{}.png", "dog{}.png"), {"cat", "dog"}),
    (("{}-cat.png", "{}-dog.png"), {"cat", "dog"}),
    (("IMG_cat_{}.png", "IMG_dog_{}.png"), {"cat", "dog"}),
    (("cat_x{}a9.png", "dog_x{}a9.png"), {"cat", "dog"}),
    (("n01440764_{}.JPEG", "n02102040_{}.JPEG"), {"n01440764", "n02102040"}),
    (("p{}_v1_ill.png", "p{}_v1_well.png"), {"ill", "well"}),
    (("a_{}_jpg.rf.00aa11bb22.jpg", "b_{}_jpg.rf.33aa11bb22.jpg"), {"a", "b"}),
    (("猫_{}.png", "狗_{}.png"), {"猫", "狗"}),
])
def test_patterns(patterns, expected):
    assert set(classes(*numbered(*patterns)).values()) == expected


@pytest.mark.parametrize("names", [
    numbered("IMG_{}.jpg"), numbered("IMG_{}.jpg", "DSC{}.jpg"), numbered("image{}.png"),
    numbered("{}.png", count=30), ["sunset.jpg", "beach 2.jpg", "mum and dad.jpg", "party.jpg"],
    [f"{number:032x}.png" for number in range(1, 3000, 101)],
    ["red_car.png", "blue_car.png", "red_bus.png", "blue_bus.png"], ["a1.png"],
    [f"{age}_{sex}_{race}.png" for age in range(20, 28) for sex in range(2) for race in range(3)],
])
def test_names_that_say_no_class(names):
    assert classes(*names) == {}


def test_a_pattern_of_one_portion_gives_no_classes_to_others():
    paths = [("train", name) for name in numbered("cat.{}.jpg", "dog.{}.jpg")]
    paths += [("test", f"{number}.jpg") for number in range(20)]
    found = file_names.find(paths, lambda path: path[0])
    assert found.words == "the words before the number"
    assert {found.classes[path] for path in paths if path[0] == "test"} == {""}
    assert found.share == 12 / 32


def test_digits_as_classes_only_where_one_place_can_be_meant():
    names = [f"{digit}_{number:04}.png" for digit in range(4) for number in range(30)]
    assert set(classes(*names).values()) == set("0123")


def test_masks_of_pictures_beside_them():
    paths = [("a", "x (1).png"), ("a", "x (1)_mask.png"), ("a", "x (1)_mask_1.png"),
             ("a", "y_mask.png"), ("b", "x (2)_mask.png")]
    assert file_names.same_picture_masks(paths) == [("a", "x (1)_mask.png"),
                                                      ("a", "x (1)_mask_1.png")]


@pytest.mark.parametrize(("names", "expected"), [
    (["A_test.jpg", "nothing_test.jpg"], ["A", "nothing"]), (["A_test.jpg", "7.jpg"], []),
    (["A_1.jpg", "A_2.jpg"], []), (["del.jpg", "A_1.jpg"], []),
])
def test_names_of_known_classes(names, expected):
    found = file_names.classes_named([(name,) for name in names], ["A", "nothing", "del"])
    assert list(found.values()) == expected


def test_parts_in_names():
    paths = [(f"{part}_cat_1.jpg",) for part in ("train", "val")]
    assert list(file_names.parts_named(paths).values()) == ["train", "validation"]
    assert file_names.parts_named([*paths, ("cat.jpg",)]) == {}
