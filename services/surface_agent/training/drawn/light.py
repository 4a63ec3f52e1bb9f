"""A drawn ground in a photograph: a camera over it, light on it, and what a lens and a sensor leave of that."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drawn.fields import GAMMA, SIDE_PX, Ground, Map, blurred, noise, pick, ramp

PICTURE_PX = 288
FINE = 2  # samples per pixel and direction
SHADOW_STEPS = 10
GLASS = 0.04  # reflected at right angles, of glass and near enough of water


@dataclass(frozen=True)
class Camera:
    """Where a picture is taken from.

    Attributes:
        height_m: Of the lens.
        pitch_rad: Of the picture's middle below the horizon; right angle is straight down.
        view_rad: Field of view.
        turn_rad: About the vertical.
        at_m: What is below the lens.
    """

    height_m: float
    pitch_rad: float
    view_rad: float
    turn_rad: float
    at_m: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Light:
    """Sun or lamp, and sky or ceiling.

    Attributes:
        sun: Colour and strength, shape ``(3,)``; zeros under clouds.
        towards: Unit vector to it, shape ``(3,)``, up is last.
        above, aside: Colour overhead and at the horizon, shape ``(3,)``.
        skyline: Height of what stands around over azimuth, radians, shape ``(720,)``.
        walls: Its colour, shape ``(3,)``.
    """

    sun: Map
    towards: Map
    above: Map
    aside: Map
    skyline: Map
    walls: Map


def any_camera(
    rng: np.random.Generator, across_m: float, *, from_above: bool, pitch_deg: tuple[float, float]
) -> Camera:
    """Straight from above so that the square fills the picture, or as somebody holds a camera."""
    at = (float(rng.uniform(0, across_m)), float(rng.uniform(0, across_m)))
    if from_above:
        view = math.radians(40)
        shown = across_m * rng.uniform(0.6, 1.0)
        return Camera(shown / 2 / math.tan(view / 2), math.pi / 2, view, 0.0, at)
    height = pick(rng, (0.6, 2.0)) * min(1.0, across_m / 1.2) ** 0.5
    pitch = math.radians(rng.uniform(*pitch_deg))
    return Camera(height, pitch, math.radians(rng.uniform(25, 55)), rng.uniform(0, 6.28), at)


def any_light(rng: np.random.Generator, *, indoors: bool) -> Light:
    """Sun and blue sky, clouds, evening, lamps or a window."""
    high = math.radians(rng.uniform(12, 75))
    azimuth = rng.uniform(0, 2 * math.pi)
    towards = np.array(
        [math.cos(high) * math.cos(azimuth), math.cos(high) * math.sin(azimuth), math.sin(high)]
    )
    warm = rng.uniform(0, 0.35)
    if indoors:
        tint = np.array([1, 1 - 0.4 * warm, 1 - 0.9 * warm])
        sun, above = rng.uniform(0.2, 0.8) * tint, rng.uniform(0.3, 0.7) * tint
        aside, walls = above * rng.uniform(0.5, 1.6), above * rng.uniform(0.2, 1.0)
    else:
        is_sunny = rng.random() < 0.5
        blue = rng.uniform(0.1, 0.5) if is_sunny else rng.uniform(-0.05, 0.12)
        above = rng.uniform(0.35, 0.6) * np.array([1 - blue, 1 - 0.45 * blue, 1.0])
        aside = above * rng.uniform(1.0, 1.8) * np.array([1.03, 1.0, 0.95])
        sun = is_sunny * rng.uniform(0.5, 1.3) * np.array([1, 1 - 0.35 * warm, 1 - 0.8 * warm])
        if not is_sunny:
            above, aside = above * 1.5, aside * 1.2
        walls = rng.uniform(0.02, 0.25) * np.array(
            [1.0, rng.uniform(0.9, 1.15), rng.uniform(0.6, 1.0)]
        )
    bumps = np.abs(
        np.fft.irfft(np.fft.rfft(rng.normal(size=720)) * np.r_[0, 1 / np.arange(1, 361) ** 0.8])
    )
    skyline = (
        math.radians(rng.uniform(0, 30)) * bumps / (bumps.mean() + 1e-9) * (rng.random() < 0.8)
    )
    return Light(*(v.astype(np.float32) for v in (sun, towards, above, aside, skyline, walls)))


def seen(ground: Ground, camera: Camera, light: Light, *, deep: float = 1.0) -> Map:
    """Light from the ground at every sample of a picture, shape ``(p, p, 3)`` with ``p = FINE * PICTURE_PX``."""
    p = FINE * PICTURE_PX
    focal = p / 2 / math.tan(camera.view_rad / 2)
    down, right = ((np.mgrid[0:p, 0:p] + 0.5 - p / 2) / focal).astype(np.float32)
    c, s = math.cos(camera.pitch_rad), math.sin(camera.pitch_rad)
    away, fall = c - down * s, np.maximum(s + down * c, 0.03)
    x, y = right / fall * camera.height_m, away / fall * camera.height_m
    ct, st = math.cos(camera.turn_rad), math.sin(camera.turn_rad)
    if camera.pitch_rad < 1.57:
        x, y = x * ct - y * st, x * st + y * ct
        right, away = right * ct - away * st, right * st + away * ct
    per_m = SIDE_PX / ground.across_m
    # one level of detail for the picture, as its middle needs it
    wide = (camera.height_m / s) / focal * per_m * FINE * 0.75
    small = round(SIDE_PX / min(max(1.0, wide), 8.0))
    size = (small, small)
    sharp = small / SIDE_PX
    up_x, up_y, lit = _surface(ground, light)
    maps = np.dstack([ground.colour, up_x, up_y, lit, ground.gloss])
    layers = [maps[..., :3], maps[..., 3:]]
    columns = ((x + camera.at_m[0]) * per_m * sharp % small + 1).astype(np.float32)
    rows = ((y + camera.at_m[1]) * per_m * sharp % small + 1).astype(np.float32)
    taken = []
    for layer in layers:
        level = cv2.resize(np.ascontiguousarray(layer), size, interpolation=cv2.INTER_AREA)
        level = cv2.copyMakeBorder(level, 1, 2, 1, 2, cv2.BORDER_WRAP)
        taken.append(cv2.remap(level, columns, rows, cv2.INTER_LINEAR))
    colour, (up_x, up_y, lit, gloss) = taken[0], np.moveaxis(taken[1], -1, 0)
    length = np.sqrt(up_x**2 + up_y**2 + 1)
    up = np.stack([up_x / length, up_y / length, 1 / length], axis=-1)
    ray = np.stack([right, away, -fall], axis=-1)
    ray /= np.sqrt((ray * ray).sum(axis=-1, keepdims=True))
    facing = -(ray * up).sum(axis=-1)
    bounced = ray + 2 * facing[..., None] * up
    bounced[..., 2] = np.maximum(bounced[..., 2], 0.02)
    diffuse = np.clip(up @ light.towards, 0, None) * lit
    shade = light.sun * diffuse[..., None] + (
        light.above * (0.5 + 0.5 * up[..., 2:]) * (0.4 + 0.6 * np.minimum(lit + 0.5, 1))[..., None]
    )
    mirror = gloss * (GLASS + (1 - GLASS) * np.clip(1 - facing, 0, 1) ** 5)
    spot = np.clip(bounced @ light.towards, 0, 1) ** ground.sharp
    bright = _around(light, bounced, ground.sharp) + light.sun * spot[..., None] * (
        0.15 * ground.sharp**0.5 * np.minimum(lit, 1)[..., None]
    )
    return (colour * shade * (1 - mirror[..., None] * deep) + bright * mirror[..., None]).astype(
        np.float32
    )


def _surface(ground: Ground, light: Light) -> tuple[Map, Map, Map]:
    """Slopes of the normal, and what of the sun's light arrives, shape ``(s, s)`` each."""
    step = ground.across_m / SIDE_PX
    height = ground.height_m
    up_x = (np.roll(height, 1, 1) - np.roll(height, -1, 1)) / (2 * step)
    up_y = (np.roll(height, 1, 0) - np.roll(height, -1, 0)) / (2 * step)
    hollow = (blurred(height, 6) - height) / (0.02 * ground.across_m)
    lit = np.clip(1 - 0.8 * np.clip(hollow, -0.1, 1), 0, 1.05)
    flatly = math.hypot(light.towards[0], light.towards[1])
    rise = light.towards[2] / max(flatly, 1e-3)
    tall = float(height.max() - height.min())
    reach = min(tall / rise / step, SIDE_PX / 6)
    dark = np.zeros_like(height)
    for part in np.linspace(1 / SHADOW_STEPS, 1, SHADOW_STEPS):
        far = max(1.0, reach * part**1.5)
        dx, dy = (round(far * v / flatly) for v in light.towards[:2])
        over = np.roll(height, (-dy, -dx), (0, 1)) - height - far * step * rise
        dark = np.maximum(dark, np.clip(over / (0.02 * tall + 1e-9), 0, 1))
    return up_x, up_y, (lit * (1 - 0.9 * dark)).astype(np.float32)


