"""What is in a weights file, looked at before anything of it is used.

Owns the check of an HDF5 file that came from outside against the names and shapes of an
architecture, and the child process in which it is made: with a bound on its memory and
its time, so that a hostile file ends in a sentence and nothing else. Sizes come first:
what is declared, what is stored, what links lead where; values are read only when all
of that fits. Leaves building the architecture and loading to `networks`. No TensorFlow:
a plain import of it takes 1.9 GB of address space, which would leave little to bound.
"""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tltools.errors import ModelFileError
from tltools.images import shown_name

CHILD_BYTES = 3_000_000_000
CHILD_SECONDS = 120.0
MOST_OBJECTS = 20_000
"""Groups and arrays in a file; the registry's largest network has some 2,000."""
_TOP_LAYERS = ("predictions", "fc1000", "Logits", "logits", "conv_preds", "fc2", "head_dense")
_TIMES = 4  # a whole model's file also holds an optimizer's two values for each weight
_ROOM_BYTES = 10_000_000
_MOST_TEXT = 20_000_000
_DEEPEST = 30
_FILTERS = {1, 2, 3, 32000}  # deflate, shuffle, fletcher32, lzf: what h5py itself brings
_POLL_SECONDS = 0.05
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Expected:
    """An architecture as a weights file has to fit it. name: of the backbone; file: a
    name that such a file has; names: of all its layers; shapes: of the weights of each
    layer that has some, in Keras's order."""

    name: str
    file: str
    names: tuple[str, ...]
    shapes: tuple[tuple[tuple[int, ...], ...], ...]

    @property
    def numbers(self) -> int:
        """How many numbers the architecture holds."""
        return sum(math.prod(shape) for layer in self.shapes for shape in layer)

    @property
    def most_bytes(self) -> int:
        """What a file for it may declare, and take on the disk, at the very most."""
        return self.numbers * 4 * _TIMES + _ROOM_BYTES


class _Refused(Exception):
    """Why a file is not read, in the child: one of `_sentence`'s kinds, with values."""


def check(path: Path, name: str, expected: Expected, *, most_bytes: int = CHILD_BYTES,
          seconds: float = CHILD_SECONDS) -> None:
    """Raise `ModelFileError` unless the file at `path` is whole, harmless, and holds
    weights of these names and shapes, all of them numbers.

    name: what a person calls the file. Everything is looked at in a child process of at
    most so many bytes and seconds.
    """
    kind, values = _in_child(path, expected, most_bytes, seconds)
    if kind != "fits":
        raise ModelFileError(*_sentence(kind, values, shown_name(name, 40), expected))


def _sentence(kind: str, values: list[Any], file: str, expected: Expected) -> tuple[str, str]:
    """(reason, remedy) for what the child has found."""
    named = f"Expected: {expected.file}."
    again = "Get the file again."
    return {
        "no-hdf5": (f"{file} is no HDF5 file, or is cut off.",
                    "Give one of Keras's files ending in no_top.h5 or notop.h5."),
        "top": (f"{file} has the classifier on top.",
                "Give the file of the same network ending in no_top.h5 or notop.h5."),
        "names": (f"No layer of {file} has a name that {expected.name} has.", named),
        "shapes": (f"{file} does not fit {expected.name}.", named),
        "large": (f"{file} declares more numbers than {expected.name} has.", named),
        "empty": (f"{file} declares numbers that it does not hold.", again),
        "links": (f"{file} refers to other files, or to itself.", named),
        "strange": (f"{file} holds something that is no weights.", named),
        "infinite": (f"{file} holds values that are not numbers.", again),
        "damaged": (f"{file} is damaged: it cannot be read.", again),
        "memory": (f"{file} needs too much memory to be read.", named),
        "time": (f"{file} takes too long to be read.", named),
    }[kind]


# The parent's side: a child that is watched


