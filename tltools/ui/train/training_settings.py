"""The Train page's "More settings": how it steps, what it sees, when it stops, and the
settings as a file.

Owns these controls and what can be looked at before the start: the planned learning
rate, the learning-rate finder, the class weights in numbers, and augmentation on the
person's own pictures. Leaves the few main settings to `train_view`.
"""

from collections import Counter
from typing import Any

import streamlit as st

from tltools import engine, runs, settings, wording
from tltools.charts import rates
from tltools.config import CHOICES, RunConfig
from tltools.datasets import records, splits
from tltools.errors import SettingsError, TltoolsError
from tltools.recipes import class_weights, schedules, settings_file
from tltools.recipes.augmentation import Augmentation
from tltools.ui.common import parts, state
from tltools.ui.common.fields import number
from tltools.ui.common.text import plain

FOUND = "rate-finder"  # the last finding's few numbers, with the settings it was made for
FILE_NOTE = "settings-file"
SHOWN_PICTURES, SHOWN_VIEWS = 3, 5
_NOT_FOR_FINDER = ("dataset", "name", "learning_rate", "fine_tune_learning_rate", "epochs",
                   "fine_tune_epochs", "schedule", "warm_up", "final_rate", "patience", "watch",
                   "time_limit")


def more(config: RunConfig, dataset: records.Dataset) -> RunConfig:
    """All further settings in one place, closed at first."""
    with st.expander("More settings", icon=":material/tune:"):
        stepping, seeing, stopping, file = st.tabs(
            ["How it steps", "What it sees", "When it stops", "Save and load"])
        with stepping:
            config = _stepping(config, dataset)
        with seeing:
            config = _seeing(config, dataset)
        with stopping:
            config = _stopping(config)
        with file:
            _file(config)
    return config


def _choice(name: str, config: RunConfig) -> str:
    """A select box for one of the settings that are words."""
    choice, options = CHOICES[name], list(CHOICES[name].options)
    value = getattr(config, name)
    return st.selectbox(choice.label, options,
                        index=options.index(value) if value in options else 0,
                        format_func=choice.options.__getitem__, help=choice.help,
                        key=state.key(name))


def _stepping(config: RunConfig, dataset: records.Dataset) -> RunConfig:
    changes: dict[str, Any] = {}
    left, right = st.columns(2)
    with left:
        changes["optimizer"] = _choice("optimizer", config)
        if changes["optimizer"] == "sgd":
            changes["momentum"] = number("momentum", config, 0.05)
        if changes["optimizer"] == "adamw":
            changes["weight_decay"] = number("weight_decay", config, 0.001)
        changes["seed"] = number("seed", config, 1)
    with right:
        changes["schedule"] = _choice("schedule", config)
        changes["warm_up"] = number("warm_up", config, 1)
        if changes["schedule"] != "constant":
            changes["final_rate"] = number("final_rate", config, 0.01)
    config = state.taken(config, **changes)
    images = dataset.split_counts()["train"]
    if st.toggle("Show the learning rate over the epochs", key="show-rates",
                 help="The rate of every step as it is planned. Early stopping may end a phase "
                      "sooner.") and images and not config.check():
        plans = schedules.plan(config, images)
        parts.figure(rates.learning_rates(plans, config.single_phase, parts.dark()),
                     "planned-rates")
        st.caption(
            f"{plans[0].batches} steps an epoch: {images} training pictures in batches of "
            f"{config.batch_size}.")
    _finder(config, dataset)
    return config


def _finder(config: RunConfig, dataset: records.Dataset) -> None:
    """Try growing rates on the person's own pictures, and take over what was found."""
    asked = {
        "dataset": dataset.id,
        **{name: value for name, value in config.as_dict().items() if name not in _NOT_FOR_FINDER}
    }

    def found(result: dict[str, Any]) -> None:
        st.session_state[FOUND] = {**st.session_state.get(FOUND, {}), **result}

    busy = parts.task_progress("finder", "Learning-rate finder", found)
    parts.task_note("finder")
    if busy and any(not run.state.ended for run in runs.list_runs(state.workspace())):
        st.caption("A run is training now; the finder is next.")
    problems = dataset.problems() or config.check() or not state.weights_ready()
    if st.button(
            "Find a good learning rate", key="find-rate", icon=":material/query_stats:",
            disabled=bool(busy or problems),
            help="Trains for about 100 steps with a rate that grows from step to step, and looks "
                 "where the loss falls and where it jumps. What it learns is thrown away."):
        st.session_state[FOUND] = {"asked": asked}
        parts.start_task("finder", "train", "tltools.training.lr_finder:find",
                         home=str(settings.home().path), workspace=state.workspace().name,
                         config=config.as_dict(), snapshot=dataset.snapshot())
        st.rerun()
    finding = st.session_state.get(FOUND)
    if not finding or busy or "rates" not in finding:
        return
    if finding["asked"] != asked:
        st.caption("The last finding was for other settings or pictures.")
        return
    parts.figure(
        rates.rate_finder(finding["rates"], finding["losses"], finding["smoothed"],
                          finding["suggestion"], parts.dark()), "rate-finder")
    st.markdown(finding["why"])
    rate = finding["suggestion"]
    if rate is not None and st.button(
            f"Use {rate:g}", key="use-rate", disabled=rate == config.learning_rate,
            icon=":material/check:"):
        state.choose(learning_rate=rate)
        state.forget_widgets()
        st.rerun()


