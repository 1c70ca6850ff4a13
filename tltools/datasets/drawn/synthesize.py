"""Pictures drawn by the program: worth learning from, and the same for the same seed.

Owns the list of families and the drawing of the plainer ones. Families:
    shapes     a figure (disk, square, triangle, ...) in any pose, size and colour on a
               cluttered background
    textures   a pattern (stripes, checks, dots, ...) in any scale, turn and colours
    noise      the notebook's own case: pure noise with random labels, of which nothing
               can be learned
    scenes     places with horizon, sky and things in them (`scenes`)
    creatures  heads in any pose, mood and light (`creatures`)
    digits     0 to 9 in many pens on any paper (`digits`)
    shortcut   a trap: figures, each on a background of its own, but for the test
               pictures
Colour says nothing of the class in all but scenes (it helps, as in photos) and shortcut
(it is the trap).
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tltools import files
from tltools.datasets import importing, splits, store
from tltools.datasets.drawn import creatures, digits, scenes
from tltools.datasets.drawn.canvas import hsv
from tltools.errors import DatasetError
from tltools.images import from_array, shown_name

FAMILIES: dict[str, str] = {
    "shapes": "Figures in any place, size, turn and colour, on a busy background.",
    "textures": "Patterns in any scale, turn and colours.",
    "noise": "Pure noise with random labels: there is nothing to learn, and an honest "
             "score stays at chance.",
    "scenes": "Small scenes: beach, city, forest, mountains … at any hour and in any weather.",
    "creatures": "Heads of cats, dogs, owls, frogs … in any fur, mood, pose and light.",
    "digits": "The digits 0 to 9 in many pens, slants and colours. Try what "
              "mirroring does to them.",
    "shortcut": "A trap: each figure has a background of its own, but in the test pictures the "
                "backgrounds are swapped. A network that looks at the background does well in "
                "validation and fails the test.",
}
TITLES: dict[str, str] = {
    "shapes": "Shapes", "textures": "Textures", "noise": "Pure noise", "scenes": "Scenes",
    "creatures": "Creatures", "digits": "Digits", "shortcut": "Shortcut (a trap)"
}
_DRAWN = {"scenes": scenes, "creatures": creatures, "digits": digits}
_MOST_CLASSES = {**{family: len(module.KINDS) for family, module in _DRAWN.items()}, "shortcut": 10}
_TEST_EVERY = 4
"""Of the shortcut family, every so-manieth picture is a test picture."""
MAX_IMAGES = 20_000
SIDE = 128
_SHAPES = ("disk", "square", "triangle", "star", "ring", "cross", "crescent", "hexagon", "heart",
           "arrow", "house", "bolt")
_TEXTURES = ("stripes", "checks", "dots", "rings", "waves", "bricks", "grid", "rays", "zigzag",
             "spots", "weave", "grain")


def class_names(family: str, classes: int) -> list[str]:
    """The names of the classes of a family; after the named kinds, kinds in two halves
    follow (`disk+star`)."""
    if family == "noise":
        return [f"noise {number}" for number in range(1, classes + 1)]
    if family in _DRAWN:
        return list(_DRAWN[family].KINDS[:classes])
    kinds = _TEXTURES if family == "textures" else _SHAPES
    pairs = [f"{a}+{b}" for index, a in enumerate(kinds) for b in kinds[index + 1 :]]
    names = [*kinds, *pairs]
    return (names + [f"{name} {turn}" for turn in range(2, 20) for name in names])[:classes]


def most_classes(family: str) -> int:
    """How many classes a family has at most."""
    return _MOST_CLASSES.get(family, 100)


def is_test(family: str, index: int) -> bool:
    """Whether a picture belongs to the test set by its drawing: those of the shortcut
    family on another's background."""
    return family == "shortcut" and index % _TEST_EVERY == _TEST_EVERY - 1


def check(family: str, classes: int, per_class: int, difficulty: float) -> None:
    """Raise `DatasetError` for settings that cannot be drawn."""
    if family not in FAMILIES:
        raise DatasetError(f"There is no family called {shown_name(family)}.",
                           f"Choose one of: {', '.join(FAMILIES)}.")
    if not 2 <= classes <= most_classes(family):
        raise DatasetError(f"Received {classes} classes.",
                           f"Choose 2 to {most_classes(family)} for {family}.")
    if per_class < 2 or classes * per_class > MAX_IMAGES:
        raise DatasetError(f"Received {per_class} pictures per class.",
                           f"Choose 2 or more, and at most {MAX_IMAGES:,} in all.")
    if not 0 <= difficulty <= 1:
        raise DatasetError(f"Received the difficulty {difficulty}.", "Choose 0 to 1.")


