"""`backbones`: the registry as a record, searched, filtered and sorted."""

import json

from tltools.cli import main


def test_backbones(capsys):
    assert main(["backbones", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    names = {row["name"] for row in rows}
    assert {"VGG16", "ResNet50", "MobileNet", "MobileNet-0.25", "MobileNetV2",
            "MobileNetV2-0.35"} <= names
    assert all(row["stages"] for row in rows)


def test_backbones_are_searched_filtered_and_sorted(capsys):
    assert main([
        "backbones", "--json", "--search", "phones", "--family", "mobilenetv3", "--max-mb", "6",
        "--sort", "accuracy"
    ]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [
        "MobileNetV3Large-minimalistic", "MobileNetV3Small", "MobileNetV3Small-0.75",
        "MobileNetV3Small-minimalistic"
    ]
    assert rows[1]["accuracy"] == 0.675
    assert rows[1]["licence"].startswith("Apache")
    assert main(["backbones", "--here"]) == 0
    assert "missing" not in capsys.readouterr().out
    assert main(["backbones", "--family", "Mobil"]) == 2
    assert main(["backbones", "--sort", "colour"]) == 2
    assert "Choose one of" in capsys.readouterr().err