def _in_child(path: Path, expected: Expected, most_bytes: int,
              seconds: float) -> tuple[str, list[Any]]:
    import psutil

    code = (f"import sys; sys.path.insert(0, {str(_ROOT)!r})\n"
            "from tltools.models import weights_file\nweights_file.main()")
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdin is not None
    assert child.stdout is not None
    deadline = time.monotonic() + seconds
    try:
        asked = {"path": str(path), "bytes": most_bytes, "seconds": seconds,
                 "expected": asdict(expected)}
        # the pipe stays open: where it ends, the child does
        with contextlib.suppress(OSError):
            child.stdin.write(json.dumps(asked).encode() + b"\n")
            child.stdin.flush()
        while child.poll() is None:
            if time.monotonic() > deadline:
                return "time", []
            # where the system does not hold the limit (macOS, Windows), it is held here
            with contextlib.suppress(psutil.Error):
                if psutil.Process(child.pid).memory_info().rss > most_bytes:
                    return "memory", []
            time.sleep(_POLL_SECONDS)
        if child.returncode == 0:
            kind, values = json.loads(child.stdout.read())
            return kind, values
        alarm = -getattr(signal, "SIGALRM", 0)
        return ("time" if alarm and child.returncode == alarm else "damaged"), []
    finally:
        child.kill()
        child.wait()
        with contextlib.suppress(OSError):  # an unflushed line, where the child was quicker
            child.stdin.close()
        child.stdout.close()


# The child's side


def main() -> None:
    """The child: reads what is asked from its input, writes [kind, values] and ends."""
    asked = json.loads(sys.stdin.buffer.readline())
    if hasattr(signal, "alarm"):  # holds also where the parent is gone
        signal.alarm(math.ceil(asked["seconds"]))
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (asked["bytes"], asked["bytes"]))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    given = asked["expected"]
    shapes = tuple(tuple(tuple(shape) for shape in layer) for layer in given["shapes"])
    expected = Expected(given["name"], given["file"], tuple(given["names"]), shapes)
    print(json.dumps(look(Path(asked["path"]), expected)), flush=True)
    os._exit(0)  # an orderly end would wait for the thread that reads


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(3)


def look(path: Path, expected: Expected) -> tuple[str, list[Any]]:
    """What the file is: ("fits", []), or another of `_sentence`'s kinds. For the child:
    a hostile file may take all memory and time that there is."""
    try:
        if path.stat().st_size > expected.most_bytes:
            return "large", []
        with h5py.File(path, "r") as file:
            _sizes(file, expected)
            _weights(file, expected)
    except _Refused as refused:
        return refused.args[0], list(refused.args[1:])
    except MemoryError:
        return "memory", []
    except OSError as error:
        # h5py's word for a file that is none, and for one that breaks off
        return ("no-hdf5" if "Unable to synchronously open" in str(error) else "damaged"), []
    except Exception:  # h5py raises whatever it likes for a damaged file
        return "damaged", []
    return "fits", []


def _sizes(file: h5py.File, expected: Expected) -> None:
    """Go through everything without reading any values: how many, how large, where the
    links lead."""
    declared = 0
    seen: set[int] = set()
    waiting: list[tuple[h5py.Group, int]] = [(file, 0)]
    while waiting:
        group, depth = waiting.pop()
        if depth > _DEEPEST or len(seen) + len(group) > MOST_OBJECTS:
            raise _Refused("strange")
        _attributes(group)
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _Refused("links")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:  # a second name could also be a way round in a circle
                raise _Refused("links")
            seen.add(address)
            if isinstance(item, h5py.Group):
                waiting.append((item, depth + 1))
            elif isinstance(item, h5py.Dataset):
                _attributes(item)
                declared += _declared(item)
                if declared > expected.most_bytes:
                    raise _Refused("large")
                _stored(item)
            else:
                raise _Refused("strange")


def _declared(item: h5py.Dataset) -> int:
    """Bytes that an array declares; refused where it is none of numbers."""
    if item.shape is None or item.dtype.kind not in "fiub" or item.dtype.itemsize > 8:
        raise _Refused("strange")
    return math.prod(item.shape) * item.dtype.itemsize


