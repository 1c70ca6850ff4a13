"""The only part of the library that imports Streamlit: the shell, state keys, and the
parts that pages share."""
