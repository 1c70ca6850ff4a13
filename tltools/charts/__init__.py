"""Charts: records in, Plotly figures out. No Streamlit, no files, no global theme.

One visual language: frozen is ice, fine-tuned is warm, new parts are green; training is solid, validation dashed.
Colours are Okabe and Ito's, told apart by colour-blind eyes, and never stand alone (pattern, dash, word).
"""

from collections.abc import Collection

import plotly.graph_objects as go

from tltools.backbones import FROZEN, Stage
from tltools.config import RunConfig
from tltools.events import History

FROZEN_COLOUR, TUNED_COLOUR, NEW_COLOUR = "#56B4E9", "#E69F00", "#009E73"
LOSS_COLOUR = "#CC79A7"
_OFF_COLOUR = "#999999"
_TRANSPARENT = "rgba(0,0,0,0)"


def _figure(height: int, dark: bool) -> go.Figure:
    ink = "#FAFAFA" if dark else "#31333F"
    figure = go.Figure()
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 36, "b": 8}, paper_bgcolor=_TRANSPARENT, plot_bgcolor=_TRANSPARENT,
        font={"color": ink, "size": 14}, legend={"orientation": "h", "y": -0.25, "x": 0}, dragmode=False,
        hoverlabel={"namelength": -1})
    grid = "rgba(250,250,250,0.18)" if dark else "rgba(49,51,63,0.15)"
    figure.update_xaxes(gridcolor=grid, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=grid, zeroline=False, automargin=True)
    return figure


def history(curves: History, quantity: str, dark: bool = False, watch: str = "loss") -> go.Figure:
    """The curve of "accuracy" (0..1) or "loss": training solid, validation dashed, by epoch from 1.

    The steps of each phase's first epoch are drawn between its beginning and its end. Where fine-tuning begins stands a
    line with its name; the epoch that is kept (see `History.best`, which is given `watch`) has a star.
    """
    figure = _figure(330, dark)
    colour = FROZEN_COLOUR if quantity == "accuracy" else LOSS_COLOUR
    steps = [item for item in curves.batches if item.get(quantity) is not None]
    if steps:
        x: list[float | None] = []
        y: list[float | None] = []
        for before, item in zip([None, *steps], steps, strict=False):
            if before is not None and before["epoch"] != item["epoch"]:
                x, y = [*x, None], [*y, None]  # a gap, so that no line joins the first epochs of two phases
            x.append(item["epoch"] + item["batch"] / item["batches"])
            y.append(item[quantity])
        figure.add_scatter(x=x, y=y, mode="lines+markers", name="training, step by step",
                           line={"color": colour, "width": 2}, marker={"size": 4}, opacity=0.85)
    epochs = [item["epoch"] + 1 for item in curves.epochs]
    columns = curves.columns()
    figure.add_scatter(x=epochs, y=columns[quantity], mode="lines+markers", name="training",
                       line={"color": colour, "width": 3}, marker={"symbol": "circle", "size": 7})
    figure.add_scatter(x=epochs, y=columns[f"val_{quantity}"], mode="lines+markers", name="validation",
                       line={"color": TUNED_COLOUR, "width": 3, "dash": "dash"}, marker={"symbol": "diamond", "size": 8})
    best = curves.best(watch)
    if best is not None:
        value = columns[f"val_{quantity}"][best]
        reason = "lowest training loss" if value is None else \
            "highest validation accuracy" if watch == "accuracy" else "lowest validation loss"
        value = columns[quantity][best] if value is None else value
        figure.add_scatter(x=[epochs[best]], y=[value], mode="markers", name=f"kept: {reason}",
                           marker={"symbol": "star", "size": 17, "color": NEW_COLOUR, "line": {"width": 1}})
    if curves.fine_tune_start is not None:
        figure.add_vline(x=epochs[curves.fine_tune_start] - 0.5, line={"dash": "dot", "color": TUNED_COLOUR, "width": 2},
                         annotation={"text": "fine-tuning begins", "yref": "paper", "y": 1, "yanchor": "bottom",
                                     "xanchor": "center"})
        figure.update_layout(margin={"t": 62})  # room above the curves, so that the words lie on none
    if curves.inherited:
        figure.add_vline(x=curves.inherited + 0.5, line={"dash": "dashdot", "color": NEW_COLOUR, "width": 2},
                         annotation_text="trained further from here", annotation_position="bottom left")
    figure.update_layout(title={"text": f"{quantity.capitalize()} by epoch", "x": 0})
    most = max(1, len(epochs), curves.inherited and curves.inherited + 1)  # room for the line before its first own epoch
    figure.update_xaxes(range=[0, most * 1.04], tickformat="d", tick0=0, dtick=epoch_ticks(most))
    quantity_axis(figure, quantity)
    return figure


def quantity_axis(figure: go.Figure, quantity: str) -> None:
    """The whole range of "accuracy" (0..1), or from "loss" 0 to the highest there is, with room for lines at the edges."""
    if quantity == "accuracy":
        figure.update_yaxes(range=[-0.04, 1.04], tickformat=".0%")
    else:
        most = max((value for trace in figure.data for value in trace.y or () if value is not None), default=1.0) or 1.0
        figure.update_yaxes(range=[-0.03 * most, 1.05 * most])


def epoch_ticks(epochs: int) -> int:
    """Distance of the marks on an axis of so many epochs: 1, 2 or 5 times a power of ten, at most ten marks."""
    return next(number * 10**power for power in range(9) for number in (1, 2, 5) if number * 10**power * 10 >= epochs)


