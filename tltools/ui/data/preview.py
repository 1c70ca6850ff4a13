"""How a collection was read, shown before any of it is brought in: classes with counts
and pictures, what is left out and why, other readings by one click.

Owns the steps from "Look at it" to "Bring them in", and "Not these". Leaves the reading
to `datasets.sources`, where it lies to `looks`, and the classes to `preview_classes`.
"""

from functools import partial
from typing import Any

import streamlit as st

from tltools import files, settings
from tltools.datasets import records, store
from tltools.datasets.archives import codepages
from tltools.datasets.reading import labels
from tltools.datasets.sources import tasks
from tltools.ui.common import embedding, parts, portions, state
from tltools.ui.common.text import plain
from tltools.ui.data import left_out, looks, preview_classes
from tltools.ui.data.looks import Look

TASKS = tasks.__name__
SAMPLES = 4  # pictures of each class
LABEL_MEGABYTES = labels.MAX_BYTES // 1_000_000


def start(look: Look, layout: str = "", first: int = 0) -> None:
    """Have it read, by this layout or by the best; the page shows the progress. first:
    number of the first class of which pictures are shown."""
    parts.start_task("look", "data", f"{TASKS}:inspect", source=look.source, csv=look.csv,
                     layout=layout, group_by=look.group_by, samples=SAMPLES, first=first)
    st.rerun()


def show(look: Look, dataset: records.Dataset | None) -> None:
    """The look: its progress, or how it was read and what to do with it. dataset: the
    one that is shown, to which it may be added."""
    if parts.task_progress("look", "Looking at the pictures", partial(looks.keep_answer, look),
                           stop="Stop"):
        return
    failed = parts.task_note("look")
    answer = looks.answer(look)
    if answer is None or failed:
        if not failed:  # the page was loaded anew in the middle
            start(look)
        _after_failure(look, answer)
        if answer is None:
            return
    st.subheader("This is how I read your folders", anchor=False)
    st.text(f"{look.name}: {_title(answer, answer['layout'])}.")
    for note in answer["notes"]:
        st.info(plain(note), icon=":material/info:")
    _other_readings(look, answer)
    _letters(look, answer)
    target = _target(look, dataset) if dataset is not None else None
    renames = preview_classes.show(look, answer, dataset if target else None,
                                   lambda first: start(look, answer["layout"], first))
    left_out.show([*answer["skipped"], *portions.left_out(look.path), *answer["lines"]],
                  "is left out", "are left out")
    _labels_file(look, answer)
    _groups(look, answer)
    window = _window(look, answer)
    title = look.name if target else st.text_input(
        "Name of the new data set", answer["name"][:80], max_chars=80,
        key=f"w-title-{look.id}", help="What the data set is called in the app.")
    with st.container(horizontal=True):
        if st.button("Bring them in", type="primary", key="go-bring-in",
                     icon=":material/download_done:",
                     disabled=not (preview_classes.taken(answer, renames)
                                   or (target and answer["unlabelled"])),
                     help="Checks every picture and keeps a copy in the app."):
            _bring_in(look, answer["layout"], target, renames, title, window)
        _dismiss(look)


def resume() -> None:
    """After a reload of the page: go on watching the import that is under way."""
    look, key = looks.current(), f"{state.TASK}-import"
    ended = f"{state.NOTE}-import" in st.session_state
    if look is not None and look.task and key not in st.session_state and not ended:
        st.session_state[key] = look.task


def under_way(look: Look) -> None:
    """What a person sees while the look is brought in: below the progress little else,
    so that it is in sight wherever the page was scrolled to, as is the report then."""
    st.caption(f"“{plain(look.name)}” is being brought in: each picture is checked, and a copy is "
               "kept in the app. You can visit other pages meanwhile.")


def brought_in() -> None:
    """The import of the look has ended well: it goes, with its uploads."""
    look = looks.current()
    if look is not None:
        looks.end(look)


def stopped(look: Look) -> Look:
    """The import of the look has ended in the middle: what came stays in its data set,
    and bringing it in again goes on there. Returns the look as it is now."""
    if look.task:
        made = [item for item in store.list_datasets(state.workspace())
                if not item.damaged and item.created >= look.begun and item.all_images]
        into = look.into or (made[0].id if made else "")
        look = looks.change(look, into=into, task="")
        if into:
            state.choose(dataset=into)
    if look.into:
        st.info("“Bring them in” goes on where it was: pictures that are there already are "
                "passed over.")
    return look


def _bring_in(look: Look, layout: str, target: str | None, renames: dict[str, str], title: str,
              window: list[float] | None) -> None:
    st.session_state.pop("imported", None)
    begun = files.now()
    parts.start_task("import", "data", f"{TASKS}:bring_in", home=str(settings.home().path),
                     workspace=state.workspace().name, dataset=target, source=look.source,
                     csv=look.csv, layout=layout, group_by=look.group_by, rename=renames,
                     title=title, window=window, remove=False)
    looks.change(look, into=target or "", task=st.session_state[f"{state.TASK}-import"],
                 begun=begun)
    st.rerun()


def _dismiss(look: Look) -> None:
    if st.button("Not these", key="not-these", icon=":material/close:",
                 help="Goes back to the choice. What lies on your disk stays as it is."):
        looks.end(look)
        st.rerun()


