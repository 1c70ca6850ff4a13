"""Small scenes with horizon, sky and things in them, at any hour and in any weather:
the kind of place is the class.

Owns their drawing. As in photos, colour helps but does not settle it: hour, weather and
season shift all colours, and with rising difficulty things of other places stand about.
"""

import math
from collections.abc import Callable

import numpy as np

from tltools.datasets.drawn.canvas import Canvas, Colour, ellipse, hsv

KINDS = ("beach", "city", "forest", "mountains", "desert", "farm", "harbour", "snow", "road",
         "underwater")
_SKIES = (((95, 165, 235), (205, 228, 245), 1.0), ((150, 160, 170), (205, 208, 210), 0.82),
          ((80, 80, 150), (250, 160, 100), 0.8), ((250, 190, 170), (255, 235, 200), 0.95),
          ((12, 18, 48), (50, 60, 105), 0.42))
"""Day, clouds, sunset, dawn, night: the sky's colour above and at the horizon, and the
light on everything (0..1)."""


class _Scene:
    """A scene being drawn: its canvas, chance, horizon (0..1 from the top) and light.
    """

    def __init__(self, generator: np.random.Generator, difficulty: float, side: int) -> None:
        self.generator, self.difficulty = generator, difficulty
        self.canvas = Canvas(side, np.zeros(3))
        self.horizon = 0.5 + generator.uniform(-1, 1) * (0.05 + 0.13 * difficulty)
        hour = int(generator.integers(0, len(_SKIES))) \
            if generator.random() < 0.25 + 0.7 * difficulty else 0
        top, low = np.array(_SKIES[hour][0], float), np.array(_SKIES[hour][1], float)
        self.light = _SKIES[hour][2]
        self.cast = generator.normal(0, 4 + 24 * difficulty, 3)  # the colour of the light
        self.night = hour == 4
        self.sky(top, low)

    def chance(self, low: float, high: float) -> float:
        return float(self.generator.uniform(low, high))

    def colour(self, red: float, green: float, blue: float) -> Colour:
        """A colour under the scene's light, a little different every time."""
        spread = 7 + 16 * self.difficulty
        return np.clip(
            (np.array([red, green, blue]) + self.generator.normal(0, spread, 3)) * self.light
            + self.cast, 0, 255)

    def sky(self, top: Colour, low: Colour) -> None:
        steps = 24
        for step in range(steps):
            share = step / steps
            self.canvas.box(0, share * self.horizon, 1, 1,
                            top * (1 - share) + low * share + self.cast)
        x, y = self.chance(0.1, 0.9), self.chance(0.06, max(0.1, self.horizon - 0.15))
        if self.generator.random() < 0.6:
            size = self.chance(0.03, 0.07)
            self.canvas.blob(
                x, y, size, size,
                np.array([245.0, 245, 225]) if self.night else np.array([255.0, 235, 150]))
        for _ in range(int(self.generator.integers(0, 4))):
            x, y = self.chance(0, 1), self.chance(0.05, self.horizon * 0.7)
            size = self.chance(0.03, 0.06)
            tone = low * 0.5 + (30 if self.night else 125)
            for shift in (-1, 0, 1):
                self.canvas.blob(x + shift * size, y + abs(shift) * size * 0.25, size * 1.1,
                                 size * 0.6, tone)

    def ground(self, colour: Colour, top: float | None = None) -> None:
        top = self.horizon if top is None else top
        for step in range(8):
            self.canvas.box(0, top + (1 - top) * step / 8, 1, 1, colour * (1.06 - 0.22 * step / 8))

    def ridge(self, height: float, colour: Colour, rough: float = 0.05,
              base: float | None = None) -> None:
        """Hills or dunes behind the ground: a wavy outline `height` above the base."""
        base = self.horizon if base is None else base
        shifts, waves = self.generator.uniform(0, 7, 3), self.generator.uniform(3, 9, 3)
        xs = np.linspace(0, 1, 40)
        ys = base - height + sum(
            rough * np.sin(wave * xs + shift) / (number + 1)
            for number, (wave, shift) in enumerate(zip(waves, shifts, strict=True)))
        self.canvas.polygon([(0, 1), *zip(xs.tolist(), ys.tolist(), strict=True), (1, 1)], colour)

    def tree(self, x: float, y: float, size: float, fir: bool, crown: Colour) -> None:
        trunk = self.colour(105, 75, 50)
        self.canvas.box(x - size * 0.06, y - size * 0.4, x + size * 0.06, y, trunk)
        if fir:
            for level in range(3):
                top, wide = y - size * (1 - 0.22 * level), size * (0.18 + 0.09 * level)
                self.canvas.polygon([(x, top), (x + wide, top + size * 0.4),
                                     (x - wide, top + size * 0.4)], crown * (1 - 0.08 * level))
        else:
            for dx, dy, share in ((-0.18, -0.55, 0.22), (0.18, -0.55, 0.22), (0, -0.72, 0.28)):
                self.canvas.blob(x + dx * size, y + dy * size, share * size, share * size,
                                 crown * (0.94 + 0.3 * dx))

    def house(self, x: float, y: float, size: float, wall: Colour, roof: Colour) -> None:
        self.canvas.box(x - size / 2, y - size * 0.6, x + size / 2, y, wall)
        self.canvas.polygon([(x - size * 0.6, y - size * 0.58), (x, y - size * 1.05),
                             (x + size * 0.6, y - size * 0.58)], roof)
        self.canvas.box(x - size * 0.1, y - size * 0.32, x + size * 0.1, y, wall * 0.5)
        self.canvas.box(x + size * 0.2, y - size * 0.45, x + size * 0.36, y - size * 0.28,
                        self.window())

    def window(self) -> Colour:
        return np.array([255.0, 225, 130]) if self.night else self.colour(120, 155, 180)

    def boat(self, x: float, y: float, size: float) -> None:
        hull = hsv(self.chance(0, 1), 0.6, 0.75) * self.light
        sail = np.array([245.0, 242, 235]) * max(self.light, 0.6)
        self.canvas.shape(x, y, size, [(-0.5, -0.14), (0.5, -0.14), (0.34, 0.1), (-0.36, 0.1)],
                          hull)
        self.canvas.line([(x, y - size * 0.14), (x, y - size)], self.colour(90, 70, 55), 0.012)
        self.canvas.shape(x, y, size, [(0.03, -0.95), (0.42, -0.22), (0.03, -0.2)], sail)
        self.canvas.shape(x, y, size, [(-0.03, -0.85), (-0.32, -0.22), (-0.03, -0.2)], sail * 0.9)

    def car(self, x: float, y: float, size: float) -> None:
        paint = hsv(self.chance(0, 1), 0.7, 0.8) * max(self.light, 0.5)
        self.canvas.box(x - size * 0.5, y - size * 0.34, x + size * 0.5, y - size * 0.06, paint)
        self.canvas.shape(x, y, size, [(-0.34, -0.32), (-0.22, -0.58), (0.22, -0.58),
                                       (0.36, -0.32)], paint * 0.7 + 40)
        for side in (-0.3, 0.3):
            self.canvas.blob(x + side * size, y - size * 0.06, size * 0.12, size * 0.12,
                             np.array([25.0, 25, 28]))

    def several(self, least: int, most: int) -> range:
        return range(int(self.generator.integers(least, most + 1)))

    def green(self) -> Colour:
        """A crown's colour in any season."""
        if self.generator.random() < 0.15 + 0.4 * self.difficulty:
            paints = ((190, 120, 45), (165, 70, 45), (200, 170, 60))
            return self.colour(*paints[int(self.generator.integers(0, 3))])
        return self.colour(60, self.chance(105, 150), 60)


