"""Runs: all of them, with state, settings and scores."""

import streamlit as st

from tltools import runs
from tltools.ui import parts, runs_view, shell, state

shell.guard()
st.title("Runs")
found = runs.list_runs(state.workspace())
if not found:
    parts.empty("There are no runs yet.", "train", "Train a model")
runs_view.table(found)
runs_view.one(found)
