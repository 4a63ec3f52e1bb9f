"""Synthetic people: legs in space with exact contacts and toe-offs. Lengths in body heights, times in seconds."""

# ruff: noqa: N803, N806, PLR0917  (T is the duration of a swing, as in the formulas; poses are many numbers)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Array: TypeAlias = NDArray[np.float64]
# Pitch of foot and of toes through stance, then through swing.
Keys: TypeAlias = tuple[PchipInterpolator, PchipInterpolator, PchipInterpolator, PchipInterpolator]
# Foot, landing time, swing time, place along, level, usual stance, runs, on stairs, jumps.
Step: TypeAlias = tuple[int, float, float, float, float, float, bool, bool, bool]

THIGH, SHANK = 0.245, 0.246  # Winter, segment lengths as shares of the body height
BALL, TIP = 0.11, 0.152  # from the heel, along the sole
ANKLE_AHEAD, ANKLE_UP = 0.037, 0.045  # from the heel's lowest point
DEG = np.pi / 180
GRAVITY = 9.81 / 1.7  # body heights per second squared, for a body of 1.7 m


@dataclass
class Walk:
    """Points of both legs and the events.

    Attributes:
        points: shape ``(n, 2, 5, 3)``, foot, leg point, (sideways, up, along).
        contacts, toe_offs: per foot, seconds.
    """

    points: np.ndarray
    contacts: list[np.ndarray]
    toe_offs: list[np.ndarray]


def _rot(z: Array, y: Array, a: Array) -> tuple[Array, Array]:
    """Turn toe up by ``a``."""
    return z * np.cos(a) - y * np.sin(a), z * np.sin(a) + y * np.cos(a)


def _foot(anchor: float, level: float, a: Array, b: Array) -> tuple[tuple[Array, Array], ...]:
    """Heel, ankle, ball and tip (z, y) of a standing foot whose heel, flat, would be at ``anchor``."""
    tz, ty = _rot(TIP - BALL, 0.0, b)
    ball_z = np.where(b < 0, anchor + TIP - tz, anchor + BALL)
    ball_y = np.where(b < 0, level - ty, level)
    bz, by = _rot(BALL, 0.0, a)
    up = a > 0
    heel_z, heel_y = np.where(up, anchor, ball_z - bz), np.where(up, level, ball_y - by)
    ball_z, ball_y = np.where(up, heel_z + bz, ball_z), np.where(up, heel_y + by, ball_y)
    b = np.where(up, a, b)
    tz, ty = _rot(TIP - BALL, 0.0, b)
    az, ay = _rot(ANKLE_AHEAD, ANKLE_UP, a)
    return (
        (heel_z, heel_y),
        (heel_z + az, heel_y + ay),
        (ball_z, ball_y),
        (ball_z + tz, ball_y + ty),
    )


def _quintic(
    p0: float, v0: float, p1: float, v1: float, T: float, a0: float, a1: float
) -> Callable[[Array], Array]:
    q, a, b, g, h = p1 - p0, v0 * T, v1 * T, a1 * T * T, a0 * T * T
    c3 = 10 * q - 6 * a - 4 * b + g / 2 - 1.5 * h
    c4 = -15 * q + 8 * a + 7 * b - g + 1.5 * h
    c5 = 6 * q - 3 * a - 3 * b + g / 2 - h / 2
    return lambda s: p0 + a * s + s * s * (h / 2) + s**3 * (c3 + s * (c4 + s * c5))


