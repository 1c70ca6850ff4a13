"""Writing that a kill, a full disk or a second reader cannot break.

Owns atomic replacement, JSON records, append-only JSON lines, hashing and ids. Leaves
what is in a record to its own module. Method: write beside the target, flush, `fsync`,
`os.replace` (POSIX rename is atomic; on Windows `os.replace` fails with
`PermissionError` while a reader has the file open, so it is retried for a second).
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tltools.errors import NewerRecord, RecordError, is_full

_RETRY_SECONDS = 1.0
_TEMPORARY = re.compile(r"\.(.+)-[0-9a-f]{8}(\..*)?")
"""Names of `atomic_path`'s temporary files; the group is the target's stem."""


def now() -> float:
    """Seconds since the epoch, UTC."""
    return time.time()


def new_id() -> str:
    """A new id that sorts by time: `20261124-093000-1a2b3c`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def replace(source: Path, target: Path) -> None:
    """`os.replace`, retried for a second where Windows refuses because a reader has
    `target` open."""
    deadline = time.monotonic() + _RETRY_SECONDS
    while True:
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; on success it becomes `target`, on
    failure it is removed.

    The temporary name keeps `target`'s suffixes, because Keras chooses a format by
    them.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    stem, dot, suffix = target.name.partition(".")
    temporary = target.with_name(f".{stem}-{secrets.token_hex(4)}{dot}{suffix}")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        replace(temporary, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def remove_leftovers(folder: Path, seconds: float = 0.0, keep: Container[str] = ()) -> None:
    """Remove the temporary files that a kill has left directly in this folder.

    Nobody may be writing there: whoever calls this holds the folder's lock, or names
    how many `seconds` old such a file must be. keep: stems of files that others write
    ("run" for `run.json`).
    """
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            found = _TEMPORARY.fullmatch(entry.name)
            with contextlib.suppress(OSError):
                if found and found[1] not in keep and entry.is_file(follow_symlinks=False) \
                        and now() - entry.stat().st_mtime >= seconds:
                    os.unlink(entry.path)


def write_bytes(target: Path, data: bytes) -> None:
    """Write `data` to `target` so that a reader sees the old or the new content, never
    a part."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(data)


def write_many(contents: Mapping[Path, bytes]) -> None:
    """As `write_bytes` for many files of one folder, with one wait for the disk instead
    of one for each (300 files here: 0.01 s instead of 0.3 to 1 s).

    A reader sees each file whole or not at all; where one cannot be written, none of
    the temporary ones stays.
    """
    if len(contents) < 4 or not sys.platform.startswith("linux"):  # elsewhere sync is a wish
        for target, data in contents.items():
            write_bytes(target, data)
        return
    for folder in {target.parent for target in contents}:
        folder.mkdir(parents=True, exist_ok=True)
    mark = secrets.token_hex(4)
    temporary = {target: target.with_name(f".{target.stem}-{mark}{target.suffix}")
                 for target in contents}
    try:
        for target, data in contents.items():
            temporary[target].write_bytes(data)
        os.sync()
        for target in contents:
            replace(temporary[target], target)
            del temporary[target]
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


def write_json(target: Path, record: Any) -> None:
    """Write a JSON record atomically. NaN and infinity become null: JSON has no word
    for them."""
    text = json.dumps(_finite(record), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_bytes(target, text.encode())


RESERVE = ".reserve"
_RESERVE_BYTES = 65_536


def keep_reserve(folder: Path) -> None:
    """Put a small file into the folder, which `write_last_word` gives up on a full
    disk."""
    with contextlib.suppress(OSError):  # the disk is full already
        (folder / RESERVE).write_bytes(bytes(_RESERVE_BYTES))


def drop_reserve(folder: Path) -> None:
    """Remove it, when all is said."""
    with contextlib.suppress(OSError):
        (folder / RESERVE).unlink()


def write_last_word(target: Path, record: Any) -> None:
    """As `write_json`, for what must be said also where the disk is full: then the
    folder's reserve makes room."""
    try:
        write_json(target, record)
    except OSError as error:
        if not is_full(error):
            raise
        drop_reserve(target.parent)
        write_json(target, record)


def read_json(path: Path) -> Any:
    """Read a JSON record.

    Raises FileNotFoundError if it is absent and `RecordError` if it is not JSON.
    """
    data = path.read_bytes()
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path.parent.name}/{path.name} is damaged.",
                          "Everything else stays usable.") from error


def check_format(record: Any, known: int, name: str) -> None:
    """Raise `NewerRecord` if a record's format number is above the `known` one: what is
    in it can only be guessed. name: of the record, for people."""
    given = record.get("format") if isinstance(record, dict) else None
    if isinstance(given, (int, float)) and given > known:
        raise NewerRecord(f"{name} was made by a newer version of this app.",
                          "Update the app; it is left as it is.")


def append_json_line(path: Path, record: Any, sync: bool = False) -> None:
    """Append one record to a JSON-lines file; a line torn by an earlier kill is ended
    first, so none glue together. sync: return only when it is on the disk."""
    line = json.dumps(_finite(record), ensure_ascii=False, allow_nan=False,
                      separators=(",", ":")) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab+") as file:
        if file.seek(0, os.SEEK_END) > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = "\n" + line
        file.write(line.encode())
        if sync:
            file.flush()
            os.fsync(file.fileno())


def read_json_lines(path: Path, offset: int = 0) -> tuple[list[Any], int]:
    """Read the whole records from byte `offset` on; return them and the offset to go on
    from.

    An unfinished last line is left for the next call; a damaged line in the middle is
    passed over. A missing file has no records.
    """
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    whole, newline, _ = data.rpartition(b"\n")
    records = []
    for line in whole.split(b"\n"):
        with contextlib.suppress(ValueError, RecursionError):
            if line.strip():
                records.append(json.loads(line))
    return records, offset + len(whole) + len(newline)


def sha256(data: bytes) -> str:
    """SHA-256 of `data` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's content as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_tree(path: Path) -> None:
    """Remove a folder whole: renamed first, so that no reader sees a half of it. A
    removal beside it that a kill had cut off is finished too."""
    if not path.exists():
        return
    replace(path, path.with_name(f".removed-{secrets.token_hex(4)}"))
    finish_removals(path.parent)


def finish_removals(folder: Path) -> None:
    """Remove what `remove_tree` has renamed in this folder and not removed yet."""
    for gone in folder.glob(".removed-*"):
        shutil.rmtree(gone, ignore_errors=True)


def free_bytes(path: Path) -> int:
    """Free bytes on the disk that holds `path` (or its nearest existing parent)."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


Progress = Callable[[int, int, str], None]
"""Called as `progress(done, total, what)`; raising from it ends the work (how a stop
request travels)."""


def no_progress(done: int, total: int, what: str) -> None:
    """The `Progress` that reports nothing."""
