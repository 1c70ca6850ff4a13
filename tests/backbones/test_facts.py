"""What is published of each backbone: complete, without contradiction, and nothing that
Keras would not know."""

import json
import re

import pytest

from tltools.backbones import FAMILIES, TABLE_PATH
from tltools.backbones.facts import FACTS, KERAS_TABLE, SLIM_TABLE


def test_names_and_files_belong_to_one_row_each():
    names = [row.name for row in FACTS]
    assert len(set(names)) == len(names)
    files = [file for row in FACTS for file in row.weights_files]
    assert len(set(files)) == len(files)


def test_every_row_was_counted_and_every_family_has_rows():
    counted = json.loads(TABLE_PATH.read_text())["backbones"]
    assert set(counted) == {row.name for row in FACTS}
    assert {row.family for row in FACTS} == set(FAMILIES)


@pytest.mark.parametrize("row", FACTS, ids=lambda row: row.name)
def test_a_row_can_be_built_shown_and_downloaded(row):
    import keras

    assert row.preprocessing in ("tf", "caffe", "torch", "keras", "efficientnet")
    assert row.least_input <= row.default_input
    if row.constructor == "bundled":
        assert (row.weights_files, row.accuracy) == ((), None)
        return
    assert callable(getattr(keras.applications, row.constructor))
    assert row.weights_files
    assert all(re.search(r"_no_?top(_v2)?\.h5$", file) for file in row.weights_files)
    assert 0.4 < row.accuracy < 0.9
    assert row.accuracy_source in (KERAS_TABLE, SLIM_TABLE)
    assert row.accuracy_input >= row.least_input


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_a_family_is_said_in_a_sentence_with_its_source(family):
    assert family.about.endswith(".")
    assert family.licence
    if family.paper:
        assert re.fullmatch(r"\d{4}\.\d{4,5}", family.paper)
        assert family.year == 2000 + int(family.paper[:2]), "arXiv numbers begin with the year"
    else:
        assert family.name == "TLNet", "every other one was published"


@pytest.mark.parametrize("family", ["MobileNet", "MobileNetV2"])
def test_wider_is_more_accurate_and_the_full_width_bears_the_familys_name(family):
    rows = sorted((row for row in FACTS if row.family == family), key=lambda row: row.alpha)
    scores = [row.accuracy for row in rows]
    assert scores == sorted(scores)
    assert [row.name for row in rows if row.alpha == 1.0] == [family]
    for row in rows:
        assert row.alpha == 1.0 or row.name == f"{family}-{row.alpha:g}"
        sides = [int(file.split("_")[-4 if family == "MobileNet" else -3])
                 for file in row.weights_files]
        assert sides == sorted(sides, reverse=True), "the fullest resolution first"
