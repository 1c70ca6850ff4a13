"""Where Keras publishes the ImageNet weights of its applications, and with which hash.
Readable without TensorFlow.

Owns the table: the files without a classifier on top ("no top"), each with its address
and hash, as they stand in the source of Keras 3.15 (`keras/src/applications`; a test
runs that source and compares). Leaves downloading to `downloads` and which backbone
needs which file to `backbones`. Keras publishes no hash for MobileNet and MobileNetV2,
and no sizes: what is shown before a download is computed from the parameters. The
hashes are against damage and mix-ups; MD5 is no protection from a person who means
harm.
"""

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

_BUCKET = "https://storage.googleapis.com/"
_TF = "_weights_tf_dim_ordering_tf_kernels_notop.h5"

# Path below ".../keras-applications/" and hash: 32 digits are MD5, 64 are SHA-256
_HASHES: dict[str, str] = {
    f"vgg16/vgg16{_TF}": "6d6bbae143d832006294945121d1f1fc",
    f"vgg19/vgg19{_TF}": "253f8cb515780f3b799900260a226db6",
    f"xception/xception{_TF}": "b0042744bf5b25fce3cb969f33bebb97",
    f"inception_v3/inception_v3{_TF}": "bcbd6486424b2319ff4ef7d526e38f63",
    f"inception_resnet_v2/inception_resnet_v2{_TF}": "d19885ff4a710c122648d3b5c3b684e4",
    f"resnet/resnet50{_TF}": "4d473c1dd8becc155b73f8504c6f6626",
    f"resnet/resnet101{_TF}": "88cf7a10940856eca736dc7b7e228a21",
    f"resnet/resnet152{_TF}": "ee4c566cf9a93f14d82f913c2dc6dd0c",
    f"resnet/resnet50v2{_TF}": "fac2f116257151a9d068a22e544a4917",
    f"resnet/resnet101v2{_TF}": "c0ed64b8031c3730f411d2eb4eea35b5",
    f"resnet/resnet152v2{_TF}": "ed17cf2e0169df9d443503ef94b23b33",
    f"densenet/densenet121{_TF}": "30ee3e1110167f948a6b9946edeeb738",
    f"densenet/densenet169{_TF}": "b8c4d4c20dd625c148057b9ff1c1176b",
    f"densenet/densenet201{_TF}": "c13680b51ded0fb44dff2d8f86ac8bb1",
    "nasnet/NASNet-mobile-no-top.h5": "1ed92395b5b598bdda52abe5c0dbfd63",
    "nasnet/NASNet-large-no-top.h5": "d81d89dc07e6e56530c4e77faddd61b5",
    **{
        f"mobilenet_v3/weights_mobilenet_v3_{name}_float_no_top_v2.h5": digits for name, digits in {
            "large_224_0.75": "40af19a13ebea4e2ee0c676887f69a2e",
            "large_224_1.0": "07fb09a5933dd0c8eaafa16978110389",
            "large_minimalistic_224_1.0": "ec5221f64a2f6d1ef965a614bdae7973",
            "small_224_0.75": "ebdb5cc8e0b497cd13a7c275d475c819",
            "small_224_1.0": "d3e8ec802a04aa4fc771ee12a9a9b836",
            "small_minimalistic_224_1.0": "cde8136e733e811080d9fcd8a252f7e4"
        }.items()
    },
    **{
        f"efficientnet{name}_notop.h5": digits for name, digits in {
            "b0": "50bc09e76180e00e4465e1a485ddc09d", "b1": "74c4e6b3e1f6a1eea24c589628592432",
            "b2": "111f8e2ac8aa800a7a99e3239f7bfb39", "b3": "af6d107764bb5b1abb91932881670226",
            "b4": "ebc24e6d6c33eaebbd558eafbeedf1ba", "b5": "38879255a25d3c92d5e44e04ae6cec6f",
            "b6": "9ecce42647a20130c1f39a5d4cb75743", "b7": "cbcfe4450ddf6f3ad90b1b398090fe4a"
        }.items()
    },
    **{
        f"efficientnet_v2/efficientnetv2-{name}_notop.h5": digits for name, digits in {
            "b0": "893217f2bb855e2983157299931e43ff", "b1": "0e80663031ca32d657f9caa404b6ec37",
            "b2": "1dfe2e7a5d45b6632553a8961ea609eb", "b3": "f6abf7b5849ac99a89b50dd3fd532856",
            "s": "af0682fb74e8c54910f2d4393339c070", "m": "1b8dc055df72dde80d614482840fe342",
            "l": "b0b66b5c863aef5b46e8608fe1711615"
        }.items()
    },
    **{
        f"convnext/convnext_{name}_notop.h5": digits for name, digits in {
            "tiny": "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
            "small": "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab",
            "base": "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45",
            "large": "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd",
            "xlarge": "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05"
        }.items()
    },
}
_UNHASHED = (
    *(f"mobilenet/mobilenet_{width}_{side}_tf_no_top.h5" for width in ("1_0", "7_5", "5_0", "2_5")
      for side in (224, 192, 160, 128)),
    *(f"mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{width}_{side}_no_top.h5"
      for width, sides in ((0.35, (224, 192, 160, 128, 96)), (0.5, (224, 192, 160, 128, 96)),
                           (0.75, (224, 192, 160, 128, 96)), (1.0, (224, 192, 160, 128, 96)),
                           (1.3, (224,)), (1.4, (224,))) for side in sides),
)
_OWN_NAMES = {
    "NASNet-mobile-no-top.h5": "nasnet_mobile_no_top.h5",
    "NASNet-large-no-top.h5": "nasnet_large_no_top.h5"
}


