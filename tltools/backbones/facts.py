"""What is published about each backbone: sizes, preprocessing, accuracy, licence,
source. Written by hand, no arithmetic.

Owns these facts only; stages and counts are counted from the networks themselves
(`registry.json`, written by `models.count`) and joined with them in `registry`. Names
are Keras's own; narrower ones say their width.

Where the accuracies come from (top-1, ImageNet validation, one crop): the table of
keras.io/api/applications; for the MobileNets' widths, which it leaves out,
tensorflow/models (research/slim/nets/mobilenet_v1.md and mobilenet/README.md). They
were compared with quotations of these tables in November 2026, those of ConvNeXt were
not yet. The licences of the families up to MobileNetV2 were compared with the
documentation of Keras 2 (docs/templates/applications.md); it has none of the later
ones. File names are those of Keras 3.15's `keras/src/applications`.
"""

from dataclasses import dataclass

_KERNELS = "weights_tf_dim_ordering_tf_kernels"
KERAS_TABLE = "keras.io/api/applications"
SLIM_TABLE = "tensorflow/models, research/slim/nets"


@dataclass(frozen=True, kw_only=True)
class Family:
    """What all sizes of a family share. about: one sentence for people. year, paper:
    arXiv number. licence: of the weights, with whose they are. pieces: why it cannot be
    cut in more places, or nothing."""

    name: str
    about: str
    year: int
    paper: str
    licence: str
    pieces: str = ""


