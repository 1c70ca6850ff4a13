"""The exceptions of this project, drawn as a tree.

    TltoolsError                 a person reads the message
    ├── InputError               something that came from outside cannot be used
    │   ├── ImageError           a picture
    │   ├── ArchiveError         a ZIP or TAR archive, or one entry of it
    │   ├── DatasetError         a folder, a class or a whole data set
    │   ├── SettingsError        a training setting; carries the list of problems
    │   └── ModelFileError       a model or weights file
    ├── WeightsMissing           the weights asked for are not on this machine
    ├── DownloadError            a weights file did not arrive, or not the right one
    ├── NotFound                 no data set, run or image has this id
    ├── RecordError              a stored record cannot be read
    │   └── NewerRecord          a newer version of this app has written it
    ├── Cancelled                the person who started a task does not want it any more
    ├── EngineError              the computing processes cannot be reached or started
    └── TrainingError            training had to end
        ├── LossNotFinite        the loss became infinite or not a number
        └── OutOfMemory          the machine has too little memory for these settings

Each message is one *line*: what was received, what was expected, what to do next; at
most 140 characters where a file is named; never a path of this machine and never a
traceback. Anything else that is raised is a bug: it is logged with its traceback and
shown as "something went wrong here", nothing more.

This module owns the classes and `Problem`; where they are shown is the pages' and the
command line's work.
"""

import errno
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """What is wrong, why, and what to do: the form in which every page shows a problem.

    title: a few words. reason: one sentence with what was received. remedy: one
    sentence in the imperative.
    """

    title: str
    reason: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """The problem as JSON-able values."""
        return asdict(self)

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.title}:", self.reason, self.remedy) if part)


class TltoolsError(Exception):
    """Base of all expected errors; `str(error)` is the line that a person reads."""

    title = "This did not work"

    def __init__(self, reason: str, remedy: str = "", title: str | None = None) -> None:
        self.problem = Problem(title or self.title, reason, remedy)
        super().__init__(f"{reason} {remedy}".strip())

    def __reduce__(self) -> tuple:
        # Errors travel from the workers to the pages by pickle; the default would pass
        # only the joined message.
        return (type(self), (self.problem.reason, self.problem.remedy, self.problem.title))


class InputError(TltoolsError):
    """Something from outside cannot be used; the person who brought it sees the
    message."""

    title = "This cannot be used"


class ImageError(InputError):
    """A picture cannot be read, or is over a limit."""

    title = "Picture not used"


class ArchiveError(InputError):
    """A ZIP or TAR archive or one of its entries cannot be read, or is over a limit."""

    title = "Archive not used"


class DatasetError(InputError):
    """A folder, a class or a data set does not have what training needs."""

    title = "Pictures and classes"


class ModelFileError(InputError):
    """A model or weights file is not what was expected."""

    title = "Model file not used"


class SettingsError(InputError):
    """Settings that cannot be trained with; `problems` has one entry per setting."""

    title = "Settings need a change"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple:
        return (type(self), (self.problems,))


class WeightsMissing(TltoolsError):
    """The pretrained weights asked for are not on this machine; the message names the
    choices."""

    title = "Weights are not on this machine"


class DownloadError(TltoolsError):
    """A weights file did not arrive, or not the right one; the message says what can be
    done without it."""

    title = "Not downloaded"


class NotFound(TltoolsError):
    """No data set, run or image has the id in a link, a command or a click."""

    title = "Not found"


class RecordError(TltoolsError):
    """A stored record cannot be read; the person sees which one, and everything else
    stays usable."""

    title = "A stored record cannot be read"


class NewerRecord(RecordError):
    """A newer version of this app has written a record: it is left as it is, not
    guessed at."""

    title = "Made by a newer version"


class Cancelled(TltoolsError):
    """The person who started a task does not want it any more."""

    title = "Cancelled"


class EngineError(TltoolsError):
    """The computing processes cannot be reached or started."""

    title = "The computing engine does not answer"


class TrainingError(TltoolsError):
    """Training had to end; the run's page shows the message."""

    title = "Training ended early"


class LossNotFinite(TrainingError):
    """The loss became infinite or not a number, usually from too high a learning rate.
    """

    title = "The loss is no longer a number"


class OutOfMemory(TrainingError):
    """The machine has too little memory for these settings."""

    title = "Not enough memory"


def problem_of(error: BaseException) -> Problem:
    """The problem to show for any exception: its own words if expected, a neutral
    sentence for a bug."""
    if isinstance(error, TltoolsError):
        return error.problem
    if isinstance(error, MemoryError):
        return Problem("Not enough memory", "The machine ran out of memory.",
                       "Choose a smaller batch or input size.")
    if is_full(error):
        return disk_full()
    return Problem("Something went wrong here", "This is a fault in the app, not in what you did.",
                   "Try again; the log in the home folder has the details.")


_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def is_full(error: BaseException) -> bool:
    """Whether an exception says that a disk, or a person's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def disk_full() -> Problem:
    """The sentence for a full disk: which one, how large it is and what is left."""
    # as `settings.home`, which stands above this module
    named = os.environ.get("TLTOOLS_HOME", "").strip()
    place = Path(named).expanduser() if named else Path.home() / ".tltools"
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        disk = shutil.disk_usage(place)
        size = (f"The disk of the home folder ({_size(disk.total)}) is full: "
                f"{_size(disk.free)} are free.")
    except OSError:
        size = "Nothing more can be written."
    return Problem("The disk is full", size, "Free some space, then try again.")


def _size(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
