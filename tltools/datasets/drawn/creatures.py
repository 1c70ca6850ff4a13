"""Heads of twelve creatures in any fur, mood and pose, under any light: the species is
the class.

Owns their drawing. Fur and eye colours come from the same ranges for all, so colour
says nothing of the class; ears, muzzle and markings do.
"""

import math

import numpy as np

from tltools.datasets.drawn.canvas import Canvas, Colour, Point, clutter, ellipse, hsv

KINDS = ("cat", "dog", "rabbit", "bear", "owl", "frog", "pig", "mouse", "fox", "monkey", "lion",
         "elephant")


class _Head:
    """One creature's head in coordinates -1..1, with the shift of what stands out when
    the head turns aside."""

    def __init__(self, canvas: Canvas, generator: np.random.Generator, difficulty: float) -> None:
        self.canvas, self.generator = canvas, generator
        hue = generator.uniform(0, 1)
        self.fur = hsv(hue, generator.uniform(0.15, 0.75), generator.uniform(0.45, 0.95))
        self.dark, self.light = self.fur * 0.6, self.fur * 0.4 + 153
        self.ink, self.white = np.array([35.0, 28, 28]), np.array([250.0, 250, 245])
        self.pink = np.array([235.0, 140, 150])
        self.yaw, self.nod = generator.uniform(-1, 1, 2) * (0.06 + 0.3 * difficulty)
        self.wide = generator.uniform(0.9, 1.1)

    def at(self, x: float, y: float, depth: float = 0.0) -> Point:
        """A point that stands `depth` in front of the middle of the head."""
        return x * self.wide + self.yaw * depth, y + self.nod * depth * 0.7

    def blob(self, x: float, y: float, wide: float, high: float, colour: Colour, depth: float = 0.0,
             turn: float = 0.0) -> None:
        self.canvas.blob(*self.at(x, y, depth), wide, high, colour, turn)

    def shape(self, points: list[Point], colour: Colour, depth: float = 0.0) -> None:
        self.canvas.polygon([self.at(x, y, depth) for x, y in points], colour)

    def line(self, points: list[Point], colour: Colour, width: float, depth: float = 0.0) -> None:
        self.canvas.line([self.at(x, y, depth) for x, y in points], colour, width)

    def pair(self, x: float, y: float, wide: float, high: float, colour: Colour, depth: float = 0.0,
             turn: float = 0.0) -> None:
        """The same on both sides."""
        for side in (-1, 1):
            self.blob(side * x, y, wide, high, colour, depth, side * turn)

    def ears(self, points: list[Point], inner: Colour) -> None:
        """A pointed ear on both sides, with a smaller one inside."""
        middle = np.mean(points, axis=0)
        for side in (-1, 1):
            self.shape([(side * x, y) for x, y in points], self.fur, -0.3)
            self.shape([(side * (middle[0] + 0.55 * (x - middle[0])),
                         middle[1] + 0.55 * (y - middle[1])) for x, y in points], inner, -0.3)

    def eyes(self, x: float = 0.34, y: float = -0.12, size: float = 0.15, pupil: str = "round",
             depth: float = 0.7) -> None:
        """Both eyes, in the mood of the moment: open, half shut or closed."""
        mood = self.generator.random()
        gaze = self.generator.uniform(-0.3, 0.3, 2) * size
        iris = hsv(self.generator.uniform(0, 1), 0.6, 0.75)
        for side in (-1, 1):
            if mood < 0.12:
                self.line([(side * x - size, y), (side * x, y + size * 0.4), (side * x + size, y)],
                          self.ink, 0.05, depth)
                continue
            self.blob(side * x, y, size, size * (0.6 if mood < 0.3 else 1), self.white, depth)
            self.blob(side * x + gaze[0], y + gaze[1] * 0.5, size * 0.62,
                      size * (0.5 if mood < 0.3 else 0.68), iris, depth)
            wide = 0.22 if pupil == "slit" else 0.42
            high = 0.16 if pupil == "flat" else 0.42 if mood < 0.3 else 0.5
            self.blob(side * x + gaze[0], y + gaze[1] * 0.5,
                      size * (0.5 if pupil == "flat" else wide), size * high, self.ink, depth)

    def mouth(self, y: float, wide: float, depth: float = 0.9) -> None:
        """A mouth that smiles, is straight, sad or open."""
        mood = self.generator.uniform(-0.6, 1)
        if mood > 0.75:
            self.blob(0, y + 0.06, wide * 0.6, 0.1, self.ink, depth)
            self.blob(0, y + 0.11, wide * 0.4, 0.05, self.pink, depth)
        else:
            self.line([(wide * t, y + 0.12 * mood * (1 - t * t)) for t in np.linspace(-1, 1, 9)],
                      self.ink, 0.045, depth)

    def whiskers(self, y: float, out: float) -> None:
        for side in (-1, 1):
            for tilt in (-0.12, 0.02, 0.16):
                self.line([(side * 0.22, y), (side * out, y + tilt)], self.ink, 0.018, 0.7)


