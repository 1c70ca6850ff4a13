"""Axes and figures that all charts share."""

import pytest

from tltools.charts import look


def test_a_figure_has_the_ink_of_its_theme():
    light, dark = look.empty(300, False), look.empty(300, True)
    assert light.layout.font.color != dark.layout.font.color
    assert light.layout.height == 300
    assert light.layout.paper_bgcolor == "rgba(0,0,0,0)", "the page's own ground shows through"


def test_an_axis_of_losses_ends_above_the_highest():
    figure = look.empty(300, False)
    figure.add_scatter(y=[0.5, None, 4.0])
    look.quantity_axis(figure, "loss")
    assert figure.layout.yaxis.range[1] > 4.0
    look.quantity_axis(figure, "accuracy")
    assert figure.layout.yaxis.range[1] > 1.0
    assert list(figure.layout.yaxis.ticktext) == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]


@pytest.mark.parametrize(("epochs", "distance"), [(1, 1), (10, 1), (11, 2), (50, 5), (100, 10),
                                                  (101, 20), (1000, 100)])
def test_epochs_are_marked_at_round_numbers(epochs, distance):
    assert look.epoch_ticks(epochs) == distance
