"""The Runs page's parts: the list with search, one run's detail, several runs compared.
"""

from datetime import datetime
from typing import Any

import streamlit as st

from tltools import runs
from tltools.charts import comparison
from tltools.config import SETTINGS
from tltools.errors import TltoolsError
from tltools.runs import disk, lineage, listing
from tltools.runs.events import RunState
from tltools.runs.listing import Row
from tltools.ui.common import parts, reuse_view, run_view, state
from tltools.ui.common.text import duration, megabytes, percent, plain

_HIDDEN = ("dataset", "name", "format", "weights_file", "weights_run", "continues")
_LINKED, _GENERATION, _TABLE = "runs-linked", "runs-generation", "runs-table"
_ALL = "w-runs-all"
_FITTING = ("name", "state", "test", "test images", "validation", "backbone", "learns", "when")
"""Columns that fit a window of 1280 pixels; the others come with `_ALL`."""


def search(rows: list[Row]) -> list[Row]:
    """Search box and filters; returns the rows that are left."""
    tags = listing.tags(rows)
    words, states, tagged = st.columns([2, 1, 1])
    text = words.text_input("Search", key="w-runs-search",
                            placeholder="name, note, tag, backbone or data set",
                            help="Shows the runs that hold every word.")
    wanted = states.multiselect("State", [item.value for item in RunState], key="w-runs-states",
                                placeholder="any", help="Only runs in one of these states.")
    chosen = tagged.multiselect("Tags", tags, key="w-runs-tags",
                                placeholder="any" if tags else "no run has tags yet",
                                help="Only runs with all of these tags.")
    found = listing.search(rows, text, wanted, [tag for tag in chosen if tag in tags])
    if len(found) < len(rows):
        st.caption(f"{len(found)} of {len(rows)} runs")
    return found


def table(rows: list[Row]) -> list[Row]:
    """The list; returns the runs that are ticked. They stand in the address too
    (`?run=ID,ID`), so that a link, a reload and the browser's back button show the same
    ones. Coming back from another page shows the last ones: Streamlit has then dropped
    both the address and the table's state."""
    linked = st.query_params.get("run", "")
    if not linked and st.session_state.get(_LINKED) \
            and st.session_state.get(_TABLE) not in st.session_state:
        linked = st.query_params["run"] = st.session_state[_LINKED]
    if linked != st.session_state.get(_LINKED):
        st.session_state[_LINKED] = linked
        st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    wanted = linked.split(",") if linked else []
    if [item for item in wanted if item not in {row.run.id for row in rows}]:
        st.warning(
            "A run in the address of this page is not in this list: it was deleted, or the search "
            "leaves it out.")
    shown = "".join(row.run.id for row in rows)
    st.session_state[_TABLE] = key = f"w-runs-{st.session_state[_GENERATION]}-{hash(shown)}"
    event = st.dataframe(
        [_record(row) for row in rows], hide_index=True, width="stretch",
        height=min(38 + 35 * max(len(rows), 1), 460), column_config=_columns(),
        column_order=None if st.session_state.get(_ALL) else _FITTING, on_select="rerun",
        selection_mode="multi-row", placeholder="–",
        selection_default={"selection": {
            "rows": [index for index, row in enumerate(rows) if row.run.id in wanted]}},
        key=key)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle("All columns", key=_ALL,
                  help="Also what always naming the largest class would reach, the data set, tags, "
                       "time and size. The table then moves sideways.")
        with st.container(key="runs-narrow"):
            st.caption("Swipe the table sideways to see the rest of it.")
    chosen = [rows[index] for index in event["selection"]["rows"] if index < len(rows)]
    named = ",".join(row.run.id for row in chosen)
    if named != ",".join(item for item in wanted if item in {row.run.id for row in rows}):
        st.session_state[_LINKED] = named
        if named:
            st.query_params["run"] = named
        else:
            st.query_params.pop("run", None)
    return chosen