_GOOGLE = "Apache 2.0 (Google, TensorFlow models)"
FAMILIES: dict[str, Family] = {
    family.name: family for family in (
        Family(name="TLNet",
               about="A small residual network of plain 3×3 convolutions, for computers without a "
                     "graphics card.",
               year=2026, paper="",
               licence="MIT (this project); its training photos: non-commercial "
                       "research and education"),
        Family(name="VGG",
               about="Plain 3×3 convolutions in a row: easy to understand, heavy to compute.",
               year=2014, paper="1409.1556", licence="CC BY 4.0 (Visual Geometry Group, Oxford)"),
        Family(name="ResNet",
               about="Shortcuts carry the signal past each block, so that it can be very deep.",
               year=2015, paper="1512.03385", licence="MIT (Kaiming He)"),
        Family(name="ResNetV2",
               about="ResNet with normalisation before each convolution: easier to "
                     "train when very deep.",
               year=2016, paper="1603.05027", licence=_GOOGLE),
        Family(name="Inception",
               about="Looks with several filter sizes side by side and joins what they find.",
               year=2015, paper="1512.00567", licence=_GOOGLE),
        Family(name="Xception",
               about="Inception taken to its end: each channel is filtered by itself, "
                     "then they are mixed.",
               year=2016, paper="1610.02357", licence="MIT (François Chollet)"),
        Family(name="InceptionResNet",
               about="Inception's blocks with ResNet's shortcuts; deep and slow.",
               year=2016, paper="1602.07261", licence=_GOOGLE),
        Family(name="MobileNet",
               about="Made for phones: cheap convolutions, in several widths.",
               year=2017, paper="1704.04861", licence=_GOOGLE),
        Family(name="MobileNetV2",
               about="Made for phones: narrow shortcuts, wide inside; a good first choice.",
               year=2018, paper="1801.04381", licence=_GOOGLE),
        Family(name="MobileNetV3",
               about="MobileNetV2 tuned by a search program for phones; “minimalistic” "
                     "leaves the tricks out.",
               year=2019, paper="1905.02244", licence=_GOOGLE),
        Family(name="DenseNet",
               about="Every layer sees the output of all layers before it: few "
                     "parameters, much memory.",
               year=2016, paper="1608.06993", licence="BSD 3-clause (Facebook AI Research)"),
        Family(name="NASNet",
               about="Its cells were found by a search program.",
               year=2017, paper="1707.07012", licence=_GOOGLE,
               pieces="Each cell of NASNet reads the two cells before it. So no single place lies "
                      "between them, where it could be cut in two: its cells learn all together, "
                      "or not at all."),
        Family(name="EfficientNet",
               about="Depth, width and input size grow together from B0 to B7: much "
                     "accuracy for its size.",
               year=2019, paper="1905.11946", licence=_GOOGLE),
        Family(name="EfficientNetV2",
               about="EfficientNet made faster to train; among the best for its size.",
               year=2021, paper="2104.00298", licence=_GOOGLE),
        Family(name="ConvNeXt",
               about="A ResNet brought up to date with ideas from vision transformers; the large "
                     "ones are the most accurate here.",
               year=2022, paper="2201.03545", licence="MIT (Meta AI)"),
    )
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One row. constructor: name in `keras.applications`, or "bundled"; alpha,
    minimalistic: its arguments.

    preprocessing: "tf" (-1..1), "caffe" (BGR minus means), "torch" (ImageNet's mean and
    deviation), "keras" (Keras's own layers inside the network do it) or "efficientnet"
    (they do, but for a step that Keras adds only when it downloads). default_input,
    least_input: pixels. accuracy: top-1 on ImageNet (0..1) at `accuracy_input` pixels,
    None if there is none; accuracy_source: where it stands. weights_files: Keras's file
    names, the fullest resolution first.
    """

    name: str
    family: str
    constructor: str
    preprocessing: str
    default_input: int
    least_input: int = 32
    accuracy: float | None = None
    accuracy_input: int = 224
    accuracy_source: str = KERAS_TABLE
    weights_files: tuple[str, ...] = ()
    alpha: float | None = None
    minimalistic: bool = False
    note: str = ""


def _plain(family: str, name: str, preprocessing: str, accuracy: float, file: str, size: int = 224,
           least: int = 32) -> Facts:
    return Facts(name=name, family=family, constructor=name, preprocessing=preprocessing,
                 default_input=size, least_input=least, accuracy=accuracy, accuracy_input=size,
                 weights_files=(file,))


def _mobile(version: int, alpha: float, accuracy: float) -> Facts:
    family = "MobileNet" if version == 1 else "MobileNetV2"
    if version == 1:
        width = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}[alpha]
        files = tuple(f"mobilenet_{width}_{side}_tf_no_top.h5" for side in (224, 192, 160, 128))
    else:
        sides = (224,) if alpha > 1 else (224, 192, 160, 128, 96)
        files = tuple(f"mobilenet_v2_{_KERNELS}_{alpha}_{side}_no_top.h5" for side in sides)
    return Facts(name=family if alpha == 1.0 else f"{family}-{alpha:g}", family=family,
                 constructor=family, alpha=alpha, preprocessing="tf",
                 default_input=160 if alpha >= 0.75 else 128, accuracy=accuracy,
                 accuracy_source=KERAS_TABLE if alpha == 1.0 else SLIM_TABLE, weights_files=files)


def _mobile_v3(size: str, accuracy: float, alpha: float = 1.0, minimalistic: bool = False) -> Facts:
    variant = "-minimalistic" if minimalistic else "" if alpha == 1.0 else f"-{alpha:g}"
    name = f"MobileNetV3{size}{variant}"
    file = (f"weights_mobilenet_v3_{size.lower()}{'_minimalistic' if minimalistic else ''}_224_"
            f"{alpha}_float_no_top_v2.h5")
    return Facts(name=name, family="MobileNetV3", constructor=f"MobileNetV3{size}", alpha=alpha,
                 minimalistic=minimalistic, preprocessing="keras", default_input=224,
                 accuracy=accuracy, accuracy_source=SLIM_TABLE, weights_files=(file,))


def _resnet(depth: int, version: int, accuracy: float) -> Facts:
    suffix = "V2" if version == 2 else ""
    return _plain(f"ResNet{suffix}", f"ResNet{depth}{suffix}", "tf" if version == 2 else "caffe",
                  accuracy, f"resnet{depth}{suffix.lower()}_{_KERNELS}_notop.h5")


FACTS: tuple[Facts, ...] = (
    Facts(name="TLNet", family="TLNet", constructor="bundled", preprocessing="tf", default_input=96,
          note="Comes with the app: pretrained by this project on 200 kinds of small "
               "photos (Tiny ImageNet)."),
    *(_mobile(1, alpha, accuracy)
      for alpha, accuracy in ((0.25, 0.498), (0.5, 0.633), (0.75, 0.684), (1.0, 0.704))),
    *(_mobile(2, alpha, accuracy)
      for alpha, accuracy in ((0.35, 0.603), (0.5, 0.654), (0.75, 0.698), (1.0, 0.713),
                              (1.3, 0.744), (1.4, 0.75))),
    _mobile_v3("Small", 0.619, minimalistic=True),
    _mobile_v3("Small", 0.654, 0.75),
    _mobile_v3("Small", 0.675),
    _mobile_v3("Large", 0.723, minimalistic=True),
    _mobile_v3("Large", 0.733, 0.75),
    _mobile_v3("Large", 0.752),
    *(_resnet(depth, 1, accuracy) for depth, accuracy in ((50, 0.749), (101, 0.764), (152, 0.766))),
    *(_resnet(depth, 2, accuracy) for depth, accuracy in ((50, 0.76), (101, 0.772), (152, 0.78))),
    *(_plain("VGG", f"VGG{depth}", "caffe", 0.713, f"vgg{depth}_{_KERNELS}_notop.h5")
      for depth in (16, 19)),
    *(_plain("DenseNet", f"DenseNet{depth}", "torch", accuracy,
             f"densenet{depth}_{_KERNELS}_notop.h5")
      for depth, accuracy in ((121, 0.75), (169, 0.762), (201, 0.773))),
    _plain("Inception", "InceptionV3", "tf", 0.779, f"inception_v3_{_KERNELS}_notop.h5", 299, 75),
    _plain("Xception", "Xception", "tf", 0.79, f"xception_{_KERNELS}_notop.h5", 299, 71),
    _plain("InceptionResNet", "InceptionResNetV2", "tf", 0.803,
           f"inception_resnet_v2_{_KERNELS}_notop.h5", 299, 75),
    _plain("NASNet", "NASNetMobile", "tf", 0.744, "nasnet_mobile_no_top.h5"),
    _plain("NASNet", "NASNetLarge", "tf", 0.825, "nasnet_large_no_top.h5", 331),
    *(_plain("EfficientNet", f"EfficientNetB{number}", "efficientnet", accuracy,
             f"efficientnetb{number}_notop.h5", size)
      for number, (accuracy, size) in enumerate(((0.771, 224), (0.791, 240), (0.801, 260),
                                                 (0.816, 300), (0.829, 380), (0.836, 456),
                                                 (0.84, 528), (0.843, 600)))),
    *(_plain("EfficientNetV2", f"EfficientNetV2{size}", "keras", accuracy,
             f"efficientnetv2-{size.lower()}_notop.h5", side)
      for size, accuracy, side in (("B0", 0.787, 224), ("B1", 0.798, 240), ("B2", 0.805, 260),
                                   ("B3", 0.82, 300), ("S", 0.839, 384), ("M", 0.853, 480),
                                   ("L", 0.857, 480))),
    *(_plain("ConvNeXt", f"ConvNeXt{size}", "keras", accuracy, f"convnext_{size.lower()}_notop.h5")
      for size, accuracy in (("Tiny", 0.813), ("Small", 0.823), ("Base", 0.853), ("Large", 0.863),
                             ("XLarge", 0.867))),
)
