"""The recipe of pretraining: it survives the disk; what would fail is refused."""

import json

import pytest

from tests.pretraining.helpers import SMALL
from tltools.errors import SettingsError
from tltools.pretraining.recipe import Recipe


def test_recipe_survives_the_disk(tmp_path):
    SMALL.save(tmp_path / "recipe.json")
    assert Recipe.load(tmp_path / "recipe.json") == SMALL


@pytest.mark.parametrize(("change", "words"), [
    ({"teachers": ["lite0", "lite9"]}, "lite9"), ({"teachers": []}, "Choose among lite0"),
    ({"soup": [3, 99]}, "there are 2 epochs"), ({"soup": [0]}, "epochs from 1 to 2"),
])
def test_what_would_be_found_out_after_hours_is_refused_when_read(change, words, tmp_path):
    SMALL.save(tmp_path / "recipe.json")
    record = json.loads((tmp_path / "recipe.json").read_text()) | change
    (tmp_path / "recipe.json").write_text(json.dumps(record))
    with pytest.raises(SettingsError, match=words):
        Recipe.load(tmp_path / "recipe.json")
