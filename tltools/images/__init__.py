"""Pictures from outside and what is kept of them: the one door, and the one resize that
training, serving and exports share.

`door` makes the stored form of a picture, by way of `formats` (what a file is, its
limits, its decoding), `metadata` (what is cut away before a decoder sees it), `dicom`,
`depths` (more than eight bits, one window for a whole import) and `colours` (profiles,
transparency). `stored` reads what was kept: the array that a network sees, small
pictures. `decoders` are child processes around the door, with bounds on time and
memory: what comes from a person goes through them. Leaves where pictures are kept to
`datasets`. No TensorFlow, no Streamlit.
"""

from tltools.images.depths import Depth, Window, depth_of, may_be_deep, window_for
from tltools.images.door import array_from_outside, read_file, store_form
from tltools.images.formats import KNOWN_EXTENSIONS, shown_name
from tltools.images.stored import (
    EXTENSION,
    PREPROCESSING,
    StoredImage,
    from_array,
    previews,
    resized,
    thumbnail,
    to_array,
)

__all__ = [
    "EXTENSION",
    "KNOWN_EXTENSIONS",
    "PREPROCESSING",
    "Depth",
    "StoredImage",
    "Window",
    "array_from_outside",
    "depth_of",
    "from_array",
    "may_be_deep",
    "previews",
    "read_file",
    "resized",
    "shown_name",
    "store_form",
    "thumbnail",
    "to_array",
    "window_for",
]
