"""Transfer learning for image classification: the library behind the pages and the
command line.

A folder is a room: one concern, whose `__init__` says what it owns. Imports go downward
only, between rooms as well as between layers (`tests/test_layers.py` holds it). From
the ground up:

- the ground, flat: `errors`, `settings`, `files`, `processes`, `config`, `wording`,
  `glossary`
- `images`: pictures from outside, and what is kept of them
- `backbones`: what networks there are; `runs`: a run is a folder; `datasets`: pictures,
  classes, splits, sources; `weights`: where pretrained weights are and how they get
  here; `recipes`: what a run is told to do; `charts`: records to Plotly figures
- `models`, `training`, `inference`: the rooms over TensorFlow
- `engine`: processes around them, and the queue's hands; `serving`: a class on one
  computer, a stick
- the programs: `cli`, `benchmark`, `pretraining`, and `ui`, the only part that imports
  Streamlit
- `app.py` and `pages/`
"""
