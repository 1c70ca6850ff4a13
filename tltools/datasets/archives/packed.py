"""What ZIP and TAR have in common: an entry as the archive lists it, why a kind of
entry is not used, and which kind of archive a file is.

Owns these words and the first bytes of archives. Leaves reading to `zips` and `tars`,
the checks of names and sizes to `archives`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tltools.errors import ArchiveError

CHUNK = 1 << 16
"""Bytes that are read at once."""
SMALL = 1_000_000
"""Below this size a high compression ratio is harmless and usual for drawings."""
SHOWN = 40
"""Letters of an archive's name in a message: the rest has to fit too."""


@dataclass(frozen=True)
class Wrong:
    """Why a kind of entry is not used. reason: sentences about one entry. whole,
    remedy: about an archive of nothing else; `whole` follows its name."""

    reason: str
    whole: str
    remedy: str


PASSWORD = Wrong("It needs a password. Pack it again without one.",
                 "is locked with a password.", "Pack the pictures again without one.")
DEFLATE64 = Wrong("It is packed with Deflate64. Pack it again as plain ZIP.",
                  "is packed with Deflate64.", "Unpack it and choose the folder, or make a plain "
                  "ZIP of it.")
LINK = Wrong("It is a link. Links are not followed; pack the file itself.",
             "holds links instead of pictures.", "Pack the pictures themselves.")
DEVICE = Wrong("It is a device or a pipe, not a file.",
               "holds devices instead of pictures.", "Pack a folder with pictures.")
SPARSE = Wrong("It is a sparse file. Pack it again without --sparse.",
               "holds sparse files only.", "Pack it again without --sparse.")
UNKNOWN = Wrong("It is of a kind that is not known here.",
                "holds entries of an unknown kind.", "Make a ZIP of the folder.")
INNER = Wrong("It is an archive inside the archive. Unpack it first.",
              "holds other archives instead of pictures.", "Unpack those, then choose the folder.")


def packed_with(method: str) -> Wrong:
    """For a ZIP entry that is packed by another method than Deflate."""
    return Wrong(f"It is packed with {method}. Pack it again as plain ZIP.",
                 f"is packed with {method}.",
                 "Unpack it and choose the folder, or make a plain ZIP of it.")


@dataclass(frozen=True)
class Listed:
    """An entry as its archive lists it; nothing of it is checked but its kind.

    raw: the bytes of its name. text: its name, where the archive says which letters
    they are. size, packed: bytes unpacked, and as they lie in the archive. chunks:
    gives its content; raises any exception if it is damaged.
    """

    raw: bytes
    text: str | None
    size: int
    packed: int
    wrong: Wrong | None
    chunks: Callable[[], Iterator[bytes]]


ZIP, TAR, GZIP, BZIP2, XZ = "zip", "tar", "gzip", "bzip2", "xz"
_KINDS = ((b"\x1f\x8b", GZIP), (b"BZh", BZIP2), (b"\xfd7zXZ\0", XZ))
_OTHERS = ((b"Rar!\x1a\x07", "a RAR archive"), (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
           (b"\x28\xb5\x2f\xfd", "a Zstandard archive"), (b"MSCF", "a CAB archive"),
           (b"LZIP", "an LZIP archive"), (b"\x1f\x9d", "a compress archive"),
           (b"\x04\x22\x4d\x18", "an LZ4 archive"), (b"xar!", "an XAR archive"))


def kind_of(head: bytes, shown: str) -> str:
    """`GZIP`, `BZIP2` or `XZ` by the first bytes of a file, else `ZIP`: what stands
    first in a ZIP archive is free. Raises `ArchiveError` for other archives."""
    for magic, words in _OTHERS:
        if head.startswith(magic):
            raise ArchiveError(f"{shown} is {words}, which is not read here.",
                               "Unpack it, then choose the folder, or make a ZIP.")
    if head.startswith(b"PK\x07\x08"):
        raise ArchiveError(f"{shown} is one part of a split archive.",
                           "Unpack it with all its parts, then choose the folder.")
    return next((kind for magic, kind in _KINDS if head.startswith(magic)), ZIP)


def shown_archive(name: str) -> str:
    """The name of an archive as it stands in a message: printable, its end if it is
    long."""
    return shown(name, SHOWN)


def shown(name: str, length: int = 60) -> str:
    """A name of an entry for a message: printable, the end of a long one."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name)
    return clean if len(clean) <= length else "…" + clean[-length + 1:]
