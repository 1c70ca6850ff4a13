"""Records of measured speed: read again as written, of this machine only, and damage is
no record."""

import platform

from tltools.backbones import speeds


def test_what_was_measured_is_read_again_and_damage_is_nothing(home):
    speed = speeds.Speed("VGG16", 224, 300.5, 250.25, 8, 0.1, speeds.machine(), 1.0)
    assert speeds.read(home, "VGG16", 224) is None
    speeds.write(home, speed)
    assert speeds.read(home, "VGG16", 224) == speed
    assert speeds.read(home, "VGG16", 160) is None
    for damage in (b"", b"{", b"[]", b'{"backbone": "VGG16"}'):
        speeds.path(home, "VGG16", 224).write_bytes(damage)
        assert speeds.read(home, "VGG16", 224) is None
    assert "cores" in speeds.machine()


def test_what_another_machine_measured_is_not_this_ones(home, monkeypatch):
    """Home folders may lie on a share."""
    speeds.write(home, speeds.Speed("VGG16", 224, 300.5, 250.25, 8, 0.1, "other", 1.0))
    monkeypatch.setattr(platform, "node", lambda: "another-computer")
    assert speeds.read(home, "VGG16", 224) is None
    speeds.write(home, speeds.Speed("VGG16", 224, 20.0, 10.0, 8, 0.1, "other", 1.0))
    assert speeds.read(home, "VGG16", 224).single_ms == 20
    monkeypatch.undo()
    assert len(list(home.speeds.rglob("*.json"))) == 2
