"""What a person calls a setting and its value, wherever two settings differ."""

from tltools import wording
from tltools.config import ALL_STAGES, RunConfig


def test_changes_are_said_in_words():
    said = wording.changes(RunConfig(),
                           RunConfig(weights="none", unfreeze_stages=ALL_STAGES, flip=True))
    assert ("Weights", "pretrained (ImageNet)", "random (from scratch)") in said
    assert ("Freeze boundary", "all frozen", "all learn") in said
    assert ("Mirror at random", "off", "on") in said
    said = wording.changes(
        RunConfig(),
        RunConfig(optimizer="sgd", watch="accuracy", rotate=15.0, class_weights="balanced"))
    assert ("Optimizer", "Adam", "SGD with momentum") in said
    assert ("What is watched", "validation loss", "validation accuracy") in said
    assert ("Rotate, degrees", "0", "15") in said
    assert ("Class weights", "none: every picture counts the same",
            "balanced: every class counts the same") in said
