"""Where pretrained weights stand: on this machine, downloadable, or missing. Readable
without TensorFlow.

Owns the search, the placing of a file under Keras's own name, and the record of its
origin beside it (`weights/NAME.json`). Leaves fetching a file to `downloads` and
opening it to `models`, on a worker, where a crash hurts nobody.
"""

import contextlib
import enum
import os
from dataclasses import dataclass
from pathlib import Path

from tltools import files
from tltools.backbones import REGISTRY, Backbone
from tltools.config import RunConfig
from tltools.errors import RecordError, WeightsMissing
from tltools.runs import lineage
from tltools.settings import Home, Workspace, weights_mirror
from tltools.weights import published

BUNDLED_FOLDER = Path(__file__).parents[1] / "bundled"
CHOICES = ("Download or import them on the Model page, choose another backbone, or "
           "start from scratch.")


class State(enum.StrEnum):
    """Where the pretrained weights of a backbone stand."""

    HERE = "on this machine"
    DOWNLOADABLE = "downloadable"
    MISSING = "missing"


@dataclass(frozen=True)
class Standing:
    """The pretrained weights of one backbone. file: its name, here or at Keras; "" if
    there is none. megabytes: of the file that is here, else computed from the
    parameters. origin: of the file that is here, in words. source: whom a download
    would ask."""

    state: State
    file: str
    megabytes: float
    origin: str = ""
    source: str = ""


def find(home: Home, backbone: Backbone, input_size: int | None = None) -> Path | None:
    """The weights file of a backbone on this machine, or None.

    Looked for in the home folder, then in Keras's own cache. Files of the same network
    trained at other resolutions fit too; the one nearest to `input_size` is taken.
    """
    folders = [home.weights, Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"]
    names = _nearest_first(backbone, input_size)
    return next(
        (folder / name for name in names for folder in folders if (folder / name).is_file()), None)


def to_download(backbone: Backbone,
                input_size: int | None = None) -> tuple[str, published.Published] | None:
    """The published file of a backbone that is nearest to `input_size` (default: the
    backbone's own), with our name of it; None if Keras publishes none."""
    for name in _nearest_first(backbone, input_size or backbone.default_input):
        row = published.get(name)
        if row is not None:
            return name, row
    return None


def standing(home: Home, backbone: Backbone, input_size: int | None = None) -> Standing:
    """Where the weights of a backbone stand; looks at this machine only, never at the
    network."""
    if backbone.bundled:
        there = bundled_available()
        return Standing(State.HERE if there else State.MISSING, bundled_path().name,
                        backbone.megabytes, "comes with the app" if there else "")
    found = find(home, backbone, input_size)
    if found is not None:
        return Standing(State.HERE, found.name, found.stat().st_size / 1e6, origin(home, found))
    wanted = to_download(backbone, input_size)
    if wanted is None:
        return Standing(State.MISSING, "", backbone.megabytes)
    name, file = wanted
    return Standing(State.DOWNLOADABLE, name, backbone.megabytes,
                    source=published.host(file.sources(weights_mirror())[0]))


def origin(home: Home, path: Path) -> str:
    """Where a weights file came from and what was checked, in words for a person."""
    if path.parent != home.weights:
        return "from Keras's own download folder, origin not verified"
    record = {}
    with contextlib.suppress(OSError, RecordError):
        record = files.read_json(record_path(path))
    # put there by hand, or before records
    if not isinstance(record, dict) or record.get("bytes") != path.stat().st_size:
        return "origin not verified"
    same = {True: "its hash is the published one", False: "its hash is not the published one",
            None: "no published hash"}[record.get("same")]
    if record.get("host"):
        return f"downloaded from {record['host']}, {same}; names and shapes fit"
    return f"imported, origin not verified ({same}; names and shapes fit)"


def record_path(path: Path) -> Path:
    """Where the record that belongs to a weights file lies."""
    return path.with_name(f"{path.name}.json")


def bundled_path() -> Path:
    """Where the weights that come with the app lie."""
    return BUNDLED_FOLDER / "tlnet.npz"


def bundled_available() -> bool:
    """Whether the weights that come with the app are there."""
    return bundled_path().is_file()


def available(home: Home, backbone: Backbone) -> bool:
    """Whether pretrained weights of this backbone can be used now."""
    return bundled_available() if backbone.bundled else find(home, backbone) is not None


def status(home: Home) -> dict[str, bool]:
    """For every backbone, whether pretrained weights can be used now."""
    return {name: available(home, row) for name, row in REGISTRY.items()}


def resolve(home: Home, config: RunConfig, workspace: Workspace | None = None) -> Path | None:
    """The file to load for a run; None for random ("none") and for the bundled weights.

    workspace: where a run that this one starts from is looked for, and nowhere else;
    the default one unless given. Raises `WeightsMissing` naming the choices: nothing
    ever falls back silently.
    """
    row = REGISTRY[config.backbone]
    if config.continues or config.weights == "run":
        return lineage.source_model(workspace or home.workspace(), config)
    if config.weights == "none":
        return None
    if config.weights == "bundled":
        if not bundled_available():
            raise WeightsMissing(f"The weights of {row.name} are not in this installation.",
                                 CHOICES)
        return None
    if config.weights == "file":
        path = Path(config.weights_file).expanduser()
        if not path.is_file():
            raise WeightsMissing("The weights file is not there.", "Check its name.")
        return path
    found = find(home, row, config.input_size)
    if found is None:
        raise WeightsMissing(f"ImageNet weights of {row.name} are not on this machine.", CHOICES)
    return found


def place(home: Home, backbone: Backbone, path: Path, original_name: str, host: str = "") -> Path:
    """Put a checked weights file into the home folder under Keras's own name, with a
    record of its origin.

    host: from where it was downloaded; such a file lies in the home folder already and
    is moved. "": it was imported and is copied. Returns where it lies now.
    """
    name = Path(original_name).name
    target = home.weights / (name if name in backbone.weights_files else backbone.weights_files[0])
    row = published.get(target.name)
    record = {
        "format": 1, "host": host, "bytes": path.stat().st_size,
        "same": row.same(path) if row else None, "when": files.now()
    }
    # a kill between the next two steps must not leave the old one's record
    record_path(target).unlink(missing_ok=True)
    if host:
        files.replace(path, target)
        record_path(path).unlink(missing_ok=True)
    else:
        with files.atomic_path(target) as temporary, open(path, "rb") as source, \
                open(temporary, "wb") as copy:
            while chunk := source.read(1 << 20):
                copy.write(chunk)
    files.write_json(record_path(target), record)
    return target


def _nearest_first(backbone: Backbone, input_size: int | None) -> list[str]:
    names = list(backbone.weights_files)
    if input_size is not None:
        names.sort(key=lambda name: abs(_resolution(name) - input_size))
    return names


def _resolution(name: str) -> int:
    numbers = [
        int(part) for part in name.replace(".h5", "").split("_")
        if part.isdigit() and int(part) >= 96
    ]
    return numbers[0] if numbers else 224