def draw(family: str, label: int, seed: int, index: int, difficulty: float = 0.5,
         side: int = SIDE) -> np.ndarray:
    """One picture: uint8 (side, side, 3). The same arguments give the same picture.

    label: number of the class; index: number of the picture in its class; difficulty
    0..1 widens pose, clutter and noise.
    """
    generator = np.random.default_rng((seed, list(FAMILIES).index(family), label, index))
    if family == "noise":
        return generator.integers(0, 256, (side, side, 3), dtype=np.uint8)
    if family in _DRAWN:
        picture = _DRAWN[family].draw(generator, label, difficulty, side)
        noisy = picture + generator.normal(0, 3 + 17 * difficulty, picture.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)
    foreground, background = _colours(generator, difficulty)
    if family == "textures":
        names = class_names("textures", label + 1)[label].split(" ")[0].split("+")
        share = generator.uniform(0.4, 0.6)
        pattern = _texture(names[0], generator, side, difficulty)
        if len(names) > 1:
            other = _texture(names[1], generator, side, difficulty)
            cut = int(side * share)
            pattern[:, cut:] = other[:, cut:]
        mask = pattern[..., None]
        picture = foreground * mask + background * (1 - mask)
    elif family == "shortcut":
        owner = label if not is_test(family, index) else label - 1 if label else 1
        picture = _scene(generator, label, foreground, _backdrop(generator, owner, side),
                         difficulty, side)
    else:
        picture = _scene(generator, label, foreground, background, difficulty, side)
    across = np.linspace(-1, 1, side)[:, None, None]
    light = 1 + generator.uniform(-0.35, 0.35) * difficulty * across
    noise = generator.normal(0, 6 + 26 * difficulty, picture.shape)
    return np.clip(picture * light + noise, 0, 255).astype(np.uint8)


def sheet(family: str, classes: int, seed: int, difficulty: float, rows: int = 2,
          side: int = 96) -> np.ndarray:
    """A preview: `rows` pictures of each of the first classes, one column a class;
    uint8 (rows * side, classes * side, 3).

    Of the shortcut family the last row shows test pictures.
    """
    indices = [*range(rows - 1), _TEST_EVERY - 1]
    return np.concatenate([
        np.concatenate([draw(family, label, seed, index, difficulty, side)
                        for label in range(classes)], 1)
        for index in indices
    ])


