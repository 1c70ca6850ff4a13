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


def test_the_note_says_what_was_changed_since_and_goes_away(home):
    app = page("model")
    button(app, "go-recipe-from-scratch").click().run()
    assert "is set." in words(app)
    assert "Changed by you since then" not in words(app)
    app.number_input(key="w-dropout.1").set_value(0.45).run()
    assert "Changed by you since then: " in words(app)
    button(app, "recipe-ok").click().run()
    assert not app.exception
    assert "is set." not in words(app)
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.weights, config.dropout) == ("none", 0.45), "the recipe is kept"


def test_recipes_one_over_the_other_are_taken_back_one_by_one(home):
    app = page("model")
    drafts = []
    for name in ("from-scratch", "fine-tune"):
        drafts.append(files.read_json(home.workspace().draft))
        button(app, f"go-recipe-{name}").click().run()
    for before in reversed(drafts):
        button(app, "recipe-undo").click().run()
        assert not app.exception
        assert files.read_json(home.workspace().draft) == before
    assert not [item for item in app.button if item.key == "recipe-undo"]


def test_a_recipe_that_changes_nothing_says_so():
    app = page("model")
    button(app, "go-recipe-from-scratch").click().run()
    button(app, "go-recipe-from-scratch").click().run()
    assert "Everything was set like this already" in [item.label for item in app.expander]
