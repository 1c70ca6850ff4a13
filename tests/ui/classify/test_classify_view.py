"""The table and the CSV of many answers: what a spreadsheet would take for a formula is
text, what is empty stays empty."""

import pytest

from tests.helpers import drawn
from tests.ui.helpers import completed, page, words
from tltools import files
from tltools.ui.classify.classify_view import as_csv, table

RESULT = {"classes": ["cat", "=dog"], "images": [
    {"file": "a.jpg", "probabilities": {"cat": 0.25, "=dog": 0.75}},
    {"file": "-b.jpg", "error": "-b.jpg is not a picture. Use JPEG."}]}


def test_table_has_a_row_for_every_picture():
    assert table(RESULT) == [["file", "answer", "cat", "=dog", "problem"],
                             ["a.jpg", "=dog", 0.25, 0.75, ""],
                             ["-b.jpg", "", None, None, "-b.jpg is not a picture. Use JPEG."]]


def test_csv_is_safe_and_empty_where_nothing_is():
    assert as_csv(table(RESULT)).splitlines() == [
        "file,answer,cat,'=dog,problem", "a.jpg,'=dog,0.25,0.75,",
        "'-b.jpg,,,,'-b.jpg is not a picture. Use JPEG."
    ]


def test_classify_follows_the_address(home):
    dataset = drawn(home, per_class=6)
    one, two = completed(home, dataset, name="one"), completed(home, dataset, name="two")
    app = page("classify", run=one.id)
    box = app.selectbox(key=f"w-run-{one.id}")
    assert box.value == one.id
    box.set_value(two.id).run()
    assert app.query_params["run"] in (two.id, [two.id])
    app.run()
    assert app.selectbox(key=f"w-run-{two.id}").value == two.id
    assert "was deleted" in words(page("classify", run="20200101-000000-abcdef"))


@pytest.mark.parametrize("damage", [
    b"", b"[1]", b"{}", b'{"split": 3}', b'{"classes": [1]}', b'{"test_accuracy": "x"}',
    b'{"majority_baseline": "x"}'
])
def test_damaged_results_do_not_keep_a_model_from_answering(finished, damage):
    files.write_bytes(finished.path / "results.json", damage)
    app = page("classify", run=finished.id)
    assert "Something went wrong" not in words(app)
    assert app.file_uploader(key="uploader-classify-0")


def test_what_the_model_knows_and_how_well_is_said(finished):
    app = page("classify", run=finished.id)
    assert "Knows: stripes, checks" in words(app)
    assert "test accuracy 50.0 % of 6 images\n" in words(app) + "\n", "results of before"
    files.write_json(finished.path / "results.json",
                     {**finished.results(), "majority_baseline": 0.5})
    app = page("classify", run=finished.id)
    assert "of 6 images (always the largest class: 50.0 %)" in words(app)


def test_pictures_are_classified_as_soon_as_they_are_here(finished, monkeypatch):
    asked = []

    def classify(run_dir, pictures):
        asked.append([item["name"] for item in pictures])
        return {"run": finished.id, "classes": ["stripes", "checks"], "images": [
            {"file": item["name"], "probabilities": {"stripes": 0.25, "checks": 0.75}}
            for item in pictures]}

    monkeypatch.setattr(
        "tltools.engine.tasks.resolve",
        {"tltools.inference.classifier:classify_with_thumbnails": classify}.__getitem__)
    app = page("classify", run=finished.id)
    app.file_uploader(key="uploader-classify-0").set_value(
        [("a.png", b"a", "image/png"), ("b.png", b"b", "image/png")]).run()
    app.run()
    assert not app.exception
    assert "a.png: checks (75.0 %)" in words(app)
    assert asked == [["a.png", "b.png"]], "once, without a second click"
    app.run()
    assert len(asked) == 1