def draw(generator: np.random.Generator, label: int, difficulty: float, side: int) -> np.ndarray:
    """One scene: floats (side, side, 3), 0..255. label: its number in `KINDS`;
    difficulty: 0..1."""
    scene = _Scene(generator, difficulty, side)
    _DRAWN[KINDS[label]](scene)
    strangers: list[Callable[[float, float, float], None]] = [
        lambda x, y, size: scene.tree(x, y, size, bool(generator.integers(0, 2)), scene.green()),
        lambda x, y, size: scene.house(x, y, size * 0.8, scene.colour(200, 180, 160),
                                       scene.colour(150, 80, 65)), scene.car, scene.boat
    ]
    # things that could stand anywhere
    for _ in range(int(generator.integers(0, 1 + round(3 * difficulty)))):
        y = scene.chance(scene.horizon, 0.98)
        stranger = strangers[int(generator.integers(0, len(strangers)))]
        stranger(scene.chance(0, 1), y, 0.1 + 0.3 * (y - scene.horizon))
    picture = scene.canvas.pixels()
    haze = generator.uniform(0, 0.5) * difficulty
    picture = picture * (1 - haze) + haze * generator.uniform(120, 230, 3)
    return picture[:, ::-1] if generator.random() < 0.5 else picture


def _sea(scene: _Scene, top: float, low: float) -> None:
    water = scene.colour(45, 120, 175)
    scene.canvas.box(0, top, 1, low, water)
    for _ in scene.several(10, 18):
        x, y = scene.chance(0, 1), scene.chance(top, low)
        scene.canvas.line([(x, y), (x + scene.chance(0.03, 0.14), y)], water + 30, 0.006)


