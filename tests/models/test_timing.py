"""Measured speed: a real measurement of the smallest network."""

import pytest

from tltools.backbones import speeds
from tltools.errors import Cancelled, SettingsError


def test_measuring_the_smallest(home):
    from tltools.models import timing

    said = []
    record = timing.measure(home=str(home.path), backbone="MobileNet-0.25", input_size=32,
                            progress=lambda done, total, what: said.append((done, total)))
    assert record["batch_ms"] > 0
    assert record["single_ms"] > 0
    assert (record["backbone"], record["input_size"]) == ("MobileNet-0.25", 32)
    assert speeds.read(home, "MobileNet-0.25", 32) == speeds.Speed(**record)
    assert all(0 <= done < total for done, total in said)
    with pytest.raises(SettingsError, match="at least 71"):
        timing.measure(home=str(home.path), backbone="Xception", input_size=32)

    def cancel(done, total, what):
        raise Cancelled("It was cancelled.", "")

    with pytest.raises(Cancelled):
        timing.measure(home=str(home.path), backbone="MobileNet-0.25", input_size=48,
                       progress=cancel)
    assert speeds.read(home, "MobileNet-0.25", 48) is None
