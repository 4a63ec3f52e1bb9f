"""From legs in space to what a camera and a pose network make of them: one `PersonMotion` with its truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from walker import Array, synthetic_walk

from foley_detector.domain.types import PersonMotion

HALF_BODY = np.array([0.0, 0.5, 0.0])


@dataclass
class Example:
    """One person as the network's landmarks show them, and the true events in seconds."""

    motion: PersonMotion
    contacts: list[np.ndarray]
    toe_offs: list[np.ndarray]


def frame_times(rng: np.random.Generator, duration_s: float) -> Array:
    """Frame times: usual and odd rates, now and then uneven."""
    usual = [15, 23.976, 24, 25, 29.97, 30, 30, 30, 48, 50, 60, 60, 120]
    rate = rng.choice(usual) if rng.random() < 0.7 else np.exp(rng.uniform(np.log(11), np.log(120)))
    t = np.arange(0, duration_s, 1 / rate)
    if rng.random() < 0.15:
        t = np.sort(t + rng.uniform(-0.35, 0.35, t.size) / rate)
        t = t[rng.random(t.size) > rng.uniform(0, 0.15)]
    return t - t[0]


def _slow_noise(rng: np.random.Generator, n: int, dt: float, tau: float) -> Array:
    """Noise of unit spread that changes over ``tau`` seconds."""
    a = np.exp(-dt / tau)
    e = rng.normal(0, np.sqrt(1 - a * a), (n, 2))
    out = np.empty((n, 2))
    out[0] = rng.normal(0, 1, 2)
    for k in range(1, n):
        out[k] = a * out[k - 1] + e[k]
    return out


def example(rng: np.random.Generator, duration_s: float = 8.0) -> Example:
    """A person, a camera, a pose network with its faults."""
    time_s = frame_times(rng, duration_s)
    n, dt = time_s.size, float(np.median(np.diff(time_s)))
    walk = synthetic_walk(rng, time_s)
    world = walk.points.copy()
    curve = rng.normal(0, 0.25) if rng.random() < 0.25 else 0.0
    if abs(curve) > 1e-3:  # walks along an arc
        angle, radius = world[..., 2] * curve, 1 / curve - world[..., 0]
        world[..., 0], world[..., 2] = 1 / curve - radius * np.cos(angle), radius * np.sin(angle)
    hips = world[:, :, 0].mean(axis=1)
    camera = _project(rng, hips)
    legs = camera(world)
    nobody = rng.random() < 0.07  # a thing that was taken for a person: it makes no steps
    body_px = np.linalg.norm(camera(hips + HALF_BODY) - camera(hips - HALF_BODY), axis=-1)
    if nobody:
        legs = _thing(rng, legs, body_px, n, dt)
        walk.contacts = walk.toe_offs = [np.zeros(0), np.zeros(0)]
    legs, seen = _pose_faults(rng, legs, body_px, time_s, dt)
    shown = (
        body_px * np.exp(rng.normal(0, 0.04)) * np.exp(0.015 * _slow_noise(rng, n, dt, 0.7)[:, 0])
    )
    camera_step = np.zeros((n, 2, 3))
    camera_step[:, :, :2] = np.eye(2)
    jitter = rng.normal(0, rng.choice([0.0005, 0.002, 0.004]), (n, 2))
    drift = np.zeros((n, 2))
    kind = rng.random()
    if kind < 0.2:
        drift = rng.normal(0, 0.3, 2)[None] * np.ones((n, 1))
    elif kind < 0.35:
        drift = rng.uniform(0.1, 0.5) * _slow_noise(rng, n, dt, 1.5) * [1, 0.3]
    elif kind < 0.42:  # camera and background go with the person
        way = np.gradient(camera(hips), time_s, axis=0) / body_px[:, None]
        drift = -way * rng.uniform(0.7, 1.1)
    step = np.diff(time_s, prepend=time_s[0])[:, None]
    camera_step[1:, :, 2] = ((drift * step + jitter) * body_px[:, None])[1:] * -1
    keep = np.ones(n, bool)
    for _ in range(rng.poisson(0.3)):
        at = rng.integers(n)
        keep[at : at + int(rng.uniform(1, 0.6 / dt + 1))] = False
    if keep.sum() < 30:
        keep[:] = True
    index = np.flatnonzero(keep)
    summed = np.cumsum(camera_step[:, :, 2], axis=0)
    steps = camera_step[index].copy()
    steps[1:, :, 2] = np.diff(summed[index], axis=0)
    motion = PersonMotion(1, time_s[index], legs[index], seen[index], shown[index], steps)
    return Example(motion, walk.contacts, walk.toe_offs)


