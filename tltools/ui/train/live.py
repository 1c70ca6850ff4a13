"""A run on the page, live: charts that grow, progress with time left, stop, going on,
and the result at the end.

Reads the run folder only; so every tab, and a page that was reloaded, shows the same
run.
"""


import streamlit as st

from tltools import runs
from tltools.errors import Problem, TltoolsError
from tltools.runs import Run
from tltools.runs.events import RunState
from tltools.ui.common import fields, parts, run_view, state


def show(run: Run) -> None:
    """Title, live part, and what can be done next."""
    st.title(_title(run))
    st.text(run.name)
    try:
        st.caption(fields.summary(run.config()))
    except TltoolsError as error:
        parts.problem(error.problem)
    except run_view.UNREADABLE:
        parts.problem(
            Problem("The settings of this run cannot be read", "config.json is damaged.",
                    "Everything else stays usable."))
    if run.state.ended:
        run_view.body(run)
        _ended(run)
    else:
        _live(run.id)
    with st.container(horizontal=True):
        if st.button("Set up another run", key="another", icon=":material/add:",
                     help="Back to the settings; this run stays."):
            st.query_params["run"] = "new"
            st.rerun()
        parts.link("runs", "All runs")


def _title(run: Run) -> str:
    """Of a run that has not come to its end, that it has not, and how far it came."""
    if not run.state.ended:
        return "Training"
    how = run_view.how_far(run)
    if not how:
        return "Result"
    return f"Result so far: {how}" if run_view.epochs_done(run) else how.capitalize()


@st.fragment(run_every=1)
def _live(run_id: str) -> None:
    try:
        run = runs.read(state.workspace(), run_id)
    except TltoolsError as error:  # deleted in another tab
        parts.problem(error.problem, "warning")
        return
    if run.state.ended:
        st.rerun()
    run_view.body(run)
    if run.stop_requested():
        st.info("Stopping. The best weights so far are being kept …")
    elif st.button(
            "Take it out of the queue" if run.state is RunState.QUEUED
            else "Stop and keep the best so far", icon=":material/stop:", key="stop"):
        runs.request_stop(run)
        st.rerun(scope="fragment")


def _ended(run: Run) -> None:
    run_view.reached(run)
    if run.state in (RunState.INTERRUPTED, RunState.STOPPED, RunState.FAILED) and not run.damaged:
        done = run_view.epochs_done(run)
        words = f"Go on from epoch {done + 1}" if done else "Start it again"
        if st.button(words, type="secondary" if run.has_model else "primary",
                     icon=":material/resume:", key="resume"):
            try:
                runs.request_resume(run)
            except TltoolsError as error:
                parts.problem(error.problem)
                return
            st.rerun()
    if run.has_model:
        parts.next_step("classify", "Next: classify new pictures", run=run.id)
