"""Pictures from outside and what is kept of them: the one door, and the one resize that
training, serving and exports share.

`door` makes the stored form of a picture, by way of `formats` (what a file is, its
limits, its decoding), `metadata` (what is cut away before a decoder sees it), `dicom`,
`depths` (more than eight bits, one window for a whole import) and `colours` (profiles,
transparency). `videos` takes pictures out of a video. `stored` reads what was kept: the
array that a network sees, small pictures. `decoders` are child processes around the
door, with bounds on time and memory: what comes from a person goes through them. Leaves
where pictures are kept to `datasets`. No TensorFlow, no Streamlit.
"""

from tltools.images.depths import Depth, Window, depth_of, may_be_deep, window_for
from tltools.images.door import array_from_outside, read_file, store_form
from tltools.images.formats import KNOWN_EXTENSIONS, kind_of_video, shown_name
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
from tltools.images.videos import VIDEO_EXTENSIONS, moment, on_disk, read_file_or_video

MEDIA_EXTENSIONS = KNOWN_EXTENSIONS + VIDEO_EXTENSIONS
"""Names that look like a picture or like a video, which becomes pictures."""

__all__ = [
    "EXTENSION",
    "KNOWN_EXTENSIONS",
    "MEDIA_EXTENSIONS",
    "PREPROCESSING",
    "VIDEO_EXTENSIONS",
    "Depth",
    "StoredImage",
    "Window",
    "array_from_outside",
    "depth_of",
    "from_array",
    "kind_of_video",
    "may_be_deep",
    "moment",
    "on_disk",
    "previews",
    "read_file",
    "read_file_or_video",
    "resized",
    "shown_name",
    "store_form",
    "thumbnail",
    "to_array",
    "window_for",
]