def _project(rng: np.random.Generator, hips: Array) -> Callable[[Array], Array]:
    """A camera anywhere about the walk, and the person's size in its picture."""
    kind = rng.random()
    azimuth = rng.uniform(0, 2 * np.pi)
    if kind < 0.3:
        azimuth = rng.choice([0.5, 1.5]) * np.pi + rng.normal(0, 0.2)
    elif kind < 0.7:
        azimuth = rng.choice([0.0, np.pi]) + rng.normal(0, 0.2)
    elevation = rng.uniform(-0.05, 0.15) if rng.random() < 0.6 else rng.uniform(0.0, 0.6)
    forward = np.array(
        [
            np.cos(elevation) * np.sin(azimuth),
            -np.sin(elevation),
            np.cos(elevation) * np.cos(azimuth),
        ]
    )
    right = np.cross([0, 1.0, 0], forward)
    right /= np.linalg.norm(right)
    up = np.cross(forward, right)
    depth = hips @ forward
    distance = np.exp(rng.uniform(np.log(1.8), np.log(25)))
    origin = depth.min() - distance
    size = np.exp(rng.uniform(np.log(45), np.log(600)))
    focal = size * float(np.median(depth - origin))
    if rng.random() < 0.1:  # a zoom keeps the size
        focal = size * (depth - origin)

    def camera(points: Array) -> Array:
        z = np.maximum(points @ forward - origin, 0.5)
        f = focal if np.ndim(focal) == 0 else np.reshape(focal, (-1,) + (1,) * (points.ndim - 2))
        return np.stack([f * (points @ right) / z, -f * (points @ up) / z], axis=-1)

    return camera


def _thing(rng: np.random.Generator, legs: Array, body_px: Array, n: int, dt: float) -> Array:
    """Legs of something that has none: they stay, tremble, drift, all at once or each by itself."""
    out = np.repeat(legs[:1], n, axis=0) + rng.normal(0, 0.03) * body_px[:, None, None, None]
    size = rng.choice([0.003, 0.02, 0.06])
    together = rng.uniform(0, 0.3) * _slow_noise(rng, n, dt, 1.0)
    out += together[:, None, None] * body_px[:, None, None, None]
    for foot in range(2):
        for point in range(5):
            out[:, foot, point] += (
                size * _slow_noise(rng, n, dt, rng.choice([0.05, 0.2, 0.6])) * body_px[:, None]
            )
    return out


def _pose_faults(
    rng: np.random.Generator, legs: Array, body_px: Array, time_s: Array, dt: float
) -> tuple[Array, Array]:
    """Bias, lag, trembling, legs drawn to each other, exchanges, hidden feet."""
    n = len(legs)
    height = body_px[:, None]
    small = 1.0 / float(np.median(body_px))
    white = max(
        rng.choice([0.002, 0.004, 0.008, 0.016]),
        rng.uniform(0.2, 0.8 if small < 0.01 else 2.2) * small,
    )
    slow = rng.uniform(0.002, 0.012)
    lag = rng.normal(0.002, 0.008)
    rate = np.gradient(legs, time_s, axis=0)
    out = legs - lag * rate
    apart = np.linalg.norm(legs[:, 0, 2:] - legs[:, 1, 2:], axis=-1).mean(axis=1) / body_px
    draw = rng.uniform(0, 0.5) * np.exp(-((apart / 0.07) ** 2))
    far = int(rng.integers(2))
    out[:, far] += draw[:, None, None] * (out[:, 1 - far] - out[:, far])
    shrink = rng.uniform(
        0.4, 1.15
    )  # a tip that is hidden behind the heel, or points at the camera, is guessed
    hidden = (
        np.linalg.norm(out[:, :, 4] - out[:, :, 3], axis=-1).mean() / float(np.median(body_px))
        < 0.08
    )
    if hidden:
        out[:, :, 4] = out[:, :, 3] + shrink * (out[:, :, 4] - out[:, :, 3])
    spread = 0.022 if hidden else 0.012
    for foot in range(2):
        for point in range(5):
            bias = rng.normal(0, spread, 2)
            more = 1.5 if point == 4 else 1.0
            speed = np.linalg.norm(rate[:, foot, point], axis=-1) / body_px
            burst = (1 + 0.3 * speed)[:, None]
            noise = (
                bias
                + slow * more * _slow_noise(rng, n, dt, rng.uniform(0.05, 0.5))
                + white * more * burst * rng.normal(0, 1, (n, 2))
            )
            if rng.random() < 0.4:
                wild = rng.random(n) < 0.01
                noise[wild] += rng.normal(0, 0.06, (int(wild.sum()), 2))
            out[:, foot, point] += noise * height
    seen = np.clip(rng.uniform(0.7, 1.0) + 0.05 * rng.normal(0, 1, (n, 2, 5)), 0.3, 1.0)
    if rng.random() < 0.55:
        for _ in range(rng.poisson(rng.choice([1, 4, 10]))):
            weight = np.exp(-apart / 0.1) + 0.02
            at = rng.choice(n, p=weight / weight.sum())
            block = slice(at, at + int(rng.integers(1, max(2, round(0.2 / dt)))))
            out[block] = out[block][:, ::-1].copy()
    for _ in range(rng.poisson(0.4)):
        at, foot = rng.integers(n), int(rng.integers(2))
        block = slice(at, at + int(rng.uniform(1, 0.5 / dt + 1)))
        feet = slice(None) if rng.random() < 0.3 else slice(foot, foot + 1)
        out[block, feet, 2:] = np.nan
        seen[block, feet, 2:] = 0
    return out, seen
