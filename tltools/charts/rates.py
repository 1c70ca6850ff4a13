"""Charts of how training will step: the learning rate over the epochs, and what the
learning-rate finder saw."""

import math

import plotly.graph_objects as go

from tltools.charts.look import FROZEN_COLOUR, LOSS_COLOUR, NEW_COLOUR, TUNED_COLOUR, empty
from tltools.recipes.schedules import PhasePlan
from tltools.runs.events import Phase, phase_label

_MOST_POINTS = 400


def learning_rates(plans: list[PhasePlan], single_phase: bool, dark: bool = False) -> go.Figure:
    """The learning rate of every step of all phases over the epochs, on a logarithmic
    axis; head solid, fine-tuning dashed."""
    figure = empty(280, dark)
    first = 0
    for plan in plans:
        steps = plan.schedule.steps
        stride = max(1, steps // _MOST_POINTS)
        shown = [*range(0, steps, stride), steps - 1] if stride > 1 else list(range(steps))
        tuning = plan.phase is Phase.FINE_TUNE
        figure.add_scatter(
            x=[first + (step + 1) / plan.batches for step in shown],
            y=[plan.schedule.rate(step) for step in shown], mode="lines",
            name=phase_label(plan.phase, single_phase),
            line={"color": TUNED_COLOUR if tuning else NEW_COLOUR, "width": 3,
                  "dash": "dash" if tuning else "solid"},
            hovertemplate="epoch %{x:.1f}: rate %{y:.2g}<extra></extra>")
        first += plan.epochs
    figure.update_layout(title={"text": "Learning rate by epoch, as planned", "x": 0},
                         showlegend=True)
    figure.update_xaxes(range=[0, max(1, first) * 1.02])
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    return figure


def rate_finder(rates: list[float], losses: list[float], smoothed: list[float],
                suggestion: float | None, dark: bool = False) -> go.Figure:
    """The loss of each step over its rate (logarithmic): thin as measured, thick
    smoothed, the suggestion as a line."""
    figure = empty(300, dark)
    figure.add_scatter(x=rates, y=losses, mode="lines", name="loss of each step", opacity=0.6,
                       line={"color": FROZEN_COLOUR, "width": 1})
    figure.add_scatter(x=rates, y=smoothed, mode="lines", name="smoothed",
                       line={"color": LOSS_COLOUR, "width": 3})
    if suggestion is not None:
        figure.add_vline(x=suggestion, line={"dash": "dot", "color": NEW_COLOUR, "width": 3})
        figure.add_annotation(
            # on a logarithmic axis a note's place is the exponent
            x=math.log10(suggestion), y=1, yref="paper", xanchor="right", showarrow=False,
            text=f"suggested: {suggestion:g} ")
    figure.update_layout(title={"text": "Loss by learning rate", "x": 0}, showlegend=True)
    figure.update_xaxes(type="log", exponentformat="power", dtick=1)
    highest = max([*smoothed, losses[0] if losses else 0.0], default=1.0)
    figure.update_yaxes(range=[0, highest * 1.1])
    return figure
