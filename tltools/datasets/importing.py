"""What all sources share: pictures are decoded on all cores, stored together, and what
is left out is named.

Owns the batching; leaves the classes to `layouts`, decoding to `images`. An import
that is killed leaves a data set with what had been stored so far, and goes on from
there when the same files are brought in again.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import records, store
from tltools.datasets.names import clean_name, natural_key
from tltools.errors import DatasetError, InputError
from tltools.images import (
    VIDEO_EXTENSIONS,
    Depth,
    Window,
    decoders,
    kind_of_video,
    moment,
    on_disk,
    window_for,
)
from tltools.settings import Home, Workspace
from tltools.wording import said_once

_FIRST_SECONDS = 1.0  # before the first writing of the record, and the least between two
_WORK_FOR_EACH = 20.0  # seconds of decoding for each second of writing
LOOKING = "looking for pictures with more than 8 bits"
_EIGHT_BITS = (".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp", *VIDEO_EXTENSIONS)
_MOST_BYTES = 64_000_000  # of pictures that wait in memory


@dataclass(frozen=True)
class Found:
    """One file in a layout: its shown name, its class ("": without a label), its part
    and group as in `records.ImageRecord`, and how to read it."""

    name: str
    class_name: str
    part: str
    group: str
    read: Callable[[], bytes]


def target(home: str, workspace: str, dataset: str | None, name: str,
           source: str) -> tuple[Workspace, str]:
    """The workspace and the data set to add to; a new data set if `dataset` is None."""
    place = Home(Path(home)).workspace(workspace)
    return place, dataset or store.create(place, name, source).id


def bring_in(workspace: Workspace, dataset_id: str, found: list[Found],
             refused: list[records.Skipped], progress: files.Progress,
             window: tuple[float, float] | None = None) -> dict[str, Any]:
    """Decode and store every file; returns {"dataset", "used", "unlabelled", "there"
    (files of the same name and content that were brought in before), "found" (files),
    "skipped": [{"file", "reason"}], "frames" (of the pictures used, those out of
    videos), "videos" (out of how many)}.

    window: (black, white) of pictures with more than eight bits; None: that of the data
    set, or what `window_of` finds.

    Pictures are recorded together, so often that a kill loses a few seconds' work and
    so rarely that the cost of each stays the same however many there are. Where
    `progress` ends the import, what was decoded is stored first. A file that was
    brought into its class before is not decoded again. Raises `DatasetError` if nothing
    was found.
    """
    if not found and not refused:
        raise DatasetError("No files were found.",
                           "Put the pictures of each class into a folder of its own.")
    found = sorted(found, key=lambda item: natural_key(item.class_name))
    try:
        with Batch(workspace, dataset_id, refused) as batch:
            _decode(found, _window(workspace, dataset_id, found, window, progress), batch,
                    progress, workspace.uploads)
    except BaseException:
        _drop_empty(workspace, dataset_id)
        raise
    progress(len(found), len(found), "")
    return {"dataset": dataset_id, "used": batch.used, "unlabelled": batch.unlabelled,
            "there": batch.there, "found": len(found) + len(refused),
            "skipped": [{"file": note.file, "reason": note.reason} for note in batch.skipped],
            "frames": batch.frames, "videos": len(batch.videos)}


def finish(workspace: Workspace, result: dict[str, Any], made_here: bool) -> dict[str, Any]:
    """Raise `DatasetError` (and remove the empty data set) if an import brought
    nothing to learn from; else return `result`."""
    if result["used"] == 0 and made_here:
        store.delete(workspace, result["dataset"])
        if result["unlabelled"]:
            raise DatasetError(f"None of {result['unlabelled']:,} pictures has a label.",
                               "Put the pictures of each class into a folder of its own.")
        why = said_once((note["file"], note["reason"]) for note in result["skipped"])
        raise DatasetError(why[0] if why else "No pictures were found.",
                           "The folders must be the classes, with pictures in them.",
                           f"None of {result['found']:,} files could be used")
    return result


def _drop_empty(workspace: Workspace, dataset_id: str) -> None:
    """Remove a data set that was made for an import which brought nothing into it."""
    dataset = store.read(workspace, dataset_id)
    if not dataset.all_images and not dataset.classes and not dataset.actions:
        store.delete(workspace, dataset_id)


class Batch:
    """What is decoded and not yet recorded, and what has been. clock: in seconds.

    One batch is written in a thread while the next is decoded: the counts are whole
    when the `with` block has ended, which stores what is left.
    """

    def __init__(self, workspace: Workspace, dataset_id: str, refused: list[records.Skipped],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._place, self._images = (workspace, dataset_id), list[store.NewImage]()
        self._notes, self.skipped = list(refused), list(refused)
        self._bytes, self._wait, self._stored = 0, _FIRST_SECONDS, clock()
        self.used = self.unlabelled = self.there = self.frames = 0
        self.videos = set[str]()
        self._video_of: dict[str, str] = {}
        self.seen = 0
        """Files dealt with, used or not."""
        self._writer = ThreadPoolExecutor(1, "batch")
        self._writing: Future[None] | None = None

    def __enter__(self) -> "Batch":
        return self

    def __exit__(self, *_: object) -> None:
        with self._writer:
            self.write()
            self._written()

    def known(self) -> dict[tuple[str, str], str]:
        """The names of the data set's pictures, by class name and hash of the file."""
        dataset = store.read(*self._place)
        names_of = {item.id: item.name for item in dataset.classes} | {"": ""}
        return {(names_of[image.class_id], image.original_sha256): image.name
                for image in dataset.all_images}

    def again(self) -> None:
        """A file that an import before this one has brought in already."""
        self.seen += 1
        self.there += 1

    def add(self, *images: store.NewImage, video: str = "") -> None:
        """The picture of one more file, or those of a video of this name; stores all
        when it is time."""
        self.seen += 1
        if video:
            self._video_of |= {image.name: video for image in images if image.class_name}
        self._images += images
        self._bytes += sum(len(image.stored.data) for image in images)
        if self._bytes > _MOST_BYTES or self._clock() - self._stored > self._wait:
            self.write()

    def skip(self, note: records.Skipped) -> None:
        """A file that is not used."""
        self.seen += 1
        self._notes.append(note)
        self.skipped.append(note)

    def write(self) -> None:
        """Begin to record what has come since the last time. Raises what went wrong
        with the batch before."""
        if not self._images and not self._notes:
            return
        self._written()
        images, notes = self._images, self._notes
        self._images, self._notes, self._bytes = [], [], 0
        self._stored = self._clock()
        self._writing = self._writer.submit(self._store, images, notes)

    def _written(self) -> None:
        writing, self._writing = self._writing, None
        if writing:
            writing.result()

    def _store(self, images: list[store.NewImage], notes: list[records.Skipped]) -> None:
        begun = self._clock()
        added = store.add_images(*self._place, images, notes, len(images) + len(notes))
        self.skipped += added.doubles
        self.used += added.labelled
        self.unlabelled += added.unlabelled
        self._count_frames({image.name for image in images} - {note.file for note in added.doubles})
        # the record is written whole: the more it holds, the more share a writing
        self._wait = max(_FIRST_SECONDS, _WORK_FOR_EACH * (self._clock() - begun))


    def _count_frames(self, stored: set[str]) -> None:
        used = [name for name in stored if name in self._video_of]
        self.frames += len(used)
        self.videos |= {self._video_of[name] for name in used}


