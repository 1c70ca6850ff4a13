"""A collection that a person has chosen and not yet brought in: where it lies, and how
it was read.

Owns `<uploads>/<id>/look.json` (the source), `answer.json` (what
`datasets.sources.tasks.inspect` said) and the uploaded files beside them, until they
are brought in or dismissed. The session and the address keep the id alone, so that a
reload shows the same look. Leaves reading to the engine, and showing to `preview`.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from tltools import files
from tltools.datasets import archives
from tltools.errors import DatasetError, RecordError, TltoolsError
from tltools.images import KNOWN_EXTENSIONS, VIDEO_EXTENSIONS
from tltools.settings import LIMITS
from tltools.ui.common import portions

PLACE = "data"  # of the drop zone
TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl")
"""Endings of files that may say the labels."""
_KEY = "look"
_FORMAT = 1


@dataclass(frozen=True)
class Look:
    """What is looked at. source, csv: as the tasks of `datasets.sources` take them.
    name: of the source, for people. group_by: what a person says belongs together.
    into: the data set into which a stopped import has brought a part, "" for none.
    task: the engine's, which brings it in now, begun at that time (seconds since the
    epoch); "" for none."""

    id: str
    path: Path
    source: dict[str, Any]
    name: str
    csv: dict[str, str] | None = None
    group_by: str = ""
    into: str = ""
    task: str = ""
    begun: float = 0.0


def limits() -> dict[str, int]:
    """Most bytes of a file by its ending, for the drop zone; "": a file without one."""
    found = dict.fromkeys((*KNOWN_EXTENSIONS, *TABLES, ""), LIMITS.image_bytes)
    found |= dict.fromkeys(VIDEO_EXTENSIONS, LIMITS.video_bytes)
    for ending in archives.EXTENSIONS:
        found["." + ending.rsplit(".", 1)[1]] = LIMITS.archive_bytes
    return found


def begin(source: Mapping[str, Any], name: str, look_id: str = "",
          csv: dict[str, str] | None = None) -> Look:
    """Look at a source from now on. look_id: of the upload that brought it."""
    look_id = look_id or files.new_id()
    look = Look(look_id, portions.folder(look_id), dict(source), name, csv)
    portions.sweep(look.path.parent)
    look.path.mkdir(parents=True, exist_ok=True)
    _write(look)
    _remember(look)
    return look


def begin_upload(upload_id: str) -> Look:
    """Look at what the drop zone has brought; raises `DatasetError` where it is more
    than one collection."""
    kept = portions.kept(portions.folder(upload_id))
    packed = [item for item in kept if item["name"].lower().endswith(archives.EXTENSIONS)]
    others = [item for item in kept if item not in packed]
    tables = [item for item in others if item["name"].lower().endswith(TABLES)]
    if not packed:
        above = {item["name"].split("/")[0] for item in kept if "/" in item["name"]}
        name = above.pop() if len(above) == 1 else "My pictures"
        return begin({"kind": "uploads", "files": kept}, name, upload_id)
    if len(packed) > 1 or len(others) > len(tables) or len(tables) > 1:
        raise DatasetError(f"Received {len(packed)} archives and {len(others)} other files.",
                           "Bring one archive at a time, with at most one file of labels.")
    return begin({"kind": "archive", **packed[0]}, packed[0]["name"], upload_id,
                 tables[0] if tables else None)


def current() -> Look | None:
    """What this session, or the address of the page, looks at; None for nothing."""
    look_id = st.session_state.get(_KEY) or st.query_params.get(_KEY)
    if not look_id:
        return None
    try:
        path = portions.folder(str(look_id))
        record = files.read_json(path / "look.json")
        files.check_format(record, _FORMAT, "What was looked at")
        look = Look(str(look_id), path, record["source"], record["name"], record["csv"],
                    record["group_by"], record["into"], record["task"], record["begun"])
        if look.source["kind"] == "uploads":
            look.source["files"] = portions.kept(path)
    except (OSError, KeyError, TypeError, RecordError, TltoolsError):
        forget()
        return None
    _remember(look)
    return look


def change(look: Look, **changes: Any) -> Look:
    """The look with another source, file of labels, `into` or task."""
    after = dataclasses.replace(look, **changes)
    _write(after)
    return after


def end(look: Look) -> None:
    """It was brought in or dismissed: what was uploaded for it goes."""
    files.remove_tree(look.path)
    forget()


def forget() -> None:
    """Show the choice of sources again."""
    st.session_state.pop(_KEY, None)
    if _KEY in st.query_params:
        del st.query_params[_KEY]


def answer(look: Look) -> dict[str, Any] | None:
    """How it was read last; None if it was not."""
    try:
        found = files.read_json(look.path / "answer.json")
        return found if isinstance(found, dict) else None
    except (OSError, RecordError):
        return None


def keep_answer(look: Look, result: dict[str, Any]) -> None:
    """How it was read, for every later run of the page. Pictures of classes that were
    looked at before stay."""
    before = answer(look) or {"classes": [], "layout": ""}
    samples = {item["name"]: item["samples"] for item in before["classes"] if "samples" in item}
    if before["layout"] == result["layout"]:
        for item in result["classes"]:
            if item["name"] in samples:
                item.setdefault("samples", samples[item["name"]])
    files.write_json(look.path / "answer.json", result)


def _remember(look: Look) -> None:
    st.session_state[_KEY] = look.id
    if st.query_params.get(_KEY) != look.id:
        st.query_params[_KEY] = look.id


def _write(look: Look) -> None:
    source = {name: value for name, value in look.source.items() if name != "files"}
    files.write_json(look.path / "look.json", {
        "format": _FORMAT, "source": source, "name": look.name, "csv": look.csv,
        "group_by": look.group_by, "into": look.into, "task": look.task, "begun": look.begun
    })
