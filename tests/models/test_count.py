"""The program that counts stages and parameters: what it counts is what the table says.
"""

import json

import pytest

from tltools import backbones
from tltools.models import count


@pytest.mark.parametrize("name", ["TLNet", pytest.param("MobileNet-0.25", marks=pytest.mark.slow)])
def test_the_generator_counts_what_stands_in_the_table(name):
    """Stages, sides for every input size, and multiply-adds, counted again."""
    stored = json.loads(backbones.TABLE_PATH.read_text(encoding="utf-8"))["backbones"][name]
    assert count.count([name])[name] == stored


def test_without_write_it_says_what_would_change_and_writes_nothing(capsys, monkeypatch):
    table = json.loads(backbones.TABLE_PATH.read_text(encoding="utf-8"))
    before = backbones.TABLE_PATH.stat().st_mtime_ns
    monkeypatch.setattr(count, "count", lambda names: {
        name: table["backbones"][name] for name in names})
    assert count.main([]) == 0
    assert backbones.TABLE_PATH.stat().st_mtime_ns == before
