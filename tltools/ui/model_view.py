"""The Model page's parts: backbone and its weights, the freeze boundary with its picture, head and input size."""


from typing import Any

import streamlit as st

from tltools import backbones, charts, engine, presets, settings, weights
from tltools.config import ALL_STAGES, POOLINGS, RESIZE_RULES, SETTINGS, RunConfig
from tltools.datasets import store
from tltools.errors import TltoolsError
from tltools.ui import parts, reuse_view, state
from tltools.ui.text import plain

RESIZE_WORDS = {"crop": "crop to the middle square", "pad": "keep all, fill the rest with grey",
                "squash": "squash to a square"}
POOLING_WORDS = {"average": "average of each feature", "max": "strongest place of each feature",
                 "flatten": "all places (flatten, as in the notebook)"}


def recipes(config: RunConfig) -> RunConfig:
    """Recipes that set everything at once; what one would change is shown before it is used."""
    with st.expander("Start from a recipe", icon=":material/menu_book:"):
        name = st.segmented_control("Recipe", list(presets.PRESETS), format_func=lambda item: presets.PRESETS[item].title,
                                    default="feature-extraction", required=True, key="w-recipe")
        preset = presets.get(name or "feature-extraction")
        st.markdown(preset.why)
        after, dataset = presets.apply(preset, config), state.dataset()
        changed = presets.changes(config, after)
        shares = presets.split(preset, dataset.validation, dataset.test) if dataset else None
        if changed:
            st.dataframe([{"setting": label, "now": old, "with the recipe": new} for label, old, new in changed],
                         hide_index=True)
        if dataset and shares:
            st.caption(f"It also splits “{plain(dataset.name)}” anew: {shares[0]:.0%} for validation, {shares[1]:.0%} for a "
                       "test.")
        if st.button("Use this recipe", key="go-recipe", disabled=not changed and not shares):
            state.choose(**{name: value for name, value in after.as_dict().items() if name != "format"})
            if dataset and shares:
                store.set_split(state.workspace(), dataset.id, *shares, after.seed)
            state.forget_widgets()
            st.rerun()
        if not changed and not shares:
            st.caption("These are the settings now.")
    return config


def backbone(config: RunConfig) -> RunConfig:
    """Choose the backbone and where its weights come from."""
    ready = weights.status(settings.home())
    names = list(backbones.REGISTRY)
    index = names.index(config.backbone) if config.backbone in names else 0
    name = st.selectbox("Backbone", names, index=index, key=f"w-backbone-{sum(ready.values())}",  # its words change too
                        format_func=lambda item: _row_title(item, ready),
                        help="The network that has already learned. Larger ones see more and take longer.")
    row = backbones.get(name)
    if row.note:
        st.caption(row.note)
    if name != config.backbone:
        pretrained = "bundled" if row.bundled else "imagenet"
        config = state.choose(backbone=name, input_size=row.default_input, unfreeze_stages=0, weights=pretrained)
    return _weights(config, row, ready[name])


def _row_title(name: str, ready: dict[str, bool]) -> str:
    row = backbones.get(name)
    words = "comes with the app" if row.bundled and ready[name] else \
        "weights on this machine" if ready[name] else "weights missing"
    return f"{name} · {row.parameters / 1e6:.1f} million parameters · {row.megabytes:.0f} MB · {words}"


def _weights(config: RunConfig, row: backbones.Backbone, ready: bool) -> RunConfig:
    pretrained = "bundled" if row.bundled else "imagenet"
    words = {pretrained: "Pretrained: keep what it has learned" if row.bundled else "Pretrained on ImageNet",
             "none": "From scratch: random weights, it knows nothing yet", **reuse_view.choice(config)}
    chosen = st.radio("Start from", list(words), index=list(words).index(config.weights) if config.weights in words else 0,
                      format_func=words.__getitem__, horizontal=True, key=f"w-weights-{row.name}")
    if chosen != config.weights:
        config = state.choose(weights=chosen, unfreeze_stages=ALL_STAGES if chosen == "none" else 0)
    if chosen == "run":
        config = reuse_view.choose_run(config)
    parts.task_note("weights")
    if chosen == pretrained and not ready:
        if row.bundled:
            st.warning("The bundled weights are not in this installation. Choose another backbone, or from scratch.")
        else:
            _import_weights(row)
    return config


def _imported(result: dict[str, str]) -> None:
    st.session_state[f"{state.NOTE}-weights"] = f"The weights of {result['backbone']} are on this machine now " \
                                                "(names and shapes fit; origin not verified)."


def _import_weights(row: backbones.Backbone) -> None:
    st.warning("The pretrained weights of this backbone are **not on this machine**. Import the file if you have it, choose "
               "another backbone, or start from scratch. Nothing is replaced silently.")
    with st.expander("Import the weights file", expanded=False):
        st.caption("Keras publishes it as")
        st.code("\n".join(row.weights_files), language=None)
        busy = parts.task_progress("weights", "Checking the file", _imported)
        uploaded = st.file_uploader("Weights file", type=["h5"], key=state.uploader_key("weights"),
                                    max_upload_size=600)
        if st.button("Check and import", disabled=busy or uploaded is None, key="go-weights") and uploaded:
            kept = state.keep_uploads([uploaded])[0]
            state.clear_uploader("weights")
            parts.start_task("weights", "serve", "tltools.models:import_weights", home=str(settings.home().path),
                             backbone=row.name, path=kept["path"], name=kept["name"])
            st.rerun()
        st.caption("Its names and shapes are checked; its origin is not.")


