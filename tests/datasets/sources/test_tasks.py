"""A look at a source and the import by the reading that was chosen: both read the same.
"""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests import corpus
from tests.datasets.helpers import common, from_archive, from_folder, from_uploads, image
from tests.images import films
from tltools.datasets import store
from tltools.datasets.sources import tasks
from tltools.errors import DatasetError

NAMES = [f"{part}/{name}/{number}.png" for part in ("train", "test") for name in ("cat", "dog")
         for number in range(3)]


@pytest.fixture
def pets(tmp_path) -> Path:
    """train and test with cat and dog, three pictures each."""
    root = tmp_path / "pets"
    for seed, name in enumerate(NAMES):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(image(seed))
    return root


def looked(path: Path, **more) -> dict:
    return tasks.inspect(source={"kind": "folder", "path": str(path)}, **more)


def in_store(home, result: dict) -> dict[str, list[str]]:
    """The parts of the pictures of each class, as stored."""
    dataset = store.read(home.workspace(), result["dataset"])
    return {item.name: sorted(picture.part for picture in dataset.members(item.id))
            for item in dataset.classes}


def test_a_look_says_what_would_come_in_and_changes_nothing(home, pets):
    (pets / "train" / "cat" / "notes.txt").write_text("x")
    (pets / "7.png").write_bytes(image(99))
    answer = looked(pets)
    assert json.loads(json.dumps(answer)) == answer
    assert (answer["name"], answer["layout"]) == ("pets", "split-above-classes")
    assert answer["classes"] == [
        {"name": name, "train": 3, "validation": 0, "test": 3, "unassigned": 0}
        for name in ("cat", "dog")
    ]
    assert (answer["unlabelled"], answer["groups"]) == (1, 0)
    assert answer["skipped"] == [{"file": "train/cat/notes.txt",
                                  "reason": "Its name is not that of a picture."}]
    assert answer["notes"] == ["One picture has no label; it is kept apart."]
    assert set(answer["titles"]) == {answer["layout"], *answer["other_layouts"]}
    assert store.list_datasets(home.workspace()) == []


def test_what_comes_in_is_what_was_shown(home, pets):
    result = from_folder(home, pets)
    assert in_store(home, result) == {name: ["test"] * 3 + ["train"] * 3 for name in ("cat", "dog")}
    other = from_folder(home, pets, layout="folders-as-they-are", title=" By part ")
    assert in_store(home, other) == {"test": [""] * 6, "train": [""] * 6}
    assert store.read(home.workspace(), other["dataset"]).name == "By part"


def test_small_pictures_of_each_class(pets):
    (pets / "train" / "cat" / "0.png").write_bytes(b"no picture")
    answer = looked(pets, samples=4)
    counts = {item["name"]: len(item["samples"]) for item in answer["classes"]}
    assert counts == {"cat": 3, "dog": 4}, "one of four cannot be read"
    with Image.open(io.BytesIO(base64.b64decode(answer["classes"][1]["samples"][0]))) as small:
        assert small.format == "JPEG"
        assert max(small.size) <= 160
    assert answer["window"] is None


def test_pictures_of_a_portion_of_many_classes(tmp_path, monkeypatch):
    monkeypatch.setattr(tasks, "SAMPLED_CLASSES", 2)
    for number in range(5):
        path = tmp_path / f"class {number}" / "1.png"
        path.parent.mkdir()
        path.write_bytes(image(number))
    answer = looked(tmp_path, samples=1, first=2)
    assert [len(item.get("samples", [])) for item in answer["classes"]] == [0, 0, 1, 1, 0]


def test_one_window_for_deep_pictures_is_shown_before_the_import(home, tmp_path):
    for folder, top in (("dark", 300), ("bright", 4000)):
        (tmp_path / folder).mkdir()
        for number in range(2):
            deep = Image.new("I;16", (8, 8), top - number)
            deep.save(tmp_path / folder / f"{number}.png")
    window = looked(tmp_path, samples=1)["window"]
    assert (window["low"], window["high"]) == (0, 4095)
    assert "12 bits" in window["reason"]
    result = from_folder(home, tmp_path, window=[0, 16383])
    assert store.read(home.workspace(), result["dataset"]).window == (0, 16383)