@dataclass(frozen=True)
class Published:
    """One file. name: under which Keras keeps it on a disk. path: below
    ".../keras-applications/". digits: its MD5 (32) or SHA-256 (64) in hexadecimal, or
    None where Keras publishes none."""

    name: str
    path: str
    digits: str | None

    @property
    def address(self) -> str:
        """Keras's own address of the file."""
        folder = "keras-applications/" if self.path.startswith("efficientnetb") \
            else "tensorflow/keras-applications/"
        return _BUCKET + folder + self.path

    def same(self, path: Path) -> bool | None:
        """Whether a file's hash is the published one; None where Keras publishes none.
        """
        if self.digits is None:
            return None
        algorithm = "md5" if len(self.digits) == 32 else "sha256"
        with open(path, "rb") as file:
            hashed = hashlib.file_digest(
                file, partial(hashlib.new, algorithm, usedforsecurity=False))
            return hashed.hexdigest() == self.digits

    def sources(self, mirror: str | None) -> list[str]:
        """The addresses to try in turn: Keras's own, or those of a mirror
        (`settings.weights_mirror`), which may keep Keras's folders or have all files in
        one."""
        if mirror is None:
            return [self.address]
        names = dict.fromkeys((self.path, self.path.rpartition("/")[2], self.name))
        return [f"{mirror.rstrip('/')}/{name}" for name in names]


def _rows() -> dict[str, Published]:
    rows = {}
    for path in (*_HASHES, *_UNHASHED):
        base = path.rpartition("/")[2]
        name = _OWN_NAMES.get(base, base)
        rows[name] = Published(name, path, _HASHES.get(path))
    return rows


FILES: dict[str, Published] = _rows()


def get(name: str) -> Published | None:
    """The published file called `name`, on a disk or in its address; None if Keras
    publishes none."""
    return FILES.get(_OWN_NAMES.get(name, name))


def host(address: str) -> str:
    """Whom an address asks, as a person may read it: no folders, no password."""
    parts = urlsplit(address)
    name = parts.netloc.rpartition("@")[2]
    return name if len(name) <= 40 else f"{name[:39]}…"
