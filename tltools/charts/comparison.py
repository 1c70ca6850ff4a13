"""Curves of several runs in one chart: told apart by colour, marker and letter;
training solid, validation dashed."""

import plotly.graph_objects as go

from tltools.charts import look
from tltools.runs.events import History

MOST = 6
LETTERS = "ABCDEF"
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#D55E00")
"""Okabe and Ito's colours, which colour-blind eyes tell apart."""
MARKERS = ("circle", "diamond", "square", "triangle-up", "x", "star")


def overlaid(curves: list[tuple[str, History]], quantity: str, dark: bool = False) -> go.Figure:
    """The "accuracy" (0..1) or "loss" of up to `MOST` runs by epoch from 1; each line
    ends in its run's letter.

    curves: (name, history) of each run; names are drawn as plain text. Many epochs have
    markers on some of them only.
    """
    figure = look.empty(380, dark)
    for (name, history), letter, colour, marker in zip(curves[:MOST], LETTERS, COLOURS, MARKERS,
                                                       strict=False):
        epochs, columns = [item["epoch"] + 1 for item in history.epochs], history.columns()
        # names often begin alike
        shown = f"{letter} {plain(name if len(name) <= 32 else f'{name[:15]}…{name[-16:]}')}"
        every = max(1, len(epochs) // 12)
        shown_value = "customdata" if quantity == "accuracy" else "y:.3f"
        for column, dash in ((quantity, "solid"), (f"val_{quantity}", "dash")):
            values = columns[column]
            last = max((index for index, value in enumerate(values) if value is not None),
                       default=None)
            figure.add_scatter(
                x=epochs, y=values, mode="lines+markers+text", name=shown, legendgroup=letter,
                showlegend=dash == "solid", line={"color": colour, "width": 3, "dash": dash},
                marker={
                    "symbol": marker,
                    "size": [9 if index % every == 0 else 0 for index in range(len(epochs))],
                    "color": colour, "opacity": 1
                },
                text=[f"<b>{letter}</b>" if index == last else "" for index in range(len(epochs))],
                textposition="middle right", textfont={"size": 15},
                hovertemplate=f"{shown}, {'training' if dash == 'solid' else 'validation'}, "
                              f"epoch %{{x}}: %{{{shown_value}}}"
                              "<extra></extra>")
    for words, dash in (("training", "solid"), ("validation", "dash")):
        figure.add_scatter(x=[None], y=[None], mode="lines", name=words,
                           line={"color": "#999999", "width": 3, "dash": dash})
    longest = max((item["epoch"] + 1 for _, history in curves for item in history.epochs),
                  default=1)
    figure.update_layout(title={"text": f"{quantity.capitalize()} by epoch", "x": 0})
    figure.update_xaxes(range=[0, max(1, longest) * 1.08 + 0.2], tickformat="d", tick0=0,
                        dtick=look.epoch_ticks(longest))
    look.quantity_axis(figure, quantity)
    return figure


def plain(name: str) -> str:
    """A person's words for a Plotly label, which would take `<b>` and `<a>` for markup
    and `%{x}` for a value."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "% {")
