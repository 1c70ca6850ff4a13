"""Charts: records in, Plotly figures out. No Streamlit, no files, no global theme.

`look` owns the one visual language; `curves` what happens by epoch, `bars` what stands
by class, `network` the picture of the stages, `rates` the learning rate before a start,
`comparison` several runs. Leaves what the figures mean to their records.
"""

from tltools.charts.bars import counts, probabilities
from tltools.charts.curves import history, race
from tltools.charts.look import FROZEN_COLOUR, NEW_COLOUR, TUNED_COLOUR
from tltools.charts.network import network

__all__ = [
    "FROZEN_COLOUR", "NEW_COLOUR", "TUNED_COLOUR", "counts", "history", "network", "probabilities",
    "race"
]
