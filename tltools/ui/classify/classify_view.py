"""The Classify page's parts: the run that answers, the pictures, the answers, and the
downloads."""

import csv
import io
from collections import Counter
from typing import Any

import streamlit as st

from tltools import charts, runs
from tltools.errors import Problem, TltoolsError
from tltools.images import KNOWN_EXTENSIONS
from tltools.settings import LIMITS
from tltools.ui.common import embedding, parts, run_view, state
from tltools.ui.common.state import ANSWERS
from tltools.ui.common.text import percent, plain

MOST_KEPT = 100
PER_PAGE = 12
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def choose_run() -> runs.Run | None:
    """Choose which finished run answers; its name, backbone, data, date and accuracy
    stay in sight."""
    usable = {run.id: run for run in runs.list_runs(state.workspace()) if run.has_model}
    if not usable:
        return None
    wanted = st.query_params.get("run")
    ids = list(usable)
    if wanted and wanted not in ids:
        st.warning(
            "The run in the address of this page has no model, or was deleted. "
            "Another one is shown.")
    shown = wanted if wanted in ids else ids[0]
    chosen = st.selectbox(
        "Which model answers", ids, index=ids.index(shown), key=f"w-run-{shown}",
        format_func=lambda item: parts.run_title(usable[item]),
        help="A finished run. Each knows only the classes that it was trained on.")
    # into the address, so that a link, a reload and the back button show the same one
    if chosen != shown:
        st.query_params["run"] = chosen
    run = usable[chosen]
    try:
        _known(run)
    except TltoolsError as error:
        parts.problem(error.problem)
    except run_view.UNREADABLE:
        run_view.unreadable("this run")
    return run


def _known(run: runs.Run) -> None:
    """What this run knows and how well."""
    results, config, data = run.results() or {}, run.config(), run.dataset()
    split = results.get("split", {})
    classes = results.get("classes", [])
    shown = ", ".join(classes[:12]) \
        + (f" and {len(classes) - 12} more" if len(classes) > 12 else "")
    st.text(f"Knows: {shown}")
    largest = "" if results.get("majority_baseline") is None \
        else f" (always the largest class: {percent(results['majority_baseline'])})"
    st.text(
        f"{config.backbone} · trained on {data.get('name', 'pictures')} · "
        f"{parts.when(run.created)} · test accuracy "
        f"{percent(results.get('test_accuracy'), split.get('test'))}{largest}")


def pictures(run: runs.Run) -> None:
    """Upload one or many pictures, or take one: they are classified as soon as they are
    here."""
    busy = parts.task_progress("classify", "Classifying", _answered)
    parts.task_note("classify")
    camera = st.toggle("Use the camera", key="w-camera",
                       help="Takes a picture with the camera of this device.")
    if camera:
        taken = st.camera_input("Take a picture", key=state.uploader_key("camera"), disabled=busy,
                                help="The picture goes to this app only.")
        chosen = [taken] if taken else []
    else:
        embedding.note()
        chosen = st.file_uploader("Pictures", accept_multiple_files=True,
                                  key=state.uploader_key("classify"), disabled=busy,
                                  max_upload_size=LIMITS.image_bytes // 1_000_000,
                                  help="The model is asked about them as soon as they are here. "
                                       f"{', '.join(KNOWN_EXTENSIONS)}")
    _without_label(run, busy)
    if chosen and not busy:
        kept = state.keep_uploads(chosen, "picture from the camera" if camera else "")
        state.clear_uploader("camera" if camera else "classify")
        st.session_state.pop(ANSWERS, None)
        parts.start_task("classify", "serve",
                         "tltools.inference.classifier:classify_with_thumbnails",
                         run_dir=str(run.path), pictures=kept)
        st.rerun()


def _without_label(run: runs.Run, busy: bool) -> None:
    """Offer the pictures of the chosen data set that came without a label."""
    dataset = state.dataset()
    waiting = dataset.to_classify if dataset is not None else ()
    if dataset is None or not waiting:
        return
    some = f"the {len(waiting):,}" if len(waiting) <= MOST_KEPT \
        else f"the first {MOST_KEPT} of {len(waiting):,}"
    if st.button(f"Classify {some} pictures without a label of “{plain(dataset.name)}”",
                 key="go-without-label", disabled=busy, icon=":material/image_search:",
                 help="They came with the others and are kept apart; nothing is learned from "
                      "them."):
        st.session_state.pop(ANSWERS, None)
        parts.start_task("classify", "serve",
                         "tltools.inference.classifier:classify_with_thumbnails",
                         run_dir=str(run.path), remove=False,
                         pictures=[{"path": str(dataset.image_path(image)), "name": image.name}
                                   for image in waiting[:MOST_KEPT]])
        st.rerun()


