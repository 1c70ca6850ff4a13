"""Several runs in one chart: told apart by more than colour, names as text, curves that
go on from another's."""

from dataclasses import asdict

from tltools import charts
from tltools.charts import comparison
from tltools.runs.events import EpochEvent, History, Phase


def history(epochs: int, phase: str = "head") -> History:
    curves = History()
    curves.add([asdict(EpochEvent(phase, number, 1.0 / (number + 1), 0.5,
                                  None if number == 1 else 0.9, 0.75, 1e-3, 1.0))
                for number in range(epochs)])
    return curves


def test_runs_differ_by_colour_marker_and_letter():
    curves = [(f"run <b>{number}</b> %{{x}}", history(number + 2))
              for number in range(comparison.MOST)]
    for quantity in ("accuracy", "loss"):
        figure = comparison.overlaid(curves, quantity)
        lines = [trace for trace in figure.data if trace.x != (None,)]
        assert len(lines) == 2 * comparison.MOST
        for look in ("line.color", "marker.symbol", "legendgroup"):
            assert len({trace[look] for trace in lines}) == comparison.MOST
        for training, validation in zip(lines[::2], lines[1::2], strict=True):
            assert (training.line.dash, validation.line.dash) == ("solid", "dash")
            assert training.text[-1] == f"<b>{training.legendgroup}</b>"
            assert "<b>" not in training.name
            assert "%{x}" not in training.name
    assert len(comparison.overlaid([*curves, curves[0]], "loss").data) == 2 * comparison.MOST + 2


def test_long_names_that_begin_alike_are_told_apart():
    name = "photos of cats and dogs, MobileNetV2"
    figure = comparison.overlaid([(f"{name}{end}", history(2))
                                  for end in ("", ", trained further", ", trained further (2)")],
                                 "loss")
    assert len({trace.name[1:] for trace in figure.data if trace.showlegend}) == 3


def test_a_run_that_goes_on_has_one_unbroken_curve():
    before = history(3, Phase.FINE_TUNE)
    curves = history(2).after(before.epochs)
    assert [item["epoch"] for item in curves.epochs] == [0, 1, 2, 3, 4]
    assert (curves.inherited, curves.fine_tune_start) == (3, 0)
    assert curves.best("loss") == 3, (
        "kept is one of its own epochs, though those before were as good")
    figure = charts.history(curves, "loss")
    assert any(shape.x0 == 3.5 for shape in figure.layout.shapes)
    waiting = History().after(before.epochs)
    assert waiting.best("loss") is None
    assert charts.history(waiting, "accuracy").layout.xaxis.range[1] > 3.5
