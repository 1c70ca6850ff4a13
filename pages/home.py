"""Home: what this is, the demonstration, and the first step."""

import streamlit as st

from tltools.ui.common import join, parts, shell, state
from tltools.ui.home import demo_view

shell.guard()
st.title("See transfer learning work")
st.markdown(
    "A network that has looked at very many photos already knows edges, textures and shapes. "
    "**Transfer learning** keeps that knowledge and teaches only what is new: your own classes, "
    "from a few dozen pictures, in seconds.")
left, middle, right = st.columns(3)
left.markdown(
    "#### ❄ Frozen\nThese stages stay exactly as they are. Their work is done **once** for each "
    "picture, so training is quick.")
middle.markdown(
    "#### ▲ Fine-tuned\nThese stages bend a little towards your pictures: slower, and it pays only "
    "with enough of them.")
right.markdown(
    "#### ✚ New\nThe *head* turns what the network sees into your classes. It always learns.")
demo_view.show()
own = state.own_dataset()
st.subheader("Now with your own pictures" if own is None else "Go on")
if own is None:
    st.markdown("Bring pictures of two or more classes, or let the app draw some.")
    parts.next_step("data", "Bring pictures")
else:
    st.text(f"Your pictures: {own.name}")
    parts.next_step("model", "Choose what is frozen")
if state.in_class():
    st.caption(
        "Everything runs on the class's computer. No picture leaves it, and nothing is lost when "
        "you close the tab.")
else:
    st.caption(
        "Everything runs on this computer. No picture leaves it, no account is needed, and nothing "
        "is lost when you close the tab.")
    join.hint()
