"""The table of published files says what the installed Keras would download, found by
running Keras's own code."""

import hashlib
import sys

import pytest

from tltools.backbones import REGISTRY
from tltools.weights import published

WIDTHS = {"MobileNet": (0.25, 0.5, 0.75, 1.0), "MobileNetV2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)}
SIDES = (96, 128, 160, 192, 224)


class Anything:
    """Stands for layers, tensors and models while only the names are wanted: whole
    networks take seconds each."""

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        return self

    def __getitem__(self, key):
        return self

    def __add__(self, other):
        return self

    __radd__ = __mul__ = __rmul__ = __truediv__ = __floordiv__ = __add__
    __sub__ = __rsub__ = __mod__ = __add__

    def __gt__(self, other):
        return False

    def __int__(self):
        return 8

    __index__ = __int__


def asked_by_keras(monkeypatch) -> dict[str, tuple[str, str | None]]:
    """{file name: (address, hash)} of every no-top file that `keras.applications` asks
    for."""
    import keras

    asked = {}

    def get_file(name, origin, file_hash=None, **_):
        asked[name] = (origin, file_hash)
        return name

    constructors = [value for name, value in vars(keras.applications).items() if name[0].isupper()]
    modules = {sys.modules[item.__module__] for item in constructors} \
        | {sys.modules["keras.src.applications.resnet"]}
    monkeypatch.setattr(sys.modules["keras.src.utils.file_utils"], "get_file", get_file)
    for module in modules:
        for name, value in list(vars(module).items()):
            if name == "layers" or (isinstance(value, type)
                                    and issubclass(value, keras.layers.Layer)):
                monkeypatch.setattr(module, name, Anything())
    for constructor in constructors:
        name = constructor.__name__
        options = [{}]
        if name in WIDTHS:
            options = [{"alpha": width, "input_shape": (side, side, 3)} for width in WIDTHS[name]
                       for side in SIDES]
        elif name.startswith("MobileNetV3"):
            options = [{"alpha": 0.75}, {"alpha": 1.0}, {"alpha": 1.0, "minimalistic": True}]
        for option in options:
            constructor(weights="imagenet", include_top=False, **option)
    return asked


@pytest.mark.filterwarnings("ignore:`input_shape` is undefined")
def test_table_equals_keras(monkeypatch):
    asked = asked_by_keras(monkeypatch)
    ours = {row.name: (row.address, row.digits) for row in published.FILES.values()}
    assert ours == {name: pair for name, pair in asked.items() if name in ours}
    # The rest: sides in which a width was never published. Keras asks for them and
    # would be told 404
    more = set(asked) - set(ours)
    assert all("kernels_1.3_" in name or "kernels_1.4_" in name for name in more), more


@pytest.mark.parametrize("name", [name for name, row in REGISTRY.items() if not row.bundled])
def test_every_backbone_can_be_downloaded(name):
    for file in REGISTRY[name].weights_files:
        row = published.get(file)
        assert row, f"{file} is not in the table"
        assert (row.digits is None) == (REGISTRY[name].family in ("MobileNet", "MobileNetV2"))


def test_same_by_either_hash(tmp_path):
    (tmp_path / "a").write_bytes(b"weights")
    md5, sha256 = "b39cfe3b06f9d6f3d2d6ef8ab2ce9d53", hashlib.sha256(b"weights").hexdigest()
    digits = hashlib.md5(b"weights").hexdigest()
    assert published.Published("a", "a", digits).same(tmp_path / "a") is True
    assert published.Published("a", "a", sha256).same(tmp_path / "a") is True
    assert published.Published("a", "a", md5).same(tmp_path / "a") is False
    assert published.Published("a", "a", None).same(tmp_path / "a") is None


def test_mirror_keeps_folders_or_has_none():
    row = published.get("NASNet-mobile-no-top.h5")
    assert row.sources(None) == [
        "https://storage.googleapis.com/tensorflow/keras-applications/nasnet/NASNet-mobile-no-top.h5"
    ]
    assert published.get("efficientnetb0_notop.h5").address.endswith(
        ".com/keras-applications/efficientnetb0_notop.h5")
    sources = row.sources("http://me:secret@school:8000/weights/")
    assert sources == [f"http://me:secret@school:8000/weights/{name}" for name in (
        "nasnet/NASNet-mobile-no-top.h5", "NASNet-mobile-no-top.h5", "nasnet_mobile_no_top.h5")]
    assert published.host(sources[0]) == "school:8000"
