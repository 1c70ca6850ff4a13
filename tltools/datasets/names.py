"""The names of classes, pictures and data sets: text of any kind, made fit to be shown,
put in order and compared.

Owns what a name may hold, the order that people expect and when two names look alike.
Leaves to `codepages` which letters the bytes of a name mean, and to its callers what
happens with names that look alike. A name is text, never a path and never markup.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from tltools.errors import DatasetError
from tltools.settings import LIMITS

_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
"""Letters without a form of their own: Default_Ignorable_Code_Point of Unicode 15.1,
DerivedCoreProperties.txt."""
_JOINING = re.compile("[\u034f\u115f\u1160\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f"
                      "\U000e0020-\U000e007f\U000e0100-\U000e01ef]")
"""Those of them that change how their neighbours look: joiners of Persian and of family
emoji, variation selectors, the tags of flags, fillers of old Korean syllables."""
_BLANK = "\u2800"  # a Braille cell without dots
_HASH_LETTERS = 8
_DIGITS = re.compile(r"(\d+)")


def clean_name(name: str) -> str:
    """A name as it is stored and shown: composed (NFC), at most `LIMITS.name_length`
    letters long, with single spaces and without control characters.

    "" if nothing of it can be seen. Joiners are kept inside words. Bytes that were no
    UTF-8 (Python's surrogates) are read as Windows-1252, which old disks are likeliest
    to mean: names that differ stay different. Of a longer name its start and its end
    are kept, with a number made from the whole of it, for the same reason.
    """
    # what is dropped goes first: a mark that composes must meet its letter
    kept = _joined("".join(map(_kept, name)))
    composed = " ".join(unicodedata.normalize("NFC", kept).split())
    if not any(_visible(letter) for letter in composed):
        return ""
    return composed if len(composed) <= LIMITS.name_length else _shortened(composed)


def needed_name(name: str) -> str:
    """`clean_name`; raises `DatasetError` if nothing is left of it."""
    cleaned = clean_name(name)
    if not cleaned:
        raise DatasetError("A name needs at least one visible character.", "Type a name.")
    return cleaned


def natural_key(name: str) -> tuple:
    """What to sort names by as people do: 1, 2, 10; large and small letters and accents
    count only between names that are else the same. Unequal names have unequal keys."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name).casefold()
                    if not unicodedata.combining(letter))
    # every second part is a number
    return (*(_number(part) if at % 2 else part for at, part in enumerate(_DIGITS.split(plain))),
            (0, ""), name)


def look_alike(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of different names that differ only in large and small letters, spaces,
    invisible letters, or in the form or width of their letters ("ﬀ" and "ff").

    In natural order, each group of at least two. Compared by NFKC with case folding
    (Unicode Standard Annex 15 and chapter 3.13, "caseless matching").
    """
    groups: dict[str, list[str]] = {}
    for name in sorted(set(names), key=natural_key):
        groups.setdefault(_folded(name), []).append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _kept(letter: str) -> str:
    """What stands for one letter of a name: itself, a space, or nothing."""
    code, category = ord(letter), unicodedata.category(letter)
    if category == "Cs":
        escaped = 0xDC80 <= code <= 0xDCFF
        return bytes([code - 0xDC00]).decode("cp1252", "replace") if escaped else "\ufffd"
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if _IGNORABLE.match(letter):
        return letter if _JOINING.match(letter) else ""
    # noncharacters are never text; other unassigned letters may be of a newer Unicode
    return "" if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF else letter


def _joined(text: str) -> str:
    """The text without joining letters that have nothing before them to join, and
    without joiners that have nothing after them."""
    joining = _JOINING.pattern
    text = re.sub(f"(?:(?<=\\s)|^){joining}+", "", text)
    return re.sub("[\u034f\u200c\u200d]+(?=\\s|$)", "", text)


def _visible(letter: str) -> bool:
    return not letter.isspace() and letter != _BLANK and not _IGNORABLE.match(letter)


def _shortened(name: str) -> str:
    """Start, end and a number of a long name: two that share their first letters, or
    all but the middle, stay two. 32 bits of SHA-256; among 1,000 classes that share
    start and end, two get the same number once in 8,000 imports."""
    number = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LETTERS]
    room = LIMITS.name_length - len(f"… ~{number}")
    end = name[-(room // 3):]
    while end and (unicodedata.combining(end[0]) or _IGNORABLE.match(end[0])):
        end = end[1:]  # a mark without its letter
    start = name[:room - room // 3]
    return f"{_joined(start).rstrip()}…{_joined(end).lstrip()} ~{number}"


def _number(digits: str) -> tuple[int, str]:
    """A number of any length and in any script, to sort by: `int` refuses numbers of
    more than 4,300 digits."""
    plain = "".join(str(unicodedata.decimal(digit)) for digit in digits).lstrip("0")
    return len(plain), plain


def _folded(name: str) -> str:
    """The name without what two names that look alike may differ in."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(letter for letter in folded if _visible(letter))
