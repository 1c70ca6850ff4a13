"""The one door for ZIP archives: headers are checked first, then entries are read with
a counter running.

Owns what an archive may claim and contain. Leaves what the entries mean to `datasets`.
Why not `zipfile` alone: it rewrites `../` names so that entries overwrite each other,
and gives a gigabyte from a 20 kB archive whose entries overlap (RELIABILITY: 2,801
archives). Nothing is ever written under a name that stands in the archive.
"""

import contextlib
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tltools.errors import ArchiveError
from tltools.settings import LIMITS, Limits

_CHUNK = 1 << 16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SMALL = 1_000_000  # below this size a high compression ratio is harmless and usual for drawings


@dataclass(frozen=True)
class Entry:
    """One file of an archive. parts: its name split at the slashes, safe as text, never
    used as a path."""

    parts: tuple[str, ...]
    size: int
    info: zipfile.ZipInfo

    @property
    def name(self) -> str:
        """The whole name, for people."""
        return "/".join(self.parts)


@dataclass(frozen=True)
class Refused:
    """One entry that is not used, and why."""

    name: str
    reason: str


class Archive:
    """An opened, checked archive: `entries` that may be read, `refused` with reasons.
    """

    def __init__(self, opened: zipfile.ZipFile, name: str, limits: Limits) -> None:
        self.name, self._opened, self._limits, self._read = name, opened, limits, 0
        self.entries: list[Entry] = []
        self.refused: list[Refused] = []
        for info in opened.infolist():
            if info.is_dir():
                continue
            reason = _refusal(info, limits)
            if reason:
                self.refused.append(Refused(_shown(info.orig_filename), reason))
            else:
                parts = tuple(part for part in _slashes(info.filename).split("/")
                              if part not in ("", "."))
                self.entries.append(Entry(parts, info.file_size, info))

    def read(self, entry: Entry) -> bytes:
        """The bytes of one entry. Raises `ArchiveError` if they are damaged or more
        than the headers claim."""
        data = bytearray()
        try:
            with self._opened.open(entry.info) as stream:
                while chunk := stream.read(_CHUNK):
                    data += chunk
                    self._read += len(chunk)
                    if len(data) > min(entry.size, self._limits.archive_entry_bytes):
                        raise ArchiveError(f"{_shown(entry.name)} is larger than the archive says.",
                                           "It was left out.")
                    if self._read > self._limits.archive_unpacked_bytes:
                        raise ArchiveError(
                            f"{_shown(self.name)} unpacks to more than "
                            f"{self._limits.archive_unpacked_bytes / 1e9:.0f} GB.",
                            "Use a smaller one.")
        except ArchiveError:
            raise
        # zlib.error, BadZipFile, EOFError, NotImplementedError, OSError: all seen
        except Exception as error:
            raise ArchiveError(f"{_shown(entry.name)} is damaged in the archive.",
                               "It was left out.") from error
        return bytes(data)


@contextlib.contextmanager
def open_checked(path: Path, name: str | None = None, limits: Limits = LIMITS) -> Iterator[Archive]:
    """Open the ZIP archive at `path`; `name` is what a person calls it.

    Raises `ArchiveError` for what is no ZIP archive, is over a limit, or is built to
    mislead.
    """
    shown = _shown(name or path.name)
    with contextlib.ExitStack() as stack:
        try:
            size = path.stat().st_size
            if not stat.S_ISREG(path.stat().st_mode):
                raise ArchiveError(f"{shown} is no file.", "Choose a ZIP archive.")
            if size > limits.archive_bytes:
                raise ArchiveError(
                    f"{shown} has {size / 1e9:.1f} GB; "
                    f"at most {limits.archive_bytes / 1e9:.0f} GB.",
                    "Use a smaller archive or a folder.")
            opened = stack.enter_context(zipfile.ZipFile(path))
        except ArchiveError:
            raise
        except FileNotFoundError as error:
            raise ArchiveError(f"{shown} is not there.", "Choose a ZIP archive.") from error
        except Exception as error:
            raise ArchiveError(f"{shown} is not a ZIP archive that can be read.",
                               "Make it again, or upload the images themselves.") from error
        _check_whole(opened, size, shown, limits)
        yield Archive(opened, name or path.name, limits)


def _check_whole(opened: zipfile.ZipFile, size: int, shown: str, limits: Limits) -> None:
    infos = opened.infolist()
    if len(infos) > limits.archive_entries:
        raise ArchiveError(
            f"{shown} has {len(infos):,} entries; at most {limits.archive_entries:,}.", "Split it.")
    claimed = sum(info.file_size for info in infos)
    if claimed > limits.archive_unpacked_bytes:
        raise ArchiveError(
            f"{shown} claims {claimed / 1e9:.1f} GB unpacked; at most "
            f"{limits.archive_unpacked_bytes / 1e9:.0f} GB.", "Split it, or use a folder.")
    if claimed > _SMALL and claimed > limits.archive_ratio * max(size, 1):
        raise ArchiveError(f"{shown} claims {claimed / max(size, 1):,.0f} times its own size.",
                           "Photos do not shrink so much; make the archive again.")
    end = 0
    for info in sorted(infos, key=lambda item: item.header_offset):
        if info.header_offset < end:
            raise ArchiveError(f"{shown} has entries that overlap.", "Make the archive again.")
        end = info.header_offset + 30 + info.compress_size
    if end > size:
        raise ArchiveError(f"{shown} is cut off.", "Copy or download it again.")


def _refusal(info: zipfile.ZipInfo, limits: Limits) -> str | None:
    name = _slashes(info.orig_filename)
    parts = name.split("/")
    kind = stat.S_IFMT(info.external_attr >> 16)
    checks = (
        (any(ord(letter) < 32 or ord(letter) == 127 for letter in name),
         "its name has control characters"),
        (".." in parts or name.startswith("/") or ":" in parts[0],
         "its name leads outside the archive"),
        (len(name) > limits.archive_name_length,
         f"its name has more than {limits.archive_name_length} characters"),
        (len(parts) > limits.archive_depth,
         f"it lies more than {limits.archive_depth} folders deep"),
        (kind not in (0, stat.S_IFREG), "it is a link or a device, not a file"),
        (bool(info.flag_bits & 0x1), "it is encrypted"),
        (info.compress_type not in _METHODS,
         "it is packed in a way that is not supported (use plain ZIP)"),
        (info.file_size > limits.archive_entry_bytes,
         f"it has more than {limits.archive_entry_bytes / 1e6:.0f} MB unpacked"),
        (info.file_size > _SMALL
         and info.file_size > limits.archive_ratio * max(info.compress_size, 1),
         f"it claims more than {limits.archive_ratio:.0f} times its packed size"),
    )
    return next((reason for wrong, reason in checks if wrong), None)


def _slashes(name: str) -> str:
    return name.replace("\\", "/")


def _shown(name: str, length: int = 60) -> str:
    clean = "".join(letter if letter.isprintable() else "?" for letter in name)
    return clean if len(clean) <= length else "…" + clean[-length + 1 :]
