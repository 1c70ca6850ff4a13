"""What the pages remember: choices on disk (`draft.json`), ids in the session, nothing
else.

Owns the session's keys. A widget's value is lost when its page is left; so every choice
is written to the draft at once, and read from there. Refresh, another tab and a restart
show the same choices. A control goes on showing what it did when another tab changes
the choice; so only what a person has changed in this tab is written (`taken`), and the
controls begin anew with what is chosen now (`show_changes`).
"""

import contextlib
import dataclasses
import threading
from typing import Any

import streamlit as st

from tltools import files, settings, weights
from tltools.backbones import REGISTRY
from tltools.config import SETTINGS, RunConfig
from tltools.datasets import records, store
from tltools.errors import (
    NotFound,
    Problem,
    RecordError,
    SettingsError,
    TltoolsError,
    disk_full,
    is_full,
)
from tltools.recipes import demonstration
from tltools.serving import classroom
from tltools.settings import Workspace

TASK = "task"  # id of the task that this session waits for, by place
UPLOADER = "uploader"  # counter in the uploaders' keys: a new key gives the upload's memory back
# the last classification's few numbers and small pictures, bounded by the Classify page
ANSWERS = "answers"
PERSON = "person"  # in a class: the `Person` whose workspace this session shows
GENERATION = "generation"  # how often all choices were set at once, counted for the controls' keys
SEEN = "seen"  # what each control of the choices showed last in this tab, by setting
UNWRITTEN = "unwritten"  # the choices that could not be written, and why: they hold in this tab
UNSAID = "unsaid"  # whether the page does not say so yet
STALE = "stale"  # whether one of them shows what another tab has changed since
NOTE = "note"  # what the last finished task had to say, by place

_writing = threading.Lock()
"""Two tabs are two threads of one process, and each must build on what the other wrote.
"""


def workspace() -> Workspace:
    """The workspace of this session; in a class raises `NotFound` while nobody has
    opened one."""
    if not in_class():
        return settings.home().workspace()
    now = person()
    if now is None:
        raise NotFound("No workspace is open.", "Open yours on the first page.")
    return now.workspace


def person() -> classroom.Person | None:
    """Whose workspace this session shows, in a class. What a crafted browser puts under
    the name is no `Person`."""
    found = st.session_state.get(PERSON)
    return found if isinstance(found, classroom.Person) else None


def in_class() -> bool:
    """Whether many people share this app: then nothing may show or change what is not
    theirs."""
    return classroom.link() is not None


def config() -> RunConfig:
    """The choices made so far, with the defaults of what is on this machine."""
    try:
        found = _shown(RunConfig.from_dict(files.read_json(workspace().draft)))
    except (OSError, RecordError, SettingsError, TypeError):
        found = first_config()
    held = st.session_state.get(UNWRITTEN)
    return dataclasses.replace(found, **held[0]) if held else found


def _shown(found: RunConfig) -> RunConfig:
    """These choices, with the default for each value that no control can show, as
    another version of the app may have written it. Values that only do not go together
    stay: the page says so."""
    known = isinstance(found.backbone, str) and found.backbone in REGISTRY
    if known and not found.check():
        return found
    default, most = first_config(), int(SETTINGS["epochs"].high)  # room for a warm-up of any length
    wrong = [name for name, value in vars(found).items()
             if RunConfig(**{"epochs": most, name: value}).check()]
    if not known:
        wrong += ["backbone", "weights", "input_size"]
    return dataclasses.replace(found, **{name: getattr(default, name) for name in wrong})


def chosen() -> bool:
    """Whether the person has been at the Model page: its choices are on disk."""
    return workspace().draft.exists()


def weights_ready() -> bool:
    """Whether the weights that the choices ask for are on this machine."""
    try:
        weights.resolve(settings.home(), config(), workspace())
    except TltoolsError:
        return False
    return True


def first_config() -> RunConfig:
    """The defaults: the bundled backbone if it is there, else the best whose weights
    are on this machine."""
    ready = weights.status(settings.home())
    for name in ("TLNet", "MobileNetV2", "MobileNet", "MobileNet-0.75", "MobileNetV2-0.35",
                 *REGISTRY):
        if ready.get(name):
            row = REGISTRY[name]
            return RunConfig(backbone=name, weights="bundled" if row.bundled else "imagenet",
                             input_size=row.default_input)
    return RunConfig()


