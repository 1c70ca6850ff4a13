"""Where pretrained weights stand: on this machine, with the app, or missing. Readable without TensorFlow.

Owns the search and the placing of an imported file under Keras's own name. Leaves opening a file to `models`, on a
worker, where a crash hurts nobody.
"""

import os
from pathlib import Path

from tltools import files, lineage
from tltools.backbones import REGISTRY, Backbone
from tltools.config import RunConfig
from tltools.errors import WeightsMissing
from tltools.settings import Home, Workspace

BUNDLED_FOLDER = Path(__file__).parent / "bundled"
CHOICES = "Import its weights file on the Model page, choose another backbone, or start from scratch."


def find(home: Home, backbone: Backbone, input_size: int | None = None) -> Path | None:
    """The weights file of a backbone on this machine, or None.

    Looked for in the home folder, then in Keras's own cache. Files of the same network trained at other resolutions fit
    too; the one nearest to `input_size` is taken.
    """
    folders = [home.weights, Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"]
    names = list(backbone.weights_files)
    if input_size is not None:
        names.sort(key=lambda name: abs(_resolution(name) - input_size))
    return next((folder / name for name in names for folder in folders if (folder / name).is_file()), None)


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

    workspace: where a run that this one starts from is looked for, and nowhere else; the default one unless given. Raises
    `WeightsMissing` naming the choices: nothing ever falls back silently.
    """
    row = REGISTRY[config.backbone]
    if config.continues or config.weights == "run":
        return lineage.source_model(workspace or home.workspace(), config)
    if config.weights == "none":
        return None
    if config.weights == "bundled":
        if not bundled_available():
            raise WeightsMissing(f"The weights of {row.name} are not in this installation.", CHOICES)
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


def place(home: Home, backbone: Backbone, path: Path, original_name: str) -> Path:
    """Copy a checked weights file into the home folder under Keras's own name; returns where it lies."""
    name = Path(original_name).name
    target = home.weights / (name if name in backbone.weights_files else backbone.weights_files[0])
    with files.atomic_path(target) as temporary, open(path, "rb") as source, open(temporary, "wb") as copy:
        while chunk := source.read(1 << 20):
            copy.write(chunk)
    return target


def _resolution(name: str) -> int:
    numbers = [int(part) for part in name.replace(".h5", "").split("_") if part.isdigit() and int(part) >= 96]
    return numbers[0] if numbers else 224
