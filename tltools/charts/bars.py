"""Bars by class: how many pictures there are, and what a model answers."""

from collections.abc import Collection

import plotly.graph_objects as go

from tltools.charts.look import FROZEN_COLOUR, NEW_COLOUR, OFF_COLOUR, SHARES, empty, name_axis
from tltools.wording import percent


def counts(names: list[str], numbers: list[int], dark: bool = False,
           off: Collection[int] = ()) -> go.Figure:
    """Number of pictures by class, as bars; names are drawn as plain text. off: rows
    that are left out of training."""
    figure = empty(90 + 34 * len(names), dark)
    rows = range(len(names))
    figure.add_bar(
        y=list(rows), x=numbers, orientation="h", textposition="auto", hoverinfo="skip",
        marker_color=[OFF_COLOUR if row in off else FROZEN_COLOUR for row in rows],
        text=[f"{number} (left out)" if row in off else f"{number}"
              for row, number in enumerate(numbers)])
    name_axis(figure, names)
    figure.update_layout(title={"text": "Pictures by class", "x": 0}, showlegend=False)
    return figure


def probabilities(names: list[str], values: list[float], dark: bool = False,
                  most: int = 10) -> go.Figure:
    """The model's answer (0..1 each) as bars, the most likely first, at most `most` of
    them."""
    order = sorted(range(len(names)), key=lambda index: -values[index])[:most]
    figure = empty(50 + 34 * len(order), dark)
    figure.add_bar(y=list(range(len(order))), x=[values[index] for index in order], orientation="h",
                   marker_color=[NEW_COLOUR] + [FROZEN_COLOUR] * (len(order) - 1),
                   text=[percent(values[index]) for index in order], textposition="auto",
                   hoverinfo="skip")
    name_axis(figure, [names[index] for index in order])
    figure.update_xaxes(range=[0, 1.0], **SHARES)
    figure.update_layout(showlegend=False, margin={"t": 8})
    return figure
