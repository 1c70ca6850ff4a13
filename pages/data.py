"""Data: bring pictures in, look at them, split them."""

import streamlit as st

from tltools.ui.common import parts, shell, state
from tltools.ui.data import dataset_view, looks, preview, sources

shell.guard()
st.title("Your pictures")
preview.resume()
busy = parts.task_progress("import", "Bringing pictures in", sources.imported, stop="Stop")
failed = parts.task_note("import")
look = looks.current()
if look is not None and busy:
    preview.under_way(look)
    st.stop()
if look is not None and failed:
    look = preview.stopped(look)
dataset = state.dataset()
if look is not None:
    preview.show(look, dataset)
elif dataset is None:
    st.markdown(
        "Start with pictures of **two or more classes**. Twenty to a hundred of each "
        "are a good beginning.")
    sources.show(None, busy)
else:
    dataset = dataset_view.choose(dataset)
    problems = dataset.problems()
    receiving = sources.receiving()
    with st.expander("Add pictures, or start another data set",
                     icon=":material/add_photo_alternate:", key="add",
                     expanded=failed or bool(problems) or receiving):
        sources.show(dataset, busy)
    if receiving:
        st.caption("Your data set is shown again when all files have arrived.")
        st.stop()
    dataset_view.show(dataset)
    parts.next_step("model", "Next: choose a model", first=problems[0].remedy if problems else "")
