"""Files of labels among the pictures: which they are, and what several say together."""

import pytest

from tltools.datasets.reading import tables
from tltools.datasets.reading.labels import Row

PICTURES = [("cats", f"{number}.png") for number in range(4)] \
    + [("dogs", f"{number}.png") for number in range(4, 8)]


def read_from(texts: dict[str, str]):
    return lambda path: texts["/".join(path)].encode()


def found(texts: dict[str, str]) -> list[tables.Table]:
    return tables.find(PICTURES, [tuple(path.split("/")) for path in texts],
                              read_from(texts))


def test_the_table_that_names_most_comes_first():
    tables = found({"a.csv": "file,label\n0.png,x\n1.png,y\n",
                    "b/b.csv": "file,label\n0.png,x\n1.png,y\n2.png,x\n",
                    "sample_submission.csv": "file,label\n0.png,x\n1.png,y\n2.png,x\n3.png,y\n",
                    "notes.txt": "no labels here", "one.csv": "file,label\n0.png,x\n",
                    "other.csv": "file,label\nz.png,x\ny.png,y\n"})
    assert [table.path[-1] for table in tables] == ["b.csv", "a.csv"]


def test_tables_are_looked_for_before_a_thousand_small_files(monkeypatch):
    monkeypatch.setattr(tables, "MOST", 3)
    texts = {f"labels/{number}.txt": "0 0.5 0.5 1 1\n" for number in range(9)}
    assert [table.path for table in found({
        **texts, "z/labels.csv": "file,label\n0.png,x\n1.png,y\n"})] == [("z", "labels.csv")]


def test_one_table_for_each_part_is_one():
    texts = {"train.csv": "file,label\n0.png,x\n1.png,y\n2.png,x\n",
             "val.csv": "file,label\n3.png,x\n4.png,y\n",
             "other.csv": "img,kind\n5.png,p\n6.png,q\n"}
    joined = tables.joined(found(texts), PICTURES)
    assert {path[-1]: row.label for path, row in joined.rows.items()} \
        == {"0.png": "x", "1.png": "y", "2.png": "x", "3.png": "x", "4.png": "y"}
    assert {path[-1]: part for path, part in joined.parts.items()} == {
        **dict.fromkeys(("0.png", "1.png", "2.png"), "train"),
        **dict.fromkeys(("3.png", "4.png"), "validation")}
    assert (joined.report["matched"], joined.report["unnamed"]) == (5, 3)
    assert joined.report["file"] == "train.csv and others"
    assert tables.joined([], PICTURES) is None


@pytest.mark.parametrize(("labels", "same"), [
    ("00001111", True), ("00000011", False), ("01010101", False), ("0000111", False),
    ("22221111", True), ("00000000", False),
])
def test_whether_a_table_says_what_the_folders_say(labels, same):
    """Numbers for names are the same; one for two folders, or two in one, are not."""
    rows = {path: Row(1, path[-1], label)
            for path, label in zip(PICTURES, labels, strict=False)}
    assert tables.say_the_same(rows, {path: path[0] for path in PICTURES}) == same


@pytest.mark.parametrize(("texts", "parts"), [
    ({"train.txt": "cats/0\ncats/1.png\ndogs/4\n", "test.txt": "dogs/5\n"},
     {"0.png": "train", "1.png": "train", "4.png": "train", "5.png": "test"}),
    ({"train.txt": "0\n1\n"}, {}),
    ({"train1.txt": "0\n", "train2.txt": "1\n", "test1.txt": "2\n"}, {}),
    ({"train.txt": "0\n1\n", "test.txt": "1\n2\n"}, {}),
    ({"train.txt": "these are words\n", "test.txt": "7\n"}, {}),
])
def test_lists_of_paths_that_are_called_after_parts(texts, parts):
    lists = tables.split_lists(PICTURES, [(name,) for name in texts], read_from(texts))
    assert {path[-1]: part for path, part in lists.items()} == parts
