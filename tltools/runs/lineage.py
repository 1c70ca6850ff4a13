"""Runs that begin where others ended: what can be used again, and from where.

Owns which run another starts from (`RunConfig.continues`, `RunConfig.weights_run`), the
settings of such a run, and which of its pictures its backbone has seen before. Leaves
the opening of a model to `models.reuse`, on a worker, and a run's settings as the start
of a new one to `recipes.earlier_run`. A run is looked for in one workspace only: ids
are checked by `settings`, so a crafted one leads nowhere else.
"""

import dataclasses
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tltools import runs
from tltools.backbones import REGISTRY
from tltools.config import RunConfig
from tltools.errors import Problem, SettingsError, TltoolsError, TrainingError, WeightsMissing
from tltools.runs import Run
from tltools.runs.events import RunState
from tltools.settings import Workspace

CAN_CONTINUE = (RunState.COMPLETED, RunState.STOPPED)


def source_model(workspace: Workspace, config: RunConfig) -> Path:
    """The model file that a run with these settings starts from.

    Raises `WeightsMissing` if that run was deleted, has no model, or has another
    backbone.
    """
    wanted = config.continues or config.weights_run
    if not wanted:
        raise WeightsMissing("No run is named whose model this one starts from.",
                             "Choose a finished run on the Runs page.")
    try:
        source = runs.read(workspace, wanted)
        backbone = source.config().backbone
    except TltoolsError as error:
        raise WeightsMissing("The run that this one starts from was deleted, or cannot be read.",
                             "Choose another run, or other weights, on the Model page.") from error
    if not source.has_model:
        raise WeightsMissing(
            f"The run that this one starts from ({_short(source.name)}) has no model.",
            "Let it train for at least one epoch, or choose another.")
    if backbone != config.backbone:
        raise WeightsMissing(
            f"The run that this one starts from has the backbone {backbone}, "
            f"not {config.backbone}.",
            f"Choose the backbone {backbone}, or another run.")
    return source.model_path


def features_key(model_path: Path) -> str | None:
    """What names the weights of this model's backbone in the cache of activations, if
    the backbone has never learned.

    Then its activations are those of the weights that its run began with, and need not
    be computed again. None where it has learned: the model file's own hash has to name
    it.
    """
    source = runs.read_folder(model_path.parent)
    try:
        config, results = source.config(), source.results() or {}
    except TltoolsError:
        return None
    key = results.get("weights_key")
    # random weights have no hash, only a seed
    known = isinstance(key, str) and not key.startswith("none-")
    return key if known and config.unfreeze_stages == 0 else None


def sources(workspace: Workspace, backbone: str) -> list[Run]:
    """The runs whose backbone can start a new run with this backbone, the newest first.
    """
    found = []
    for run in runs.list_runs(workspace):
        try:
            if run.has_model and run.state.ended and run.config().backbone == backbone:
                found.append(run)
        except TltoolsError:  # a damaged one is named on the Runs page
            continue
    return found


def further_epochs(run: Run) -> tuple[bool, int]:
    """(whether more epochs would be fine-tuning, as many as were asked for before) if
    this run is trained further."""
    config = run.config()
    tunes = config.fine_tunes and run.curves().fine_tune_start is not None
    return tunes, config.fine_tune_epochs if tunes else max(1, config.epochs)


def train_further(workspace: Workspace, run: Run, epochs: int, **changes: Any) -> Run:
    """Queue a new run that goes on from this one's model: same classes, split and
    settings, `epochs` more.

    A run that had reached fine-tuning goes on fine-tuning; one that had not gets its
    fine-tuning after these epochs, as it was asked for. changes: other fields of
    `RunConfig`. The run itself stays as it is. Raises `TltoolsError` if it has not
    ended well, has no model, or its pictures are gone.
    """
    if run.state not in CAN_CONTINUE or not run.has_model:
        raise TltoolsError(f"This run is {run.state} and cannot be trained further.",
                           "Choose one that has finished.")
    snapshot, config = run.dataset(), run.config()
    if not Path(str(snapshot.get("images_dir", ""))).is_dir():
        raise TrainingError("The pictures of this run are gone: its data set was deleted.",
                            "Use its model as a backbone with other pictures.")
    tunes, _ = further_epochs(run)
    lengths = {"epochs": 0, "fine_tune_epochs": epochs} if tunes else {"epochs": epochs}
    lengths["warm_up"] = 0  # it was for the beginning, and a phase of no epochs has no room for it
    after = dataclasses.replace(
        config, **{"continues": run.id, "name": _further_name(run.name), **lengths, **changes})
    problems = after.check()
    if problems:
        raise SettingsError(problems)
    curves = run.curves()
    best = curves.best(config.watch)
    return runs.create(workspace, after, snapshot,
                       curves.epochs[:best + 1] if best is not None else [])


