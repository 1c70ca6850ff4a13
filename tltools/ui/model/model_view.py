"""The Model page's parts: backbone and its weights, the freeze boundary with its
picture, head and input size."""



import streamlit as st

from tltools import backbones, charts, engine, settings, weights
from tltools.config import ALL_STAGES, POOLINGS, RESIZE_RULES, RunConfig
from tltools.datasets import records
from tltools.errors import TltoolsError
from tltools.ui.common import fields, parts, state
from tltools.ui.common.text import percent
from tltools.ui.model import backbone_view, weights_view

RESIZE_WORDS = {"crop": "crop to the middle square", "pad": "keep all, fill the rest with grey",
                "squash": "squash to a square"}
POOLING_WORDS = {"average": "average of each feature", "max": "strongest place of each feature",
                 "flatten": "all places (flatten, as in the notebook)"}


def backbone(config: RunConfig) -> RunConfig:
    """Choose the backbone and where its weights come from."""
    ready = weights.status(settings.home())
    config = backbone_view.choose(config, ready)
    return weights_view.choose(config, backbones.get(config.backbone))


def boundary(config: RunConfig) -> RunConfig:
    """The freeze boundary: a control, the picture, and the numbers that follow it."""
    row = backbones.get(config.backbone)
    total = len(row.stages)
    options = list(range(total + 1))
    current = total if config.unfreeze_stages == ALL_STAGES else min(config.unfreeze_stages, total)
    learn = "learn" if config.from_scratch else "fine-tuned"

    def words(count: int) -> str:
        return "all frozen" if count == 0 else f"all {learn}" if count == total \
            else f"last {count} {learn}"

    chosen = st.select_slider(
        "Freeze boundary: how many of the last stages may learn", options, value=current,
        format_func=words, key=state.key(f"boundary-{row.name}-{config.weights}"),
        help="Early stages see edges and colours that all photos share; late ones see whole "
             "things. Begin with all frozen, then let the last ones learn and compare.")
    config = state.taken(config, unfreeze_stages=ALL_STAGES if chosen == total else chosen)
    dataset = state.dataset()
    classes = max(len(dataset.enabled), 2) if dataset else 2
    counts = backbones.parameter_counts(config, classes)
    picture, numbers = st.columns([3, 2])
    with picture:
        parts.figure(
            charts.network(config, backbones.stage_states(config), counts.head, classes,
                           parts.dark()), "network")
        st.caption(
            "In each bar: how many parameters it holds (a longer bar holds more; not to scale), "
            "and height × width × channels of what it passes on.")
        if row.kind.pieces:
            st.caption(row.kind.pieces)
    with numbers:
        st.metric(
            "Parameters that learn", f"{counts.trainable:,}",
            help="A little less than the bars that learn hold: BatchNormalization keeps its "
                 "statistics, and in pretrained stages its scales too.")
        st.metric("of all parameters", f"{counts.total:,}")
        st.progress(min(1.0, counts.trainable / counts.total),
                    text=f"{_share(counts.trainable / counts.total)} of the network learns")
        _lesson(config)
    for problem in backbones.check_config(config):
        parts.problem(problem, "warning")
    return config


def _share(part: float) -> str:
    return "less than 0.1 %" if 0 < part < 0.001 else percent(part)


def _lesson(config: RunConfig) -> None:
    if config.from_scratch and config.unfreeze_stages != ALL_STAGES:
        st.warning("Frozen random stages can learn nothing: what they show the head is scrambled.")
    elif config.from_scratch:
        st.info(
            "**From scratch.** Everything must be learned from your pictures alone. With few of "
            "them this is hard; it is the honest comparison.")
    elif config.unfreeze_stages == 0:
        st.info(
            "**Feature extraction.** The backbone is frozen; only the head learns. Quick, and hard "
            "to beat with few pictures.")
    elif config.unfreeze_stages == ALL_STAGES:
        st.info(
            "**Fine-tuning all of it.** The head learns first, then everything bends at a far "
            "lower rate. Slow; it pays with many pictures unlike photos.")
    else:
        st.info(
            "**Fine-tuning.** The head learns first, then the unfrozen stages bend "
            "at a far lower rate.")


def head_and_input(config: RunConfig) -> RunConfig:
    """Head and input, with a preview on the person's own pictures."""
    left, right = st.columns(2)
    with left:
        pooling = st.selectbox(
            "What the head is given", POOLINGS, index=POOLINGS.index(config.pooling),
            format_func=POOLING_WORDS.__getitem__, key=state.key("pooling"),
            help="How what is seen at all places is drawn together before the head.")
        dense = fields.number("dense_units", config, step=32)
        dropout = fields.number("dropout", config, step=0.05)
    with right:
        size = fields.number("input_size", config, step=32, key=f"-{config.backbone}")
        resize = st.selectbox("Fit pictures to the square", RESIZE_RULES,
                              index=RESIZE_RULES.index(config.resize),
                              format_func=RESIZE_WORDS.__getitem__, key=state.key("resize"),
                              help="What happens to pictures that are not square.")
    config = state.taken(config, pooling=pooling, dense_units=dense, dropout=dropout,
                         input_size=size, resize=resize)
    dataset = state.dataset()
    if dataset and dataset.images:
        _preview(dataset, config)
    return config


def _preview(dataset: records.Dataset, config: RunConfig) -> None:
    st.caption(
        f"What the network sees of your pictures: {config.input_size} x {config.input_size} "
        f"pixels, {RESIZE_WORDS[config.resize]}.")
    taking_part = dataset.split()
    images = [image for image in dataset.images if image.id in taking_part]
    step = max(1, len(images) // 6)
    chosen = tuple(str(dataset.image_path(image)) for image in images[::step][:6])
    try:
        pictures = _previews(chosen, config.input_size, config.resize)
    except TltoolsError as error:
        parts.problem(error.problem, "warning")
        return
    with st.container(horizontal=True):
        for number, picture in enumerate(pictures, start=1):
            st.image(picture, width=120, alt=f"Picture {number} as the network sees it")


@st.cache_data(max_entries=50, show_spinner=False)
def _previews(paths: tuple[str, ...], size: int, rule: str) -> list[bytes]:
    return engine.connect().call("data", "tltools.images:previews", timeout=20, paths=list(paths),
                                 size=size, rule=rule)
