"""Many or large files from a browser: sent in numbered portions and put on disk as they
come.

Streamlit's own uploader makes one request for each file and keeps all of them in the
page process's memory; with a folder of a thousand the page stands still. Here the
browser sends one portion of some megabytes as a component's trigger, and the next one
only when this one's number is acknowledged: `portions.js` keeps what is not, so that a
rerun, a lost connection or a visit to another page loses nothing and doubles nothing.
No fragment: a click and a portion of one moment would be sent as a rerun of the
fragment alone, and the click be lost.

Owns `<uploads>/<id>/`: one file per upload, named by its number, and `names.jsonl`. The
session keeps the `Arrived` alone. `dropzone.js` is the view for folders and files; a
camera would be another over the same two halves. Leaves what the files are to others.
"""

import base64
import binascii
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from tltools import files
from tltools.errors import problem_of
from tltools.settings import LIMITS, check_id
from tltools.ui.common import state

PORTION_BYTES = 4_000_000
"""Of one message, before base64; a fifth of what `server.maxMessageSize` takes, so that
clicks between two portions wait some milliseconds only."""
MOST_BYTES = LIMITS.archive_unpacked_bytes
MOST_FILES = LIMITS.archive_entries
KEPT_SECONDS = 86_400.0
"""Uploads whose tab was closed are removed after a day."""
_NAMES = "names.jsonl"
_NAME_LENGTH = 1_000
_HERE = Path(__file__).parent
_ZONE = st.components.v2.component(
    "tltools.dropzone", html=(_HERE / "dropzone.html").read_text(encoding="utf-8"),
    css=(_HERE / "dropzone.css").read_text(encoding="utf-8"),
    js="".join((_HERE / name).read_text(encoding="utf-8")
               for name in ("portions.js", "dropzone.js")))


@dataclass
class Arrived:
    """What has arrived of one upload. acknowledged: number of its last portion.
    trouble: why an upload before this one was given up, "" for none.

    Changed in place: Streamlit may end a callback wherever it touches the session's
    state, and what is on disk must never be ahead of what is acknowledged.
    """

    id: str
    acknowledged: int = 0
    files: int = 0
    bytes: int = 0
    complete: bool = False
    trouble: str = ""


class _Refused(Exception):
    """A message that no browser of ours sends, or one over the limits."""


def arrived(place: str) -> Arrived:
    """The upload of this place of the page; a new, empty one if there is none."""
    key = f"portions-{place}"
    found = st.session_state.get(key)
    if not isinstance(found, Arrived):  # whatever a crafted browser has put there
        found = st.session_state[key] = Arrived(files.new_id())
    return found


def forget(place: str, trouble: str = "") -> None:
    """Begin a new upload at this place. The files of the one before stay where they
    are. trouble: to be said at the drop zone."""
    st.session_state[f"portions-{place}"] = Arrived(files.new_id(), trouble=trouble)


def folder(upload_id: str) -> Path:
    """Where the files of an upload lie; raises `NotFound` for what is no id."""
    return state.workspace().uploads / check_id(upload_id)


def kept(place: Path) -> list[dict[str, str]]:
    """The whole files of an upload's folder, in the order in which they came: [{"path",
    "name"}]. The name is as the browser said it, with folders; it is never a path."""
    records, _ = files.read_json_lines(place / _NAMES)
    return [{"path": str(place / f"{int(item['file'])}"), "name": str(item["name"])}
            for item in records if "file" in item]


def left_out(place: Path) -> list[dict[str, str]]:
    """What the browser did not send: [{"file", "reason"}]."""
    records, _ = files.read_json_lines(place / _NAMES)
    return [{"file": str(item["name"]), "reason": str(item["reason"])}
            for item in records if "reason" in item]


def dropzone(place: str, words: str, limits: Mapping[str, int]) -> None:
    """A box to drop or choose a folder, an archive or many files. The page runs again
    with each portion; with the last one `arrived` is complete.

    place: names this box. words: what to drop. limits: most bytes of a file by its
    ending (".jpg"; "" for files without one); files of another ending are not sent.
    """
    now = arrived(place)
    key = f"portions-{place}-{now.id}"
    _ZONE(key=key, on_portion_change=lambda: _portion(place, now, key, limits),
          on_stop_change=lambda: _give_up(place, now, ""),
          data={"place": place, "upload": now.id, "acknowledged": now.acknowledged,
                "words": words, "limits": dict(limits), "portion_bytes": PORTION_BYTES,
                "most_files": MOST_FILES, "most_bytes": MOST_BYTES, "trouble": now.trouble})


