"""The Glossary page: the words, a search over them, and the way to where one meets
them."""

import streamlit as st

from tltools import glossary
from tltools.ui.common import parts
from tltools.ui.common.text import plain


def show() -> None:
    """Search and list."""
    wanted = st.text_input("Search", key="w-glossary", placeholder="for example: frozen",
                           help="Finds words and what stands in their explanations.")
    found = glossary.search(wanted)
    if not found:
        st.info(f"Nothing here explains “{plain(wanted)}”. Try a shorter word.")
    for term in found:
        with st.container(border=True):
            words, way = st.columns([5, 1], vertical_alignment="center")
            also = f" ({', '.join(term.also)})" if term.also else ""
            words.markdown(f"**{term.word}**{also}  \n{term.meaning}")
            if term.page:
                with way:
                    parts.link(term.page, f"{term.page.capitalize()} page")
