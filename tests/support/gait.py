"""Synthetic people with known contacts: analytic gait, a pinhole camera, and the faults real poses have.

Contacts are exact: between contact and toe-off one end of the foot does not move in the world.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from foley_common.footsteps import Side
from foley_common.media.info import VideoInfo
from foley_common.pose_tracks import LANDMARK_COUNT, PoseTracks

FOOT_LENGTH_M = 0.22
BODY_HEIGHT_M = 1.75
HIP_HEIGHT_M = 0.93
FOCAL_PX = 1000.0
STANCE_PITCH = (
    [0.0, 0.15, 0.55, 1.0],
    [20.0, 0.0, 0.0, -55.0],
)  # share of stance, degrees, toe up positive
SWING_PITCH = ([0.0, 0.1, 0.55, 0.85, 1.0], [-55.0, -58.0, 0.0, 20.0, 20.0])


@dataclass(frozen=True)
class Walker:
    """How one person moves. ``heading_deg`` 90 walks to the right of the picture, 0 towards the camera."""

    speed_m_s: float = 1.3
    cadence_hz: float = 1.85
    duty: float = 0.62
    heading_deg: float = 90.0
    distance_m: float = 6.5
    start_m: float = -3.6
    side_m: float = 0.0
    forefoot: bool = False
    stands_from_s: float = np.inf

    @property
    def stride_s(self) -> float:
        return 2.0 / self.cadence_hz


RUNNER = Walker(speed_m_s=3.0, cadence_hz=2.75, duty=0.36)
STANDING = Walker(speed_m_s=0.0, stands_from_s=-np.inf)


@dataclass(frozen=True)
class Truth:
    """Exact events: time and side, in order of time."""

    contacts: tuple[tuple[float, Side], ...]
    toe_offs: tuple[tuple[float, Side], ...]

    @property
    def contact_times_s(self) -> NDArray[np.float64]:
        return np.array([time for time, _ in self.contacts])


@dataclass(frozen=True)
class Scene:
    """What the camera does and what goes wrong."""

    duration_s: float = 6.0
    fps: float = 30.0
    width_px: int = 1280
    height_px: int = 720
    camera_height_m: float = 1.4
    pan_px_s: float = 0.0
    noise_height: float = 0.0
    jitter_times: float = 0.0
    swapped_frames: tuple[int, ...] = ()
    missing_s: tuple[tuple[float, float], ...] = ()
    repeat_every: int = 1
    seed: int = 7
    walkers: tuple[Walker, ...] = field(default_factory=lambda: (Walker(),))


def frame_times_s(scene: Scene) -> NDArray[np.float64]:
    n = int(scene.duration_s * scene.fps)
    times = np.arange(n) / scene.fps
    if scene.jitter_times:
        rng = np.random.default_rng(scene.seed)
        times = times + rng.uniform(-0.5, 0.5, n) * scene.jitter_times / scene.fps
        times = np.sort(times) - times.min()
    return times


def truth(walker: Walker, scene: Scene) -> Truth:
    contacts, toe_offs = [], []
    for foot, side in enumerate((Side.LEFT, Side.RIGHT)):
        for start, end in stances_s(walker, foot, scene.duration_s):
            contacts.append((start, side))
            toe_offs.append((end, side))
    shown = scene.duration_s - 1.0 / scene.fps

    def inside(events):
        return tuple(
            sorted((t, s) for t, s in events if 0.0 <= t <= shown and t < walker.stands_from_s)
        )

    return Truth(inside(contacts), inside(toe_offs))


def stances_s(walker: Walker, foot: int, duration_s: float) -> list[tuple[float, float]]:
    """Contact and toe-off of one foot, from before the start to after the end."""
    stride = walker.stride_s
    first = -3 if foot == 0 else -2.5
    count = int(duration_s / stride) + 7
    return [((first + k) * stride, (first + k + walker.duty) * stride) for k in range(count)]


def scene_poses(scene: Scene) -> PoseTracks:
    """Pose tracks as the pose stage would deliver them; track ids from 1 in the order of the walkers."""
    times = frame_times_s(scene)
    shown = times[(np.arange(times.size) // scene.repeat_every) * scene.repeat_every]
    rng = np.random.default_rng(scene.seed)
    rows = []
    for number, walker in enumerate(scene.walkers):
        for frame, time in enumerate(shown):
            if any(start <= time < end for start, end in scene.missing_s):
                continue
            points = _project(
                _landmarks_m(walker, min(float(time), walker.stands_from_s), scene), walker, scene
            )
            points[:, 0] -= scene.pan_px_s * time
            top, bottom = points[:, 1].min(), points[:, 1].max()
            height = bottom - top
            points = points + rng.normal(0.0, scene.noise_height * height + 1e-9, points.shape)
            if frame in scene.swapped_frames:
                order = np.arange(LANDMARK_COUNT)
                order[23:33] = order[23:33].reshape(5, 2)[:, ::-1].ravel()
                points = points[order]
            box = [points[:, 0].min() - 8, top - 6, points[:, 0].max() + 8, bottom + 4]
            rows.append((frame, number + 1, box, points))
    rows.sort(key=lambda row: (row[0], row[1]))
    n, m = times.size, len(rows)
    camera = np.tile(np.array([[1.0, 0, 0], [0, 1.0, 0]]), (n, 1, 1))
    camera[1:, 0, 2] = -scene.pan_px_s * np.diff(shown)
    number = len(scene.walkers)
    return PoseTracks(
        width_px=scene.width_px,
        height_px=scene.height_px,
        time_s=times,
        frame_index=np.arange(n),
        camera_from_previous=camera,
        is_cut=np.zeros(n, bool),
        is_duplicate=np.arange(n) % scene.repeat_every != 0,
        row_frame=np.array([row[0] for row in rows], np.int64),
        row_track=np.array([row[1] for row in rows], np.int64),
        box_xyxy_px=np.array([row[2] for row in rows], np.float32).reshape(m, 4),
        box_confidence=np.full(m, 0.9, np.float32),
        box_is_detected=np.ones(m, bool),
        landmarks_xy_px=np.array([row[3] for row in rows], np.float32).reshape(
            m, LANDMARK_COUNT, 2
        ),
        visibility=np.full((m, LANDMARK_COUNT), 0.95, np.float32),
        pose_confidence=np.full(m, 0.95, np.float32),
        appearance_track=np.arange(1, number + 1),
        appearance=np.eye(max(number, 2), dtype=np.float32)[:number],
    )


def video_info(scene: Scene) -> VideoInfo:
    return VideoInfo(
        width_px=scene.width_px,
        height_px=scene.height_px,
        frame_rate=Fraction(scene.fps).limit_denominator(1001),
        frame_count=int(scene.duration_s * scene.fps),
        duration_s=scene.duration_s,
        video_codec="h264",
        variable_frame_rate=bool(scene.jitter_times),
    )


def segments_of(poses: PoseTracks, count: int, *, overlap_frames: int = 0) -> list[PoseTracks]:
    """The same poses cut into segments, track ids numbered anew in each, as separate workers would."""
    edges = np.linspace(0, poses.time_s.size, count + 1).astype(int)
    pieces = []
    for number, (start, end) in enumerate(itertools.pairwise(edges)):
        begin = max(0, start - overlap_frames)
        rows = np.flatnonzero((poses.row_frame >= begin) & (poses.row_frame < end))
        old = np.unique(poses.row_track[rows])
        turned = np.roll(old, number)  # ids mean nothing across segments
        renamed = {int(track): k + 1 for k, track in enumerate(turned)}
        known = [track for track in poses.appearance_track.tolist() if track in renamed]
        frames = slice(begin, end)
        pieces.append(
            replace(
                poses,
                time_s=poses.time_s[frames],
                frame_index=poses.frame_index[frames],
                camera_from_previous=poses.camera_from_previous[frames],
                is_cut=poses.is_cut[frames],
                is_duplicate=poses.is_duplicate[frames],
                row_frame=poses.row_frame[rows] - begin,
                row_track=np.array(
                    [renamed[int(track)] for track in poses.row_track[rows]], np.int64
                ),
                box_xyxy_px=poses.box_xyxy_px[rows],
                box_confidence=poses.box_confidence[rows],
                box_is_detected=poses.box_is_detected[rows],
                landmarks_xy_px=poses.landmarks_xy_px[rows],
                visibility=poses.visibility[rows],
                pose_confidence=poses.pose_confidence[rows],
                row_colours=poses.row_colours[rows],
                appearance_track=np.array([renamed[track] for track in known], np.int64),
                appearance=poses.appearance[np.isin(poses.appearance_track, known)],
            )
        )
    return pieces


def _landmarks_m(walker: Walker, time_s: float, scene: Scene) -> NDArray[np.float64]:
    """All landmarks in the walker's frame: forward, to the left, up."""
    moving = np.isfinite(walker.stands_from_s) or walker.stands_from_s > 0
    time_s = time_s if moving else 0.0
    x = walker.start_m + walker.speed_m_s * time_s
    points = np.zeros((LANDMARK_COUNT, 3))
    points[:11] = [x + 0.08, 0.0, BODY_HEIGHT_M - 0.08]
    points[0, 2] = BODY_HEIGHT_M
    for foot, sign in ((0, 1.0), (1, -1.0)):
        lateral = sign * (0.06 if walker.duty > 0.5 else 0.04)
        hip = np.array([x, sign * 0.1, HIP_HEIGHT_M])
        heel, toe = (
            _foot_m(walker, foot, time_s, scene.duration_s)
            if moving
            else (
                np.array([x - 0.05, 0.0]),
                np.array([x - 0.05 + FOOT_LENGTH_M, 0.0]),
            )
        )
        ankle = heel + np.array([0.05, 0.08])
        points[11 + foot] = [x, sign * 0.19, 1.42]
        for arm in (13, 15, 17, 19, 21):
            points[arm + foot] = [x, sign * 0.22, 1.42 - 0.05 * (arm - 11)]
        points[23 + foot] = hip
        points[25 + foot] = [(x + ankle[0]) / 2 + 0.08, lateral, (HIP_HEIGHT_M + ankle[1]) / 2]
        points[27 + foot] = [ankle[0], lateral, ankle[1]]
        points[29 + foot] = [heel[0], lateral, heel[1]]
        points[31 + foot] = [toe[0], lateral, toe[1]]
    return points


