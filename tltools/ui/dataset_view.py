"""A data set on the page: counts, split, thumbnails by class, and what can be deleted (asked first)."""

import streamlit as st

from tltools import charts
from tltools.datasets import splits, store
from tltools.errors import TltoolsError
from tltools.ui import parts, state

PER_PAGE = 24
SPLIT_WORDS = {splits.TRAIN: "train", splits.VALIDATION: "validation", splits.TEST: "test"}


def choose(current: store.Dataset) -> store.Dataset:
    """The select box of data sets; damaged ones are named and stay where they are."""
    all_of_them = store.list_datasets(state.workspace())
    readable = {item.id: item for item in all_of_them if not item.damaged}
    for item in all_of_them:
        if item.damaged:
            st.warning(f"Data set {item.id} cannot be read: {item.damaged}")
    if len(readable) > 1:
        ids = list(readable)
        chosen = st.selectbox("Data set", ids, index=ids.index(current.id), key=f"w-dataset-{len(ids)}-{current.id}",
                              format_func=lambda item: f"{readable[item].name} · {len(readable[item].images)} pictures · "
                                                       f"{parts.when(readable[item].created)}")
        if chosen != current.id:
            state.choose(dataset=chosen)
            st.rerun()
    return readable.get(current.id, current)


def show(dataset: store.Dataset) -> None:
    """Everything about one data set."""
    st.text(f"{dataset.name} — {len(dataset.images):,} pictures in "
            f"{len(dataset.classes)} {'class' if len(dataset.classes) == 1 else 'classes'}")
    _import_note(dataset)
    for problem in dataset.problems():
        parts.problem(problem, "warning")
    left, right = st.columns(2)
    counts = dataset.counts()
    with left:
        parts.figure(charts.counts([item.name for item in dataset.classes], list(counts.values()), parts.dark()), "counts")
    with right:
        _split(dataset)
    if dataset.classes:
        _thumbnails(dataset)
    with st.expander("Rename or delete this data set", icon=":material/edit:"):
        name = st.text_input("Name", dataset.name, key=f"w-name-{dataset.id}", max_chars=80)
        one, two = st.columns(2)
        if one.button("Rename", disabled=name.strip() in ("", dataset.name)):
            store.rename(state.workspace(), dataset.id, name)
            st.rerun()
        if two.button("Delete data set …", icon=":material/delete:"):
            _ask_delete_dataset(dataset)


def _import_note(dataset: store.Dataset) -> None:
    note = st.session_state.get("imported")
    if note:
        st.success(f"Used {note['used']:,} of {note['found']:,} files.")
    if dataset.skipped:
        with st.expander(f"{len(dataset.skipped):,} files were not used; see why", icon=":material/warning:"):
            st.dataframe({"file": [item.file for item in dataset.skipped],
                          "reason": [item.reason for item in dataset.skipped]}, hide_index=True, width="stretch")


def _split(dataset: store.Dataset) -> None:
    st.markdown("**Split**", help="The network learns from *training* pictures. *Validation* pictures choose the best "
                                  "epoch. *Test* pictures are looked at once, at the end: the honest score.")
    numbers = dataset.split_counts()
    for column, (part, words) in zip(st.columns(3), SPLIT_WORDS.items(), strict=True):
        column.metric(words, f"{numbers[part]:,}")
    if dataset.has_test_folder:
        st.caption("The test pictures are those of the test folder that came with the others.")
    with st.expander("Change the split"):
        validation = st.slider("Validation, %", 0, 50, round(dataset.validation * 100), key=f"w-val-{dataset.id}")
        test = st.slider("Test, %", 0, 50, round(dataset.test * 100), key=f"w-test-{dataset.id}",
                         disabled=dataset.has_test_folder)
        seed = st.number_input("Seed", 0, 2**31 - 1, dataset.seed, key=f"w-split-seed-{dataset.id}",
                               help="The same seed gives the same split.")
        if (validation / 100, test / 100, seed) != (dataset.validation, dataset.test, dataset.seed) \
                and st.button("Use this split"):
            store.set_split(state.workspace(), dataset.id, validation / 100, test / 100, int(seed))
            st.rerun()


def _thumbnails(dataset: store.Dataset) -> None:
    counts = dataset.counts()
    names = {item.id: f"{item.name} ({counts[item.id]})" for item in dataset.classes}
    class_id = st.selectbox("Look at a class", list(names), format_func=names.__getitem__, key=f"w-look-{dataset.id}")
    members, assigned = dataset.members(class_id), dataset.split()
    wanted = st.segmented_control("Show", ["all", *SPLIT_WORDS], default="all", key=f"w-part-{dataset.id}",
                                  format_func={"all": "all", **SPLIT_WORDS}.__getitem__)
    if wanted in SPLIT_WORDS:
        members = [image for image in members if assigned[image.id] == wanted]
    pages = max(1, -(-len(members) // PER_PAGE))
    page = st.pagination(pages, key=f"w-page-{dataset.id}-{class_id}-{wanted}") if pages > 1 else 1
    shown = members[(page - 1) * PER_PAGE : page * PER_PAGE]
    editing = st.toggle("Delete pictures", key=f"w-edit-{dataset.id}")
    marked = []
    with st.container(horizontal=True, gap="small", key="thumbnails"):
        for image in shown:
            with st.container(width=112, gap=None):
                try:
                    st.image(dataset.thumbnail_path(image).read_bytes(), width=104, alt=image.name)
                except OSError:
                    st.caption("file is gone")
                if editing:
                    if st.checkbox("delete", key=f"w-mark-{dataset.id}-{image.id}"):
                        marked.append(image.id)
                else:
                    st.caption(SPLIT_WORDS[assigned[image.id]])
    if editing:
        one, two = st.columns(2)
        if one.button(f"Delete {len(marked)} pictures …", disabled=not marked, icon=":material/delete:"):
            _ask_delete_images(dataset, marked)
        if two.button("Delete the whole class …", icon=":material/delete_sweep:"):
            _ask_delete_class(dataset, class_id)


@st.dialog("Delete these pictures?")
def _ask_delete_images(dataset: store.Dataset, marked: list[str]) -> None:
    st.write(f"{len(marked)} pictures will be gone. Finished runs keep their models.")
    if parts.confirmed("Delete them", "delete-images-now"):
        store.delete_images(state.workspace(), dataset.id, marked)
        st.rerun()


@st.dialog("Delete this class?")
def _ask_delete_class(dataset: store.Dataset, class_id: str) -> None:
    st.text(f"{dataset.class_name(class_id)} with {len(dataset.members(class_id))} pictures will be gone.")
    if parts.confirmed("Delete the class", "delete-class-now"):
        store.delete_class(state.workspace(), dataset.id, class_id)
        st.rerun()


@st.dialog("Delete this data set?")
def _ask_delete_dataset(dataset: store.Dataset) -> None:
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


