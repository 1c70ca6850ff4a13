"""The Train page's "More settings": kept on disk, drawn before the start, taken from a
file, found by trying."""

import html
import json

from tests.helpers import drawn
from tests.ui.helpers import HOSTILE, button, page, words
from tltools import files
from tltools.config import RunConfig
from tltools.datasets import edits


def test_more_settings_are_kept_and_drawn(home):
    drawn(home)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32).as_dict())
    app = page("train")
    app.selectbox(key="w-optimizer").select("sgd").run()
    app.number_input(key="w-momentum").set_value(0.5).run()
    app.selectbox(key="w-schedule").select("cosine").run()
    app.number_input(key="w-warm_up").set_value(2).run()
    app.selectbox(key="w-class_weights").select("balanced").run()
    app.selectbox(key="w-watch").select("accuracy").run()
    app.number_input(key="w-rotate").set_value(15.0).run()
    app.toggle(key="show-rates").set_value(True).run()
    app.toggle(key="show-variations").set_value(True).run()
    assert not app.exception
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.optimizer, config.momentum, config.schedule, config.warm_up) \
        == ("sgd", 0.5, "cosine", 2)
    assert (config.class_weights, config.watch, config.rotate) == ("balanced", "accuracy", 15.0)
    assert "1 steps an epoch: 28 training pictures in batches of 32" in words(app)
    assert "the very pictures of the first epochs" in words(app)
    assert list(app.dataframe[0].value["each counts"]) == [1.0, 1.0]
    assert page("train").number_input(key="w-warm_up").value == 2, (
        "the choices survive a new session")


def test_a_settings_file_is_taken_and_its_faults_are_said(home):
    from tltools.recipes import settings_file

    drawn(home)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32).as_dict())
    record = json.loads(
        settings_file.to_bytes(RunConfig(backbone="VGG16", epochs=9, optimizer="rmsprop")))
    record["settings"] |= {"dropout": 5, HOSTILE: 1}
    app = page("train")
    app.file_uploader(key="uploader-settings-0").set_value(
        ("s.json", json.dumps(record).encode(), "application/json")).run()
    assert not app.exception
    said = words(app)
    assert "taken from the file" in said
    assert "Received 5; allowed is 0 to 0.9" in html.unescape(said).replace("\u200b", "")
    assert "VGG16 are not on this machine" in html.unescape(said).replace("\u200b", "")
    assert "![x](http" not in said
    assert app.number_input(key="w-epochs.1").value == 9, (
        "a new key: the browser keeps what an old one showed")
    assert app.selectbox(key="w-optimizer.1").value == "rmsprop"
    app.file_uploader(key="uploader-settings-1").set_value(
        ("s.json", b"\x89PNG", "application/json")).run()
    assert "no settings file" in html.unescape(words(app)).replace("\u200b", "")
    assert app.number_input(key="w-epochs.1").value == 9


def test_the_rate_finder_suggests_and_one_click_takes_over(home, monkeypatch):
    def find(**asked):
        return {
            "rates": [1e-4, 1e-2], "losses": [1.0, 0.5], "smoothed": [1.0, 0.6],
            "suggestion": 0.0025, "why": "It fell."
        }

    monkeypatch.setattr("tltools.engine.tasks.resolve",
                        {"tltools.training.lr_finder:find": find}.__getitem__)
    drawn(home)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32).as_dict())
    app = page("train")
    button(app, "find-rate").click().run()
    app.run()
    assert not app.exception
    assert "It fell." in words(app)
    button(app, "use-rate").click().run()
    assert RunConfig.from_dict(files.read_json(home.workspace().draft)).learning_rate == 0.0025
    assert app.number_input(key="w-learning_rate.1").value == 0.0025
    assert button(app, "use-rate").disabled
    app.number_input(key="w-batch_size.1").set_value(64).run()
    assert "for other settings" in words(app)


def test_classes_that_are_switched_off_take_no_part_in_weights_and_variations(home):
    dataset = drawn(home, classes=3)
    off = dataset.classes[0]
    edits.set_disabled(home.workspace(), dataset.id, [off.id], True)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32,
                               class_weights="balanced", rotate=10.0).as_dict())
    app = page("train")
    app.toggle(key="show-variations").set_value(True).run()
    assert not app.exception
    assert not app.error, words(app)
    assert "the very pictures of the first epochs" in words(app)
    weights = app.dataframe[0].value
    assert list(weights["class"]) == [item.name for item in dataset.classes if item != off]
    assert list(weights["each counts"]) == [1.0, 1.0]
