"""The Model page's recipes: one click sets everything; a note says what and why, and
takes it back."""

import dataclasses
from typing import Any

import streamlit as st

from tltools import backbones, settings, weights, wording
from tltools.config import RunConfig
from tltools.datasets import store
from tltools.recipes import presets
from tltools.ui.common import state
from tltools.ui.common.text import plain

# the recipes used, the settings before and after each, the last one last, until the
# note is put away
RECIPE = "recipe"


def show(config: RunConfig) -> None:
    """Recipes that set everything at one click; then what was set and why, and the way
    back."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="recipes"):
        st.markdown("**Start from a recipe**", width="content")
        for preset in presets.PRESETS.values():
            if st.button(preset.title, key=f"go-recipe-{preset.name}", help=preset.why):
                _use_recipe(preset, config)
    used = st.session_state.get(RECIPE)
    if used:
        name, before, after = used[-1]
        _recipe_note(name, before, after, config)


def _applied(preset: presets.Preset, config: RunConfig) -> RunConfig:
    """The recipe on these settings; one that names no backbone takes the first choice
    where the weights of this one are missing."""
    after = presets.apply(preset, config)
    row = backbones.get(after.backbone)
    if "backbone" in preset.settings or not preset.pretrained or row.bundled \
            or weights.available(settings.home(), row):
        return after
    first = state.first_config()
    return presets.apply(
        preset, dataclasses.replace(config, backbone=first.backbone, input_size=first.input_size))


def _use_recipe(preset: presets.Preset, config: RunConfig) -> None:
    after, dataset = _applied(preset, config), state.dataset()
    shares = presets.split(preset, dataset.validation, dataset.test,
                           dataset.has_test_folder) if dataset else None
    before = config.as_dict() | {
        "shares": (dataset.validation, dataset.test) if dataset and shares else None
    }
    _set(after, shares)
    st.session_state[RECIPE] = [
        *st.session_state.get(RECIPE, [])[-9:], (preset.name, before, after.as_dict())
    ]
    st.rerun()


def _set(config: RunConfig, shares: tuple[float, float] | None) -> None:
    dataset = state.dataset()
    state.choose(**{
        name: value for name, value in config.as_dict().items()
        if name not in ("format", "dataset", "name")
    })
    if dataset and shares:
        store.set_split(state.workspace(), dataset.id, *shares, config.seed)
    state.forget_widgets()


def _recipe_note(name: str, before: dict[str, Any], then: dict[str, Any],
                 config: RunConfig) -> None:
    preset, dataset = presets.get(name), state.dataset()
    earlier, after = RunConfig.from_dict(before), RunConfig.from_dict(then)
    changed, since = wording.changes(earlier, after), wording.changes(after, config)
    with st.container(border=True):
        st.markdown(f"**{preset.title}** is set. {preset.why}")
        if since:
            st.caption("Changed by you since then: "
                       + ", ".join(dict.fromkeys(label.lower() for label, *_ in since)) + ".")
        if before["shares"] and dataset:
            st.caption(
                f"“{plain(dataset.name)}” is split anew: "
                f"{wording.percent(dataset.validation, 0)} for validation, "
                f"{wording.percent(dataset.test, 0)} for a test.")
        with st.expander(f"What it set: {len(changed)} settings"
                         if changed else "Everything was set like this already"):
            if changed:
                st.dataframe([{"setting": label, "before": old, "now": new}
                              for label, old, new in changed], hide_index=True)
        with st.container(horizontal=True):
            if st.button("Undo", key="recipe-undo", icon=":material/undo:",
                         help="Back to the settings before the recipe."):
                st.session_state[RECIPE] = st.session_state[RECIPE][:-1]
                _set(earlier, before["shares"])
                st.rerun()
            if st.button("Good", key="recipe-ok", icon=":material/check:",
                         help="Keep the recipe and hide this note."):
                del st.session_state[RECIPE]
                st.rerun()
