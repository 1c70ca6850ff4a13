"""Which column of a file of labels says what, found by names and by content."""

import pytest

from tltools.datasets.reading import label_columns
from tltools.datasets.reading.label_columns import Columns
from tltools.datasets.reading.label_files import Table
from tltools.errors import DatasetError

KNOWN = {f"{n}.jpg" for n in range(1, 7)} | {f"{n}" for n in range(1, 7)}


def table(*rows: str, header: str = "") -> Table:
    return Table(tuple(header.split(",")) if header else (),
                 tuple((number, row.split(",")) for number, row in enumerate(rows, 1)))


@pytest.mark.parametrize(("rows", "columns"), [
    # boxes before the class (Stanford cars)
    ([f"{n}.jpg,{30 + n},{70 - n},{n % 2}" for n in range(1, 7)], Columns(0, 3)),
    # the part first (Google's AutoML)
    ([f"{('TRAIN', 'TEST')[n // 5]},x/{n}.jpg,{('cat', 'dog')[n % 2]}" for n in range(1, 7)],
     Columns(1, 2, 0)),
    # a running number first, the path last (MXNet)
    ([f"{90 + n},{n % 2},x/{n}.jpg" for n in range(1, 7)], Columns(2, 1)),
    # words count more than numbers that come again
    ([f"{n}.jpg,{('cat', 'dog')[n % 2]},{n // 4}" for n in range(1, 7)], Columns(0, 1)),
    ([f"{n}.jpg,{n}" for n in range(1, 7)], Columns(0, 1)),
])
def test_without_a_header_the_content_tells(rows, columns):
    assert label_columns.find(table(*rows), KNOWN, "l.csv") == columns


def test_columns_of_yes_and_no_are_no_labels_where_others_are():
    rows = [f"{n}.jpg,{('True', 'False')[n % 2]},{('oak', 'elm')[n % 2]}" for n in range(1, 7)]
    found = label_columns.find(table(*rows, header="img,smoke,tree"), KNOWN, "l.csv")
    assert (found.file, found.label) == (0, 2)
    assert found.words(table(*rows, header="img,smoke,tree")) == "the column tree"


def test_a_first_line_that_names_a_picture_is_no_header():
    found = label_columns.headed(table("2,cat", "3,dog", header="1,dog"), KNOWN)
    assert found.header == ()
    assert [cells for _, cells in found.lines] == [["1", "dog"], ["2", "cat"], ["3", "dog"]]
    plain = table("1,cat", "2,dog", header="image,label")
    assert label_columns.headed(plain, KNOWN | {"image"}) is plain


def test_no_columns_is_a_sentence_with_the_first_line():
    with pytest.raises(DatasetError, match="its first line is: x, y"):
        label_columns.find(table("1,2", header="x,y"), (), "l.csv")
