"""The ways in which pictures come: ZIP archive, image files (also pasted), a folder, a
CSV of labels, drawn pictures."""

from pathlib import Path
from typing import Any

import streamlit as st

from tltools import settings
from tltools.datasets import labels, store
from tltools.datasets.drawn import synthesize
from tltools.datasets.names import clean_name
from tltools.errors import Problem, TltoolsError
from tltools.images import KNOWN_EXTENSIONS
from tltools.settings import LIMITS
from tltools.ui.common import parts, state
from tltools.ui.common.text import plain

SOURCES = {
    "zip": "ZIP archive", "files": "Image files", "folder": "Folder", "csv": "With a CSV of labels",
    "draw": "Draw some"
}
_PICTURES = [extension[1:] for extension in KNOWN_EXTENSIONS]


def imported(result: dict[str, Any]) -> None:
    """An import has ended: show the data set that it filled."""
    state.choose(dataset=result["dataset"])
    st.session_state["imported"] = {"used": result["used"], "found": result["found"],
                                    "labels": result.get("labels")}


def show(dataset: store.Dataset | None, busy: bool) -> None:
    """The choice of source and its inputs; new pictures go into `dataset` or into a new
    one."""
    st.session_state.setdefault("w-source", "zip")
    kind = st.segmented_control("Where from", list(SOURCES), format_func=SOURCES.__getitem__,
                                key="w-source", required=True, help="How the pictures come in.")
    target = _target(dataset, kind) \
        if dataset is not None and kind in ("zip", "files", "folder", "csv") else None
    common = {
        "home": str(settings.home().path), "workspace": state.workspace().name, "dataset": target
    }
    {"zip": _zip, "files": _files, "folder": _folder, "csv": _csv, "draw": _draw}[kind or "zip"](
        common, dataset, busy)


def _target(dataset: store.Dataset, kind: str) -> str | None:
    """Where further pictures go; single files and data sets that lack a class are most
    likely meant to go on."""
    words = {
        "this": f"into “{plain(dataset.name)}”, the data set shown below",
        "new": "into a new data set"
    }
    on = kind == "files" or len(dataset.classes) < 2
    chosen = st.radio("Put them", list(words), index=0 if on else 1, horizontal=True,
                      format_func=words.__getitem__, key=f"w-target-{kind}-{dataset.id}",
                      help="Into the data set that is shown, or into a new one.")
    return dataset.id if chosen == "this" else None


def _zip(common: dict[str, Any], dataset: store.Dataset | None, busy: bool) -> None:
    uploaded = st.file_uploader(
        "A ZIP archive whose folders are the classes", type=["zip"], key=state.uploader_key("zip"),
        help="For example cats/ and dogs/. A train/ and a test/ folder above them are understood; "
             "so is a CSV file of labels beside pictures without class folders.")
    if st.button("Bring in the archive", type="primary", disabled=busy or uploaded is None,
                 key="go-zip",
                 help="Checks every picture and keeps a copy in the app.") and uploaded:
        kept = state.keep_uploads([uploaded])[0]
        state.clear_uploader("zip")
        _start("tltools.datasets.sources.archive:import_archive", path=kept["path"],
               name=kept["name"], remove=True, **common)


def _files(common: dict[str, Any], dataset: store.Dataset | None, busy: bool) -> None:
    names = [item.name for item in dataset.classes] if dataset and common["dataset"] else []
    name = st.selectbox("Class", names, index=None, accept_new_options=True, key="w-class",
                        placeholder="Type a new class, or choose one",
                        help="All pictures that you add now belong to this class.")
    title = "" if common["dataset"] else st.text_input(
        "Name of the new data set", "My pictures", key="w-title", max_chars=80,
        help="What the data set is called in the app.")
    uploaded = st.file_uploader("Pictures of this class", accept_multiple_files=True,
                                key=state.uploader_key("files"),
                                max_upload_size=LIMITS.image_bytes // 1_000_000, type=_PICTURES,
                                help="Drag them here, or choose several files at once.")
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


def _folder(common: dict[str, Any], dataset: store.Dataset | None, busy: bool) -> None:
    dropped = st.file_uploader(
        "A folder whose sub-folders are the classes", accept_multiple_files="directory",
        key=state.uploader_key("folder"), max_upload_size=LIMITS.image_bytes // 1_000_000,
        type=[*_PICTURES, "csv", "tsv"], help="Drop it here, or choose it. It stays as it is.")
    if st.button("Bring in the folder", type="primary", disabled=busy or not dropped,
                 key="go-dropped",
                 help="Checks every picture and keeps a copy in the app.") and dropped:
        kept = state.keep_uploads(dropped)
        state.clear_uploader("folder")
        _start("tltools.datasets.sources.uploads:import_tree", uploads=kept, **common)
    if state.in_class():
        return  # on that computer the others' pictures lie in folders too
    with st.expander("It lies on the computer that runs the app", icon=":material/dns:"):
        folder = st.text_input("A folder on the computer that runs the app", key="w-folder",
                               help="Its sub-folders are the classes. Nothing in it is changed.")
        there = bool(folder.strip()) and _is_folder(folder.strip())
        if folder.strip() and not there:
            parts.problem(
                Problem("Not found", "There is no such folder on the computer that runs the app.",
                        "Check how it is written."), "warning")
        if st.button("Bring in that folder", disabled=busy or not there, key="go-folder",
                     help="Checks every picture and keeps a copy in the app."):
            _start("tltools.datasets.sources.folder:import_folder", folder=folder.strip(), **common)


def _is_folder(name: str) -> bool:
    try:
        return Path(name).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, "~nobody"
        return False


def _csv(common: dict[str, Any], dataset: store.Dataset | None, busy: bool) -> None:
    st.caption("One row a picture, with the columns `file` and `label`. Comma, semicolon or tab.")
    one, two = st.columns(2)
    with one:
        pictures = st.file_uploader("Pictures, or one ZIP archive of them",
                                    accept_multiple_files=True, type=[*_PICTURES, "zip"],
                                    key=state.uploader_key("csv-pictures"),
                                    help="Drag them here. Their folders do not matter.")
    with two:
        table = st.file_uploader(
            "CSV file of labels", type=["csv", "tsv", "txt"], key=state.uploader_key("csv"),
            help="Rows without a picture and pictures without a row are named afterwards.")
    if st.button("Bring them in", type="primary",
                 disabled=busy or not pictures or table is None, key="go-csv",
                 help="Checks every picture and keeps a copy in the app.") and pictures and table:
        archives = [item for item in pictures if item.name.lower().endswith(".zip")]
        if archives and len(pictures) > 1:
            parts.problem(
                Problem("One archive, or pictures", "Both were given.",
                        "Pack all pictures into one archive."))
            return
        try:
            labels.parse(table.getvalue(), table.name)
        # said before the pictures are taken: a wrong word must not cost their upload
        except TltoolsError as error:
            parts.problem(error.problem)
            return
        kept, csv = state.keep_uploads(pictures), state.keep_uploads([table])[0]
        state.clear_uploader("csv-pictures")
        state.clear_uploader("csv")
        if archives:
            _start("tltools.datasets.sources.archive:import_archive", path=kept[0]["path"],
                   name=kept[0]["name"], csv=csv, remove=True, **common)
        _start("tltools.datasets.sources.uploads:import_tree", uploads=kept, csv=csv, **common)


def _draw(common: dict[str, Any], dataset: store.Dataset | None, busy: bool) -> None:
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
