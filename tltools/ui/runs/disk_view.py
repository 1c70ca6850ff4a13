"""How much disk everything takes, and what can be freed; measured and deleted on the
data worker, never by the page."""

from typing import Any

import streamlit as st

from tltools import settings
from tltools.ui.common import parts, state
from tltools.ui.common.text import megabytes

_USED = "disk"
_WORDS = {
    "runs": "Runs: models, curves, checkpoints",
    "features": "Cache: what the frozen part has computed", "weights": "Weights of backbones",
    "datasets": "Data sets", "free": "Free on this disk"
}


def show() -> None:
    """The measuring, its result, and a button for each thing that can be freed without
    losing work."""
    with st.expander("Disk use, and how to free some", icon=":material/hard_drive:"):
        busy = parts.task_progress("disk", "Measuring", _measured)
        freeing = parts.task_progress("free", "Freeing", _freed)
        parts.task_note("disk")
        parts.task_note("free")
        place = {"home": str(settings.home().path), "workspace": state.workspace().name}
        if st.button("Measure", key="measure", disabled=busy or freeing,
                     icon=":material/straighten:",
                     help="Looks at every file; with many pictures this takes a few seconds."):
            parts.start_task("disk", "data", "tltools.runs.disk:usage", **place)
            st.rerun()
        used = st.session_state.get(_USED)
        if used:
            _result(used, busy or freeing, place)


def _result(used: dict[str, Any], busy: bool, place: dict[str, str]) -> None:
    words = dict(_WORDS)
    words["features"] += f" (at most {megabytes(used['features_most'])})"
    st.dataframe({"what": list(words.values()), "size": [megabytes(used[name]) for name in words]},
                 hide_index=True)
    with st.container(horizontal=True):
        if st.button(
                f"Delete checkpoints of finished runs (frees {megabytes(used['checkpoints'])})",
                key="free-checkpoints", disabled=busy or not used["checkpoints"],
                help="Only a run that has not finished needs them. Models, "
                     "curves and results stay."):
            _start("tltools.runs.disk:clear_checkpoints", "checkpoints", **place)
        if not state.in_class() and st.button(
                f"Clear the cache (frees {megabytes(used['features'])})", key="free-features",
                disabled=busy or not used["features"],
                help="Safe: it is computed again when a run needs it; the next run only "
                     "begins a little later."):
            _start("tltools.training.features:clear", "features", home=place["home"])
    st.caption(
        "Whole runs: tick them in the list above, then delete them. Data sets: on the Data page.")
    if used["largest_datasets"]:
        st.dataframe([{"data set": item["name"], "size": megabytes(item["bytes"])}
                      for item in used["largest_datasets"]], hide_index=True)


def _start(function: str, what: str, **kwargs: str) -> None:
    st.session_state["disk-freeing"] = what
    parts.start_task("free", "data", function, **kwargs)
    st.rerun()


def _measured(result: dict[str, Any]) -> None:
    st.session_state[_USED] = result


def _freed(freed: int) -> None:
    st.session_state[f"{state.NOTE}-free"] = f"{megabytes(freed)} are free again."
    used, what = st.session_state.get(_USED), st.session_state.pop("disk-freeing", "")
    if used and what:
        used[what] = max(0, used[what] - freed)
        used["free"] += freed
        if what == "checkpoints":
            used["runs"] -= freed