def schedule(rng: np.random.Generator, duration_s: float) -> list[Step]:
    """Steps of one person, by time of landing."""
    steps, t, foot = [], 0.0, int(rng.integers(2))
    place, level = np.zeros(2), np.zeros(2)
    moving = rng.random() < 0.75
    t = -rng.uniform(0, 1.2) if moving else rng.uniform(0.2, 2.0)
    while t < duration_s + 1:
        if rng.random() < 0.15:
            t = _jumps(rng, steps, t, place, level)
            moving = False
            continue
        run = rng.random() < 0.45
        stairs = (
            0.0 if run or rng.random() > 0.12 else rng.choice([-1, 1]) * rng.uniform(0.08, 0.12)
        )
        if run:
            step_s, length = rng.uniform(0.19, 0.42), rng.uniform(0.3, 1.15)
            duty = rng.uniform(0.2, 0.44)
        else:
            step_s, length = rng.uniform(0.42, 0.78), rng.uniform(0.18, 0.52)
            duty = rng.uniform(0.55, 0.7)
        if stairs:
            length = rng.uniform(0.14, 0.22)
        if rng.random() < 0.25:  # seen slowed down, not fully undone
            step_s *= rng.uniform(1.0, max(1.0, 0.9 / step_s))
        count = int(rng.integers(3, 40)) if rng.random() < 0.4 else 40
        asym, jitter = rng.normal(0, 0.03), rng.uniform(0.005, 0.05)
        ramp = rng.integers(1, 4)
        pace = 1.0
        for k in range(count):
            pace *= np.exp(rng.normal(0, 0.015))
            start = min(1.0, (k + 1) / (ramp + 1)) if not moving else 1.0
            last = k == count - 1
            d = (
                step_s
                / pace
                * (1 + (asym if foot else -asym) + rng.normal(0, jitter))
                * (1 + 0.15 * (1 - start))
            )
            t += d
            swing = min((1 - duty) * 2 * d * (1 + rng.normal(0, jitter)), 2 * d - 0.09)
            reach = length * pace * start * (0.0 if last else 1.0) * (1 + rng.normal(0, jitter))
            other = 1 - foot
            place[foot] = place[other] + max(reach, 0.0)
            level[foot] = level[other] + (stairs if not last else 0.0)
            steps.append(
                (
                    foot,
                    t,
                    swing,
                    place[foot],
                    level[foot],
                    duty * 2 * step_s,
                    run,
                    bool(stairs),
                    False,
                )
            )
            foot = other
            if t > duration_s + 1:
                break
        if rng.random() < 0.35:  # goes on at another pace
            moving = True
        else:
            moving = False
            t += rng.uniform(0.3, 3.0)
    return steps


def _jumps(
    rng: np.random.Generator, steps: list[Step], t: float, place: Array, level: Array
) -> float:
    """Jumps with both feet, on the spot, forward or down; returns when it is over. Feet land within 30 ms or so."""
    t += rng.uniform(0.2, 0.8)
    for _ in range(int(rng.integers(1, 6))):
        drop = rng.uniform(0.05, 0.5) if rng.random() < 0.25 else 0.0
        air = rng.uniform(0.18, 0.55) + 0.35 * drop
        t += air + rng.uniform(0.25, 0.9)
        place[:] = place.max() + (rng.uniform(0, 0.7) if rng.random() < 0.6 else 0.0)
        level[:] = level.min() - drop
        late = np.sort(np.abs(rng.normal(0, 0.015, 2)))
        for foot in rng.permutation(2):
            apart = float(late[foot]) * (rng.random() < 0.6)
            steps.append(
                (
                    int(foot),
                    t + apart,
                    air + apart - float(rng.uniform(0, 0.03)),
                    float(place[foot] + rng.normal(0, 0.02)),
                    float(level[foot]),
                    0.6,
                    True,
                    False,
                    True,
                )
            )
        steps[-2:] = sorted(steps[-2:], key=lambda step: step[1])
    return t + rng.uniform(0.3, 1.0)


