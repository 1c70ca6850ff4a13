"""Pretrained weights: where they are on this machine, what is published, and how they
get here.

`places` is the face: finding, placing and naming weights files. `published` holds
Keras's addresses and hashes, `downloads` fetches. Leaves the check of what is in a file
to `models`.
"""

from tltools.weights.places import (
    BUNDLED_FOLDER,
    CHOICES,
    Standing,
    State,
    available,
    bundled_available,
    bundled_path,
    find,
    origin,
    place,
    record_path,
    resolve,
    standing,
    status,
    to_download,
)

__all__ = [
    "BUNDLED_FOLDER",
    "CHOICES",
    "Standing",
    "State",
    "available",
    "bundled_available",
    "bundled_path",
    "find",
    "origin",
    "place",
    "record_path",
    "resolve",
    "standing",
    "status",
    "to_download",
]
