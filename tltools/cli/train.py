"""`python -m tltools train`: import the pictures, queue a run, wait for the engine,
print the results."""

import argparse
import dataclasses
import time
from pathlib import Path
from typing import Any

from tltools import backbones, engine, files, runs, settings, weights, wording
from tltools.cli import inspect, manage
from tltools.cli.output import put, say
from tltools.cli.parser import command
from tltools.config import ALL_STAGES, CHOICES, DEFAULT_CONFIG, SETTINGS, RunConfig
from tltools.datasets import records, store
from tltools.datasets.sources import tasks
from tltools.engine.client import raise_trouble
from tltools.errors import (
    DatasetError,
    Problem,
    SettingsError,
    TltoolsError,
    TrainingError,
    WeightsMissing,
)
from tltools.images import shown_name
from tltools.recipes import presets, settings_file
from tltools.runs import lineage
from tltools.runs.events import PHASE_LABELS, Phase, RunState
from tltools.wording import brought_in, percent, said_once

NUMBERS: dict[str, type] = {
    "input_size": int, "epochs": int, "fine_tune_epochs": int, "seed": int, "batch_size": int,
    "learning_rate": float, "fine_tune_learning_rate": float, "dense_units": int, "dropout": float,
    "patience": int, "time_limit": int, "shift": float, "views": int, "momentum": float,
    "weight_decay": float, "warm_up": int, "final_rate": float, "label_smoothing": float,
    "rotate": float, "zoom": float, "brightness": float, "contrast": float, "colour": float
}

AUGMENTATION = ("shift", "rotate", "zoom", "brightness", "contrast", "colour")


def add(commands: Any) -> None:
    """The command and its options."""
    made = command(commands, "train", run,
                   "train on a folder or ZIP whose folders are the classes")
    add_options(made)
    made.add_argument(
        "--keep-out-seen", action="store_true",
        help="with --weights RUN: test and validation pictures that its backbone has learned from "
             "go to training")
    made.add_argument(
        "--continue", dest="continues", type=Path, metavar="RUN",
        help="go on with a run (id or folder) that was stopped or interrupted; or train a finished "
             "one further, as a new run: --epochs more of the same")


def add_options(command: argparse.ArgumentParser) -> None:
    """The pictures and all settings of training, each with its help."""
    command.add_argument("dataset", type=Path, nargs="?",
                         help="folder, ZIP or TAR with pictures; `inspect` shows how it is read")
    inspect.add_options(command)
    command.add_argument("--backbone", help="a name that `backbones` lists")
    command.add_argument(
        "--weights",
        help="imagenet, bundled, none (from scratch), a file, or the folder of a finished run "
             "whose backbone is to be used")
    command.add_argument(
        "--preset",
        help=f"a recipe to start from: {', '.join(presets.PRESETS)}; other options change it")
    command.add_argument("--settings", type=Path, metavar="FILE",
                         help="start from a settings file; other options change it")
    command.add_argument("--save-settings", type=Path, metavar="FILE",
                         help="also write the settings to a file")
    command.add_argument("--unfreeze-stages",
                         help="how many of the last stages are fine-tuned, or all (default 0)")
    command.add_argument("--resize", help="crop (default), pad or squash")
    command.add_argument("--pooling", help="average (default), max or flatten")
    for name, choice in CHOICES.items():
        words = (f"{', '.join(choice.options)} (default {getattr(DEFAULT_CONFIG, name)}). "
                 f"{choice.help}")
        command.add_argument(f"--{name.replace('_', '-')}", help=words.replace("%", "%%"))
    for name, kind in NUMBERS.items():
        default = "that of the backbone" if name == "input_size" \
            else f"{getattr(DEFAULT_CONFIG, name):g}"
        words = f"{SETTINGS[name].help} Usual: {SETTINGS[name].usual}; default {default}."
        command.add_argument(f"--{name.replace('_', '-')}", type=kind,
                             help=words.replace("%", "%%"))
    command.add_argument("--flip", action="store_true", help="mirror training images at random")
    command.add_argument("--name", default="", help="what the run is called")


def run(options: argparse.Namespace) -> int:
    """Train; returns the exit code."""
    if options.continues:
        return _continue(options, settings.home())
    config, dataset, here = prepared(options)
    workspace = settings.home().workspace()
    queued = runs.create(workspace, config,
                         _measurable(workspace, config, dataset.snapshot(), options.keep_out_seen))
    finished = _wait(workspace, queued.id, here)
    return _report(finished, options.json)