def _after_failure(look: Look, answer: dict[str, Any] | None) -> None:
    """Ways out where it could not be read."""
    with st.container(horizontal=True):
        if st.button("Try again", key="look-again", help="Reads it once more."):
            start(look, answer["layout"] if answer else "")
        if look.csv and st.button("Without the file of labels", key="no-labels",
                                  help="Reads the pictures alone."):
            start(looks.change(look, csv=None))
        if answer is None:
            _dismiss(look)


def _title(answer: dict[str, Any], layout: str) -> str:
    return answer["titles"][layout]


def _other_readings(look: Look, answer: dict[str, Any]) -> None:
    if not answer["other_layouts"]:
        return
    now = answer["layout"]
    known = list(answer["titles"])
    ordered = sorted([now, *answer["other_layouts"]], key=known.index)
    chosen = st.radio("Read it as", ordered, index=ordered.index(now),
                      format_func=lambda name: plain(_title(answer, name)),
                      key=f"w-layout-{look.id}-{now}",
                      help="If the classes below are not what you meant, another reading may be.")
    if chosen != now:
        start(look, chosen)


def _letters(look: Look, answer: dict[str, Any]) -> None:
    """The code page of an archive's names, where it had to be guessed."""
    known = answer["encodings"]
    if not known:
        return
    now = answer["encoding"] or known[0]
    options = list(dict.fromkeys([now, *known, *codepages.LABELS]))
    chosen = st.selectbox(
        "Letters of the names", options, format_func=lambda name: codepages.LABELS.get(name, name),
        key=f"w-encoding-{look.id}-{now}",
        help="The archive does not say how its names are written. If they look wrong, choose "
             "another way.")
    if chosen != now:
        start(looks.change(look, source={**look.source, "encoding": chosen}))


def _target(look: Look, dataset: records.Dataset) -> str | None:
    """The data set into which they go, or None for a new one."""
    words = {
        "this": f"into “{plain(dataset.name)}”, the data set that is chosen",
        "new": "into a new data set"
    }
    on = look.into == dataset.id or len(dataset.classes) < 2
    chosen = st.radio("Put them", list(words), index=0 if on else 1, horizontal=True,
                      format_func=words.__getitem__, key=f"w-target-{look.id}-{look.into}",
                      help="Into the data set that was chosen, or into a new one.")
    return dataset.id if chosen == "this" else None


def _labels_file(look: Look, answer: dict[str, Any]) -> None:
    """A file of labels that lies apart from the pictures."""
    with st.expander("The labels are in a file of their own (CSV, TSV, JSON)",
                     icon=":material/table:", key="labels-file",
                     expanded=not look.csv and len(answer["classes"]) < 2):
        if look.csv:
            st.text(f"Labels are taken from {look.csv['name']}.")
            if st.button("Without the file of labels", key="no-labels",
                         help="Reads the pictures alone."):
                start(looks.change(look, csv=None))
            return
        st.caption("One row a picture, with the columns `file` and `label`, or one column for each "
                   "class. Comma, semicolon or tab.")
        embedding.note()
        given = st.file_uploader("File of labels", key=state.uploader_key("labels"),
                                 max_upload_size=LABEL_MEGABYTES,
                                 type=[ending[1:] for ending in looks.TABLES],
                                 help="Rows without a picture and pictures without a row are "
                                      "named afterwards.")
        if given is not None:
            path = look.path / "labels"
            files.write_bytes(path, given.getvalue())
            state.clear_uploader("labels")
            start(looks.change(look, csv={"path": str(path), "name": given.name}, group_by=""))


def _groups(look: Look, answer: dict[str, Any]) -> None:
    """What belongs together: as it was read, or as the person says."""
    words = {"": "As it was read", **tasks.GROUPINGS,
             **{tasks.COLUMN + name: f"The same {name} in the file of labels"
                for name in answer["group_columns"]}}
    # a column is gone with its file of labels
    now = look.group_by if look.group_by in words else ""
    with st.expander("Pictures that belong together", icon=":material/link:", key="groups"):
        st.caption("Pictures of one patient, place, video or day look alike. They stay on one side "
                   "of every split: a test with the sister of a picture that was learned from says "
                   "nothing.")
        chosen = st.radio("What belongs together", list(words), key=f"w-groups-{look.id}",
                          index=list(words).index(now), format_func=words.__getitem__,
                          help="A group is never divided between training and test.")
        if answer["groups"]:
            st.text(f"{answer['groups']:,} groups now.")
    if chosen != now:
        start(looks.change(look, group_by=chosen), answer["layout"])


def _window(look: Look, answer: dict[str, Any]) -> list[float] | None:
    """The values that become black and white, of pictures with more than eight bits."""
    found = answer["window"]
    if not found:
        return None
    st.info(plain(found["reason"]), icon=":material/contrast:")
    with st.expander("Black and white", icon=":material/contrast:", key="window"):
        one, two = st.columns(2)
        low = one.number_input("Value that becomes black", value=float(found["low"]),
                               key=f"w-low-{look.id}", help="Darker values become black too.")
        high = two.number_input("Value that becomes white", value=float(found["high"]),
                                key=f"w-high-{look.id}", help="Brighter values become white too.")
        st.caption("The same for all pictures, because brightness may tell the classes apart. It "
                   "cannot be changed afterwards.")
    if high <= low:
        st.warning("White must be above black: the values that were found are used.")
        return [float(found["low"]), float(found["high"])]
    return [low, high]
