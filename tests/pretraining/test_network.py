"""TLNet in PyTorch: the same weights give what they give in Keras, and it can grow."""

import numpy as np
import pytest

from tests.pretraining.helpers import NEEDS_TORCH, SMALL
from tltools.models import tlnet

pytest.importorskip("torch", reason=NEEDS_TORCH)

import torch

from tltools.pretraining import loop, network


@pytest.mark.parametrize("size", [64, 72, 37])
def test_trained_in_pytorch_read_by_keras(size):
    """The same weights give the same features, whatever the padding has to be."""
    torch.manual_seed(0)
    trained = loop.build(SMALL, 4)
    for module in trained.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.3, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    shipped = tlnet.build_bundled_backbone((size, size, 3), None)
    tlnet.fill(shipped, trained.arrays())
    pixels = np.random.default_rng(0).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    with torch.no_grad():
        wanted = trained.eval().pooled(torch.from_numpy(pixels).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(np.asarray(shipped(pixels)).mean((1, 2)), wanted, atol=1e-4)


def test_a_block_that_the_start_lacks_changes_nothing():
    torch.manual_seed(0)
    small = network.Network(8, ((8, 1), (16, 1)), 32, 4, 8).eval()
    grown = network.Network(8, ((8, 2), (16, 2)), 32, 4, 8).eval()
    grown.load(small.arrays())
    pixels = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(grown.pooled(pixels), small.pooled(pixels))
    assert len(grown.arrays()) > len(small.arrays())
