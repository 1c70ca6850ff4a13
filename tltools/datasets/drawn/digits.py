"""The digits 0 to 9 in many pens, slants and colours on any paper: the digit is the
class.

Owns their drawing: each digit is a few strokes, bent a little, so that no two are the
same. A good case for seeing why pictures must not always be mirrored while training.
"""

import itertools
import math

import numpy as np

from tltools.datasets.drawn.canvas import Canvas, Point, clutter, ellipse, hsv

KINDS = tuple("0123456789")
_PI = math.pi
_STROKES: dict[str, list[list[Point]]] = {
    "0": [ellipse(0, 0, 0.58, 0.95)],
    "1": [[(-0.35, -0.6), (0.05, -0.95), (0.05, 0.95)]],
    "2": [[*ellipse(0, -0.42, 0.55, 0.52, 0, -_PI, 0.35), (-0.58, 0.92), (0.62, 0.92)]],
    "3": [[
        *ellipse(-0.02, -0.46, 0.5, 0.48, 0, -0.85 * _PI, 0.5 * _PI),
        *ellipse(-0.05, 0.44, 0.58, 0.5, 0, -0.5 * _PI, 0.85 * _PI)
    ]],
    "4": [[(0.3, 0.95), (0.3, -0.95), (-0.62, 0.35), (0.66, 0.35)]],
    "5": [[(0.5, -0.92), (-0.38, -0.92), (-0.45, -0.08),
           *ellipse(-0.05, 0.35, 0.56, 0.58, 0, -0.72 * _PI, 0.82 * _PI)]],
    "6": [[(0.38, -0.95), (-0.2, -0.45), *ellipse(0, 0.4, 0.54, 0.54, 0, _PI, 3 * _PI)]],
    "7": [[(-0.58, -0.92), (0.58, -0.92), (-0.12, 0.95)]],
    "8": [ellipse(0, -0.48, 0.44, 0.44), ellipse(0, 0.46, 0.55, 0.49)],
    "9": [[*ellipse(0, -0.4, 0.54, 0.54, 0, 0, 2 * _PI), (0.52, 0.1), (0.1, 0.95)]],
}


def draw(generator: np.random.Generator, label: int, difficulty: float, side: int) -> np.ndarray:
    """One digit: floats (side, side, 3), 0..255. label: the digit; difficulty: 0..1."""
    paper_hue, paper = generator.uniform(0, 1), generator.uniform(0.6, 1.0)
    dark_paper = generator.random() < 0.3
    background = hsv(paper_hue, generator.uniform(0, 0.5), 0.25 * paper if dark_paper else paper)
    least = 0.55 - 0.25 * difficulty
    ink = hsv(
        generator.uniform(0, 1), generator.uniform(0.1, 0.9),
        generator.uniform(0.25 + least, 1) if dark_paper else generator.uniform(0, 0.6 - least))
    canvas = Canvas(side, background)
    _paper(canvas, generator, background)
    clutter(canvas, generator, int(generator.integers(0, 1 + round(16 * difficulty))),
            20 + 40 * difficulty)
    zoom = generator.uniform(0.36 - 0.18 * difficulty, 0.4 - 0.06 * difficulty)
    room = max(0.0, 0.47 - zoom) * (0.2 + 0.8 * difficulty)
    canvas.place((0.5 + generator.uniform(-room, room), 0.5 + generator.uniform(-room, room)), zoom,
                 generator.uniform(-1, 1) * (0.05 + 0.35 * difficulty))
    slant, wide = generator.uniform(-0.12, 0.3), generator.uniform(0.7, 1.15)
    bend, phase = generator.uniform(0, 0.03 + 0.07 * difficulty), generator.uniform(0, 7, 2)
    width = generator.uniform(0.1, 0.34 - 0.1 * difficulty)
    strokes = [[(x * wide - slant * y + bend * math.sin(4 * y + phase[0]),
                 y + bend * math.sin(4 * x + phase[1])) for x, y in _close(stroke)]
               for stroke in _STROKES[KINDS[label]]]
    pen = ("plain", "shadow", "outline", "dots", "brush")[int(generator.integers(0, 5))]
    for stroke in strokes:
        if pen == "shadow":
            canvas.line([(x + 0.08, y + 0.08) for x, y in stroke], background * 0.6, width)
        if pen == "dots":
            for x, y in stroke:
                canvas.blob(x, y, width * 0.5, width * 0.5, ink)
        elif pen == "brush":
            for number, (x, y) in enumerate(stroke):
                size = width * (0.35 + 0.3 * math.sin(number / 5 + phase[0]) ** 2)
                canvas.blob(x, y, size, size * 0.7, ink, -0.7)
            canvas.line(stroke, ink, width * 0.45)
        else:
            canvas.line(stroke, ink, width)
    if pen == "outline":
        for stroke in strokes:
            canvas.line(stroke, background, width * 0.5)
    return canvas.pixels()


def _paper(canvas: Canvas, generator: np.random.Generator, background: np.ndarray) -> None:
    """Plain, lined or squared paper."""
    kind, step = int(generator.integers(0, 4)), generator.uniform(0.07, 0.14)
    mark = background * 0.86 + (0 if background.mean() > 90 else 28)
    for at in np.arange(generator.uniform(0, step), 1, step):
        if kind >= 2:
            canvas.line([(0, at), (1, at)], mark, 0.006)
        if kind == 3:
            canvas.line([(at, 0), (at, 1)], mark, 0.006)


def _close(stroke: list[Point], most: float = 0.09) -> list[Point]:
    """The stroke with points in between, so that it can be bent."""
    result = [stroke[0]]
    for before, after in itertools.pairwise(stroke):
        steps = max(1, math.ceil(math.dist(before, after) / most))
        result += [(before[0] + (after[0] - before[0]) * step / steps,
                    before[1] + (after[1] - before[1]) * step / steps)
                   for step in range(1, steps + 1)]
    return result
