"""TAR archives, plain or packed by gzip, bzip2 or xz: the list of entries, read within
bounds, and what each one is.

Owns the format (POSIX.1-2024 `pax`, GNU tar's long names, and the older ones). Leaves
to `archives` which names and sizes are allowed. A packed archive is unpacked once, with
a counter running, into a nameless temporary file: entries are wanted in any order.

Not `tarfile`: in the Python versions that are supported here crafted headers make it
search for minutes (CVE-2024-6232) or without end (CVE-2025-8194), and it keeps a copy
of all extended headers with each entry. Reading files alone needs the headers' three
fields, name, size and kind.
"""

import bz2
import contextlib
import lzma
import struct
import tempfile
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from tltools.datasets.archives import packed
from tltools.datasets.archives.packed import Listed, Wrong
from tltools.errors import ArchiveError
from tltools.settings import Limits

BLOCK = 512
_STEP = 1 << 12  # bytes unpacked at once: a bomb is seen before it has grown
_HEADER_BYTES = 1_000_000  # of one extended header
_HEADERS_BYTES = 2_048  # of extended headers for each entry that is allowed
_RECORDS = 1_000  # of one extended header
_LZMA_BYTES = 80_000_000  # memory; xz -9 needs 65 MB
_FILES, _FOLDERS = b"0\x007", b"5D"
_WRONG = {b"1": packed.LINK, b"2": packed.LINK, b"3": packed.DEVICE, b"4": packed.DEVICE,
          b"6": packed.DEVICE, b"S": packed.SPARSE}
_WITHOUT_CONTENT = b"123456"


class _Damaged(Exception):
    """A header that cannot be read."""


@dataclass
class _Header:
    """What stands in one block, and what the extended headers before it change."""

    name: bytes
    size: int
    kind: bytes
    text: str | None = None
    sparse: bool = False


def is_header(block: bytes) -> bool:
    """Whether these 512 bytes are a TAR header: its checksum is right."""
    if len(block) != BLOCK or not block.strip(b"\0"):
        return False
    with contextlib.suppress(_Damaged):
        rest, said = block[:148] + b" " * 8 + block[156:], _number(block[148:156])
        # old systems added the bytes as signed numbers
        return said == sum(rest) or said == sum(struct.unpack("512b", rest))
    return False


@contextlib.contextmanager
def listed(path: Path, kind: str, shown: str, limits: Limits,
           scratch: Path | None = None) -> Iterator[list[Listed]]:
    """The files of the TAR archive at `path`, without its folders; readable while the
    context lasts.

    kind: of `packed`. shown: its name in messages. scratch: a folder for the unpacked
    file, which has no name there; the system's if None. Raises `ArchiveError` for what
    is no TAR archive, lists or unpacks too much.
    """
    with open(path, "rb") as file, contextlib.ExitStack() as stack:
        plain: IO[bytes] = file
        if kind != packed.TAR:
            plain = stack.enter_context(tempfile.TemporaryFile(dir=scratch))
            _unpack(file, plain, kind, shown, limits)
        try:
            yield _entries(plain, shown, limits)
        except _Damaged as error:
            raise ArchiveError(f"{shown} is damaged.", "Copy or download it again.") from error


def _entries(file: IO[bytes], shown: str, limits: Limits) -> list[Listed]:
    lock = threading.Lock()
    found: list[Listed] = []
    for count, (header, start) in enumerate(_headers(file, shown, limits), 1):
        if count > limits.archive_entries:
            raise ArchiveError(
                f"{shown} has more than {limits.archive_entries:,} entries.", "Split it.")
        if header.kind in _FOLDERS or header.name.endswith(b"/"):
            continue
        found.append(Listed(header.name, header.text, header.size, header.size, _wrong(header),
                            partial(_chunks, file, lock, start, header.size)))
    return found


def _wrong(header: _Header) -> Wrong | None:
    if header.sparse:
        return packed.SPARSE
    return None if header.kind in _FILES else _WRONG.get(header.kind, packed.UNKNOWN)


