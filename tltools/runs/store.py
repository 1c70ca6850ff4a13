"""Runs on disk: a run is a folder, and the folder is the interface between pages,
command line and workers.

Owns `run.json`, `config.json`, `dataset.json` (the snapshot), `status.json`,
`events.jsonl`, `stop`, `results.json` and the lock that keeps a run to one writer.
Leaves training to `training` and the order of the queue's work to `engine`.

    run.json      id, name, created, data (the data set's name), notes, tags: written by
                  the pages
    config.json   the `RunConfig`
    dataset.json  the data set as it was, with the split: what was trained on
    status.json   `RunStatus`, replaced every two seconds while a worker owns the run
    events.jsonl  append-only `Event` records
    stop          present when a person asked to stop
    results.json  scores, times, parameters; present once the run has a model
    before.json   the curve of the run that this one continues, up to the epoch whose
                  weights it began with
    model.keras   the model; labels.json its class names in order
    lock          held (an operating-system lock, released by death) by the one writer
"""

import contextlib
import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tltools import files, processes
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import NewerRecord, NotFound, RecordError, TltoolsError
from tltools.runs.events import EpochEvent, Event, History, RunState, RunStatus
from tltools.settings import Workspace

FORMAT = 1
LEFT_SECONDS = 3600.0
"""What was being written so long ago was left by a kill."""
WAIT_SECONDS = 3.0
CAUSE_SECONDS = 4.0
"""So long after its last beat a dead worker's run is not called interrupted yet: the
engine writes the cause within a second, and whoever looks shall see it."""
MOST_NOTES, MOST_TAGS, TAG_LENGTH = 2_000, 10, 30