def _keys(rng: np.random.Generator, run: bool, stairs: bool) -> Keys:
    """Pitch of foot and toes through stance and swing, drawn anew for every person."""
    u = rng.uniform
    if run:
        kind = rng.random()
        land = u(4, 24) if kind < 0.5 else u(-3, 6) if kind < 0.7 else u(-16, -3)
        rise, end = u(0.4, 0.55), -u(45, 80)
    else:
        land, rise, end = u(8, 32), u(0.4, 0.68), -u(40, 75)
        if stairs or rng.random() < 0.15:
            land = u(-10, 6)
    flat = u(0.1, 0.26)
    b_start, b_end = u(0.72, 0.9), -u(10, 42)
    stance = PchipInterpolator(
        [0, flat * 0.5, flat, rise, rise + (1 - rise) * 0.5, 1],
        np.array([land, land * u(0.3, 0.6), 0, 0, end * u(0.25, 0.45), end]) * DEG,
    )
    toes = PchipInterpolator(
        [0, b_start, (1 + b_start) / 2, 1], np.array([0, 0, b_end * u(0.2, 0.45), b_end]) * DEG
    )
    top = end - (u(0, 12) if not run else u(5, 35))
    swing = PchipInterpolator(
        [0, u(0.08, 0.25), u(0.4, 0.5), u(0.6, 0.7), u(0.8, 0.92), 1],
        np.array([end, top, end * u(0.3, 0.8), u(-25, 2), land + u(-6, 6), land]) * DEG,
    )
    swing_toes = PchipInterpolator(
        [0, 0.15, 0.5, 0.8, 1],
        np.array([b_end, b_end - u(0, 15), b_end * 0.5, land, max(land, 0)]) * DEG,
    )
    return stance, toes, swing, swing_toes


def synthetic_walk(rng: np.random.Generator, time_s: Array) -> Walk:
    """One person at the given times."""
    steps = schedule(rng, float(time_s[-1]))
    stairs = steps[0][7]
    keys = {False: _keys(rng, False, stairs), True: _keys(rng, True, stairs)}
    land = {
        False: (
            rng.uniform(0.15, 0.75),
            -rng.uniform(0.05, 0.3),
            -rng.uniform(4, 18),
            rng.uniform(0, 3),
        ),
        True: (
            rng.uniform(0.2, 1.8),
            -rng.uniform(0.2, 0.9),
            -rng.uniform(5, 35),
            rng.uniform(0, 6),
        ),
    }
    lift = {False: rng.uniform(0.0, 0.03), True: rng.uniform(0.03, 0.22)}
    width = rng.uniform(0.02, 0.11)
    n = time_s.size
    points = np.zeros((n, 2, 5, 3))
    contacts, toe_offs = [], []
    for foot in range(2):
        own = [s for s in steps if s[0] == foot]
        place0 = own[0][3] - 0.3 if own[0][1] < 0.3 else 0.0
        stances = [(-1e3, place0, 0.0, own[0][5], own[0][6])]
        heel, ankle, tip = (np.zeros((n, 2)) for _ in range(3))
        offs = []
        for k, (_, t_on, swing_s, place, level, typical, runs, _st, jumps) in enumerate(own):
            on0, place0, level0, typical0, runs0 = stances[-1]
            off = max(t_on - swing_s, on0 + 0.07) if k else t_on - swing_s
            offs.append(off)
            _fill_stance(time_s, on0, off, place0, level0, typical0, keys[runs0], heel, ankle, tip)
            _fill_swing(
                time_s,
                off,
                t_on,
                (place0, level0, typical0, keys[runs0]),
                (place, level, keys[runs]),
                land[runs],
                lift[runs] + 1.3 * max(level - level0, 0),
                runs,
                jumps,
                rng,
                heel,
                ankle,
                tip,
            )
            stances.append((t_on, place, level, typical, runs))
        _fill_stance(
            time_s, stances[-1][0], 1e3, *stances[-1][1:4], keys[stances[-1][4]], heel, ankle, tip
        )
        contacts.append(np.array([s[1] for s in own]))
        toe_offs.append(np.array(offs))
        out = (1 if foot == 0 else -1) * width / 2
        toe_out = rng.uniform(0, 0.25) * (1 if foot == 0 else -1)
        for index, place_zy in ((2, ankle), (3, heel), (4, tip)):
            points[:, foot, index, 2], points[:, foot, index, 1] = place_zy[:, 0], place_zy[:, 1]
            points[:, foot, index, 0] = out
        points[:, foot, 4, 0] += toe_out * TIP
    _pelvis(rng, time_s, steps, points)
    return Walk(points, contacts, toe_offs)


def _u(time_s: Array, on: float, off: float, typical: float) -> Array:
    """Phase of the stance: landing in its own time, leaving in its own time, flat between."""
    typical = min(typical, off - on)
    return np.clip(
        np.where(
            time_s - on < 0.3 * typical,
            (time_s - on) / typical,
            np.maximum(1 - (off - time_s) / typical, 0.3),
        ),
        0,
        1,
    )


