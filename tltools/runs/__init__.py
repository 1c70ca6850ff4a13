"""A run is a folder: its records, its states and events, and everything that can be
asked of many runs.

`store` is the face: reading, creating and marking a run, and the lock that keeps it to
one writer. `events` names states and records, `queue` says whose turn is next,
`listing` is what the Runs page lists, `lineage` which run starts from which, `disk`
what takes space. Leaves training to `training` and the doing of the queue to `engine`.
"""

from tltools.runs.store import (
    FORMAT,
    LEFT_SECONDS,
    MOST_NOTES,
    MOST_TAGS,
    TAG_LENGTH,
    Run,
    annotate,
    append_event,
    create,
    default_name,
    delete,
    list_runs,
    lock,
    read,
    read_folder,
    rename,
    request_resume,
    request_stop,
    tidy,
    write_end,
    write_status,
)

__all__ = [
    "FORMAT",
    "LEFT_SECONDS",
    "MOST_NOTES",
    "MOST_TAGS",
    "TAG_LENGTH",
    "Run",
    "annotate",
    "append_event",
    "create",
    "default_name",
    "delete",
    "list_runs",
    "lock",
    "read",
    "read_folder",
    "rename",
    "request_resume",
    "request_stop",
    "tidy",
    "write_end",
    "write_status",
]
