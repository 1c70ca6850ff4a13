"""The formats of files of labels: the same rows from each, and one sentence for what is
none."""

import json

import pytest

from tltools.datasets.reading import label_files
from tltools.errors import DatasetError

ROWS = [["a.jpg", "cat"], ["b.jpg", "dog"]]


def lines(text: str, name: str) -> list[list[str]]:
    return [cells for _, cells in label_files.read(text.encode(), name).lines]


@pytest.mark.parametrize(("name", "text"), [
    ("l.csv", "file,label\na.jpg,cat\nb.jpg,dog\n"),
    ("l.csv", "a.jpg,cat\nb.jpg,dog\n"),
    ("l.tsv", "file\tlabel\na.jpg\tcat\nb.jpg\tdog"),
    ("l.txt", "a.jpg cat\nb.jpg dog\n# a note\n"),
    ("l.jsonl", '{"file": "a.jpg", "label": "cat"}\n\n{"file": "b.jpg", "label": "dog"}\n'),
    ("l.json", '[{"file": "a.jpg", "label": "cat"}, {"file": "b.jpg", "label": "dog"}]'),
    ("l.json", '{"a.jpg": "cat", "b.jpg": "dog"}'),
    ("l.json", '{"cat": ["a.jpg"], "dog": ["b.jpg"]}'),
    ("l.json", '{"images": [{"file": "a.jpg", "label": "cat"}, '
               '{"file": "b.jpg", "label": "dog"}]}'),
    ("l.json", json.dumps({
        "images": [{"id": 7, "file_name": "a.jpg"}, {"id": "x", "file_name": "b.jpg"}],
        "annotations": [{"image_id": 7, "category_id": 1}, {"image_id": "x", "category_id": 2},
                        {"image_id": "x", "category_id": 2}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]})),
])
def test_the_same_rows_from_each_format(name, text):
    assert lines(text, name) == ROWS


def test_several_labels_of_a_picture_are_all_in_its_cell():
    assert lines('[{"file": "a.jpg", "labels": ["cat", "dog"]}]', "l.json") \
        == [["a.jpg", "cat|dog"]]
    coco = {"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
            "annotations": [{"image_id": 1, "category_id": 5}, {"image_id": 1, "category_id": 6}],
            "categories": [{"id": 5, "name": "cat"}]}
    assert lines(json.dumps(coco), "l.json") == [["a.jpg", "cat|6"], ["b.jpg", ""]]


def test_a_list_of_paths_has_spaces_in_names():
    assert lines("my cat 1.jpg 3 0.5\napple_pie/12\n", "l.txt") \
        == [["my cat 1.jpg", "3", "0.5"], ["apple_pie/12"]]


def test_names_without_an_ending_have_labels_of_several_words():
    assert lines("id type\n102579 707-320\n102580 A 340\n", "l.txt") \
        == [["102579", "707-320"], ["102580", "A 340"]]
    assert lines("id a b\n102580 3 4\n", "l.txt") == [["102580", "3", "4"]]


def test_records_in_records_are_laid_flat():
    table = label_files.read(
        b'[{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"id": 7, "result": '
        b'[{"value": {"choices": ["x"]}}, {"value": {"choices": ["y"]}}]}]}]', "l.json")
    assert dict(zip(table.header, table.lines[0][1], strict=True)) \
        == {"id": "1", "image": "a.jpg", "choices": "x|y"}
    table = label_files.read(b'{"a.jpg9": {"filename": "a.jpg", "regions": [], '
                             b'"file_attributes": {"kind": "cat"}}}', "l.json")
    assert dict(zip(table.header, table.lines[0][1], strict=True)) \
        == {"": "a.jpg9", "filename": "a.jpg", "regions": "", "kind": "cat"}


@pytest.mark.parametrize(("cell", "said"), [
    ("['cat']", "cat"), ('["cat", "dog"]', "cat|dog"), ("['a', 'b']", "a|b"),
    ('{"kind": "cat"}', "cat"), ('{"choices": ["a", "b"]}', "a|b"),
    ("[cat]", "[cat]"), ("{}", "{}"), ("[]", "[]"),
    ('{"a": "x", "b": "y"}', '{"a": "x", "b": "y"}'),
    ("cat", "cat"), ("", ""), ("[" * 100_000 + "]", "[" * 100_000 + "]")
])
def test_a_list_in_a_cell_says_what_is_in_it(cell, said):
    assert label_files.plain(cell) == said


def test_the_header_is_apart_and_lines_are_counted_in_the_file():
    table = label_files.read(b"sep=;\n\nfile;label\n\na.jpg;cat\n", "l.csv")
    assert (table.header, table.lines) == (("file", "label"), ((5, ["a.jpg", "cat"]),))
    assert label_files.read(b"a.jpg,1\n", "l.csv").header == ()


@pytest.mark.parametrize(("name", "data"), [
    ("l.json", b"{"), ("l.json", b"[1, 2]"), ("l.json", b'"text"'), ("l.json", b"[]"),
    ("l.json", b'{"a": {"b": 1}, "c": 2.5}'), ("l.json", b"[" * 100_000), ("l.json", b"1" * 10_000),
    ("l.jsonl", b'{"file": 1}\nno\n'), ("l.json", b"\xff\xfe"), ("l.csv", b" \n\0"),
    ("l.csv", b'"' + b"x" * 200_000), ("l.json", b'{"images": [], "annotations": [[]]}x'),
])
def test_what_is_none_is_a_sentence_that_names_the_file(name, data):
    with pytest.raises(DatasetError, match=r"^l\.") as caught:
        label_files.read(data, name)
    assert len(str(caught.value)) <= 140


@pytest.mark.parametrize("text", [
    '{"images": [3, {"id": [1]}], "annotations": [{"image_id": {}, "category_id": [2]}, null]}',
    '{"images": [{}], "annotations": [], "categories": 3}',
    '[{"file": {"x": 1}, "label": null}, {"other": [[["deep"]]]}]',
    '{"images": [{"file_name": null, "id": null}], "annotations": [{}], "categories": [{}]}',
])
def test_odd_values_are_cells(text):
    table = label_files.read(text.encode(), "l.json")
    assert all(isinstance(cell, str) for _, cells in table.lines for cell in cells)
