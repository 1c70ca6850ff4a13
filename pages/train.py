"""Train: settings, start, and the live run."""

import streamlit as st

from tltools.ui.common import parts, reuse_view, shell, state
from tltools.ui.train import live, train_view

shell.guard()
run = train_view.shown_run()
if run is not None:
    live.show(run)
else:
    st.title("Train")
    reuse_view.note()
    dataset = state.dataset()
    if dataset is None:
        parts.empty("There are no pictures yet. Bring some in first, or let the app draw some.",
                    "data", "Bring pictures")
    config = train_view.settings_form(state.config(), dataset)
    state.show_changes()
    train_view.start(dataset, config)