def _portion(place: str, now: Arrived, key: str, limits: Mapping[str, int]) -> None:
    """A portion is here (a callback: it runs once for each, whatever the page does)."""
    message = (st.session_state.get(key) or {}).get("portion")
    try:
        take(folder(now.id), now, message, limits)
    except _Refused as error:
        _give_up(place, now, str(error))
    except OSError as error:
        problem = problem_of(error)
        _give_up(place, now, f"{problem.reason} {problem.remedy}")


def _give_up(place: str, now: Arrived, trouble: str) -> None:
    shutil.rmtree(folder(now.id), ignore_errors=True)
    forget(place, trouble)


def take(place: Path, now: Arrived, message: Any, limits: Mapping[str, int]) -> None:
    """Put the files of one portion into the upload's folder, and count them in `now`. A
    portion that is here already, or of another upload, changes nothing.

    message: {"upload", "number", "last", "data": base64 of all pieces one after the
    other, "pieces": [{"file": number, "name", "size", "start", "length"}], "left_out":
    [{"name", "reason"}]}. Raises OSError where the disk is full, `_Refused` for a
    message over the limits.
    """
    try:
        if not isinstance(message, dict) or message["upload"] != now.id \
                or int(message["number"]) != now.acknowledged + 1 or now.complete:
            return
        data = base64.b64decode(message["data"], validate=True)
        pieces = [_Piece.checked(item, limits) for item in message["pieces"]]
        if sum(piece.length for piece in pieces) != len(data):
            raise ValueError
        missed = [{"name": str(item["name"])[:_NAME_LENGTH], "reason": str(item["reason"])[:200]}
                  for item in message.get("left_out", [])[:500]]
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise _Refused("What the browser sent cannot be read. Load the page again.") from error
    whole = [piece for piece in pieces if piece.start + piece.length == piece.size]
    if now.files + len(whole) > MOST_FILES or now.bytes + len(data) > MOST_BYTES:
        raise _Refused(f"More than {MOST_FILES:,} files or {MOST_BYTES / 1e9:.0f} GB have come. "
                       "Choose a smaller folder.")
    if not now.acknowledged:
        sweep(place.parent)
        place.mkdir(parents=True, exist_ok=True)
    at = 0
    for piece in pieces:
        _write(place / f"{piece.file}", piece.start, data[at : at + piece.length])
        at += piece.length
    _note(place, [{"file": piece.file, "name": piece.name} for piece in whole] + missed)
    now.files, now.bytes = now.files + len(whole), now.bytes + len(data)
    now.complete, now.trouble = bool(message.get("last")), ""
    now.acknowledged += 1


@dataclass(frozen=True)
class _Piece:
    """A part of one file: `length` bytes from `start` on, of `size`."""

    file: int
    name: str
    size: int
    start: int
    length: int

    @classmethod
    def checked(cls, item: Any, limits: Mapping[str, int]) -> "_Piece":
        """The piece that a message describes; raises ValueError for what cannot be."""
        piece = cls(int(item["file"]), str(item["name"])[:_NAME_LENGTH], int(item["size"]),
                    int(item["start"]), int(item["length"]))
        most = limits.get(Path(piece.name).suffix.lower(), -1)
        if not (0 <= piece.file < MOST_FILES and 0 <= piece.start <= piece.size
                and 0 <= piece.length <= piece.size - piece.start and piece.size <= most):
            raise ValueError
        return piece


def _write(target: Path, start: int, data: bytes) -> None:
    with open(target, "ab" if start else "wb") as file:
        if file.tell() != start:  # its beginning is not here
            raise _Refused("A part of a file is missing. Choose the files again.")
        file.write(data)


def _note(place: Path, records: list[dict[str, Any]]) -> None:
    """Append to the list of names, all in one write: a portion has up to 500 files."""
    with open(place / _NAMES, "a", encoding="ascii") as file:
        file.writelines(json.dumps(item) + "\n" for item in records)


def sweep(uploads: Path) -> None:
    """Remove what other uploads have left in this folder a day ago or earlier."""
    for entry in uploads.iterdir() if uploads.is_dir() else ():
        try:
            if files.now() - entry.stat().st_mtime < KEPT_SECONDS:
                continue
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink()
        except OSError:  # another tab was faster
            continue
