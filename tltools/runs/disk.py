"""How much disk the work takes, and what can be freed without losing any of it.

Owns measuring folders and the removal of checkpoints. Leaves the cache of frozen work
to `training.features`, and deleting a run or a data set to its own module. Sizes are
the files' own bytes; a file that vanishes meanwhile counts nothing.
"""

import contextlib
import os
from pathlib import Path
from typing import Any

from tltools import files, runs, settings
from tltools.errors import NotFound, TltoolsError
from tltools.runs import Run
from tltools.runs.events import RunState
from tltools.settings import Home, Workspace


def size(path: Path) -> int:
    """Bytes of all files under `path`; 0 where there is nothing."""
    total = 0
    with contextlib.suppress(OSError):
        for entry in os.scandir(path):
            with contextlib.suppress(OSError):
                total += size(Path(entry.path)) if entry.is_dir(follow_symlinks=False) \
                    else entry.stat(follow_symlinks=False).st_size
    return total


def usage(*, home: str, workspace: str,
          progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Bytes of everything; a task for a data worker, because a data set has thousands
    of files.

    Returns {"runs", "checkpoints" (of completed runs: what `delete_checkpoints` would
    free), "features", "weights", "datasets": all of them, "features_most": the bound of
    the cache, "largest_datasets": [{"id", "name", "bytes"}] (at most 10), "free": bytes
    left on the disk}.
    """
    here = Home(Path(home))
    place = here.workspace(workspace)
    _sweep(here, place)
    listed = runs.list_runs(place)
    datasets = sorted(path for path in place.datasets.iterdir() if path.is_dir()) \
        if place.datasets.is_dir() else []
    sizes: list[dict[str, Any]] = []
    for number, path in enumerate(datasets):
        progress(number, len(datasets), "data sets")
        sizes.append({"id": path.name, "name": _dataset_name(path), "bytes": size(path)})
    return {
        "runs": size(place.runs), "checkpoints": sum(checkpoint_bytes(run) for run in listed),
        "features": size(here.features), "features_most": settings.features_bytes(),
        "weights": size(here.weights),
        "datasets": sum(item["bytes"] for item in sizes),
        "largest_datasets": sorted(sizes, key=lambda item: -item["bytes"])[:10],
        "free": files.free_bytes(here.path)
    }


def _sweep(home: Home, place: Workspace) -> None:
    """Remove what kills have left of files that were being written: of this workspace
    and of the weights. An hour is longer than any file takes to be written."""
    folders = [home.weights, place.path]
    for kept in (place.runs, place.datasets):
        if kept.is_dir():
            files.finish_removals(kept)
            folders += [path for path in kept.iterdir() if path.is_dir()]
    folders += [path / name for path in folders for name in ("images", "thumbnails", "checkpoints")]
    for folder in folders:
        files.remove_leftovers(folder, runs.LEFT_SECONDS)


def checkpoint_bytes(run: Run) -> int:
    """Bytes that `delete_checkpoints` would free; 0 for a run that may still go on from
    them."""
    finished = run.state is RunState.COMPLETED and run.has_model and not run.damaged
    return size(run.checkpoints) if finished else 0


def delete_checkpoints(run: Run) -> int:
    """Remove what only an unfinished run needs; returns the bytes freed. Raises
    `TltoolsError` for a run that has not completed: it would have to begin anew."""
    if run.state is not RunState.COMPLETED or not run.has_model:
        raise TltoolsError(f"This run is {run.state}; it goes on from its checkpoint.",
                           "Delete the whole run instead.")
    freed = size(run.checkpoints)
    files.remove_tree(run.checkpoints)
    return freed


def clear_checkpoints(*, home: str, workspace: str) -> int:
    """`delete_checkpoints` of every completed run; a task for a data worker. Returns
    the bytes freed."""
    return sum(
        delete_checkpoints(run) for run in runs.list_runs(Home(Path(home)).workspace(workspace))
        if checkpoint_bytes(run))


def delete_runs(found: list[Run]) -> tuple[int, list[str]]:
    """Delete these runs with all they hold; returns the bytes freed and a sentence for
    each that could not be."""
    freed, problems = 0, []
    for run in found:
        held = size(run.path)
        try:
            runs.delete(run)
            freed += held
        except NotFound:
            continue
        except (TltoolsError, OSError) as error:
            reason = str(error) if isinstance(error, TltoolsError) else "A file of it is in use."
            problems.append(f"{run.name}: {reason}")
    return freed, problems


def _dataset_name(path: Path) -> str:
    with contextlib.suppress(Exception):  # a damaged record is named on the Data page
        return str(files.read_json(path / "dataset.json")["name"])
    return path.name
