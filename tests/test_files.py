"""Writing survives kills, torn lines and a full disk."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tltools import files
from tltools.errors import NewerRecord, RecordError


def test_json_round_trip_and_no_left_overs(tmp_path):
    path = tmp_path / "a" / "record.json"
    files.write_json(path, {"name": "Ünïcödé ✓", "n": [1, 2.5, None]})
    assert files.read_json(path) == {"name": "Ünïcödé ✓", "n": [1, 2.5, None]}
    assert [entry.name for entry in path.parent.iterdir()] == ["record.json"]


def test_not_finite_numbers_become_null(tmp_path):
    files.write_json(tmp_path / "r.json", {"loss": float("nan"), "best": [float("inf"), 1.0]})
    assert json.loads((tmp_path / "r.json").read_text()) == {"loss": None, "best": [None, 1.0]}


def test_failed_write_leaves_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    files.write_json(path, {"v": 1})

    def full_disk(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        files.write_json(path, {"v": 2})
    monkeypatch.undo()
    assert files.read_json(path) == {"v": 1}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"nonsense", b"[" * 100_000])
def test_damaged_record_is_named(tmp_path, content):
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"run\.json is damaged"):
        files.read_json(path)


def test_torn_line_does_not_glue(tmp_path):
    path = tmp_path / "events.jsonl"
    files.append_json_line(path, {"n": 1})
    with open(path, "ab") as file:
        file.write(b'{"n": 2, "half')
    files.append_json_line(path, {"n": 3})
    records, offset = files.read_json_lines(path)
    assert records == [{"n": 1}, {"n": 3}]
    assert offset == path.stat().st_size


def test_a_synced_line_is_on_the_disk_when_the_call_returns(tmp_path, monkeypatch):
    synced, real = [], os.fsync

    def fsync(descriptor):
        real(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    path = tmp_path / "events.jsonl"
    files.append_json_line(path, {"n": 1})
    assert synced == []
    files.append_json_line(path, {"n": 2}, sync=True)
    assert synced == [path.stat().st_size], "the whole line was there when it was synced"


def test_unfinished_last_line_waits(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": ')
    records, offset = files.read_json_lines(path)
    assert records == [{"n": 1}]
    with open(path, "ab") as file:
        file.write(b"2}\n")
    assert files.read_json_lines(path, offset)[0] == [{"n": 2}]
    assert files.read_json_lines(tmp_path / "absent.jsonl", 7) == ([], 7)


@pytest.mark.slow
def test_kill_during_writing_never_breaks_a_record(tmp_path):
    """A writer is killed at random moments; the record is always whole (RELIABILITY: 0
    of 200)."""
    path = tmp_path / "status.json"
    code = (
        f"import sys; sys.path.insert(0, {os.getcwd()!r})\n"
        "from pathlib import Path\nfrom tltools import files\nn = 0\n"
        "while True:\n    n += 1\n"
        f"    files.write_json(Path({str(path)!r}), {{'n': n, 'fill': 'x' * 20000, 'end': n}})\n")
    for attempt in range(20):
        writer = subprocess.Popen([sys.executable, "-c", code])
        time.sleep(0.35 + 0.013 * attempt)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        if path.exists():
            record = files.read_json(path)
            assert record["n"] == record["end"]
    assert path.exists()


def test_what_a_kill_left_of_a_write_is_removed_and_nothing_else(tmp_path):
    left = [".model-0a1b2c3d.keras", ".status-0a1b2c3d.json", ".w_no_top-01234567.h5"]
    kept = [".run-0a1b2c3d.json", "model.keras", ".reserve", ".hidden", "model-0a1b2c3d.keras",
            ".new-20261124-093000-1a2b3c"]
    for name in (*left, *kept):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / ".a-0a1b2c3d.npz").write_bytes(b"x")
    files.remove_leftovers(tmp_path, seconds=60)
    assert len(list(tmp_path.iterdir())) == len(left) + len(kept) + 1, "somebody may write them"
    for name in (*left, *kept):
        os.utime(tmp_path / name, (1, 1))
    files.remove_leftovers(tmp_path, seconds=60, keep=("run",))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([*kept, "deep"])
    assert (tmp_path / "deep" / ".a-0a1b2c3d.npz").exists(), "this folder only"
    files.remove_leftovers(tmp_path / "absent")


def test_a_removal_that_was_cut_off_is_finished_by_the_next(tmp_path):
    (tmp_path / ".removed-0a1b2c3d" / "images").mkdir(parents=True)
    (tmp_path / "d").mkdir()
    files.remove_tree(tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


def test_hashes_agree(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256(b"abc") == files.sha256_file(tmp_path / "a")
    assert files.sha256(b"abc").startswith("ba7816bf")


def test_remove_tree_and_free_bytes(tmp_path):
    (tmp_path / "d" / "e").mkdir(parents=True)
    files.remove_tree(tmp_path / "d")
    files.remove_tree(tmp_path / "d")
    assert list(tmp_path.iterdir()) == []
    assert files.free_bytes(tmp_path / "not" / "there") > 0


def test_ids_sort_by_time_and_differ():
    ids = [files.new_id() for _ in range(50)]
    assert len(set(ids)) == 50
    assert [i[:15] for i in ids] == sorted(i[:15] for i in ids)


def test_a_record_of_a_newer_version_is_said_and_one_of_ours_is_not():
    for record in ({"format": 1}, {"format": 2}, {}, {"format": "9"}, {"format": True}, [], None):
        files.check_format(record, 2, "run.json")
    with pytest.raises(NewerRecord) as newer:
        files.check_format({"format": 3}, 2, "run.json")
    assert "run.json was made by a newer version of this app" in str(newer.value)
    assert isinstance(newer.value, RecordError)


def test_many_files_are_written_whole_or_leave_nothing(tmp_path, monkeypatch):
    contents = {tmp_path / "new" / f"{number}.jpg": bytes([number]) * 1000 for number in range(20)}
    files.write_many(contents)
    assert {path: path.read_bytes() for path in (tmp_path / "new").iterdir()} == contents
    real, written = files.replace, []

    def full(source, target):
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "full")
        written.append(target)
        real(source, target)

    monkeypatch.setattr(files, "replace", full)
    again = {tmp_path / "other" / path.name: data for path, data in contents.items()}
    with pytest.raises(OSError, match="full"):
        files.write_many(again)
    assert sorted((tmp_path / "other").iterdir()) == sorted(written), "no temporary one stays"
    assert all(path.read_bytes() == again[path] for path in written)
