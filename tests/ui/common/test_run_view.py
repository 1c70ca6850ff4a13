"""One run as pages show it: its scores, with how many pictures stand behind them."""

from tests.ui.helpers import page, words


def test_result_shows_both_scores_and_how_many_images(finished):
    app = page("train", run=finished.id)
    assert [item.value for item in app.metric[:2]] == ["50.0 %", "75.0 %"]
    assert "6 test images" in words(app)