def _further_name(name: str) -> str:
    """cats, then "cats, trained further", "cats, trained further (2)" and so on."""
    before = re.fullmatch(r"(.*), trained further(?: \((\d+)\))?", name)
    if before is None:
        return f"{name[:60]}, trained further"
    return f"{before[1][:60]}, trained further ({int(before[2] or 1) + 1})"


def as_backbone(run: Run) -> dict[str, Any]:
    """The choices of a new run whose backbone is this one's; the head, the classes and
    the boundary are new.

    Raises `TltoolsError` if it has no model, or a backbone that this app does not know.
    """
    config = run.config()
    if not run.has_model:
        raise TltoolsError("This run has no model yet.", "Let it train for at least one epoch.")
    if config.backbone not in REGISTRY:
        raise TltoolsError(f"The backbone {config.backbone} is not known here.",
                           "Choose another run.")
    return {
        "weights": "run", "weights_run": run.id, "weights_file": "", "continues": "",
        "backbone": config.backbone, "input_size": config.input_size, "resize": config.resize,
        "unfreeze_stages": 0
    }


def backbone_learned(config: RunConfig) -> bool:
    """Whether the backbone of a run with these settings has changed in training; else
    it is as it was before."""
    return config.single_phase or config.fine_tunes


@dataclass(frozen=True)
class Seen:
    """How many of a new run's validation and test pictures (of so many) its backbone
    has learned from before. True if there are any."""

    validation: int
    validation_of: int
    test: int
    test_of: int

    def __bool__(self) -> bool:
        return bool(self.validation or self.test)

    def problem(self, remedy: str = "") -> Problem:
        """What to say of it. remedy: what can be done here."""
        return Problem(
            "Pictures that this backbone has seen",
            f"{self.test:,} of {self.test_of:,} test and {self.validation:,} of "
            f"{self.validation_of:,} validation pictures taught it in an earlier run: it may "
            "remember them, and their score would flatter.", remedy)


def learned_from(workspace: Workspace, config: RunConfig) -> set[str]:
    """The pictures (file names: hashes of what is in them) that the backbone with which
    such a run begins has learned from, or whose loss chose what was kept of it.

    Goes from run to run as far back as each began where another ended; one that was
    deleted or is damaged ends the way, for its pictures are not known any more.
    """
    found: set[str] = set()
    gone: set[str] = set()
    following = _source(config)
    while following and following not in gone:
        gone.add(following)
        try:
            run = runs.read(workspace, following)
            now, snapshot = run.config(), run.dataset()
            if backbone_learned(now):
                found |= {image["file"] for image in snapshot["images"] if image["split"] != "test"}
        except (TltoolsError, LookupError, TypeError):
            break
        following = _source(now)
    return found


def seen(snapshot: dict[str, Any], learned: set[str]) -> Seen:
    """How many pictures of a snapshot's validation and test parts are in `learned`."""
    parts = {part: [image["file"] for image in snapshot["images"] if image["split"] == part]
             for part in ("validation", "test")}
    known = {part: sum(file in learned for file in files) for part, files in parts.items()}
    return Seen(known["validation"], len(parts["validation"]), known["test"], len(parts["test"]))


def keep_out(snapshot: dict[str, Any], learned: set[str]) -> dict[str, Any]:
    """The snapshot with those pictures of its validation and test parts that are in
    `learned` moved to training: they can teach, but measure nothing any more."""
    images = [{**image, "split": "train"} if image["file"] in learned else image
              for image in snapshot["images"]]
    counts = Counter(image["split"] for image in images)
    return {**snapshot, "images": images,
            "counts": {part: counts[part] for part in ("train", "validation", "test")}}


def _source(config: RunConfig) -> str:
    """Id of the run that such a run starts from, "" for none."""
    return config.continues or (config.weights_run if config.weights == "run" else "")


def dependents(workspace: Workspace, ids: set[str]) -> list[Run]:
    """The runs that have not ended and start from one of these: without it they will
    fail."""
    found = []
    for run in runs.list_runs(workspace):
        try:
            config = run.config() if not run.state.ended else None
        except TltoolsError:
            continue
        if config and run.id not in ids and _source(config) in ids:
            found.append(run)
    return found


def _short(name: str) -> str:
    return name if len(name) <= 30 else name[:29] + "…"
