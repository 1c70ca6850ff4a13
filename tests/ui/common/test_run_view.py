"""One run as pages show it: its scores, with how many pictures stand behind them."""

import pytest

from tests.ui.helpers import button, page, words
from tltools import files


def test_result_shows_both_scores_and_how_many_images(finished):
    app = page("train", run=finished.id)
    assert [item.value for item in app.metric[:2]] == ["50.0 %", "75.0 %"]
    assert "6 test images" in words(app)


@pytest.mark.parametrize("damage", [b"", b"[1]", b'{"split": 3, "seconds": 4}'])
def test_damaged_results_are_said_and_the_ways_on_stay(finished, damage):
    files.write_bytes(finished.path / "results.json", damage)
    app = page("train", run=finished.id)
    assert "results of this run cannot be read" in words(app)
    assert button(app, "another")
    assert button(app, "next-classify")
    app = page("runs", run=finished.id)
    assert "results of this run cannot be read" in words(app)
    assert button(app, "delete")
