"""Downloads against a real server on loopback: whole, broken, wrong, slow, hanging,
absent; on a full disk; cancelled.

Each failure ends in one line that says what to do, and none leaves a weights file
behind. The files are small and no network is built here; that what was downloaded
computes the same as Keras's own is in `test_weights.py`.
"""

import errno
import hashlib
import random
import threading
import time

import pytest

from tests.weights_server import serving
from tltools import backbones, files, settings, weights
from tltools.errors import Cancelled, DownloadError
from tltools.weights import downloads, published

NAME = "MobileNet-0.25"  # Keras publishes no hash of its files
FILE = "mobilenet_2_5_128_tf_no_top.h5"
PATH = f"/mobilenet/{FILE}"
HASHED, HASHED_PATH = "VGG16", "/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
BODY = b"\x89HDF\r\n\x1a\n" + random.Random(1).randbytes(600_000)
OTHER = b"\x89HDF\r\n\x1a\n" + random.Random(2).randbytes(600_000)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(downloads, "STALL_SECONDS", 1.0)
    monkeypatch.setattr(downloads, "RETRY_SECONDS", 0.0)


@pytest.fixture
def server(monkeypatch):
    with serving(files={PATH: BODY}) as here:
        monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", here.address)
        yield here


def fetch(home, name=NAME, **options):
    return downloads.download(home=str(home.path), backbone=name, mirror=settings.weights_mirror(),
                              **options)


def arrived(home, file=FILE):
    path = home.weights / "partial" / file
    return path.read_bytes() if path.exists() else b""


def refused(home, name=NAME, **options) -> str:
    """The one line in which a download ends; there is never a file that the app would
    load."""
    with pytest.raises(DownloadError) as caught:
        fetch(home, name, **options)
    line = str(caught.value)
    assert len(line) <= 132, "the address of Keras's server is longer than that of this one"
    assert "\n" not in line
    assert str(home.path) not in line
    assert caught.value.problem.remedy
    assert not any(weights.find(home, row) for row in backbones.REGISTRY.values())
    return line


def test_whole(home, server):
    seen = []
    result = fetch(home, progress=lambda *step: seen.append(step))
    assert arrived(home) == BODY
    assert result == {"backbone": NAME, "path": str(home.weights / "partial" / FILE), "name": FILE,
                      "host": server.address.removeprefix("http://")}
    assert seen[-1] == (len(BODY), len(BODY), "bytes")
    assert [step[0] for step in seen] == sorted(step[0] for step in seen)
    assert server.asked == [(PATH, None)]
    fetch(home)
    assert len(server.asked) == 1, "a file that is whole is not fetched again"
    fetch(home, restart=True)
    assert len(server.asked) == 2
    assert not weights.find(home, backbones.get(NAME)), (
        "it is not used before names and shapes are checked")


def test_nearest_resolution_and_flat_mirror(home, server):
    server.files = {"/mobilenet_2_5_192_tf_no_top.h5": BODY}
    assert fetch(home, input_size=200)["name"] == "mobilenet_2_5_192_tf_no_top.h5"
    assert [path for path, _ in server.asked] == ["/mobilenet/mobilenet_2_5_192_tf_no_top.h5",
                                                  "/mobilenet_2_5_192_tf_no_top.h5"]


def test_cut_off_goes_on_by_itself(home, server):
    server.cuts = [100_000, 70_000]
    fetch(home)
    assert arrived(home) == BODY
    assert [asked for _, asked in server.asked] == [None, "bytes=100000-", "bytes=170000-"]


def test_cut_off_again_and_again_then_resumed(home, server):
    server.cuts = [100_000, 0]
    assert "broke off after 0.1 of 0.6 MB" in refused(home)
    assert arrived(home) == BODY[:100_000]
    assert downloads.partial(home, FILE) == downloads.Partial(100_000, len(BODY), False)
    fetch(home)
    assert arrived(home) == BODY
    assert server.asked[-1] == (PATH, "bytes=100000-")


def test_resumed_by_date_where_there_is_no_tag(home, server):
    server.etag, server.modified, server.cuts = None, "Tue, 24 Nov 2026 10:00:00 GMT", [100_000]
    fetch(home)
    assert arrived(home) == BODY
    assert server.asked[-1][1] == "bytes=100000-"


@pytest.mark.parametrize("change", [{"ranges": False}, {"etag": 'W/"weak"'}, {"etag": None}])
def test_clean_restart_where_resuming_is_not_safe(home, server, change):
    """No ranges; or no sign by which to know that it is still the same file."""
    for name, value in change.items():
        setattr(server, name, value)
    server.cuts = [100_000, 0]
    assert "broke off" in refused(home)
    fetch(home)
    assert arrived(home) == BODY


def test_file_changed_between_tries(home, server):
    server.cuts = [100_000, 0]
    refused(home)
    server.files, server.etag = {PATH: OTHER}, '"two"'
    fetch(home)
    assert arrived(home) == OTHER


def test_file_changed_and_server_does_not_notice(home, server, monkeypatch):
    """A server that ignores If-Range answers with a piece of another file; its tag or
    its length gives it away."""
    server.cuts = [100_000, 0]
    refused(home)
    monkeypatch.setattr(server, "files", {PATH: OTHER + b"longer"})
    fetch(home)  # the tag is the same, the length is not
    assert arrived(home) == OTHER + b"longer"