def draw(generator: np.random.Generator, label: int, difficulty: float, side: int) -> np.ndarray:
    """One creature's head: floats (side, side, 3), 0..255 and above where the light is
    strong. label: its number in `KINDS`; difficulty: 0..1."""
    background = hsv(generator.uniform(0, 1), generator.uniform(0.1, 0.5),
                     generator.uniform(0.35, 0.95))
    canvas = Canvas(side, background)
    clutter(canvas, generator, int(generator.integers(3, 6 + round(26 * difficulty))),
            22 + 34 * difficulty)
    zoom = generator.uniform(0.33 - 0.15 * difficulty, 0.36 - 0.02 * difficulty)
    room = max(0.0, 0.46 - zoom) * (0.2 + 0.8 * difficulty)
    centre = (0.5 + generator.uniform(-room, room), 0.53 + generator.uniform(-room, room))
    canvas.place(centre, zoom, generator.uniform(-1, 1) * (0.08 + 0.6 * difficulty))
    head = _Head(canvas, generator, difficulty)
    _body(head)
    {
        "cat": _cat, "dog": _dog, "rabbit": _rabbit, "bear": _bear, "owl": _owl, "frog": _frog,
        "pig": _pig, "mouse": _mouse, "fox": _fox, "monkey": _monkey, "lion": _lion,
        "elephant": _elephant
    }[KINDS[label]](head)
    canvas.place()
    # leaves and twigs in front
    for _ in range(int(generator.integers(0, 1 + round(3 * difficulty)))):
        x, y = generator.uniform(0, 1, 2)
        colour = hsv(generator.uniform(0.15, 0.45), 0.6, generator.uniform(0.3, 0.7))
        canvas.blob(x, y, generator.uniform(0.03, 0.09), 0.03, colour,
                    generator.uniform(0, math.pi))
    picture = canvas.pixels()
    angle = generator.uniform(0, 2 * math.pi)
    strength = generator.uniform(0, 0.25 + 0.45 * difficulty)
    rows, columns = np.mgrid[0:side, 0:side] / side - 0.5
    slope = columns * math.cos(angle) + rows * math.sin(angle)
    return picture * (1 + strength * 1.6 * slope)[..., None]


def _body(head: _Head) -> None:
    head.canvas.blob(0, 1.35, 0.85, 0.75, head.dark)


def _skull(head: _Head, wide: float = 0.8, high: float = 0.75) -> None:
    head.blob(0, 0, wide, high, head.fur)


def _cat(head: _Head) -> None:
    head.ears([(0.2, -0.6), (0.72, -1.12), (0.8, -0.2)], head.pink)
    _skull(head, 0.82, 0.7)
    for x in (-0.14, 0, 0.14):
        head.line([(x, -0.66), (x * 0.8, -0.42)], head.dark, 0.05, 0.3)
    head.eyes(size=0.18, pupil="slit")
    head.blob(0, 0.3, 0.3, 0.18, head.light, 0.8)
    head.shape([(-0.1, 0.16), (0.1, 0.16), (0, 0.27)], head.pink, 1)
    head.whiskers(0.3, 1.05)
    head.mouth(0.36, 0.16)


