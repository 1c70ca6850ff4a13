"""Model: the backbone, what of it is frozen, and the head."""

import streamlit as st

from tltools.ui.common import parts, reuse_view, shell, state
from tltools.ui.model import model_view, recipes_view

shell.guard()
st.title("The network")
reuse_view.note()
recipes = st.container()
config = model_view.backbone(state.config())
config = model_view.boundary(config)
with st.expander("Head, input size and how pictures are fitted", icon=":material/tune:"):
    config = model_view.head_and_input(config)
state.show_changes()
with recipes:  # filled last: its note says what has been changed since
    recipes_view.show(config)
parts.next_step("train", "Next: train")
