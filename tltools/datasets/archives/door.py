"""The one door for archives: what they list is checked first, then entries are read
with a counter running.

Owns what an archive may claim and contain, and what its entries are called. Leaves the
formats to `zips` and `tars`, the letters of names to `codepages` and what the entries
mean to `layouts`. Nothing is ever written under a name that stands in an archive.
"""

import contextlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tltools.datasets.archives import codepages, packed, tars, zips
from tltools.datasets.archives.packed import Listed, Wrong
from tltools.errors import ArchiveError
from tltools.images import VIDEO_EXTENSIONS, shown_name
from tltools.settings import LIMITS, Limits

EXTENSIONS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
"""Names that look like an archive that is read; only for choosing what to try."""
_INNER = (*EXTENSIONS, ".gz", ".bz2", ".xz", ".zst", ".rar", ".7z")
_DRIVE = re.compile(r"[A-Za-z]:/")
_BESIDE = (".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".html",
           ".pdf", ".url", ".nfo")
"""What lies beside pictures or archives and is neither."""


@dataclass(frozen=True)
class Entry:
    """One file of an archive. parts: its name split at the slashes, safe as text, never
    used as a path. size: bytes unpacked, as the archive says."""

    parts: tuple[str, ...]
    size: int
    listed: Listed = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The whole name, for people."""
        return "/".join(self.parts)


@dataclass(frozen=True)
class Refused:
    """One entry that is not used, and why in whole sentences."""

    name: str
    reason: str


class Archive:
    """An opened, checked archive: `entries` that may be read, `refused` with reasons.

    encoding: the code page (of `codepages.LABELS`) in which names were read that do not
    say theirs; None if there are none beyond ASCII. encodings: the plausible ones that
    read them differently, the best first.
    """

    def __init__(self, files: list[Listed], name: str, encoding: str | None,
                 limits: Limits) -> None:
        self.name, self._limits = name, limits
        self.encodings = codepages.guess(item.raw for item in files if item.text is None)
        self.encoding = (encoding or self.encodings[0]) if self.encodings else None
        self.refused: list[Refused] = []
        named = [(self._name(item), item) for item in files]
        last: dict[tuple[str, ...], Entry] = {}
        for name, item in named:
            if reason := _refusal(name, item, limits):
                self._refuse(name, reason)
                continue
            entry = Entry(_parts(name), item.size, item)
            if entry.parts in last:  # a TAR that was added to holds both; the last one counts
                self._refuse(name, "Another file of this name follows and is used instead.")
            last[entry.parts] = entry
        self.entries = list(last.values())
        _check_usable(self.entries, named, packed.shown_archive(self.name))

    def _refuse(self, name: str, reason: str) -> None:
        self.refused.append(Refused(packed.shown(name) or "(no name)", reason))

    def _name(self, item: Listed) -> str:
        text = item.text if item.text is not None or not self.encoding \
            else codepages.decoded(item.raw, self.encoding)
        return (item.raw.decode("ascii") if text is None else text).replace("\\", "/")

    def read(self, entry: Entry) -> bytes:
        """The bytes of one entry, in any order and from any thread. Raises
        `ArchiveError` if they are damaged or more than the archive says."""
        data = bytearray()
        shown = shown_name(entry.name)
        try:
            for chunk in entry.listed.chunks():
                data += chunk
                if len(data) > min(entry.size, _most_bytes(entry.name, self._limits)):
                    raise ArchiveError(f"{shown} is larger than the archive says.",
                                       "It was left out.")
        except ArchiveError:
            raise
        # zlib.error, BadZipFile, EOFError, NotImplementedError, OSError: all seen
        except Exception as error:
            raise ArchiveError(f"{shown} is damaged in the archive.", "It was left out.") from error
        return bytes(data)


@contextlib.contextmanager
def open_checked(path: Path, name: str | None = None, encoding: str | None = None, *,
                 limits: Limits = LIMITS, scratch: Path | None = None) -> Iterator[Archive]:
    """Open the ZIP or TAR archive (plain, gzip, bzip2 or xz) at `path`; what it is
    stands in its content.

    name: what a person calls it. encoding: a code page of `codepages.LABELS` for names
    that do not say theirs; guessed if None. scratch: a folder on the disk that may hold
    an unpacked TAR for as long as it is open. Raises `ArchiveError` for what is no such
    archive, is over a limit, is built to mislead, or holds nothing that can be used for
    one and the same reason.
    """
    shown = packed.shown_archive(name or path.name)
    if encoding is not None and encoding not in codepages.LABELS:
        raise ArchiveError(f"The code page {packed.shown(encoding, 20)} is not known.",
                           f"Choose one of {', '.join(list(codepages.LABELS)[:6])} ...")
    kind = _kind(path, shown, limits)
    opened = zips.listed(path, shown, limits) if kind == packed.ZIP else \
        tars.listed(path, kind, shown, limits, scratch)
    with opened as files:
        _check_whole(files, path.stat().st_size, kind, shown, limits)
        yield Archive(files, name or path.name, encoding, limits)


def _kind(path: Path, shown: str, limits: Limits) -> str:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise ArchiveError(f"{shown} is no file.", "Choose a ZIP or TAR archive.")
        if facts.st_size > limits.archive_bytes:
            raise ArchiveError(
                f"{shown} has {facts.st_size / 1e9:.1f} GB; "
                f"at most {limits.archive_bytes / 1e9:.0f} GB.",
                "Use a smaller archive or a folder.")
        with open(path, "rb") as file:
            head = file.read(tars.BLOCK)
    except FileNotFoundError as error:
        raise ArchiveError(f"{shown} is not there.", "Choose a ZIP or TAR archive.") from error
    except OSError as error:
        raise ArchiveError(f"{shown} cannot be opened.", "Check that it may be read.") from error
    return packed.TAR if tars.is_header(head) else packed.kind_of(head, shown)


def _check_whole(files: list[Listed], size: int, kind: str, shown: str, limits: Limits) -> None:
    claimed = sum(item.size for item in files)
    if claimed > limits.archive_unpacked_bytes:
        raise ArchiveError(
            f"{shown} claims {claimed / 1e9:.1f} GB unpacked; at most "
            f"{limits.archive_unpacked_bytes / 1e9:.0f} GB.", "Split it, or use a folder.")
    if kind == packed.ZIP and claimed > packed.SMALL and claimed > limits.archive_ratio * size:
        raise ArchiveError(f"{shown} claims {claimed / max(size, 1):,.0f} times its own size.",
                           "Photos do not shrink so much; make the archive again.")


def _refusal(name: str, item: Listed, limits: Limits) -> str | None:
    parts = name.split("/")
    wrong = _wrong(name, item)
    checks = (
        (not _parts(name), "It has no name."),
        (any(ord(letter) < 32 or ord(letter) == 127 for letter in name),
         "Its name has control characters."),
        (".." in parts or name.startswith("/") or _DRIVE.match(name),
         "Its name leads outside the archive."),
        (len(name) > limits.archive_name_length,
         f"Its name has more than {limits.archive_name_length} characters."),
        (len(_parts(name)) - 1 > limits.archive_depth,
         f"It lies more than {limits.archive_depth} folders deep."),
        (wrong, wrong.reason if wrong else ""),
        (item.size > _most_bytes(name, limits),
         f"It has more than {_most_bytes(name, limits) / 1e6:.0f} MB unpacked."),
        (item.size > packed.SMALL and item.size > limits.archive_ratio * max(item.packed, 1),
         f"It claims more than {limits.archive_ratio:.0f} times its packed size."),
    )
    return next((reason for found, reason in checks if found), None)


def _most_bytes(name: str, limits: Limits) -> int:
    """Of an entry; what only calls itself a video is refused when it is looked at."""
    video = name.lower().endswith(VIDEO_EXTENSIONS)
    return limits.video_bytes if video else limits.archive_entry_bytes


def _wrong(name: str, item: Listed) -> Wrong | None:
    return item.wrong or (packed.INNER if name.lower().endswith(_INNER) else None)


def _check_usable(entries: list[Entry], named: list[tuple[str, Listed]], shown: str) -> None:
    """Raise `ArchiveError` where one and the same reason leaves no picture at all: said
    once, with the way out, instead of once for each entry."""
    if any(not _beside(entry.name) for entry in entries):
        return
    wrongs = [_wrong(name, item) for name, item in named if not _beside(name)]
    first = wrongs[0] if wrongs else None
    if first and all(wrong == first for wrong in wrongs):
        raise ArchiveError(f"{shown} {first.whole}", first.remedy)


def _beside(name: str) -> bool:
    return name.lower().endswith(_BESIDE) or any(
        part.startswith(".") or part == "__MACOSX" for part in _parts(name))


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in name.split("/") if part not in ("", "."))
