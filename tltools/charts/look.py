"""The one visual language: colours, an empty figure, axes.

Frozen is ice, fine-tuned is warm, new parts are green; training is solid, validation
dashed. Colours are Okabe and Ito's, told apart by colour-blind eyes, and never stand
alone (pattern, dash, word).
"""

from typing import Any

import plotly.graph_objects as go

from tltools.wording import percent

FROZEN_COLOUR, TUNED_COLOUR, NEW_COLOUR = "#56B4E9", "#E69F00", "#009E73"
LOSS_COLOUR = "#CC79A7"
OFF_COLOUR = "#999999"
_MARKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SHARES: dict[str, Any] = {"tickmode": "array", "tickvals": list(_MARKS),
                          "ticktext": [percent(mark, 0) for mark in _MARKS]}
"""Marks of an axis of shares (0..1); Plotly's own would lack the space before the sign.
"""
_TRANSPARENT = "rgba(0,0,0,0)"


def empty(height: int, dark: bool) -> go.Figure:
    """A figure of `height` pixels with nothing in it yet, in the app's look."""
    ink = "#FAFAFA" if dark else "#31333F"
    figure = go.Figure()
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 36, "b": 8}, paper_bgcolor=_TRANSPARENT,
        plot_bgcolor=_TRANSPARENT, font={"color": ink, "size": 14},
        legend={"orientation": "h", "y": -0.25, "x": 0}, dragmode=False,
        hoverlabel={"namelength": -1})
    grid = "rgba(250,250,250,0.18)" if dark else "rgba(49,51,63,0.15)"
    figure.update_xaxes(gridcolor=grid, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=grid, zeroline=False, automargin=True)
    return figure


def quantity_axis(figure: go.Figure, quantity: str) -> None:
    """The whole range of "accuracy" (0..1), or from "loss" 0 to the highest there is,
    with room for lines at the edges."""
    if quantity == "accuracy":
        figure.update_yaxes(range=[-0.04, 1.04], **SHARES)
        for trace in figure.data:
            trace.customdata = ["" if value is None else percent(value) for value in trace.y or ()]
            trace.hovertemplate = trace.hovertemplate or "epoch %{x}: %{customdata}"
    else:
        most = max((value for trace in figure.data for value in trace.y or () if value is not None),
                   default=1.0) or 1.0
        figure.update_yaxes(range=[-0.03 * most, 1.05 * most])


def epoch_ticks(epochs: int) -> int:
    """Distance of the marks on an axis of so many epochs: 1, 2 or 5 times a power of
    ten, at most ten marks."""
    return next(number * 10**power for power in range(9) for number in (1, 2, 5)
                if number * 10**power * 10 >= epochs)


def name_axis(figure: go.Figure, names: list[str]) -> None:
    """Names of rows as plain text, the first on top."""
    shown = [name if len(name) <= 24 else name[:23] + "…" for name in names]
    safe = [name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for name in shown]
    figure.update_yaxes(tickmode="array", tickvals=list(range(len(names))), ticktext=safe,
                        autorange="reversed", showgrid=False)