def _dog(head: _Head) -> None:
    _skull(head, 0.72, 0.78)
    head.pair(0.74, 0.08, 0.24, 0.58, head.dark, -0.1, -0.25)
    head.blob(0.34, -0.14, 0.27, 0.3, head.light, 0.5)
    head.eyes(0.32, -0.16, 0.13)
    head.blob(0, 0.36, 0.36, 0.34, head.light, 0.8)
    head.blob(0, 0.2, 0.17, 0.12, head.ink, 1.1)
    head.line([(0, 0.28), (0, 0.44)], head.ink, 0.04, 1)
    if head.generator.random() < 0.5:
        head.blob(0.04, 0.68, 0.12, 0.2, head.pink, 0.9)
    head.mouth(0.46, 0.24)


def _rabbit(head: _Head) -> None:
    spread = head.generator.uniform(0.05, 0.4)
    for side in (-1, 1):
        head.blob(side * (0.26 + spread * 0.5), -1.05, 0.2, 0.62, head.fur, -0.3, side * spread)
        head.blob(side * (0.26 + spread * 0.5), -1.05, 0.1, 0.48, head.pink, -0.3, side * spread)
    _skull(head, 0.68, 0.66)
    head.eyes(0.34, -0.1, 0.13)
    head.pair(0.15, 0.26, 0.18, 0.14, head.light, 0.8)
    head.blob(0, 0.14, 0.08, 0.06, head.pink, 1)
    for side in (0, 1):
        head.shape([(side * 0.1 - 0.09, 0.36), (side * 0.1, 0.36), (side * 0.1, 0.56),
                    (side * 0.1 - 0.09, 0.56)], head.white, 0.9)
    head.whiskers(0.26, 0.85)


def _bear(head: _Head) -> None:
    head.pair(0.62, -0.62, 0.28, 0.28, head.fur, -0.2)
    head.pair(0.62, -0.62, 0.15, 0.15, head.dark, -0.2)
    _skull(head, 0.86, 0.8)
    head.eyes(0.32, -0.14, 0.1)
    head.blob(0, 0.32, 0.38, 0.3, head.light, 0.8)
    head.blob(0, 0.18, 0.15, 0.1, head.ink, 1.1)
    head.mouth(0.42, 0.2)


def _owl(head: _Head) -> None:
    for side in (-1, 1):
        head.shape([(side * 0.3, -0.6), (side * 0.78, -1.0), (side * 0.76, -0.3)], head.dark, -0.2)
    _skull(head, 0.84, 0.82)
    for row, y in enumerate((0.5, 0.66)):
        for x in np.arange(-0.4 + 0.1 * row, 0.45, 0.2):
            head.line([(x - 0.08, y), (x, y + 0.08), (x + 0.08, y)], head.dark, 0.04, 0.3)
    head.pair(0.36, -0.1, 0.36, 0.38, head.light, 0.5)
    head.eyes(0.34, -0.1, 0.24)
    head.shape([(-0.13, 0.1), (0.13, 0.1), (0, 0.42)], np.array([240.0, 165, 40]), 1)


def _frog(head: _Head) -> None:
    head.pair(0.46, -0.56, 0.3, 0.3, head.fur, 0.2)
    head.blob(0, 0.1, 0.98, 0.62, head.fur)
    head.blob(0, 0.42, 0.7, 0.28, head.light, 0.2)
    head.eyes(0.46, -0.58, 0.22, "flat", 0.4)
    head.pair(0.08, 0.0, 0.03, 0.03, head.ink, 0.7)
    head.line([(0.8 * t, 0.16 + head.generator.uniform(0.08, 0.22) * (1 - t * t))
               for t in (-1, -0.5, 0, 0.5, 1)], head.ink, 0.05, 0.5)
    for _ in range(5):
        x, y = head.generator.uniform(-0.6, 0.6), head.generator.uniform(-0.3, 0.0)
        head.blob(x, y, 0.07, 0.05, head.dark, 0.2)


def _pig(head: _Head) -> None:
    for side in (-1, 1):
        head.shape([(side * 0.25, -0.62), (side * 0.9, -0.82), (side * 0.72, -0.22)], head.dark,
                   -0.1)
    _skull(head, 0.86, 0.76)
    head.eyes(0.36, -0.2, 0.1)
    head.blob(0, 0.18, 0.36, 0.25, head.light, 1)
    head.blob(0, 0.18, 0.31, 0.2, head.fur * 0.85 + 25, 1.05)
    head.pair(0.12, 0.18, 0.055, 0.1, head.dark * 0.6, 1.15)
    head.mouth(0.52, 0.22, 0.6)