def _answered(result: dict[str, Any]) -> None:
    st.session_state[ANSWERS] = {**result, "images": result["images"][:MOST_KEPT]}


def answers(run: runs.Run) -> None:
    """What the model says: how many of each, bars for each picture, a table and a CSV
    of all."""
    result = st.session_state.get(ANSWERS)
    if not result or result["run"] != run.id:
        return
    items, rows = result["images"], table(result)
    said = Counter(row[1] for row in rows[1:] if row[1])
    st.text(f"{len(items)} pictures: "
            + ", ".join(f"{count} {name}" for name, count in said.most_common())
            + (f", {len(items) - said.total()} not used" if said.total() < len(items) else ""))
    st.caption(
        "The model can only choose among its own classes: it says one of them even for "
        "a picture of none.")
    with st.expander("All as a table", expanded=len(items) > 3, icon=":material/table:"):
        st.dataframe(
            {name: [row[column] for row in rows[1:]] for column, name in enumerate(rows[0])},
            hide_index=True, width="stretch")
        st.download_button("Download as CSV", as_csv(rows), "predictions.csv", "text/csv",
                           key="csv", help="A table of all answers, for a spreadsheet.")
    pages = -(-len(items) // PER_PAGE)
    page = st.pagination(pages, key=f"w-answers-{len(items)}") if pages > 1 else 1
    for number, item in list(enumerate(items))[(page - 1) * PER_PAGE : page * PER_PAGE]:
        _answer(number, item)


def _answer(number: int, item: dict[str, Any]) -> None:
    if "error" in item:
        parts.problem(Problem("Picture not used", item["error"]))
        return
    left, right = st.columns([1, 3])
    if item.get("thumbnail"):
        left.image(item["thumbnail"], width=150, alt=item["file"])
    best = max(item["probabilities"], key=item["probabilities"].get)
    right.text(f"{item['file']}: {best} ({percent(item['probabilities'][best])})")
    with right:
        parts.figure(
            charts.probabilities(list(item["probabilities"]), list(item["probabilities"].values()),
                                 parts.dark()), f"answer-{number}")


def table(result: dict[str, Any]) -> list[list[Any]]:
    """Header and one row a picture: file, answer, probability of each class; or what
    was wrong."""
    classes = result["classes"]
    rows: list[list[Any]] = [["file", "answer", *classes, "problem"]]
    for item in result["images"]:
        if "error" in item:
            rows.append([item["file"], "", *([None] * len(classes)), item["error"]])
        else:
            shares = item["probabilities"]
            rows.append([item["file"], max(shares, key=shares.get),
                         *(round(shares[name], 6) for name in classes), ""])
    return rows


def as_csv(rows: list[list[Any]]) -> str:
    """CSV for a spreadsheet; text that a spreadsheet would take for a formula gets an
    apostrophe (OWASP, CSV injection)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([
            f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
            for cell in row
        ])
    return buffer.getvalue()


def downloads(run: runs.Run) -> None:
    """The model and its class names, for use outside."""
    with st.expander("Take the model with you", icon=":material/download:"):
        st.markdown(
            "The model is opened by plain Keras, `keras.models.load_model(\"model.keras\")`. It "
            "takes RGB pictures with values 0 to 255, already of its input size, and gives one "
            "probability for each class.")
        one, two = st.columns(2)
        size = run.model_path.stat().st_size / 1e6
        one.download_button(f"Model (model.keras, {size:.0f} MB)", run.model_path.read_bytes,
                            "model.keras", key="download-model")
        labels = run.path / "labels.json"
        if labels.is_file():
            two.download_button("Class names (labels.json)", labels.read_bytes(), "labels.json",
                                key="download-labels",
                                help="The class names in the order of the model's outputs.")