def test_another_mirror_starts_anew(home, server, monkeypatch):
    server.cuts = [100_000, 0]
    refused(home)
    with serving(files={PATH: OTHER}) as second:
        monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", second.address)
        fetch(home)
        assert arrived(home) == OTHER
        assert second.asked == [(PATH, None)]


def test_shorter_than_what_has_arrived(home, server):
    server.cuts = [100_000, 0]
    refused(home)
    server.files = {PATH: OTHER[:50_000]}
    fetch(home)
    assert arrived(home) == OTHER[:50_000]


def test_hash(home, server, monkeypatch):
    server.files = {HASHED_PATH: BODY}
    assert "its hash differs" in refused(home, HASHED)
    assert not arrived(home, HASHED_PATH.rpartition("/")[2]), "a wrong file is not gone on with"
    row = published.FILES[HASHED_PATH.rpartition("/")[2]]
    right = published.Published(row.name, row.path, hashlib.md5(BODY).hexdigest())
    monkeypatch.setitem(published.FILES, row.name, right)
    assert fetch(home, HASHED)["name"] == row.name


@pytest.mark.parametrize(("body", "word"), [
    (b"<!DOCTYPE html><title>Sign in</title>" + b" " * 5000, "web page"),
    (b"PK\x03\x04" + bytes(5000), "no weights file"),
    (BODY[:8] + bytes(20_000_000), "sends more than"),
])
def test_something_else_with_status_200(home, server, body, word):
    server.files = {PATH: body}
    assert word in refused(home)
    assert not arrived(home)


def test_too_much_without_a_length(home, server):
    server.files, server.lengths = {PATH: BODY[:8] + bytes(20_000_000)}, False
    assert "sends more than" in refused(home)
    assert not arrived(home)


def test_slow(home, server):
    server.pause = 0.1
    fetch(home)
    assert arrived(home) == BODY


@pytest.mark.parametrize("after", [0, 131_072])
def test_hanging(home, server, after):
    server.hang_after = after
    assert "sent nothing for 1 s" in refused(home)
    assert len(arrived(home)) == after


@pytest.mark.parametrize(("status", "word"), [(403, "answered 403"), (503, "answered 503")])
def test_refusing_server(home, server, status, word):
    server.status = status
    assert word in refused(home)


def test_no_such_file(home, server):
    server.files = {}
    assert "(404)" in refused(home)


def test_no_server_names_the_choices(home):
    line = refused(home)  # tests/conftest.py: nobody listens there
    assert "No connection to 127.0.0.1:9." in line
    assert "Import the file, use a ready backbone (TLNet), or start from scratch." in line


@pytest.mark.parametrize("address", ["weights", "ftp://school/weights", "file:///etc", "http://"])
def test_bad_mirror(home, monkeypatch, address):
    monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", address)
    assert "TLTOOLS_WEIGHTS_URL" in refused(home)


def test_disk_too_small(home, server, monkeypatch):
    monkeypatch.setattr(files, "free_bytes", lambda _: 30_000_000)
    assert "51 MB of disk are needed, with a reserve; 30 MB are free." in refused(home)
    assert not arrived(home)


def test_disk_fills_up_on_the_way(home, server, monkeypatch):
    class Full:
        def __init__(self, path, mode):
            self.file = open(path, mode)  # noqa: SIM115
            self.left = 200_000

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, data):
            self.left -= len(data)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.file.write(data)

        def flush(self):
            self.file.flush()

    monkeypatch.setattr(downloads, "open", Full, raising=False)
    assert "are free" in refused(home)
    assert not arrived(home), "what has arrived is given up, so that the rest can write"


@pytest.mark.parametrize("hang_after", [None, 65_536])
def test_cancel(home, server, hang_after):
    """Also while the server sends nothing (or it would end with "sent nothing"); what
    has arrived stays and the next try goes on from it."""
    server.pause, server.hang_after = 0.05, hang_after
    begun = time.monotonic()

    def progress(done, total, what):
        if time.monotonic() - begun > 0.4:
            raise Cancelled("It was cancelled.")

    with pytest.raises(Cancelled):
        fetch(home, progress=progress)
    kept = len(arrived(home))
    assert 0 < kept < len(BODY)
    server.pause, server.hang_after = 0, None
    fetch(home)
    assert arrived(home) == BODY
    assert server.asked[-1][1] == f"bytes={kept}-"


def test_two_at_once(home, server):
    server.pause = 0.3
    first = threading.Thread(target=fetch, args=(home,))
    first.start()
    while not arrived(home):
        time.sleep(0.02)
    assert downloads.partial(home, FILE).busy
    assert "another window" in refused(home)
    first.join()
    assert arrived(home) == BODY
    assert not downloads.partial(home, FILE).busy


def test_nothing_is_published(home):
    assert "Keras publishes no weights of TLNet." in refused(home, "TLNet")


def test_memory_is_constant(home, server):
    """A file of 60 MB raises the peak by a few chunks, not by the file."""
    import tracemalloc

    server.files = {HASHED_PATH: BODY[:8] + bytes(58_000_000)}
    tracemalloc.start()
    refused(home, HASHED)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000, f"{peak / 1e6:.1f} MB"
