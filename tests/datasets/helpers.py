"""What several tests of data sets need: names that try to break something, small
pictures and the arguments of an import."""

from tests import corpus
from tltools.datasets.sources import tasks

NAMES = [
    "<b>x</b>", "![](http://x/y.png)", "snake_case", "*", "1. first", "../up", "..", "CON", "nul",
    "a/b", "ñandú", "猫", "😀", "'; DROP TABLE", "{{x}}", "$HOME", "%s", "-rf", "~", "a:b", "a|b",
    "a?b", '"q"', "`c`", "#h", "[l](u)", "\\n", "&amp;", "a=b", "+1", "@x", "null", "true", "0",
    "é", "ﬀ", "x" * 80, "👨\u200d👩\u200d👧", "می\u200cخواهم", "🇩🇪", "❤\ufe0f", "🏴\u200d☠\ufe0f",
    "العربية", "שלום", "한글", "ก็ดี", "हिन्दी", "Ratio 3:1", "a;b", "a,b", "ẋ\u0323", "𝕏",
    "1e5", "007", "NaN", "None", "=1+1", "%(x)s", "${x}", "{0}", "<script>alert(1)</script>",
    "test", "LPT1", "a'b", "ß"
]
"""Names of classes as they are stored: `names.clean_name` leaves each as it is."""


def image(seed: int = 0) -> bytes:
    """A small picture as a PNG file; another one for each seed."""
    return corpus.encoded(corpus.picture(seed=seed), "PNG")


def common(home, dataset=None) -> dict:
    """What every import takes: the home, the workspace, the data set to add to."""
    return {"home": str(home.path), "workspace": "local", "dataset": dataset}


def zipped(home, tmp_path, entries) -> dict:
    """The result of importing an archive with these (name, content) entries."""
    path = tmp_path / "a.zip"
    path.write_bytes(corpus.archive(entries))
    return from_archive(home, path, name="my photos.zip")


def from_archive(home, path, dataset=None, name="", **more) -> dict:
    """The result of importing the archive at `path`."""
    source = {"kind": "archive", "path": str(path), "name": name or path.name}
    return tasks.bring_in(source=source, **common(home, dataset), **more)


def from_folder(home, path, dataset=None, **more) -> dict:
    """The result of importing the folder at `path`."""
    return tasks.bring_in(source={"kind": "folder", "path": str(path)}, **common(home, dataset),
                          **more)


def from_uploads(home, kept, dataset=None, **more) -> dict:
    """The result of importing uploads ([{"path", "name"}]), which are then removed."""
    return tasks.bring_in(source={"kind": "uploads", "files": kept}, remove=True,
                          **common(home, dataset), **more)
