"""The Model page's finder: a short list, and behind it the whole table with a card and
measured speed."""


from tests.helpers import drawn
from tests.ui.helpers import button, page, words
from tltools import backbones, files, weights
from tltools.backbones import speeds
from tltools.config import RunConfig


def config(home):
    return RunConfig.from_dict(files.read_json(home.workspace().draft))


def found(app):
    return next(item for item in app.radio if item.key.startswith("find-list"))


def test_the_short_list_has_what_is_tried_what_is_here_and_what_is_chosen(home):
    (home.weights).mkdir(parents=True)
    (home.weights / backbones.get("DenseNet169").weights_files[0]).touch()
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="NASNetLarge", input_size=331).as_dict())
    app = page("model")
    listed = next(item for item in app.selectbox if item.label == "Backbone")
    assert {"TLNet", "MobileNetV2", "DenseNet169", "NASNetLarge"} \
        <= {option.split(" ·")[0] for option in listed.options}
    assert len(listed.options) < 12
    said = words(app)
    assert "NASNetLarge is large" in said
    assert "its cells learn all together, or not at all" in said, (
        "the picture says why it offers so few stages")


def test_search_filter_sort_and_take_one(home):
    app = page("model")
    assert len(found(app).options) == len(backbones.REGISTRY)
    app.text_input(key="find-words").set_value("convnext").run()
    assert len(found(app).options) == 5
    app.text_input(key="find-words").set_value("").run()
    app.select_slider(key="find-size").set_value(30).run()
    app.session_state["find-order"] = "accuracy"
    app.run()
    assert found(app).options[0] == "EfficientNetV2B1"
    found(app).set_value("EfficientNetB0").run()
    said = words(app)
    for piece in ("4,049,564", "77.1 %", "224 px by default, 32 px at least",
                  "efficientnetb0_notop.h5", "1905.11946", "Apache"):
        assert piece in said
    button(app, "go-backbone").click().run()
    assert not app.exception
    assert (config(home).backbone, config(home).input_size, config(home).weights) \
        == ("EfficientNetB0", 224, "imagenet")
    shown = next(item for item in app.selectbox if item.label == "Backbone")
    assert shown.value == "EfficientNetB0"
    assert app.select_slider(key="find-size").value == 30, "the search stays as it was"
    assert found(app).value == "EfficientNetB0"
    assert "not on this machine" in words(app)


def test_nothing_found_says_what_to_do_and_only_here_means_here(home):
    app = page("model")
    app.text_input(key="find-words").set_value("zzz").run()
    assert "No backbone fits" in words(app)
    app.text_input(key="find-words").set_value("").run()
    app.toggle(key="find-here").set_value(True).run()
    here = [name for name, ready in weights.status(home).items() if ready]
    assert (found(app).options == here) if here else ("No backbone fits" in words(app))


def test_measuring_shows_milliseconds_and_keeps_them(home):
    files.write_json(
        home.workspace().draft,
        RunConfig(backbone="MobileNet-0.25", input_size=32, weights="none",
                  unfreeze_stages=-1).as_dict())
    app = page("model")
    button(app, "go-speed").click().run()
    app.run()
    assert not app.exception
    assert speeds.read(home, "MobileNet-0.25", 32)
    assert any(metric.value.endswith(" ms") for metric in app.metric)
    assert "Measured" in words(page("model")), "kept on disk"


def test_another_backbone_keeps_from_scratch_and_the_boundary(home):
    drawn(home)
    app = page("model")
    button(app, "go-recipe-from-scratch").click().run()
    box = next(item for item in app.selectbox if item.label == "Backbone")
    box.set_value("VGG16").run()
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.weights, config.unfreeze_stages) == ("VGG16", "none", -1)
    assert "Changed by you since then: backbone" in words(app)
    button(app, "go-recipe-fine-tune").click().run()
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.weights, config.input_size) == ("TLNet", "bundled", 96), (
        "VGG16's weights are not here")
    home.weights.mkdir(parents=True, exist_ok=True)
    file = home.weights / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    file.write_bytes(b"they come later")
    app.run()
    assert "Changed by you since then" not in words(app), (
        "what a recipe set does not change with the weights that are here")
    next(item for item in app.selectbox if item.label == "Backbone").set_value("MobileNetV2").run()
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.weights, config.unfreeze_stages) \
        == ("MobileNetV2", "imagenet", 2)
