"""What was not brought in: files and rows of a file of labels are counted apart, and
named by reason, as text."""

import html

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.helpers import HOSTILE
from tltools.datasets.reading import labels
from tltools.ui.data import left_out

ROWS = [
    {"file": "labels.csv, line 4", "reason": "c.png: no such picture"},
    {"file": "labels.csv, line 9", "reason": "d.png: no such picture"},
    {"file": "labels.csv, line 10", "reason": "a.png: line 2 says the same; that one counts"},
    {"file": "labels.csv, line 11", "reason": "b.png: line 3 says the same; that one counts"},
]
FILES = [
    {"file": "a.txt", "reason": "a.txt is no picture."},
    {"file": "x.png", "reason": "It is a link."},
    {"file": "cats/b.txt", "reason": "b.txt is no picture."},
]


@pytest.mark.parametrize(("skipped", "said"), [
    (FILES, "3 files"), (FILES[:1], "1 file"), (ROWS, "4 rows of labels.csv"),
    ([*FILES, ROWS[0]], "3 files and 1 row of labels.csv"),
    ([ROWS[0], {"file": "b.tsv, line 3", "reason": ""}], "2 rows of 2 files of labels"),
])
def test_files_and_rows_are_counted_apart(skipped, said):
    assert left_out.counted(item["file"] for item in skipped) == said


def test_a_row_is_known_by_how_labels_name_it():
    read = labels.parse(b"file,label\na.png,cat\nb.png,dog\n", "labels.csv")
    notes = labels.assign(read, [("a.png",)]).notes
    assert left_out.counted(note.file for note in notes) == "1 row of labels.csv"


def test_files_are_grouped_by_their_reason():
    assert left_out.reasons(FILES) == [
        {"how many": "2 files", "reason": "It is no picture.", "for example": "a.txt, cats/b.txt"},
        {"how many": "1 file", "reason": "It is a link.", "for example": "x.png"},
    ]


def test_rows_are_grouped_by_their_reason():
    assert left_out.reasons(ROWS) == [
        {"how many": "2 rows", "reason": "no such picture",
         "for example": "line 4 (c.png), line 9 (d.png)"},
        {"how many": "2 rows", "reason": "another line says the same; that one counts",
         "for example": "line 10 (a.png), line 11 (b.png)"},
    ]


def test_each_one_is_named_on_request_as_text():
    def script(skipped):
        from tltools.ui.data import left_out

        left_out.show(skipped, "was not used", "were not used")

    skipped = [{"file": f"{HOSTILE} {number}", "reason": HOSTILE} for number in range(600)]
    app = AppTest.from_function(script, kwargs={"skipped": skipped}).run()
    assert app.expander[0].label == "600 files were not used; see why"
    app.toggle(key="w-each-file").set_value(True).run()
    assert not app.exception
    by_reason, each = (item.value for item in app.table)
    assert len(by_reason) == 1
    assert len(each) == left_out.SHOWN
    assert "And 100 more." in [item.value for item in app.caption]
    for cell in [*by_reason.to_numpy().flat, *each.to_numpy().flat]:
        assert "![x](" not in cell
        assert "<b>" not in cell
    assert html.unescape(each["file"][0]).replace("\u200b", "") == f"{HOSTILE} 0"
