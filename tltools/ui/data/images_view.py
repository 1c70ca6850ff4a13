"""The pictures of a data set on the page: look through them by class; select several to
delete or to move."""

from typing import Any

import streamlit as st

from tltools.datasets import edits, records, splits, store
from tltools.datasets.names import clean_name
from tltools.errors import TltoolsError
from tltools.images import shown_name
from tltools.ui.common import parts, state
from tltools.ui.common.text import plain
from tltools.ui.data.classes_view import OFF, attempt, last_change

PER_PAGE = 24
# (data set, class, ids of the selected pictures): a widget's own value is lost when its
# page is turned
PICKED = "picked"
# new keys for the ticks after each change but a tick: a click that is quicker than the
# browser's ticks
TURN = "picked-turn"
# would bring their old values with it
# the class: the select box gets a new key with new words, because the browser would
# keep the old ones
LOOKED = "looked"
SPLIT_WORDS = {splits.TRAIN: "train", splits.VALIDATION: "validation", splits.TEST: "test"}


@st.fragment
def show(dataset_id: str) -> None:
    """One class at a time. A fragment: a tick runs this part again, not the whole page.
    """
    try:
        dataset = store.read(state.workspace(), dataset_id)
    except TltoolsError as error:
        parts.problem(error.problem)
        return
    counts = dataset.counts()
    names = {
        item.id: f"{item.name} ({counts[item.id]:,}{', ' + OFF if item.disabled else ''})"
        for item in dataset.classes
    }
    looked = st.session_state.get(LOOKED)
    class_id = st.selectbox(
        "Look at a class", list(names), index=list(names).index(looked) if looked in names else 0,
        format_func=names.__getitem__, key=f"w-look-{dataset_id}-{hash(tuple(names.values()))}",
        help="Its pictures stand below, with the part of the split that each is in.")
    st.session_state[LOOKED] = class_id
    members, assigned = dataset.members(class_id), dataset.split()
    wanted = st.segmented_control(
        "Show", ["all", *SPLIT_WORDS], default="all", required=True, key=f"w-part-{dataset_id}",
        format_func={"all": "all", **SPLIT_WORDS}.__getitem__,
        help="All pictures of the class, or those of one part of the split.")
    if wanted in SPLIT_WORDS:
        members = [image for image in members if assigned.get(image.id) == wanted]
    if not members:
        st.caption("No pictures here.")
        return
    pages = -(-len(members) // PER_PAGE)
    page = st.pagination(pages, key=f"w-page-{dataset_id}-{class_id}-{wanted}-{pages}") \
        if pages > 1 else 1
    shown = members[(page - 1) * PER_PAGE : page * PER_PAGE]
    picked: set[str] | None = None
    if st.toggle("Select pictures to delete or move", key=f"w-edit-{dataset_id}",
                 help="A box under each picture: tick those that are wrong or in the wrong class."):
        picked = _picked(dataset_id, class_id) & {image.id for image in dataset.members(class_id)}
    above = st.container()  # filled last: it says how many of the grid's boxes are ticked
    ticked = _grid(dataset, shown, assigned, picked, (page - 1) * PER_PAGE + 1)
    if picked is not None:
        picked = picked - {image.id for image in shown} | ticked
        st.session_state[PICKED] = (dataset_id, class_id, picked)
        with above:
            _selection(dataset, class_id, picked, members, shown)


def _selection(dataset: records.Dataset, class_id: str, picked: set[str],
               members: list[records.ImageRecord], shown: list[records.ImageRecord]) -> None:
    """What is selected, and what can be done with it."""
    def pick(ids: set[str]) -> None:
        st.session_state[PICKED] = (dataset.id, class_id, ids)
        st.session_state[TURN] = _turn() + 1

    with st.container(horizontal=True, gap="small"):
        st.button("Select this page", key="pick-page", on_click=pick,
                  args=(picked | {image.id for image in shown},),
                  help="Adds the pictures of this page to those selected.")
        st.button(f"Select all {len(members):,}", key="pick-all", on_click=pick,
                  args=(picked | {image.id for image in members},),
                  help="All of this class that match “Show”.")
        st.button("Select none", key="pick-none", on_click=pick, args=(set(),), disabled=not picked,
                  help="Also those on other pages.")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        others = [item.name for item in dataset.classes if item.id != class_id]
        target = st.selectbox("Move to", others, index=None, accept_new_options=True,
                              key=f"w-move-{dataset.id}-{class_id}-{_turn()}",
                              placeholder="Choose a class, or type a new one",
                              help="This also relabels them.")
        count = f"{len(picked):,} picture{'' if len(picked) == 1 else 's'}"
        if st.button(f"Move {count}", disabled=not picked or not clean_name(target or ""),
                     key="go-move", icon=":material/drive_file_move:",
                     help="They get the label of that class."):
            attempt(edits.move_images, dataset.id, picked, target or "", then=lambda: pick(set()))
        if st.button(f"Delete {count}", disabled=not picked, key="go-delete",
                     icon=":material/delete:", help="Undo brings them back."):
            attempt(edits.delete_images, dataset.id, picked, then=lambda: pick(set()))
    last_change(dataset, "undo-here")


def _grid(dataset: records.Dataset, shown: list[records.ImageRecord], assigned: dict[str, str],
          picked: set[str] | None, first: int) -> set[str]:
    """The pictures, with a box each if `picked` is a set; returns the ids whose box is
    ticked now. first: number of the first."""
    ticked = set()
    with st.container(horizontal=True, gap="small", key="thumbnails"):
        for number, image in enumerate(shown, start=first):
            with st.container(width=112, gap=None):
                try:
                    st.image(dataset.thumbnail_path(image).read_bytes(), width=104, alt=image.name)
                except OSError:
                    st.caption("file is gone")
                part = SPLIT_WORDS.get(assigned.get(image.id, ""), "left out")
                if picked is not None:
                    # Its value, never a callback: Streamlit calls those of boxes that
                    # are gone, too. Its label is a number: a name would be read out
                    # with the signs that keep it from being markup
                    if st.checkbox(f"{number}", image.id in picked,
                                   key=f"w-mark-{dataset.id}-{image.id}-{_turn()}"):
                        ticked.add(image.id)
                    part = f"{plain(shown_name(image.name, 12))} · {part}"
                st.caption(part)
    return ticked


def _picked(dataset_id: str, class_id: str) -> set[str]:
    held: Any = st.session_state.get(PICKED)
    return set(held[2]) if held and held[:2] == (dataset_id, class_id) else set()


def _turn() -> int:
    return st.session_state.get(TURN, 0)
