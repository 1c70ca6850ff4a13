"""A weights file that came from outside: what fits is loaded, and whatever else it is
ends in one sentence that names the file, in a child process."""

import shutil
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.helpers import drawn, queued, train
from tests.weights.helpers import FILE, NAME, made_up
from tltools import backbones
from tltools.errors import ModelFileError
from tltools.models import weights_file
from tltools.models.weights_file import Expected
from tltools.runs.events import RunState

EXPECTED = Expected("Tiny", "tiny_no_top.h5", ("dense", "relu"), (((4, 3), (3,)),))
"""An architecture of one layer with weights."""


@pytest.fixture(scope="module")
def small_file(tmp_path_factory) -> Path:
    """A real weights file of the smallest backbone."""
    path = tmp_path_factory.mktemp("weights") / FILE
    made_up(NAME, path)
    return path


def write(path: Path, change=None) -> Path:
    """A file that fits `EXPECTED`, but for what `change(file)` does to it."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"dense", b"relu"]
        dense = file.create_group("dense")
        dense.attrs["weight_names"] = [b"dense/kernel", b"dense/bias"]
        dense["dense/kernel"] = np.ones((4, 3), np.float32)
        dense["dense/bias"] = np.ones(3, np.float32)
        file.create_group("relu").attrs["weight_names"] = np.array([])
        if change:
            change(file)
    return path


def again(file, **options):
    """Put another array in the place of the kernel."""
    del file["dense/dense/kernel"]
    return file["dense"].create_dataset("dense/kernel", **options)


def bomb(file):
    """A chunk of 480 bytes whose compressed form unpacks to 600 MB."""
    kernel = again(file, shape=(4, 3), maxshape=(None, 3), dtype="f4", chunks=(40, 3),
                   compression="gzip")
    kernel.id.write_direct_chunk((0, 0), zlib.compress(bytes(600_000_000), 1))


def elsewhere(file):
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "data", (4, 3))
    del file["dense/dense/kernel"]
    file["dense"].create_virtual_dataset("dense/kernel", layout)


def circle(file):
    file["dense/again"] = file["dense"]


def names(value):
    def change(file):
        del file.attrs["layer_names"]
        file.attrs["layer_names"] = value

    return change


HOSTILE = {
    "nothing stored": (lambda file: again(
        file, shape=(1000, 1000, 1046), dtype="f4", chunks=(100, 100, 100)), "more numbers"),
    "beside what is expected": (lambda file: file.create_dataset(
        "more", (1000, 1000, 1046), "f4", chunks=(100, 100, 100)), "more numbers"),
    "right shape, nothing stored": (lambda file: again(
        file, shape=(4, 3), dtype="f4", chunks=(2, 3)), "does not hold"),
    "right shape, never written": (lambda file: again(file, shape=(4, 3), dtype="f4"),
                                   "does not hold"),
    "a huge chunk": (lambda file: again(
        file, shape=(4, 3), maxshape=(None, 3), dtype="f4", chunks=(100_000_000, 3)),
        "more numbers"),
    "external storage": (lambda file: again(
        file, shape=(4, 3), dtype="f4", external=[("/etc/hostname", 0, 48)]), "refers to other"),
    "virtual": (elsewhere, "refers to other"),
    "external link": (lambda file: file.__setitem__(
        "out", h5py.ExternalLink("/etc/other.h5", "/a")), "refers to other"),
    "soft link": (lambda file: file.__setitem__("out", h5py.SoftLink("/dense")),
                  "refers to other"),
    "a circle": (circle, "or to itself"),
    "texts": (lambda file: again(file, data=np.array([[b"x"] * 3] * 4, object),
                                 dtype=h5py.string_dtype()), "no weights"),
    "records": (lambda file: again(file, shape=(4, 3), dtype=[("a", "f4"), ("b", "i4")]),
                "no weights"),
    "a committed type": (lambda file: file.__setitem__("type", np.dtype("f4")), "no weights"),
    "layer_names a number": (names(5), "no weights"),
    "layer_names numbers": (names([1.0, 2.0]), "no weights"),
    "layer_names no UTF-8": (names([b"dense", b"\xff\xfe"]), "no weights"),
    "layer_names nothing": (names(h5py.Empty("f4")), "no weights"),
    "weight_names a number": (lambda file: file["dense"].attrs.__setitem__("weight_names", 5),
                              "no weights"),
    "a layer that is not there": (names([b"dense", b"gone"]), "does not fit"),
    "names of another": (lambda file: (file.move("dense", "theirs"), names([b"theirs"])(file)),
                         "No layer of"),
    "another shape": (lambda file: again(file, data=np.ones((3, 4), np.float32)), "does not fit"),
    "a layer too many": (lambda file: file["relu"].attrs.__setitem__("weight_names", [b"a"]),
                         "does not fit"),
    "no number": (lambda file: again(file, data=np.full((4, 3), np.nan, np.float32)),
                  "not numbers"),
    "no number of ours": (lambda file: again(file, data=np.full((4, 3), 1e300)), "not numbers"),
    "a classifier": (names([b"dense", b"predictions"]), "classifier on top"),
}


def said(path: Path, name: str, expected: Expected = EXPECTED, **bounds) -> str:
    """The sentence with which the file is refused; short, with its name and no path."""
    with pytest.raises(ModelFileError) as refused:
        weights_file.check(path, name, expected, **bounds)
    line = str(refused.value)
    assert name in line
    assert str(path.parent) not in line
    assert len(line) <= 140
    return line


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_a_sentence(tmp_path, kind):
    """What the child says; all in one child each would take a minute."""
    change, words = HOSTILE[kind]
    found, values = weights_file.look(write(tmp_path / "a.h5", change), EXPECTED)
    assert words in weights_file._sentence(found, values, "mine.h5", EXPECTED)[0]


def test_what_fits_is_let_through_in_both_of_keras_layouts(tmp_path):
    weights_file.check(write(tmp_path / "a.h5"), "mine.h5", EXPECTED)

    def whole_model(file):
        """As a whole model's file is laid, with an optimizer's values."""
        inner = file.create_group("model_weights")
        inner.attrs["layer_names"] = file.attrs["layer_names"]
        del file.attrs["layer_names"]
        for name in ("dense", "relu"):
            file.move(name, f"model_weights/{name}")
        file["optimizer_weights/a"] = np.ones((4, 3), np.float32)

    assert weights_file.look(write(tmp_path / "b.h5", whole_model), EXPECTED) == ("fits", [])
    with h5py.File(tmp_path / "c.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = np.ones((4, 3), np.float32)
        file["layers/dense/vars/1"] = np.ones(3, np.float32)
        file["optimizer/vars/0"] = np.ones((9,), np.float32)
    assert weights_file.look(tmp_path / "c.weights.h5", EXPECTED) == ("fits", [])
    with h5py.File(tmp_path / "c.weights.h5", "r+") as file:
        del file["layers/dense/vars/1"]
    assert weights_file.look(tmp_path / "c.weights.h5", EXPECTED)[0] == "shapes"


def test_a_layers_names_may_stand_in_several_attributes(tmp_path):
    """Keras cuts a list that is too long for one."""

    def cut(file):
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = [b"dense"], [b"relu"]

    assert weights_file.look(write(tmp_path / "a.h5", cut), EXPECTED) == ("fits", [])


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x89HDF\r\n\x1a\n" + bytes(200)])
def test_what_is_no_hdf5_file_is_said(tmp_path, content):
    (tmp_path / "a.h5").write_bytes(content)
    assert weights_file.look(tmp_path / "a.h5", EXPECTED)[0] in ("no-hdf5", "damaged")


def test_a_cut_off_file_is_said(tmp_path, small_file):
    (tmp_path / "a.h5").write_bytes(small_file.read_bytes()[:300_000])
    assert "cut off" in said(tmp_path / "a.h5", "mine.h5")


def test_too_many_objects_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(weights_file, "MOST_OBJECTS", 50)

    def many(file):
        for number in range(60):
            file.create_group(f"g{number}")

    assert weights_file.look(write(tmp_path / "a.h5", many), EXPECTED)[0] == "strange"


def test_the_child_has_a_bound_on_its_memory_and_its_time(tmp_path):
    """A chunk that unpacks to 600 MB where 500 are allowed: its reader ends, not we."""
    path = write(tmp_path / "a.h5", bomb)
    line = said(path, "mine.h5", most_bytes=500_000_000)
    assert "memory" in line or "damaged" in line
    assert "takes too long" in said(path, "mine.h5", seconds=0)


def test_a_name_of_any_length_leaves_a_short_line(tmp_path):
    path = write(tmp_path / "a.h5", names([b"dense", b"predictions"]))
    with pytest.raises(ModelFileError) as refused:
        weights_file.check(path, "x" * 300 + "\n.h5", EXPECTED)
    assert len(str(refused.value)) <= 140
    assert "\n" not in str(refused.value)


def declaring(path: Path) -> Path:
    """Two megabytes that declare four gigabytes of which nothing is stored."""
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/conv2d/vars/0", (1000, 1000, 1046), "f4",
                            chunks=(100, 100, 100))
        file["fill"] = np.zeros(2_000_000, np.uint8)
    return path


def test_an_import_that_would_take_the_machine_down_is_a_sentence(home, tmp_path):
    from tltools.models import networks

    path = declaring(tmp_path / "upload.weights.h5")
    with pytest.raises(ModelFileError) as refused:
        networks.import_weights(home=str(home.path), backbone=NAME, path=str(path),
                                name="from the web.weights.h5")
    assert "from the web.weights.h5 declares more numbers" in str(refused.value)
    assert not path.exists(), "an upload does not stay"
    assert not list(home.weights.glob("*")) if home.weights.is_dir() else True


def test_a_file_that_a_run_names_is_looked_at_before_it_is_loaded(home, tmp_path):
    path = declaring(tmp_path / "mine.weights.h5")
    run = train(home, queued(home, drawn(home, per_class=8), weights="file",
                             weights_file=str(path)))
    assert run.state is RunState.FAILED
    assert run.status.problem["reason"] == \
        "mine.weights.h5 declares more numbers than MobileNet-0.25 has."


@pytest.mark.parametrize("value", [5, [b"\xff\xfe"]])
def test_strange_layer_names_are_a_sentence_at_an_import(home, small_file, tmp_path, value):
    from tltools.models import networks

    path = Path(shutil.copy(small_file, tmp_path / "in.h5"))
    with h5py.File(path, "r+") as file:
        names(value)(file)
    with pytest.raises(ModelFileError, match=r"mine\.h5 holds something that is no weights"):
        networks.import_weights(home=str(home.path), backbone=NAME, path=str(path),
                                name="mine.h5")


def test_a_real_file_is_imported(home, small_file, tmp_path):
    from tltools.models import networks

    path = shutil.copy(small_file, tmp_path / "in.h5")
    made = networks.import_weights(home=str(home.path), backbone=NAME, path=str(path), name=FILE)
    assert made["file"] == FILE


@pytest.mark.slow
def test_published_files_fit(shared_data):
    """The real files where they are: Keras's own layout, whatever wrote it."""
    from tltools.models import networks

    seen = 0
    for row in backbones.REGISTRY.values():
        for name in row.weights_files:
            path = shared_data / "weights" / name
            if path.is_file():
                seen += 1
                networks.load_weights(networks.plain_backbone(row, 64), row, path)
    if not seen:
        pytest.skip("no weights among the shared test data")
