"""Augmentation: training pictures varied at random, always with a seed. Pillow and
NumPy only, no TensorFlow.

Owns how a picture is varied; training, its caches and the preview on the page all come
here. Leaves which view of a picture is shown in which epoch to `training`.
"""

import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from tltools.config import RunConfig
from tltools.images import to_array

_ENHANCERS = (("brightness", ImageEnhance.Brightness), ("contrast", ImageEnhance.Contrast),
              ("colour", ImageEnhance.Color))


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a picture. flip: half of them are mirrored. shift, zoom:
    shares of the side (0..0.5). rotate: degrees to either side. brightness, contrast,
    colour: shares (0..0.9). Whatever is 0 is left out."""

    flip: bool = False
    shift: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    colour: float = 0.0

    @classmethod
    def of(cls, config: RunConfig) -> "Augmentation":
        """The augmentation of a run."""
        return cls(config.flip, config.shift, config.rotate, config.zoom, config.brightness,
                   config.contrast, config.colour)

    def key(self) -> list[Any]:
        """What a varied picture depends on, besides its own and the seed."""
        return list(astuple(self))

    def vary(self, image: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """One picture (uint8, side x side x 3) varied at random. Shifting repeats the
        edge; corners that turning or shrinking opens are filled with the mirrored
        picture."""
        side = image.shape[0]
        if self.flip and generator.random() < 0.5:
            image = image[:, ::-1]
        if self.shift > 0:
            down, right = np.round(generator.uniform(-self.shift, self.shift, 2) * side).astype(int)
            places = np.arange(side)
            rows = np.clip(places - down, 0, side - 1)
            columns = np.clip(places - right, 0, side - 1)
            image = image[rows][:, columns]
        if self.rotate > 0 or self.zoom > 0:
            image = _turned(
                image, *generator.uniform((-self.rotate, -self.zoom), (self.rotate, self.zoom)))
        for name, enhancer in _ENHANCERS:
            share = getattr(self, name)
            if share > 0:
                image = np.asarray(
                    enhancer(Image.fromarray(image)).enhance(1 + generator.uniform(-share, share)))
        return image


class View:
    """One way of seeing the training pictures. number 0 is the picture as it is; others
    are varied."""

    def __init__(self, number: int, seed: int, augmentation: Augmentation) -> None:
        self.number, self.seed, self.augmentation = number, seed, augmentation

    def key(self) -> list[Any]:
        """What the view depends on."""
        return [self.number, self.seed, *self.augmentation.key()] if self.number else [0]

    def apply(self, batch: np.ndarray, pictures: Sequence[str]) -> np.ndarray:
        """The view of `batch` (uint8, n x side x side x 3) of these pictures.

        pictures: their file names, which are hashes of what is in them. What happens to
        a picture depends on it alone, so that it stays the same in another split.
        """
        if self.number == 0:
            return batch
        return np.stack([
            self.augmentation.vary(image, generator(self.seed, self.number, picture))
            for image, picture in zip(batch, pictures, strict=True)
        ])


def generator(seed: int, number: int, picture: str) -> np.random.Generator:
    """The source of chance for one picture. number: of the view, or of the epoch where
    each epoch varies anew."""
    digest = hashlib.sha256(picture.encode()).digest()
    return np.random.default_rng((seed, number, int.from_bytes(digest[:8], "big")))


PLAIN = View(0, 0, Augmentation())
"""The pictures as they are."""


def _turned(image: np.ndarray, degrees: float, zoom: float) -> np.ndarray:
    """Turned about the middle (to the left for positive degrees) and enlarged by `1 +
    zoom`."""
    side = image.shape[0]
    angle, scale, centre = math.radians(degrees), 1 / (1 + zoom), (side - 1) / 2
    # how far a corner of the result may look outside
    reach = math.ceil(side / 2 * (scale * math.sqrt(2) - 1)) + 2
    pad = max(reach, 2)
    wide = Image.fromarray(np.pad(image, ((pad, pad), (pad, pad), (0, 0)), mode="symmetric"))
    a, b = scale * math.cos(angle), -scale * math.sin(angle)
    # Pillow asks where each pixel of the result comes from, counted from pixels'
    # corners: hence the halves
    middle = centre + 0.5
    shift_x = pad + middle - a * middle - b * middle
    shift_y = pad + middle + b * middle - a * middle
    return np.asarray(
        wide.transform((side, side), Image.Transform.AFFINE, (a, b, shift_x, -b, a, shift_y),
                       Image.Resampling.BILINEAR))


def previews(*, paths: list[str], size: int, rule: str, seed: int, augmentation: dict[str, Any],
             views: int) -> list[list[bytes]]:
    """For each stored picture the views 0 to `views` - 1 as PNG bytes, exactly as
    training makes them; a task for a worker."""
    ways = [View(number, seed, Augmentation(**augmentation)) for number in range(views)]
    result = []
    for path in paths:
        picture = to_array(Path(path), size, rule)[None]
        result.append([_png(way.apply(picture, [Path(path).name])[0]) for way in ways])
    return result


def _png(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()