def _seeing(config: RunConfig, dataset: records.Dataset) -> RunConfig:
    changes: dict[str, Any] = {}
    st.markdown("**Vary the training pictures** (augmentation)")
    changes["flip"] = st.toggle(
        wording.label("flip"), config.flip, key=state.key("flip"),
        help="Half of the pictures are mirrored. Not for letters or road signs.")
    one, two, three = st.columns(3)
    for column, names in ((one, ("shift", "rotate", "zoom")),
                          (two, ("brightness", "contrast", "colour"))):
        with column:
            for name in names:
                changes[name] = number(name, config, 5.0 if name == "rotate" else 0.05)
    with three:
        changes["views"] = number("views", config, 1)
        st.caption("Off as long as nothing is on: each variation at 0, and no mirroring.")
    config = state.taken(config, **changes)
    if st.toggle(
            "Show it on my pictures", key="show-variations",
            help="Some training pictures, first as they are, then as training would vary them."):
        _variations(config, dataset)
    st.markdown("**How much each picture counts**")
    left, right = st.columns(2)
    with left:
        changes = {"class_weights": _choice("class_weights", config)}
    with right:
        changes["label_smoothing"] = number("label_smoothing", config, 0.05)
    if changes["class_weights"] == "balanced":
        _weights(dataset)
    return state.taken(config, **changes)


def _weights(dataset: records.Dataset) -> None:
    """The class weights in numbers, for the training pictures there are."""
    learned = Counter(image.class_id for image in dataset.in_part(splits.TRAIN))
    counts = [learned[item.id] for item in dataset.enabled]
    weights = class_weights.balanced(counts)
    st.dataframe([{"class": item.name, "training pictures": count, "each counts": round(weight, 3)}
                  for item, count, weight in zip(dataset.enabled, counts, weights, strict=True)],
                 hide_index=True)


def _variations(config: RunConfig, dataset: records.Dataset) -> None:
    if not config.augments:
        st.caption("Nothing is varied yet: mirror, or set one of the numbers above 0.")
        return
    training = dataset.in_part(splits.TRAIN)
    some = training[:: max(1, -(-len(training) // SHOWN_PICTURES))]
    views = min(SHOWN_VIEWS, max(2, config.views))
    try:
        shown = _varied(tuple(str(dataset.image_path(image)) for image in some),
                        config.input_size, config.resize, config.seed, Augmentation.of(config),
                        views)
    except TltoolsError as error:
        parts.problem(error.problem, "warning")
        return
    for pictures in shown:
        with st.container(horizontal=True):
            for index, picture in enumerate(pictures):
                st.image(picture, width=110,
                         caption="as it is" if index == 0 else f"varied {index}")
    st.caption("These are the very pictures of the first epochs." if not config.single_phase else
               "In training, each epoch varies them anew.")


@st.cache_data(max_entries=30, show_spinner="Varying some of your pictures …")
def _varied(paths: tuple[str, ...], size: int, rule: str, seed: int, augmentation: Augmentation,
            views: int) -> list[list[bytes]]:
    return engine.connect().call("data", "tltools.recipes.augmentation:previews", timeout=30,
                                 paths=list(paths), size=size, rule=rule, seed=seed,
                                 augmentation=vars(augmentation), views=views)


def _stopping(config: RunConfig) -> RunConfig:
    left, right = st.columns(2)
    with left:
        changes = {"watch": _choice("watch", config), "patience": number("patience", config, 1)}
    with right:
        changes["time_limit"] = number("time_limit", config, 10)
    st.caption("Whatever ends training: the weights of the best epoch are kept.")
    return state.taken(config, **changes)


def _file(config: RunConfig) -> None:
    """Download the settings, or take them from a file."""
    st.download_button(
        "Save these settings", settings_file.to_bytes(config), settings_file.NAME,
        "application/json", icon=":material/download:", key="save-settings", on_click="ignore",
        help="Model and training settings as a small file, without your "
             "pictures, names or folders.")
    uploaded = st.file_uploader("Load settings", type=["json"], key=state.uploader_key("settings"),
                                max_upload_size=1,
                                help="A file that “Save these settings” or --save-settings made.")
    if uploaded is not None:
        data = uploaded.getvalue()
        state.clear_uploader("settings")
        try:
            after, problems = settings_file.from_bytes(data, config, settings.home(),
                                                       state.workspace())
        except SettingsError as error:
            st.session_state[FILE_NOTE] = error.problems
        else:
            state.choose(
                **{name: value for name, value in after.as_dict().items() if name != "format"})
            state.forget_widgets()
            st.session_state[FILE_NOTE] = ["The settings were taken from the file.", *problems]
        st.rerun()
    for note in st.session_state.get(FILE_NOTE, []):
        if isinstance(note, str):
            st.success(plain(note))
        else:
            parts.problem(note, "warning")
