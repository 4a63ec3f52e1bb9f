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


def test_half_a_picture_is_none():
    whole = png(Image.new("RGB", (64, 64), (9, 90, 9)))
    with pytest.raises(UndecodableMedia):
        read_picture(whole[: len(whole) // 2])
