"""Pictures as people have them: deep, huge, of any colour mode."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from foley_common.errors import MediaTooLarge, UndecodableMedia
from foley_surface_agent.pictures import read_picture


def png(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def says_it_has(side_px: int) -> bytes:
    """A PNG of which nothing but the head is true."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", side_px, side_px, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_16_bit_grey_keeps_its_shades():
    deep = np.linspace(0, 65535, 256).reshape(1, 256).repeat(8, axis=0).astype(np.uint16)
    shallow = np.asarray(read_picture(png(Image.fromarray(deep))))
    assert np.array_equal(shallow[0, :, 0], np.arange(256))
    assert (shallow[..., 0] == shallow[..., 2]).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_mode_becomes_rgb(mode: str):
    picture = read_picture(png(Image.new("RGB", (3, 2), (255, 255, 255)).convert(mode)))
    assert (picture.mode, picture.size) == ("RGB", (3, 2))
    assert np.asarray(picture).min() == 255


@pytest.mark.parametrize("side_px", [7_100, 14_000])
def test_too_many_pixels_are_called_so_also_where_pillow_itself_gives_up(side_px: int):
    with pytest.raises(MediaTooLarge, match="at most 50000000 are taken"):
        read_picture(says_it_has(side_px))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_half_a_picture_is_none_and_is_called_so(kind: str):
    data = io.BytesIO()
    Image.new("RGB", (64, 64), (9, 90, 9)).save(data, kind)
    whole = data.getvalue()
    with pytest.raises(UndecodableMedia, match=f"a {kind} picture that is damaged or not whole"):
        read_picture(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"hello", "not a picture; JPEG and PNG are taken"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture.* save it as JPEG or PNG"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "a video"),
        *(
            (kind, f"a {kind} picture, which is not taken; save it as JPEG or PNG")
            for kind in ("GIF", "WEBP", "BMP", "TIFF")
        ),
    ],
)
def test_what_is_not_taken_is_called_by_its_name(data: bytes | str, said: str):
    if isinstance(data, str):
        kind, whole = data, io.BytesIO()
        Image.new("RGB", (8, 8)).save(whole, kind)
        data, said = (
            whole.getvalue(),
            said.replace("WEBP", "WebP").replace("TIFF picture", "TIFF picture.*"),
        )
    with pytest.raises(UndecodableMedia, match=said):
        read_picture(data)


HIDDEN, GREEN, GREY = (255, 0, 255), (9, 90, 9), (128, 128, 128)


def half_clear(alpha: int = 0) -> Image.Image:
    """A ground on the right; on the left a colour beneath so much opacity."""
    picture = Image.new("RGBA", (8, 4), (*HIDDEN, alpha))
    picture.paste((*GREEN, 255), (4, 0, 8, 4))
    picture.putpixel((0, 0), (*GREEN, 255))  # so that all of it counts as seen
    return picture


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_colours_beneath_full_transparency_are_not_seen(mode: str):
    data = png(half_clear() if mode == "RGBA" else half_clear().quantize(8))
    seen = np.asarray(read_picture(data))
    assert seen.shape == (4, 8, 3)
    assert (seen[1:, :4] == GREY).all()
    assert (seen[:, 4:] == GREEN).all()


@pytest.mark.parametrize(
    ("mode", "hidden", "ground"), [("L", 0, 77), ("RGB", HIDDEN, GREEN), ("I;16", 7, 40_000)]
)
def test_a_colour_that_the_file_calls_transparent_is_not_seen(mode: str, hidden, ground):
    picture = Image.new(mode, (4, 2), ground)
    picture.putpixel((1, 1), hidden)
    data = io.BytesIO()
    picture.save(data, "PNG", transparency=hidden)
    seen = np.asarray(read_picture(data.getvalue()))
    assert (seen[1, 1] == GREY).all()
    assert (seen == GREY).all(axis=2).sum() == 1


def test_half_transparent_ground_is_seen_half():
    seen = np.asarray(read_picture(png(Image.new("RGBA", (4, 4), (228, 28, 128, 128)))))
    np.testing.assert_allclose(seen[0, 0], (178, 78, 128), atol=1)


def test_of_a_cut_out_ground_the_part_that_is_there_is_looked_at():
    picture = Image.new("RGBA", (40, 30), (*HIDDEN, 0))
    picture.paste((*GREEN, 255), (30, 20, 36, 25))
    seen = np.asarray(read_picture(png(picture)))
    assert seen.shape == (5, 6, 3)
    assert (seen == GREEN).all()


@pytest.mark.parametrize("alpha", [0, 10])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_picture_of_nothing_but_transparency_is_refused(mode: str, alpha: int):
    picture = Image.new("RGBA", (8, 8), (*GREEN, alpha)).convert(mode)
    with pytest.raises(UndecodableMedia, match=r"wholly transparent.* without transparency"):
        read_picture(png(picture))