@dataclass(frozen=True)
class Run:
    """One run as a reader sees it at one moment.

    state: as stored, or INTERRUPTED where the process of a running one is gone.
    damaged: why it cannot be read, if so. notes, tags: a person's words on it. data:
    name of the data set when it was queued, "" in records of before.
    """

    id: str
    path: Path
    name: str = ""
    created: float = 0.0
    state: RunState = RunState.QUEUED
    status: RunStatus = field(default_factory=RunStatus)
    damaged: str | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    data: str = ""

    @property
    def model_path(self) -> Path:
        """The saved model; it exists once the run has ended well or was stopped after
        an epoch."""
        return self.path / "model.keras"

    @property
    def checkpoints(self) -> Path:
        """Folder from which an interrupted run goes on."""
        return self.path / "checkpoints"

    @property
    def log_path(self) -> Path:
        """The worker's log of this run, with tracebacks; for people who mend the app.
        """
        return self.path / "worker.log"

    @property
    def has_model(self) -> bool:
        """Whether this run can classify."""
        return self.model_path.is_file()

    def config(self) -> RunConfig:
        """The settings. Raises `RecordError` if they cannot be read."""
        config = RunConfig.from_dict(_read(self.path / "config.json"))
        if config.wrong_types():
            raise _damaged(self.path / "config.json")
        return config

    def dataset(self) -> dict[str, Any]:
        """The snapshot of the data set. Raises `RecordError` if it cannot be read."""
        return _read(self.path / "dataset.json")

    def results(self) -> dict[str, Any] | None:
        """Scores and times, or None while there are none."""
        path = self.path / "results.json"
        return _read(path) if path.is_file() else None

    def labels(self) -> list[str]:
        """The class names in the model's order. Raises `RecordError` if they cannot be
        read."""
        labels = _json(self.path / "labels.json")
        if not isinstance(labels, list) or not all(isinstance(name, str) for name in labels):
            raise _damaged(self.path / "labels.json")
        return labels

    def events(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """The events from byte `offset` on, and the offset to go on from. What is no
        record is passed over."""
        records, offset = files.read_json_lines(self.path / "events.jsonl", offset)
        return [record for record in records if isinstance(record, dict)], offset

    def history(self) -> History:
        """The curves so far."""
        history = History()
        history.add(self.events()[0])
        return history

    def before(self) -> list[dict[str, Any]]:
        """The epochs of the run that this one continues; none where it continues no
        other, or they cannot be read."""
        record, _ = _tolerant(self.path / "before.json")
        epochs = record.get("epochs")
        return [item for item in epochs if isinstance(item, dict) and "loss" in item] \
            if isinstance(epochs, list) else []

    def curves(self) -> History:
        """The curves to show: `history`, after those of the run that this one
        continues."""
        before = self.before()
        return self.history().after(before) if before else self.history()

    def stop_requested(self) -> bool:
        """Whether a person asked this run to stop."""
        return (self.path / "stop").exists()


def create(workspace: Workspace, config: RunConfig, dataset: dict[str, Any],
           before: list[dict[str, Any]] | None = None) -> Run:
    """Queue a new run: its folder appears whole, with state queued. Returns it.

    dataset: the snapshot to train on (`datasets.store.Dataset.snapshot()`). before:
    epochs of the run it continues.
    """
    run_id = files.new_id()
    path = workspace.run(run_id)
    _finish_others(workspace)
    building = path.with_name(f".new-{run_id}")
    building.mkdir(parents=True)
    try:
        _fill(building, run_id, config, dataset, before)
        files.replace(building, path)
    except OSError:
        files.remove_tree(building)
        raise
    return read(workspace, run_id)


def _fill(building: Path, run_id: str, config: RunConfig, dataset: dict[str, Any],
          before: list[dict[str, Any]] | None) -> None:
    """The records of a run that is being made."""
    name = config.name.strip() or default_name(config, str(dataset.get("name", "images")))
    files.write_json(building / "run.json", {
        "format": FORMAT, "id": run_id, "name": name, "created": files.now(),
        "data": str(dataset.get("name", ""))
    })
    files.write_json(building / "config.json", config.as_dict())
    files.write_json(building / "dataset.json", dataset)
    files.write_json(building / "status.json", RunStatus().as_dict())
    if before is not None:
        files.write_json(building / "before.json", {"format": FORMAT, "epochs": before})


def _finish_others(workspace: Workspace) -> None:
    """Remove what a kill has left of runs that were being made or deleted."""
    files.finish_removals(workspace.runs)
    for half in workspace.runs.glob(".new-*"):
        with contextlib.suppress(OSError):
            if files.now() - half.stat().st_mtime > LEFT_SECONDS:
                files.remove_tree(half)


def default_name(config: RunConfig, data: str) -> str:
    """What a run is called unless a person says otherwise: backbone, what learns, data.
    """
    learns = "from scratch" if config.from_scratch else "frozen" if not config.fine_tunes \
        else "all fine-tuned" if config.unfreeze_stages == ALL_STAGES \
        else f"last {config.unfreeze_stages} fine-tuned"
    return f"{config.backbone}, {learns}, on {data}"[:80]


def read(workspace: Workspace, run_id: str) -> Run:
    """The run with this id; raises `NotFound`. A damaged record gives a `Run` with
    `damaged` set, no exception."""
    return read_folder(workspace.run(run_id))


def read_folder(path: Path) -> Run:
    """The run in this folder; raises `NotFound` if there is none."""
    path = Path(path)
    if not path.is_dir():
        raise NotFound("There is no such run; it may have been deleted.",
                       'The Runs page, and "runs list", show them all.')
    record, damaged = _tolerant(path / "run.json")
    stored, damaged_status = _tolerant(path / "status.json")
    damaged = damaged or damaged_status
    try:
        status = _status_from(stored)
        state = RunState(status.state)
    except (TypeError, ValueError):
        status, state, damaged = RunStatus(), RunState.FAILED, "status.json is damaged."
    if damaged:
        state = RunState.FAILED
    elif state is RunState.RUNNING and files.now() - status.heartbeat > CAUSE_SECONDS \
            and not processes.lives(status.host, status.pid, status.born, status.heartbeat,
                                    files.now()):
        state = RunState.INTERRUPTED
    name, created, notes, tags, data = (record.get(key)
                                        for key in ("name", "created", "notes", "tags", "data"))
    return Run(
        id=path.name, path=path, name=name if isinstance(name, str) else path.name,
        created=created if isinstance(created, (int, float)) else 0.0, state=state, status=status,
        damaged=damaged, notes=notes if isinstance(notes, str) else "",
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        data=data if isinstance(data, str) else "")


def list_runs(workspace: Workspace) -> list[Run]:
    """All runs, the newest first; damaged ones are in the list, with `damaged` set."""
    if not workspace.runs.is_dir():
        return []
    found = [
        read_folder(path) for path in workspace.runs.iterdir()
        if path.is_dir() and not path.name.startswith(".")
    ]
    return sorted(found, key=lambda run: (run.created, run.id), reverse=True)


def rename(run: Run, name: str) -> None:
    """Give the run another name; raises `TltoolsError` for an empty one."""
    name = " ".join(name.split())[:80]
    if not name:
        raise TltoolsError("A run needs a name of at least one character.", "Type a name.")
    _change_record(run, name=name)


def annotate(run: Run, notes: str, tags: list[str]) -> None:
    """Replace a person's notes and tags; both are plain text. Raises `TltoolsError` for
    what is too long or too many."""
    notes = "".join(letter for letter in notes.replace("\r\n", "\n")
                    if letter == "\n" or letter.isprintable()).strip()
    clean = list(dict.fromkeys(" ".join(tag.split()) for tag in tags if tag.strip()))
    if len(notes) > MOST_NOTES:
        raise TltoolsError(f"The notes have {len(notes):,} characters; {MOST_NOTES:,} fit.",
                           "Shorten them.")
    if len(clean) > MOST_TAGS or any(len(tag) > TAG_LENGTH for tag in clean):
        raise TltoolsError(f"At most {MOST_TAGS} tags of {TAG_LENGTH} characters fit.",
                           "Use fewer or shorter ones.")
    _change_record(run, notes=notes, tags=clean)


def _change_record(run: Run, **values: Any) -> None:
    try:
        record = _read(run.path / "run.json")
    except NewerRecord:
        raise  # one that is damaged is written anew
    except (RecordError, OSError):
        record = {}
    files.write_json(run.path / "run.json", {
        "format": FORMAT, "created": run.created, "name": run.name, **record, "id": run.id, **values
    })


def request_stop(run: Run) -> None:
    """Ask the worker to stop and keep the best weights; a queued run is taken out of
    the queue at once."""
    (run.path / "stop").touch()
    if run.state is RunState.QUEUED:
        with lock(run) as held:
            if held and read_folder(run.path).state is RunState.QUEUED:
                write_status(
                    run, dataclasses.replace(run.status, state=RunState.STOPPED, ended=files.now()))


def request_resume(run: Run) -> None:
    """Put an interrupted, stopped or failed run back into the queue; it goes on from
    its last checkpoint.

    Raises `TltoolsError` if the run is still being worked on or has finished.
    """
    if run.state not in (RunState.INTERRUPTED, RunState.STOPPED, RunState.FAILED) or run.damaged:
        raise TltoolsError(f"This run is {run.state} and cannot go on.",
                           "Start a new run with its settings.")
    # the engine may be writing down at this moment how the run ended
    with lock(run, WAIT_SECONDS) as held:
        if not held:
            raise TltoolsError("This run is still being worked on.",
                               "Wait a few seconds and try again.")
        tidy(run)
        (run.path / "stop").unlink(missing_ok=True)
        write_status(run, RunStatus(state=RunState.QUEUED, epoch=run.status.epoch))


def tidy(run: Run) -> None:
    """Remove what a kill has left of a model or a checkpoint that was being written;
    only the holder of the lock may."""
    for folder in (run.path, run.checkpoints):
        files.remove_leftovers(folder, keep=("run",))  # pages write `run.json` without it


def delete(run: Run) -> None:
    """Delete the run and all it holds. Raises `TltoolsError` while a worker owns it."""
    with lock(run) as held:
        if not held:
            raise TltoolsError("This run is training now.", "Stop it first, then delete it.")
    files.remove_tree(run.path)


def write_status(run: Run, status: RunStatus) -> None:
    """Replace `status.json`; only the holder of the lock may (the engine and the worker
    hold it)."""
    files.write_json(run.path / "status.json", status.as_dict())


def write_end(run: Run, status: RunStatus) -> None:
    """As `write_status`, for the last word on a run: the reserve that its worker has
    put aside makes room for it on a full disk."""
    files.write_last_word(run.path / "status.json", status.as_dict())
    files.drop_reserve(run.path)


def append_event(run: Run, event: Event) -> None:
    """Append one event; only the run's one writer calls this.

    An epoch is on the disk when this returns: the checkpoint that is written next makes
    a run go on after it, and its record must not be lost then.
    """
    files.append_json_line(run.path / "events.jsonl", dataclasses.asdict(event),
                           sync=isinstance(event, EpochEvent))


class lock:
    """`with lock(run) as held:` tries to become the run's one writer; `held` tells
    whether it worked. wait: seconds to try.

    An operating-system lock on `lock` in the run folder: it ends with the process,
    however that ends.
    """

    def __init__(self, run: Run, wait: float = 0) -> None:
        self._lock = FileLock(run.path / "lock", timeout=wait)

    def __enter__(self) -> bool:
        try:
            self._lock.acquire()
        except Timeout:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _status_from(record: dict[str, Any]) -> RunStatus:
    names = {item.name for item in dataclasses.fields(RunStatus)}
    return RunStatus(**{key: value for key, value in record.items() if key in names})


def _read(path: Path) -> dict[str, Any]:
    record = _json(path)
    if not isinstance(record, dict):
        raise _damaged(path)
    files.check_format(record, FORMAT, f"{path.name} of this run")
    return record


def _json(path: Path) -> Any:
    try:
        return files.read_json(path)
    except FileNotFoundError as error:
        raise RecordError(f"{path.name} of this run is missing.",
                          "Everything else stays usable.") from error


def _damaged(path: Path) -> RecordError:
    return RecordError(f"{path.name} of this run is damaged.", "Everything else stays usable.")


def _tolerant(path: Path) -> tuple[dict[str, Any], str | None]:
    try:
        return _read(path), None
    except (RecordError, OSError) as error:
        return {}, (error.problem.reason if isinstance(error, RecordError)
                    else f"{path.name} cannot be read.")
