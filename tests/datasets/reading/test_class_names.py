"""Names for classes that are called by codes: the ways in which such files are written.
"""

import pytest

from tltools.datasets.reading import class_names


@pytest.mark.parametrize(("name", "text"), [
    ("map.json", '{"0": "daisy", "1": "sea rose"}'), ("map.json", '{"daisy": 0, "sea rose": 1}'),
    ("map.csv", "ClassId,SignName\n0,daisy\n1,sea rose\n"), ("map.csv", "0,daisy\n1,sea rose\n"),
    ("map.txt", "0: daisy\n1: sea rose\n"), ("map.txt", "daisy 0\nsea rose 1\n"),
    ("map.txt", "00\tdaisy\n01\tsea rose\n"), ("labels.json", '["daisy", "sea rose"]'),
    ("class names.txt", "daisy\r\nsea rose\r\n"),
])
def test_ways_to_name_classes(name, text):
    names, words = class_names.find({"0", "1"}, [(name,)], lambda path: text.encode())
    assert names == {"0": "daisy", "1": "sea rose"}
    assert words == f"{name} names the classes: 0 is daisy."


@pytest.mark.parametrize(("name", "text"), [
    ("map.txt", "0 daisy\n2 rose\n"), ("map.txt", "0 12\n1 13\n"),
    ("map.txt", "0 a.jpg\n1 b.jpg\n"),
    ("other.txt", "daisy\nrose\n"), ("map.json", "{"), ("map.json", '{"0": {"a": 1}}'),
    ("map.csv", "0,daisy,1\n1,rose,1\n"), ("labels.txt", "daisy\ndaisy\n"), ("labels.txt", ""),
])
def test_what_names_no_classes(name, text):
    assert class_names.find({"0", "1"}, [(name,)], lambda path: text.encode()) == ({}, "")


def test_classes_with_names_keep_them():
    read = {("a.txt",): b"cat Katze\ndog Hund\n"}.__getitem__
    assert class_names.find({"cat", "dog"}, [("a.txt",)], read) == ({}, "")