def _record(row: Row) -> dict[str, Any]:
    run = row.run
    return {
        "name": run.name,
        "state": "⚠ damaged" if row.problem else f"{parts.STATE_MARKS[run.state]} {run.state}",
        "test": None if row.test_accuracy is None else row.test_accuracy * 100,
        "test images": row.test_images,
        "largest class": None if row.majority_baseline is None else row.majority_baseline * 100,
        "validation": None if row.val_accuracy is None else row.val_accuracy * 100,
        "validation images": row.val_images, "backbone": row.backbone or "–",
        "learns": row.problem or row.learns, "data": row.data, "tags": ", ".join(run.tags),
        "when": datetime.fromtimestamp(run.created) if run.created else None, "took": row.seconds,
        "size": row.size / 1e6
    }


def _columns() -> dict[str, Any]:
    """Titles, and widths in pixels: those of `_FITTING` have 1,075 together."""
    number, config, words = (st.column_config.NumberColumn, st.column_config,
                             st.column_config.TextColumn)
    return {
        # in sight while the others move, where there is room for it
        "name": words("name", width=250, pinned=True), "state": words("state", width=110),
        "test": number("test accuracy", format="%.1f %%", width=115,
                       help="On pictures that played no part in training."),
        "test images": number("images", width=70,
                              help="How many pictures stand behind the test accuracy."),
        "largest class": number("largest class", format="%.1f %%", width=110,
                                help="What always naming the largest class would reach."),
        "validation": number("validation", format="%.1f %%", width=95,
                             help="Validation accuracy. It chose the best epoch, so it flatters."),
        "validation images": number("validation images", width=130),
        "backbone": words("backbone", width=125),
        "learns": words("learns", width=180), "data": words("data", width=120),
        "tags": words("tags", width=120),
        "when": config.DatetimeColumn("when", format="D MMM YY, HH:mm", width=125),
        "took": number("took", format="%.0f s", width=80),
        "size": number("size", format="%.1f MB", width=90, help="What the run takes on the disk.")
    }


def nothing_chosen() -> None:
    """What the list is for."""
    st.info(
        "Tick **one** run to see it and go on from it, or **two to six** to compare them. A click "
        "on a column's title sorts.")
    parts.next_step("train", "Set up a new run")


def one(row: Row) -> None:
    """One run: what it is, what can be done with it, what it reached, its settings, a
    person's notes."""
    run = row.run
    st.subheader(plain(run.name))
    st.caption(
        f"{parts.STATE_MARKS[run.state]} {run_view.how_far(run) or run.state} · "
        f"{plain(row.backbone)} · learns: "
        f"{row.learns or '–'} · {plain(row.data or '–')} · {parts.when(run.created)} · "
        f"{megabytes(row.size)}")
    if run.tags:
        st.caption("Tags: " + plain(", ".join(run.tags)))
    if run.notes:
        st.text(run.notes)
    with st.container(horizontal=True):
        if st.button("Open", type="primary", key="open", icon=":material/open_in_full:",
                     help="The run's own page: live while it trains, else its result."):
            st.switch_page(st.session_state["pages"]["train"], query_params={"run": run.id})
        if run.has_model and st.button("Classify with it", key="use",
                                       icon=":material/image_search:",
                                       help="Give its model new pictures."):
            st.switch_page(st.session_state["pages"]["classify"], query_params={"run": run.id})
        reuse_view.buttons(run)
        if st.button("Delete …", icon=":material/delete:", key="delete", help="Asks first."):
            _ask_delete([run])
    run_view.result(run)
    with st.expander("Name, notes and tags", icon=":material/edit:"):
        _words(run)
    with st.expander("Settings", icon=":material/tune:"):
        _settings(run)


def _words(run: runs.Run) -> None:
    known = sorted({*listing.tags(listing.rows(state.workspace())), *run.tags})
    name = st.text_input("Name", run.name, key=f"w-rename-{run.id}", max_chars=80,
                         help="What this run is called everywhere.")
    notes = st.text_area("Notes", run.notes, key=f"w-notes-{run.id}", max_chars=runs.MOST_NOTES,
                         help="Anything worth remembering. The search finds it.")
    tags = st.multiselect(
        "Tags", known, default=list(run.tags), accept_new_options=True,
        max_selections=runs.MOST_TAGS, key=f"w-tags-{run.id}", placeholder="Type a word",
        help=f"Short words to filter by, at most {runs.TAG_LENGTH} characters each.")
    if st.button("Save", key="save-words", help="Keeps name, notes and tags."):
        try:
            runs.annotate(run, notes, tags)
            runs.rename(run, name)
        except TltoolsError as error:
            parts.problem(error.problem)
            return
        st.rerun()


