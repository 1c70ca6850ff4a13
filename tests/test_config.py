"""Settings are checked before anything starts; each problem says what was received and
what to do."""

import pytest

from tltools.config import ALL_STAGES, CHOICES, DEFAULT_CONFIG, SETTINGS, RunConfig
from tltools.errors import NewerRecord, SettingsError


def test_defaults_can_be_trained_with():
    assert DEFAULT_CONFIG.check() == []


@pytest.mark.parametrize(("name", "value"), [
    ("epochs", 0),
    ("epochs", 1.5),
    ("epochs", "ten"),
    ("epochs", True),
    ("learning_rate", 1e9),
    ("learning_rate", 0),
    ("learning_rate", float("nan")),
    ("learning_rate", float("inf")),
    ("batch_size", -1),
    ("dropout", 1.0),
    ("seed", -1),
    ("input_size", 5000),
    ("resize", "stretch"),
    ("pooling", None),
    ("weights", "magic"),
    ("unfreeze_stages", -2),
    ("unfreeze_stages", "all"),
    ("optimizer", "magic"),
    ("optimizer", ["adam"]),
    ("schedule", None),
    ("class_weights", "heavy"),
    ("watch", "clock"),
    ("label_smoothing", 0.5),
    ("momentum", 1.0),
    ("weight_decay", -1.0),
    ("final_rate", 0.0),
    ("rotate", 400.0),
    ("zoom", 1.0),
    ("colour", "blue"),
    ("flip", "yes"),
    ("warm_up", 31),
])
def test_bad_settings_are_named(name, value):
    problems = RunConfig(**{name: value}).check()
    assert len(problems) == 1
    assert problems[0].title
    assert "Received" in problems[0].reason
    assert problems[0].remedy


@pytest.mark.parametrize("name", list(SETTINGS))
def test_limits_themselves_are_allowed(name):
    setting, kind = SETTINGS[name], type(getattr(DEFAULT_CONFIG, name))
    for value in (setting.low, setting.high):
        assert RunConfig(**{name: kind(value)}).check() == []


def test_round_trip_passes_over_unknown_keys():
    config = RunConfig(backbone="VGG16", flip=True, shift=0.1)
    assert RunConfig.from_dict({**config.as_dict(), "from_the_future": 1}) == config
    with pytest.raises(SettingsError):
        RunConfig.from_dict(["no", "record"])


def test_a_warm_up_fits_into_the_shortest_phase():
    assert RunConfig(epochs=5, warm_up=5).check() == []
    (problem,) = RunConfig(epochs=5, fine_tune_epochs=2, unfreeze_stages=1, warm_up=3).check()
    assert "shortest phase has 2" in problem.reason
    assert RunConfig(epochs=5, fine_tune_epochs=2, unfreeze_stages=0, warm_up=3).check() == []


def test_every_choice_among_words_is_allowed_and_says_what_it_is_for():
    for name, choice in CHOICES.items():
        assert getattr(DEFAULT_CONFIG, name) in choice.options
        assert choice.help
        for value in choice.options:
            assert RunConfig(**{name: value}).check() == []


def test_phases_follow_from_the_boundary():
    assert not RunConfig().fine_tunes
    assert RunConfig(unfreeze_stages=2).fine_tunes
    assert not RunConfig(unfreeze_stages=2, fine_tune_epochs=0).fine_tunes
    scratch = RunConfig(weights="none", unfreeze_stages=ALL_STAGES)
    assert scratch.single_phase
    assert not scratch.fine_tunes


def test_settings_of_a_newer_version_are_not_guessed():
    with pytest.raises(NewerRecord, match="newer version"):
        RunConfig.from_dict({**RunConfig().as_dict(), "format": 99})
