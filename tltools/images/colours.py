"""Colours as they were meant: embedded profiles turned into sRGB, transparency laid on
white.

Owns both; leaves more than eight bits to `depths`. A profile is used where it fits the
picture (three colours, grey, or four inks), and passed over where it is damaged: it
says nothing about the pixels. Colours that a file describes in other ways (PNG's gAMA,
the code points of AVIF and HEIF) are taken as sRGB.
"""

import io
from functools import lru_cache

from PIL import Image, ImageCms

MOST_PROFILE_BYTES = 4_000_000
"""The largest printing profiles have some 2.5 MB."""
CLEAR_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}


def srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The RGB, L or CMYK picture as RGB in sRGB. profile: the ICC profile that came
    with it."""
    transform = _needed(profile, image.mode)
    if transform is None:
        return image.convert("RGB")
    bare = image.copy()
    bare.info = {}
    # a new picture; the other answer, None, is for changes in place
    return ImageCms.applyTransform(bare, transform) or bare


def is_srgb(mode: str, profile: bytes | None) -> bool:
    """Whether a picture of this mode with this profile is RGB in sRGB as it is."""
    return mode == "RGB" and _needed(profile, mode) is None


def _needed(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    if not profile or len(profile) > MOST_PROFILE_BYTES:
        return None
    return _transform(profile, mode)


@lru_cache(maxsize=8)  # all pictures of a camera bring the same profile
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """How to come from a profile to sRGB; None if there is no need or no way."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if opened.profile.xcolor_space != _SPACES.get(mode):
            return None
        if "sRGB" in (opened.profile.profile_description or ""):
            return None
        return ImageCms.buildTransform(
            opened, _srgb_profile(), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION)
    except Exception:  # damaged profiles raise many things
        return None


@lru_cache(maxsize=1)
def _srgb_profile() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@lru_cache(maxsize=1)
def _lab_transform() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb_profile(), "LAB", "RGB")


def lab_to_rgb(image: Image.Image) -> Image.Image:
    """A picture in CIE L*a*b* as RGB in sRGB."""
    return ImageCms.applyTransform(image, _lab_transform()) or image


def on_white(image: Image.Image) -> Image.Image:
    """A picture with transparency, of any mode that Pillow can turn into RGBA, as RGB
    over white."""
    coloured = image.convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, coloured).convert("RGB")
