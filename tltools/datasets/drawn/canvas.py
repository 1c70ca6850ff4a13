"""What drawn scenes, creatures and digits share: a canvas twice as large as the
picture, and closed and open outlines.

Owns the mapping from a drawing's own coordinates to pixels, and smooth edges. Leaves
what is drawn to its callers.
"""

import colorsys
import math
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

Point = tuple[float, float]
Colour = np.ndarray
"""Red, green, blue, 0..255, as floats; values outside are cut when drawn."""
SCALE = 2


class Canvas:
    """A picture in coordinates 0..1 (x to the right, y down), with a transform of its
    own for what is drawn.

    turn: radians; zoom: size of one unit of the drawing in the picture; centre: where
    its origin lies.
    """

    def __init__(self, side: int, background: Colour) -> None:
        self.size = side * SCALE
        self.side = side
        self.image = Image.new("RGB", (self.size, self.size), rgb(background))
        self.brush = ImageDraw.Draw(self.image)
        self.place()

    def place(self, centre: Point = (0.0, 0.0), zoom: float = 1.0, turn: float = 0.0) -> None:
        """Draw from now on at this place, size and turn."""
        self._centre, self._zoom = centre, zoom
        self._cosine, self._sine = math.cos(turn), math.sin(turn)

    def pixel(self, point: Point) -> Point:
        """A point of the drawing in pixels."""
        x, y = point[0] * self._zoom, point[1] * self._zoom
        return (self.size * (self._centre[0] + x * self._cosine - y * self._sine),
                self.size * (self._centre[1] + x * self._sine + y * self._cosine))

    def polygon(self, points: Iterable[Point], colour: Colour) -> None:
        """A filled outline."""
        self.brush.polygon([self.pixel(point) for point in points], fill=rgb(colour))

    def shape(self, x: float, y: float, size: float, offsets: Iterable[Point],
              colour: Colour) -> None:
        """A filled outline, given as offsets from a point in units of `size`."""
        self.polygon([(x + dx * size, y + dy * size) for dx, dy in offsets], colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A filled rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def blob(self, x: float, y: float, wide: float, high: float, colour: Colour,
             turn: float = 0.0) -> None:
        """A filled ellipse with half axes `wide` and `high`."""
        self.polygon(ellipse(x, y, wide, high, turn), colour)

    def line(self, points: Iterable[Point], colour: Colour, width: float) -> None:
        """A stroke with round joints and ends; width in units of the drawing."""
        pixels = [self.pixel(point) for point in points]
        thick = max(1, round(width * self._zoom * self.size))
        self.brush.line(pixels, fill=rgb(colour), width=thick, joint="curve")
        if thick > 3:
            for x, y in (pixels[0], pixels[-1]):
                self.brush.ellipse([x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2],
                                   fill=rgb(colour))

    def pixels(self) -> np.ndarray:
        """The picture, float32 (side, side, 3), 0..255."""
        return np.asarray(self.image.resize((self.side, self.side), Image.Resampling.BOX),
                          np.float32)


def ellipse(x: float, y: float, wide: float, high: float, turn: float = 0.0, start: float = 0.0,
            end: float = 2 * math.pi) -> list[Point]:
    """Points on an ellipse, or on the part of it between two angles (radians, clockwise
    from the right)."""
    cosine, sine = math.cos(turn), math.sin(turn)
    angles = np.linspace(start, end, 28)
    return [(x + wide * math.cos(a) * cosine - high * math.sin(a) * sine,
             y + wide * math.cos(a) * sine + high * math.sin(a) * cosine) for a in angles]


def rgb(colour: Colour) -> tuple[int, int, int]:
    """A colour as Pillow takes it."""
    red, green, blue = (int(value) for value in np.clip(colour, 0, 255))
    return red, green, blue


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour from hue (turns, any number), saturation and value (0..1)."""
    return 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))


def clutter(canvas: Canvas, generator: np.random.Generator, count: int,
            spread: float = 70.0) -> None:
    """Strokes and spots in colours around what they lie on, so that a background is
    never plain."""
    for _ in range(count):
        x, y = generator.uniform(0, 1, 2)
        place = (int(x * (canvas.size - 1)), int(y * (canvas.size - 1)))
        under = np.asarray(canvas.image.getpixel(place), float)
        colour = under + generator.normal(0, spread, 3)
        if generator.random() < 0.5:
            wide, high = generator.uniform(0.02, 0.12, 2)
            canvas.blob(x, y, wide, high, colour, generator.uniform(0, math.pi))
        else:
            angle, length = generator.uniform(0, 2 * math.pi), generator.uniform(0.05, 0.3)
            canvas.line([(x, y), (x + length * math.cos(angle), y + length * math.sin(angle))],
                        colour, generator.uniform(0.006, 0.03))
