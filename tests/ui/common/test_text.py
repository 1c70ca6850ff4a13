"""Names are text: what a person typed is what is seen, and never acts."""

import pytest

from tltools.ui.common.text import duration, megabytes, percent, plain


@pytest.mark.parametrize("name", [
    "snake_case", "*star*", "1. first", "![](http://x/y.png)", "<b>x</b>", ":red[x]", "$x$",
    "[a](javascript:1)", "# head", "`code`", "a|b", "~~x~~"
])
def test_no_markdown_survives(name):
    safe = plain(name)
    assert not set(safe) & set("*_`[]()<>$|~!\\")
    import html
    assert html.unescape(safe).replace("\u200b", "") == name


def test_percent_and_duration():
    assert percent(0.956, 120) == "95.6 % of 120 images"
    assert percent(None) == "–"
    assert duration(None) == ""
    assert [duration(value) for value in (0.2, 45, 200, 7200)] \
        == ["1 s", "45 s", "3 min", "2 h 0 min"]


def test_bytes_in_words():
    assert [megabytes(value) for value in (0, 440_000, 12_300_000, 1_340_000_000)] \
        == ["0.0 MB", "0.4 MB", "12 MB", "1.3 GB"]
