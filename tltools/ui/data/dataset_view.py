"""A data set on the page: its counts and split; the classes and pictures themselves are
`classes_view` and `images_view`."""

from typing import Any

import streamlit as st

from tltools import charts
from tltools.datasets import records, store
from tltools.datasets.reading import labels
from tltools.errors import TltoolsError
from tltools.ui.common import parts, state
from tltools.ui.common.text import plain
from tltools.ui.data import classes_view, images_view, left_out
from tltools.ui.data.images_view import SPLIT_WORDS
from tltools.wording import brought_in


def choose(current: records.Dataset) -> records.Dataset:
    """The select box of data sets; damaged ones are named and stay where they are."""
    all_of_them = store.list_datasets(state.workspace())
    readable = {item.id: item for item in all_of_them if not item.damaged}
    for item in all_of_them:
        if item.damaged:
            st.warning(f"Data set {item.id} cannot be read: {item.damaged}")
    if len(readable) > 1:
        words = {item: f"{found.name} · {len(found.images)} pictures · {parts.when(found.created)}"
                 for item, found in readable.items()}
        ids = list(words)
        chosen = st.selectbox(
            "Data set", ids, index=ids.index(current.id), format_func=words.__getitem__,
            # new words, or it shows the old
            key=f"w-dataset-{current.id}-{hash(tuple(words.values()))}",
            help="The pictures that the next training uses.")
        if chosen != current.id:
            state.choose(dataset=chosen)
            st.rerun()
    return readable.get(current.id, current)


def show(dataset: records.Dataset) -> None:
    """Everything about one data set."""
    st.text(f"{dataset.name} — {len(dataset.images):,} pictures in {len(dataset.classes)} "
            f"{'class' if len(dataset.classes) == 1 else 'classes'}")
    if dataset.to_classify:
        st.caption(f"And {len(dataset.to_classify):,} without a label, kept apart: on the Classify "
                   "page a trained network says what they show.")
    if not _import_note(dataset):  # beside it, Undo would look as if it took the import back
        classes_view.last_change(dataset)
    for problem in dataset.problems():
        parts.problem(problem, "warning")
    if dataset.in_two_classes:
        count = dataset.in_two_classes
        are = "picture is" if count == 1 else "pictures are"
        st.warning(f"**In two classes** — {count:,} {are} in more than one class, where one at "
                   "most can be right. They are learned from, "
                   "never tested with. Delete the wrong ones below.")
    left, right = st.columns(2)
    counts = dataset.counts()
    with left:
        off = {number for number, item in enumerate(dataset.classes) if item.disabled}
        parts.figure(
            charts.counts([item.name for item in dataset.classes], list(counts.values()),
                          parts.dark(), off), "counts")
    with right:
        _split(dataset)
    if dataset.images:
        images_view.show(dataset.id)
    classes_view.show(dataset)
    classes_view.history(dataset)
    with st.expander("Rename, download the labels of, or delete this data set",
                     icon=":material/edit:"):
        st.download_button(
            "Labels as CSV", lambda: labels.export(dataset), "labels.csv", "text/csv",
            key="download-labels", icon=":material/download:", disabled=not dataset.images,
            help="One row a picture: file, class and part of the split. It can "
                 "be brought in again.")
        name = st.text_input("Name", dataset.name, key=f"w-name-{dataset.id}", max_chars=80,
                             help="What this data set is called everywhere.")
        one, two = st.columns(2)
        if one.button("Rename", help="Gives the data set this name.") \
                and name.strip() not in ("", dataset.name):
            store.rename(state.workspace(), dataset.id, name)
            st.rerun()
        if two.button("Delete data set …", icon=":material/delete:",
                      help="Asks first. Finished runs keep their models."):
            _ask_delete_dataset(dataset)


