"""Training of the bundled backbone: one loop, resumable after every epoch, on CPU or
GPU.

The loss is cross-entropy, with label smoothing and the teacher's opinion of the view at
hand, plus `teacher_weight` times (1 - cosine) to the teacher's features, through a
linear layer that is dropped afterwards. AdamW (Loshchilov & Hutter 2017, arXiv
1711.05101), warm-up and cosine. An exponential moving average of the weights is what is
evaluated and kept.
"""

import copy
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from tltools.models import tlnet
from tltools.pretraining import data, network, probe
from tltools.pretraining.recipe import Recipe
from tltools.pretraining.teacher import Targets, grid

FOLLOW_EVERY = 8
"""Steps between two updates of the moving average."""


def build(recipe: Recipe, classes: int) -> network.Network:
    """The network with its two training heads."""
    return network.Network(tlnet.STEM_WIDTH, tlnet.STAGES, tlnet.TOP_WIDTH, classes,
                           recipe.teacher_components)


def learning_rate(recipe: Recipe, share: float) -> float:
    """The rate at `share` (0..1) of the schedule: linear warm-up, then cosine to a
    hundredth."""
    if share < recipe.warm_up_share:
        return recipe.learning_rate * max(share, 1e-3) / recipe.warm_up_share
    rest = (share - recipe.warm_up_share) / (1 - recipe.warm_up_share)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(rest, 1.0))))


def size_at(recipe: Recipe, share: float) -> int:
    """Input side in pixels at `share` (0..1) of the schedule."""
    return recipe.sizes[min(int(share * len(recipe.sizes)), len(recipe.sizes) - 1)]


def _uniform(count: int, least: float, most: float) -> torch.Tensor:
    return torch.rand(count, 1, 1, 1) * (most - least) + least


def _augment(pixels: torch.Tensor, boxes: torch.Tensor, recipe: Recipe, size: int) -> torch.Tensor:
    """Flip, crop within its box, resize, sharpen and brighten each picture of a batch
    at random, scale to -1..1.

    pixels: uint8 (batch, height, width, 3). boxes: (batch, 4). Returns float32 (batch,
    3, size, size).
    """
    count = len(pixels)
    sides = boxes[:, 2:] - boxes[:, :2]
    loss = 2.0 * recipe.crop_padding / data.SIDE * sides.prod(1)  # a crop has lost enough already
    span = 1.0 - torch.rand(count) * loss
    stretch = torch.rand(count) * 0.2 + 0.9
    part = sides * torch.stack([span * stretch, span / stretch], 1).clamp(max=1.0)
    corner = boxes[:, :2] + torch.rand(count, 2) * (sides - part)
    left, right = corner[:, 1], corner[:, 1] + part[:, 1]
    flipped = torch.rand(count) < 0.5
    boxes = torch.stack([corner[:, 0], torch.where(flipped, right, left), corner[:, 0] + part[:, 0],
                         torch.where(flipped, left, right)], 1)
    x = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0
    x = F.grid_sample(x, grid(boxes, size), padding_mode="border", align_corners=False)
    if recipe.sharpen:
        # half of them stay as they are
        strength = recipe.sharpen * _uniform(count, -1.0, 1.0).clamp(min=0.0)
        x = x + strength * (x - F.avg_pool2d(x, 3, 1, 1, count_include_pad=False))
    x = x * _uniform(count, 1 - recipe.colour, 1 + recipe.colour) \
        + _uniform(count, -recipe.colour, recipe.colour)
    return x.clamp(-1.5, 1.5)


def _blend(recipe: Recipe, *arrays: torch.Tensor) -> list[torch.Tensor]:
    """Each row of the arrays mixed with the row before it, all by the same random
    shares (mixup)."""
    if not recipe.mixup:
        return list(arrays)
    concentration = torch.tensor(recipe.mixup)
    share = torch.distributions.Beta(concentration, concentration).sample((len(arrays[0]),))
    share = torch.maximum(share, 1 - share)
    shares = [share.reshape(-1, *[1] * (array.ndim - 1)) for array in arrays]
    return [
        share * array + (1 - share) * array.roll(1, 0)
        for share, array in zip(shares, arrays, strict=True)
    ]


