"""A ZIP archive as a source: nothing usable leaves nothing, and uploads go."""

import pytest

from tests import corpus
from tests.datasets.helpers import from_archive, image, zipped
from tltools.datasets import store
from tltools.errors import ArchiveError, DatasetError


@pytest.mark.parametrize(("entries", "words"), [
    ([], "no files"),
    ([("a/1.png", b"text")], "not a picture"),
    ([(".hidden/1.png", b"x")], "no files"),
])
def test_nothing_usable_leaves_no_data_set(home, tmp_path, entries, words):
    with pytest.raises(DatasetError, match=words):
        zipped(home, tmp_path, entries)
    assert store.list_datasets(home.workspace()) == []


def test_upload_is_removed_even_if_it_is_no_archive(home, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(b"no")
    with pytest.raises(ArchiveError):
        from_archive(home, path, name="x.zip", remove=True)
    assert not path.exists()


def test_a_good_upload_is_removed_and_a_file_of_ones_own_stays(home, tmp_path):
    own, upload = tmp_path / "own.zip", tmp_path / "upload"
    for path in (own, upload):
        path.write_bytes(corpus.archive([("a/1.png", image(1)), ("b/1.png", image(2))]))
    first = from_archive(home, own)
    assert own.exists()
    result = from_archive(home, upload, first["dataset"], name="pets.v2.zip", remove=True)
    assert not upload.exists()
    assert (result["dataset"], result["used"]) == (first["dataset"], 0)
    assert all("already" in item["reason"] for item in result["skipped"])
    assert store.read(home.workspace(), first["dataset"]).name == "own"
