"""TLNet once more, in PyTorch, for training alone: bfloat16 there trains it about twice
as fast on CPUs as Keras on TensorFlow.

Owns the translation: layer names, order of weights and padding are those of
`models.tlnet`, so that a file of weights written here is read there and gives the same
features (a test holds them together). Leaves what is trained to `loop`.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

EPSILON = 1e-3
"""Of BatchNormalization, as in `models.tlnet`."""


class Convolution(nn.Module):
    """3x3 or 1x1 convolution padded as Keras pads "same", then BatchNormalization."""

    def __init__(self, before: int, width: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv = nn.Conv2d(before, width, kernel, stride, bias=False,
                              padding=kernel // 2 if stride == 1 else 0)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        self.bn = nn.BatchNorm2d(width, eps=EPSILON, momentum=0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (batch, channels, height, width)."""
        if self.stride > 1:  # Keras puts the odd pixel of padding below and to the right
            high, wide = (max((-(-side // self.stride) - 1) * self.stride + self.kernel - side, 0)
                          for side in x.shape[2:])
            x = F.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
        return self.bn(self.conv(x))

    def normalization(self) -> list[torch.Tensor]:
        """Scale, shift, mean and variance, in Keras's order; not copies."""
        return [
            self.bn.state_dict()[name] for name in ("weight", "bias", "running_mean", "running_var")
        ]


class Block(nn.Module):
    """Residual block; with a stride, the shortcut is pooled."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.shortcut = Convolution(before, width, 1, 1) if stride > 1 or before != width else None
        self.a = Convolution(before, width, 3, stride)
        self.b = Convolution(width, width, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (batch, channels, height, width)."""
        shortcut = F.avg_pool2d(x, self.stride, ceil_mode=True) if self.stride > 1 else x
        if self.shortcut is not None:
            shortcut = self.shortcut(shortcut)
        return F.relu(self.b(F.relu(self.a(x))) + shortcut)


class Network(nn.Module):
    """The backbone with its two training heads: logits (batch, classes) and embedding
    (batch, components)."""

    def __init__(self, stem: int, stages: tuple[tuple[int, int], ...], top: int, classes: int,
                 components: int) -> None:
        super().__init__()
        self.stem = Convolution(3, stem, 3, 2)
        self.blocks = nn.ModuleDict()
        before = stem
        for stage, (width, blocks) in enumerate(stages, start=1):
            for block in range(1, blocks + 1):
                stride = 2 if stage > 1 and block == 1 else 1
                self.blocks[f"stage{stage}_block{block}"] = Block(before, width, stride)
                before = width
        self.top = Convolution(before, top, 1, 1)
        self.logits = nn.Linear(top, classes)
        self.embedding = nn.Linear(top, components)

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        """x: (batch, 3, height, width) in -1..1. Returns averaged features (batch,
        top), float32."""
        x = F.relu(self.stem(x))
        for block in self.blocks.values():
            x = block(x)
        return F.relu(self.top(x)).mean((2, 3), dtype=torch.float32)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x: (batch, 3, height, width) in -1..1."""
        pooled = self.pooled(x)
        with torch.autocast(x.device.type, enabled=False):
            return self.logits(pooled), self.embedding(pooled)

    def heads(self) -> list[nn.Parameter]:
        """The parameters that are dropped after training."""
        return [*self.logits.parameters(), *self.embedding.parameters()]

    def _convolutions(self) -> dict[str, Convolution]:
        result = {"stem": self.stem, "top": self.top}
        for name, block in self.blocks.items():
            result |= {f"{name}_{part}": layer for part, layer in block.named_children()
                       if isinstance(layer, Convolution)}
        return result

    def arrays(self) -> dict[str, np.ndarray]:
        """The backbone's weights by `layer/number`, shapes and order as Keras has them,
        float32."""
        result = {}
        for name, layer in self._convolutions().items():
            result[f"{name}_conv/0"] = layer.conv.weight.permute(2, 3, 1, 0)
            for number, value in enumerate(layer.normalization()):
                result[f"{name}_bn/{number}"] = value
        return {
            key: value.detach().float().cpu().contiguous().numpy() for key, value in result.items()
        }

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the backbone's weights from what `arrays` gives. A residual block that
        is not in them begins as one that changes nothing (its last BatchNormalization
        scales by 0: Goyal et al. 2017, arXiv 1706.02677)."""
        with torch.no_grad():
            for name, layer in self._convolutions().items():
                if f"{name}_conv/0" not in arrays:
                    if name.endswith("_b"):
                        layer.bn.weight.zero_()
                        layer.bn.bias.zero_()
                    continue
                layer.conv.weight.copy_(torch.tensor(arrays[f"{name}_conv/0"]).permute(3, 2, 0, 1))
                for number, value in enumerate(layer.normalization()):
                    value.copy_(torch.tensor(arrays[f"{name}_bn/{number}"]))
