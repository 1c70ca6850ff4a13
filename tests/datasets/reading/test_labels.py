"""CSV files of labels: every usual form is read, every row and picture is accounted
for, and what goes out is safe."""

import csv
import io
import zipfile

import pytest

from tests import corpus
from tests.datasets.helpers import (
    NAMES,
    common,
    from_archive,
    from_folder,
    from_uploads,
    image,
    zipped,
)
from tltools.datasets import edits, store
from tltools.datasets.reading import labels
from tltools.datasets.sources import uploads
from tltools.errors import DatasetError

ROWS = [("a.png", "cat"), ("b.png", "dog"), ("c.png", "cat")]


def found(text: str | bytes) -> list[tuple[str, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return [(row.file, row.label) for row in labels.parse(data, "labels.csv").rows]


@pytest.mark.parametrize("header", [
    "file,label", "Filename,Class", "image,category", "image path,LABELS", "id,target",
    "label,file", "x,file_name,class-name"
])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_headers_separators_and_encodings(header, separator, encoding):
    names = header.split(",")
    lines = [separator.join(names)]
    for file, label in [*ROWS, ("é.png", "crème")]:
        cells = {"x": "1"} | dict.fromkeys(names, file)
        cells[next(name for name in names if name.lower().split("-")[0] in
                   ("label", "class", "category", "labels", "target"))] = label
        lines.append(separator.join("1" if name == "x" else cells[name] for name in names))
    assert found("\r\n".join(lines).encode(encoding)) == [*ROWS, ("é.png", "crème")]


def test_quotes_blank_lines_hint_and_no_header():
    assert found('sep=;\nfile;label\n"a;1.png";"big ""cat"""\n\n  ;  \nb.png;dog\n') == [
        ("a;1.png", 'big "cat"'), ("b.png", "dog")
    ]
    assert found("a.png,cat\nb.JPG,dog\n") == [("a.png", "cat"), ("b.JPG", "dog")]
    read = found("file,label\na.png,\"tench, Tinca tinca\"\nb.png,\"tench, Tinca tinca\"\n")
    assert read[1][1] == "tench, Tinca tinca"


def test_lines_without_a_usable_label_are_named():
    read = labels.parse(
        b'file,label\na.png,\n,cat\nb.png,"cat, dog"\nc.png,cat\nd.png,dog|cat\ne.png\nf.png,dog\n',
        "x.csv")
    assert [(note.line, note.file) for note in read.notes] == [(2, "a.png"), (3, ""), (4, "b.png"),
                                                               (6, "d.png"), (7, "e.png")]
    assert "several labels" in read.notes[2].reason
    assert read.total == 7 == len(read.rows) + len(read.notes)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xff\xfe", b"name;\n", b"a,b\n1,2\n", b"\0" * 50,
                                  b"\x89PNG\r\n\x1a\n" + b"x" * 99, b"file\na.png\n",
                                  b'file,label\n"' + b"x" * 200_000, b"P" * (labels.MAX_BYTES + 1)])
def test_what_is_no_file_of_labels_is_one_sentence(data):
    with pytest.raises(DatasetError) as caught:
        labels.parse(data, "labels.csv")
    assert "labels.csv" in str(caught.value)
    assert len(str(caught.value)) <= 140


def test_rows_find_their_pictures_by_name_then_by_folder():
    pictures = [tuple(path.split("/")) for path in
                ("set/one/1.png", "set/two/1.png", "set/two/2.PNG", "set/3.jpeg", "set/4.png")]
    read = labels.parse(
        b"file,label\none/1.png,a\n/content/set/two/1.png,b\n2.png,c\n3,d\n1.png,e\n9.png,f\n4.png,g\n4.png,g\n"
        b"set\\4.png,h\n3.png,x\n", "l.csv")
    assigned = labels.assign(read, pictures)
    assert {"/".join(path): row.label for path, row in assigned.rows.items()} == {
        "set/one/1.png": "a", "set/two/1.png": "b", "set/two/2.PNG": "c", "set/3.jpeg": "d",
        "set/4.png": "h"
    }
    reasons = {note["line"]: note["reason"] for note in assigned.report["notes"]}
    assert "2 pictures have this name" in reasons[6]
    assert reasons[7] == reasons[11] == "no such picture"
    assert "line 10 gives this picture the label h" in reasons[8]
    assert (assigned.report["rows"], assigned.report["matched"], len(assigned.notes)) == (10, 5, 5)
    assert labels.summary(assigned.report) \
        == "l.csv: 5 of 10 rows matched a picture; 2 rows contradict others."


