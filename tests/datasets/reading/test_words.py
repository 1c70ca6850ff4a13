"""What single names say: parts of a split, portions and groups, and what is ignored."""

import pytest

from tltools.datasets.reading import words


@pytest.mark.parametrize(("name", "part"), [
    ("train", "train"), ("TRAIN", "train"), ("Training", "train"), ("train_set", "train"),
    ("training_set", "train"), ("trainset", "train"), ("Train_data", "train"),
    ("TrainingData", "train"), ("train2017", "train"), ("train (1)", "train"),
    ("images_train", "train"), ("trainval", "train"), ("train_val", "train"),
    ("Trainingsdaten", "train"), ("entraînement", "train"), ("训练集", "train"),
    ("val", "validation"), ("Valid", "validation"), ("validation-set", "validation"),
    ("dev", "validation"), ("val2017", "validation"), ("Validierung", "validation"),
    ("検証データ", "validation"), ("test", "test"), ("Testing", "test"), ("test_set", "test"),
    ("test1", "test"), ("hold-out", "test"), ("holdout", "test"), ("held_out", "test"),
    ("evaluation", "test"), ("测试集", "test"), ("テスト", "test"),
    ("cats", ""), ("seg_train", ""), ("bullet_train", ""), ("test_tube", ""), ("train_test", ""),
    ("trainer", ""), ("restrain", ""), ("valley", ""), ("contest", ""), ("", ""), ("12", ""),
])
def test_a_folder_that_names_a_part(name, part):
    assert words.sure_part(name) == part


@pytest.mark.parametrize(("names", "parts"), [
    (["seg_train", "seg_test", "seg_pred"],
     {"seg_train": "train", "seg_test": "test", "seg_pred": "unlabelled"}),
    (["train", "test", "cats"], {"train": "train", "test": "test"}),
    (["bullet_train", "express_train"], {}),
    (["training", "evaluation"], {"training": "train", "evaluation": "test"}),
    (["train", "eval", "test"], {"train": "train", "eval": "validation", "test": "test"}),
    (["Training", "PublicTest", "PrivateTest"],
     {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}),
    ([], {}),
])
def test_names_beside_each_other_mean_parts_in_one_manner(names, parts):
    assert words.parts_of(names) == parts


@pytest.mark.parametrize(("names", "kind"), [
    (["batch1", "batch2"], "portion"), (["fold_1", "fold_10"], "portion"),
    (["part-a", "part-b"], "portion"), (["images", "images_2"], "portion"),
    (["HAM10000_images_part_1", "HAM10000_images_part_2"], "portion"),
    (["patient 1", "patient 12"], "group"), (["2024-05-01", "2024-05-02"], "group"),
    (["Monday", "Tuesday"], "group"), (["color", "grayscale"], "variant"),
    (["jpg", "png"], "variant"), (["64x64", "128x128"], "variant"),
    (["block1", "block2"], "numbered"), (["10253", "10254"], "ids"),
    ([f"{number:02}" for number in range(10)], "ids"), (["1", "2"], ""),
    (["class 1", "class 2"], ""), (["cats", "dogs"], ""), (["bar", "bat"], ""),
    (["Group A", "Gruppe B"], ""),
])
def test_what_folders_beside_each_other_have_in_common(names, kind):
    assert words.portions(names) == kind


@pytest.mark.parametrize(("path", "out"), [
    ("cat/1.png", False), (".git/1.png", True), ("cat/.1.png", True), ("cat/Thumbs.DB", True),
    ("__MACOSX/cat/1.png", True), ("thumbs.db.png", False), ("@eaDir/1.png", True),
    ("$RECYCLE.BIN/1.png", True), ("System Volume Information/x", True), ("Icon\r", True),
])
def test_hidden_files_and_those_of_a_system_are_ignored(path, out):
    assert words.ignored(tuple(path.split("/"))) == out


@pytest.mark.parametrize(("name", "says_nothing"), [
    ("images", True), ("JPEGImages", True), ("data", True), ("my images", False), ("2750", False),
    ("100CANON", True), ("img_2", True), ("cats", False),
])
def test_folders_that_say_nothing(name, says_nothing):
    assert words.generic(name) == says_nothing


@pytest.mark.parametrize(("names", "expected"), [
    (["patient_1", "patient_2"], True), (["2024-05-01", "2024-05-02"], True),
    (["1.2.840.113.1.1", "1.2.840.113.1.2", "1.2.840.113.1.3"], True),
    (["0a1f77aa00", "9bc277aa00", "77de77aa00"], True),
    (["10045210", "10045211", "20931177"], False), (["n01440764", "n01443537", "n0148"], False),
    (["defaced", "facade", "decade"], False), (["person_1", "person_2"], False),
    (["patient"], False)
])
def test_names_that_are_never_a_class(names, expected):
    assert words.no_class(names) is expected


@pytest.mark.parametrize(("path", "expected"), [
    (("a", "2023", "05", "01", "x"), ("a", "2023-05-01", "x")),
    (("2023", "05"), ("2023-05",)), (("2023", "13"), ("2023", "13")),
    (("2023", "oak"), ("2023", "oak")), (("2023",), ("2023",)), ((), ())
])
def test_a_day_in_three_folders_is_one(path, expected):
    assert words.dated(path) == expected


def test_one_manner_of_parts_may_say_more_for_the_test():
    assert words.parts_of(["c_train_data", "c_test_prelim_data", "c_test_final_phase"]) == {
        "c_train_data": "train", "c_test_prelim_data": "test", "c_test_final_phase": "test"}
    assert words.parts_of(["bullet_train", "express_train"]) == {}
    assert words.parts_of(["model_train", "race_test"]) == {}
