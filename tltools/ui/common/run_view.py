"""One run as pages show it: progress or how it ended, its curves, its scores. Reads the
run folder only; so every tab, and a page that was reloaded, shows the same run."""

import os
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from tltools import charts, engine, wording
from tltools.config import CHOICES, RunConfig
from tltools.errors import Problem, TltoolsError
from tltools.runs import Run
from tltools.runs.events import STATE_SENTENCES, History, Phase, RunState, phase_label
from tltools.ui.common import parts, state
from tltools.ui.common.text import duration, percent

FOLLOWED = "followed"  # the curves of the last runs that this tab has shown, by folder
_MOST_FOLLOWED = 2
"""The demonstration shows two; more would only be memory that a closed tab keeps."""
_MARK_BYTES = 256
UNREADABLE = (TltoolsError, LookupError, TypeError, ValueError, AttributeError)
"""What reading a damaged record can raise, be it no JSON or JSON of another form."""


def result(run: Run) -> None:
    """What a run has reached, as other pages show it: state, scores and curves, without
    what to do next."""
    reached(run)
    body(run)


def reached(run: Run) -> None:
    """Its scores, if it has any, or that they cannot be read."""
    try:
        results = run.results()
        if results:
            scores(run, results)
    except UNREADABLE:
        unreadable("this run")


def unreadable(what: str) -> None:
    """A problem box for results that are damaged."""
    parts.problem(
        Problem(f"The results of {what} cannot be read", "A record of it is damaged.",
                "Everything else stays usable."))


def body(run: Run) -> None:
    """Progress or how it ended, and the curves."""
    try:
        _progress(run)
    except UNREADABLE:
        parts.problem(
            Problem("This run's record is damaged", "status.json holds strange values.",
                    "The rest of your work is untouched."))
    try:
        _curves(run)
    except UNREADABLE:
        parts.problem(
            Problem("The curves of this run cannot be read", "A record of it is damaged.",
                    "Everything else stays usable."))


def _curves(run: Run) -> None:
    history = curves(run)
    if history.epochs or history.batches:
        left, right = st.columns(2)
        watch = config_of(run).watch
        with left:
            parts.figure(charts.history(history, "accuracy", parts.dark(), watch), "accuracy")
        with right:
            parts.figure(charts.history(history, "loss", parts.dark(), watch), "loss")


def curves(run: Run) -> History:
    """As `run.curves()`; but this tab reads on from where it has read to, because an
    open page asks each second for as long as a run trains."""
    kept = st.session_state.setdefault(FOLLOWED, {})
    found = kept.pop(str(run.path), None)
    if not isinstance(found, _Followed) or found.mark != _mark(run, found.offset):
        found = _Followed()
    records, found.offset = run.events(found.offset)
    found.history.add(records)
    found.mark = _mark(run, found.offset)
    kept[str(run.path)] = found
    while len(kept) > _MOST_FOLLOWED:
        del kept[next(iter(kept))]
    before = run.before()
    return found.history.after(before) if before else found.history


@dataclass
class _Followed:
    """The events of a run as far as they have been read. mark: by which the file is
    known again; offset: in bytes."""

    history: History = field(default_factory=History)
    offset: int = 0
    mark: tuple[int, bytes] | None = None


def _mark(run: Run, offset: int) -> tuple[int, bytes] | None:
    """Which file the events are in, and what stands before `offset` there."""
    try:
        with open(run.path / "events.jsonl", "rb") as file:
            file.seek(max(0, offset - _MARK_BYTES))
            return os.fstat(file.fileno()).st_ino, file.read(min(offset, _MARK_BYTES))
    except OSError:
        return None


def config_of(run: Run) -> RunConfig:
    """Its settings, or the defaults where they are damaged; who shows them says so."""
    try:
        config = run.config()
        return RunConfig() if config.check() else config
    except UNREADABLE:
        return RunConfig()


def epochs_done(run: Run) -> int:
    """How many epochs a run has finished, with those of the run that it continues; 0
    where it has finished none itself."""
    done = run.status.epoch
    return done + len(run.before()) if isinstance(done, int) and done > 0 else 0


_UNFINISHED = {
    RunState.STOPPED: "stopped", RunState.FAILED: "ended with a problem",
    RunState.INTERRUPTED: "interrupted"
}


def how_far(run: Run) -> str:
    """Of a run that has ended before its end: "interrupted after epoch 3"; else "".
    """
    if run.state not in _UNFINISHED or run.damaged:
        return ""
    done = epochs_done(run)
    return f"{_UNFINISHED[run.state]} " \
        + (f"after epoch {done}" if done else "before the first epoch was finished")


