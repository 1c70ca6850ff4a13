"""ZIP: the list of entries is bounded before `zipfile` reads it."""

import struct
import tracemalloc

import pytest

from tests.archive_corpus import Raw as Entry
from tests.archive_corpus import listing, raw_zip
from tltools.datasets.archives import packed, zips
from tltools.errors import ArchiveError
from tltools.settings import LIMITS, Limits


def refused(path, words: str) -> int:
    """Bytes of memory that it took to refuse this archive."""
    tracemalloc.start()
    with pytest.raises(ArchiveError, match=words), zips.listed(path, "a.zip", LIMITS):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_four_million_entries_are_never_read(tmp_path):
    """190 MB of list, of which the file system holds only the end."""
    path, length = tmp_path / "a.zip", 4_000_000 * 47
    with open(path, "wb") as file:
        file.seek(length)
        file.write(b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, length, 0, 0))
    assert refused(path, "more than 60,000 entries") < 1_000_000


def test_a_list_within_its_bytes_is_counted_whatever_it_claims(tmp_path):
    (tmp_path / "a.zip").write_bytes(listing(500_000, claimed=3))
    assert refused(tmp_path / "a.zip", "500,000 entries") < 60_000_000


def test_a_zip64_end_is_bounded_too(tmp_path):
    end64 = b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, 1, 1, 10**9, 0)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 10**9, 1)
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    path = tmp_path / "a.zip"
    with open(path, "wb") as file:
        file.seek(10**9)
        file.write(end64 + locator + end)
    assert refused(path, "more than 60,000 entries") < 1_000_000


def test_as_many_as_are_allowed_are_listed(tmp_path):
    (tmp_path / "a.zip").write_bytes(raw_zip(*(Entry(b"%d.png" % number) for number in range(9))))
    limits = Limits(archive_entries=9)
    with zips.listed(tmp_path / "a.zip", "a.zip", limits) as files:
        assert [item.raw for item in files] == [b"%d.png" % number for number in range(9)]
        assert b"".join(files[8].chunks()) == b"x"


def test_folders_are_no_files(tmp_path):
    (tmp_path / "a.zip").write_bytes(raw_zip(Entry(b"cats/", b""), Entry(b"dogs\\", b""),
                                             Entry(b"cats/1.png")))
    with zips.listed(tmp_path / "a.zip", "a.zip", LIMITS) as files:
        assert [item.raw for item in files] == [b"cats/1.png"]


def test_of_an_entry_that_is_wrong_in_two_ways_one_is_said(tmp_path):
    (tmp_path / "a.zip").write_bytes(raw_zip(Entry(b"a.png", flags=1, method=9)))
    with zips.listed(tmp_path / "a.zip", "a.zip", LIMITS) as files:
        assert files[0].wrong == packed.PASSWORD
