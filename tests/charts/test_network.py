"""The picture of the network: what is frozen is told apart not by colour alone."""

from tltools import backbones, charts
from tltools.config import RunConfig


def test_network_tells_parts_apart_not_by_colour_alone():
    config = RunConfig(backbone="VGG16", unfreeze_stages=2)
    figure = charts.network(config, backbones.stage_states(config), 1026, 2)
    looks = {(trace.marker.color, trace.marker.pattern.shape, trace.name) for trace in figure.data}
    assert len(looks) == 3
    assert len({look[1] for look in looks}) == 3
    assert sum(len(trace.y) for trace in figure.data) == 6
