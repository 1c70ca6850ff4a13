"""A class on one machine: a workspace for each person, opened by name, and the link
that leads there.

Owns whether a class is served (`TLTOOLS_CLASS` holds the link; `python -m tltools
serve` sets it), `person.json` in a workspace, and who may open which. A person is known
by a key in the address, 128 random bits: nobody can guess it, and a refresh or a
bookmark finds the workspace again. By name, a workspace with a PIN opens only with it;
one without a PIN opens for whoever types its name, and the page says so. Names are
text; the folder's name is a hash of it.

    person.json   name, key, created; pin: {"salt", "hash"} (scrypt, RFC 7914), if the
                  person has chosen one
"""

import contextlib
import hashlib
import hmac
import io
import os
import secrets
import threading
import time
import unicodedata
from dataclasses import dataclass

from filelock import FileLock

from tltools import files
from tltools.datasets.names import clean_name
from tltools.errors import InputError, NotFound, TltoolsError
from tltools.settings import Home, Workspace

FORMAT = 1
MOST_PEOPLE = 300
SHORTEST_PIN, LONGEST_PIN = 4, 40
TRIES, WAIT_SECONDS = 5, 30.0
# wrong PINs of a workspace in this process, and when the last was
_wrong: dict[str, tuple[int, float]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Person:
    """One person of the class. address: what stands in the browser's address and opens
    the workspace."""

    name: str
    workspace: Workspace
    address: str


def link() -> str | None:
    """The link of the class that this process serves, or None: then there is one
    person, and nothing is asked."""
    return os.environ.get("TLTOOLS_CLASS", "").strip() or None


def workspace_of(home: Home, name: str) -> Workspace:
    """The workspace that belongs to a name; capitals, spacing and compatible forms of
    letters make no difference."""
    same = unicodedata.normalize("NFKC", _checked(name)).casefold()
    return home.workspace(f"p-{hashlib.sha256(same.encode()).hexdigest()[:24]}")


def create(home: Home, name: str, pin: str = "") -> Person:
    """Make a workspace; raises `InputError` for a name that is taken, an empty one, a
    short PIN, or a full class."""
    workspace, shown = workspace_of(home, name), _checked(name)
    if pin and not SHORTEST_PIN <= len(pin) <= LONGEST_PIN:
        raise InputError(f"The PIN has {len(pin)} character{'' if len(pin) == 1 else 's'}.",
                         f"Take {SHORTEST_PIN} to {LONGEST_PIN}, or none.", "Choose another PIN")
    (home.path / "workspaces").mkdir(parents=True, exist_ok=True)
    with FileLock(home.path / "workspaces" / ".lock", timeout=30):
        if (workspace.path / "person.json").exists():
            raise InputError("Somebody has a workspace of this name already.",
                             "If it is yours, open it; else take another name.",
                             "This name is taken")
        if len(home.workspaces()) >= MOST_PEOPLE:
            raise InputError(f"There are {MOST_PEOPLE} workspaces already.", "Ask your teacher.",
                             "The class is full")
        salt = secrets.token_bytes(16)
        files.write_json(workspace.path / "person.json", {
            "format": FORMAT, "name": shown, "key": secrets.token_hex(16), "created": files.now(),
            "pin": {"salt": salt.hex(), "hash": _hash(pin, salt)} if pin else None})
        os.chmod(workspace.path / "person.json", 0o600)
    return _read(workspace)


def reopen(home: Home, name: str, pin: str = "") -> Person:
    """The workspace of this name; raises `NotFound` if there is none and `InputError`
    for a wrong PIN.

    After five wrong ones in a row the next is looked at only 30 s later, so that a PIN
    cannot be found by trying.
    """
    workspace = workspace_of(home, name)
    try:
        person, record = _read(workspace), files.read_json(workspace.path / "person.json")
    except FileNotFoundError as error:
        raise NotFound("There is no workspace of this name.",
                       "Check how it is written, or make it.") from error
    wanted = record.get("pin")
    if not wanted:
        return person
    with _lock:
        count, last = _wrong.get(workspace.name, (0, 0.0))
        if count >= TRIES and time.monotonic() - last < WAIT_SECONDS:
            raise InputError("The PIN was wrong several times.",
                             f"Wait {WAIT_SECONDS:.0f} seconds.", "Not opened")
        if not hmac.compare_digest(_hash(pin, bytes.fromhex(wanted["salt"])), wanted["hash"]):
            _wrong[workspace.name] = (count + 1, time.monotonic())
            raise InputError(
                "This workspace has a PIN, and this is not it." if pin
                else "This workspace has a PIN.", "Type the PIN that was chosen for it.",
                "Not opened")
        _wrong.pop(workspace.name, None)
    return person


def leave(home: Home, person: Person) -> None:
    """Make the person's address worthless, so that neither the browser's history nor a
    copied link opens the workspace again; a new one comes with the next opening by
    name."""
    path = person.workspace.path / "person.json"
    with FileLock(home.path / "workspaces" / ".lock", timeout=30), \
            contextlib.suppress(OSError, TltoolsError):
        record = files.read_json(path)  # one that cannot be read opens nothing either
        files.write_json(path, record | {"key": secrets.token_hex(16)})
        os.chmod(path, 0o600)


def by_address(home: Home, address: str) -> Person | None:
    """The person whose key stands in an address; None for anything else."""
    name, _, key = str(address).partition(".")
    with contextlib.suppress(TltoolsError, OSError):
        person = _read(home.workspace(name))
        if key and hmac.compare_digest(person.address.encode(), f"{name}.{key}".encode()):
            return person
    return None


def qr_picture(text: str) -> bytes:
    """A QR code as PNG, with the quiet zone that the standard asks for (ISO/IEC 18004:
    four modules)."""
    import segno

    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()


def qr_words(text: str) -> str:
    """A QR code for a terminal, two modules in one character."""
    import segno

    words = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(words, compact=True, border=4)
    return words.getvalue()


def _checked(name: str) -> str:
    shown = clean_name(name)
    if not shown:
        raise InputError("The name has no visible character.", "Type a name.", "A name is needed")
    return shown


def _read(workspace: Workspace) -> Person:
    record = files.read_json(workspace.path / "person.json")
    files.check_format(record, FORMAT, "The record of this workspace")
    try:
        return Person(str(record["name"]), workspace, f"{workspace.name}.{record['key']}")
    except (KeyError, TypeError) as error:
        raise NotFound("The record of this workspace is damaged.",
                       "Ask your teacher; its data are still there.") from error


def _hash(pin: str, salt: bytes) -> str:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1).hex()