def choose(**changes: Any) -> RunConfig:
    """Change some of the choices; returns the new state. Written only if something
    changed; what cannot be written holds in this tab (`unwritten`). For what controls
    show there is `taken`."""
    with _writing:
        before = config()
        after = dataclasses.replace(before, **changes)
        held = st.session_state.get(UNWRITTEN)
        if after == before and not held and workspace().draft.exists():
            return after
        try:
            files.write_json(workspace().draft, after.as_dict())
            st.session_state.pop(UNWRITTEN, None)
        except OSError as error:
            st.session_state[UNWRITTEN] = ({**(held[0] if held else {}), **changes}, error)
            if not held:
                st.session_state[UNSAID] = True
    return after


def unwritten() -> Problem | None:
    """Why choices of this tab could not be written; None where all are. Tries again
    first."""
    if st.session_state.get(UNWRITTEN):
        choose()
    held = st.session_state.get(UNWRITTEN)
    if not held:
        return None
    why = disk_full() if is_full(held[1]) else Problem(
        "Choices cannot be kept", "The home folder cannot be written to.",
        "Whoever set up this computer can allow it.")
    return dataclasses.replace(
        why, reason=f"{why.reason} What you choose here holds in this tab only.")


def taken(given: RunConfig, **shown: Any) -> RunConfig:
    """Take what controls show that were given `given`; returns the new state. Only what
    a person has changed in this tab is chosen; what else differs was changed in another
    tab, and stays."""
    return choose(**{name: value for name, value in shown.items()
                     if changed(name, value, getattr(given, name))})


def changed(name: str, shown: Any, given: Any) -> bool:
    """Whether a person has changed the control of a setting in this tab. given: the
    choice that its control was given."""
    seen = st.session_state.setdefault(SEEN, {})
    before = seen.get(name, given)
    seen[name] = shown
    if shown == before != given:
        st.session_state[STALE] = True
        return False
    return shown != given


def show_changes() -> None:
    """Where a control shows what another tab has changed, or a choice could not be
    written: run the page again with what is chosen now. Called once all controls of the
    page are taken, so that none of this tab's changes is lost, and before anything acts
    on what the page shows."""
    if st.session_state.pop(UNSAID, False):
        st.rerun()  # `shell.guard` says it
    if st.session_state.get(STALE):
        forget_widgets()
        st.toast("Settings were changed in another tab; they are shown here now. A button that "
                 "you pressed has done nothing: look at them and press it again.",
                 icon=":material/sync:", duration="long")
        st.rerun()


def key(name: str) -> str:
    """The key of a control that shows one of the choices on disk; see `forget_widgets`.
    """
    generation = st.session_state.get(GENERATION, 0)
    return f"w-{name}.{generation}" if generation else f"w-{name}"


def forget_widgets() -> None:
    """Let every control of the choices start anew from what is on disk. New keys,
    because a browser goes on sending what a control of the old key showed, and would
    undo what was just set."""
    for name in (SEEN, STALE):
        st.session_state.pop(name, None)
    st.session_state[GENERATION] = st.session_state.get(GENERATION, 0) + 1


def dataset() -> records.Dataset | None:
    """The data set chosen, or the newest one; None if there is none."""
    chosen = config().dataset
    if chosen:
        with contextlib.suppress(TltoolsError):
            return store.read(workspace(), chosen)
    readable = [item for item in store.list_datasets(workspace()) if not item.damaged]
    own = [item for item in readable if item.source != demonstration.SOURCE]
    return next(iter([*own, *readable]), None)


def own_dataset() -> records.Dataset | None:
    """As `dataset`, but not one that was drawn for the demonstration."""
    found = dataset()
    return found if found is not None and found.source != demonstration.SOURCE else None


def uploader_key(place: str) -> str:
    """The key of an uploader; it changes with `clear_uploader`."""
    return f"{UPLOADER}-{place}-{st.session_state.get(f'{UPLOADER}-{place}-count', 0)}"


def clear_uploader(place: str) -> None:
    """Empty an uploader and give its memory back."""
    name = f"{UPLOADER}-{place}-count"
    st.session_state.pop(uploader_key(place), None)
    st.session_state[name] = st.session_state.get(name, 0) + 1


def keep_uploads(uploaded: list[Any], name: str = "") -> list[dict[str, str]]:
    """Put uploaded files on disk for a worker: [{"path", "name"}]; names never become
    paths. name: instead of the files'."""
    folder = workspace().uploads
    folder.mkdir(parents=True, exist_ok=True)
    kept = []
    for item in uploaded:
        # Keras chooses the format by it
        ending = ".h5" if item.name.lower().endswith(".h5") else ""
        path = folder / f"{files.new_id()}{ending}"
        files.write_bytes(path, item.getbuffer())
        kept.append({"path": str(path), "name": name or item.name})
    return kept
