"""A texture as the ground under a walker in a video: laid on a floor, lit, and seen by a camera at eye level.

A texture is seen straight from above, one to two and a half metres of it; the classifier is shown a flat strip below a
foot, several metres away, at a slant, in the few pixels that a walker leaves for it. This draws that strip the way a
renderer would: tiles on a plane, a camera of chance height, distance and lens, one mip level for the strip, light
times colour, a film curve, shadow, noise and compression. Small pictures are enlarged and given grain first; how much
is drawn at random and says nothing about the class.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foley_surface_agent.domain.features import PATCH_PX
from foley_surface_agent.keyframes import (
    BELOW_GAP,
    MIN_PATCH_SIDE_PX,
    STRIP_HEIGHT,
    STRIP_WIDTH,
)

TEXTURE_PX = 512  # side of a tile before it is laid
TILE_M = (1.0, 2.6)  # what a texture shows across, as its makers say; log-uniform
CAMERA_HEIGHT_M = (1.1, 3.2)  # a child's hand to a high tripod; log-uniform
CAMERA_DISTANCE_M = (4.5, 9.5)
FIELD_OF_VIEW_DEG = (30.0, 46.0)  # vertical: normal lenses and phones
PICTURE_HEIGHT_PX = (480, 540, 720)
PERSON_M = (1.6, 1.85)
AIM_M = 0.85  # the camera looks at hips
TURN_RAD = 0.8  # of the walls of a street against the picture, either way
MARGIN_PX = 8  # drawn around the strip, so that compression sees a larger picture
FINE = 4  # samples per pixel and direction
ANISOTROPY = 2.0  # how much finer than its long side a slanted pixel is sampled, as renderers do
EXPOSURE = (0.45, 1.6)  # log-uniform
JPEG_QUALITY = (30, 93)

# The filmic curve of Stephen Hill ("RRT and ODT fit" of the Academy's reference transforms), as renderers use it.
_INTO_FILM = np.array(
    [[0.59719, 0.35458, 0.04823], [0.07600, 0.90834, 0.01566], [0.02840, 0.13383, 0.83777]]
)
_OUT_OF_FILM = np.array(
    [[1.60475, -0.53108, -0.07367], [-0.10208, 1.10813, -0.00605], [-0.00327, -0.07276, 1.07602]]
)
FILM_GAIN = 1 / 0.6

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """Where a strip of floor lies in a picture.

    Attributes:
        height_m: Of the lens over the floor.
        pitch_rad: Down from the horizon.
        focal_px: Focal length.
        strip_px: Width and height of the strip.
        centre_px: Middle of the strip's upper edge, right of and below the picture's middle.
    """

    height_m: float
    pitch_rad: float
    focal_px: float
    strip_px: tuple[int, int]
    centre_px: tuple[float, float]


def floor_view(picture: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One strip of floor, drawn up to a square as `keyframes.cut_patch` does, shape ``(224, 224, 3)``.

    Args:
        picture: RGB, seen straight from above.
        rng: Where chance comes from.
    """
    camera = _camera(rng)
    strip = _shaded(_seen(_tile(picture, rng), camera, rng), rng)
    if rng.random() < 0.5:
        strip = strip[:, ::-1]
    strip = _compressed(np.clip(strip, 0, 255).astype(np.uint8), rng)
    width, height = camera.strip_px
    cut = strip[MARGIN_PX : MARGIN_PX + height, MARGIN_PX : MARGIN_PX + width]
    small = Image.fromarray(np.ascontiguousarray(cut)).resize(
        (PATCH_PX, PATCH_PX), Image.Resampling.BILINEAR, reducing_gap=2.0
    )
    return np.asarray(small)


def _camera(rng: np.random.Generator) -> Camera:
    height, distance = _log_uniform(rng, CAMERA_HEIGHT_M), rng.uniform(*CAMERA_DISTANCE_M)
    rows = int(rng.choice(PICTURE_HEIGHT_PX))
    focal = rows / 2 / math.tan(math.radians(rng.uniform(*FIELD_OF_VIEW_DEG)) / 2)
    person_px = focal * rng.uniform(*PERSON_M) / math.hypot(distance, height - AIM_M)
    pitch = math.atan2(height - AIM_M, distance)
    foot_row = focal * math.tan(math.atan2(height, distance) - pitch)
    tall = max(STRIP_HEIGHT * person_px, MIN_PATCH_SIDE_PX)
    top = foot_row + BELOW_GAP * person_px
    if rng.random() < 0.35:  # beside the foot instead of below it
        top -= tall / 2
    size = (round(tall * STRIP_WIDTH / STRIP_HEIGHT), round(tall))
    across = rng.uniform(-0.3, 0.3) * rows  # where people walk in the picture
    return Camera(height, pitch, focal, size, (across, top))