def _measurable(workspace: settings.Workspace, config: RunConfig, snapshot: dict[str, Any],
                keep_out: bool) -> dict[str, Any]:
    """What the run is given: the snapshot, without measuring by pictures that its
    backbone has seen if that is wanted. What is the case is said."""
    learned = lineage.learned_from(workspace, config)
    seen = lineage.seen(snapshot, learned)
    if not seen:
        return snapshot
    if not keep_out:
        say(str(seen.problem("To keep them out of both: --keep-out-seen.")))
        return snapshot
    say(str(seen.problem("They go to training.")))
    return lineage.keep_out(snapshot, learned)


def prepared(options: argparse.Namespace) -> tuple[RunConfig, records.Dataset, Any]:
    """Settings that can be trained with, the imported pictures with their split, and
    the engine; raises what is wrong."""
    home = settings.home()
    if options.dataset is None:
        raise DatasetError("Received no folder or ZIP with pictures.",
                           "Give one, or --continue RUN.")
    config = settings_of(options)
    problems = backbones.check_config(config)
    if problems:
        raise SettingsError(problems)
    weights.resolve(home, config)
    if options.save_settings:
        _save(config, options.save_settings)
    here = engine.connect()
    here.wait()
    raise_trouble(here.status())
    workspace = home.workspace()
    dataset = _import(here, home, options)
    preset = presets.get(options.preset) if options.preset else presets.Preset("", "", "")
    shares = presets.split(preset, dataset.validation, dataset.test, dataset.has_test_folder)
    if shares or config.seed != dataset.seed:
        dataset = store.set_split(workspace, dataset.id,
                                  *(shares or (dataset.validation, dataset.test)), config.seed)
    problems = dataset.problems()
    if problems:
        store.delete(workspace, dataset.id)  # it was made for this command only
        raise SettingsError(problems)
    return config, dataset, here