def _fill_stance(
    time_s: Array,
    on: float,
    off: float,
    place: float,
    level: float,
    typical: float,
    keys: Keys,
    heel: Array,
    ankle: Array,
    tip: Array,
) -> None:
    m = (time_s >= on) & (time_s <= off)
    if m.any():
        u = _u(time_s[m], on, off, typical)
        h, a, _, t = _foot(place, level, keys[0](u), np.where(u > 0.3, keys[1](u), 0.0))
        heel[m], ankle[m], tip[m] = np.column_stack(h), np.column_stack(a), np.column_stack(t)


def _fill_swing(
    time_s: Array,
    off: float,
    on: float,
    before: tuple[float, float, float, Keys],
    after: tuple[float, float, Keys],
    land: tuple[float, float, float, float],
    lift: float,
    runs: bool,
    jumps: bool,
    rng: np.random.Generator,
    heel: Array,
    ankle: Array,
    tip: Array,
) -> None:
    m = (time_s > off) & (time_s < on)
    if not m.any():
        return
    place0, level0, typical0, keys0 = before
    place1, level1, keys1 = after
    T, e = on - off, 0.004
    ends = np.array([1 - e / typical0, 1.0])
    _, a, _, _ = _foot(place0, level0, keys0[0](ends), keys0[1](ends))
    _, c, _, _ = _foot(place1, level1, keys1[0](np.zeros(1)), np.zeros(1))
    vz, vy = (a[0][1] - a[0][0]) / e, (a[1][1] - a[1][0]) / e
    mean = abs(place1 - place0) / T
    share = min(1.0, mean / (2.5 if runs else 0.9))
    zq = _quintic(
        a[0][1],
        vz,
        c[0][0],
        land[0] * share,
        T,
        rng.uniform(0, 15) if runs else 0.0,
        land[2] * share,
    )
    yq = _quintic(a[1][1], vy, c[1][0], land[1], T, 0.0, land[3])
    s = (time_s[m] - off) / T
    bump = lift * s**3 * (1 - s) ** 4 / ((3 / 7) ** 3 * (4 / 7) ** 4)
    if jumps:  # the feet fly with the body, and are drawn up a little
        bump = (GRAVITY * T**2 / 8 + lift * 0.5) * 4 * s * (1 - s)
    az, ay = zq(s), yq(s) + bump
    pa, pb = keys1[2](s), keys1[3](s)
    mix = np.clip(1 - s / 0.15, 0, 1)  # leaves with the pitch of its own stance
    pa = pa + mix * (keys0[0](1.0) - keys1[2](0.0))
    hz, hy = _rot(-ANKLE_AHEAD, -ANKLE_UP, pa)
    bz, by = _rot(BALL - ANKLE_AHEAD, -ANKLE_UP, pa)
    tz, ty = _rot(TIP - BALL, 0.0, pb)
    h, b = np.column_stack([az + hz, ay + hy]), np.column_stack([az + bz, ay + by])
    t = b + np.column_stack([tz, ty])
    lowest = np.minimum(h[:, 1], t[:, 1]) - (level0 + (level1 - level0) * np.clip(s * 1.5, 0, 1))
    up = (
        np.maximum(0.012 * np.sin(np.pi * s) ** 0.7 - lowest, 0)
        * np.clip(8 * s, 0, 1)
        * np.clip(8 * (1 - s), 0, 1)
    )
    h[:, 1] += up
    t[:, 1] += up
    heel[m], tip[m], ankle[m] = h, t, np.column_stack([az, ay + up])