def _tile(picture: Image.Image, rng: np.random.Generator) -> FloatArray:
    pixels = np.asarray(picture).astype(np.float32)
    side = min(pixels.shape[:2])
    square = (TEXTURE_PX, TEXTURE_PX)
    if side >= 0.75 * TEXTURE_PX:
        return cv2.resize(pixels[:side, :side], square, interpolation=cv2.INTER_AREA)
    tile = cv2.resize(pixels[:side, :side], square, interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.85:  # grain that is too fine for the small picture
        level = _log_uniform(rng, (3.0, 30.0))
        for size, share in ((TEXTURE_PX, 0.6), (TEXTURE_PX // 2, 0.8), (TEXTURE_PX // 4, 0.5)):
            noise = rng.normal(0, 1, (size, size)).astype(np.float32)
            tile += (level * share * cv2.resize(noise, square, interpolation=cv2.INTER_CUBIC))[
                ..., None
            ]
    return np.clip(tile, 0, 255)


def _seen(tile: FloatArray, camera: Camera, rng: np.random.Generator) -> FloatArray:
    """The tile, laid without end, as the camera sees the strip with its margin."""
    columns, rows = (side + 2 * MARGIN_PX for side in camera.strip_px)
    x_px = (np.arange(columns * FINE) + 0.5) / FINE - columns / 2 + camera.centre_px[0]
    y_px = (np.arange(rows * FINE) + 0.5) / FINE - MARGIN_PX + camera.centre_px[1]
    below_horizon = np.maximum(np.arctan(y_px / camera.focal_px) + camera.pitch_rad, 0.03)
    away_m = camera.height_m / np.tan(below_horizon)
    depth_m = np.hypot(camera.height_m, away_m) / np.hypot(1, y_px / camera.focal_px)
    x_m = x_px[None] * depth_m[:, None] / camera.focal_px
    z_m = np.broadcast_to(away_m[:, None], x_m.shape)
    texels_per_m = TEXTURE_PX / _log_uniform(rng, TILE_M)
    middle = len(depth_m) // 2
    wide = depth_m[middle] / camera.focal_px * texels_per_m
    deep = abs(away_m[middle] - away_m[middle + FINE]) * texels_per_m
    small = round(TEXTURE_PX / min(max(1.0, wide, deep / ANISOTROPY), 8.0))
    mip = cv2.resize(tile, (small, small), interpolation=cv2.INTER_AREA)
    mip = cv2.copyMakeBorder(mip, 1, 2, 1, 2, cv2.BORDER_WRAP)
    turn = rng.choice([0, math.pi / 2]) + rng.uniform(-TURN_RAD, TURN_RAD) * rng.choice([0.1, 1.0])
    scale = texels_per_m * small / TEXTURE_PX
    across = x_m * math.cos(turn) - z_m * math.sin(turn)
    along = x_m * math.sin(turn) + z_m * math.cos(turn)
    from_px = rng.uniform(0, small, 2)
    maps = [((part * scale + start) % small + 1).astype(np.float32)
            for part, start in zip((across, along), from_px, strict=True)]  # fmt: skip
    fine = cv2.remap(mip, maps[0], maps[1], cv2.INTER_LINEAR)
    return cv2.resize(fine, (columns, rows), interpolation=cv2.INTER_AREA)


def _shaded(strip: FloatArray, rng: np.random.Generator) -> NDArray[np.float64]:
    rows, columns = strip.shape[:2]
    down, right = np.mgrid[0:rows, 0:columns]
    warmth = rng.uniform(-0.06, 0.06)
    tint = np.array([1 + warmth, 1, 1 - warmth]) * rng.uniform(0.97, 1.03, 3)
    light = np.ones((rows, columns))
    if rng.random() < 0.45:  # the walker's shadow, or a pole's
        angle = rng.uniform(0, math.pi)
        off = (right - columns * rng.random()) * math.cos(angle)
        off += (down - rows * rng.random()) * math.sin(angle)
        edge = np.clip((np.abs(off) - rng.uniform(0.03, 0.16) * columns) / 2.0, -30, 30)
        light -= rng.uniform(0.25, 0.6) / (1 + np.exp(edge))
    lit = _linear(strip) * (_log_uniform(rng, EXPOSURE) * tint) * light[..., None]
    shown = _encoded(_film(lit))
    if rng.random() < 0.2:  # a shoe
        reach = rng.uniform(0.05, 0.13) * columns
        middle = columns * rng.random()
        inside = ((right - middle) / reach) ** 2 + ((down - MARGIN_PX) / reach) ** 2 < 1
        shown[inside] = rng.uniform(10, 200) + rng.normal(0, 12, 3)
    if rng.random() < 0.3:
        shown = cv2.GaussianBlur(shown, (0, 0), rng.uniform(0.4, 1.2))
    if rng.random() < 0.3:
        shown = shown + rng.normal(0, rng.uniform(1, 8), shown.shape)
    return shown


def _linear(levels: FloatArray) -> NDArray[np.float64]:
    """Light from levels of 0 to 255 (IEC 61966-2-1)."""
    share = levels.astype(np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    share = np.clip(light, 0, 1)
    return 255 * np.where(share <= 0.0031308, share * 12.92, 1.055 * share ** (1 / 2.4) - 0.055)


def _film(light: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = FILM_GAIN * light @ _INTO_FILM.T
    above = inside * (inside + 0.0245786) - 0.000090537
    below = inside * (0.983729 * inside + 0.4329510) + 0.238081
    return np.clip((above / below) @ _OUT_OF_FILM.T, 0, 1)


def _compressed(strip: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    quality = int(rng.integers(*JPEG_QUALITY))
    Image.fromarray(np.ascontiguousarray(strip)).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def _log_uniform(rng: np.random.Generator, span: tuple[float, float]) -> float:
    return math.exp(rng.uniform(math.log(span[0]), math.log(span[1])))
