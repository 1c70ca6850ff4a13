"""Glossary: the words of the field in plain sentences."""

import streamlit as st

from tltools.ui import glossary_view, shell

shell.guard()
st.title("What the words mean")
glossary_view.show()
