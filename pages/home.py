"""Home: what this is, and the first step."""

import streamlit as st

from tltools.ui import parts, shell, state

shell.guard()
st.title("See transfer learning work")
st.markdown(
    "A network that has looked at a million photos already knows edges, textures and shapes. **Transfer learning** keeps "
    "that knowledge and teaches only what is new: your own classes, from a few dozen pictures, in seconds.")
left, middle, right = st.columns(3)
left.markdown("#### ❄ Frozen\nThese stages stay exactly as they are. Their work is done **once** for each picture, so "
              "training is quick.")
middle.markdown("#### ▲ Fine-tuned\nThese stages bend a little towards your pictures: slower, and it pays only with "
                "enough of them.")
right.markdown("#### ✚ New\nThe *head* turns what the network sees into your classes. It always learns.")
if state.dataset() is None:
    st.subheader("Start here")
    st.markdown("Bring pictures of two or more classes, or let the app draw some.")
    parts.next_step("data", "Bring pictures")
else:
    st.subheader("Go on")
    st.text(f"Your pictures: {state.dataset().name}")
    parts.next_step("model", "Choose what is frozen")
st.caption("Everything runs on this computer. No picture leaves it, no account is needed, and nothing is lost when you "
           "close the tab.")
