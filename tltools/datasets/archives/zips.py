"""ZIP archives: the list of entries, read within bounds, and what each one is.

Owns the format. Leaves to `archives` which names and sizes are allowed. `zipfile` reads
the archive; what it would do without asking is asked before: it reads a list of four
million entries into two gigabytes, and gives a gigabyte from a 20 kB archive whose
entries overlap (RELIABILITY: 2,811 archives).
"""

import contextlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tltools.datasets.archives import packed
from tltools.datasets.archives.packed import Listed, Wrong
from tltools.errors import ArchiveError
from tltools.settings import Limits

_ENTRY = b"PK\x01\x02"  # starts each entry of the list
_ENTRY_BYTES = 500  # on average: 46 fixed, a name of 100 letters in UTF-8, and extra fields
_UTF8_FLAG, _ENCRYPTED_FLAG, _AES = 0x800, 0x1, 99
_DEFLATE64 = 9
_UNICODE_PATH = 0x7075  # PKWARE APPNOTE 6.3.10, section 4.6.9: Info-ZIP Unicode Path
_METHODS = {1: "Shrink", 6: "Implode", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ",
            96: "JPEG", 98: "PPMd"}  # the same, section 4.4.5: those that are met


@contextlib.contextmanager
def listed(path: Path, shown: str, limits: Limits) -> Iterator[list[Listed]]:
    """The files of the ZIP archive at `path`, without its folders; readable while the
    context lasts. shown: its name in messages.

    Raises `ArchiveError` for what is no ZIP archive, lists too much or overlaps.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(_Bounded(path, shown, limits.archive_entries))
        try:
            opened = stack.enter_context(zipfile.ZipFile(file))
        except ArchiveError:
            raise
        # BadZipFile, OSError, struct.error, UnicodeDecodeError, NotImplementedError ...
        except Exception as error:
            raise _no_archive(path, shown) from error
        _check_places(opened.infolist(), path.stat().st_size, shown)
        yield [_listed(opened, info) for info in opened.infolist() if not _is_folder(info)]


class _Bounded(io.BufferedReader):
    """A file that gives `zipfile` no list of entries that is too long.

    The list is read in one call, of as many bytes as the end of the archive claims; the
    number of entries that stands beside may lie, and `zipfile` does not look at it.
    """

    def __init__(self, path: Path, shown: str, entries: int) -> None:
        super().__init__(io.FileIO(path))
        self._shown, self._entries = shown, entries

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._entries * _ENTRY_BYTES:
            raise self._too_many(f"more than {self._entries:,}")
        # without a size only the last 64 kB are ever asked for
        data = super().read(size)
        if (count := data.count(_ENTRY)) > self._entries:
            raise self._too_many(f"{count:,}")
        return data

    def _too_many(self, count: str) -> ArchiveError:
        return ArchiveError(f"{self._shown} has {count} entries; at most {self._entries:,}.",
                            "Split it.")


def _no_archive(path: Path, shown: str) -> ArchiveError:
    with open(path, "rb") as file:
        begins = file.read(4) == b"PK\x03\x04"
    if begins:
        return ArchiveError(f"{shown} is cut off or damaged.", "Copy or download it again.")
    return ArchiveError(f"{shown} is not an archive that can be read.",
                        "Give a ZIP or TAR file, or the images themselves.")


def _check_places(infos: list[zipfile.ZipInfo], size: int, shown: str) -> None:
    end = 0
    for info in sorted(infos, key=lambda item: item.header_offset):
        if info.header_offset < end:
            raise ArchiveError(f"{shown} has entries that overlap.", "Make the archive again.")
        end = info.header_offset + 30 + info.compress_size
    if end > size:
        raise ArchiveError(f"{shown} is cut off.", "Copy or download it again.")


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\"))


def _listed(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Listed:
    flagged = bool(info.flag_bits & _UTF8_FLAG)
    # `zipfile` reads names without the flag as cp437, which keeps every byte
    raw = info.orig_filename.encode("utf-8" if flagged else "cp437")
    text = info.orig_filename if flagged else _unicode_path(raw, info.extra)
    return Listed(raw, text, info.file_size, info.compress_size, _wrong(info),
                  partial(_chunks, opened, info))


def _unicode_path(raw: bytes, extra: bytes) -> str | None:
    """The name from the Info-ZIP Unicode Path field, if there is one and it is about
    this name; tools that do not know the field change a name and leave it behind."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4:at + 4 + length]
        if kind == _UNICODE_PATH and len(field) > 5:
            version, crc = struct.unpack_from("<BL", field)
            with contextlib.suppress(UnicodeDecodeError):
                return field[5:].decode() if (version, crc) == (1, zlib.crc32(raw)) else None
        at += 4 + length
    return None


def _wrong(info: zipfile.ZipInfo) -> Wrong | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return packed.LINK
    if kind not in (0, stat.S_IFREG):
        return packed.DEVICE
    if info.flag_bits & _ENCRYPTED_FLAG or info.compress_type == _AES:
        return packed.PASSWORD
    if info.compress_type == _DEFLATE64:
        return packed.DEFLATE64
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return packed.packed_with(_METHODS.get(info.compress_type, "an unknown method"))
    return None


def _chunks(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with opened.open(info) as stream:
        while chunk := stream.read(packed.CHUNK):
            yield chunk
