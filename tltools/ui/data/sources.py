"""The ways in which pictures come: from a disk of this computer, dropped into the page,
files of one class (also pasted), drawn pictures.

What is a whole collection is looked at first (`preview`); files of one class and drawn
pictures come in at once.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from tltools import files, settings
from tltools.datasets import archives, records
from tltools.datasets.drawn import synthesize
from tltools.datasets.names import clean_name
from tltools.errors import Problem, TltoolsError
from tltools.images import MEDIA_EXTENSIONS
from tltools.settings import LIMITS
from tltools.ui.common import embedding, parts, portions, state
from tltools.ui.common.text import plain
from tltools.ui.data import looks, preview

SOURCES = {
    "here": "On this computer", "drop": "Folder, archive or many files",
    "files": "Pictures of one class", "draw": "Draw some"
}
_SOURCE = "source"  # the choice, for a later visit of the page
_PICTURES = [extension[1:] for extension in MEDIA_EXTENSIONS]


def imported(result: dict[str, Any]) -> None:
    """An import has ended: show the data set that it filled."""
    state.choose(dataset=result["dataset"])
    preview.brought_in()
    st.session_state["imported"] = {"dataset": result["dataset"], "used": result["used"],
                                    "found": result["found"], "there": result.get("there", 0),
                                    "frames": result.get("frames", 0),
                                    "videos": result.get("videos", 0),
                                    "unlabelled": result.get("unlabelled", 0),
                                    "labels": result.get("labels")}


def show(dataset: records.Dataset | None, busy: bool) -> None:
    """The choice of source and its inputs; new pictures go into `dataset` or into a new
    one."""
    # on a class's computer the others' pictures lie in folders too
    kinds = [kind for kind in SOURCES if kind != "here" or not state.in_class()]
    # what a control shows is forgotten when its page is left, and files may be arriving
    shown = st.session_state.get("w-source", st.session_state.get(_SOURCE))
    st.session_state["w-source"] = shown if shown in kinds else kinds[0]
    kind = st.segmented_control("Where from", kinds, format_func=SOURCES.__getitem__,
                                key="w-source", required=True, help="How the pictures come in.")
    st.session_state[_SOURCE] = kind
    common = {"home": str(settings.home().path), "workspace": state.workspace().name}
    if kind == "files":
        target = _target(dataset) if dataset is not None else None
        _files({**common, "dataset": target}, dataset, busy)
    elif kind == "draw":
        _draw({**common, "dataset": None}, busy)
    elif kind == "drop":
        _drop()
    else:
        _here()


def _target(dataset: records.Dataset) -> str | None:
    """Where further pictures go; single files are most likely meant to go on."""
    words = {
        "this": f"into “{plain(dataset.name)}”, the data set shown below",
        "new": "into a new data set"
    }
    chosen = st.radio("Put them", list(words), horizontal=True, format_func=words.__getitem__,
                      key=f"w-target-files-{dataset.id}",
                      help="Into the data set that is shown, or into a new one.")
    return dataset.id if chosen == "this" else None


def _here() -> None:
    """A folder or an archive on the computer that runs the app: nothing is uploaded."""
    said = st.text_input(
        "A folder, or a ZIP or TAR archive, on this computer", key="w-folder",
        placeholder="for example C:\\Users\\Ada\\Pictures\\pets or /home/ada/pets",
        help="Where it lies, as your file manager shows it: right-click it and choose “Copy as "
             "path” (Windows), or press Ctrl+L and copy (Linux), or Option+Command+C (Mac). "
             "Nothing in it is changed.").strip().strip("\"'")
    kind = _kind(said) if said else ""
    if said and not kind:
        parts.problem(
            Problem("Not found", "There is no such folder or archive on the computer that runs the "
                    "app.", "Check how it is written."), "warning")
    if st.button("Look at it", type="primary", disabled=not kind, key="go-look",
                 icon=":material/visibility:",
                 help="Shows how the app reads it, before anything is brought in."):
        path = Path(said).expanduser().absolute()
        preview.start(looks.begin({"kind": kind, "path": str(path), "name": path.name}, path.name))


def _kind(said: str) -> str:
    """What lies at a path: "folder", "archive", or "" for neither."""
    try:
        path = Path(said).expanduser()
        if path.is_dir():
            return "folder"
        return "archive" if path.is_file() and said.lower().endswith(archives.EXTENSIONS) else ""
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, "~nobody"
        return ""


def receiving() -> bool:
    """Whether files are arriving now: with each portion the page runs again, and should
    have little to draw."""
    now = portions.arrived(looks.PLACE)
    source = st.session_state.get("w-source", st.session_state.get(_SOURCE))
    return source == "drop" and now.acknowledged > 0


def _drop() -> None:
    """The drop zone; when all files are here they are looked at."""
    now = portions.arrived(looks.PLACE)
    if now.complete:
        portions.forget(looks.PLACE)
        try:
            preview.start(looks.begin_upload(now.id))
        except TltoolsError as error:
            files.remove_tree(portions.folder(now.id))
            parts.problem(error.problem)
    portions.dropzone(looks.PLACE, "Drop a folder, a ZIP or TAR archive, or pictures here.",
                      looks.limits())
    st.caption("Folders are the classes, for example `cats` and `dogs`; most other orders are "
               "understood too, also a CSV file of labels. You see how it is read before anything "
               f"is brought in. A video of up to {LIMITS.video_bytes / 1e6:.0f} MB and "
               f"{LIMITS.video_seconds / 60:.0f} minutes becomes up to {LIMITS.video_frames} "
               "pictures; larger ones are left out and named.")


def _files(common: dict[str, Any], dataset: records.Dataset | None, busy: bool) -> None:
    names = [item.name for item in dataset.classes] if dataset and common["dataset"] else []
    name = st.selectbox("Class", names, index=None, accept_new_options=True, key="w-class",
                        placeholder="Type a new class, or choose one",
                        help="All pictures that you add now belong to this class.")
    title = "" if common["dataset"] else st.text_input(
        "Name of the new data set", "My pictures", key="w-title", max_chars=80,
        help="What the data set is called in the app.")
    embedding.note()
    uploaded = st.file_uploader("Pictures of this class", accept_multiple_files=True,
                                key=state.uploader_key("files"),
                                max_upload_size=LIMITS.image_bytes // 1_000_000, type=_PICTURES,
                                help="Drag them here, or choose several files at once. A short "
                                     "video becomes pictures; bring a larger one in as a folder.")
    named = bool(clean_name(name or ""))
    if st.button("Add the pictures", type="primary", disabled=busy or not uploaded or not named,
                 key="go-files",
                 help="Checks every picture and keeps a copy in the app.") and uploaded:
        kept = state.keep_uploads(uploaded)
        state.clear_uploader("files")
        _start("tltools.datasets.sources.uploads:import_files", class_name=name, uploads=kept,
               title=title, **common)
    words = "Or paste: click here, press Ctrl+V, then Enter" if named \
        else "To paste pictures, name the class first"
    pasted = st.chat_input(words, accept_file="multiple", file_type=_PICTURES,
                           disabled=busy or not named, key="paste",
                           max_upload_size=LIMITS.image_bytes // 1_000_000)
    if pasted and pasted.files:
        _start("tltools.datasets.sources.uploads:import_files", class_name=name, title=title,
               uploads=state.keep_uploads(pasted.files), **common)


def _draw(common: dict[str, Any], busy: bool) -> None:
    family = st.selectbox("What", list(synthesize.FAMILIES), key="w-family",
                          format_func=synthesize.TITLES.__getitem__,
                          help="Each family teaches something else; the preview shows it.")
    st.caption(synthesize.FAMILIES[family])
    one, two, three, four = st.columns(4)
    most = synthesize.most_classes(family)
    classes = int(one.number_input("Classes", 2, most, min(3, most), key=f"w-classes-{most}",
                                   help=f"This family has at most {most}."))
    per_class = int(two.number_input("Pictures of each", 2, 2000, 60, key="w-per-class",
                                     help="Twenty to a hundred are a good beginning."))
    difficulty = three.slider("Difficulty", 0.0, 1.0, 0.3, 0.1, key="w-difficulty",
                              help="More turning, moving, clutter and noise.")
    seed = int(four.number_input("Seed", 0, 10**6, 42, key="w-seed",
                                 help="The same seed draws the same pictures."))
    st.image(_sample(family, min(classes, 6), seed, difficulty), width="content")
    if st.button("Draw them", type="primary", disabled=busy, key="go-draw",
                 help="Makes a data set of drawn pictures."):
        try:
            synthesize.check(family, classes, per_class, difficulty)
        except TltoolsError as error:
            parts.problem(error.problem)
            return
        _start("tltools.datasets.drawn.synthesize:synthesize", family=family, classes=classes,
               per_class=per_class, seed=seed, difficulty=difficulty, **common)


@st.cache_data(max_entries=50, show_spinner=False)
def _sample(family: str, classes: int, seed: int, difficulty: float) -> Any:
    """One row of pictures, two of each of the first classes: uint8 (height, width, 3).
    Drawn small: about 50 ms."""
    return synthesize.sheet(family, classes, seed, difficulty)


def _start(function: str, **kwargs: Any) -> None:
    st.session_state.pop("imported", None)
    parts.start_task("import", "data", function, **kwargs)
    st.rerun()
