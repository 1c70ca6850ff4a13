"""The Home page's demonstration: one button, two lanes that race on one chart, and what
the result means."""

from typing import Any

import streamlit as st

from tltools import backbones, charts, engine, runs, settings, weights, wording
from tltools.errors import TltoolsError
from tltools.recipes import demonstration
from tltools.recipes.demonstration import Demonstration, Outcome
from tltools.runs import Run
from tltools.runs.events import History, RunState, phase_label
from tltools.ui.common import parts, run_view, state
from tltools.ui.common.text import duration, percent

TASK = "demonstration"


def show() -> None:
    """The button, and the last demonstration if there is one."""
    st.subheader("See it happen")
    if not weights.bundled_available():
        st.info(
            "The bundled backbone is not in this installation, so there is nothing to show here. "
            "Bring pictures instead.")
        return
    found = demonstration.last(state.workspace())
    row = backbones.get(demonstration.BACKBONE)
    st.markdown(
        f"The app draws {demonstration.CLASSES * demonstration.PER_CLASS} pictures of "
        f"{demonstration.CLASSES} kinds of {demonstration.FAMILY} and trains the same network on "
        "them twice. Once it is **pretrained and frozen**: it keeps what photos have taught it, "
        "and only the head is new. Once it starts **from scratch**: all "
        f"{row.parameters / 1e6:.1f} million numbers are random. Same pictures, same time limit, "
        f"same split: {wording.percent(1 - demonstration.VALIDATION - demonstration.TEST, 0)} to "
        f"learn from, {wording.percent(demonstration.VALIDATION, 0)} to choose the best epoch, "
        f"{wording.percent(demonstration.TEST, 0)} for the final test.")
    busy = parts.task_progress(TASK, "Drawing", lambda result: None)
    parts.task_note(TASK)
    running = found is not None and any(not run.state.ended for run in _runs(found))
    seconds = _next_seconds(found)
    label = "Show me (under a minute)" if found is None else "Again, with other pictures" \
        if seconds <= found.seconds else f"Again, with more time ({seconds} s for each)"
    if st.button(label, type="primary" if found is None else "secondary", disabled=busy or running,
                 key="go-demo", icon=":material/play_arrow:"):
        parts.start_task(TASK, "data", "tltools.recipes.demonstration:prepare",
                         home=str(settings.home().path), workspace=state.workspace().name,
                         seed=found.seed + 1 if found else 1, seconds=seconds)
        st.rerun()
    if found is not None and not busy:
        if running:
            _live(found)
        else:
            _shown(found)


def _next_seconds(found: Demonstration | None) -> int:
    """The time limit of the next demonstration: as before, or as much as this machine
    needs where it was too short."""
    if found is None:
        return demonstration.SECONDS
    try:
        results = _results(_runs(found)[1])
        if results and demonstration.outcome(results) is Outcome.TOO_SHORT:
            return max(found.seconds, demonstration.longer(results))
    except run_view.UNREADABLE:
        pass  # what is damaged is said below
    return found.seconds


@st.fragment(run_every=1)
def _live(found: Demonstration) -> None:
    try:
        ended = all(run.state.ended for run in _runs(found))
    except TltoolsError:  # deleted in another tab
        ended = True
    if ended:
        st.rerun()
    _shown(found)


def _shown(found: Demonstration) -> None:
    try:
        _lanes(found)
        _meaning(found)
    except run_view.UNREADABLE:
        run_view.unreadable("this demonstration")


def _runs(found: Demonstration) -> tuple[Run, Run]:
    return runs.read(state.workspace(), found.frozen), runs.read(state.workspace(), found.scratch)


def _lanes(found: Demonstration) -> None:
    frozen, scratch = _runs(found)
    for column, run, title in zip(st.columns(2), (frozen, scratch),
                                  ("❄ Pretrained and frozen", "▲ From scratch"), strict=True):
        with column:
            results = _results(run)
            st.metric(f"{title}: test accuracy", percent(results.get("test_accuracy")), border=True)
            st.caption(_words(run, results))
    parts.figure(
        charts.race(_curves(frozen), _curves(scratch), demonstration.CLASSES, parts.dark()), "race")


