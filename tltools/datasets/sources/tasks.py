"""What the engine does with a source: look at it, then bring it in by the reading that
a person has chosen.

Owns the two tasks and their answers, which are values of JSON. Leaves the reading to
`layouts` and storing to `importing`. Both tasks read the source anew, so that nothing
has to be kept between a look and an import.
"""

import base64
import contextlib
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import importing, store
from tltools.datasets.importing import Found
from tltools.datasets.names import clean_name
from tltools.datasets.reading import labels, layouts
from tltools.datasets.reading.group_columns import group_columns, values_of
from tltools.datasets.reading.layouts import Item, Reading
from tltools.datasets.records import Skipped
from tltools.datasets.sources.opening import Opened, opened, own_files
from tltools.errors import DatasetError, InputError
from tltools.images import VIDEO_EXTENSIONS, Window, decoders, kind_of_video, on_disk
from tltools.settings import LIMITS, Home

GROUPINGS = {"none": "Each picture by itself", "folder": "Pictures of one folder"}
"""What a person can say belongs together, beside what a reading finds by itself."""
COLUMN = "column:"
"""Before the name of a column of a file of labels, as another grouping."""
SAMPLED_CLASSES = 24
"""Classes of which one look shows pictures: those of all 1,000 would take a minute."""
_LOOKED_AT = 100  # pictures whose depth is looked at for a preview
_PARTS = {"train": "train", "validation": "validation", "test": "test", "": "unassigned"}


