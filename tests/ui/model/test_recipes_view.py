"""The Model page's recipes: one click sets everything, another takes it back."""

from tests.helpers import drawn
from tests.ui.helpers import button, page, words
from tltools import files
from tltools.config import RunConfig
from tltools.datasets import store


def test_one_click_sets_the_notebooks_recipe(home):
    dataset = drawn(home)
    app = page("model")
    app.select_slider(key="w-boundary-TLNet-bundled").set_value(3).run()
    before = files.read_json(home.workspace().draft)
    button(app, "go-recipe-notebook").click().run()
    assert not app.exception
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.pooling, config.dense_units, config.epochs) \
        == ("VGG16", "flatten", 256, 5)
    assert "not on this machine" in words(app), "VGG16's weights are missing, and it says so"
    split = store.read(home.workspace(), dataset.id)
    assert (split.validation, split.test) == (0.2, 0.0)
    assert "The notebook’s recipe" in words(app) or "The notebook's recipe" in words(app)
    assert page("train").number_input(key="w-epochs").value == 5
    button(app, "recipe-undo").click().run()
    assert files.read_json(home.workspace().draft) == before
    split = store.read(home.workspace(), dataset.id)
    assert (split.validation, split.test) == (dataset.validation, dataset.test)