def _curves(run: Run) -> tuple[History, float]:
    history = run_view.curves(run)
    return history, (max(0.0, history.begun - run.status.started)
                     if history.begun and run.status.started else 0.0)


def _results(run: Run) -> dict[str, Any]:
    return (run.results() or {}) if run.state.ended and not run.damaged else {}


def _words(run: Run, results: dict[str, Any]) -> str:
    if results:
        seconds, split, params = results["seconds"], results["split"], results["params"]
        return (
            f"of {split['test']} test pictures · {duration(seconds['total'])} · "
            f"{params['trainable']:,} of {params['total']:,} parameters learned from "
            f"{split['train']} pictures")
    if run.state is RunState.QUEUED:
        now = engine.connect().status()
        if now.starting:
            return "the computing engine is starting"
        next_one = now.running and not now.under_way and now.line[:1] == (run.id,)
        return "starting: the process that trains gets ready" if next_one else "waits for its turn"
    if run.state is RunState.RUNNING and run.status.phase:
        left = f", about {duration(run.status.seconds_left)} left" \
            if run.status.seconds_left else ""
        return f"{phase_label(run.status.phase, run_view.config_of(run).single_phase)}{left}"
    return f"{run.state}: see the Runs page"


def _meaning(found: Demonstration) -> None:
    frozen, scratch = _runs(found)
    ours, theirs = _results(frozen), _results(scratch)
    if not ours or not theirs:
        return
    mine, other = ours["test_accuracy"], theirs["test_accuracy"]
    lead = "Both are good" if min(mine, other) >= demonstration.KNOWN \
        and abs(mine - other) < demonstration.GAP \
        else f"The frozen network is {'ahead' if mine > other else 'not ahead this time'}"
    st.markdown(
        f"**What you see.** {lead}: {percent(mine)} against {percent(other)}; guessing would reach "
        f"{percent(1 / demonstration.CLASSES)}. {_scratch(theirs)} {_frozen(ours)}")
    with st.expander("Is this a fair race?", icon=":material/balance:"):
        st.markdown(
            "Both runs read the same pictures in the same split, stop after at most "
            f"{found.seconds} seconds of training (building the network's graph is not "
            "counted), keep their best epoch by validation loss, and are measured once on test "
            "pictures that neither has seen. From scratch, the statistics of BatchNormalization "
            "are recomputed before every measurement; without that it would look worse than it is. "
            "Both runs stand on the Runs page with all their settings.")


def _scratch(results: dict[str, Any]) -> str:
    """What the curves of the network from scratch show."""
    learned, images = percent(results["history"]["accuracy"][-1]), results["split"]["train"]
    found = demonstration.outcome(results)
    if found is Outcome.TOO_SHORT:
        return (f"From scratch, the network has not even learned its {images} *training* pictures "
                f"yet: in its last epoch it got {learned} of them right. {_too_short(results)} Its "
                "score says little about what it could learn.")
    begin = (f"From scratch, in its last epoch, the network got {learned} of its {images} "
             "*training* pictures right")
    if found is Outcome.BY_HEART:
        return (f"{begin} and fails on many new ones: with so few pictures it learns them by heart "
                "(*overfitting*). With far more pictures and time it catches up.")
    return (f"{begin} and does nearly as well on new ones: these pictures were enough for it to "
            "find what tells them apart.")


def _frozen(results: dict[str, Any]) -> str:
    """What the curves of the frozen network show."""
    if demonstration.outcome(results) is Outcome.TOO_SHORT:
        return f"The frozen one has not learned its training pictures yet. {_too_short(results)}"
    return ("The frozen one has seen 100,000 photos before; it only had to learn which of its "
            "features tell these textures apart.")


def _too_short(results: dict[str, Any]) -> str:
    epochs = len(results["history"]["accuracy"])
    return (f"The time was too short: {epochs} {'epoch' if epochs == 1 else 'epochs'} in "
            f"{duration(results['seconds']['head'])}.")
