"""Workspaces of a class: names are text and never a path, and nobody gets into
another's."""

import os
import stat

import pytest

from tltools.datasets.names import clean_name
from tltools.errors import InputError, NotFound
from tltools.serving import classroom

HOSTILE = [
    "../x", "..", ".", "/etc/passwd", "C:\\Windows", "\\\\server\\share", "a/b", "a\\b", "~",
    "~root", ".hidden", "local", "con", "NUL", "aux.txt", "COM1", "name.", "name ", "a:b", "a|b",
    "a*b?", '"quoted"', "<b>bold</b>", "<script>alert(1)</script>", "![x](http://evil/x.png)",
    "[x](javascript:alert(1))", ":red[x]", "$x^2$", "*stars*", "_under_", "`code`", "# title",
    "1. first", "- item", "{{7*7}}", "${HOME}", "$(id)", "`id`", "%2e%2e%2f", "%00", "a%n",
    "'; DROP TABLE x; --", "a&b=c", "?w=x", "#w", "p-0123456789abcdef01234567", "x" * 80,
    "Ä ö ü ß", "Zoë", "\u5c71\u7530", "\u0418\u0432\u0430\u043d", "\u0645\u062d\u0645\u062f",
    "\u05e9\u05dc\u05d5\u05dd", "\U0001f393\U0001f469\u200d\U0001f3eb", "e\u0301", "\u202eabc",
    "\ufb01", "\u2167", "A" * 79 + "é", "=1+1"
]


def test_sixty_hostile_names_stay_text_and_inside(home):
    assert len(HOSTILE) == 60
    made = [classroom.create(home, name) for name in HOSTILE]
    folders = {person.workspace.name for person in made}
    assert len(folders) == 60, "each has a folder of its own"
    assert {path.name for path in (home.path / "workspaces").iterdir() if path.is_dir()} == folders
    for name, person in zip(HOSTILE, made, strict=True):
        assert person.workspace.path.parent == home.path / "workspaces"
        assert classroom.by_address(home, person.address) == person
        assert classroom.reopen(home, name) == person
        assert person.name == clean_name(name)
    assert "🎓👩\u200d🏫" in {person.name for person in made}, "joiners are part of a letter"


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "\n\t", "\x00", "\u202e"])
def test_a_name_needs_something_to_see(home, name):
    with pytest.raises(InputError, match="no visible character"):
        classroom.create(home, name)


def test_a_name_belongs_to_one_person(home):
    anna = classroom.create(home, "Anna  Berg")
    for same in ("Anna Berg", "anna berg", " ANNA BERG ", "\uff21nna Berg"):
        with pytest.raises(InputError, match="already"):
            classroom.create(home, same)
        assert classroom.reopen(home, same) == anna
    with pytest.raises(NotFound):
        classroom.reopen(home, "Anna")


def test_a_pin_keeps_others_out_and_cannot_be_found_by_trying(home, monkeypatch):
    anna = classroom.create(home, "Anna", "4711")
    assert classroom.reopen(home, "Anna", "4711") == anna
    for _ in range(classroom.TRIES):
        with pytest.raises(InputError, match="PIN"):
            classroom.reopen(home, "Anna", "1234")
    with pytest.raises(InputError, match="several times"):
        classroom.reopen(home, "Anna", "4711")
    monkeypatch.setattr(classroom, "WAIT_SECONDS", 0.0)
    assert classroom.reopen(home, "Anna", "4711") == anna
    with pytest.raises(InputError, match="3 characters"):
        classroom.create(home, "Ben", "123")
    assert "4711" not in (anna.workspace.path / "person.json").read_text()


def test_only_the_whole_key_opens(home):
    anna, ben = classroom.create(home, "Anna"), classroom.create(home, "Ben")
    name, _, key = anna.address.partition(".")
    theirs = ben.address.partition(".")[2]
    for wrong in ("", name, f"{name}.", f"{name}.{theirs}", f"{name}.{key[:-1]}", f"{name}.{key}x",
                  f"../{name}.{key}", key, f"local.{key}", "local.", "local", "é.é", f"{name}.é"):
        assert classroom.by_address(home, wrong) is None
    (anna.workspace.path / "person.json").write_text("{")
    assert classroom.by_address(home, anna.address) is None
    assert classroom.by_address(home, ben.address) == ben


def test_the_class_has_an_end(home, monkeypatch):
    monkeypatch.setattr(classroom, "MOST_PEOPLE", 2)
    classroom.create(home, "Anna")
    classroom.create(home, "Ben")
    with pytest.raises(InputError, match="2 workspaces"):
        classroom.create(home, "Cem")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_keys_are_private(home):
    path = classroom.create(home, "Anna").workspace.path / "person.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_qr_codes_hold_the_link():
    """The picture's modules are those of the code for exactly this text (the coder
    itself is segno's, tested there)."""
    import io

    import segno
    from PIL import Image

    link = "http://192.168.178.20:8501"
    picture = Image.open(io.BytesIO(classroom.qr_picture(link))).convert("L")
    code = [list(row) for row in segno.make(link, error="m", micro=False).matrix]
    seen = [[picture.getpixel((8 * (column + 4) + 4, 8 * (row + 4) + 4)) < 128
             for column in range(len(code))] for row in range(len(code))]
    assert seen == [[bool(module) for module in row] for row in code]
    assert len(classroom.qr_words(link).splitlines()) > 12


def test_whoever_leaves_ends_the_address_and_a_damaged_record_holds_nobody(home):
    anna = classroom.create(home, "Anna", "1234")
    classroom.leave(home, anna)
    assert classroom.by_address(home, anna.address) is None
    again = classroom.reopen(home, "Anna", "1234")
    assert classroom.by_address(home, again.address) == again
    (anna.workspace.path / "person.json").write_text("{")
    classroom.leave(home, again)
