"""Data: bring pictures in, look at them, split them."""

import streamlit as st

from tltools.ui.common import parts, shell, state
from tltools.ui.data import dataset_view, sources

shell.guard()
st.title("Your pictures")
busy = parts.task_progress("import", "Bringing pictures in", sources.imported)
failed = parts.task_note("import")
dataset = state.dataset()
if dataset is None:
    st.markdown(
        "Start with pictures of **two or more classes**. Twenty to a hundred of each "
        "are a good beginning.")
    sources.show(None, busy)
else:
    dataset = dataset_view.choose(dataset)
    problems = dataset.problems()
    with st.expander("Add pictures, or start another data set",
                     icon=":material/add_photo_alternate:", key="add",
                     expanded=failed or bool(problems)):
        sources.show(dataset, busy)
    dataset_view.show(dataset)
    parts.next_step("model", "Next: choose a model", first=problems[0].remedy if problems else "")
