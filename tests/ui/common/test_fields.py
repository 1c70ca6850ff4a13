"""Settings as pages show them: number boxes within what is allowed, a model in one
line."""

import pytest
from streamlit.testing.v1 import AppTest

from tltools.config import ALL_STAGES, SETTINGS, RunConfig
from tltools.ui.common.fields import summary


def boxes():
    """A script with three of the boxes, as a page would show them."""
    from tltools.config import RunConfig
    from tltools.ui.common import fields

    config = RunConfig(epochs=7, fine_tune_learning_rate=0.00001)
    fields.number("epochs", config, 1, label="Epochs")
    fields.number("fine_tune_learning_rate", config, 0.00001)
    fields.number("epochs", config, 1, key="-again")


def test_a_box_has_the_settings_words_and_range():
    app = AppTest.from_function(boxes).run()
    assert not app.exception
    epochs, rate, again = app.number_input
    setting = SETTINGS["epochs"]
    assert (epochs.label, again.label) == ("Epochs", setting.label)
    assert (epochs.key, again.key) == ("w-epochs", "w-epochs-again")
    assert (epochs.min, epochs.max, epochs.value) == (setting.low, setting.high, 7)
    assert isinstance(epochs.value, int)
    assert setting.help in epochs.help
    assert f"Usual: {setting.usual}." in epochs.help
    assert rate.value == 0.00001
    assert rate.proto.format == "%.7g", "a rate this small is not shown as 0.00"


@pytest.mark.parametrize(("settings", "said"), [
    ({}, "MobileNet-0.25, pretrained, 64 px, 6 of 6 stages frozen"),
    ({"unfreeze_stages": 2}, "MobileNet-0.25, pretrained, 64 px, 4 of 6 stages frozen"),
    ({"weights": "none", "unfreeze_stages": ALL_STAGES},
     "MobileNet-0.25, from scratch, 64 px, 0 of 6 stages frozen"),
    ({"weights": "run", "weights_run": "20260101-000000-abcdef"},
     "MobileNet-0.25, from one of my runs, 64 px, 6 of 6 stages frozen"),
    ({"continues": "20260101-000000-abcdef"},
     "MobileNet-0.25, goes on from a run, 64 px, 6 of 6 stages frozen"),
])
def test_a_model_in_one_line(settings, said):
    assert summary(RunConfig(backbone="MobileNet-0.25", input_size=64, **settings)) == said
