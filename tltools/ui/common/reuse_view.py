"""Beginning where a run ended, on the pages: its settings again, training it further,
its backbone for other classes."""

import dataclasses

import streamlit as st

from tltools.config import SETTINGS, RunConfig
from tltools.errors import Problem, TltoolsError
from tltools.recipes import earlier_run
from tltools.runs import Run, lineage
from tltools.ui.common import parts, state
from tltools.ui.common.text import plain

_NOTE = "note-reuse"


def buttons(run: Run) -> None:
    """The three ways to begin where this run ended; each is there only where it can
    work."""
    if st.button(
            "Use these settings again", icon=":material/content_copy:", key="again",
            help="Copies every setting of this run to the Train page, where you can change some "
                 "and start a new run."):
        _settings_again(run)
    if not run.has_model or run.damaged:
        return
    if run.state in lineage.CAN_CONTINUE and st.button(
            "Train further …", icon=":material/more_time:", key="further",
            help="A new run goes on from this model with the same pictures. This "
                 "run stays as it is."):
        _ask_further(run)
    if run.state.ended and st.button(
            "Use as backbone", icon=":material/account_tree:", key="as-backbone",
            help="A new run takes over what this network has learned to see, with a new head for "
                 "other classes."):
        try:
            choices = lineage.as_backbone(run)
        except TltoolsError as error:
            parts.problem(error.problem)
            return
        state.choose(**choices)
        state.forget_widgets()
        st.session_state[_NOTE] = [
            Problem("The backbone is set", f"The next run starts from “{run.name}”.",
                    "Choose its pictures on the Data page; then what is frozen, here.")
        ]
        st.switch_page(st.session_state["pages"]["model"])


def _settings_again(run: Run) -> None:
    try:
        config, told = earlier_run.settings_again(state.workspace(), run)
    except TltoolsError as error:
        parts.problem(error.problem)
        return
    state.choose(**{
        field.name: getattr(config, field.name) for field in dataclasses.fields(config)
        if field.name != "format"
    })
    state.forget_widgets()
    st.session_state[_NOTE] = [
        Problem("Settings taken over", f"All settings are those of “{run.name}”.",
                "Change what you like, then start."), *told
    ]
    st.switch_page(st.session_state["pages"]["train"], query_params={"run": "new"})


@st.dialog("Train this run further")
def _ask_further(run: Run) -> None:
    try:
        tunes, before = lineage.further_epochs(run)
    except TltoolsError as error:
        parts.problem(error.problem)
        return
    st.text(run.name)
    st.markdown(
        "A **new run** starts from the kept weights of this one, with the same pictures, split and "
        "settings. This run stays as it is.")
    name = "fine_tune_epochs" if tunes else "epochs"
    epochs = st.number_input(
        "How many more epochs of fine-tuning" if tunes else "How many more epochs", 1,
        int(SETTINGS[name].high), max(1, before), key=state.key(f"further-{run.id}"),
        help="Worth it while the validation curve is still getting better; not once it has turned.")
    if st.button("Train further", type="primary", icon=":material/play_arrow:", key="further-now",
                 help="Starts a new run from what this one has learned."):
        try:
            made = lineage.train_further(state.workspace(), run, int(epochs))
        except TltoolsError as error:
            parts.problem(error.problem)
            return
        st.switch_page(st.session_state["pages"]["train"], query_params={"run": made.id})


def note() -> None:
    """What was taken over from a run, said once on the page that it led to."""
    first = True
    for problem in st.session_state.pop(_NOTE, []):
        if first:
            st.success(
                f"**{plain(problem.title)}** — {plain(problem.reason)} {plain(problem.remedy)}")
        else:
            parts.problem(problem, "warning")
        first = False


def choice(config: RunConfig) -> dict[str, str]:
    """The Model page's third place to start from; there only if a run has this
    backbone, or is chosen already."""
    if config.weights != "run" and not lineage.sources(state.workspace(), config.backbone):
        return {}
    return {"run": "One of my runs: what it has learned"}


def choose_run(config: RunConfig) -> RunConfig:
    """Choose the run whose backbone is taken over."""
    found = {run.id: run for run in lineage.sources(state.workspace(), config.backbone)}
    if config.weights_run and config.weights_run not in found:
        st.warning(
            "The run whose backbone was chosen was deleted, cannot be read, or has "
            "another backbone. "
            + ("Choose another one." if found else "Choose other weights."))
    if not found:
        return config
    ids = list(found)
    index = ids.index(config.weights_run) if config.weights_run in found else None
    chosen = st.selectbox(
        "Which run", ids, index=index, format_func=lambda item: parts.run_title(found[item]),
        key=state.key(f"source-{config.backbone}-{len(ids)}"), placeholder="Choose a run",
        help="Its backbone, with what it has learned, is taken over. The head is new.")
    if chosen is None:
        return config
    try:
        if not lineage.backbone_learned(found[chosen].config()):
            st.caption(
                "The backbone of that run was frozen: it is the same as before its training.")
    except TltoolsError as error:
        parts.problem(error.problem)
    after = state.taken(config, weights_run=chosen)
    _say_seen(after)
    return after


def _say_seen(config: RunConfig) -> None:
    """Warn where the backbone has learned from pictures that would measure this run."""
    dataset = state.dataset()
    if dataset is not None and not dataset.damaged:
        learned = lineage.learned_from(state.workspace(), config)
        if seen := lineage.seen(dataset.snapshot(), learned):
            parts.problem(seen.problem("You can keep them out on the Train page."), "warning")