def test_classes_renamed_joined_and_left_out(home, tmp_path):
    for seed, name in enumerate(("Cat", "cat", "dog", "owl")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(image(seed))
    assert looked(tmp_path)["look_alike"] == [["Cat", "cat"]]
    result = from_folder(home, tmp_path, rename={"Cat": "cat", "dog": "hound", "owl": ""})
    assert in_store(home, result) == {"cat": ["", ""], "hound": [""]}
    assert result["found"] == 3
    with pytest.raises(DatasetError, match="no class called horse"):
        from_folder(home, tmp_path, rename={"horse": "x"})


def test_pictures_without_a_label_are_kept_apart(home, tmp_path):
    for seed, name in enumerate(("a/1.png", "b/1.png", "test/1.png", "test/2.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(image(seed))
    result = from_folder(home, tmp_path)
    assert in_store(home, result) == {"a": [""], "b": [""]}
    dataset = store.read(home.workspace(), result["dataset"])
    assert sorted(picture.name for picture in dataset.to_classify) == ["test/1.png", "test/2.png"]


def test_groups_of_a_table_are_stored(home, tmp_path):
    for number in range(6):
        (tmp_path / f"{number}.png").write_bytes(image(number))
    (tmp_path / "t.csv").write_text("image,diagnosis,patient,split\n" + "".join(
        f"{n}.png,{'ab'[n % 2]},P{n // 2},{('train', 'val', 'test')[n // 2]}\n" for n in range(6)))
    dataset = store.read(home.workspace(), from_folder(home, tmp_path)["dataset"])
    assert {(picture.group, picture.part) for picture in dataset.images} \
        == {("P0", "train"), ("P1", "validation"), ("P2", "test")}


def test_nothing_labelled_makes_no_data_set_but_can_be_added(home, tmp_path):
    for number in range(3):
        (tmp_path / f"IMG_{number}.png").write_bytes(image(number))
    with pytest.raises(DatasetError, match="None of 3 pictures has a label"):
        from_folder(home, tmp_path)
    assert store.list_datasets(home.workspace()) == []
    dataset = store.create(home.workspace(), "set")
    assert from_folder(home, tmp_path, dataset.id)["unlabelled"] == 3


def test_every_source_reads_the_same(home, pets, tmp_path):
    path = tmp_path / "pets.zip"
    path.write_bytes(corpus.archive([(f"pets/{name}", (pets / name).read_bytes())
                                     for name in NAMES]))
    kept = []
    for number, name in enumerate(NAMES):
        file = tmp_path / f"upload-{number}"
        file.write_bytes((pets / name).read_bytes())
        kept.append({"path": str(file), "name": f"pets\\{name}"})
    sources = [{"kind": "folder", "path": str(pets)},
               {"kind": "archive", "path": str(path), "name": "pets.zip"},
               {"kind": "uploads", "files": kept}]
    answers = [tasks.inspect(source=source) for source in sources]
    assert [answer["classes"] for answer in answers] == [answers[0]["classes"]] * 3
    assert [answer["name"] for answer in answers] == ["pets"] * 3
    stored = [in_store(home, result) for result in (
        from_folder(home, pets), from_archive(home, path), from_uploads(home, kept))]
    assert stored == [stored[0]] * 3
    assert path.exists()
    assert not list(tmp_path.glob("upload-*"))


def test_the_code_page_of_names_is_shown_and_can_be_chosen(tmp_path):
    packed = corpus.archive([("XXXX/1.png", image(1)), ("dog/1.png", image(2))])
    path = tmp_path / "a.zip"
    path.write_bytes(packed.replace(b"XXXX", "猫狗".encode("gbk")))
    source = {"kind": "archive", "path": str(path), "name": "a.zip"}
    answer = tasks.inspect(source={**source, "encoding": "gb18030"})
    assert [item["name"] for item in answer["classes"]] == ["dog", "猫狗"]
    assert answer["encoding"] == "gb18030"
    assert "gb18030" in tasks.inspect(source=source)["encodings"]


def test_a_layout_that_does_not_fit_leaves_nothing(home, pets):
    with pytest.raises(DatasetError, match="These do: split-above-classes"):
        from_folder(home, pets, layout="table")
    assert store.list_datasets(home.workspace()) == []


def test_an_unknown_kind_of_source_is_a_fault_of_ours(home):
    with pytest.raises(ValueError, match="cloud"):
        tasks.bring_in(source={"kind": "cloud"}, **common(home))


def test_a_person_says_what_belongs_together(home, tmp_path):
    """Folders `monday` and `tuesday` say nothing by themselves."""
    root, seed = tmp_path / "plants", 0
    for name, days in (("oak", ("monday", "tuesday", "friday")), ("elm", ("monday",))):
        for day in days:
            (root / name / day).mkdir(parents=True)
            for number in range(6):
                seed += 1
                (root / name / day / f"{number}.png").write_bytes(image(seed))
    assert looked(root, layout="class-folders", group_by="none")["groups"] == 0
    answer = looked(root, layout="class-folders", group_by="folder")
    assert answer["groups"] == 4
    assert answer["notes"] == [
        "Pictures of one folder stay together: 4 groups.",
        "All pictures of elm are in one group: they can only be learned from, not tested with."]
    result = tasks.bring_in(source={"kind": "folder", "path": str(root)}, layout="class-folders",
                            group_by="folder", **common(home))
    dataset = store.read(home.workspace(), result["dataset"])
    assert dataset.groups == {"oak/monday", "oak/tuesday", "oak/friday", "elm/monday"}
    sides: dict[str, set[str]] = {}
    for picture in dataset.images:
        sides.setdefault(picture.group, set()).add(dataset.split()[picture.id])
    assert all(len(side) == 1 for side in sides.values())
    with pytest.raises(DatasetError, match="Known are: none, folder"):
        looked(root, group_by="colour")


def test_a_column_of_any_name_says_what_belongs_together(home, tmp_path):
    lines = ["file,label,slide_no,flash,part"]
    for number in range(8):
        (tmp_path / f"{number}.png").write_bytes(image(number))
        lines.append(f"{number}.png,{'cat' if number % 2 else 'dog'},s{number // 2},"
                     f"{number // 4},{'train' if number < 6 else 'test'}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    answer = looked(tmp_path)
    assert (answer["group_columns"], answer["groups"]) == (["slide_no"], 0)
    answer = looked(tmp_path, group_by="column:slide_no")
    assert answer["groups"] == 4
    assert "Pictures with the same slide_no stay together: 4 groups." in answer["notes"]
    result = tasks.bring_in(source={"kind": "folder", "path": str(tmp_path)},
                            group_by="column:slide_no", **common(home))
    assert store.read(home.workspace(), result["dataset"]).groups == {"s0", "s1", "s2", "s3"}
    with pytest.raises(DatasetError, match=r"no column Slide in the file of labels\. "
                                           r"These can be chosen: slide_no\."):
        looked(tmp_path, group_by="column:Slide")
    (tmp_path / "labels.csv").unlink()
    assert looked(tmp_path)["group_columns"] == []
    with pytest.raises(DatasetError, match="no file of labels with a column slide_no"):
        looked(tmp_path, group_by="column:slide_no")


def test_a_look_counts_a_video_once_and_shows_its_first_picture(tmp_path):
    for number, name in enumerate(("cat/1.mp4", "cat/2.webm", "dog/1.avi", "dog/2.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(image(1) if name.endswith("png") else films.film(
            Path(name).suffix, seconds=1.0, seed=number))
    (tmp_path / "elm").mkdir()
    (tmp_path / "elm" / "only.mp4").write_bytes(films.film(seconds=1.0))
    answer = looked(tmp_path, samples=2)
    assert [item["unassigned"] for item in answer["classes"]] == [2, 2, 1]
    assert [len(item["samples"]) for item in answer["classes"]] == [2, 2, 1]
    assert "4 videos become up to 60 pictures each; the pictures of a video stay on one side of " \
        "the split." in answer["notes"]
    assert "All pictures of elm are in one group: they can only be learned from, not tested with." \
        in answer["notes"]
    assert answer["skipped"] == []
