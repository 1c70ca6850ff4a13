"""`python -m tltools train`: import the pictures, queue a run, wait for the engine, print the results."""

import argparse
import time
from pathlib import Path
from typing import Any

from tltools import backbones, cli, engine, runs, settings, weights
from tltools.config import ALL_STAGES, DEFAULT_CONFIG, RunConfig
from tltools.datasets import store
from tltools.errors import DatasetError, Problem, SettingsError, TltoolsError, TrainingError, WeightsMissing
from tltools.events import PHASE_LABELS, Phase, RunState

NUMBERS: dict[str, type] = {
    "input_size": int, "epochs": int, "fine_tune_epochs": int, "seed": int, "batch_size": int, "learning_rate": float,
    "fine_tune_learning_rate": float, "dense_units": int, "dropout": float, "patience": int, "time_limit": int,
    "shift": float, "views": int}


def run(options: argparse.Namespace) -> int:
    """Train; returns the exit code."""
    home = settings.home()
    config = settings_of(options)
    problems = backbones.check_config(config)
    if problems:
        raise SettingsError(problems)
    weights.resolve(home, config)
    here = engine.connect()
    here.wait()
    workspace = home.workspace()
    dataset = _import(here, home, options.dataset)
    if config.seed != dataset.seed:
        dataset = store.set_split(workspace, dataset.id, dataset.validation, dataset.test, config.seed)
    problems = dataset.problems()
    if problems:
        store.delete(workspace, dataset.id)  # it was made for this command only
        raise SettingsError(problems)
    queued = runs.create(workspace, config, dataset.snapshot())
    finished = _wait(workspace, queued.id, here)
    return _report(finished, options.json)


def settings_of(options: argparse.Namespace) -> RunConfig:
    """The settings that the options name. Raises `WeightsMissing` naming the choices where none were named."""
    name = options.backbone or ("TLNet" if weights.bundled_available() else DEFAULT_CONFIG.backbone)
    row = backbones.get(name)
    values: dict[str, Any] = {key: value for key in NUMBERS if (value := getattr(options, key)) is not None}
    values.setdefault("input_size", row.default_input)
    chosen, file = options.weights, ""
    if chosen is None:
        chosen = "bundled" if row.bundled else "imagenet"
        if not weights.available(settings.home(), row):
            raise WeightsMissing(f"ImageNet weights of {row.name} are not on this machine.", weights.CHOICES)
    elif chosen not in ("imagenet", "bundled", "none"):
        chosen, file = "file", str(Path(chosen).absolute())
    return RunConfig(backbone=row.name, weights=chosen, weights_file=file, name=options.name, flip=options.flip,
                     resize=options.resize, pooling=options.pooling,
                     unfreeze_stages=_stages(options.unfreeze_stages), **values)


def _stages(text: str) -> int:
    if text == "all":
        return ALL_STAGES
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError([Problem("Freeze boundary", f"Received {text!r}.", "Give a number of stages, or all.")]) \
            from error


def _import(here: Any, home: settings.Home, path: Path) -> store.Dataset:
    common: dict[str, Any] = {"home": str(home.path), "workspace": settings.DEFAULT_WORKSPACE, "dataset": None}
    if path.is_dir():
        task = here.submit("data", "tltools.datasets.folder:import_folder", folder=str(path.absolute()), **common)
    elif path.is_file():
        task = here.submit("data", "tltools.datasets.archive:import_archive", path=str(path.absolute()), name=path.name,
                           **common)
    else:
        raise DatasetError("There is no such folder or archive.", "Check how it is written.")
    shown = ""
    try:
        while (view := here.task(task)).state in ("waiting", "running"):
            text = f"Importing: {view.done} of {view.total}"
            if text != shown and view.total:
                cli.say(text)
                shown = text
            time.sleep(0.2)
    except KeyboardInterrupt:
        here.cancel(task)
        raise
    if view.problem:
        raise TltoolsError(view.problem.reason, view.problem.remedy, view.problem.title)
    return store.read(home.workspace(), view.result["dataset"])


def _wait(workspace: settings.Workspace, run_id: str, here: Any) -> runs.Run:
    shown = ""
    while True:
        try:
            run = runs.read(workspace, run_id)
            if run.state.ended:
                return run
            if not here.status().running:
                here.start()
            text = _progress(run)
            if text != shown:
                cli.say(text)
                shown = text
            time.sleep(0.3)
        except KeyboardInterrupt:
            cli.say("Stopping; the best weights so far are kept.")
            runs.request_stop(runs.read(workspace, run_id))


def _progress(run: runs.Run) -> str:
    if run.state is RunState.QUEUED:
        return "Waiting for its turn"
    status = run.status
    label = PHASE_LABELS.get(Phase(status.phase), "") if status.phase else ""
    return f"{label}: {status.done} of {status.total} {status.unit}"


def _report(run: runs.Run, as_json: bool) -> int:
    results = run.results()
    if results is None or run.state in (RunState.FAILED, RunState.INTERRUPTED):
        problem = run.status.problem or {"reason": f"The run is {run.state}.", "remedy": ""}
        raise TrainingError(problem["reason"], problem.get("remedy", ""))
    record = {"run_dir": str(run.path), **{key: value for key, value in results.items() if key != "format"}}
    test = "-" if results["test_accuracy"] is None else f"{results['test_accuracy']:.1%}"
    validation = "-" if results["val_accuracy"] is None else f"{results['val_accuracy']:.1%}"
    cli.put(record, as_json, f"Validation accuracy {validation} on {results['split']['validation']} images, test accuracy "
            f"{test} on {results['split']['test']} images, {results['seconds']['total']:.0f} s.\n{run.path}")
    return 0
