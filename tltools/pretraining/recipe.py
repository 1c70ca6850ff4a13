"""The settings of pretraining, as one flat record that is saved beside every checkpoint."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Recipe:
    """How the backbone is trained.

    sizes: input side in pixels of each tenth of the schedule (progressive resizing: small pictures first are several
    times cheaper; the last tenths see what the app will show it). held_out: images per class kept from training, by
    which everything is chosen. teacher_size: side at which the teacher sees each picture; teacher_weight: share of the
    loss that is distillation (Hinton et al. 2015, arXiv 1503.02531: its softened ImageNet probabilities; Romero et al.
    2014, arXiv 1412.6550: its pooled features).
    """

    epochs: int = 12
    batch_size: int = 128
    sizes: tuple[int, ...] = (40, 40, 48, 48, 48, 64, 64, 64, 64, 80)
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    warm_up_share: float = 0.04
    label_smoothing: float = 0.1
    crop_padding: int = 6
    held_out: int = 50
    teacher_size: int = 128
    teacher_components: int = 256
    teacher_weight: float = 2.0
    ema: float = 0.998
    seed: int = 7
    mixed_precision: bool = True

    def save(self, path: Path) -> None:
        """Write the record as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1))

    @classmethod
    def load(cls, path: Path) -> "Recipe":
        """Read what `save` wrote."""
        record = json.loads(path.read_text())
        return cls(**{**record, "sizes": tuple(record["sizes"])})