def settings_of(options: argparse.Namespace) -> RunConfig:
    """The settings that the options name, on top of the settings file's, the recipe's
    or the defaults.

    Raises `WeightsMissing` naming the choices where the options name no weights and
    there are none.
    """
    preset = presets.get(options.preset) if options.preset else None
    named = options.backbone or (preset.settings.get("backbone") if preset else None)
    row = backbones.get(
        named or ("TLNet" if weights.bundled_available() else DEFAULT_CONFIG.backbone))
    config = RunConfig(backbone=row.name, input_size=row.default_input,
                       weights="bundled" if row.bundled else "imagenet")
    if preset:
        config = dataclasses.replace(presets.apply(preset, config), backbone=row.name)
    if options.settings:
        config = _loaded(options.settings, config)
        if options.backbone and options.backbone != config.backbone:
            row = backbones.get(options.backbone)
            config = dataclasses.replace(config, backbone=row.name, input_size=row.default_input,
                                         weights=config.weights if config.from_scratch else
                                         "bundled" if row.bundled else "imagenet")
        row = backbones.get(config.backbone)
    values: dict[str, Any] = {key: value for key in (*NUMBERS, *CHOICES, "resize", "pooling")
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
            raise SettingsError([
                Problem("Backbone", f"That run has {choices['backbone']}; received {row.name}.",
                        "Leave --backbone out.")
            ])
        del choices["unfreeze_stages"]  # a recipe may ask for some
        values = choices | values
    elif options.weights is not None:
        values |= {"weights": "file", "weights_file": str(Path(options.weights).absolute())}
    elif config.weights != "none" and not weights.available(settings.home(), row):
        raise WeightsMissing(f"ImageNet weights of {row.name} are not on this machine.",
                             weights.CHOICES)
    return dataclasses.replace(config, name=options.name, **values)


def _continue(options: argparse.Namespace, home: settings.Home) -> int:
    """Go on with an unfinished run as it is; or train a finished one further, where
    only how long and how fast may be chosen anew."""
    fixed = [
        name for name in ("dataset", "labels", "layout", "rename", "settings", "backbone",
                          "weights", "preset", "unfreeze_stages", "resize", "pooling",
                          "input_size", "dense_units", "seed", "views", *AUGMENTATION)
        if getattr(options, name) is not None
    ]
    fixed += [name for name in ("flip", "keep_out_seen", "group_by") if getattr(options, name)]
    if fixed:
        named = fixed[0].replace("_", "-")
        raise SettingsError([
            Problem("Continue",
                    f"Received {'a data set' if named == 'dataset' else f'--{named}'} too.",
                    "A run goes on with its own pictures and network; leave it out.")
        ])
    source = manage.run_of(options.continues)
    asked_for = [name for name in ("name", *NUMBERS, *CHOICES) if getattr(options, name)]
    # a stopped run with a model can do both: a length asks for another run
    further = source.state is RunState.STOPPED and source.has_model and asked_for
    if source.state in (RunState.STOPPED, RunState.INTERRUPTED, RunState.FAILED) and not further:
        return _go_on(source, asked_for, home, options.json)
    tunes, epochs = lineage.further_epochs(source)
    asked = options.fine_tune_epochs if tunes and options.fine_tune_epochs else options.epochs
    changes = {
        name: value for name in (*NUMBERS, *CHOICES)
        if name not in ("epochs", "fine_tune_epochs")
        and (value := getattr(options, name)) is not None
    }
    if options.name:
        changes["name"] = options.name
    here = engine.connect()
    here.wait()
    queued = lineage.train_further(home.workspace(), source, asked or epochs, **changes)
    return _report(_wait(home.workspace(), queued.id, here), options.json)


def _go_on(run: runs.Run, named: list[str], home: settings.Home, as_json: bool) -> int:
    """Put an unfinished run back into the queue and wait for it."""
    if named:
        raise SettingsError([
            Problem("Continue", f"Received --{named[0].replace('_', '-')} for a run that has not "
                                "finished.",
                    "It goes on with its own settings; leave it out.")
        ])
    here = engine.connect()
    here.wait()
    runs.request_resume(run)
    return _report(_wait(home.workspace(), run.id, here), as_json)


def _loaded(path: Path, config: RunConfig) -> RunConfig:
    """The settings of a file; what was not taken is said, one line for each."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError([
            Problem("Settings file", f"{shown_name(path.name)} cannot be read.", "Check its name.")
        ]) from error
    after, problems = settings_file.from_bytes(data, config, settings.home())
    for problem in problems:
        say(f"{shown_name(path.name)}: {problem}")
    return after


def _save(config: RunConfig, path: Path) -> None:
    try:
        files.write_bytes(path, settings_file.to_bytes(config))
    except OSError as error:
        raise SettingsError([Problem("Settings file", f"{shown_name(path.name)} cannot be written.",
                                     "Choose another folder.")]) from error


def _stages(text: str) -> int:
    if text == "all":
        return ALL_STAGES
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError([
            Problem("Freeze boundary", f"Received {text!r}.", "Give a number of stages, or all.")
        ]) from error


def _import(here: Any, home: settings.Home, options: argparse.Namespace) -> records.Dataset:
    """Bring the pictures in as `inspect` reads them; how that is, is said first."""
    chosen = inspect.choices(options)
    before = tasks.inspect(**chosen)
    for line in inspect.sentences(before):
        say(line)
    task = here.submit("data", "tltools.datasets.sources.tasks:bring_in", home=str(home.path),
                       workspace=settings.DEFAULT_WORKSPACE, dataset=None,
                       rename=inspect.renames(options), **chosen)
    shown = ""
    try:
        while (view := here.task(task)).state in ("waiting", "running"):
            text = f"Importing: {view.done} of {view.total}"
            if text != shown and view.total:
                say(text)
                shown = text
            time.sleep(0.2)
    except KeyboardInterrupt:
        here.cancel(task)
        raise
    if view.problem:
        raise TltoolsError(view.problem.reason, view.problem.remedy, view.problem.title)
    looked = {item["file"] for item in before["skipped"]}
    for line in said_once((note["file"], note["reason"]) for note in view.result["skipped"]
                          if note["file"] not in looked):
        say(line)
    if view.result["videos"]:
        say(brought_in(view.result))
    return store.read(home.workspace(), view.result["dataset"])


def _wait(workspace: settings.Workspace, run_id: str, here: Any) -> runs.Run:
    shown = ""
    while True:
        try:
            run = runs.read(workspace, run_id)
            if run.state.ended:
                return run
            if not (now := here.status()).running:
                here.start()
            raise_trouble(now)
            text = _progress(run)
            if text != shown:
                say(text)
                shown = text
            time.sleep(0.3)
        except KeyboardInterrupt:
            say("Stopping; the best weights so far are kept.")
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
    record = {
        "run_dir": str(run.path),
        **{key: value for key, value in results.items() if key != "format"}
    }
    test = "-" if results["test_accuracy"] is None else percent(results["test_accuracy"])
    validation = "-" if results["val_accuracy"] is None else percent(results["val_accuracy"])
    baseline = results.get("majority_baseline")
    largest = "" if baseline is None \
        else f" Always saying the largest class would reach {percent(baseline)}."
    put(record, as_json,
        f"Validation accuracy {validation} on {results['split']['validation']} images, "
        f"test accuracy {test} on {results['split']['test']} images, "
        f"{results['seconds']['total']:.0f} s.{largest}\n{run.path}")
    unnamed = wording.never_predicted(results, manage.BALANCE)
    if unnamed:
        say(str(unnamed))
    return 0