def test_csv_in_an_archive_is_found_by_itself(home, tmp_path):
    table = "file,label,split\n" + "".join(
        f"{n}.png,{('dog', 'cat')[n % 2]},{'test' if n > 7 else ''}\n" for n in range(10))
    entries = [(f"wrap/images/{n}.png", image(n)) for n in range(9)]
    result = zipped(
        home, tmp_path,
        [*entries, ("wrap/labels.csv", table.encode()), ("wrap/other.csv", b"a,b\n1,2\n")])
    dataset = store.read(home.workspace(), result["dataset"])
    counts = zip(dataset.classes, dataset.counts().values(), strict=True)
    assert {item.name: count for item, count in counts} == {"dog": 5, "cat": 4}
    in_test = [record.name for record in dataset.images if record.part == "test"]
    assert in_test == ["wrap/images/8.png"]
    read = result["labels"]
    assert (read["rows"], read["matched"], result["used"], result["found"]) == (10, 9, 9, 9)
    assert [(note.file, note.reason) for note in dataset.skipped] == [
        ("labels.csv, line 11", "9.png: no such picture")]


def test_class_folders_count_more_than_a_csv_that_lies_there(home, tmp_path):
    entries = [(f"{name}/{n}.png", image(n + 10 * (name == "b"))) for name in "ab"
               for n in range(2)]
    result = zipped(home, tmp_path, [*entries, ("labels.csv", b"file,label\n0.png,x\n")])
    assert "labels" not in result
    classes = store.read(home.workspace(), result["dataset"]).classes
    assert [item.name for item in classes] == ["a", "b"]


def test_csv_beside_a_folder_an_archive_or_uploads(home, tmp_path):
    root = tmp_path / "photos"
    root.mkdir()
    for name, _ in ROWS:
        (root / name).write_bytes(image(ord(name[0])))

    def csv_file() -> dict[str, str]:
        (tmp_path / "l.csv").write_text(
            "file,label\n" + "".join(f"{file},{label}\n" for file, label in ROWS))
        return {"path": str(tmp_path / "l.csv"), "name": "l.csv"}

    by_folder = from_folder(home, root, csv=csv_file())
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name, _ in ROWS:
            packed.write(root / name, name)
    by_archive = from_archive(home, tmp_path / "a.zip", csv=csv_file(), remove=True)
    kept = [{"path": str(root / name), "name": name} for name, _ in ROWS]
    by_uploads = from_uploads(home, kept, csv=csv_file(), title="mine")
    for result in (by_folder, by_archive, by_uploads):
        dataset = store.read(home.workspace(), result["dataset"])
        names = {item.id: item.name for item in dataset.classes}
        assert sorted((record.name, names[record.class_id]) for record in dataset.images) == ROWS
    assert not list(root.iterdir()), "uploads are removed"
    assert not (tmp_path / "l.csv").exists()


def test_nothing_matched_leaves_no_data_set(home, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(corpus.archive([("1.png", image())]))
    (tmp_path / "l.csv").write_text("file,label\nother.png,x\n")
    with pytest.raises(DatasetError, match="None of 1 pictures has a label"):
        from_archive(home, path, csv={"path": str(tmp_path / "l.csv"), "name": "l.csv"})
    assert store.list_datasets(home.workspace()) == []


def test_export_is_safe_in_a_spreadsheet_and_reads_back(home, tmp_path):
    dataset_id = None
    for number, name in enumerate(NAMES):
        path = tmp_path / f"u{number}"
        path.write_bytes(image(number))
        dataset_id = uploads.import_files(class_name=name,
                                          uploads=[{"path": str(path), "name": f"=1+{number}.png"}],
                                          **common(home, dataset_id))["dataset"]
    dataset = store.read(home.workspace(), dataset_id)
    dataset = edits.set_disabled(home.workspace(), dataset_id, [dataset.classes[0].id], True)
    data = labels.export(dataset)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(NAMES)
    assert not [
        cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))
    ]
    assert rows[1][2] == "left out"
    read = labels.parse(data, "labels.csv")
    assert {row.file: row.label for row in read.rows} \
        == {f"=1+{number}.png": name for number, name in enumerate(NAMES)}, "; and | too"
    assert {row.part for row in read.rows} <= {"", "train", "validation", "test"}


