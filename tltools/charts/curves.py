"""What a run has done by epoch, and two runs against the clock."""

import plotly.graph_objects as go

from tltools.charts.look import (
    FROZEN_COLOUR,
    LOSS_COLOUR,
    NEW_COLOUR,
    TUNED_COLOUR,
    empty,
    epoch_ticks,
    quantity_axis,
)
from tltools.runs.events import History


def history(curves: History, quantity: str, dark: bool = False, watch: str = "loss") -> go.Figure:
    """The curve of "accuracy" (0..1) or "loss": training solid, validation dashed, by
    epoch from 1.

    The steps of each phase's first epoch are drawn between its beginning and its end.
    Where fine-tuning begins stands a line with its name; the epoch that is kept (see
    `History.best`, which is given `watch`) has a star.
    """
    figure = empty(330, dark)
    colour = FROZEN_COLOUR if quantity == "accuracy" else LOSS_COLOUR
    steps = [item for item in curves.batches if item.get(quantity) is not None]
    if steps:
        x: list[float | None] = []
        y: list[float | None] = []
        for before, item in zip([None, *steps], steps, strict=False):
            if before is not None and before["epoch"] != item["epoch"]:
                # a gap, so that no line joins the first epochs of two phases
                x, y = [*x, None], [*y, None]
            x.append(item["epoch"] + item["batch"] / item["batches"])
            y.append(item[quantity])
        figure.add_scatter(x=x, y=y, mode="lines+markers", name="training, step by step",
                           line={"color": colour, "width": 2}, marker={"size": 4}, opacity=0.85)
    epochs = [item["epoch"] + 1 for item in curves.epochs]
    columns = curves.columns()
    figure.add_scatter(x=epochs, y=columns[quantity], mode="lines+markers", name="training",
                       line={"color": colour, "width": 3}, marker={"symbol": "circle", "size": 7})
    figure.add_scatter(x=epochs, y=columns[f"val_{quantity}"], mode="lines+markers",
                       name="validation", line={"color": TUNED_COLOUR, "width": 3, "dash": "dash"},
                       marker={"symbol": "diamond", "size": 8})
    best = curves.best(watch)
    if best is not None:
        value = columns[f"val_{quantity}"][best]
        reason = "lowest training loss" if value is None else \
            "highest validation accuracy" if watch == "accuracy" else "lowest validation loss"
        value = columns[quantity][best] if value is None else value
        figure.add_scatter(
            x=[epochs[best]], y=[value], mode="markers", name=f"kept: {reason}",
            marker={"symbol": "star", "size": 17, "color": NEW_COLOUR, "line": {"width": 1}})
    if curves.fine_tune_start is not None:
        figure.add_vline(
            x=epochs[curves.fine_tune_start] - 0.5,
            line={"dash": "dot", "color": TUNED_COLOUR, "width": 2},
            annotation={"text": "fine-tuning begins", "yref": "paper", "y": 1, "yanchor": "bottom",
                        "xanchor": "center"})
        # room above the curves, so that the words lie on none
        figure.update_layout(margin={"t": 62})
    if curves.inherited:
        figure.add_vline(
            x=curves.inherited + 0.5, line={"dash": "dashdot", "color": NEW_COLOUR, "width": 2},
            annotation_text="trained further from here", annotation_position="bottom left")
    figure.update_layout(title={"text": f"{quantity.capitalize()} by epoch", "x": 0})
    # room for the line before its first own epoch
    most = max(1, *epochs, curves.inherited and curves.inherited + 1)
    figure.update_xaxes(range=[0, most * 1.04], tickformat="d", tick0=0, dtick=epoch_ticks(most))
    quantity_axis(figure, quantity)
    return figure


def race(frozen: tuple[History, float], scratch: tuple[History, float], num_classes: int,
         dark: bool = False) -> go.Figure:
    """Validation accuracy (0..1) of two runs over the seconds since each began; chance
    as a dotted line.

    frozen, scratch: the curves, and how many seconds had passed before the first epoch
    (decoding, extraction).
    """
    figure = empty(300, dark)
    for (curves, passed), name, colour, symbol in (
            (frozen, "pretrained and frozen", FROZEN_COLOUR, "circle"),
            (scratch, "from scratch", TUNED_COLOUR, "diamond")):
        x = []
        for item in curves.epochs:
            passed += item.get("seconds") or 0.0
            x.append(passed)
        figure.add_scatter(x=x, y=curves.columns()["val_accuracy"], mode="lines+markers", name=name,
                           hovertemplate="%{x:.1f} s: %{customdata}",
                           line={"color": colour, "width": 3, "dash": "dash"},
                           marker={"symbol": symbol, "size": 7})
    figure.add_hline(y=1 / num_classes, line={"dash": "dot", "color": "#999999", "width": 2},
                     annotation_text="guessing", annotation_position="bottom right")
    figure.update_layout(title={"text": "Validation accuracy by seconds", "x": 0}, showlegend=True)
    figure.update_xaxes(rangemode="tozero", ticksuffix=" s")
    quantity_axis(figure, "accuracy")
    return figure
