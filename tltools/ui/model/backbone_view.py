"""Choosing the backbone: a short list that suffices, and behind a click the whole table
with search, filters and a card.

Owns these controls; the finder's keys do not begin with "w-", so that taking a backbone
leaves the search as it is. Leaves where the weights come from, the freeze boundary and
the head to `model_view`.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from tltools import backbones, settings
from tltools.backbones import FAMILIES, Backbone, search, speeds
from tltools.config import RunConfig
from tltools.ui.common import parts, state
from tltools.ui.common.text import percent
from tltools.ui.model import weights_view

WELL_TRIED = ("TLNet", "MobileNetV2", "EfficientNetB0", "ResNet50", "VGG16")
SIZES: tuple[float, ...] = (5, 15, 30, 60, 100, 250, 500, float("inf"))
PLACE = "speed"


def choose(config: RunConfig, ready: Mapping[str, bool]) -> RunConfig:
    """The backbone: one list, and the whole table in an expander. ready: from
    `weights.status`."""
    names = short_list(config, ready)
    name = st.selectbox(
        "Backbone", names,
        index=names.index(config.backbone) if config.backbone in names else 0,
        # its words and its list change
        key=state.key(f"backbone-{sum(ready.values())}-{len(names)}"),
        format_func=lambda item: _title(backbones.get(item), ready),
        help="The network that has already learned. Larger ones see more and take longer.")
    row = backbones.get(name)
    if row.note:
        st.caption(row.note)
    if state.changed("backbone", name, config.backbone):
        config = take(row)
    if large := search.warning(row, config.input_size):
        st.warning(large)
    with st.expander(
            f"Find another backbone: all {len(backbones.REGISTRY)}, with search and measured speed",
            icon=":material/search:"):
        _finder(config, ready)
    return config


def short_list(config: RunConfig, ready: Mapping[str, bool]) -> list[str]:
    """Well-tried ones, those whose weights are on this machine, and the one chosen."""
    wanted = {*WELL_TRIED, config.backbone, *(name for name, here in ready.items() if here)}
    return [name for name in backbones.REGISTRY if name in wanted]


def take(row: Backbone) -> RunConfig:
    """Choose a backbone, with its input size and published weights. From scratch stays
    from scratch, and the boundary stays where it is if the network has so many stages.
    """
    before = state.config()
    stages = before.unfreeze_stages \
        if before.weights != "run" and before.unfreeze_stages < len(row.stages) else 0
    return state.choose(
        backbone=row.name, input_size=row.default_input, unfreeze_stages=stages,
        weights="none" if before.from_scratch else "bundled" if row.bundled else "imagenet")


def _title(row: Backbone, ready: Mapping[str, bool]) -> str:
    where = weights_view.words(row, ready[row.name])
    return (f"{row.name} · {row.parameters / 1e6:.1f} million parameters · "
            f"{row.megabytes:.0f} MB · {where}")


def _finder(config: RunConfig, ready: Mapping[str, bool]) -> None:
    found = _filters(ready)
    if not found:
        st.info(
            "No backbone fits all of this. Take a word out of the search, or allow a larger size.")
        return
    names = [row.name for row in found]
    listed, card = st.columns([2, 3])
    with listed:
        st.caption(f"{len(found)} of {len(backbones.REGISTRY)}")
        with st.container(height=430):
            name = st.radio("Found", names,
                            index=names.index(config.backbone) if config.backbone in names else 0,
                            captions=[_caption(row, ready) for row in found],
                            label_visibility="collapsed", key=f"find-list-{len(names)}-{names[0]}")
    with card:
        _card(backbones.get(name or names[0]), config, ready)


def _filters(ready: Mapping[str, bool]) -> list[Backbone]:
    left, right = st.columns(2)
    with left:
        words = st.text_input(
            "Search", key="find-words", placeholder="name, family, year, licence …",
            help="All words must occur in the name, family, description, year or licence.")
        most = st.select_slider(
            "Weights up to", SIZES, value=SIZES[-1], key="find-size",
            format_func=lambda size: "any size" if size == SIZES[-1] else f"{size:g} MB",
            help="Size of the weights on disk and in memory.")
    with right:
        families = st.multiselect(
            "Families", list(FAMILIES), key="find-families", placeholder="all families",
            help="Networks of one family share their idea and differ in size.")
        here = st.toggle(
            "Only with weights on this machine", key="find-here",
            help="Leaves out those whose pretrained weights would first have to be brought here.")
    order = st.segmented_control("Sort by", list(search.ORDERS),
                                 format_func=search.ORDERS.__getitem__, default="table",
                                 required=True, key="find-order",
                                 help="Work: multiply-adds for one picture; less of it is quicker.")
    return search.find(words, families, None if most == SIZES[-1] else most,
                       ready if here else None, order or "table")


def _caption(row: Backbone, ready: Mapping[str, bool]) -> str:
    accuracy = f"{percent(row.accuracy)} · " if row.accuracy else ""
    return (f"{accuracy}{row.megabytes:.0f} MB · {row.default_input} px · "
            f"{weights_view.words(row, ready[row.name])}")


def facts(row: Backbone, ready: Mapping[str, bool]) -> list[tuple[str, str]]:
    """What the card says of a backbone: (word, value)."""
    accuracy = (f"{percent(row.accuracy)} of ImageNet's validation photos at "
                f"{row.accuracy_input} px ({row.accuracy_source})") if row.accuracy \
        else "not measured on ImageNet; see the model card in `tltools/bundled`"
    paper = f"[arXiv {row.kind.paper}](https://arxiv.org/abs/{row.kind.paper})" if row.kind.paper \
        else "this project"
    return [
        ("Parameters", f"{row.parameters:,} ({row.megabytes:,.0f} MB)"),
        ("Accuracy", accuracy),
        ("Work", f"{row.multiply_adds / 1e9:,.2f} billion multiply-adds for a picture of "
                 f"{row.default_input} px"),
        ("Input", f"{row.default_input} px by default, {row.least_input} px at least"),
        ("Stages", ", ".join(stage.name for stage in row.stages)),
        ("Weights", weights_view.words(row, ready[row.name])
         + (f": `{row.weights_files[0]}`" if row.weights_files else "")),
        ("Licence", row.kind.licence),
        ("Year, paper", f"{row.kind.year}, {paper}"),
    ]


def _card(row: Backbone, config: RunConfig, ready: Mapping[str, bool]) -> None:
    with st.container(border=True):
        st.markdown(f"#### {row.name}\n{row.kind.about}")
        first, *others = [f"| {word} | {value} |" for word, value in facts(row, ready)]
        st.markdown("\n".join([first, "|---|---|", *others]))
        if row.kind.pieces:
            st.caption(row.kind.pieces)
        size = config.input_size if row.name == config.backbone else row.default_input
        _speed(row, size)
        chosen = row.name == config.backbone
        if not chosen and (large := search.warning(row, size)):
            st.warning(large)
        if st.button(
                "This is the one chosen" if chosen else f"Use {row.name}", type="primary",
                disabled=chosen, key="go-backbone",
                help="Sets its input size and its pretrained weights, unless it "
                     "learns from scratch."):
            take(row)
            state.forget_widgets()
            st.rerun()


def _speed(row: Backbone, size: int) -> None:
    parts.task_note(PLACE)
    known = speeds.read(settings.home(), row.name, size)
    if known:
        one, many = st.columns(2)
        one.metric("One picture alone", f"{known.single_ms:,.1f} ms")
        many.metric(f"Each of {known.batch} together", f"{known.batch_ms:,.1f} ms")
        beside = f"; other work took {percent(known.busy, 0)} of the machine" \
            if known.busy > 0.2 else ""
        st.caption(f"Measured {parts.when(known.measured)} at {size} px on this machine: "
                   f"{known.machine}{beside}.")
    busy = parts.task_progress(PLACE, "Measuring", _measured)
    word = "Measure again" if known else "Measure speed on this machine"
    if st.button(
            word, key="go-speed", disabled=busy, icon=":material/speed:",
            help="Builds the network and times it on drawn pictures; some seconds, for "
                 "large ones a minute."):
        parts.start_task(PLACE, "serve", "tltools.models.timing:measure",
                         home=str(settings.home().path), backbone=row.name, input_size=size)
        st.rerun()


def _measured(result: dict[str, Any]) -> None:
    """Nothing to remember: the record is on disk."""
