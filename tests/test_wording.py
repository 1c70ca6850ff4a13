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


def test_every_setting_has_a_name_of_its_own_for_people():
    names = list(RunConfig().as_dict())
    labels = [wording.label(name) for name in names]
    assert len(set(labels)) == len(labels)
    assert not any("_" in label for label in labels)
    assert all(label[0].isupper() for label in labels)


def test_the_boundary_is_counted_and_names_are_no_difference():
    def said(before: int, after: int) -> tuple[str, str, str]:
        (change,) = wording.changes(RunConfig(unfreeze_stages=before),
                                    RunConfig(unfreeze_stages=after, name="other", dataset="d"))
        return change

    assert said(0, 1) == ("Freeze boundary", "all frozen", "last stage learns")
    assert said(ALL_STAGES, 3) == ("Freeze boundary", "all learn", "last 3 stages learn")
    assert wording.changes(RunConfig(name="one", dataset="a"), RunConfig()) == []