def test_command_line_imports_by_labels_and_says_what_did_not_match(
        home, tmp_path, monkeypatch, capsys):
    from tltools import cli, engine
    from tltools.cli import train

    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")
    (tmp_path / "photos").mkdir()
    for name, _ in ROWS:
        (tmp_path / "photos" / name).write_bytes(image(ord(name[0])))
    table = tmp_path / "l.csv"
    table.write_text("file,label\n" + "".join(f"{file},{label}\n" for file, label in ROWS)
                     + "z.png,cat\n")
    options = cli._parser().parse_args(["train", str(tmp_path / "photos"), "--labels", str(table)])
    dataset = train._import(engine.connect(home), home, options)
    assert [item.name for item in dataset.classes] == ["cat", "dog"]
    assert capsys.readouterr().err \
        == ("Read as table (a file of labels says the classes): 2 classes; 3 to be split.\n"
            "l.csv: the label is in the column label.\n"
            "l.csv: 3 of 4 rows matched a picture.\nline 5, z.png: no such picture\n")
    table.write_text("nothing")
    with pytest.raises(Exception, match="no columns for file and label"):
        train._import(engine.connect(home), home, options)
    assert len(store.list_datasets(home.workspace())) == 1


def test_one_column_for_each_class():
    read = labels.parse(b"image_id,cat,dog|wolf\na,1,0\nb,0,1\nc,1,1\nd,0,0\ne,1.0,0.0\n"
                        b"f,1,0\ng,1,0\nh,1,0\ni,1,0\nj,0,1\n", "l.csv")
    assert [(row.file, row.label) for row in read.rows][:3] \
        == [("a", "cat"), ("b", "dog|wolf"), ("e", "cat")]
    assert [(note.line, note.reason) for note in read.notes] == [
        (4, "several labels in one cell (cat, dog|wolf); give one"), (5, "the row has no label")]
    assert read.column == "a column for each class"


def test_columns_are_found_by_what_stands_in_them():
    known = labels.keys_of([("x", "1.png"), ("x", "2.png"), ("x", "3.png"), ("x", "4.png")])
    data = b"no,scan,year,kind\n7,1,2020,oak\n8,2.png,2021,elm\n9,3,2020,oak\n10,4,2021,elm\n"
    read = labels.parse(data, "l.csv", known)
    assert [(row.file, row.label) for row in read.rows] \
        == [("1", "oak"), ("2.png", "elm"), ("3", "oak"), ("4", "elm")]
    assert read.column == "the column kind"
    with pytest.raises(DatasetError, match="no columns for file and label"):
        labels.parse(data, "l.csv")


def test_columns_of_splits_and_groups():
    read = labels.parse(b"file,label,Data Set,patient id\na.png,x,train,P1\nb.png,y,VALID,P1\n"
                        b"c.png,x,testing,P2\nd.png,y,,P2\ne.png,y,odd,\n", "l.csv")
    assert [(row.part, row.group) for row in read.rows] \
        == [("train", "P1"), ("validation", "P1"), ("test", "P2"), ("", "P2"), ("", "")]


def test_a_column_that_groups_nothing_is_no_group():
    for groups in ("PPPP", "PQRS"):
        rows = "".join(f"{n}.png,x,{group}\n" for n, group in enumerate(groups))
        read = labels.parse(f"file,label,patient\n{rows}".encode(), "l.csv")
        assert {row.group for row in read.rows} == {""}


def test_only_our_own_export_may_have_names_with_signs_between():
    rows = b"a.png,x|y,train\nb.png,p;q,\n"
    assert len(labels.parse(b"file,class,split\n" + rows, "l.csv").rows) == 2
    assert len(labels.parse(b"file,label,split\n" + rows, "l.csv").notes) == 2


def test_a_table_names_the_pictures_below_its_folder_first():
    pictures = [("train", "1.png"), ("test", "1.png")]
    read = labels.parse(b"file,label\n1.png,x\n", "l.csv")
    assert list(labels.assign(read, pictures, ("test",)).rows) == [("test", "1.png")]
    assert labels.assign(read, pictures).rows == {}


def test_groups_go_out_and_come_back(home, tmp_path):
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(image(number))
    (tmp_path / "t.csv").write_text("file,label,group\n" + "".join(
        f"{n}.png,{'ab'[n % 2]},g{n // 2}\n" for n in range(4)))
    dataset = store.read(home.workspace(), from_folder(home, tmp_path)["dataset"])
    read = labels.parse(labels.export(dataset), "labels.csv")
    assert {row.file: row.group for row in read.rows} \
        == {"0.png": "g0", "1.png": "g0", "2.png": "g1", "3.png": "g1"}