def synthesize(*, home: str, workspace: str, dataset: str | None = None, family: str = "shapes",
               classes: int = 3, per_class: int = 60, seed: int = 42, difficulty: float = 0.5,
               progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Draw a data set into the store. Result: see `importing.bring_in`. Raises
    `DatasetError` for wrong settings."""
    check(family, classes, per_class, difficulty)
    names = class_names(family, classes)
    place, dataset_id = importing.target(home, workspace, dataset, f"{family} ({classes} classes)",
                                         f"drawn: {family}, seed {seed}, difficulty {difficulty:g}")
    total = classes * per_class
    for start in range(0, total, 64):
        progress(start, total, "drawing")
        batch = []
        for number in range(start, min(start + 64, total)):
            label, index = number % classes, number // classes
            stored = from_array(draw(family, label, seed, index, difficulty))
            name = f"{family}-{seed}-{label}-{index}"
            batch.append(store.NewImage(stored, names[label], name, files.sha256(stored.data),
                                        splits.TEST if is_test(family, index) else ""))
        store.add_images(place, dataset_id, batch, [], len(batch))
    progress(total, total, "")
    return {"dataset": dataset_id, "used": total, "unlabelled": 0, "found": total, "skipped": []}


def write_folder(out: Path, family: str, classes: int, per_class: int, seed: int,
                 difficulty: float = 0.5, progress: files.Progress = files.no_progress) -> int:
    """Draw a data set as `out/CLASS/N.png`; returns the number of pictures. Raises
    `DatasetError`.

    Of the shortcut family as `out/train/CLASS/N.png` and `out/test/CLASS/N.png`.
    """
    check(family, classes, per_class, difficulty)
    if out.exists() and any(out.iterdir()):
        raise DatasetError(f"The folder {shown_name(str(out))} is not empty.", "Choose a new one.")
    for label, name in enumerate(class_names(family, classes)):
        for index in range(per_class):
            progress(label * per_class + index, classes * per_class, name)
            part = "test" if is_test(family, index) else "train"
            folder = out / part / name if family == "shortcut" else out / name
            folder.mkdir(parents=True, exist_ok=True)
            picture = draw(family, label, seed, index, difficulty)
            Image.fromarray(picture).save(folder / f"{index:05d}.png")
    return classes * per_class


def _colours(generator: np.random.Generator, difficulty: float) -> tuple[np.ndarray, np.ndarray]:
    """Two colours that differ enough in lightness to be told apart; the less, the more
    difficult."""
    least = 130 - 70 * difficulty
    while True:
        pair = generator.uniform(10, 245, (2, 3))
        if abs(pair[0].mean() - pair[1].mean()) > least:
            return pair[0], pair[1]


def _backdrop(generator: np.random.Generator, owner: int, side: int) -> np.ndarray:
    """The background that gives a class of the shortcut family away: its own hue and
    pattern, uint8-valued floats."""
    pattern = _texture(_TEXTURES[owner], generator, side, 0.2)[..., None]
    colour = hsv(owner * 0.3 + generator.uniform(-0.03, 0.03), 0.6, generator.uniform(0.6, 0.8))
    return colour * (0.55 + 0.45 * pattern)


def _scene(generator: np.random.Generator, label: int, foreground: np.ndarray,
           background: np.ndarray, difficulty: float, side: int) -> np.ndarray:
    """Clutter and a figure; background: one colour, or a whole picture (side, side, 3).
    """
    scale = 2  # drawn twice as large, then reduced: smooth edges
    if background.ndim == 3:
        canvas = Image.fromarray(background.astype(np.uint8)).resize((side * scale, side * scale))
        background = background.mean((0, 1))
        if abs(foreground.mean() - background.mean()) < 70:
            foreground = np.full(3, 245.0 if background.mean() < 128 else 15.0) \
                - generator.uniform(-15, 15, 3)
    else:
        canvas = Image.new("RGB", (side * scale, side * scale), _rgb(background))
    brush = ImageDraw.Draw(canvas)
    # clutter: short lines and specks
    for _ in range(int(generator.integers(0, 1 + round(14 * difficulty)))):
        start = generator.uniform(0, side * scale, 2)
        end = start + generator.normal(0, side * scale * 0.12, 2)
        shade = background + generator.normal(0, 45, 3)
        brush.line([*start, *end], fill=_rgb(shade), width=int(generator.integers(2, 9)))
    names = class_names("shapes", label + 1)[label].split(" ")[0].split("+")
    for position, name in enumerate(names):
        share = generator.uniform(0.34 - 0.14 * difficulty, 0.36 + 0.06 * difficulty)
        size = side * scale * share / len(names)**0.5
        room = side * scale / 2 - size * 0.75
        centre = side * scale / 2 \
            + generator.uniform(-1, 1, 2) * max(room, 0) * (0.3 + 0.7 * difficulty)
        if len(names) > 1:
            centre[0] = side * scale * (0.28 + 0.44 * position)
        turn = generator.uniform(-math.pi, math.pi) * (0.15 + 0.85 * difficulty)
        _figure(brush, name, centre, size, turn, _rgb(foreground), _rgb(background))
    return np.asarray(canvas.resize((side, side), Image.Resampling.BOX), np.float32)


def _rgb(colour: np.ndarray) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in np.clip(colour, 0, 255))
    return red, green, blue


def _polygon(name: str) -> list[tuple[float, float]]:
    """Corners of a figure around 0, 0 with radius about 1."""
    def regular(corners: int, start: float = -math.pi / 2) -> list[tuple[float, float]]:
        return [(math.cos(start + 2 * math.pi * k / corners),
                 math.sin(start + 2 * math.pi * k / corners)) for k in range(corners)]

    if name == "star":
        return [(r * math.cos(a), r * math.sin(a)) for k in range(10)
                for r, a in [((1.0, 0.42)[k % 2], math.pi * k / 5 - math.pi / 2)]]
    if name == "heart":
        return [(0.062 * 16 * math.sin(t)**3,
                 -0.062 * (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t)
                           - math.cos(4 * t)))
                for t in np.linspace(0, 2 * math.pi, 60)]
    fixed = {
        "square": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
        "triangle": regular(3),
        "hexagon": regular(6),
        "cross": [(-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3), (0.3, 1),
                  (-0.3, 1), (-0.3, 0.3), (-1, 0.3), (-1, -0.3), (-0.3, -0.3)],
        "arrow": [(0, -1), (0.8, -0.1), (0.3, -0.1), (0.3, 1), (-0.3, 1), (-0.3, -0.1),
                  (-0.8, -0.1)],
        "house": [(0, -1), (0.9, -0.2), (0.65, -0.2), (0.65, 0.9), (-0.65, 0.9), (-0.65, -0.2),
                  (-0.9, -0.2)],
        "bolt": [(0.25, -1), (-0.6, 0.15), (-0.05, 0.15), (-0.3, 1), (0.6, -0.2), (0.05, -0.2)],
    }
    return fixed[name]


def _figure(brush: ImageDraw.ImageDraw, name: str, centre: np.ndarray, size: float, turn: float,
            colour: tuple[int, int, int], behind: tuple[int, int, int]) -> None:
    x, y = centre
    if name in ("disk", "ring", "crescent"):
        brush.ellipse([x - size, y - size, x + size, y + size], fill=colour)
        if name == "ring":
            inner = size * 0.55
            brush.ellipse([x - inner, y - inner, x + inner, y + inner], fill=behind)
        elif name == "crescent":
            dx, dy = x + 0.5 * size * math.cos(turn), y + 0.5 * size * math.sin(turn)
            inner = size * 0.85
            brush.ellipse([dx - inner, dy - inner, dx + inner, dy + inner], fill=behind)
        return
    cosine, sine = math.cos(turn), math.sin(turn)
    brush.polygon([(x + size * (a * cosine - b * sine), y + size * (a * sine + b * cosine))
                   for a, b in _polygon(name)], fill=colour)


def _texture(name: str, generator: np.random.Generator, side: int, difficulty: float) -> np.ndarray:
    """A pattern (side, side) with values 0..1."""
    turn = generator.uniform(-math.pi, math.pi) * (0.2 + 0.8 * difficulty)
    period = generator.uniform(0.10, 0.16 + 0.10 * difficulty)
    rows, columns = np.mgrid[0:side, 0:side] / side - 0.5 + generator.uniform(-0.3, 0.3, (2, 1, 1))
    u = (columns * math.cos(turn) + rows * math.sin(turn)) / period
    v = (rows * math.cos(turn) - columns * math.sin(turn)) / period
    wave = np.sin(2 * math.pi * u)
    radius = np.hypot(u, v)
    cell = np.hypot(u - np.round(u), v - np.round(v))
    patterns: dict[str, Callable[[], np.ndarray]] = {
        "stripes": lambda: wave > 0,
        "checks": lambda: (np.floor(u) + np.floor(v)) % 2 > 0,
        "dots": lambda: cell < 0.3,
        "rings": lambda: np.sin(2 * math.pi * radius) > 0,
        "waves": lambda: np.sin(2 * math.pi * (u + 0.35 * np.sin(2 * math.pi * v * 0.5))) > 0,
        "bricks": lambda: ((v - np.floor(v)) > 0.18)
                          & (((u * 0.5 + 0.5 * (np.floor(v) % 2)) % 1) > 0.1),
        "grid": lambda: (np.abs(u - np.round(u)) < 0.12) | (np.abs(v - np.round(v)) < 0.12),
        "rays": lambda: np.sin(9 * np.arctan2(v, u)) > 0,
        "zigzag": lambda: np.sin(2 * math.pi * (u + np.abs(v - np.round(v)))) > 0,
        "spots": lambda: _blobs(generator, side, period) > 0.6,
        "weave": lambda: np.where((np.floor(u) + np.floor(v)) % 2 > 0, np.sin(2 * math.pi * u * 2),
                                  np.sin(2 * math.pi * v * 2)) > 0,
        "grain": lambda: _blobs(generator, side, period / 4),
    }
    return patterns[name]().astype(np.float32)


def _blobs(generator: np.random.Generator, side: int, period: float) -> np.ndarray:
    cells = max(3, int(1 / period))
    small = Image.fromarray(generator.integers(0, 256, (cells, cells), dtype=np.uint8))
    return np.asarray(small.resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
