"""What a person calls a setting and its value, wherever two settings differ."""

import re
from pathlib import Path

import pytest

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


def test_classes_that_are_never_the_answer_are_named_with_a_remedy():
    def said(images: int, *names: str):
        results = {"split": {"test": images}, "never_predicted": list(names)}
        return wording.never_predicted(results, "give --class-weights balanced")

    assert said(9) is None
    assert wording.never_predicted({"split": {"test": 9}}, "") is None, "results of before"
    one = said(22, "dogs")
    assert one.title == "A class is never the answer"
    assert one.reason == "The network called none of the 22 test pictures “dogs”."
    assert one.remedy == "Add pictures of it, train longer, or give --class-weights balanced."
    many = said(1_200, *(f"c{number}" for number in range(9)))
    assert many.title == "9 classes are never the answer"
    assert many.reason.endswith("1,200 test pictures “c0”, “c1”, “c2”, “c3”, “c4” and 4 more.")


def test_shares_are_written_in_one_way():
    assert [wording.percent(share) for share in (0, 0.956, 1)] == ["0.0 %", "95.6 %", "100.0 %"]
    assert wording.percent(0.3, 0) == "30 %"


def test_nothing_else_writes_a_share_for_people():
    """"100.0 %" stood beside "30%"."""
    root = Path(wording.__file__).parent
    for path in root.rglob("*.py"):
        if path.name == "wording.py" or path.relative_to(root).parts[0] in ("pretraining",
                                                                            "benchmark"):
            continue
        found = re.search(r"(:\.?\d?%[}'\"])|\d%(?!\w)", path.read_text())
        assert not found, f"{path.relative_to(root)}: {found and found[0]}"


LOCKED = "It needs a password. Pack it again without one."


@pytest.mark.parametrize(("refused", "said"), [
    ([], []),
    ([("a/1.png", LOCKED)], [f"1.png: {LOCKED}"]),
    ([("a/1.png", LOCKED), ("a/2.png", LOCKED)], [f"1.png and 2.png: {LOCKED}"]),
    ([(f"a/{number}.png", LOCKED) for number in range(1, 1_301)],
     [f"1,300 files, such as 1.png, 2.png and 3.png: {LOCKED}"]),
    # the name within the reason is said once; the more frequent reason comes first
    ([("a/x.png", "It is a link."), *((f"b/{letter}.png", f"{letter}.png is empty. Copy it again.")
                                      for letter in "abcd")],
     ["4 files, such as a.png, b.png and c.png: It is empty. Copy it again.",
      "x.png: It is a link."]),
    # numbers that differ are those of the file that is named
    ([("1.png", "1.png has 30.5 MB; at most 25 MB."),
      ("2.png", "2.png has 1,026 MB; at most 25 MB.")],
     ["2 files, such as 1.png: It has 30.5 MB; at most 25 MB."]),
])
def test_many_files_with_one_reason_are_said_once(refused, said):
    assert wording.said_once(refused) == said


def test_a_long_name_that_was_shortened_is_recognised():
    name = "b/" + "".join(map(str, range(60))) + ".png"
    reason = f"{name[2:32]}…{name[-29:]} is empty."
    assert wording.said_once([(name, reason)] * 2)[0].endswith(": It is empty.")


@pytest.mark.parametrize("reason", [
    LOCKED, "It is not good. " * 8, "word " * 40, f"{'n' * 200}.png is no picture. Use another."])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_line_about_files_is_never_too_long(reason, count):
    refused = [("n" * 200 + ".png", reason)] * count
    (line,) = wording.said_once(refused)
    assert len(line) <= wording.LINE
    assert line.endswith((".", "…"))


def test_what_an_import_brought_counts_files_not_pictures():
    assert wording.brought_in({"used": 8, "found": 12}) == "Used 8 of 12 files."
    assert wording.brought_in({"used": 68, "found": 12, "frames": 60, "videos": 1}) \
        == "Used 9 of 12 files. 60 pictures out of 1 video."
    assert wording.brought_in({"used": 3, "found": 2, "frames": 3, "videos": 2}) \
        == "Used 2 of 2 files. 3 pictures out of 2 videos."
