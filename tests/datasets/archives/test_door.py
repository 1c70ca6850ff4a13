"""The door for archives: every archive is read or ends in a line, and nothing is ever
written by its names."""

import random
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import archive_corpus, corpus
from tests.archive_corpus import CASES, Case, Raw, raw_zip, tar
from tltools.datasets import archives
from tltools.errors import ArchiveError
from tltools.settings import Limits

NAME = "My holiday pictures of summer and of winter, all that we have.zip"


def opened(tmp_path, data: bytes, name: str = NAME, **options):
    path = tmp_path / "upload"
    path.write_bytes(data)
    return archives.open_checked(path, name, **options)


def is_a_line(text: str) -> bool:
    """Whole sentences in one line of at most 140 letters."""
    return len(text) <= 140 and text[-1] == "." and text.isprintable()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_each_archive_is_read_or_ends_in_a_line(tmp_path, case: Case):
    if case.whole:
        with pytest.raises(ArchiveError, match=case.whole) as caught, opened(tmp_path, case.data):
            pass
        assert is_a_line(str(caught.value)), str(caught.value)
        assert str(tmp_path) not in str(caught.value)
    else:
        with opened(tmp_path, case.data) as archive:
            assert tuple(item.name for item in archive.entries) == case.entries
            assert {item.name for item in archive.refused} == set(case.refused)
            for item in archive.refused:
                assert case.refused[item.name] in item.reason
                assert is_a_line(item.reason)
                assert item.reason[0].isupper()
            for item in archive.entries:
                assert len(archive.read(item)) == item.size
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


def test_the_corpus_has_a_hundred_archives_of_different_labels():
    assert len({case.label for case in CASES}) == len(CASES) >= 100


@pytest.mark.parametrize("make", [corpus.archive, lambda entries: tar(*entries)])
def test_entries_are_read_in_any_order_and_from_several_threads(tmp_path, make):
    generator = random.Random(0)
    content = {f"{letter}/{number}.png": generator.randbytes(200_000)
               for letter in "ab" for number in range(5)}
    with opened(tmp_path, make(list(content.items()))) as archive, ThreadPoolExecutor(4) as pool:
        entries = archive.entries[::-1] * 3
        for entry, data in zip(entries, pool.map(archive.read, entries), strict=True):
            assert data == content[entry.name]


@pytest.mark.parametrize("data", [
    raw_zip(Raw(b"a/1.png", b"old"), Raw(b"a/1.png", b"new")),
    tar(("a/1.png", b"old"), ("a/1.png", b"new")),
], ids=["zip", "tar"])
def test_of_a_name_that_comes_twice_the_last_counts(tmp_path, data):
    with opened(tmp_path, data) as archive:
        assert archive.read(archive.entries[0]) == b"new"


def test_the_code_page_is_shown_and_can_be_given(tmp_path):
    data = raw_zip(Raw("Möwe/1.png".encode("cp1252")), Raw(b"Hund/1.png"))
    with opened(tmp_path, data) as archive:
        assert archive.encoding == archive.encodings[0] == "cp1252"
        assert "cp437" in archive.encodings
        assert archive.entries[0].parts == ("Möwe", "1.png")
    with opened(tmp_path, data, encoding="cp437") as archive:
        assert archive.encoding == "cp437"
        assert archive.entries[0].parts == ("M÷we", "1.png")
    with pytest.raises(ArchiveError, match="klingon"), \
            opened(tmp_path, data, encoding="klingon"):
        pass


def test_names_that_say_their_letters_leave_nothing_to_choose(tmp_path):
    flagged = Raw("猫/1.png".encode(), flags=archive_corpus.FLAGGED)
    with opened(tmp_path, raw_zip(flagged, Raw(b"a/1.png"))) as archive:
        assert (archive.encoding, archive.encodings) == (None, [])


def test_limits_hold_for_tar_as_for_zip(tmp_path):
    small = Limits(archive_entries=10, archive_unpacked_bytes=5_000, archive_entry_bytes=2_000)
    for make in (corpus.archive, lambda entries: tar(*entries)):
        many = make([(f"a/{number}.png", b"x") for number in range(11)])
        large = make([(f"a/{number}.png", bytes(range(200)) * 7) for number in range(4)])
        with pytest.raises(ArchiveError, match=r"10 entries|at most 10"), \
                opened(tmp_path, many, limits=small):
            pass
        with pytest.raises(ArchiveError, match="unpacked"), opened(tmp_path, large, limits=small):
            pass
        with opened(tmp_path, make([("a/1.png", b"x" * 2_001), ("b/1.png", b"y")]),
                    limits=small) as archive:
            assert [item.name for item in archive.refused] == ["a/1.png"]
    with pytest.raises(ArchiveError, match="at most"), \
            opened(tmp_path, corpus.archive([("a", b"x")]), limits=Limits(archive_bytes=10)):
        pass


def test_a_video_may_be_larger_than_other_entries(tmp_path):
    small = Limits(archive_entry_bytes=2_000, video_bytes=3_000)
    data = bytes(range(250)) * 10
    entries = [("a/1.png", data), ("a/1.MP4", data), ("a/2.mp4", data + data), ("a/2.png", b"x")]
    with opened(tmp_path, corpus.archive(entries), limits=small) as archive:
        assert {item.name: item.reason for item in archive.refused}.keys() == {"a/1.png", "a/2.mp4"}
        assert archive.read(archive.entries[0]) == data


def test_what_is_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ArchiveError, match=r"no file|not there"), archives.open_checked(path):
            pass


def test_an_entry_that_grows_while_read_is_stopped(tmp_path):
    data = corpus.claiming(corpus.archive([("a/1.png", b"x" * 500_000)]), 1000)
    with opened(tmp_path, data) as archive, pytest.raises(ArchiveError, match=r"larger|damaged"):
        archive.read(archive.entries[0])


def test_a_damaged_entry_leaves_the_others(tmp_path):
    data = bytearray(corpus.archive([("a/1.png", b"x" * 500), ("b/1.png", b"y")],
                                    compression=zipfile.ZIP_STORED))
    data[data.find(b"xxx") + 5] ^= 1
    with opened(tmp_path, bytes(data)) as archive:
        first, second = archive.entries
        with pytest.raises(ArchiveError, match=r"1\.png is damaged"):
            archive.read(first)
        assert archive.read(second) == b"y"


def test_random_damage_never_escapes(tmp_path):
    read = 0
    for data in (*corpus.broken_archives(), *archive_corpus.broken_tars()):
        try:
            with opened(tmp_path, data) as archive:
                for item in archive.entries:
                    try:
                        archive.read(item)
                        read += 1
                    except ArchiveError as error:
                        assert is_a_line(str(error))
        except ArchiveError as error:
            assert is_a_line(str(error))
    assert read > 60
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]
