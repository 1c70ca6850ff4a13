"""Looking for a backbone: words, filters, orders, and the warning of large ones."""

import pytest

from tltools import backbones
from tltools.backbones import REGISTRY, search


def names(**choices):
    return [row.name for row in search.find(**choices)]


def test_all_in_the_tables_order_by_default():
    assert names() == list(REGISTRY)


@pytest.mark.parametrize(("search", "first"), [("vgg 19", "VGG19"),
                                               ("phones 2019", "MobileNetV3Small-minimalistic"),
                                               ("BSD", "DenseNet121"),
                                               ("mobilenetv2-1.3", "MobileNetV2-1.3"),
                                               ("chollet", "Xception")])
def test_all_words_must_occur(search, first):
    assert names(search=search)[0] == first


def test_filters_and_orders():
    assert names(families=["ConvNeXt"], order="size")[0] == "ConvNeXtTiny"
    assert names(most_megabytes=2) == [
        "MobileNet-0.25", "MobileNetV2-0.35", "MobileNetV3Small-minimalistic"
    ]
    assert names(here={"VGG16": True, "VGG19": False}) == ["VGG16"]
    assert names(order="accuracy")[0] == "ConvNeXtXLarge"
    assert names(order="accuracy")[-1] == "TLNet", "without a figure it stands last"
    assert names(order="speed")[0] == "MobileNet-0.25"
    assert names(order="name") == sorted(REGISTRY, key=str.lower)
    assert names(search="no such network") == []


def test_large_ones_are_warned_of_with_numbers():
    words = search.warning(backbones.get("ConvNeXtXLarge"), 224)
    assert "1,393 MB" in words
    assert "61 billion" in words
    assert not search.warning(backbones.get("MobileNetV2"), 224)
    assert search.warning(backbones.get("MobileNetV2"), 2048), (
        "a huge picture makes any of them slow")