def _beach(scene: _Scene) -> None:
    shore = scene.horizon + scene.chance(0.1, 0.2)
    scene.ground(scene.colour(232, 205, 150), shore - 0.03)
    _sea(scene, scene.horizon, shore)
    foam = [(x, shore + 0.02 * math.sin(9 * x + scene.horizon * 40)) for x in np.linspace(0, 1, 30)]
    scene.canvas.polygon([(0, shore), *foam, (1, shore - 0.015), (0, shore - 0.015)],
                         np.array([245.0, 248, 250]) * max(scene.light, 0.6))
    for _ in scene.several(1, 3):
        x, y = scene.chance(0.08, 0.92), scene.chance(min(shore + 0.12, 0.95), 0.97)
        size = scene.chance(0.1, 0.17)
        if scene.generator.random() < 0.5:  # a parasol
            scene.canvas.line([(x, y), (x + size * 0.15, y - size)], scene.colour(240, 235, 225),
                              0.012)
            colour = hsv(scene.chance(0, 1), 0.75, 0.95) * max(scene.light, 0.5)
            scene.canvas.polygon(
                ellipse(x + size * 0.15, y - size * 0.9, size * 0.75, size * 0.5, 0.15, math.pi,
                        2 * math.pi), colour)
        else:  # a palm tree
            bend, tall = scene.chance(-0.08, 0.08), size * 2.4
            trunk = [(x + bend * t * t, y - tall * t) for t in np.linspace(0, 1, 8)]
            scene.canvas.line(trunk, scene.colour(140, 105, 70), 0.022)
            leaf = scene.colour(60, 135, 65)
            for angle in np.linspace(-2.9, -0.25, 6):
                tip = (trunk[-1][0] + 0.15 * math.cos(angle),
                       trunk[-1][1] + 0.1 * math.sin(angle) + 0.05)
                middle = ((trunk[-1][0] + tip[0]) / 2, min(trunk[-1][1], tip[1]) - 0.02)
                scene.canvas.line([trunk[-1], middle, tip], leaf, 0.022)


def _city(scene: _Scene) -> None:
    scene.ground(scene.colour(105, 105, 110))
    base = scene.horizon + 0.06
    for depth in (0, 1):
        x = -0.05
        while x < 1:
            wide, tall = scene.chance(0.08, 0.17), scene.chance(0.15, 0.42) * (1 if depth else 1.15)
            light = scene.chance(95, 190)
            tint = np.array([1, scene.chance(0.88, 1), scene.chance(0.82, 1.05)])
            wall = scene.colour(*(light * tint))
            wall = wall * (1 if depth else 0.6) + (0 if depth else 45 * scene.light)
            scene.canvas.box(x, base - tall, x + wide - 0.01, base + 0.02, wall)
            if depth:
                for row in np.arange(base - tall + 0.025, base - 0.03, 0.045):
                    for column in np.arange(x + 0.015, x + wide - 0.03, 0.032):
                        lit = scene.generator.random() < 0.7
                        scene.canvas.box(column, row, column + 0.016, row + 0.024,
                                         scene.window() if lit else wall * 0.6)
            x += wide
    for _ in scene.several(0, 3):
        scene.car(scene.chance(0, 1), scene.chance(base + 0.08, 0.97), scene.chance(0.1, 0.18))


def _forest(scene: _Scene) -> None:
    scene.ridge(0.08, scene.colour(70, 105, 75))
    scene.ground(scene.colour(85, 115, 60))
    fir = scene.generator.random() < 0.5
    places = sorted(scene.chance(scene.horizon - 0.02, 1.02) for _ in scene.several(22, 34))
    for y in places:
        mixed = fir if scene.generator.random() < 0.8 else not fir
        scene.tree(scene.chance(0, 1), y, 0.22 + 0.32 * (y - scene.horizon) / (1 - scene.horizon),
                   mixed, scene.green())