def _import_note(dataset: records.Dataset) -> bool:
    """What the last import brought, until the next change; whether there is something
    to say."""
    note = st.session_state.get("imported")
    if note and note["dataset"] != dataset.id:  # another one has been chosen since
        note = st.session_state.pop("imported", None) and None
    if note:
        st.success(brought_in(note)
                   + _counted(note["there"], "was there already", "were there already")
                   + _counted(note["unlabelled"], "has no label and is kept apart",
                              "have no label and are kept apart"))
        _labels_note(note.get("labels"))
    left_out.show([{"file": item.file, "reason": item.reason} for item in dataset.skipped],
                  "was not used", "were not used")
    return bool(note)


def _counted(count: int, one: str, many: str) -> str:
    return f" {count:,} {one if count == 1 else many}." if count else ""


def _labels_note(report: dict[str, Any] | None) -> None:
    """What a file of labels matched, and the first lines that it did not."""
    if not report:
        return
    words = labels.summary(report)
    if report["contradicting"]:
        st.warning(
            f"**Labels that contradict each other** — {report['contradicting']:,} "
            f"row{'' if report['contradicting'] == 1 else 's'} of the file; of two, the first "
            "counts. The table says which. If the other is right, move those pictures to its "
            "class.")
    if not report["notes"]:
        st.text(words)
        return
    with st.expander(plain(words), icon=":material/rule:", key="labels-note", expanded=True):
        left_out.table([{name: str(item[name]) for name in ("line", "file", "reason")}
                        for item in report["notes"]])
        if report["more"]:
            st.caption(f"And {report['more']:,} more; they stand among what was not used.")


def _split(dataset: records.Dataset) -> None:
    st.markdown(
        "**Split**",
        help="The network learns from *training* pictures. *Validation* pictures choose the best "
             "epoch. *Test* pictures are looked at once, at the end: the honest score.")
    numbers = dataset.split_counts()
    with st.container(horizontal=True):  # side by side on a phone too
        for part, words in SPLIT_WORDS.items():
            st.metric(words, f"{numbers[part]:,}", width=110)
    if dataset.has_test_folder:
        st.caption("The test pictures are those of the test folder that came with the others.")
    groups = {image.group for image in dataset.images if image.group}
    if groups:
        st.caption(f"Pictures of one group ({len(groups):,} groups) stay on one side of every "
                   "split: they show the same thing, and a test that has seen it is no test.")
    if dataset.on_two_sides:
        st.warning(
            f"**Copies on two sides** — {dataset.on_two_sides:,} pictures stand in more than one "
            "part of this split, which an earlier version made: scores look better than they "
            "are. “Use this split” under “Change the split” mends it.")
    with st.expander("Change the split"):
        validation = st.slider(
            "Validation, %", 0, 50, round(dataset.validation * 100), key=f"w-val-{dataset.id}",
            help="The share watched after each epoch, from which nothing is learned.")
        test = st.slider("Test, %", 0, 50, round(dataset.test * 100), key=f"w-test-{dataset.id}",
                         disabled=dataset.has_test_folder,
                         help="The share kept for one final, honest score.")
        seed = st.number_input("Seed", 0, 2**31 - 1, dataset.seed, key=f"w-split-seed-{dataset.id}",
                               help="The same seed gives the same split.")
        if ((validation / 100, test / 100, seed)
                != (dataset.validation, dataset.test, dataset.seed) or dataset.on_two_sides) \
                and st.button("Use this split",
                              help="Splits the pictures anew, at random but repeatably."):
            store.set_split(state.workspace(), dataset.id, validation / 100, test / 100, int(seed))
            st.rerun()


@st.dialog("Delete this data set?")
def _ask_delete_dataset(dataset: records.Dataset) -> None:
    st.text(f"{dataset.name} with {len(dataset.images)} pictures will be gone.")
    st.write("Finished runs keep their models; a run that waits or trains on it will fail.")
    if parts.confirmed("Delete the data set", "delete-dataset-now"):
        try:
            store.delete(state.workspace(), dataset.id)
            state.choose(dataset="")
        except TltoolsError as error:
            parts.problem(error.problem)
            return
        st.session_state.pop("imported", None)
        st.rerun()
