"""A ZIP archive as a source: nothing usable leaves nothing, and uploads go."""

import pytest

from tests.datasets.helpers import common, zipped
from tltools.datasets import store
from tltools.datasets.sources import archive
from tltools.errors import ArchiveError, DatasetError


@pytest.mark.parametrize(("entries", "words"), [
    ([], "no files"),
    ([("a/1.png", b"text")], "None of 1"),
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
        archive.import_archive(path=str(path), name="x.zip", remove=True, **common(home))
    assert not path.exists()