def _mountains(scene: _Scene) -> None:
    for depth in range(2):
        for _ in scene.several(2, 3):
            x, tall = scene.chance(0, 1), scene.chance(0.22, 0.4) - 0.1 * depth
            wide = scene.chance(0.26, 0.42)
            rock = scene.colour(115, 115, 128) * (0.8 + 0.2 * depth)
            foot, cap = scene.horizon + 0.05, scene.chance(0.25, 0.42)
            top = foot - 0.02 - tall
            slope = (foot - top) / wide
            scene.canvas.polygon([(x - wide, foot), (x, top), (x + wide, foot)], rock)
            scene.canvas.polygon([(x, top), (x + wide, foot), (x + wide * 0.15, foot)], rock * 0.78)
            scene.canvas.shape(x, top, wide * cap, [(0, 0), (1, slope), (0.3, slope * 0.75),
                                                    (-0.3, slope * 1.1), (-1, slope)],
                               np.array([243.0, 246, 250]) * max(scene.light, 0.55))
    scene.ground(scene.colour(105, 145, 75), scene.horizon + 0.03)
    for _ in scene.several(0, 5):
        y = scene.chance(scene.horizon + 0.06, 0.98)
        scene.tree(scene.chance(0, 1), y, 0.1 + 0.15 * (y - scene.horizon), True, scene.green())


def _desert(scene: _Scene) -> None:
    for height in (0.1, 0.04):
        scene.ridge(height, scene.colour(205, 150, 95), 0.05)
    scene.ground(scene.colour(225, 175, 110), scene.horizon + 0.06)
    scene.ridge(0.0, scene.colour(232, 188, 125), 0.04, scene.horizon + scene.chance(0.2, 0.35))
    for _ in scene.several(2, 5):
        x, y = scene.chance(0.05, 0.95), scene.chance(scene.horizon + 0.1, 0.98)
        size, plant = 0.1 + 0.4 * (y - scene.horizon), scene.colour(75, 130, 75)
        scene.canvas.line([(x, y), (x, y - size)], plant, size * 0.2)
        for side in (-1, 1):
            high = scene.chance(0.35, 0.6)
            scene.canvas.line([(x, y - size * high), (x + side * size * 0.3, y - size * high),
                               (x + side * size * 0.3, y - size * (high + 0.28))], plant,
                              size * 0.14)


def _farm(scene: _Scene) -> None:
    scene.ridge(0.05, scene.colour(110, 150, 85), 0.03)
    field, furrow = (scene.colour(190, 170, 80), scene.colour(120, 150, 65)) \
        if scene.generator.random() < 0.5 \
        else (scene.colour(130, 95, 65), scene.colour(110, 160, 70))
    scene.ground(field, scene.horizon + 0.04)
    x = scene.chance(0.3, 0.7)
    for number in range(-9, 10):
        scene.canvas.line([(x + number * 0.02, scene.horizon + 0.04), (x + number * 0.28, 1.05)],
                          furrow, 0.014)
    barn, size = scene.chance(0.15, 0.85), scene.chance(0.2, 0.3)
    y = scene.horizon + 0.09
    scene.house(barn, y, size, scene.colour(165, 50, 45), scene.colour(90, 80, 80))
    scene.canvas.line([(barn - size * 0.1, y), (barn + size * 0.1, y - size * 0.3)],
                      scene.colour(235, 230, 220), 0.008)
    silo = barn + size * 0.72
    scene.canvas.box(silo - size * 0.14, y - size * 0.95, silo + size * 0.14, y,
                     scene.colour(190, 190, 195))
    scene.canvas.blob(silo, y - size * 0.95, size * 0.14, size * 0.12, scene.colour(150, 150, 158))
    fence, post = scene.colour(225, 215, 200), scene.chance(0.86, 0.93)
    for at in np.arange(0, 1.05, 0.11):
        scene.canvas.line([(at, post - 0.07), (at, post + 0.03)], fence, 0.014)
    for high in (0.05, 0.01):
        scene.canvas.line([(0, post - high), (1, post - high)], fence, 0.01)


def _harbour(scene: _Scene) -> None:
    quay = scene.horizon + 0.05
    for x in np.arange(0.02, 1, 0.15):
        if scene.generator.random() < 0.75:
            wall = hsv(scene.chance(0, 1), 0.35, 0.85) * scene.light
            scene.house(x + scene.chance(0, 0.05), quay, scene.chance(0.11, 0.15), wall,
                        scene.colour(150, 85, 65))
    _sea(scene, quay, 1)
    scene.canvas.box(0, quay - 0.005, 1, quay + 0.025, scene.colour(130, 125, 120))
    for y in sorted(scene.chance(quay + 0.12, 0.95) for _ in scene.several(2, 5)):
        scene.boat(scene.chance(0.05, 0.95), y, 0.16 + 0.4 * (y - quay))