def _settings(run: runs.Run) -> None:
    try:
        config = run.config()
        values = {
            name: value for name, value in config.as_dict().items()
            if name not in _HIDDEN and value != ""
        }
        started = config.continues or (config.weights_run if config.weights == "run" else "")
        rows = {
            "data set": run.data or str(run.dataset().get("name", "–")),
            **{_label(name): str(value) for name, value in values.items()}
        }
        if started:
            rows["goes on from" if config.continues else "backbone of"] = _name_of(started)
        st.dataframe({"setting": list(rows), "value": list(rows.values())}, hide_index=True)
    except TltoolsError as error:
        parts.problem(error.problem)


def _label(name: str) -> str:
    return SETTINGS[name].label if name in SETTINGS else name.replace("_", " ")


def _name_of(run_id: str) -> str:
    try:
        return runs.read(state.workspace(), run_id).name
    except TltoolsError:
        return "a run that was deleted"


def several(rows: list[Row]) -> None:
    """Two runs or more: curves overlaid, scores, the settings that differ; and deleting
    them together."""
    if len(rows) > comparison.MOST:
        st.info(f"{len(rows)} runs are ticked. Curves are shown for two to {comparison.MOST}.")
    else:
        _compare(rows)
    total = sum(row.size for row in rows)
    if st.button(f"Delete these {len(rows)} runs ({megabytes(total)}) …", icon=":material/delete:",
                 key="delete-several", help="Asks first."):
        _ask_delete([row.run for row in rows])


def _compare(rows: list[Row]) -> None:
    curves = [(row.run.name, row.run.curves()) for row in rows]
    left, right = st.columns(2)
    with left:
        parts.figure(comparison.overlaid(curves, "accuracy", parts.dark()), "compare-accuracy")
    with right:
        parts.figure(comparison.overlaid(curves, "loss", parts.dark()), "compare-loss")
    st.markdown("**Scores**")
    st.dataframe([
        {"run": f"{letter} {row.run.name}",
         "test accuracy": percent(row.test_accuracy, row.test_images),
         "validation accuracy": percent(row.val_accuracy, row.val_images),
         "epochs": len(history.epochs), "took": duration(row.seconds) or "–"}
        for letter, row, (_, history) in zip(comparison.LETTERS, rows, curves, strict=False)
    ], hide_index=True, width="stretch")
    different = listing.differing(rows, listing.rows(state.workspace()))
    st.markdown("**Settings that differ**" if different else "**No setting differs**")
    if different:
        columns = [
            f"{letter} {row.run.name}"
            for letter, row in zip(comparison.LETTERS, rows, strict=False)
        ]
        st.dataframe([{"setting": label, **dict(zip(columns, values, strict=True))}
                      for label, values in different], hide_index=True, width="stretch")
    if len({row.data for row in rows}) > 1:
        st.caption(
            "These runs learned from different pictures: their scores say little about which "
            "settings are better.")


@st.dialog("Delete?")
def _ask_delete(found: list[runs.Run]) -> None:
    for run in found[:8]:
        st.text(run.name)
    if len(found) > 8:
        st.text(f"and {len(found) - 8} more")
    freed = megabytes(sum(disk.size(run.path) for run in found))
    st.write(f"Models, curves, settings and notes will be gone. It frees {freed}.")
    waiting = lineage.dependents(state.workspace(), {run.id for run in found})
    if waiting:
        st.warning(f"{len(waiting)} waiting runs start from these and will fail: "
                   + plain(", ".join(run.name for run in waiting[:3])))
    if parts.confirmed("Delete the run" if len(found) == 1 else f"Delete {len(found)} runs",
                       "delete-now"):
        _, problems = disk.delete_runs(found)
        if problems:
            for words in problems:
                st.error(plain(words))
            return
        st.query_params.pop("run", None)
        st.rerun()