def _flights(rng: np.random.Generator, time_s: Array, steps: list[Step]) -> Array:
    """Rise of the body in jumps, and how it crouches before and gives way after."""
    rise = np.zeros(time_s.size)
    done = -1.0
    for _, t_on, air, *_rest, jumps in steps:
        if not jumps or t_on - done < 0.1:
            continue
        done = t_on
        off = t_on - air
        rise += np.maximum(GRAVITY / 2 * (time_s - off) * (t_on - time_s), 0.0)
        crouch, give = rng.uniform(0.02, 0.12, 2)
        before, after = rng.uniform(0.06, 0.14, 2)
        rise -= crouch * np.exp(-0.5 * ((time_s - off + 1.6 * before) / before) ** 2)
        rise -= give * np.exp(-0.5 * ((time_s - t_on - 1.4 * after) / after) ** 2)
    return rise


def _pelvis(rng: np.random.Generator, time_s: Array, steps: list[Step], points: Array) -> None:
    """Hips over the standing foot in its middle, and knees between hip and ankle."""
    nodes = []
    mid = rng.uniform(0.32, 0.48)
    for k, (_, t_on, air, place, level, typical, _run, _, jumps) in enumerate(steps):
        if jumps:
            before = steps[k - 1] if k else (0, 0.0, 0.0, 0.0, 0.0)
            nodes += [(t_on - air, before[3] + 0.05, before[4]), (t_on, place, level)]
        nodes.append((t_on + mid * typical, place + 0.05, level))
        if k + 1 < len(steps) and steps[k + 1][1] - t_on > 2.2 * typical + 0.3:  # a pause
            nodes.append((steps[k + 1][1] - steps[k + 1][2], place + 0.05, level))
    kept = [nodes[0]]
    for node in nodes[1:]:
        if node[0] > kept[-1][0] + 0.02:
            kept.append(node)
    first = kept[0]
    start = -2.0 if steps[0][1] > 0.3 else first[0] - 0.5
    if steps[0][1] > 0.3:
        kept = [
            (start, 0.05, 0.0),
            (max(steps[0][1] - steps[0][2] - 0.1, start + 0.1), 0.05, 0.0),
            *kept,
        ]
        kept = [node for i, node in enumerate(kept) if i == 0 or node[0] > kept[i - 1][0] + 0.01]
    else:
        kept = [
            (
                start,
                first[1] - 0.5 * (kept[1][1] - first[1]) / max(kept[1][0] - first[0], 0.05),
                first[2],
            ),
            *kept,
        ]
    t, z, y = (np.array(c) for c in zip(*kept, strict=True))
    along = PchipInterpolator(t, z)(np.clip(time_s, t[0], t[-1]))
    level = PchipInterpolator(t, y)(np.clip(time_s, t[0], t[-1]))
    run = steps[0][6]
    stretch = rng.uniform(0.88, 0.97) if run else rng.uniform(0.93, 0.99)
    phase = np.interp(time_s, [s[1] for s in steps], np.arange(len(steps)))
    bounce = (rng.uniform(0.01, 0.03) if run else rng.uniform(0.006, 0.014)) * -np.cos(
        2 * np.pi * (phase - (0.2 if run else 0.12))
    )
    up = level + ANKLE_UP + stretch * (THIGH + SHANK) + bounce + _flights(rng, time_s, steps)
    sway = rng.uniform(0, 0.015) * np.cos(np.pi * (phase + steps[0][0] - 0.6))
    turn = rng.uniform(0.0, 0.12) * np.cos(np.pi * (phase + steps[0][0]))
    for foot in range(2):
        sign = 1 if foot == 0 else -1
        hip = np.column_stack([sway + sign * 0.052, up, along + sign * 0.052 * turn])
        ankle = points[:, foot, 2]
        way = ankle - hip
        reach = np.linalg.norm(way, axis=1)
        d = np.minimum(reach, (THIGH + SHANK) * 0.9995)
        unit = way / np.maximum(reach, 1e-6)[:, None]
        ahead = np.array([0.0, 0.0, 1.0]) - unit * unit[:, 2:3]
        ahead /= np.maximum(np.linalg.norm(ahead, axis=1), 1e-6)[:, None]
        cos = np.clip((THIGH**2 + d**2 - SHANK**2) / (2 * THIGH * d), -1, 1)
        points[:, foot, 1] = (
            hip + unit * (THIGH * cos)[:, None] + ahead * (THIGH * np.sqrt(1 - cos**2))[:, None]
        )
        points[:, foot, 0] = hip