def boundary(config: RunConfig) -> RunConfig:
    """The freeze boundary: a control, the picture, and the numbers that follow it."""
    row = backbones.get(config.backbone)
    total = len(row.stages)
    options = list(range(total + 1))
    current = total if config.unfreeze_stages == ALL_STAGES else min(config.unfreeze_stages, total)
    learn = "learn" if config.from_scratch else "fine-tuned"

    def words(count: int) -> str:
        return "all frozen" if count == 0 else f"all {learn}" if count == total else f"last {count} {learn}"

    chosen = st.select_slider("Freeze boundary: how many of the last stages may learn", options, value=current,
                              format_func=words, key=f"w-boundary-{row.name}-{config.weights}",
                              help="Early stages see edges and colours that all photos share; late ones see whole things. "
                                   "Begin with all frozen, then let the last ones learn and compare.")
    config = state.choose(unfreeze_stages=ALL_STAGES if chosen == total else chosen)
    dataset = state.dataset()
    classes = max(len(dataset.classes), 2) if dataset else 2
    counts = backbones.parameter_counts(config, classes)
    picture, numbers = st.columns([3, 2])
    with picture:
        parts.figure(charts.network(config, backbones.stage_states(config), counts.head, classes, parts.dark()), "network")
        st.caption("In each bar: how many parameters it holds (a longer bar holds more; not to scale), and height × width × "
                   "channels of what it passes on.")
    with numbers:
        st.metric("Parameters that learn", f"{counts.trainable:,}")
        st.metric("of all parameters", f"{counts.total:,}")
        st.progress(min(1.0, counts.trainable / counts.total),
                    text=f"{counts.trainable / counts.total:.1%} of the network learns".replace("%", " %"))
        _lesson(config)
    for problem in backbones.check_config(config):
        parts.problem(problem, "warning")
    return config


def _lesson(config: RunConfig) -> None:
    if config.from_scratch and config.unfreeze_stages != ALL_STAGES:
        st.warning("Frozen random stages can learn nothing: what they show the head is scrambled.")
    elif config.from_scratch:
        st.info("**From scratch.** Everything must be learned from your pictures alone. With few of them this is hard; it "
                "is the honest comparison.")
    elif config.unfreeze_stages == 0:
        st.info("**Feature extraction.** The backbone is frozen; only the head learns. Quick, and hard to beat with few "
                "pictures.")
    elif config.unfreeze_stages == ALL_STAGES:
        st.info("**Fine-tuning all of it.** The head learns first, then everything bends at a far lower rate. Slow; it pays "
                "with many pictures unlike photos.")
    else:
        st.info("**Fine-tuning.** The head learns first, then the unfrozen stages bend at a far lower rate.")


def head_and_input(config: RunConfig) -> RunConfig:
    """Head and input, with a preview on the person's own pictures."""
    left, right = st.columns(2)
    with left:
        pooling = st.selectbox("What the head is given", POOLINGS, index=POOLINGS.index(config.pooling),
                               format_func=POOLING_WORDS.__getitem__, key="w-pooling")
        dense = number("dense_units", config, step=32)
        dropout = number("dropout", config, step=0.05)
    with right:
        size = number("input_size", config, step=32, key=f"-{config.backbone}")
        resize = st.selectbox("Fit pictures to the square", RESIZE_RULES, index=RESIZE_RULES.index(config.resize),
                              format_func=RESIZE_WORDS.__getitem__, key="w-resize")
    config = state.choose(pooling=pooling, dense_units=dense, dropout=dropout, input_size=size, resize=resize)
    dataset = state.dataset()
    if dataset and dataset.images:
        _preview(dataset, config)
    return config


def number(name: str, config: RunConfig, step: float, key: str = "", label: str = "") -> Any:
    """A number box for one setting, with its help and usual range. key: what else gives the box a new start. label:
    instead of the setting's own."""
    setting, value = SETTINGS[name], getattr(config, name)
    kind = type(getattr(RunConfig(), name))
    tiny = kind is float and setting.low < 0.001
    return st.number_input(label or setting.label, kind(setting.low), kind(setting.high), kind(value), kind(step),
                           format="%.7g" if tiny else None, key=f"w-{name}{key}",
                           help=f"{setting.help} Usual: {setting.usual}.")


def _preview(dataset: store.Dataset, config: RunConfig) -> None:
    st.caption(f"What the network sees of your pictures: {config.input_size} x {config.input_size} pixels, "
               f"{RESIZE_WORDS[config.resize]}.")
    step = max(1, len(dataset.images) // 6)
    chosen = tuple(str(dataset.image_path(image)) for image in dataset.images[::step][:6])
    try:
        pictures = _previews(chosen, config.input_size, config.resize)
    except TltoolsError as error:
        parts.problem(error.problem, "warning")
        return
    with st.container(horizontal=True):
        for picture in pictures:
            st.image(picture, width=120)


@st.cache_data(max_entries=50, show_spinner=False)
def _previews(paths: tuple[str, ...], size: int, rule: str) -> list[bytes]:
    return engine.connect().call("data", "tltools.images:previews", timeout=20, paths=list(paths), size=size, rule=rule)


def summary(config: RunConfig) -> str:
    """The model in one line."""
    states = [name for _, name in backbones.stage_states(config)]
    frozen = states.count(backbones.FROZEN)
    start = "goes on from a run" if config.continues else "from scratch" if config.from_scratch else \
        "from one of my runs" if config.weights == "run" else "pretrained"
    return f"{config.backbone}, {start}, {config.input_size} px, {frozen} of {len(states)} stages frozen"