def _foot_m(walker: Walker, foot: int, time_s: float, duration_s: float) -> tuple[NDArray, NDArray]:
    stances = stances_s(walker, foot, duration_s)
    for k, (start, end) in enumerate(stances):
        if start <= time_s < end:
            return _standing_foot(walker, start, (time_s - start) / (end - start), end - start)
        if k + 1 < len(stances) and end <= time_s < stances[k + 1][0]:
            return _swinging_foot(walker, stances[k], stances[k + 1], time_s)
    raise AssertionError(f"no stance or swing holds {time_s} s")


def _landing_x(walker: Walker, contact_s: float, stance_s: float) -> float:
    return walker.start_m + walker.speed_m_s * (contact_s + 0.4 * stance_s) - FOOT_LENGTH_M / 2


def _pitch(walker: Walker, phase: float, table: tuple[list[float], list[float]]) -> float:
    angle = float(np.interp(phase, *table))
    return np.deg2rad(min(angle, -6.0 * (1 - phase)) if walker.forefoot and angle > -6.0 else angle)


def _standing_foot(
    walker: Walker, contact_s: float, phase: float, stance_s: float
) -> tuple[NDArray, NDArray]:
    x = _landing_x(walker, contact_s, stance_s)
    pitch = _pitch(walker, phase, STANCE_PITCH)
    turn = FOOT_LENGTH_M * np.array([np.cos(pitch), np.sin(pitch)])
    if pitch >= 0:
        heel = np.array([x, 0.0])
        return heel, heel + turn
    toe = np.array([x + FOOT_LENGTH_M, 0.0])
    return toe - turn, toe


