"""`inspect` on the command line: the fields that are promised, and words for people."""

import json

import pytest

from tests import corpus
from tests.datasets.helpers import image
from tltools import cli, engine
from tltools.cli import main, train
from tltools.datasets import store
from tltools.errors import DatasetError


@pytest.fixture
def pets(tmp_path):
    """A folder: train and val with Cat and dog, test without labels, a note among the
    dogs."""
    root = tmp_path / "pets"
    names = [f"{part}/{name}/{n}.png" for part in ("train", "val") for name in ("Cat", "dog")
             for n in range(2)]
    for seed, name in enumerate([*names, "test/1.png", "test/2.png"]):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(image(seed))
    (root / "train" / "dog" / "note.txt").write_text("x")
    return root


def shown(capsys, *arguments) -> dict:
    assert main(["inspect", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_has_the_fields_that_are_promised(pets, capsys):
    record = shown(capsys, pets)
    assert list(record) == ["layout", "other_layouts", "classes", "unlabelled", "skipped", "notes"]
    assert record["layout"] == "split-above-classes"
    assert record["classes"] == [
        {"name": name, "train": 2, "validation": 2, "test": 0, "unassigned": 0}
        for name in ("Cat", "dog")
    ]
    assert record["unlabelled"] == 2
    assert record["skipped"] == [{"file": "train/dog/note.txt",
                                  "reason": "Its name is not that of a picture."}]
    assert record["notes"] == ["2 pictures have no label; they are kept apart, to classify later."]


def test_another_layout_and_other_names(pets, capsys):
    record = shown(capsys, pets, "--layout", "folders-as-they-are", "--rename", "val=more",
                   "--rename", "test=more")
    assert record["layout"] == "folders-as-they-are"
    assert {item["name"]: item["unassigned"] for item in record["classes"]} \
        == {"train": 4, "more": 6}
    assert "split-above-classes" in record["other_layouts"]


def test_groups_by_a_column(pets, capsys):
    (pets / "labels.csv").write_text("file,label,slide\n" + "".join(
        f"{part}/{name}/{n}.png,{name},{n}\n" for part in ("train", "val")
        for name in ("Cat", "dog") for n in range(2)))
    assert "Pictures with the same slide stay together: 2 groups." \
        in shown(capsys, pets, "--group-by", "slide")["notes"]


def test_an_archive_is_read_as_its_folder(pets, tmp_path, capsys):
    path = tmp_path / "pets.zip"
    path.write_bytes(corpus.archive([(str(file.relative_to(pets)), file.read_bytes())
                                     for file in pets.rglob("*") if file.is_file()]))
    assert shown(capsys, path) == shown(capsys, pets)


def test_words_for_people(pets, capsys):
    assert main(["inspect", str(pets)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ("Read as split-above-classes (folders for training, validation or test, "
                        "with the classes in them): 2 classes; 4 training, 4 validation.")
    assert "note.txt: Its name is not that of a picture." in lines
    assert ["Cat", "2", "2"] in [line.split() for line in lines]
    assert "  unlabelled: Pictures without a label, to classify later" in lines


@pytest.mark.parametrize(("arguments", "words"), [
    (["--layout", "classes"], "Received the layout classes, which does not fit. These do: split-"),
    (["--group-by", "slide"], "There is no file of labels with a column slide. Give one"),
    (["--rename", "Cat"], "Received --rename Cat. Give the old and the new name"),
    (["--rename", "cow=Cat"], "There is no class called cow."),
])
def test_what_cannot_be_done_is_a_line(pets, capsys, arguments, words):
    assert main(["inspect", str(pets), *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(words)
    assert said.count("\n") == 1


def test_a_path_that_is_not_there(capsys):
    assert main(["inspect", "nowhere.zip"]) == 2
    assert capsys.readouterr().err \
        == "There is no folder or archive called nowhere.zip. Check how it is written.\n"


def test_train_reads_the_same_and_says_it(home, pets, monkeypatch, capsys):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")
    options = cli._parser().parse_args([
        "train", str(pets), "--layout", "folders-as-they-are", "--rename", "val=train"])
    dataset = train._import(engine.connect(home), home, options)
    assert [item.name for item in dataset.classes] == ["test", "train"]
    assert capsys.readouterr().err.startswith(
        "Read as folders-as-they-are (the outermost folder is the class, whatever it is called): "
        "3 classes; 10 to be split.\n")
    options.layout = "odd"
    with pytest.raises(DatasetError, match="Received the layout odd"):
        train._import(engine.connect(home), home, options)
    assert len(store.list_datasets(home.workspace())) == 1
