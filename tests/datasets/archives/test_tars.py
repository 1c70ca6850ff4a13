"""TAR: its headers, and that a bomb is seen before it has grown."""

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc

import pytest

from tests.archive_corpus import block, tar
from tltools.datasets.archives import packed, tars
from tltools.errors import ArchiveError
from tltools.settings import LIMITS


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_headers_are_known_by_their_checksum(form):
    head = tar(("猫/1.png", b"x"), form=form)[:tars.BLOCK]
    assert tars.is_header(head)
    assert not tars.is_header(head[:100] + b"!" + head[101:])
    assert not tars.is_header(head[:-1])
    assert not tars.is_header(bytes(tars.BLOCK))


def test_headers_of_systems_that_added_signed_numbers():
    head = bytearray(block("Bär/1.png".encode("cp1252")))
    head[148:156] = b" " * 8
    signed = sum(byte - 256 if byte > 127 else byte for byte in head)
    head[148:156] = b"%06o\0 " % signed
    assert signed != sum(head[:148]) + 8 * 32 + sum(head[156:])
    assert tars.is_header(bytes(head))


@pytest.mark.parametrize(("kind", "pack"), [
    (packed.GZIP, gzip.compress), (packed.BZIP2, bz2.compress), (packed.XZ, lzma.compress)])
def test_a_bomb_is_seen_before_it_has_grown(kind, pack):
    bomb = pack(tar(("a/1.bmp", bytes(40_000_000))))
    target = io.BytesIO()
    with pytest.raises(ArchiveError, match="times its size"):
        tars._unpack(io.BytesIO(bomb), target, kind, "bomb.tar.gz", LIMITS)
    assert len(target.getvalue()) < 3_000_000


def test_the_list_of_many_entries_stays_small(tmp_path):
    """What `tarfile` would keep: all extended headers again with each entry."""
    name = "class/" + "ä" * 120 + "/{}.png"
    data = tar(*((name.format(number), b"x") for number in range(2_000)))
    (tmp_path / "a.tar").write_bytes(data)
    tracemalloc.start()
    with tars.listed(tmp_path / "a.tar", packed.TAR, "a.tar", LIMITS) as files:
        used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(files) == 2_000
    assert used < 2_000 * 2_500
