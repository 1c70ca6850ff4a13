"""Runs: find them, look at one, compare several, go on from them, free disk space."""

import streamlit as st

from tltools.runs import listing
from tltools.ui.common import parts, shell, state
from tltools.ui.runs import disk_view, runs_view

shell.guard()
st.title("Runs")
rows = listing.rows(state.workspace())
if not rows:
    parts.empty(
        "There are no runs yet. A run is one training; train a first one, and it is listed here.",
        "train", "Train a model")
chosen = runs_view.table(runs_view.search(rows))
if not chosen:
    runs_view.nothing_chosen()
elif len(chosen) == 1:
    runs_view.one(chosen[0])
else:
    runs_view.several(chosen)
disk_view.show()
