"""What was not brought in, by reason: files, and rows of a file of labels, which are
counted apart.

Owns how it is said; leaves why a file is left out to whoever looks at it.
"""

import re
from collections.abc import Iterable

import streamlit as st

from tltools.ui.common.text import plain
from tltools.wording import without_name

SHOWN = 500
_EXAMPLES = 3  # named for each reason
_HIGH, _HEIGHT = 10, 400  # more rows than this scroll, in so many pixels
_ROW = re.compile(r"^(?P<table>.+), line (?P<line>\d+)$", re.DOTALL)
"""As `datasets.reading.labels` names a row of a file of labels."""


def show(skipped: list[dict[str, str]], one: str, many: str) -> None:
    """An expander with what is not used ([{"file", "reason"}]), by reason; nothing
    where there is none. one, many: what is said of it ("is left out", "are left out").
    """
    if not skipped:
        return
    said = f"{counted(item['file'] for item in skipped)} {one if len(skipped) == 1 else many}"
    with st.expander(f"{plain(said)}; see why", icon=":material/warning:", key="left-out"):
        rows = reasons(skipped)
        table(rows)
        if len(skipped) > len(rows) and st.toggle("Name each one", key="w-each-file",
                                                  help="One line for each."):
            table([{"file": item["file"], "reason": item["reason"]} for item in skipped[:SHOWN]])
            if len(skipped) > SHOWN:
                st.caption(f"And {len(skipped) - SHOWN:,} more.")


def counted(names: Iterable[str]) -> str:
    """"3 files and 12 rows of labels.csv"."""
    tables = [found["table"] if (found := _ROW.match(name)) else "" for name in names]
    rows, of = len(tables) - tables.count(""), set(tables) - {""}
    said = [_many(tables.count(""), "file")] if "" in tables else []
    if rows:
        said.append(f"{_many(rows, 'row')} of "
                    + (of.pop() if len(of) == 1 else f"{len(of):,} files of labels"))
    return " and ".join(said)


def reasons(skipped: list[dict[str, str]]) -> list[dict[str, str]]:
    """By reason: [{"how many", "reason", "for example"}], the most frequent first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for item in skipped:
        kind, reason, name = _told(item)
        groups.setdefault((kind, reason), []).append(name)
    return [{"how many": _many(len(names), kind), "reason": reason,
             "for example": ", ".join(names[:_EXAMPLES])}
            for (kind, reason), names in sorted(groups.items(), key=lambda group: -len(group[1]))]


def _told(item: dict[str, str]) -> tuple[str, str, str]:
    """File or row, the reason without what is another for each, and the name to show.
    """
    found = _ROW.match(item["file"])
    if not found:
        return "file", without_name(item["reason"], item["file"]), item["file"]
    picture, _, reason = item["reason"].partition(": ")
    return "row", re.sub(r"^line \d+ ", "another line ", reason), \
        f"line {found['line']}" + (f" ({picture})" if picture else "")


def table(rows: list[dict[str, str]]) -> None:
    """A table whose cells wrap, on a phone too (`shell` has the style); its words are
    shown as text."""
    st.table({name: [plain(row[name]) for row in rows] for name in rows[0]}, hide_index=True,
             border="horizontal", height=_HEIGHT if len(rows) > _HIGH else "content")


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