def _mouse(head: _Head) -> None:
    head.pair(0.78, -0.62, 0.5, 0.5, head.fur, -0.3)
    head.pair(0.78, -0.62, 0.34, 0.34, head.pink, -0.3)
    head.shape([(-0.66, -0.2), *ellipse(0, -0.16, 0.66, 0.52, 0, math.pi, 2 * math.pi),
                (0.66, -0.2), (0.14, 0.72), (-0.14, 0.72)], head.fur)
    head.eyes(0.28, -0.08, 0.1)
    head.blob(0, 0.66, 0.13, 0.11, head.ink, 0.6)
    head.whiskers(0.5, 0.9)


def _fox(head: _Head) -> None:
    head.ears([(0.12, -0.5), (0.66, -1.2), (0.86, -0.2)], head.ink)
    head.shape([(-0.95, 0.0), (-0.6, -0.55), (0, -0.68), (0.6, -0.55), (0.95, 0.0), (0.4, 0.42),
                (0, 0.86), (-0.4, 0.42)], head.fur)
    for side in (-1, 1):
        head.shape([(side * 0.93, 0.02), (side * 0.3, 0.08), (side * 0.06, 0.74),
                    (side * 0.42, 0.42)], head.white, 0.3)
    head.eyes(0.34, -0.12, 0.12, "slit")
    head.blob(0, 0.74, 0.12, 0.1, head.ink, 0.7)


def _monkey(head: _Head) -> None:
    head.pair(0.9, -0.02, 0.28, 0.32, head.fur, -0.2)
    head.pair(0.9, -0.02, 0.16, 0.19, head.pink, -0.2)
    _skull(head, 0.8, 0.8)
    head.pair(0.26, -0.14, 0.32, 0.34, head.light, 0.4)
    head.blob(0, 0.36, 0.52, 0.38, head.light, 0.4)
    head.eyes(0.24, -0.12, 0.13)
    head.pair(0.07, 0.2, 0.035, 0.05, head.ink, 0.9)
    head.mouth(0.42, 0.34, 0.7)


def _lion(head: _Head) -> None:
    petals = int(head.generator.integers(12, 17))
    for number in range(petals):
        angle = 2 * math.pi * number / petals
        head.blob(0.86 * math.cos(angle), 0.86 * math.sin(angle), 0.34, 0.24, head.dark, -0.2,
                  angle)
    head.blob(0, 0, 0.88, 0.88, head.dark, -0.1)
    head.pair(0.5, -0.55, 0.18, 0.18, head.fur, 0.1)
    _skull(head, 0.64, 0.66)
    head.eyes(0.27, -0.12, 0.11)
    head.blob(0, 0.32, 0.3, 0.24, head.light, 0.8)
    head.shape([(-0.15, 0.1), (0.15, 0.1), (0, 0.28)], head.ink, 1)
    head.mouth(0.38, 0.18)


def _elephant(head: _Head) -> None:
    flap = head.generator.uniform(-0.3, 0.3)
    head.pair(0.98, -0.08, 0.5, 0.66, head.dark, -0.3, flap)
    head.pair(0.98, -0.08, 0.34, 0.48, head.fur * 0.85 + 25, -0.3, flap)
    _skull(head, 0.66, 0.7)
    head.eyes(0.34, -0.1, 0.09)
    bend = head.generator.uniform(-0.5, 0.5)
    trunk = [(bend * t * t, 0.1 + 0.95 * t) for t in np.linspace(0, 1, 12)]
    head.line(trunk, head.fur * 0.88, 0.34, 0.6)
    for x, y in trunk[3:11:2]:
        head.line([(x - 0.12, y), (x + 0.12, y + 0.03)], head.dark, 0.025, 0.6)
    for side in (-1, 1):
        head.line([(side * 0.34, 0.42), (side * 0.46, 0.72)], head.white, 0.1, 0.5)
