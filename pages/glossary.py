"""Glossary: the words of the field in plain sentences."""

import streamlit as st

from tltools.ui.common import shell
from tltools.ui.glossary import glossary_view

shell.guard()
st.title("What the words mean")
glossary_view.show()
