"""Colours as a screen shows them, whatever a file keeps them as."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from foley_common.surfaces import Surface
from foley_surface_agent.local.classifier import LocalClassifier
from foley_surface_agent.pictures import local_picture_answer, read_picture
from support.walks import lawn

EARTH = (200, 30, 10)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RENAMED = SRGB.replace(b"\0s\0R\0G\0B", b"\0x\0R\0G\0B")
SWAPPED = (
    RENAMED.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
)  # its red is what others call blue


def file_of(picture: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **more)
    return data.getvalue()


@pytest.mark.parametrize(
    ("profile", "seen"), [(None, EARTH), (SRGB, EARTH), (RENAMED, EARTH), (SWAPPED, EARTH[::-1])]
)
@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("RGB", "JPEG")]
)
def test_a_colour_profile_is_honoured(
    profile: bytes | None, seen: tuple[int, int, int], mode: str, kind: str
):
    picture = Image.new("RGB", (16, 16), EARTH)
    picture = picture.quantize(4) if mode == "P" else picture.convert(mode)
    told = np.asarray(read_picture(file_of(picture, kind, icc_profile=profile)))
    np.testing.assert_allclose(told[8, 8], seen, atol=2)


@pytest.mark.parametrize("profile", [b"no profile", SRGB[:200], bytes(3000)])
def test_a_profile_that_is_none_is_left_out(profile: bytes):
    told = np.asarray(read_picture(file_of(Image.new("RGB", (4, 4), EARTH), icc_profile=profile)))
    assert (told == EARTH).all()


def test_a_profile_of_another_space_than_the_picture_is_left_out():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    told = np.asarray(read_picture(file_of(Image.new("RGB", (4, 4), EARTH), icc_profile=lab)))
    assert (told == EARTH).all()


def test_inks_of_a_print_are_read_as_colours():
    inks = Image.new("RGB", (16, 16), EARTH).convert("CMYK")
    told = np.asarray(read_picture(file_of(inks, "JPEG", quality=100)))
    np.testing.assert_allclose(told[8, 8], EARTH, atol=4)


def grained() -> Image.Image:
    """A lawn of blades that are softer than a pixel, as photographs are."""
    pixels = lawn(np.random.default_rng(1), (40, 40))
    small = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    return small.resize((126, 126), Image.Resampling.BICUBIC)


def roughness(picture: Image.Image) -> float:
    """Mean difference of neighbours."""
    return float(np.abs(np.diff(np.asarray(picture, np.float64), axis=1)).mean())


EIGHT = [round(255 * step / 7) for step in range(8)]


def three_three_two() -> Image.Image:
    """A picture with the palette of three, three and two bits."""
    palette = Image.new("P", (1, 1))
    palette.putpalette(
        [x for r in EIGHT for g in EIGHT for b in (0, 85, 170, 255) for x in (r, g, b)]
    )
    return palette


def test_the_dots_of_a_palette_that_fits_no_picture_are_no_grain():
    true = grained()
    for dotted in (true.convert("P"), true.quantize(palette=three_three_two())):
        seen = read_picture(file_of(dotted))
        assert roughness(dotted.convert("RGB")) > 1.5 * roughness(true)
        assert roughness(seen) < 1.2 * roughness(true)
        mean = np.asarray(true, np.float64).mean(axis=(0, 1))
        np.testing.assert_allclose(np.asarray(seen, np.float64).mean(axis=(0, 1)), mean, atol=3)


def test_black_and_white_dots_are_greys():
    grey = Image.linear_gradient("L").resize((120, 120))
    seen = np.asarray(read_picture(file_of(grey.convert("1"))), np.float64)
    rows = seen.mean(axis=(1, 2))
    np.testing.assert_allclose(rows[4:-4], np.asarray(grey, np.float64).mean(axis=1)[4:-4], atol=25)
    assert len(np.unique(seen)) > 50


@pytest.mark.parametrize("colours", [256, 64])
def test_a_palette_made_for_its_picture_is_left_as_it_is(colours: int):
    dotted = grained().quantize(colours)
    assert np.array_equal(
        np.asarray(read_picture(file_of(dotted))), np.asarray(dotted.convert("RGB"))
    )


def test_a_palette_with_transparency_warns_nobody():
    picture = grained().quantize(32)
    told = read_picture(file_of(picture, transparency=bytes([255] * 31 + [0])))
    assert told.mode == "RGB"


def test_a_lawn_is_a_lawn_in_every_palette():
    classifier = LocalClassifier()
    picture = grained()
    assert local_picture_answer(picture, classifier).surface is Surface.GRASS
    for one in (
        picture.quantize(256),
        picture.convert("P"),
        picture.quantize(palette=three_three_two()),
    ):
        answer = local_picture_answer(read_picture(file_of(one)), classifier)
        assert answer.surface is Surface.GRASS
