"""`python -m tltools train`: import the pictures, queue a run, wait for the engine, print the results."""

import argparse
import dataclasses
import time
from pathlib import Path
from typing import Any

from tltools import backbones, cli, engine, lineage, presets, runs, settings, weights
from tltools.cli import manage
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
    if options.continues:
        return _continue(options, home)
    if options.dataset is None:
        raise DatasetError("Received no folder or ZIP with pictures.", "Give one, or --continue RUN_DIR.")
    config = settings_of(options)
    problems = backbones.check_config(config)
    if problems:
        raise SettingsError(problems)
    weights.resolve(home, config)
    here = engine.connect()
    here.wait()
    workspace = home.workspace()
    dataset = _import(here, home, options.dataset)
    preset = presets.get(options.preset) if options.preset else presets.Preset("", "", "")
    shares = presets.split(preset, dataset.validation, dataset.test)
    if shares or config.seed != dataset.seed:
        dataset = store.set_split(workspace, dataset.id, *(shares or (dataset.validation, dataset.test)), config.seed)
    problems = dataset.problems()
    if problems:
        store.delete(workspace, dataset.id)  # it was made for this command only
        raise SettingsError(problems)
    queued = runs.create(workspace, config, dataset.snapshot())
    finished = _wait(workspace, queued.id, here)
    return _report(finished, options.json)


def settings_of(options: argparse.Namespace) -> RunConfig:
    """The settings that the options name, on top of the recipe's or the defaults.

    Raises `WeightsMissing` naming the choices where the options name no weights and there are none.
    """
    preset = presets.get(options.preset) if options.preset else None
    named = options.backbone or (preset.settings.get("backbone") if preset else None)
    row = backbones.get(named or ("TLNet" if weights.bundled_available() else DEFAULT_CONFIG.backbone))
    config = RunConfig(backbone=row.name, input_size=row.default_input, weights="bundled" if row.bundled else "imagenet")
    if preset:
        config = dataclasses.replace(presets.apply(preset, config), backbone=row.name)
    values: dict[str, Any] = {key: value for key in (*NUMBERS, "resize", "pooling")
                              if (value := getattr(options, key)) is not None}
    if options.unfreeze_stages is not None:
        values["unfreeze_stages"] = _stages(options.unfreeze_stages)
    if options.flip:
        values["flip"] = True
    if options.weights in ("imagenet", "bundled", "none"):
        values["weights"] = options.weights
    elif options.weights is not None and Path(options.weights).is_dir():
        source = manage.run_of(Path(options.weights))
        choices = lineage.as_backbone(source)
        if options.backbone and row.name != choices["backbone"]:
            raise SettingsError([Problem("Backbone", f"That run has {choices['backbone']}; received {row.name}.",
                                         "Leave --backbone out.")])
        del choices["unfreeze_stages"]  # a recipe may ask for some
        values = choices | values
    elif options.weights is not None:
        values |= {"weights": "file", "weights_file": str(Path(options.weights).absolute())}
    elif config.weights != "none" and not weights.available(settings.home(), row):
        raise WeightsMissing(f"ImageNet weights of {row.name} are not on this machine.", weights.CHOICES)
    return dataclasses.replace(config, name=options.name, **values)


def _continue(options: argparse.Namespace, home: settings.Home) -> int:
    """Train a finished run further; only how long and how fast may be chosen anew."""
    fixed = [name for name in ("dataset", "backbone", "weights", "preset", "unfreeze_stages", "resize", "pooling", "input_size",
                               "dense_units", "seed", "views", "shift") if getattr(options, name) is not None]
    if fixed or options.flip:
        named = (fixed or ["flip"])[0].replace("_", "-")
        raise SettingsError([Problem("Continue", f"Received {'a data set' if named == 'dataset' else f'--{named}'} too.",
                                     "A run goes on with its own pictures and network; leave it out.")])
    source = manage.run_of(options.continues)
    tunes, epochs = lineage.further_epochs(source)
    asked = options.fine_tune_epochs if tunes and options.fine_tune_epochs else options.epochs
    changes = {name: value for name in NUMBERS if name not in ("epochs", "fine_tune_epochs")
               and (value := getattr(options, name)) is not None}
    if options.name:
        changes["name"] = options.name
    here = engine.connect()
    here.wait()
    queued = lineage.train_further(home.workspace(), source, asked or epochs, **changes)
    return _report(_wait(home.workspace(), queued.id, here), options.json)


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
