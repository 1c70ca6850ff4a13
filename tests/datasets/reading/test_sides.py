"""Masks and copies beside the pictures: what is left out, what only looks like it."""

import pytest

from tests.datasets.reading.layout_cases import spelt_out
from tltools.datasets.reading.levels import Leaf, fan_of
from tltools.datasets.reading.sides import without_copies, without_side_data


def fan(*patterns):
    paths = [tuple(path.split("/")) for pattern in patterns for path in spelt_out(pattern)]
    return fan_of(Leaf(path, path[:-1]) for path in paths)[0]


@pytest.mark.parametrize(("patterns", "kept"), [
    (["{images,masks}/{1..3}.png"], {"images"}),
    # a name that ends in a format counts only if the files bear the same names
    (["CXR_png/{a,b,c}.png", "ManualMask/{left,right}/{a,b,c}.png"], {"CXR_png"}),
    (["CXR_png/{a,b,c}.png", "ManualMask/{d,e,f}.png"], {"CXR_png", "ManualMask"}),
    (["{mask,no_mask}/{1..3}.png"], {"mask", "no_mask"}),
    (["{bottle,label}/{1..3}.png"], {"bottle", "label"}),
    (["{train,test,ground_truth}/{1..3}.png"], {"train", "test"}),
])
def test_masks_beside_pictures_are_left_out(patterns, kept):
    found, left = without_side_data(fan(*patterns))
    assert set(found) == kept
    assert {path[0] for path, _ in left} == set(fan(*patterns)) - kept


def test_a_folder_of_masks_below_a_class_has_none_of_its_pictures():
    inside = fan("Label/{1..3}.png")
    loose = [Leaf(("1.png",), ())]
    assert without_side_data(inside, loose)[0] == {}
    assert without_side_data(fan("{Trout,Trout GT}/1.png"), [])[0].keys() == {"Trout"}
    assert without_side_data(inside, [])[0] == inside
    assert without_side_data(inside)[0] == inside


@pytest.mark.parametrize(("patterns", "kept"), [
    (["{a,b}/{1..3}.png", "again/{a,b}/{1..3}.png"], {"a", "b"}),
    (["{a,b}/{1..3}.png", "again/{a,b}/{4..6}.png"], {"a", "b", "again"}),
    (["{cats,cats - Copy}/{1..3}.png"], {"cats"}),
    (["{Test,test}/{1..3}.png"], {"Test"}),
    # classes that differ only in their letters are asked about
    (["{Cat,cat}/{1..3}.png"], {"Cat", "cat"}),
    (["images/x/{a,b}.png", "images/y/{c,d}.png", "resized/{a,b,c,d}.png"], {"images"}),
    (["images/x/{a,b}.png", "images/y/{c,d}.png", "resized/{a,b,c,e}.png"],
     {"images", "resized"}),
    (["images/x/{a,b}.png", "images/y/{c,d}.png", "roses/{a,b,c,d}.png"], {"images", "roses"}),
])
def test_what_lies_there_twice_is_left_out_once(patterns, kept):
    found, left = without_copies(fan(*patterns))
    assert set(found) == kept
    assert {path[0] for path, _ in left} == set(fan(*patterns)) - kept
