"""Parts that pages share: a problem box, links, a task's progress, numbers of a run."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from tltools import engine
from tltools.errors import Cancelled, EngineError, Problem
from tltools.images import shown_name
from tltools.runs import Run
from tltools.runs.events import RunState
from tltools.ui.common import state
from tltools.ui.common.text import duration, plain

STATE_MARKS: dict[RunState, str] = {
    RunState.QUEUED: "⏳", RunState.RUNNING: "▶", RunState.COMPLETED: "✓", RunState.STOPPED: "■",
    RunState.FAILED: "✗", RunState.INTERRUPTED: "⏸"
}
CHART = {"displayModeBar": False}


def dark() -> bool:
    """Whether this browser shows the dark theme."""
    return getattr(st.context.theme, "type", None) == "dark"


def problem(what: Problem, kind: str = "error") -> None:
    """A problem: title, reason, remedy; a person's words in it are shown as text."""
    box = st.error if kind == "error" else st.warning
    box(f"**{plain(what.title)}** — {plain(what.reason)} {plain(what.remedy)}")


def link(name: str, label: str, here: bool = False) -> None:
    """A link to a page by its short name."""
    st.page_link(st.session_state["pages"][name], label=f"**{label}**" if here else label)


def next_step(name: str, label: str, first: str = "", run: str = "") -> None:
    """The next step, always at the end of a page and always a button. first: what must
    be done before, "" for nothing. run: the run that the next page shall show."""
    if first:
        st.caption(f"Before the next step: {plain(first)}")
    if st.button(label, type="primary", icon=":material/arrow_forward:", key=f"next-{name}",
                 disabled=bool(first)):
        st.switch_page(st.session_state["pages"][name], query_params={"run": run} if run else None)


def figure(chart: Any, key: str) -> None:
    """A chart without tools that a beginner could trip over."""
    st.plotly_chart(chart, config=CHART, key=key, theme=None, width="stretch")


def start_task(place: str, kind: str, function: str, **kwargs: Any) -> None:
    """Hand a task to the engine; its id is remembered under `place` and shown by
    `task_progress`."""
    here = engine.connect()
    st.session_state.pop(f"{state.NOTE}-{place}", None)
    try:
        if not here.status().running:
            with st.spinner("The computing engine is starting …"):
                here.wait(30)
        st.session_state[f"{state.TASK}-{place}"] = here.submit(kind, function, **kwargs)
    except EngineError as error:
        problem(error.problem)
        st.stop()


def task_progress(place: str, words: str, finished: Callable[[Any], None],
                  stop: str = "Cancel") -> bool:
    """Show the task of `place` until it ends, then call `finished` with its result and
    run the page again. stop: what the button that ends it says.

    Returns whether a task is under way.
    """
    key = f"{state.TASK}-{place}"
    if key not in st.session_state:
        return False

    @st.fragment(run_every=0.5)
    def watch() -> None:
        task_id = st.session_state.get(key)
        if task_id is None:
            return
        view = engine.connect().task(task_id)
        if view.state in ("waiting", "running"):
            left = f", about {duration(view.seconds_left)} left" if view.seconds_left else ""
            share = min(view.done / view.total, 1.0) if view.total else 0.0
            what = f" · {plain(shown_name(view.what, 48))}" \
                if view.what and view.what != "bytes" else ""
            text = f"{words}: {amount(view.done, view.total, view.what)}{left}{what}" \
                if view.total else f"{words} …"
            st.progress(share, text=text)
            if st.button(stop, key=f"cancel-{place}"):
                engine.connect().cancel(task_id)
            return
        del st.session_state[key]
        engine.connect().forget(task_id)
        if view.problem:
            st.session_state[f"{state.NOTE}-{place}"] = view.problem
        else:
            finished(view.result)
        st.rerun()

    watch()
    return True


def amount(done: int, total: int, unit: str) -> str:
    """How far something is: bytes as megabytes, anything else as it is counted."""
    return f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if unit == "bytes" \
        else f"{done:,} of {total:,}"


def task_note(place: str) -> bool:
    """What the last task of `place` ran into or has to say, until the next one begins;
    whether it failed."""
    note = st.session_state.get(f"{state.NOTE}-{place}")
    if isinstance(note, Problem):
        if note.title == Cancelled.title:  # the person's own wish is no error
            st.info(plain(f"{note.reason} {note.remedy}".replace("cancelled", "stopped")))
        else:
            problem(note)
    elif note:
        st.success(note)
    return isinstance(note, Problem)


def confirmed(label: str, key: str) -> bool:
    """At the end of a question: a button that does it, and one that leaves all as it
    is."""
    with st.container(horizontal=True):
        if st.button("Cancel", key=f"{key}-cancel"):
            st.rerun()
        return st.button(label, type="primary", icon=":material/delete:", key=key)


def when(seconds: float) -> str:
    """A moment as date and time of day."""
    return datetime.fromtimestamp(seconds).strftime("%d %b %Y, %H:%M") if seconds else "–"


def run_title(run: Run) -> str:
    """A run in one line of plain text, for select boxes and tables."""
    return f"{STATE_MARKS[run.state]} {run.name} · {when(run.created)}"


def empty(words: str, page: str, label: str) -> None:
    """A page that lacks its input: what to do first, and the way there."""
    st.info(words)
    next_step(page, label)
    st.stop()
