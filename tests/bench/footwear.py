"""Bare feet, told by colour: who is called barefoot, rightly and wrongly, and who gets no answer.

    python -m tests.bench.footwear [--shared ../shared] [--cache .foley/bench] [--clips PATTERN] [--looks]

Real clips: contact points are those of our detector (with its `full` landmark network: feet are looked at here, not
timed), kept in the cache, so only the first run is slow. A man who balances barefoot on a treadmill before four cameras
makes no steps; his feet, and those of who stands beside, are looked at every 0.15 s wherever they are down, as if each
moment were a step. Rendered clips: contact points of the renderer's truth. All wear shoes there, from brown leather to
ballet flats that leave the instep bare.

`--looks` adds, per person, what each look said.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from foley_common.footsteps import Footstep, Sensitivity, Side, Track, TrackBox
from foley_common.media.decode import read_frames
from foley_common.media.probe import probe
from foley_common.pose_tracks import PoseTracks
from foley_common.settings import StoreSettings
from foley_common.surfaces import AnswerSource, Footwear
from foley_detector.footsteps import find_footsteps
from foley_detector.models.loading import LoadedModels, load_models
from foley_detector.settings import DetectorSettings
from foley_surface_agent.domain.bare_feet import FootState
from foley_surface_agent.feet_watch import FLAT_DELAY_S, FeetWatch, look_time_s
from foley_surface_agent.keyframes import MAX_PICTURE_HEIGHT_PX
from foley_surface_agent.shot_watch import ShotWatch

sys.path.insert(0, str(Path(__file__).parent))
from detection import poses_of
from detection_tables import Clip

from tests.bench.surface_clips import job_of

STANDING_EVERY_S = 0.15
STANDING_LIFT = 0.04  # of the height: a foot less high above the lower one is down
SHORTEST_TRACK = (
    0.5  # of the frames: who only stands is seen nearly all the time, less is a scrap of a track
)
HEEL, TOE = {Side.LEFT: 29, Side.RIGHT: 30}, {Side.LEFT: 31, Side.RIGHT: 32}


@dataclass(frozen=True)
class Case:
    """A real clip: which part of it is looked at, whether people only stand, and who in it is barefoot.

    Attributes:
        name: File name without its ending.
        end_s: Where to stop looking; clips with one kind of shoe need no more.
        stands: Feet are looked at wherever they are down; nobody walks.
        barefoot: Nobody, or the person whose box is the tallest.
        shoes: What the others wear.
    """

    name: str
    end_s: float = float("inf")
    stands: bool = False
    barefoot: bool = False
    shoes: str = "shoes"


CASES = (
    Case("balance_treadmill_cam1_60fps", stands=True, barefoot=True),
    Case("balance_treadmill_cam2_60fps", stands=True, barefoot=True),
    Case("balance_treadmill_cam3_60fps", stands=True, barefoot=True),
    Case("balance_treadmill_cam4_60fps", stands=True, barefoot=True),
    Case("dance_studio_24fps"),
    Case("man_standing_feet_visible", stands=True),
    Case("one_by_one_10fps_wood", 30.0),
    Case("openpose_street"),
    Case("parking_lot_walk_lowres"),
    Case("runner_silhouette_slowmo"),
    Case("runner_woman_path_slowmo"),
    Case("sprint_start_black"),
    Case("sprint_start_white_shirt"),
    Case("store_aisle_follow_cam", 6.0),
    Case("tennis_serve_60fps", 4.0),
    Case("vtest_pedestrians", 5.0),
    Case("woman_walk_and_runner_grass", shoes="sandals, shoes"),
)


@dataclass(frozen=True)
class Scene:
    """What is looked at in one clip; ``barefoot`` holds track ids."""

    name: str
    video: Path
    steps: tuple[Footstep, ...]
    tracks: tuple[Track, ...]
    height_px: int
    barefoot: frozenset[int] = frozenset()
    shoes: str = "shoes"


@cache
def landmark_models() -> LoadedModels:
    """The detector's models, with the network that takes a quarter of the time."""
    with tempfile.TemporaryDirectory() as folder:
        store = StoreSettings(kind="local", root=Path(folder))
        return load_models(DetectorSettings(pose_model="full", store=store))


def real_scene(case: Case, shared: Path, cache_dir: Path) -> Scene:
    """A real clip, its steps found or its standing feet listed."""
    path = next(path for path in (shared / "data/clips").rglob(f"{case.name}.*"))
    video = probe(path)
    poses = poses_of(Clip(path, path), video, landmark_models(), cache_dir, end_s=case.end_s)
    if not case.stands:
        detected, _ = find_footsteps([poses], video, Sensitivity.MEDIUM)
        return Scene(
            case.name, path, detected.footsteps, detected.tracks, video.height_px, shoes=case.shoes
        )
    steps, tracks = standing_feet(poses)
    tallest = max(tracks, key=lambda track: np.median([box.height_px for box in track.boxes]))
    barefoot = frozenset({tallest.track_id} if case.barefoot else ())
    return Scene(case.name, path, steps, tracks, video.height_px, barefoot, case.shoes)