def _swinging_foot(
    walker: Walker, stance: tuple[float, float], following: tuple[float, float], time_s: float
) -> tuple[NDArray, NDArray]:
    swing_s = following[0] - stance[1]
    start, _ = _standing_foot(walker, stance[0], 1.0, stance[1] - stance[0])
    end, _ = _standing_foot(walker, following[0], 0.0, following[1] - following[0])
    landing = (
        np.array([1.3, -0.85]) if walker.duty < 0.5 else np.array([0.75, -0.26])
    )  # m/s before contact
    lifting = np.array([1.0, 0.9])
    s = (time_s - stance[1]) / swing_s
    heel = _quintic(start, lifting * swing_s, end, landing * swing_s, s)
    pitch = _pitch(walker, s, SWING_PITCH)
    return heel, heel + FOOT_LENGTH_M * np.array([np.cos(pitch), np.sin(pitch)])


def _quintic(p0: NDArray, v0: NDArray, p1: NDArray, v1: NDArray, s: float) -> NDArray:
    q = p1 - p0
    c3, c4, c5 = 10 * q - 6 * v0 - 4 * v1, -15 * q + 8 * v0 + 7 * v1, 6 * q - 3 * v0 - 3 * v1
    return p0 + v0 * s + s**3 * (c3 + s * (c4 + s * c5))


def _project(points_m: NDArray, walker: Walker, scene: Scene) -> NDArray[np.float64]:
    """Pinhole camera that looks level along the depth axis."""
    heading = np.deg2rad(walker.heading_deg)
    forward, left, up = points_m.T
    right_m = forward * np.sin(heading) + left * np.cos(heading) + walker.side_m
    depth_m = walker.distance_m - forward * np.cos(heading) + left * np.sin(heading)
    focal = FOCAL_PX * scene.height_px / 720.0
    x = scene.width_px / 2 + focal * right_m / depth_m
    y = 0.45 * scene.height_px + focal * (scene.camera_height_m - up) / depth_m
    return np.column_stack([x, y])
