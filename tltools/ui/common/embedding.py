"""Shown inside another page: why Streamlit's own uploads fail there.

A page of another origin gets none of this app's cookies, so Streamlit refuses each
upload (403, its guard against forged requests) and shows a red mark without words. Only
the browser knows: so it decides whether to show the sentence. The setting that allows
it is in README.
"""

import streamlit as st

_WORDS = ("This app is shown inside another page, where the browser holds back the cookie that "
          "uploads need. Open the app in a tab of its own.")
_NOTE = st.components.v2.component(
    "tltools.embedding", html='<p role="alert" hidden></p>',
    css="""
[hidden] { display: none !important; }
p {
  margin: 0; padding: 0.75rem; font-family: var(--st-font); color: var(--st-text-color);
  background: var(--st-yellow-background-color); border-radius: var(--st-base-radius);
}
""",
    js="""
export default function ({ data, parentElement }) {
  const note = parentElement.querySelector("p");
  note.textContent = data.words;
  // Streamlit's own test: without this cookie it can send no token
  const cookie = document.cookie.includes("_streamlit_xsrf=");
  note.hidden = window.top === window.self || cookie;
}
""")


def note() -> None:
    """Say above an uploader that it cannot work here; nothing where it can."""
    _NOTE(key="embedding", data={"words": _WORDS})
