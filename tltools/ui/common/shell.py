"""What surrounds every page: navigation, the five steps, the engine's banner, and the
last line for a fault."""

import gc
import itertools
import logging
from pathlib import Path
from typing import Any

import streamlit as st

from tltools import engine, runs
from tltools.errors import TltoolsError, problem_of
from tltools.recipes import demonstration
from tltools.ui.common import join, lost_ends, parts, state
from tltools.ui.common.state import ANSWERS

_PAGES = Path(__file__).resolve().parents[3] / "pages"
PAGES: dict[str, tuple[str, str]] = {
    "home": ("Home", ":material/home:"), "data": ("Data", ":material/photo_library:"),
    "model": ("Model", ":material/layers:"), "train": ("Train", ":material/model_training:"),
    "classify": ("Classify", ":material/image_search:"), "runs": ("Runs", ":material/list_alt:"),
    "glossary": ("Glossary", ":material/help:"),
}
_CONTRAST = ('[data-testid="stCaptionContainer"] {color: inherit; opacity: 0.8} a:focus-visible '
             '{outline: 2px solid #0072B2} ')
"""Streamlit's captions are too pale for many eyes (3.9 to 1; WCAG asks for 4.5); so is
its mark of the link in focus."""
_WRAPPED = ('[data-testid="stTable"] td {white-space: normal; vertical-align: top} '
            '[data-testid="stTable"] td * {overflow-wrap: anywhere !important} ')
"""Names have no spaces at which the cells of a table would wrap."""
_DARK_CONTRAST = ''.join(f'[data-testid="stBaseButton-primary"]:enabled {part} {{color: #0E1117}} '
                         for part in ("p", "span"))
"""In the dark the main colour is light, so that it can be read as text; so the words on
it must be dark. A button that is disabled has another colour, and keeps its words."""
log = logging.getLogger("tltools.ui")
_runs = itertools.count(1)
lost_ends.mend()


def run() -> None:
    """One run of the app's script."""
    outside = state.in_class() and not join.enter()
    chosen, marks = _navigation(outside)
    try:
        engine.connect().start()
        _style()
        if outside:
            join.show()
            return
        _steps(marks, chosen.url_path)
        if state.in_class():
            join.bar()
        _engine_banner()
        if chosen.url_path == "classify":
            engine.connect().prepare()
        chosen.run()
    except TltoolsError as error:
        parts.problem(error.problem)
    except Exception as error:
        if type(error).__module__.startswith("streamlit"):
            raise  # how Streamlit reruns and stops a script
        log.exception("page %s failed", chosen.url_path)
        parts.problem(problem_of(error))
    finally:
        _pass_over_imports()


def _pass_over_imports() -> None:
    """Streamlit collects garbage after every run, fragments too. Over the 160,000
    objects of the imports that took 0.1 to 0.2 s, 84 % of the page process's work with
    eight people; what is frozen is passed over. Imports are done by then."""
    if next(_runs) in (1, 20, 200):
        gc.collect()
        gc.freeze()


def guard() -> None:
    """Called first by every page. A link to a page may be the server's very first
    request; Streamlit then runs the file in `pages/` without `app.py` until it has seen
    `st.navigation` once. So show it that, and begin again."""
    if "pages" not in st.session_state:
        _navigation(state.in_class())
        st.rerun()
    # never a page without a workspace, however it was reached
    if state.in_class() and not join.enter():
        join.show()
        st.stop()
    unwritten = state.unwritten()
    if unwritten:
        parts.problem(unwritten, "warning")


def _navigation(outside: bool) -> tuple[Any, dict[str, str]]:
    """The pages, and the steps' marks. outside: nobody has come in yet, so there is
    nothing to go to."""
    st.set_page_config(page_title="See transfer learning work", page_icon="🎓", layout="wide")
    marks = {} if outside else _marks()
    pages = {
        name: st.Page(_PAGES / f"{name}.py", title=f"{marks.get(name, '')} {title}".strip(),
                      icon=icon, default=name == "home", url_path=name if name != "home" else "")
        for name, (title, icon) in PAGES.items()
    }
    chosen = st.navigation(list(pages.values()), position="hidden" if outside else "top")
    st.session_state["pages"] = pages
    return chosen, marks


def _marks() -> dict[str, str]:
    """The four steps' numbers, with a tick on what is done; they stand in the
    navigation of every page."""
    try:
        dataset = state.dataset()
        ready = dataset is not None and not dataset.problems()
        own = dataset is not None and dataset.source != demonstration.SOURCE
        trained = any(run.has_model and not demonstration.is_one(run)
                      for run in runs.list_runs(state.workspace()))
        done = {
            "data": ready and own,
            "model": ready and own and state.chosen() and state.weights_ready(),
            "train": trained, "classify": ANSWERS in st.session_state
        }
    # navigation comes first and must stand whatever is damaged; the page itself will
    # say it
    except Exception:
        log.exception("the steps could not be judged")
        done = dict.fromkeys(("data", "model", "train", "classify"), False)
    return {
        name: "✓" if finished else f"{number}"
        for number, (name, finished) in enumerate(done.items(), start=1)
    }


def _style() -> None:
    """The app's style, on every page."""
    st.html(
        f"<style>{_CONTRAST}{_WRAPPED}{_DARK_CONTRAST if parts.dark() else ''}"
        ".stMainBlockContainer {padding-top: 3.5rem} "
        ".st-key-steps, .st-key-runs-narrow {display: none} "
        "@media (max-width: 768px) {.stMainBlockContainer {padding-top: 4rem} "
        ".st-key-steps, .st-key-runs-narrow {display: flex} "
        "[data-testid='stExpandSidebarButton'] {display: none}}</style>")


def _steps(marks: dict[str, str], current: str) -> None:
    """The pages in one line where the navigation is folded away (narrow screens)."""
    with st.container(horizontal=True, gap="small", key="steps"):
        for name, (title, _) in PAGES.items():
            parts.link(name, f"{marks.get(name, '')} {title}".strip(),
                       here=name == (current or "home"))


@st.fragment(run_every=3)
def _engine_banner() -> None:
    """Says within seconds that the engine is gone, and starts it again."""
    here = engine.connect()
    status = here.status()
    if status.trouble:
        parts.problem(status.trouble)
        if status.running or not st.button("Try again", key="restart-engine"):
            return
        here.start(again=True)
        st.rerun(scope="fragment")
    if status.running:
        return
    if status.starting:
        st.caption("The computing engine is starting …")
        return
    st.error(
        "**The computing engine has stopped.** Your data, runs and finished models are safe on "
        "disk; training and new pictures wait until it is back.")
    if st.button("Start the engine again", type="primary", key="restart-engine",
                 help="Starts the processes that train and classify."):
        here.start()
        st.rerun(scope="fragment")
