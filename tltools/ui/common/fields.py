"""Settings as pages show them: a number box with its help and range, and a model in one
line."""

from typing import Any

import streamlit as st

from tltools import backbones
from tltools.config import SETTINGS, RunConfig
from tltools.ui.common import state


def number(name: str, config: RunConfig, step: float, key: str = "", label: str = "") -> Any:
    """A number box for one setting, with its help and usual range. key: what else gives
    the box a new start. label: instead of the setting's own."""
    setting, value = SETTINGS[name], getattr(config, name)
    kind = type(getattr(RunConfig(), name))
    tiny = kind is float and setting.low < 0.001
    return st.number_input(
        label or setting.label, kind(setting.low), kind(setting.high), kind(value), kind(step),
        format="%.7g" if tiny else None, key=state.key(name + key),
        help=f"{setting.help} Usual: {setting.usual}.")


def summary(config: RunConfig) -> str:
    """The model in one line."""
    states = [name for _, name in backbones.stage_states(config)]
    frozen = states.count(backbones.FROZEN)
    start = "goes on from a run" if config.continues else "from scratch" if config.from_scratch \
        else "from one of my runs" if config.weights == "run" else "pretrained"
    return (f"{config.backbone}, {start}, {config.input_size} px, {frozen} of "
            f"{len(states)} stages frozen")
