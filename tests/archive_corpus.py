"""Hostile and odd archives with what should come of each.

ZIP is made byte by byte, because `zipfile` writes no such thing, and TAR with
`tarfile`, so that another program than the one tested has written it.
"""

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests import corpus

LINK = 0o120777 << 16
FLAGGED, ENCRYPTED = 0x800, 0x1


@dataclass
class Raw:
    """An entry of a ZIP archive as its bytes say it."""

    name: bytes
    data: bytes = b"x"
    flags: int = 0
    method: int = 0
    extra: bytes = b""
    attributes: int = 0


def raw_zip(*entries: Raw, count: int | None = None, before: bytes = b"") -> bytes:
    """A ZIP archive of stored entries. count: what the end record claims. before: what
    stands in front of it, as in a program that unpacks itself."""
    body, directory = before, b""
    for item in entries:
        size = len(item.data)
        shared = struct.pack("<HHHHHLLLHH", 20, item.flags, item.method, 0, 0,
                             zlib.crc32(item.data), size, size, len(item.name), len(item.extra))
        directory += (b"PK\x01\x02\x14\x03" + shared
                      + struct.pack("<HHHLL", 0, 0, 0, item.attributes, len(body) - len(before))
                      + item.name + item.extra)
        body += b"PK\x03\x04" + shared + item.name + item.extra + item.data
    number = min(0xFFFF, len(entries) if count is None else count)
    return (body + directory + b"PK\x05\x06"
            + struct.pack("<HHHHLLH", 0, 0, number, number, len(directory),
                          len(body) - len(before), 0))


def unicode_path(raw: bytes, name: str, version: int = 1) -> bytes:
    """The Info-ZIP field that says how the name `raw` is spelt."""
    data = struct.pack("<BL", version, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(data)) + data


def listing(entries: int, claimed: int = 1) -> bytes:
    """A ZIP archive that is nothing but a list of so many entries (47 bytes each)."""
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a"
    return entry * entries + b"PK\x05\x06" + struct.pack(
        "<HHHHLLH", 0, 0, claimed, claimed, len(entry) * entries, 0, 0)