def _progress(run: Run) -> None:
    status = run.status
    if run.state is RunState.QUEUED:
        _place(run, engine.connect().status())
    elif run.state is RunState.RUNNING:
        single = config_of(run).single_phase
        label = phase_label(status.phase, single) if status.phase else "Working"
        share = min(1.0, status.done / status.total) if status.total else 0.0
        left = f", about {duration(status.seconds_left)} left" if status.seconds_left else ""
        st.progress(share, text=f"{label}: {status.done:,} of {status.total:,} {status.unit}{left}")
        if not status.done and status.phase in (Phase.HEAD, Phase.FINE_TUNE):
            st.caption(
                "The first step prepares the network for this computer: some seconds, for a large "
                "one a minute or two.")
        if engine.connect().status().small:
            st.caption(
                "This computer has little memory, so one process trains and classifies: "
                "classifying takes longer while a run trains.")
    elif run.state is not RunState.COMPLETED:
        kept = " The best weights so far are kept." \
            if run.state is RunState.STOPPED and run.has_model else ""
        st.markdown(f"**{parts.STATE_MARKS[run.state]} {STATE_SENTENCES[run.state]}**{kept}")
    if run.damaged:
        parts.problem(
            Problem("This run's record is damaged", run.damaged,
                    "The rest of your work is untouched."))
    elif status.problem:
        parts.problem(Problem(**status.problem),
                      "warning" if run.state is RunState.STOPPED else "error")
    elif run.state is RunState.INTERRUPTED:
        parts.problem(Problem(
            "Training was interrupted",
            "The computing process is gone: killed, out of memory, or the machine was restarted.",
            "Go on from the last finished epoch."))


def _place(run: Run, engine_now: engine.EngineStatus) -> None:
    """Where a waiting run stands in the queue, and what one turn takes if enough have
    been seen to say so."""
    queue = engine_now.line
    if engine_now.starting:
        st.info("The computing engine is starting …")
        return
    if run.id not in queue:
        st.info("Waiting for its turn …")
        return
    ahead = {0: "", 1: " One run is training now."}.get(
        engine_now.under_way, f" {engine_now.under_way} runs are training now.")
    usual = f" The last runs took about {duration(engine_now.typical_seconds)} each." \
        if engine_now.typical_seconds else ""
    turns = " People take turns." if state.in_class() else ""
    st.info(f"Waiting: place {queue.index(run.id) + 1} of {len(queue)} in the queue."
            f"{ahead}{usual}{turns}")


def scores(run: Run, results: dict[str, Any]) -> None:
    """What it has reached, with how many pictures stand behind each figure. results:
    `results.json`."""
    split, seconds = results["split"], results["seconds"]
    one, two, three = st.columns(3)
    one.metric(
        "Test accuracy", percent(results["test_accuracy"]), border=True,
        help="On pictures that played no part in training or in choosing the best "
             "epoch: the honest score.")
    one.caption(
        f"{split['test']} test images" if split["test"] else "no test images were set aside")
    two.metric(
        "Validation accuracy", percent(results["val_accuracy"]), border=True,
        help="Of the epoch that is kept. It was used to choose that epoch, so it "
             "flatters a little.")
    kept = "lowest training loss" if not split["validation"] \
        else "highest validation accuracy" if results.get("watched") == "accuracy" \
        else "lowest validation loss"
    epoch = (results["best_epoch"] or 0) + len(run.before()) + 1
    two.caption(f"{split['validation']} validation images · kept: epoch {epoch}, {kept}")
    _without_learning(three, results)
    unnamed = wording.never_predicted(results, "set “Class weights” to balanced")
    if unnamed:
        parts.problem(unnamed, "warning")
    st.caption(
        f"{results['params']['trainable']:,} of {results['params']['total']:,} parameters learned.")
    config, epochs = config_of(run), len(results.get("history", {}).get("loss", []))
    planned = config.epochs + (config.fine_tune_epochs if config.fine_tunes else 0)
    if run.state is RunState.COMPLETED and config.patience and not config.time_limit \
            and 0 < epochs < planned:
        st.caption(
            f"Early stopping: {epochs} of {planned} epochs. It waits {config.patience} epochs of a "
            "phase for a better "
            f"{CHOICES['watch'].options[config.watch] if split['validation'] else 'training loss'}."
        )
    if split["test"] and split["test"] < 30:
        st.caption(
            f"With {split['test']} test images each one counts for "
            f"{wording.percent(1 / split['test'], 0)}: read the score roughly.")
    with st.expander(f"Time: {duration(seconds['total'])}", icon=":material/timer:"):
        single = config.single_phase
        spent = [phase for phase in Phase if seconds[phase] >= 0.05]
        st.dataframe({"phase": [phase_label(phase, single) for phase in spent],
                      "seconds": [round(seconds[phase], 1) for phase in spent]}, hide_index=True)


def _without_learning(place: Any, results: dict[str, Any]) -> None:
    """What a score must be above to be worth something. Results of before know only
    what chance would reach."""
    chance, largest = percent(1 / max(1, len(results["classes"]))), results.get("majority_baseline")
    words = "by chance, with equally many pictures of each class"
    if largest is None:
        place.metric("Guessing would reach", chance, border=True,
                     help="A model is worth something only above this.")
        place.caption(words)
        return
    part = "test" if results["split"]["test"] else "validation"
    place.metric("Always the largest class", percent(largest), border=True,
                 help=f"So many would be right if the answer were always the class with the most "
                      f"{part} images. A model is worth something only above this.")
    place.caption(f"{words}: {chance}")