def _snow(scene: _Scene) -> None:
    white = np.array([240.0, 244, 250]) * max(scene.light, 0.6) + scene.cast * 0.6
    scene.ridge(0.09, white * 0.88)
    scene.ground(white)
    for y in sorted(scene.chance(scene.horizon, 0.97) for _ in scene.several(5, 10)):
        x, size = scene.chance(0, 1), 0.16 + 0.3 * (y - scene.horizon)
        scene.tree(x, y, size, True, scene.colour(55, 95, 80))
        scene.canvas.polygon([(x, y - size), (x + size * 0.1, y - size * 0.8),
                              (x - size * 0.1, y - size * 0.8)], white)
    if scene.generator.random() < 0.6:
        x, y = scene.chance(0.2, 0.8), scene.horizon + scene.chance(0.08, 0.2)
        size = scene.chance(0.16, 0.26)
        scene.house(x, y, size, scene.colour(150, 105, 75), white)
    for _ in scene.several(15, 60):
        scene.canvas.blob(scene.chance(0, 1), scene.chance(0, 1), 0.008, 0.008,
                          np.array([252.0, 252, 255]))


def _road(scene: _Scene) -> None:
    scene.ridge(0.04, scene.colour(95, 135, 80))
    scene.ground(scene.colour(110, 140, 75) if scene.generator.random() < 0.6
                 else scene.colour(190, 165, 115))
    far, near, wide = scene.chance(0.3, 0.7), scene.chance(0.35, 0.65), scene.chance(0.3, 0.5)
    scene.canvas.polygon([(far - 0.02, scene.horizon), (far + 0.02, scene.horizon),
                          (near + wide, 1), (near - wide, 1)], scene.colour(85, 85, 90))
    for share in (0.05, 0.16, 0.32, 0.54, 0.84):
        y, x = scene.horizon + (1 - scene.horizon) * share, far + (near - far) * share
        size = 0.012 + 0.05 * share
        scene.canvas.shape(x, y, size, [(-0.3, 0), (0.3, 0), (0.4, 2), (-0.4, 2)],
                           np.array([240.0, 238, 225]) * max(scene.light, 0.6))
    for _ in scene.several(0, 2):
        share = scene.chance(0.15, 0.8)
        lane = 0.5 if scene.generator.random() < 0.5 else -0.5
        scene.car(far + (near - far) * share + lane * wide * share,
                  scene.horizon + (1 - scene.horizon) * share + 0.02, 0.06 + 0.22 * share)
    for y in sorted(scene.chance(scene.horizon, 0.9) for _ in scene.several(2, 6)):
        share = (y - scene.horizon) / (1 - scene.horizon)
        side = -1 if scene.generator.random() < 0.5 else 1
        scene.tree(far + (near - far) * share + side * (wide * share + scene.chance(0.06, 0.2)), y,
                   0.12 + 0.3 * share, False, scene.green())


def _underwater(scene: _Scene) -> None:
    top, low = scene.colour(70, 175, 200), scene.colour(15, 65, 115)
    for step in range(24):
        scene.canvas.box(0, step / 24, 1, 1, top * (1 - step / 24) + low * step / 24)
    scene.ridge(0.0, scene.colour(190, 175, 130) * 0.8, 0.03, scene.chance(0.82, 0.92))
    for _ in scene.several(3, 8):
        x, tall, weed = scene.chance(0, 1), scene.chance(0.15, 0.45), scene.colour(50, 130, 80)
        phase = scene.chance(0, 6)
        scene.canvas.line([(x + 0.025 * math.sin(9 * t + phase), 0.97 - tall * t)
                           for t in np.linspace(0, 1, 10)], weed, 0.022)
    for _ in scene.several(3, 7):
        x, y, size = scene.chance(0.05, 0.95), scene.chance(0.1, 0.8), scene.chance(0.05, 0.11)
        paint = hsv(scene.chance(0, 1), 0.75, 0.95) * max(scene.light, 0.55)
        way = -1 if scene.generator.random() < 0.5 else 1
        scene.canvas.shape(x, y, size, [(-way * 0.8, 0), (-way * 1.6, -0.55), (-way * 1.6, 0.55)],
                           paint * 0.8)
        scene.canvas.blob(x, y, size, size * 0.55, paint)
        scene.canvas.blob(x + way * size * 0.55, y - size * 0.1, size * 0.12, size * 0.12,
                          np.array([20.0, 20, 25]))
    for _ in scene.several(4, 14):
        x, y, size = scene.chance(0, 1), scene.chance(0, 0.9), scene.chance(0.006, 0.018)
        scene.canvas.blob(x, y, size, size, top * 0.5 + 120)


_DRAWN = {
    "beach": _beach, "city": _city, "forest": _forest, "mountains": _mountains, "desert": _desert,
    "farm": _farm, "harbour": _harbour, "snow": _snow, "road": _road, "underwater": _underwater
}