def inspect(*, source: Mapping[str, Any], csv: Mapping[str, str] | None = None, layout: str = "",
            group_by: str = "", samples: int = 0, first: int = 0,
            progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """How a source is read, before anything is brought in.

    source: see `opening.opened`. csv: a file of labels, {"path", "name"}. layout: the
    name of a reading (`layouts.TITLES`), "" for the best. group_by: what belongs
    together (`GROUPINGS`, or "column:NAME"), "" for what the reading says. samples:
    small pictures of each class, of `SAMPLED_CLASSES` classes from number `first` on.

    Answer: "name" (for a data set), "layout", "other_layouts" (names), "titles" (of
    these, in words), "classes" [{"name", "train", "validation", "test", "unassigned"
    (counts), "samples" (JPEG, base64; if asked for)}], "unlabelled" and "groups"
    (counts), "group_columns" (columns of files of labels by which pictures can be
    grouped), "skipped" [{"file", "reason"}], "lines" (the same for the lines of a file
    of labels that are not used), "notes" (sentences), "look_alike" (lists
    of names), "labels" (the report of a file of labels, or None), "encoding" and
    "encodings" (of the names in an archive), "window" ({"low", "high", "reason"} of
    deep pictures, if samples are asked for, or None). Raises `DatasetError` for a
    layout that does not fit.
    """
    with opened(source) as found:
        every, reading = _read(found, csv, layout, group_by)
        answer = _answer(found, every, reading)
        if samples:
            _add_samples(answer, found, reading, samples, first, progress)
    return answer


def bring_in(*, home: str, workspace: str, dataset: str | None, source: Mapping[str, Any],
             csv: Mapping[str, str] | None = None, layout: str = "", group_by: str = "",
             rename: Mapping[str, str] | None = None, title: str = "",
             window: list[float] | None = None, remove: bool = False,
             progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Import a source by a reading of it. Result: see `importing.bring_in`; where a
    file of labels was used, its report is the result's "labels".

    dataset: to add to; None for a new one, called `title` or as the source is. csv,
    layout, group_by: as `inspect`. rename: new names of classes by their old ones; the
    same for two joins them, "" leaves one out. window: (black, white) of deep pictures.
    remove: remove the files of an archive, of uploads and the csv, whatever happens.
    """
    try:
        scratch = Home(Path(home)).workspace(workspace).uploads
        with opened(source, scratch if scratch.is_dir() else None) as found:
            reading = _renamed(_read(found, csv, layout, group_by)[1], rename or {})
            if dataset is None and not reading.classes:
                raise DatasetError(
                    f"None of {len(reading.items):,} pictures has a label.",
                    "Put the pictures of each class into a folder of its own.")
            place, dataset_id = importing.target(home, workspace, dataset,
                                                 title.strip() or found.name, found.words)
            result = importing.bring_in(
                place, dataset_id, [_found(found, item) for item in reading.items],
                [*found.refused, *reading.skipped], progress,
                (window[0], window[1]) if window else None)
            result = importing.finish(place, result, dataset is None)
            if reading.lines:
                store.add_images(place, dataset_id, [], list(reading.lines), 0)
        return {**result, "labels": reading.report} if reading.report else result
    finally:
        if remove:
            for path in [*own_files(source), *([Path(csv["path"])] if csv else [])]:
                path.unlink(missing_ok=True)


def _read(found: Opened, csv: Mapping[str, str] | None, layout: str,
          group_by: str) -> tuple[list[Reading], Reading]:
    """All readings of the source, and the one that is meant, in its groups."""
    given = labels.read(csv, labels.keys_of(found.files)) if csv else None
    if not found.files:
        raise DatasetError(f"None of {len(found.refused):,} files can be used.",
                           found.refused[0].reason)
    every = layouts.readings(found.files, lambda path: found.files[path](), given)
    return every, _grouped(layouts.chosen(every, layout), group_by)


def _grouped(reading: Reading, group_by: str) -> Reading:
    """The reading with the groups that a person names; raises `DatasetError` for a
    grouping that is not known."""
    column = group_by.removeprefix(COLUMN) if group_by.startswith(COLUMN) else None
    if column is None and group_by not in ("", *GROUPINGS):
        raise DatasetError(f"Received the grouping {clean_name(group_by)[:30]}.",
                           f"Known are: {', '.join(GROUPINGS)}, {COLUMN}NAME.")
    notes = [note for note in reading.notes if not group_by or "group" not in note]
    if group_by:
        told = values_of(reading.rows, column) if column is not None else {}
        folder = group_by == "folder"
        reading = replace(reading, items=tuple(
            replace(item, group="/".join(item.path[:-1]) if folder else told.get(item.path, ""))
            for item in reading.items))
    groups: dict[str, set[str]] = {}
    videos = {item.path for item in reading.items if item.path[-1].lower().endswith(
        VIDEO_EXTENSIONS)}
    for item in reading.items:
        own = "/".join(item.path) if item.path in videos else ""
        groups.setdefault(item.class_name, set()).add(item.group or own)
    single = [name for name in reading.classes if groups[name] != {""} and len(groups[name]) == 1]
    if group_by == "folder":
        notes.append(f"Pictures of one folder stay together: "
                     f"{len(set().union(*groups.values())):,} groups.")
    if column is not None:
        count = len(set().union(*groups.values()) - {""})
        notes.append(f"Pictures with the same {clean_name(column)[:30]} stay together: "
                     f"{count:,} groups.")
    if single:
        notes.append(f"All pictures of {layouts.some_of(single)} are in one group: "
                     "they can only be learned from, not tested with.")
    if videos:
        many = f"{len(videos):,} videos become up to {LIMITS.video_frames} pictures each" \
            if len(videos) > 1 else f"A video becomes up to {LIMITS.video_frames} pictures"
        notes.append(f"{many}; the pictures of a video stay on one side of the split.")
    return replace(reading, notes=tuple(notes))


def _answer(found: Opened, every: list[Reading], reading: Reading) -> dict[str, Any]:
    counts = Counter((item.class_name, item.part) for item in reading.items)
    names = [other.layout for other in every]
    return {
        "name": found.name,
        "layout": reading.layout,
        "other_layouts": [name for name in names if name != reading.layout],
        "titles": {name: layouts.TITLES[name] for name in names},
        "classes": [{"name": name, **{key: counts[name, part] for part, key in _PARTS.items()}}
                    for name in reading.classes],
        "unlabelled": sum(count for (name, _), count in counts.items() if not name),
        "groups": len({item.group for item in reading.items} - {""}),
        "group_columns": group_columns(reading.rows),
        "skipped": _notes([*found.refused, *reading.skipped]),
        "lines": _notes(reading.lines),
        "notes": list(reading.notes),
        "look_alike": [list(names) for names in reading.look_alike],
        "labels": reading.report,
        "encoding": found.encoding,
        "encodings": list(found.encodings),
        "window": None,
    }


def _notes(skipped: Iterable[Skipped]) -> list[dict[str, str]]:
    return [{"file": note.file, "reason": note.reason} for note in skipped]


def _add_samples(answer: dict[str, Any], found: Opened, reading: Reading, samples: int,
                 first: int, progress: files.Progress) -> None:
    """Put small pictures into the answer's classes, and the window they are seen in.
    """
    shown = reading.classes[first:first + SAMPLED_CLASSES]
    chosen = [item for name in shown for item in _spread(
        [item for item in reading.items if item.class_name == name], samples)]
    window = _window(found, reading, progress)
    answer["window"] = {"low": window.low, "high": window.high, "reason": window.reason} \
        if window else None
    reading_one = threading.Lock()

    def small(item: Item) -> str:
        name = "/".join(item.path)
        try:
            with contextlib.ExitStack() as stack:
                with reading_one:  # an archive is read by one at a time
                    data = found.files[item.path]()
                    video = stack.enter_context(on_disk(data)) \
                        if kind_of_video(data[:200]) else None
                if video:
                    del data  # those of several videos would be much memory
                    stored = decoders.shared().frames(video, name, first=True)[0][1]
                else:
                    stored = decoders.shared().store_form(data, name,
                                                          window.bounds if window else None)
        except InputError:  # it is named when it is brought in
            return ""
        return base64.b64encode(stored.small).decode()

    pictures: dict[str, list[str]] = {name: [] for name in shown}
    for number, (item, picture) in enumerate(
            zip(chosen, decoders.shared().in_order(small, chosen), strict=True), 1):
        progress(number, len(chosen), "pictures to look at")
        if picture:
            pictures[item.class_name].append(picture)
    for entry in answer["classes"]:
        if entry["name"] in pictures:
            entry["samples"] = pictures[entry["name"]]


def _window(found: Opened, reading: Reading, progress: files.Progress) -> Window | None:
    """The window of some of the pictures; the import looks at all of them."""
    some = _spread(list(reading.items), _LOOKED_AT)
    return importing.window_of([_found(found, item) for item in some], progress)


def _spread(items: list[Item], count: int) -> list[Item]:
    """At most so many of the items, from all over."""
    return [items[number * len(items) // count] for number in range(min(count, len(items)))] \
        if len(items) > count else items


def _found(found: Opened, item: Item) -> Found:
    return Found("/".join(item.path), item.class_name, item.part, item.group,
                 found.files[item.path])


def _renamed(reading: Reading, rename: Mapping[str, str]) -> Reading:
    """The reading with classes renamed, joined or left out; raises `DatasetError` for
    one that is not there."""
    for old in rename:
        if old not in reading.classes:
            raise DatasetError(f"There is no class called {clean_name(old)[:30] or '(no name)'}.",
                               f"These are there: {layouts.some_of(reading.classes)}.")
    new = {name: clean_name(rename.get(name, name)) for name in reading.classes}
    items = [replace(item, class_name=new.get(item.class_name, ""))
             for item in reading.items if not item.class_name or new[item.class_name]]
    return replace(reading, items=tuple(items))
