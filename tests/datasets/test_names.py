"""Names: what is kept of them, that none merge in silence, their order, and which look
alike."""

import random
import unicodedata

import pytest

from tests.datasets.helpers import NAMES
from tltools.datasets.names import clean_name, look_alike, natural_key, needed_name
from tltools.errors import DatasetError
from tltools.settings import LIMITS


def test_sixty_hostile_names_survive():
    assert len(set(NAMES)) == len(NAMES) >= 60
    assert [clean_name(name) for name in NAMES] == NAMES


@pytest.mark.parametrize(("name", "kept"), [
    ("  a \t b\n", "a b"),
    ("a\u00a0\u3000b", "a b"),
    ("A\u0308pfel", "Äpfel"),
    ("\u1100\u1161", "가"),
    ("a\x00b\x1b[31m", "a b [31m"),
    ("a\u202eb\u2066c\ufeff", "abc"),  # what turns the direction of writing
    ("soft\u00adhy\u200bphen", "softhyphen"),
    ("\u200dcat\u200d", "cat"),
    ("a \u200c b", "a b"),
    ("A\u200b\u0308", "Ä"),  # a mark meets its letter when what stands between is gone
    ("caf\udce9", "café"),  # a file name that is no UTF-8, as Python gives it
    ("caf\ud800", "caf\ufffd"),
    ("\U0001fae8", "\U0001fae8"),  # newer than the Unicode of the oldest Python here
    ("a\ufffeb", "ab"),
])
def test_what_is_kept_of_a_name(name, kept):
    assert clean_name(name) == kept


@pytest.mark.parametrize("name", [
    "", "   ", "\t\n", "\u200b", "\u200d\u200c", "\ufe0f", "\u3164", "\u2800 \u2800", "\x00\x07",
    "\u00ad\u034f"
])
def test_a_name_that_nobody_sees_is_none(name):
    assert clean_name(name) == ""
    with pytest.raises(DatasetError, match="visible"):
        needed_name(name)


def test_long_names_stay_different_and_readable():
    same = "A very long name of a class that somebody has made out of a whole sentence, "
    long = [same + end for end in ("with cats", "with dogs", "with mice")]
    middle = ["x" * 60 + letter + "y" * 60 for letter in "abc"]
    shown = [clean_name(name) for name in (*long, *middle)]
    assert len(set(shown)) == 6
    assert all(len(name) <= LIMITS.name_length for name in shown)
    assert shown[0].startswith("A very long name of a class")
    assert "with cats ~" in shown[0]
    exactly = "z" * LIMITS.name_length
    assert clean_name(exactly) == exactly


def test_a_cut_never_leaves_half_a_letter():
    for shift in range(6):
        shown = clean_name("x" * shift + "e\u0323\u0307\u200d👩" * 60)
        for at, letter in enumerate(shown):
            if unicodedata.combining(letter) or letter == "\u200d":
                assert at > 0
                assert not shown[at - 1].isspace()
                assert shown[at - 1] != "…"


def test_a_clean_name_stays_as_it_is():
    generator = random.Random(0)
    letters = "aÄe\u0308\u0323\u200d\u200c\ufe0f \t\u00a0\u200b\u202e\udce9👩가\u1161\u2800;|/猫"
    for _ in range(2_000):
        name = "".join(generator.choices(letters, k=generator.randrange(1, 120)))
        clean = clean_name(name)
        assert clean_name(clean) == clean == unicodedata.normalize("NFC", clean).strip()
        assert len(clean) <= LIMITS.name_length
        clean.encode()


@pytest.mark.parametrize("wanted", [
    [str(number) for number in range(13)],
    ["class1", "class2", "Class10", "class10b"],
    ["Äpfel", "apple", "Banane", "banane2", "zebra"],
    ["a", "a1", "a1b", "a2", "b"],
    ["1", "1.5", "1.10", "2"],
    ["٣", "١٢"],
    ["img9" + "9" * 5_000, "img1" + "0" * 5_001],
])
def test_natural_order(wanted):
    mixed = random.Random(1).sample(wanted, len(wanted))
    assert sorted(mixed, key=natural_key) == wanted


def test_the_order_of_different_names_is_always_decided():
    odd = [*NAMES, "1", "01", "001", "", "A", "a", "á", "a1", "a01"]
    assert len({natural_key(name) for name in odd}) == len(set(odd))
    assert sorted(odd, key=natural_key) == sorted(set(odd), key=natural_key)


def test_names_that_look_alike():
    names = ["cat", "Cat", "CAT ", "dog", "ﬀ", "ff", "ｃａｔ", "Straße", "STRASSE", "hot dog",
             "hotdog", "A\u0308pfel", "Äpfel", "cat\u200d", "bird", "cat"]
    assert [set(group) for group in look_alike(names)] == [
        {"Äpfel", "A\u0308pfel"}, {"cat", "Cat", "CAT ", "ｃａｔ", "cat\u200d"}, {"ﬀ", "ff"},
        {"hot dog", "hotdog"}, {"Straße", "STRASSE"}]
    assert look_alike(["cat", "cot", "cat"]) == []
