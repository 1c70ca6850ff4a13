"""Folders one level at a time."""

import pytest

from tltools.datasets.reading.levels import Leaf, fan_of, opens, some_of, unwrapped, without_role


def leaves(*folders: str) -> list[Leaf]:
    return [Leaf((*folder.split("/"), "1.png"), tuple(filter(None, folder.split("/"))))
            for folder in folders]


def test_a_level_has_folders_and_loose_pictures():
    fan, loose = fan_of(leaves("cats/a", "cats", "", "dogs"))
    assert {name: len(inside) for name, inside in fan.items()} == {"cats": 2, "dogs": 1}
    assert len(loose) == 1


@pytest.mark.parametrize(("folders", "known", "left"), [
    (["a/b/x", "a/b/y"], None, {"x", "y"}), (["a/x", "b/y"], None, {"a", "b"}),
    (["images"], None, set()), (["cats"], None, {"cats"}), (["unknown"], {"cats"}, set()),
    (["cats"], {"cats"}, {"cats"}), (["a/x", "a/y", ""], None, {"x", "y"}),
])
def test_wrappings_are_taken_off(folders, known, left):
    assert set(fan_of(unwrapped(leaves(*folders), known))[0]) == left


@pytest.mark.parametrize(("folders", "does"), [
    (["a/b", "a/c"], True), (["a/b", "a"], False), (["a"], False), ([], False),
])
def test_where_folders_lie_beside_each_other(folders, does):
    assert opens(leaves(*folders)) == does


def test_names_in_a_sentence():
    assert some_of(["b10", "b9"]) == "b9, b10"
    assert some_of([*"dcba", "x" * 50]) == "a, b, c and 2 more"
    assert some_of(["x" * 50]) == "x" * 17 + "…"


@pytest.mark.parametrize(("name", "plain"), [
    ("cats_train", "cats"), ("test-black cats", "black cats"), ("train", "train"),
])
def test_a_name_without_its_part(name, plain):
    assert without_role(name) == plain
