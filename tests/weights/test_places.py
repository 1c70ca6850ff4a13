"""Where weights stand, what their origin is, and that a downloaded file computes what
`weights="imagenet"` computes."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.weights.helpers import FILE, NAME, made_up
from tests.weights_server import serving
from tltools import backbones, engine, files, weights
from tltools.backbones import REGISTRY
from tltools.config import RunConfig
from tltools.errors import ModelFileError
from tltools.weights import published

PUBLISHED = [row for row in REGISTRY.values() if not row.bundled]
SMALLEST = {
    family: min((row for row in PUBLISHED if row.family == family),
                key=lambda row: row.parameters).name
    for family in dict.fromkeys(row.family for row in PUBLISHED)
}
IN_EVERY_SUITE = ("MobileNet-0.25", "EfficientNetB0")  # the others with --whole-table


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`input_shape` is undefined")
@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[] if name in IN_EVERY_SUITE else pytest.mark.table)
    for name in SMALLEST.values()
])
def test_downloaded_equals_imagenet(home, tmp_path, monkeypatch, name):
    """Both fetch the same file from a server on loopback: Keras by
    `weights="imagenet"`, we by our own download."""
    import keras

    from tltools.models import networks
    from tltools.weights.downloads import download

    row = backbones.get(name)
    size = max(row.least_input, 64)
    # Keras takes this one for every size that it has none for
    file, entry = weights.to_download(row, 224)
    monkeypatch.setitem(published.FILES, entry.name,
                        published.Published(entry.name, entry.path, None))
    made_up(name, tmp_path / "file.h5")
    constructor = getattr(keras.applications, row.constructor)
    file_utils = sys.modules["keras.src.utils.file_utils"]
    real = file_utils.get_file
    with serving(files={f"/{entry.path}": (tmp_path / "file.h5").read_bytes()}) as server:
        def get_file(name, origin, **options):
            assert origin == entry.address
            return real(name, f"{server.address}/{entry.path}", cache_dir=str(tmp_path),
                        cache_subdir="theirs")

        monkeypatch.setattr(file_utils, "get_file", get_file)
        options = {
            key: getattr(row, key) for key in ("alpha", "minimalistic") if getattr(row, key, None)
        }
        theirs = constructor(weights="imagenet", include_top=False, input_shape=(size, size, 3),
                             **options)
        fetched = download(home=str(home.path), backbone=name, mirror=server.address,
                           input_size=224)
        assert [path for path, _ in server.asked] == [f"/{entry.path}"] * 2
    placed = weights.place(home, row, Path(fetched["path"]), fetched["name"], fetched["host"])
    assert placed == home.weights / file

    config = RunConfig(backbone=name, weights="imagenet", input_size=size)
    split = networks.build(config, 2, weights.resolve(home, config))
    ends = {operation.name: operation.output for operation in split.whole.operations}
    ours = keras.Model(split.whole.input, ends[row.stages[-1].cut])
    picture = np.random.default_rng(1).integers(0, 256, (2, size, size, 3)).astype("float32")
    expected = theirs(sys.modules[constructor.__module__].preprocess_input(picture.copy()),
                      training=False).numpy()
    scale = np.abs(expected).max()
    assert expected.std() > 1e-6 * scale > 0, "nothing comes out: the comparison would see nothing"
    np.testing.assert_allclose(
        ours(picture, training=False).numpy() / scale, expected / scale, atol=2e-5)


@pytest.fixture(scope="module")
def small_file(tmp_path_factory) -> Path:
    """A real weights file of the smallest backbone."""
    path = tmp_path_factory.mktemp("weights") / FILE
    made_up(NAME, path)
    return path


def test_same_shapes_under_other_names_do_not_fit(home, small_file, tmp_path):
    """The layout goes by order alone; a network of the same shapes whose layers bear
    other names is refused."""
    import h5py

    from tltools.models import networks

    renamed = shutil.copy(small_file, tmp_path / "other.h5")
    with h5py.File(renamed, "r+") as file:
        names = [str(name) for name in file.attrs["layer_names"]]
        for name in names:
            file.move(name, f"theirs_{name}")
        file.attrs["layer_names"] = [f"theirs_{name}".encode() for name in names]
    row = backbones.get(NAME)
    with pytest.raises(ModelFileError, match="No layer"):
        networks.load_weights(networks.plain_backbone(row, 32), row, Path(renamed))


def test_origin_belongs_to_the_file_that_is_there(home, tmp_path, monkeypatch):
    row = backbones.get(NAME)
    (tmp_path / "in.h5").write_bytes(b"weights")
    path = weights.place(home, row, tmp_path / "in.h5", FILE)
    assert "imported, origin not verified" in weights.origin(home, path)
    path.write_bytes(b"something else")  # put there by hand
    assert weights.origin(home, path) == "origin not verified"
    weights.record_path(path).write_bytes(b"{")
    assert weights.origin(home, path) == "origin not verified"
    cache = tmp_path / "keras" / "models"
    cache.mkdir(parents=True)
    shutil.move(path, cache / FILE)
    now = weights.standing(home, row)
    assert (now.state, now.file) == (weights.State.HERE, FILE)
    assert now.origin == "from Keras's own download folder, origin not verified"


def test_origin_says_what_the_hash_says(home, tmp_path, monkeypatch):
    row, name = backbones.get("VGG16"), backbones.get("VGG16").weights_files[0]
    (tmp_path / "in.h5").write_bytes(b"weights")
    assert "its hash is not the published one" in weights.origin(
        home, weights.place(home, row, tmp_path / "in.h5", name))
    digits = files.sha256(b"weights")
    monkeypatch.setitem(published.FILES, name, published.Published(name, name, digits))
    assert "its hash is the published one" in weights.origin(
        home, weights.place(home, row, tmp_path / "in.h5", name))
    placed = weights.place(home, row, tmp_path / "in.h5", name, "storage.googleapis.com")
    assert weights.origin(home, placed) == (
        "downloaded from storage.googleapis.com, its hash is the published one; "
        "names and shapes fit")
    assert not (tmp_path / "in.h5").exists(), "a download is moved"


@pytest.mark.slow
def test_download_through_the_real_engine_is_cancelled_and_goes_on(home, small_file, monkeypatch):
    """Progress, time left, cancel within a second while the server hangs, then resumed;
    all in a worker process."""
    from tests.helpers import until

    def submit() -> str:
        return here.submit("data", "tltools.weights.downloads:download", home=str(home.path),
                           backbone=NAME, mirror=server.address)

    with serving(files={f"/mobilenet/{FILE}": small_file.read_bytes()}, pause=0.2,
                 hang_after=655_360) as server:
        here = engine.connect()
        try:
            here.wait()
            task = submit()
            until(lambda: here.task(task).done == 655_360
                  and here.task(task).seconds_left is not None, 30)
            view = here.task(task)
            assert (view.total, view.what) == (small_file.stat().st_size, "bytes")
            here.cancel(task)
            until(lambda: here.task(task).state == "failed", 10)
            assert here.task(task).problem.title == "Cancelled"
            server.hang_after, server.pause = None, 0
            task = submit()
            until(lambda: here.task(task).state == "done", 20)
            assert server.asked[-1][1] == "bytes=655360-"
            assert Path(here.task(task).result["path"]).read_bytes() == small_file.read_bytes()
        finally:
            here.stop()
