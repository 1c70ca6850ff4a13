"""Curves are values: what was recorded is what is drawn."""


from tltools import charts
from tltools.charts import comparison
from tltools.runs.events import History


def history() -> History:
    result = History()
    result.add([{
        "event": "batch", "phase": "head", "epoch": 0, "batch": 1, "batches": 2, "loss": 1.0,
        "accuracy": 0.4
    }])
    for number, (phase, loss) in enumerate([("head", 0.9), ("head", 0.7), ("fine_tune", 0.5),
                                            ("fine_tune", 0.8)]):
        result.add([{
            "event": "epoch", "phase": phase, "epoch": number, "loss": loss,
            "accuracy": 0.5 + number / 10, "val_loss": loss, "val_accuracy": 0.5
        }])
    return result


def test_history_marks_best_epoch_and_fine_tuning():
    figure = charts.history(history(), "loss")
    named = {trace.name: trace for trace in figure.data}
    assert list(named["training"].y) == [0.9, 0.7, 0.5, 0.8]
    assert list(named["kept: lowest validation loss"].x) == [3]
    assert named["validation"].line.dash == "dash"
    assert named["training"].line.dash is None
    assert figure.layout.shapes[0].x0 == 2.5
    assert list(named["training, step by step"].x) == [0.5]


def test_the_star_says_why_an_epoch_is_kept():
    curves = history()
    for item, accuracy in zip(curves.epochs, (0.5, 0.9, 0.8, 0.9), strict=True):
        item["val_accuracy"] = accuracy
    named = {
        trace.name: trace for trace in charts.history(curves, "accuracy", watch="accuracy").data
    }
    kept = named["kept: highest validation accuracy"]
    assert list(kept.x) == [2], "of equals the one with the lower loss"
    for item in curves.epochs:
        item["val_loss"] = item["val_accuracy"] = None
    names = {trace.name for trace in charts.history(curves, "loss", watch="accuracy").data}
    assert "kept: lowest training loss" in names


def test_the_last_epoch_is_inside_the_picture_where_a_record_is_missing():
    curves = history()
    curves.epochs = [item for item in curves.epochs if item["epoch"] not in (1, 2)]
    curves.fine_tune_start = 1
    figure = charts.history(curves, "loss")
    named = {trace.name: trace for trace in figure.data}
    assert list(named["training"].x) == [1, 4]
    assert figure.layout.xaxis.range[1] > 4
    assert comparison.overlaid([("a", curves)], "loss").layout.xaxis.range[1] > 4


def test_empty_history_is_a_figure():
    assert charts.history(History(), "accuracy").data is not None


def test_race_counts_seconds_from_the_start_of_each_run():
    curves = history()
    for item in curves.epochs:
        item["seconds"] = 0.5
    figure = charts.race((curves, 2.0), (History(), 0.0), 4)
    assert list(figure.data[0].x) == [2.5, 3.0, 3.5, 4.0]
    assert figure.data[0].line.color != figure.data[1].line.color
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    assert figure.layout.shapes[0].y0 == 0.25
