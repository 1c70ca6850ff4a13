"""Names are text, not markup: the one place where a person's words are made safe for a
Streamlit label or sentence."""

import re

from tltools import wording

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$&^=\"'/@])")


def plain(words: str) -> str:
    """`words` so that Streamlit's markdown shows exactly them: no links, pictures,
    emphasis, directives or maths."""
    flat = " ".join(str(words).split())
    return _MARKS.sub(lambda match: f"&#{ord(match[1])};", flat).replace(":", "&#58;&#8203;")


def percent(share: float | None, images: int | None = None) -> str:
    """0.956 as "95.6 %", with how many images stand behind it; "–" for None."""
    if share is None:
        return "–"
    return wording.percent(share) + (f" of {images:,} images" if images is not None else "")


def duration(seconds: float | None) -> str:
    """Seconds in words: "8 s", "3 min", "1 h 20 min"."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def megabytes(number: float) -> str:
    """Bytes in words: "0.4 MB", "12 MB", "1.3 GB"."""
    if number >= 1e9:
        return f"{number / 1e9:.1f} GB"
    return f"{number / 1e6:.0f} MB" if number >= 1e7 else f"{number / 1e6:.1f} MB"
