"""Classify: choose a run, bring a picture, read the answer."""

import streamlit as st

from tltools.ui.classify import classify_view
from tltools.ui.common import parts, shell

shell.guard()
st.title("Classify new pictures")
run = classify_view.choose_run()
if run is None:
    parts.empty(
        "There is no finished run yet. Train one first; with a frozen backbone it takes seconds.",
        "train", "Train a model")
classify_view.pictures(run)
classify_view.answers(run)
classify_view.downloads(run)