def race(frozen: tuple[History, float], scratch: tuple[History, float], num_classes: int, dark: bool = False) -> go.Figure:
    """Validation accuracy (0..1) of two runs over the seconds since each began; chance as a dotted line.

    frozen, scratch: the curves, and how many seconds had passed before the first epoch (decoding, extraction).
    """
    figure = _figure(300, dark)
    for (curves, passed), name, colour, symbol in ((frozen, "pretrained and frozen", FROZEN_COLOUR, "circle"),
                                                   (scratch, "from scratch", TUNED_COLOUR, "diamond")):
        x = []
        for item in curves.epochs:
            passed += item["seconds"]
            x.append(passed)
        figure.add_scatter(x=x, y=curves.columns()["val_accuracy"], mode="lines+markers", name=name,
                           line={"color": colour, "width": 3, "dash": "dash"}, marker={"symbol": symbol, "size": 7})
    figure.add_hline(y=1 / num_classes, line={"dash": "dot", "color": "#999999", "width": 2},
                     annotation_text="guessing", annotation_position="bottom right")
    figure.update_layout(title={"text": "Validation accuracy by seconds", "x": 0}, showlegend=True)
    figure.update_xaxes(rangemode="tozero", ticksuffix=" s")
    figure.update_yaxes(range=[-0.04, 1.04], tickformat=".0%")
    return figure


def counts(names: list[str], numbers: list[int], dark: bool = False, off: Collection[int] = ()) -> go.Figure:
    """Number of pictures by class, as bars; names are drawn as plain text. off: rows that are left out of training."""
    figure = _figure(90 + 34 * len(names), dark)
    rows = range(len(names))
    figure.add_bar(y=list(rows), x=numbers, orientation="h", textposition="auto", hoverinfo="skip",
                   marker_color=[_OFF_COLOUR if row in off else FROZEN_COLOUR for row in rows],
                   text=[f"{number} (left out)" if row in off else f"{number}" for row, number in enumerate(numbers)])
    _name_axis(figure, names)
    figure.update_layout(title={"text": "Pictures by class", "x": 0}, showlegend=False)
    return figure


def probabilities(names: list[str], values: list[float], dark: bool = False, most: int = 10) -> go.Figure:
    """The model's answer (0..1 each) as bars, the most likely first, at most `most` of them."""
    order = sorted(range(len(names)), key=lambda index: -values[index])[:most]
    figure = _figure(50 + 34 * len(order), dark)
    figure.add_bar(y=list(range(len(order))), x=[values[index] for index in order], orientation="h",
                   marker_color=[NEW_COLOUR] + [FROZEN_COLOUR] * (len(order) - 1),
                   text=[f"{values[index]:.1%}" for index in order], textposition="auto", hoverinfo="skip")
    _name_axis(figure, [names[index] for index in order])
    figure.update_xaxes(range=[0, 1.0], tickformat=".0%")
    figure.update_layout(showlegend=False, margin={"t": 8})
    return figure


def network(config: RunConfig, states: list[tuple[Stage, str]], head_parameters: int, num_classes: int,
            dark: bool = False) -> go.Figure:
    """The network by its stages, picture at the top, answer at the bottom; longer bars hold more parameters."""
    figure = _figure(70 + 46 * (len(states) + 1), dark)
    rows = [(stage.name, state, stage.parameters, _size(config, stage)) for stage, state in states]
    rows.append(("Head", "new", head_parameters, f"{num_classes} classes"))
    longest = max(row[2] for row in rows) ** 0.5
    looks = {FROZEN: (FROZEN_COLOUR, "/", "❄ frozen"), "new": (NEW_COLOUR, "\\", "✚ new, learns")}
    for kind in dict.fromkeys(row[1] for row in rows):
        colour, pattern, word = looks.get(kind, (TUNED_COLOUR, "", f"▲ {kind}, learns"))
        chosen = [index for index, row in enumerate(rows) if row[1] == kind]
        figure.add_bar(
            y=chosen, x=[0.42 + 0.58 * rows[index][2] ** 0.5 / longest for index in chosen], orientation="h", name=word,
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "rgba(255,255,255,0.55)", "solidity": 0.12,
                                                  "fillmode": "overlay"}},
            hoverinfo="skip")
        for index in chosen:
            name, _, parameters, size = rows[index]
            figure.add_annotation(x=0.01, y=index, xanchor="left", align="left", showarrow=False,
                                  font={"color": "#111", "size": 13},
                                  text=f"<b>{name}</b> {word.split(',')[0]}<br>{parameters:,} · {size}")
    figure.update_yaxes(autorange="reversed", visible=False)
    figure.update_xaxes(visible=False, range=[0, 1.02])
    figure.update_layout(barmode="overlay", bargap=0.12, legend={"y": -0.04}, margin={"t": 26},
                         title={"text": "▼ picture goes in at the top, the answer comes out below", "x": 0,
                                "font": {"size": 13}})
    return figure


def _size(config: RunConfig, stage: Stage) -> str:
    side = stage.side(config.input_size)
    return f"{side}×{side}×{stage.channels}"


def _name_axis(figure: go.Figure, names: list[str]) -> None:
    shown = [name if len(name) <= 24 else name[:23] + "…" for name in names]
    safe = [name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for name in shown]
    figure.update_yaxes(tickmode="array", tickvals=list(range(len(names))), ticktext=safe, autorange="reversed",
                        showgrid=False)
