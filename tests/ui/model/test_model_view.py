"""The Model page: the freeze boundary and the numbers that follow it."""

from tests.helpers import drawn
from tests.ui.helpers import page
from tltools import files
from tltools.config import RunConfig


def test_boundary_moves_the_numbers(home):
    drawn(home)
    files.write_json(home.workspace().draft, RunConfig(backbone="MobileNet-0.25").as_dict())
    app = page("model")
    before = app.metric[0].value
    app.select_slider(key="w-boundary-MobileNet-0.25-imagenet").set_value(2).run()
    assert not app.exception
    assert int(app.metric[0].value.replace(",", "")) > int(before.replace(",", ""))
    assert RunConfig.from_dict(files.read_json(home.workspace().draft)).unfreeze_stages == 2
    assert page("model").select_slider(key="w-boundary-MobileNet-0.25-imagenet").value == 2, (
        "the choice survives a new session")