def tar(*entries: tuple[str, bytes], form: int = tarfile.PAX_FORMAT, encoding: str = "utf-8",
        **changes) -> bytes:
    """A TAR archive with these (name, content) entries. changes: fields of each entry's
    `TarInfo`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, encoding=encoding) as file:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in changes.items():
                setattr(info, key, value)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def block(name: bytes, size: bytes = b"0", kind: bytes = b"0") -> bytes:
    """One TAR header with a right checksum and whatever else."""
    head = bytearray(512)
    head[:len(name)] = name
    head[124:124 + len(size)] = size
    head[156:157] = kind
    head[257:265] = b"ustar\x0000"
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def padded(data: bytes) -> bytes:
    """Content as it lies behind its TAR header."""
    return data + bytes(-len(data) % 512)


def with_pax(records: bytes, kind: bytes = b"x") -> bytes:
    """A TAR archive whose one file `a/1.png` has this extended header."""
    return (block(b"pax", b"%o" % len(records), kind) + padded(records)
            + block(b"a/1.png", b"1") + padded(b"x") + bytes(1024))


@dataclass
class Case:
    """An archive and what should come of it. whole: words of the message, where it is
    refused as one. entries: the names that can be read. refused: words of the reasons
    by the names that cannot."""

    label: str
    data: bytes
    whole: str = ""
    entries: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)


GOOD = Raw(b"a/good.png")
_TAR = tar(("a/1.png", b"one"), ("b/2.png", b"two"))
_BOTH = ("a/1.png", "b/2.png")
_LONG = f"a/{'x' * 150}/1.png"
_ZEROS = tar(("a/1.bmp", bytes(40_000_000)))


def names() -> list[Case]:
    """ZIP archives whose names are odd."""
    odd = {
        "no name": (b"", "(no name)", "no name"),
        "a NUL first": (b"\0a.png", "?a.png", "control"),
        "a NUL inside": (b"a\0b.png", "a?b.png", "control"),
        "a dot": (b"./.", "./.", "no name"),
        "up": (b"../evil.png", "../evil.png", "outside"),
        "up, later": (b"a/../../evil.png", "a/../../evil.png", "outside"),
        "up, Windows": (b"..\\evil.png", "../evil.png", "outside"),
        "from the root": (b"/etc/evil.png", "/etc/evil.png", "outside"),
        "a drive": (b"C:\\evil.png", "C:/evil.png", "outside"),
        "a drive and slash": (b"c:/evil.png", "c:/evil.png", "outside"),
        "a network drive": (b"\\\\host\\evil.png", "//host/evil.png", "outside"),
        "an escape": (b"a\x1b[31m.png", "a?[31m.png", "control"),
        "long": (b"x" * 201, "…" + "x" * 59, "characters"),
        "deep": (b"a/" * 13 + b"i.png", "a/" * 13 + "i.png", "more than 12 folders deep"),
    }
    bad = [Case(label, raw_zip(GOOD, Raw(raw)), entries=("a/good.png",), refused={name: words})
           for label, (raw, name, words) in odd.items()]
    fine = {
        "colon in a folder": (b"Ratio 3:1/1.png", "Ratio 3:1/1.png"),
        "colon behind a letter": (b"a:b/1.png", "a:b/1.png"),
        "dots in a folder": (b"a..b/...png", "a..b/...png"),
        "backslashes": (b"cats\\1.png", "cats/1.png"),
        "double slash": (b"cats//./1.png", "cats/1.png"),
        "markup": (b"<b>![](http://x)/1.png", "<b>![](http:/x)/1.png"),
    }
    fine["twelve folders"] = (b"a/" * 12 + b"i.png", "a/" * 12 + "i.png")
    good = [Case(label, raw_zip(Raw(raw)), entries=(name,)) for label, (raw, name) in fine.items()]
    twice = Case("a name twice", raw_zip(Raw(b"a/1.png", b"old"), Raw(b"a/1.png", b"new")),
                 entries=("a/1.png",), refused={"a/1.png": "follows"})
    return [*bad, *good, twice]


def letters() -> list[Case]:
    """Names of which letters must be found."""
    raw = "Äpfel/1.png".encode("cp437")
    field = unicode_path(raw, "Apfel ♥/1.png")
    gbk = [Raw(f"{name}/1.png".encode("gb18030")) for name in ("苹果", "香蕉", "橙子")]
    return [
        Case("GBK", raw_zip(*gbk), entries=("苹果/1.png", "香蕉/1.png", "橙子/1.png")),
        Case("UTF-8 without the flag", raw_zip(Raw("łoś/1.png".encode())), entries=("łoś/1.png",)),
        Case("UTF-8 with the flag", raw_zip(Raw("łoś/1.png".encode(), flags=FLAGGED)),
             entries=("łoś/1.png",)),
        Case("flag and none", raw_zip(Raw("猫/1.png".encode(), flags=FLAGGED), Raw(raw)),
             entries=("猫/1.png", "Äpfel/1.png")),
        Case("a Unicode field", raw_zip(Raw(raw, extra=field)), entries=("Apfel ♥/1.png",)),
        Case("a field of another name", raw_zip(Raw(b"B" + raw[1:], extra=field)),
             entries=("Bpfel/1.png",)),
        Case("a field of another version",
             raw_zip(Raw(raw, extra=unicode_path(raw, "Birnen/1.png", version=2))),
             entries=("Äpfel/1.png",)),
        Case("a broken field", raw_zip(Raw(b"a/1.png", extra=b"\x75\x70\xff\x00\x01")),
             whole="damaged"),
        Case("the flag and no UTF-8", raw_zip(Raw(b"\xff\xfe/1.png", flags=FLAGGED)),
             whole="damaged"),
        Case("a second half that is a backslash", raw_zip(Raw("表/1.png".encode("cp932")),
             Raw("ひまわり/1.png".encode("cp932"))), entries=("表/1.png", "ひまわり/1.png")),
        Case("TAR in KOI8", tar(("кошки/1.png", b"x"), ("собаки/1.png", b"x"),
                                form=tarfile.USTAR_FORMAT, encoding="koi8_u"),
             entries=("кошки/1.png", "собаки/1.png")),
    ]


def kinds() -> list[Case]:
    """Entries and archives of kinds that are not used."""
    inner = raw_zip(Raw(b"cats/1.png"))
    text = Raw(b"README.txt")
    secret, link = Raw(b"a/s.png", flags=ENCRYPTED), Raw(b"a/l.png", attributes=LINK)
    packed = [("64", 9, "Deflate64"), ("bz", 12, "bzip2"), ("lz", 14, "LZMA"),
              ("zs", 93, "Zstandard"), ("aes", 99, "password"), ("what", 77, "unknown method")]
    heads = [(b"Rar!\x1a\x07\x01\0", "RAR"), (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
             (b"\x28\xb5\x2f\xfd\0", "Zstandard"), (b"PK\x07\x08PK\x03\x04", "split"),
             (b"MSCF\0\0", "CAB"), (b"LZIP\1", "LZIP"), (b"\x04\x22\x4d\x18", "LZ4"),
             (b"\x1f\x9d\x90", "compress"), (b"xar!", "XAR"), (b"", "not an archive"),
             (b"PK nonsense", "not an archive"), (b"PK\x03\x04" + bytes(100), "cut off"),
             (bytes(10_240), "not an archive"), (b"%PDF-1.7", "not an archive")]
    return [
        Case("a password", raw_zip(secret, GOOD), entries=("a/good.png",),
             refused={"a/s.png": "password"}),
        Case("only passwords", raw_zip(secret, text), whole="locked with a password"),
        Case("a link", raw_zip(link, GOOD), entries=("a/good.png",), refused={"a/l.png": "link"}),
        Case("only links", raw_zip(link, link), whole="links instead of pictures"),
        Case("a device", raw_zip(GOOD, Raw(b"a/d.png", attributes=0o020666 << 16)),
             entries=("a/good.png",), refused={"a/d.png": "device"}),
        Case("a link and a password", raw_zip(link, secret),
             refused={"a/l.png": "link", "a/s.png": "password"}),
        Case("ZIP in ZIP", raw_zip(text, Raw(b"cats.zip", inner), Raw(b"__MACOSX/._x")),
             whole="other archives instead"),
        Case("ZIP beside pictures", raw_zip(GOOD, Raw(b"cats.zip", inner)),
             entries=("a/good.png",), refused={"cats.zip": "inside"}),
        Case("unpacks itself", raw_zip(GOOD, before=b"MZ" + bytes(500)), entries=("a/good.png",)),
        *(Case(f"packed: {words}", raw_zip(GOOD, Raw(name.encode(), method=method)),
               entries=("a/good.png",), refused={name: words}) for name, method, words in packed),
        *(Case(f"only packed: {words}", raw_zip(Raw(name.encode(), method=method)), whole=words)
          for name, method, words in packed),
        *(Case(f"file of {head[:8]!r}", head, whole=words) for head, words in heads),
    ]


def sizes() -> list[Case]:
    """ZIP archives that claim or hold too much."""
    large = corpus.archive([("a/1.png", b"x" * 900_000), ("b/1.png", b"y")])
    zeros = corpus.archive([(f"a/{number}.png", bytes(5_000_000)) for number in range(3)])
    return [
        Case("overlap", corpus.overlapping(), whole="overlap"),
        Case("1.6 GB claimed", corpus.claiming(large, 1_600_000_000), whole="claims"),
        Case("zeros", zeros, whole="claims"),
        Case("60,001 entries", listing(60_001), whole="60,001 entries"),
        Case("100,000 entries, one claimed", listing(100_000), whole="100,000 entries"),
        Case("a list of 47 MB", listing(1_000_000), whole="more than 60,000 entries"),
        Case("cut off", large[:-30], whole="cut off"),
    ]


def tars() -> list[Case]:
    """TAR archives, plain and packed."""
    pair = (("a/1.png", b"one"), ("b/2.png", b"two"))
    sound = {
        "pax": _TAR, "GNU": tar(*pair, form=tarfile.GNU_FORMAT),
        "ustar": tar(*pair, form=tarfile.USTAR_FORMAT), "gzip": gzip.compress(_TAR),
        "bzip2": bz2.compress(_TAR), "xz": lzma.compress(_TAR), "no end": _TAR[:2048],
        "two gzip streams": gzip.compress(_TAR[:700]) + gzip.compress(_TAR[700:]),
        "gzip and padding": gzip.compress(_TAR) + bytes(512),
        "garbage behind the end": _TAR + b"\xff" * 512,
    }
    large = tar(("a/1.png", b"x")).replace(b"00000000001\0", b"\x80" + bytes(10) + b"\1")
    sum_at = slice(148, 156)
    head = bytearray(large[:512])
    head[sum_at] = b" " * 8
    head[sum_at] = b"%06o\0 " % sum(head)
    kinds = {"symlink": (tarfile.SYMTYPE, "link"), "hard link": (tarfile.LNKTYPE, "link"),
             "device": (tarfile.CHRTYPE, "device"), "pipe": (tarfile.FIFOTYPE, "device"),
             "sparse": (b"S", "sparse"), "volume": (b"V", "not known")}
    return [
        *(Case(label, data, entries=_BOTH) for label, data in sound.items()),
        *(Case(f"long name, {form}", tar((_LONG, b"x"), form=form), entries=(_LONG,))
          for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)),
        *(Case(f"TAR: {label}",
               block(b"a/l.png", kind=kind) + block(b"a/1.png", b"1") + padded(b"x"),
               entries=("a/1.png",), refused={"a/l.png": words})
          for label, (kind, words) in kinds.items()),
        Case("TAR: only links", tar(("a/l.png", b""), type=tarfile.SYMTYPE, linkname="/etc/passwd"),
             whole="links instead"),
        Case("TAR: names", tar(("../evil.png", b"x"), ("/evil.png", b"x"), ("a/1.png", b"x")),
             entries=("a/1.png",), refused={"../evil.png": "outside", "/evil.png": "outside"}),
        Case("TAR: no name", block(b"") + block(b"a/1.png"), entries=("a/1.png",),
             refused={"(no name)": "no name"}),
        Case("TAR: added to", tar(("a/1.png", b"old"), ("a/1.png", b"new")), entries=("a/1.png",),
             refused={"a/1.png": "follows"}),
        Case("TAR: a number as bytes", bytes(head) + large[512:], entries=("a/1.png",)),
        Case("TAR: other letters", tar(("猫/1.png", b"x"), ("Äpfel/1.png", b"x")),
             entries=("猫/1.png", "Äpfel/1.png")),
        Case("TAR: global header", with_pax(b"14 comment=ab\n", b"g"),
             entries=("a/1.png",)),
        Case("TAR: ZIP inside", tar(("cats.zip", raw_zip(GOOD))), whole="other archives"),
    ]


def hostile_tars() -> list[Case]:
    """TAR archives that mislead."""
    digits = b"1" * 60_000
    many = b"".join(b"8 a%02d=\n" % (number % 100) for number in range(2_000))
    return [
        Case("TAR: cut off", _TAR[:1100], whole="cut off"),
        Case("TAR: 8 GB claimed", block(b"a/1.png", b"77777777777"), whole="cut off"),
        Case("TAR: a negative size", block(b"a/1.png", b"\xff" * 12), whole="damaged"),
        Case("TAR: a size of letters", block(b"a/1.png", b"0x10"), whole="damaged"),
        Case("TAR: a broken second header", _TAR[:1024] + b"\xff" * 512 + _TAR[1536:],
             whole="damaged"),
        Case("pax: a record of length 0", with_pax(b"0 path=a\n"), whole="damaged"),
        Case("pax: a record beyond the end", with_pax(b"999 path=a\n"), whole="damaged"),
        Case("pax: digits without end", with_pax(digits), whole="damaged"),
        Case("pax: too many records", with_pax(many), whole="damaged"),
        Case("pax: a size of letters", with_pax(b"12 size=1e9\n"), whole="damaged"),
        Case("pax: sparse", with_pax(b"22 GNU.sparse.major=1\n"), whole="sparse"),
        Case("pax: a header of 1 GB", block(b"x", b"10000000000", b"x"), whole="too much text"),
        Case("pax: a header and no entry", with_pax(b"11 path=aa\n")[:1024], whole="cut off"),
        Case("pax: a header that is cut off", block(b"x", b"3641000", b"g"), whole="cut off"),
        *(Case(f"a bomb, {kind.__name__}", kind.compress(_ZEROS), whole="times its size")
          for kind in (gzip, bz2, lzma)),
        Case("one packed file", gzip.compress(b"\x89PNG" + bytes(900)), whole="one packed file"),
        Case("one packed short file", gzip.compress(b"hello"), whole="one packed file"),
        Case("gzip, cut off", gzip.compress(_TAR)[:-30], whole="cut off"),
        Case("gzip, damaged", gzip.compress(_TAR)[:40] + bytes(40), whole="damaged"),
        Case("xz that wants memory", lzma.compress(_TAR, filters=[
            {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 28}]), whole="MB to unpack"),
    ]


CASES = [*names(), *letters(), *kinds(), *sizes(), *tars(), *hostile_tars()]


def broken_tars(seed: int = 0) -> Iterator[bytes]:
    """100 TAR archives, plain and packed, cut and flipped at random."""
    generator = random.Random(seed)
    plain = tar(*((f"{letter}/{number}.png", generator.randbytes(700)) for letter in "ab"
                  for number in range(3)))
    for number in range(100):
        broken = bytearray(gzip.compress(plain) if number % 4 == 3 else plain)
        if number % 2:
            for _ in range(generator.randrange(1, 20)):
                broken[generator.randrange(len(broken))] = generator.randrange(256)
        else:
            broken = broken[:generator.randrange(len(broken))]
        yield bytes(broken)
