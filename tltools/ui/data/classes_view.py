"""The classes of a data set on the page: add, rename, merge, switch off and on, delete.
What can be undone, and the trash."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from tltools.datasets import edits, records
from tltools.datasets.names import clean_name
from tltools.errors import TltoolsError, is_full, problem_of
from tltools.ui.common import parts, state
from tltools.ui.common.text import plain

OFF = "left out of training"


def attempt(change: Callable[..., Any], *arguments: Any,
            then: Callable[[], None] = lambda: None) -> None:
    """Make a change, call `then` and show the page anew; or say here why the change
    cannot be made."""
    try:
        change(state.workspace(), *arguments)
    except (TltoolsError, OSError) as error:
        if not isinstance(error, TltoolsError) and not is_full(error):
            raise
        parts.problem(problem_of(error))
        return
    st.session_state.pop("imported", None)  # what was brought in is no longer what is here
    then()
    st.rerun()


def last_change(dataset: records.Dataset, key: str = "undo") -> None:
    """The last change by hand with its Undo; nothing if there is none. key: of the
    button."""
    if not dataset.actions:
        return
    last = dataset.actions[-1]
    with st.container(horizontal=True, vertical_alignment="center", key=f"last-{key}"):
        if st.button("Undo", icon=":material/undo:", key=key,
                     help="Takes the last change back. Press again for the one before. A reload of "
                          "the page forgets nothing."):
            attempt(edits.undo, dataset.id, last.id)
        st.text(f"{last.what}.")


def history(dataset: records.Dataset) -> None:
    """All that can be undone, and the trash."""
    if not dataset.actions:
        return
    pictures, size = (sum(getattr(action, name) for action in dataset.actions)
                      for name in ("pictures", "bytes"))
    with st.expander(f"Last changes ({len(dataset.actions)}) and trash ({pictures:,} pictures)",
                     icon=":material/history:", key="history"):
        st.dataframe({
            "when": [parts.when(action.when) for action in reversed(dataset.actions)],
            "what": [action.what for action in reversed(dataset.actions)]
        }, hide_index=True, width="stretch")
        st.caption(
            f"Deleted pictures stay in the trash ({size / 1e6:,.1f} MB) so that Undo can bring "
            f"them back. The last {edits.MOST_ACTIONS} changes are kept.")
        if st.button(
                "Empty the trash …", icon=":material/delete_forever:", key="empty-trash",
                help="Deletes those pictures for good. After that these changes cannot be undone."):
            _ask_empty_trash(dataset, pictures)


def show(dataset: records.Dataset) -> None:
    """The expander with everything that can be done with classes."""
    with st.expander("Classes: add, rename, merge, switch off, delete", icon=":material/category:",
                     key="classes", expanded=not dataset.classes):
        _add(dataset)
        if dataset.classes:
            _chosen(dataset)


def _add(dataset: records.Dataset) -> None:
    with st.form("add-class", clear_on_submit=True, border=False), \
            st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "New class", max_chars=80, key="w-new-class",
            help="Its pictures come later: add them above, or move some here from another class.")
        if st.form_submit_button("Add the class", key="go-add-class",
                                 help="A new, empty class of this name."):
            attempt(edits.add_class, dataset.id, name)


def _chosen(dataset: records.Dataset) -> None:
    counts, records = dataset.counts(), {item.id: item for item in dataset.classes}
    st.dataframe({
        "class": [item.name for item in dataset.classes], "pictures": list(counts.values()),
        "training": [OFF if item.disabled else "takes part" for item in dataset.classes]
    }, hide_index=True, width="stretch", height="auto" if len(records) <= 10 else 300)
    version = dataset.actions[-1].id if dataset.actions else ""
    chosen = st.multiselect("Change these classes", list(records),
                            key=f"w-classes-{dataset.id}-{version}",
                            format_func=lambda item: f"{records[item].name} ({counts[item]:,})",
                            placeholder="Choose one or more",
                            help="One: rename it. Two or more: merge them into one.")
    if not chosen:
        return
    if len(chosen) == 1:
        _rename(dataset, records[chosen[0]])
    else:
        _merge(dataset, [records[item] for item in chosen], sum(counts[item] for item in chosen))
    on, off = ([item for item in chosen if records[item].disabled is wanted]
               for wanted in (False, True))
    with st.container(horizontal=True):
        if on and st.button(
                "Leave out of training", icon=":material/visibility_off:", key="go-disable",
                help="The class and its pictures stay here; new runs are trained without them."):
            attempt(edits.set_disabled, dataset.id, on, True)
        if off and st.button("Take into training again", icon=":material/visibility:",
                             key="go-enable", help="New runs learn these classes again."):
            attempt(edits.set_disabled, dataset.id, off, False)
        if st.button("Delete …", icon=":material/delete:", key="delete-classes",
                     help="Asks first, and can be undone."):
            _ask_delete(dataset, chosen)


def _rename(dataset: records.Dataset, record: records.ClassRecord) -> None:
    with st.form("rename-class", border=False), \
            st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Its name", record.name, max_chars=80,
                             key=f"w-class-name-{dataset.id}-{record.id}",
                             help="Runs that are trained already keep the name that they learned.")
        go = st.form_submit_button("Rename", key="go-rename-class",
                                   help="Gives the class this name; its pictures stay in it.")
    if go and clean_name(name) != record.name:
        attempt(edits.rename_class, dataset.id, record.id, name)


def _merge(dataset: records.Dataset, records: list[records.ClassRecord], pictures: int) -> None:
    names = {item.id: item.name for item in records}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        into = st.selectbox("Merge into", list(names), format_func=names.__getitem__,
                            key=f"w-merge-{dataset.id}", help="The merged class has this name.")
        if st.button(f"Merge {len(records)} classes ({pictures:,} pictures)",
                     icon=":material/merge:", key="go-merge",
                     help="A picture that two of them hold is kept once. Can be undone."):
            attempt(edits.merge_classes, dataset.id, list(names), into)


@st.dialog("Delete?")
def _ask_delete(dataset: records.Dataset, class_ids: list[str]) -> None:
    names = [dataset.class_name(item) for item in class_ids]
    pictures = sum(len(dataset.members(item)) for item in class_ids)
    st.text(", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else ""))
    st.markdown(
        f"**{pictures:,} pictures** go with {'it' if len(names) == 1 else 'them'}. Undo can bring "
        "them back. Runs keep their models and go on.")
    if parts.confirmed("Delete the class" if len(names) == 1 else f"Delete {len(names)} classes",
                       "delete-classes-now"):
        attempt(edits.delete_class, dataset.id, *class_ids)


@st.dialog("Empty the trash?")
def _ask_empty_trash(dataset: records.Dataset, pictures: int) -> None:
    st.markdown(
        f"{pictures:,} deleted pictures will be gone for good, and the changes so far cannot be "
        "undone. Pictures that a run was made with stay on disk until that run is deleted too.")
    if parts.confirmed("Empty the trash", "empty-trash-now"):
        kept = 0
        try:
            kept = edits.empty_trash(state.workspace(), dataset.id)
        except TltoolsError as error:
            parts.problem(error.problem)
            return
        if kept:
            st.toast(
                plain(f"{kept:,} deleted pictures stay on disk, because runs were made with them."),
                duration="long")
        st.rerun()