def _around(light: Light, towards: Map, sharp: float) -> Map:
    """What a reflection shows: the sky, and what stands around."""
    high = np.clip(towards[..., 2:], 0, 1)
    sky = light.aside + (light.above - light.aside) * high**0.6
    azimuth = np.arctan2(towards[..., 1], towards[..., 0])
    line = light.skyline[((azimuth / (2 * math.pi) + 0.5) * 719).astype(np.int16)][..., None]
    soft = 0.02 + 1.0 / sharp
    hidden = ramp(line - np.arcsin(high), -soft, soft)
    return sky + (light.walls - sky) * hidden


def developed(light: Map, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A photograph of what arrives: exposed, vignetted, shadowed, noisy; shape ``(320, 320, 3)``."""
    small = cv2.resize(light, (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.15:  # shadows of leaves, poles, furniture
        field = cv2.resize(noise(rng, 1.3, 1, 12), (PICTURE_PX, PICTURE_PX))
        small = (
            small * (1 - rng.uniform(0.2, 0.6) * ramp(field, 0.2, rng.uniform(0.6, 2.0)))[..., None]
        )
    down, right = np.mgrid[-1 : 1 : PICTURE_PX * 1j, -1 : 1 : PICTURE_PX * 1j]
    fall = rng.normal(0, 0.12, 2)
    small = small * (1 + fall[0] * down + fall[1] * right)[..., None]
    small = small * (1 - rng.uniform(0, 0.15) * (down**2 + right**2))[..., None]
    balance = np.exp(rng.normal(0, 0.04, 3))
    middle = float(np.mean(small))
    # a camera goes half way to middle grey
    gain = (0.25 / max(middle, 1e-3)) ** rng.uniform(0.0, 0.5) * pick(rng, (0.7, 1.4))
    picture = 255 * np.clip(small * gain * balance, 0, None) ** (1 / GAMMA)
    picture = 255 * np.where(
        picture < 200, picture / 255, 0.784 + 0.216 * (1 - np.exp(-(picture / 255 - 0.784) / 0.216))
    )
    blur = rng.uniform(0.0, 0.9)
    picture = cv2.GaussianBlur(picture, (0, 0), blur) if blur > 0.3 else picture
    picture = picture + rng.normal(0, rng.uniform(0, 5), picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)
