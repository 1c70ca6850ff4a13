"""Where things are kept and how large they may be.

Owns the home folder's layout (every path of it is made here), the limits on what comes
from outside, and the environment variables that change them. Leaves reading and writing
to `files`.

Environment: `TLTOOLS_HOME` (default `~/.tltools`), `TLTOOLS_AT_ONCE` (how many runs
train at the same time), `TLTOOLS_CLASS` (the link of a served class:
`serving.classroom`), `TLTOOLS_MEMORY_GB`
(instead of the machine's memory), `TLTOOLS_CACHE_GB` (bound of the cache of frozen
work), `TLTOOLS_WEIGHTS_URL` (a mirror of Keras's weights), `TLTOOLS_TEST_DATA` (tests
only).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tltools.errors import NotFound

DEFAULT_WORKSPACE = "local"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Limits:
    """What one person may bring; sizes in bytes unless the name says otherwise.
    Reasons: README, "Limits"."""

    image_bytes: int = 25_000_000
    image_megapixels: float = 50.0
    webp_megapixels: float = 24.0
    jpeg_megapixels: float = 200.0
    progressive_jpeg_megapixels: float = 50.0
    image_side: int = 30_000
    jpeg_scans: int = 100
    avif_megapixels: float = 40.0
    jpeg2000_megapixels: float = 20.0
    deep_megapixels: float = 24.0
    image_seconds: float = 10.0
    image_memory_bytes: int = 1_000_000_000
    video_bytes: int = 200_000_000
    video_seconds: float = 600.0  # of playing
    video_frames: int = 60
    video_megapixels: float = 36.0
    video_decode_seconds: float = 60.0
    video_memory_bytes: int = 1_500_000_000
    archive_bytes: int = 2_000_000_000
    archive_entries: int = 60_000
    archive_unpacked_bytes: int = 2_000_000_000
    archive_entry_bytes: int = 50_000_000
    archive_ratio: float = 300.0
    archive_depth: int = 12
    archive_name_length: int = 200
    stored_side: int = 640
    thumbnail_side: int = 160
    classes: int = 1_000
    name_length: int = 80


LIMITS = Limits()


def check_id(text: str) -> str:
    """Return `text` if it is an id of ours; raise `NotFound` for anything else.

    Ids become folder names, so this is the one check that keeps a crafted link inside
    the home folder.
    """
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise NotFound("There is nothing under this name.", "Choose one from the list.")
    return text


@dataclass(frozen=True)
class Workspace:
    """The folders of one person or class: `<home>/workspaces/<name>/`."""

    home: Path
    name: str = DEFAULT_WORKSPACE

    def __post_init__(self) -> None:
        check_id(self.name)

    @property
    def path(self) -> Path:
        """The workspace's own folder."""
        return self.home / "workspaces" / self.name

    @property
    def datasets(self) -> Path:
        """Folder with one folder per data set."""
        return self.path / "datasets"

    @property
    def runs(self) -> Path:
        """Folder with one folder per run."""
        return self.path / "runs"

    @property
    def uploads(self) -> Path:
        """Files on their way from the browser into a data set; removed after the
        import."""
        return self.path / "uploads"

    @property
    def draft(self) -> Path:
        """The choices made on the pages and not yet trained with (JSON)."""
        return self.path / "draft.json"

    def dataset(self, dataset_id: str) -> Path:
        """Folder of one data set; raises `NotFound` for what is no id."""
        return self.datasets / check_id(dataset_id)

    def run(self, run_id: str) -> Path:
        """Folder of one run; raises `NotFound` for what is no id."""
        return self.runs / check_id(run_id)


@dataclass(frozen=True)
class Home:
    """The home folder: workspaces, feature caches, weights, and the engine's keys,
    address and log."""

    path: Path

    def workspace(self, name: str = DEFAULT_WORKSPACE) -> Workspace:
        """The workspace called `name`; raises `NotFound` for what is no id."""
        return Workspace(self.path, name)

    def workspaces(self) -> list[Workspace]:
        """Every workspace that exists, by name."""
        folder = self.path / "workspaces"
        if not folder.is_dir():
            return []
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
        return [Workspace(self.path, name) for name in names if _ID.fullmatch(name)]

    @property
    def features(self) -> Path:
        """Activation caches; safe to delete."""
        return self.path / "features"

    @property
    def weights(self) -> Path:
        """Downloaded or imported backbone weights, under Keras's own file names."""
        return self.path / "weights"

    @property
    def speeds(self) -> Path:
        """How fast backbones were on which machine; safe to delete."""
        return self.path / "speeds"

    @property
    def engine(self) -> Path:
        """The engine's address, keys (0600) and log."""
        return self.path / "engine"


def home() -> Home:
    """The home folder that the environment names; read at each call so that a test can
    change it."""
    named = os.environ.get("TLTOOLS_HOME", "").strip()
    return Home(Path(named).expanduser() if named else Path.home() / ".tltools")


def at_once() -> int:
    """How many runs may train at the same time, 1 to 8."""
    said = os.environ.get("TLTOOLS_AT_ONCE", "").strip()
    return min(8, max(1, int(said))) if said.isdecimal() else 1


def weights_mirror() -> str | None:
    """Address below which Keras's weights files lie instead of at Keras's own
    (`http://school/weights`), or None."""
    return os.environ.get("TLTOOLS_WEIGHTS_URL", "").strip() or None


def features_bytes() -> int:
    """Bytes that the cache of frozen work may take, 10 GB unless said otherwise; what
    was longest unused goes first."""
    said = os.environ.get("TLTOOLS_CACHE_GB", "").strip()
    try:
        return max(0, int(float(said) * 1e9)) if said else 10_000_000_000
    except (ValueError, OverflowError):
        return 10_000_000_000