def _stored(item: h5py.Dataset) -> None:
    """Refuse an array that lies elsewhere, is not stored whole, or in pieces that are
    far larger than it is."""
    if item.is_virtual or item.external:
        raise _Refused("links")
    size = math.prod(item.shape) * item.dtype.itemsize
    if item.chunks:
        plan = item.id.get_create_plist()
        if any(plan.get_filter(number)[0] not in _FILTERS for number in range(plan.get_nfilters())):
            raise _Refused("strange")
        if math.prod(item.chunks) * item.dtype.itemsize > 2 * size + 1_000_000:
            raise _Refused("large")
        wanted = math.prod(-(-side // chunk)
                           for side, chunk in zip(item.shape, item.chunks, strict=True))
        if size and item.id.get_num_chunks() < wanted:
            raise _Refused("empty")
    elif item.id.get_storage_size() < size:
        raise _Refused("empty")


def _attributes(item: h5py.Group | h5py.Dataset) -> None:
    """What is written beside groups and arrays is text or a few numbers. Texts that lie
    elsewhere in the file are read here: many may point to one long text."""
    if len(item.attrs) > 1_000:
        raise _Refused("strange")
    total = 0
    for name in item.attrs:
        kind = item.attrs.get_id(name)
        count = math.prod(kind.shape or ())
        total += count * kind.dtype.itemsize
        if count > MOST_OBJECTS or total > _MOST_TEXT:
            raise _Refused("large")
        if kind.dtype.kind == "O":
            if h5py.check_string_dtype(kind.dtype) is None:
                raise _Refused("strange")
            total += sum(len(text) for text in np.atleast_1d(np.asarray(item.attrs[name], object)))


def _weights(file: h5py.File, expected: Expected) -> None:
    """Names, then shapes, then values, in Keras 2's layout (`layer_names`) or Keras 3's
    (`vars`)."""
    group = file
    if "layer_names" not in file.attrs and isinstance(file.get("model_weights"), h5py.Group):
        group = file["model_weights"]
    names = _texts(group, "layer_names")
    if any(word in name for name in names for word in _TOP_LAYERS):
        raise _Refused("top")
    if not names:
        arrays = _keras3(file)
        found = Counter(item.shape for item in arrays)
        wanted = Counter(shape for layer in expected.shapes for shape in layer)
        if not arrays or wanted - found:
            raise _Refused("shapes")
    else:
        if not {name.replace("/", "_") for name in names} & set(expected.names):
            raise _Refused("names")
        layers = [_arrays(_inside(group, name)) for name in names]
        shapes = tuple(tuple(item.shape for item in layer) for layer in layers if layer)
        if shapes != expected.shapes:
            raise _Refused("shapes")
        arrays = [item for layer in layers for item in layer]
    with np.errstate(over="ignore"):
        for item in arrays:  # as float32, as which they are used
            if not np.isfinite(item[()].astype(np.float32)).all():
                raise _Refused("infinite")


def _texts(group: h5py.Group, name: str) -> list[str]:
    """A list of names as Keras writes it: an attribute, or several with numbers behind
    its name where it is long."""
    parts = [name] if name in group.attrs else []
    while not parts or parts[-1] != name:
        following = f"{name}{len(parts)}"
        if following not in group.attrs:
            break
        parts.append(following)
    found = []
    for part in parts:
        values = np.asarray(group.attrs[part])
        if not values.size:  # of a layer without weights: an empty list of numbers
            continue
        if values.ndim != 1 or not all(isinstance(value, (bytes, str)) for value in values):
            raise _Refused("strange")
        for value in values:
            try:
                found.append(value.decode() if isinstance(value, bytes) else str(value))
                found[-1].encode()  # h5py hands on what is no UTF-8 as half characters
            except UnicodeError:
                raise _Refused("strange") from None
    return found


def _inside(group: h5py.Group, name: str) -> Any:
    if name not in group:
        raise _Refused("shapes")
    return group[name]


def _arrays(group: Any) -> list[h5py.Dataset]:
    if not isinstance(group, h5py.Group):
        raise _Refused("strange")
    found = [_inside(group, name) for name in _texts(group, "weight_names")]
    if not all(isinstance(item, h5py.Dataset) for item in found):
        raise _Refused("strange")
    return found


def _keras3(file: h5py.File) -> list[h5py.Dataset]:
    """The arrays below every `vars`, those of an optimizer left out."""
    found: list[h5py.Dataset] = []

    def take(name: str, item: Any) -> None:
        parts = name.split("/")
        if isinstance(item, h5py.Dataset) and parts[-2:-1] == ["vars"] and parts[0] != "optimizer":
            found.append(item)

    file.visititems(take)
    return found
