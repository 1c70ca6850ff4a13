"""TLNet: the file that ships is what its card says, and saving costs at most the
rounding."""


import numpy as np

from tltools import backbones, files, weights
from tltools.models import tlnet


def test_the_shipped_file_is_what_its_card_says():
    path = weights.bundled_path()
    card = (path.parent / "MODEL_CARD.md").read_text()
    assert files.sha256_file(path) in card
    assert path.stat().st_size <= 4_000_000
    model = tlnet.build_bundled_backbone((96, 96, 3))
    assert model.count_params() == backbones.get("TLNet").parameters
    assert all(np.isfinite(value).all() for value in model.get_weights())
    for stage in backbones.get("TLNet").stages:
        assert model.get_layer(stage.cut).output.shape[-1] == stage.channels


def test_saving_costs_at_most_the_rounding(tmp_path):
    """And what was read once is not rounded again."""
    model = tlnet.build_bundled_backbone((64, 64, 3), None)
    tlnet.save(model, tmp_path / "once.npz")
    once = tlnet.build_bundled_backbone((64, 64, 3), str(tmp_path / "once.npz"))
    for before, after in zip(model.get_weights(), once.get_weights(), strict=True):
        most = np.abs(before).max((0, 1, 2) if before.ndim == 4 else None)
        assert (np.abs(before - after) <= 0.51 / 127 * most + 1e-6).all()
    tlnet.save(once, tmp_path / "again.npz")
    again = tlnet.build_bundled_backbone((64, 64, 3), str(tmp_path / "again.npz"))
    for before, after in zip(once.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(before, after, rtol=1e-5)