@dataclass(frozen=True)
class _Frames:
    """The pictures of one video that are not there yet."""

    video: str
    images: list[store.NewImage]


def window_of(found: Iterable[Found], progress: files.Progress) -> Window | None:
    """The window for the pictures with more than eight bits among these; None if there
    are none. Files whose names say that they have eight are not looked at: reading all
    twice would be dear."""
    found = [item for item in found if not item.name.lower().endswith(_EIGHT_BITS)]
    reading = threading.Lock()

    def look(item: Found) -> Depth | None:
        try:
            with reading:
                data = item.read()
            return decoders.shared().depth_of(data, item.name)
        except InputError:  # it will be refused when its turn comes
            return None

    depths = []
    for number, depth in enumerate(decoders.shared().in_order(look, found)):
        depths.append(depth)
        progress(number, len(found), LOOKING)
    return window_for(depths)


def _window(workspace: Workspace, dataset_id: str, found: list[Found],
            given: tuple[float, float] | None,
            progress: files.Progress) -> tuple[float, float] | None:
    """The window that this data set's pictures share from now on."""
    known = store.read(workspace, dataset_id).window
    if known:
        return known
    if given is None and (window := window_of(found, progress)):
        given = window.bounds
    if given:
        store.set_window(workspace, dataset_id, given)
    return given


def _decode(found: list[Found], window: tuple[float, float] | None, batch: Batch,
            progress: files.Progress, scratch: Path) -> None:
    """Read, decode on all cores and collect, in order. scratch: a folder for a video
    while it is decoded."""
    there, reading = batch.known(), threading.Lock()

    def decoded(item: Found) -> store.NewImage | _Frames | records.Skipped | None:
        try:
            with contextlib.ExitStack() as stack:
                with reading:  # an archive is read by one at a time
                    data = item.read()
                    digest = files.sha256(data)
                    video = stack.enter_context(on_disk(data, scratch)) \
                        if kind_of_video(data[:200]) else None
                if video:
                    del data  # those of several videos would be much memory
                    return _frames(item, video, digest, there)
            before = there.get((clean_name(item.class_name), digest))
            if before is not None:
                return None if before == item.name else records.Skipped(item.name,
                                                                      store.SAME_PICTURE)
            stored = decoders.shared().store_form(data, item.name, window)
        except InputError as error:
            return records.Skipped(item.name, str(error))
        return store.NewImage(stored, item.class_name, item.name, digest, item.part, item.group)

    with contextlib.closing(decoders.shared().in_order(decoded, found)) as answers:
        for answer in answers:
            if answer is None:
                batch.again()
            elif isinstance(answer, records.Skipped):
                batch.skip(answer)
            elif isinstance(answer, _Frames):
                batch.add(*answer.images, video=answer.video)
            else:
                batch.add(answer)
            progress(batch.seen, len(found), "")


def _frames(item: Found, path: Path, digest: str,
            there: dict[tuple[str, str], str]) -> _Frames | records.Skipped | None:
    """The pictures of a video, one group unless the source says another; None where it
    was brought in before."""
    def key(number: int) -> tuple[str, str]:
        return clean_name(item.class_name), files.sha256(f"{digest}:{number}".encode())

    before = there.get(key(0))
    if before is not None:
        return None if before.startswith(f"{item.name} at ") \
            else records.Skipped(item.name, store.SAME_PICTURE)
    moments = decoders.shared().frames(path, item.name)
    return _Frames(item.name, [
        store.NewImage(picture, item.class_name, f"{item.name} at {moment(seconds)}",
                       key(number)[1], item.part, item.group or item.name)
        for number, (seconds, picture) in enumerate(moments) if key(number) not in there])
