"""The Runs page's parts: the table, and what can be done with one run (open, classify, rename, delete)."""

from typing import Any

import streamlit as st

from tltools import runs
from tltools.config import SETTINGS
from tltools.errors import TltoolsError
from tltools.runs import Run
from tltools.ui import model_view, parts
from tltools.ui.text import percent

_HIDDEN = ("dataset", "name", "format")


def _label(name: str) -> str:
    return SETTINGS[name].label if name in SETTINGS else name.replace("_", " ")


def table(found: list[Run]) -> None:
    """All runs, the newest first; damaged ones are named, never hidden."""
    st.dataframe([_row(run) for run in found], hide_index=True, width="stretch")


def _row(run: Run) -> dict[str, Any]:
    row = {"name": run.name, "test accuracy": "–", "state": f"{parts.STATE_MARKS[run.state]} {run.state}",
           "model": run.damaged or "–", "data": "–", "validation": "–", "when": parts.when(run.created)}
    try:
        results, config, data = run.results() or {}, run.config(), run.dataset()
        split = results.get("split", {})
        row |= {"test accuracy": percent(results.get("test_accuracy"), split.get("test")),
                "validation": percent(results.get("val_accuracy"), split.get("validation")),
                "data": data.get("name", "–"), "model": model_view.summary(config)}
    except TltoolsError as error:
        row["model"] = error.problem.reason
    return row


def one(found: list[Run]) -> None:
    """Choose a run and do something with it."""
    by_id = {run.id: run for run in found}
    chosen = st.selectbox("Choose a run", list(by_id), format_func=lambda item: parts.run_title(by_id[item]), key="w-runs")
    run = by_id[chosen]
    with st.container(horizontal=True):
        if st.button("Open", type="primary", key="open"):
            st.switch_page(st.session_state["pages"]["train"], query_params={"run": run.id})
        if run.has_model and st.button("Classify with it", key="use"):
            st.switch_page(st.session_state["pages"]["classify"], query_params={"run": run.id})
        if st.button("Delete …", icon=":material/delete:", key="delete"):
            _ask_delete(run)
    with st.expander("Rename, settings", icon=":material/edit:"):
        name = st.text_input("Name", run.name, key=f"w-rename-{run.id}", max_chars=80)
        if st.button("Rename", disabled=name.strip() in ("", run.name), key="rename"):
            runs.rename(run, name)
            st.rerun()
        try:
            values = {name: value for name, value in run.config().as_dict().items() if name not in _HIDDEN and value != ""}
            st.dataframe({"setting": ["data set", *(_label(name) for name in values)],
                          "value": [run.dataset().get("name", "–"), *(str(value) for value in values.values())]},
                         hide_index=True)
        except TltoolsError as error:
            parts.problem(error.problem)


@st.dialog("Delete this run?")
def _ask_delete(run: Run) -> None:
    st.text(run.name)
    st.write("Its model, curves and settings will be gone.")
    if parts.confirmed("Delete the run", "delete-now"):
        try:
            runs.delete(run)
        except TltoolsError as error:
            parts.problem(error.problem)
            return
        st.rerun()
