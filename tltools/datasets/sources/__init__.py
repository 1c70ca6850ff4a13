"""Where pictures come from: a ZIP (`archive`), files of a browser (`uploads`), a folder
of this machine (`folder`).

Each finds pictures and class names and leaves storing them to `importing`.
"""