def standing_feet(poses: PoseTracks) -> tuple[tuple[Footstep, ...], tuple[Track, ...]]:
    """Every foot that is down, every so often, as if it had just landed; and where people are."""
    steps: list[Footstep] = []
    tracks: list[Track] = []
    for track_id in (int(track) for track in poses.track_ids):
        boxes: list[TrackBox] = []
        last_s = -STANDING_EVERY_S
        for row in poses.rows_of(track_id):
            time_s = float(poses.time_s[poses.row_frame[row]])
            left, top, right, bottom = (float(value) for value in poses.box_xyxy_px[row])
            boxes.append(TrackBox(time_s, left, top, right - left, bottom - top))
            places = poses.landmarks_xy_px[row]
            if time_s - last_s < STANDING_EVERY_S or not np.isfinite(places).all():
                continue
            last_s = time_s
            low = {side: float(max(places[HEEL[side], 1], places[TOE[side], 1])) for side in Side}
            for side in Side:
                if max(low.values()) - low[side] < STANDING_LIFT * (bottom - top):
                    x, y = (float(value) for value in places[HEEL[side]])
                    steps.append(
                        Footstep(
                            f"t{track_id}-{len(steps):04d}", track_id, side,
                            max(0.0, time_s - FLAT_DELAY_S), None, 1.0, 0.0, 0.5, None, None, x, y,
                            bottom - top,
                        )
                    )  # fmt: skip
        tracks.append(Track(track_id, tuple(boxes)))
    long = {
        track.track_id for track in tracks if len(track.boxes) >= SHORTEST_TRACK * len(poses.time_s)
    }
    tracks = [track for track in tracks if track.track_id in long]
    steps = [step for step in steps if step.track_id in long]
    return tuple(steps), tuple(tracks)


def rendered_scenes(shared: Path) -> Iterator[Scene]:
    """The rendered clips of the development data."""
    for path in sorted((shared / "data/rendered").glob("*.json")):
        job, _ = job_of(json.loads(path.read_text()))
        yield Scene(
            path.stem, path.with_suffix(".mp4"), job.steps, job.tracks, job.picture_height_px
        )


@dataclass
class Tally:
    """People, by what they wear and what was said."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    shod: int = 0
    no_steps: int = 0


def judge(scene: Scene, tally: Tally, *, show_looks: bool) -> None:
    """Look at one clip's feet, print a row per person and count."""
    shots, feet = ShotWatch(), FeetWatch(scene.steps, scene.tracks, scene.height_px)
    last_s = max((look_time_s(step) for step in scene.steps), default=-1.0)
    for frame in read_frames(scene.video, max_height_px=MAX_PICTURE_HEIGHT_PX):
        shots.see(frame)
        feet.see(frame)
        if frame.time_s > last_s:
            break
    if not scene.steps:
        tally.no_steps += 1
        print(f"| {scene.name} | – | | no steps | | |", flush=True)
        return
    for span in feet.footwear(last_s + 1.0, shots.cuts_s):
        own = [step.footstep_id for step in scene.steps if step.track_id == span.track_id]
        looks = [feet.looks[name] for name in own if name in feet.looks]
        told = sum(look.is_told for look in looks)
        bare = sum(look.state is FootState.BARE for look in looks)
        said_bare = span.footwear is Footwear.BAREFOOT and span.source is AnswerSource.LOCAL_MODEL
        is_bare = span.track_id in scene.barefoot
        tally.right += said_bare and is_bare
        tally.wrong += said_bare and not is_bare
        tally.missed += is_bare and not said_bare
        tally.shod += not is_bare
        answer = "barefoot" if said_bare else "none (default)"
        truth = "barefoot" if is_bare else scene.shoes
        print(
            f"| {scene.name} | {span.track_id} | {truth} | {len(own)}, {told}, {bare} | {answer} "
            f"{span.confidence:.2f} | {span.reason} |",
            flush=True,
        )
        if show_looks:
            words = Counter(look.state.value for look in looks)
            print(f"|  | | | {'; '.join(f'{word} {n}' for word, n in words.items())} | | |")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when somebody in shoes is called barefoot."""
    parser = argparse.ArgumentParser(description="Who is called barefoot by colour.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--cache", type=Path, default=Path(".foley/bench"))
    parser.add_argument("--clips", default="*", help="names of clips, with * and ?")
    parser.add_argument("--looks", action="store_true", help="what each look said")
    options = parser.parse_args(arguments)
    print("| clip | person | wears | steps, told, bare | answer | reason |")
    print("| --- | --- | --- | --- | --- | --- |")
    tally = Tally()
    makers: list[tuple[str, Callable[[], Scene]]] = [
        (case.name, lambda case=case: real_scene(case, options.shared, options.cache))
        for case in CASES
    ]
    makers += [(scene.name, lambda scene=scene: scene) for scene in rendered_scenes(options.shared)]
    for name, make in makers:
        if fnmatch.fnmatch(name, options.clips):
            judge(make(), tally, show_looks=options.looks)
    said, bare = tally.right + tally.wrong, tally.right + tally.missed
    print(
        f"\ncalled barefoot: {said}, rightly {tally.right}, wrongly {tally.wrong} of {tally.shod} people in shoes; "
        f"barefoot people found: {tally.right} of {bare}; without an answer: {tally.shod + bare - said}; clips without "
        f"steps: {tally.no_steps}"
    )
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
