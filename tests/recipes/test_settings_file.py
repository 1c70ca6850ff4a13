"""A settings file carries settings and nothing of this machine; a bad one is told what
is wrong, and the rest is taken."""

import dataclasses
import json

import pytest

from tltools.config import RunConfig
from tltools.errors import SettingsError
from tltools.recipes import settings_file

MINE = RunConfig(backbone="MobileNet-0.25", weights="none", epochs=7, dataset="secret-id",
                 name="my run")


def stored(settings: dict, **more) -> bytes:
    return json.dumps({"kind": settings_file.KIND, "format": 1, "settings": settings,
                       **more}).encode()


def test_round_trip_without_data_set_name_and_paths(home):
    given = dataclasses.replace(MINE, weights_file="/home/me/x.h5", optimizer="sgd", rotate=15.0,
                                watch="accuracy", flip=True)
    data = settings_file.to_bytes(given)
    assert not any(word in data for word in (b"secret-id", b"my run", b"/home/me"))
    start = RunConfig(dataset="other", name="mine")
    after, problems = settings_file.from_bytes(data, start, home)
    assert problems == []
    assert after == dataclasses.replace(given, dataset="other", name="mine", weights_file="")


@pytest.mark.parametrize(("data", "words"),
                         [(b"", "empty"), (b"\x89PNG\r\n\x1a\n", "damaged"),
                          (b'{"kind": "tltools settings", "settings"', "damaged"),
                          (b"[1, 2]", "some other JSON"), (b'{"epochs": 3}', "some other JSON"),
                          (stored([1]), "no settings in it"), (b"[" * 50_000, "damaged"),
                          (b" " * 200_000, "too much")])
def test_what_is_no_settings_file_is_refused_in_a_sentence(home, data, words):
    with pytest.raises(SettingsError) as caught:
        settings_file.from_bytes(data, MINE, home)
    assert words in str(caught.value)
    assert len(str(caught.value)) <= 140


@pytest.mark.parametrize(("name", "value"), [("epochs", 0), ("epochs", "ten"), ("epochs", True),
                                             ("epochs", 10**400), ("learning_rate", float("nan")),
                                             ("optimizer", "magic"), ("optimizer", ["adam"]),
                                             ("flip", 1), ("backbone", "VGG99"),
                                             ("backbone", {"a": 1}),
                                             ("schedule", "![x](http://e/x.png)" * 50),
                                             ("rotate", None)])
def test_a_bad_value_is_named_and_the_rest_is_taken(home, name, value):
    before = getattr(MINE, name)
    after, problems = settings_file.from_bytes(stored({name: value, "patience": 4, "shift": 0}),
                                               MINE, home)
    assert len(problems) == 1
    assert "stayed as it was" in problems[0].remedy
    assert len(str(problems[0])) <= 140
    assert getattr(after, name) == before
    assert after.patience == 4
    assert type(after.shift) is float


def test_unknown_keys_and_newer_formats_are_said_and_the_rest_is_taken(home):
    after, problems = settings_file.from_bytes(
        stored({"epochs": 9, "warp": 1, "dataset": "theirs"}, format=7), MINE, home)
    assert [problem.title for problem in problems] == ["Newer file", "Unknown settings"]
    assert "dataset, warp" in problems[1].reason
    assert (after.epochs, after.dataset) == (9, "secret-id")


def test_missing_weights_are_said(home, monkeypatch):
    after, problems = settings_file.from_bytes(
        stored({"backbone": "VGG16", "weights": "imagenet", "epochs": 3}), MINE, home)
    assert len(problems) == 1
    assert "VGG16 are not on this machine" in problems[0].reason
    assert (after.backbone, after.epochs) == ("VGG16", 3)
    after, problems = settings_file.from_bytes(stored({"weights": "file", "epochs": 3}), MINE, home)
    assert "machine where the settings were saved" in problems[0].reason
    assert (after.weights, after.epochs) == ("none", 3)
    monkeypatch.setattr("tltools.weights.places.bundled_available", lambda: False)
    _, problems = settings_file.from_bytes(stored({"backbone": "TLNet", "weights": "bundled"}),
                                           MINE, home)
    assert "not in this installation" in problems[0].reason


def test_what_does_not_go_together_is_said(home):
    _, problems = settings_file.from_bytes(stored({"unfreeze_stages": 99}), MINE, home)
    assert "99 to fine-tune" in problems[0].reason