@torch.no_grad()
def features(model: network.Network, images: data.Images, rows: np.ndarray,
             size: int) -> np.ndarray:
    """Averaged features (rows, features) of the given rows, shown at `size` pixels, no
    augmentation."""
    model.eval()
    device = next(model.parameters()).device
    result = []
    for part in np.array_split(rows, max(1, len(rows) // 200)):
        x = torch.from_numpy(images.pixels[part]).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        x = F.interpolate(x, (size, size), mode="bilinear", align_corners=False)
        result.append(model.pooled(x.to(device, memory_format=torch.channels_last)).cpu().numpy())
    return np.concatenate(result)


@torch.no_grad()
def named(model: network.Network, pooled: np.ndarray, labels: np.ndarray) -> float:
    """Share of right answers (0..1) of the network's own classifier on what `features`
    gave."""
    seen = torch.from_numpy(pooled).to(model.logits.weight.device)
    answers = model.logits(seen).argmax(1).cpu().numpy()
    return float((answers == labels).mean())


def accuracy(model: network.Network, images: data.Images, rows: np.ndarray, size: int) -> float:
    """Share of right answers (0..1) of the network's own classifier on the given rows,
    shown at `size` pixels."""
    return named(model, features(model, images, rows, size), images.labels[rows])


class Trainer:
    """One pretraining in the folder `out`: `recipe.json`, `last.pt` and `average_*.pt`
    (all that a resume needs), `log.jsonl`.

    images: training pictures. targets: what the teacher says of them.
    """

    def __init__(self, recipe: Recipe, images: data.Images, targets: Targets, out: Path) -> None:
        self.recipe, self.images, self.targets, self.out = recipe, images, targets, out
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.rows = data.divide(images.labels, recipe.held_out, recipe.new_kinds, recipe.seed)
        self.steps = len(self.rows.learn) // recipe.batch_size
        self.model = build(recipe, int(images.labels.max()) + 1)
        if recipe.start:
            self.model.load(tlnet.read(Path(recipe.start)))
        self.model.to(self.device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(self._groups(), betas=(0.9, 0.999), fused=True)
        self.average = copy.deepcopy(self.model)
        self.epoch = 0
        out.mkdir(parents=True, exist_ok=True)
        recipe.save(out / "recipe.json")
        self._resume()

    def run(self, until: int | None = None) -> None:
        """Train up to epoch `until` (default: all), writing a checkpoint after each
        epoch."""
        while self.epoch < (until or self.recipe.epochs):
            begun = time.perf_counter()
            loss, hits = self._epoch()
            self.epoch += 1
            self._save()
            record = {
                "epoch": self.epoch, "loss": loss, "accuracy": hits,
                "seconds": time.perf_counter() - begun
            }
            if len(self.rows.held) and (self.epoch % self.recipe.judge_every == 0
                                        or self.epoch == self.recipe.epochs):
                record |= self.judge(self.average)
            with open(self.out / "log.jsonl", "a") as log:
                log.write(json.dumps(record) + "\n")
            print(json.dumps(record), flush=True)

    def judge(self, model: network.Network) -> dict[str, float]:
        """What the held-out pictures say of a network, by name, at 64 and 96 px:
        `held_out_64` is its own classifier's accuracy, `tasks_64` that of small tasks
        (`probe.tasks`) of the new kinds if there are any, else of the held-out
        pictures."""
        result = {}
        for size in (64, 96):
            rows = self.rows.held
            pooled = features(model, self.images, rows, size)
            result[f"held_out_{size}"] = named(model, pooled, self.images.labels[rows])
            if len(self.rows.new):
                rows = self.rows.new
                pooled = features(model, self.images, rows, size)
            result[f"tasks_{size}"] = probe.tasks(pooled, self.images.labels[rows])
        return result

    def result(self) -> network.Network:
        """The network to keep: the mean of the moving averages after the epochs of
        `recipe.soup`, or the last one."""
        kept = [
            torch.load(self.out / f"average_{epoch}.pt", map_location=self.device,
                       weights_only=True) for epoch in self.recipe.soup
        ]
        mixed = copy.deepcopy(self.average)
        if kept:
            mixed.load_state_dict({
                name: torch.stack([state[name].double() for state in kept]).mean(0)
                for name in kept[0]
            })
        return mixed

    def _groups(self) -> list[dict]:
        """Heads start anew and learn at the full rate at once; scales and biases do not
        decay."""
        heads = {id(parameter) for parameter in self.model.heads()}
        groups: dict[tuple[bool, bool], list] = {}
        for parameter in self.model.parameters():
            groups.setdefault((id(parameter) in heads, parameter.ndim > 1), []).append(parameter)
        return [{"params": parameters, "head": head, "lr": self.recipe.learning_rate,
                 "weight_decay": self.recipe.weight_decay if decays else 0.0}
                for (head, decays), parameters in groups.items()]

    def _epoch(self) -> tuple[float, float]:
        torch.manual_seed(self.recipe.seed * 1000 + self.epoch)
        views = data.chosen_views(len(self.images.labels), self.targets.boxes.shape[1],
                                  self.recipe.whole_share, (self.recipe.seed, self.epoch, 1))
        self.model.train()
        losses, hits = [], []
        for number, part in enumerate(
                data.batches(self.rows.learn, self.recipe.batch_size, self.epoch,
                             self.recipe.seed)):
            share = (self.epoch + number / self.steps) / self.recipe.epochs
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(
                    self.recipe,
                    max(share, self.recipe.warm_up_share) if group["head"] else share)
            loss, hit = self._step(part, views[part], size_at(self.recipe, share))
            losses.append(loss)
            hits.append(hit)
            if number % FOLLOW_EVERY == 0:
                self._follow(self.recipe.ema**FOLLOW_EVERY)
        return float(np.mean(losses)), float(np.mean(hits))

    def _step(self, part: np.ndarray, view: np.ndarray, size: int) -> tuple[float, float]:
        # rows come sorted, by class: mixup must blend across classes
        order = torch.randperm(len(part)).numpy()
        part, view = part[order], view[order]
        recipe, targets = self.recipe, self.targets
        labels = torch.from_numpy(self.images.labels[part]).long()
        classes = self.model.logits.out_features
        opinions = torch.from_numpy(targets.labels[part, view]).float()
        wanted = (1 - recipe.soft_share) * F.one_hot(labels, classes) + recipe.soft_share * opinions
        x = _augment(torch.from_numpy(self.images.pixels[part]),
                     torch.from_numpy(targets.boxes[part, view]), recipe, size)
        blended = _blend(recipe, x, wanted, torch.from_numpy(targets.features[part, view]).float())
        x, wanted, directions = (array.to(self.device) for array in blended)
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=recipe.mixed_precision):
            logits, embedding = self.model(x)
        loss = F.cross_entropy(logits, wanted, label_smoothing=recipe.label_smoothing)
        if recipe.teacher_weight:
            cosine = (F.normalize(embedding, dim=1) * directions).sum(1)
            loss = loss + recipe.teacher_weight * (1.0 - cosine).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item(), (logits.argmax(1).cpu() == labels).float().mean().item()

    @torch.no_grad()
    def _follow(self, decay: float) -> None:
        # in the first epochs the average must forget fast
        decay = min(decay, 0.5 + self.epoch / (self.epoch + 1) / 2)
        for kept, live in zip(self.average.state_dict().values(),
                              self.model.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(live, 1 - decay)
            else:
                kept.copy_(live)

    def _save(self) -> None:
        if self.epoch in self.recipe.soup:
            torch.save(self.average.state_dict(), self.out / f"average_{self.epoch}.pt")
        temporary = self.out / "writing.pt"
        torch.save({
            "epoch": self.epoch, "model": self.model.state_dict(),
            "average": self.average.state_dict(), "optimizer": self.optimizer.state_dict()
        }, temporary)
        temporary.replace(self.out / "last.pt")

    def _resume(self) -> None:
        if not (self.out / "last.pt").exists():
            return
        stored = torch.load(self.out / "last.pt", map_location=self.device, weights_only=True)
        self.epoch = stored["epoch"]
        self.model.load_state_dict(stored["model"])
        self.average.load_state_dict(stored["average"])
        self.optimizer.load_state_dict(stored["optimizer"])
