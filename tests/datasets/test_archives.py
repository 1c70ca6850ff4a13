"""The door for archives: every archive is read or ends in a line, and nothing is ever
written by its names."""

import stat
import zipfile

import pytest

from tests import corpus
from tltools.datasets import archives
from tltools.errors import ArchiveError


def opened(tmp_path, data: bytes):
    path = tmp_path / "upload"
    path.write_bytes(data)
    return archives.open_checked(path, "photos.zip")


def entry(name: str, **changes) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for key, value in changes.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(("name", "words"),
                         [("../evil.png", "outside"), ("/etc/evil.png", "outside"),
                          ("a/../../evil.png", "outside"), ("..\\evil.png", "outside"),
                          ("C:\\evil.png", "outside"), ("a\x07b.png", "control"),
                          ("x" * 201 + ".png", "characters"),
                          ("/".join("abcdefghij") + "/x.png", "deep")])
def test_bad_names_are_left_out_and_named(tmp_path, name, words):
    data = corpus.archive([("a/good.png", b"x")])
    path = tmp_path / "upload"
    path.write_bytes(data)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(entry(name), b"y")
    with archives.open_checked(path) as archive:
        assert [item.name for item in archive.entries] == ["a/good.png"]
        assert words in archive.refused[0].reason
    assert not (tmp_path.parent / "evil.png").exists()


def test_links_encryption_and_other_methods(tmp_path):
    path = tmp_path / "upload"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(entry("link.png", external_attr=(stat.S_IFLNK | 0o777) << 16), b"/etc/passwd")
        file.writestr(entry("bz.png", compress_type=zipfile.ZIP_BZIP2), b"x" * 100)
    data = bytearray(corpus.archive([("secret.png", b"x")]))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    with archives.open_checked(path) as archive:
        assert not archive.entries
        assert len(archive.refused) == 2
    with opened(tmp_path, bytes(data)) as archive:
        assert "encrypted" in archive.refused[0].reason


def test_backslashes_of_windows_archives_are_folders(tmp_path):
    with opened(tmp_path, corpus.archive([("cats\\1.png", b"x")])) as archive:
        assert archive.entries[0].parts == ("cats", "1.png")


@pytest.mark.parametrize(("data", "words"), [
    (b"", "not a ZIP"),
    (b"PK nonsense", "not a ZIP"),
    (corpus.overlapping(), "overlap"),
    (corpus.claiming(corpus.archive([("a/1.png", b"x" * 900_000), ("b/1.png", b"y")]),
                     1_600_000_000), "claims"),
    (corpus.archive([(f"a/{number}.png", b"\0" * 5_000_000) for number in range(3)]), "claims"),
])
def test_misleading_archives_are_refused_whole(tmp_path, data, words):
    with pytest.raises(ArchiveError, match=words) as caught, opened(tmp_path, data):
        pass
    assert len(str(caught.value)) <= 140
    assert str(tmp_path) not in str(caught.value)


def test_too_many_entries(tmp_path):
    data = corpus.archive([(f"{number}", b"") for number in range(25_001)],
                          compression=zipfile.ZIP_STORED)
    with pytest.raises(ArchiveError, match="25,001 entries"), opened(tmp_path, data):
        pass


def test_an_entry_that_grows_while_read_is_stopped(tmp_path):
    data = corpus.claiming(corpus.archive([("a/1.png", b"x" * 500_000)]), 1000)
    with opened(tmp_path, data) as archive, pytest.raises(ArchiveError):
        archive.read(archive.entries[0])


def test_random_damage_never_escapes(tmp_path):
    read = 0
    for data in corpus.broken_archives():
        try:
            with opened(tmp_path, data) as archive:
                for item in archive.entries:
                    try:
                        archive.read(item)
                        read += 1
                    except ArchiveError as error:
                        assert len(str(error)) <= 140
        except ArchiveError as error:
            assert len(str(error)) <= 140
    assert read > 30
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]