def _headers(file: IO[bytes], shown: str, limits: Limits) -> Iterator[tuple[_Header, int]]:
    """Each entry's header and where its content starts. Raises `_Damaged`."""
    end, at, extended = file.seek(0, 2), 0, 0
    pending: dict[bytes, bytes] = {}
    while at < end:
        file.seek(at)
        if len(block := file.read(BLOCK)) < BLOCK:
            raise _cut_off(shown)
        if not block.strip(b"\0"):
            return
        header, at = _header(block), at + BLOCK
        if header.kind in b"LKxXg":
            extended += BLOCK + header.size
            if header.size > _HEADER_BYTES or extended > limits.archive_entries * _HEADERS_BYTES:
                raise ArchiveError(f"{shown} has too much text around its files.",
                                   "Make the archive again, as plain ZIP or TAR.")
            if len(data := file.read(header.size)) < header.size:
                raise _cut_off(shown)
            _extend(pending, header.kind, data)
        else:
            _apply(pending, header)
            pending = {}
            if at + header.size > end:
                raise _cut_off(shown)
            yield header, at
        at += -(-header.size // BLOCK) * BLOCK
    if pending:
        raise _cut_off(shown)


def _cut_off(shown: str) -> ArchiveError:
    return ArchiveError(f"{shown} is cut off.", "Copy or download it again.")


def _header(block: bytes) -> _Header:
    if not is_header(block):
        raise _Damaged
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and (prefix := _text(block[345:500])):
        name = prefix + b"/" + name
    return _Header(name, _number(block[124:136]), block[156:157])


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes) -> int:
    """Octal digits, or a large number as bytes (GNU). Raises `_Damaged`; a negative one
    is damage too."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = _text(field).strip()
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        raise _Damaged
    return int(digits, 8)


def _extend(pending: dict[bytes, bytes], kind: bytes, data: bytes) -> None:
    """Note what an extended header says of the next entry; of all entries ("g") nothing
    is said that is used here."""
    if kind == b"L":
        pending[b"long"] = _text(data)
    elif kind in b"xX":
        pending.update(_records(data))


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The (keyword, value) of a pax header: "LENGTH KEYWORD=VALUE\\n", one after the
    other."""
    at = 0
    for _ in range(_RECORDS):
        if at >= len(data) or data[at] == 0:
            return
        space = data.find(b" ", at, at + 12)
        length = data[at:space] if space > 0 else b""
        if not length.isdigit() or not space < at + int(length) <= len(data):
            raise _Damaged
        keyword, equals, value = data[space + 1:at + int(length) - 1].partition(b"=")
        if equals:
            yield keyword, value
        at += int(length)
    raise _Damaged


def _apply(pending: dict[bytes, bytes], header: _Header) -> None:
    header.name = pending.get(b"long", header.name)
    if b"path" in pending:
        header.name = pending[b"path"]
        with contextlib.suppress(UnicodeDecodeError):
            header.text = header.name.decode()  # the standard says UTF-8; some do not care
    if b"size" in pending:
        if not pending[b"size"].isdigit() or len(pending[b"size"]) > 20:
            raise _Damaged
        header.size = int(pending[b"size"])
    if header.kind in _WITHOUT_CONTENT:
        header.size = 0
    header.sparse = any(keyword.startswith(b"GNU.sparse") for keyword in pending)


def _chunks(file: IO[bytes], lock: threading.Lock, start: int, size: int) -> Iterator[bytes]:
    at, end = start, start + size
    while at < end:
        with lock:  # entries share the file and its place
            file.seek(at)
            chunk = file.read(min(packed.CHUNK, end - at))
        if not chunk:
            raise EOFError
        at += len(chunk)
        yield chunk


class _Gunzip:
    """`zlib` with the face of `bz2` and `lzma`."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        """Whether the end of the packed stream is reached."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What stands behind the end."""
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        """Whether nothing is kept for the next call."""
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` bytes; the rest is kept for the next call."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_Unpacker = bz2.BZ2Decompressor | lzma.LZMADecompressor | _Gunzip


def _unpacker(kind: str) -> _Unpacker:
    if kind == packed.GZIP:
        return _Gunzip()
    if kind == packed.BZIP2:
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_BYTES)


def _unpack(file: IO[bytes], target: IO[bytes], kind: str, shown: str, limits: Limits) -> None:
    """Unpack into `target` while it looks like a TAR archive within the limits."""
    head, written = b"", 0
    most = limits.archive_unpacked_bytes + limits.archive_entries * _HEADERS_BYTES
    for part in _unpacked(file, kind, shown):
        if len(head) < BLOCK:
            head += part[:BLOCK - len(head)]
            if len(head) == BLOCK and not is_header(head):
                break
        written += len(part)
        if written > most:
            raise ArchiveError(f"{shown} unpacks to more than {most / 1e9:.0f} GB.",
                               "Split it, or use a folder.")
        if written > packed.SMALL + limits.archive_ratio * file.tell():
            raise ArchiveError(
                f"{shown} unpacks to over {limits.archive_ratio:.0f} times its size.",
                "Photos do not shrink so much; make the archive again.")
        target.write(part)
    if not is_header(head):
        raise ArchiveError(f"{shown} holds one packed file, no TAR archive.",
                           "Unpack it, then choose the folder, or make a ZIP.")


def _unpacked(file: IO[bytes], kind: str, shown: str) -> Iterator[bytes]:
    """The unpacked bytes of all streams that stand one after the other."""
    unpacker, data = _unpacker(kind), b""
    while True:
        if not data and unpacker.needs_input and not (data := file.read(_STEP)):
            raise _cut_off(shown)
        try:
            part, data = unpacker.decompress(data, packed.CHUNK), b""
        except Exception as error:  # zlib.error, OSError, EOFError, LZMAError
            raise _not_unpacked(error, shown) from error
        if part:
            yield part
        if unpacker.eof:
            data = unpacker.unused_data or file.read(_STEP)
            if packed.kind_of(data, shown) != kind:
                return  # the end, or padding
            unpacker = _unpacker(kind)


def _not_unpacked(error: Exception, shown: str) -> ArchiveError:
    if "limit" in str(error):  # what liblzma says of its memory; it has no class for it
        return ArchiveError(f"{shown} needs over {_LZMA_BYTES / 1e6:.0f} MB to unpack.",
                            "Pack it again as ZIP or TAR.GZ.")
    return ArchiveError(f"{shown} is damaged.", "Copy or download it again.")
