"""The network by its stages, with what is frozen in plain sight."""

import plotly.graph_objects as go

from tltools.backbones import FROZEN, Stage
from tltools.charts.look import FROZEN_COLOUR, NEW_COLOUR, TUNED_COLOUR, empty
from tltools.config import RunConfig


def network(config: RunConfig, states: list[tuple[Stage, str]], head_parameters: int,
            num_classes: int, dark: bool = False) -> go.Figure:
    """The network by its stages, picture at the top, answer at the bottom; longer bars
    hold more parameters."""
    figure = empty(70 + 46 * (len(states) + 1), dark)
    rows = [(stage.name, state, stage.parameters, _size(config, stage)) for stage, state in states]
    rows.append(("Head", "new", head_parameters, f"{num_classes} classes"))
    longest = max(row[2] for row in rows) ** 0.5
    looks = {FROZEN: (FROZEN_COLOUR, "/", "❄ frozen"), "new": (NEW_COLOUR, "\\", "✚ new, learns")}
    for kind in dict.fromkeys(row[1] for row in rows):
        colour, pattern, word = looks.get(kind, (TUNED_COLOUR, "", f"▲ {kind}, learns"))
        chosen = [index for index, row in enumerate(rows) if row[1] == kind]
        figure.add_bar(
            y=chosen, x=[0.42 + 0.58 * rows[index][2]**0.5 / longest for index in chosen],
            orientation="h", name=word,
            marker={"color": colour,
                    "pattern": {"shape": pattern, "fgcolor": "rgba(255,255,255,0.55)",
                                "solidity": 0.12, "fillmode": "overlay"}},
            hoverinfo="skip")
        for index in chosen:
            name, _, parameters, size = rows[index]
            figure.add_annotation(
                x=0.01, y=index, xanchor="left", align="left", showarrow=False,
                font={"color": "#111", "size": 13},
                text=f"<b>{name}</b> {word.split(',')[0]}<br>{parameters:,} · {size}")
    figure.update_yaxes(autorange="reversed", visible=False)
    figure.update_xaxes(visible=False, range=[0, 1.02])
    figure.update_layout(
        barmode="overlay", bargap=0.12, legend={"y": -0.04}, margin={"t": 26},
        title={"text": "▼ picture goes in at the top, the answer comes out below", "x": 0,
               "font": {"size": 13}})
    return figure


def _size(config: RunConfig, stage: Stage) -> str:
    side = stage.side(config.input_size)
    return f"{side}×{side}×{stage.channels}"
