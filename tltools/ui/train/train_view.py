"""The Train page before a run: settings with help, what is wrong with them, and the
start."""

import contextlib
import dataclasses

import streamlit as st

from tltools import backbones, runs, settings, weights
from tltools.config import RunConfig
from tltools.datasets import records
from tltools.errors import Problem, TltoolsError
from tltools.runs import lineage
from tltools.ui.common import fields, parts, state
from tltools.ui.train import training_settings


def shown_run() -> runs.Run | None:
    """The run that the address names (`?run=ID`), or one that trains now; None shows
    the settings."""
    named = st.query_params.get("run")
    if named == "new":
        return None
    if named:
        try:
            return runs.read(state.workspace(), named)
        except TltoolsError as error:
            parts.problem(error.problem, "warning")
            return None
    with contextlib.suppress(TltoolsError):
        active = [run for run in runs.list_runs(state.workspace()) if not run.state.ended]
        if active:
            st.query_params["run"] = active[-1].id
            return active[-1]
    return None


def settings_form(config: RunConfig, dataset: records.Dataset) -> RunConfig:
    """The settings of training; the few that matter first, the others behind a click.
    """
    st.text(fields.summary(config))
    one, two, three = st.columns(3)
    changes = {}
    with one:
        changes["epochs"] = fields.number("epochs", config, 1,
                                          label="Epochs" if config.single_phase else "")
    with two:
        changes["learning_rate"] = fields.number(
            "learning_rate", config, 0.0005, label="Learning rate" if config.single_phase else "")
    with three:
        changes["batch_size"] = fields.number("batch_size", config, 8)
    if config.unfreeze_stages and not config.single_phase:
        with one:
            changes["fine_tune_epochs"] = fields.number("fine_tune_epochs", config, 1)
        with two:
            changes["fine_tune_learning_rate"] = fields.number("fine_tune_learning_rate", config,
                                                               0.00001)
    return training_settings.more(state.taken(config, **changes), dataset)


def problems(dataset: records.Dataset, config: RunConfig) -> list[Problem]:
    """Everything that keeps the start away, in the person's words."""
    found = dataset.problems() + backbones.check_config(config)
    try:
        weights.resolve(settings.home(), config, state.workspace())
    except TltoolsError as error:
        found.append(error.problem)
    return found


def start(dataset: records.Dataset, config: RunConfig) -> None:
    """What will happen, what is in the way, and the one button."""
    numbers = dataset.split_counts()
    st.text(
        f"{dataset.name}: {numbers['train']} pictures to learn from, {numbers['validation']} to "
        f"choose the best epoch, {numbers['test']} for the final test")
    found = problems(dataset, config)
    for problem in found:
        parts.problem(problem)
    snapshot = dataset.snapshot()
    learned = lineage.learned_from(state.workspace(), config)
    if seen := lineage.seen(snapshot, learned):
        parts.problem(seen.problem("You can keep them out of both."), "warning")
        if st.toggle("Keep them out: these pictures go to training", key=state.key("keep-out-seen"),
                     help="For this run only; the data set's own split stays as it is."):
            snapshot = lineage.keep_out(snapshot, learned)
            left = lineage.seen(snapshot, learned)
            st.caption(f"{left.validation_of} validation and {left.test_of} test pictures are left "
                       "that this backbone has never seen.")
    name = st.text_input("Name of this run (optional)", key="w-run-name", max_chars=80,
                         placeholder=runs.default_name(config, dataset.name),
                         help="Finds it again on the Runs page.")
    waiting = len([run for run in runs.list_runs(state.workspace()) if not run.state.ended])
    label = f"Start training (after {waiting} in the queue)" if waiting else "Start training"
    if st.button(label, type="primary", disabled=bool(found), icon=":material/play_arrow:",
                 key="start"):
        run = runs.create(state.workspace(),
                          dataclasses.replace(config, dataset=dataset.id, name=name),
                          snapshot)
        st.query_params["run"] = run.id
        st.rerun()
