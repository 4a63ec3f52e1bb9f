"""From looks at feet to what somebody wears, and through a clip into the report."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from foley_common.footsteps import Footstep, Side, Track, TrackBox
from foley_common.media.encode import VideoWriter
from foley_common.surfaces import AnswerSource, Footwear, FootwearSpan
from foley_surface_agent.domain.bare_feet import FootLook, FootState
from foley_surface_agent.domain.decide import VisionFindings
from foley_surface_agent.domain.fallback import DEFAULT_FOOTWEAR_CONFIDENCE, AnswerThresholds
from foley_surface_agent.domain.footwear import MOST_BELIEF, NEVER_LOOKED, local_footwear
from foley_surface_agent.domain.types import SURFACES, Override, SeenShoe
from foley_surface_agent.job import SurfaceJob
from foley_surface_agent.pipeline import look_at_feet, look_at_grounds, report_of
from support.feet import NAVY, SHOES, Drawing

BARE, COVERED, SMALL = (
    FootLook(state) for state in (FootState.BARE, FootState.COVERED, FootState.TOO_SMALL)
)
CLIP_S, RATE_HZ = 3.0, 10


def steps_of(count: int, sides: tuple[Side, ...] = (Side.LEFT, Side.RIGHT)) -> list[Footstep]:
    x, y = Drawing().heel_px
    tall = Drawing().height_px
    return [
        Footstep(
            f"t1-{i:04d}", 1, sides[i % len(sides)], 0.2 + 0.4 * i, None, 1.0, 0.0, 0.5, None, None,
            x, y, tall,
        )
        for i in range(count)
    ]  # fmt: skip


def worn(looks: list[FootLook | None], **said: object) -> list[FootwearSpan]:
    return local_footwear(steps_of(len(looks), **said), looks, clip_end_s=CLIP_S)  # type: ignore[arg-type]


def test_bare_feet_at_enough_steps_are_barefoot_and_the_answer_says_how_coarse_it_is():
    (span,) = worn([BARE] * 6)
    assert (span.footwear, span.source) == (Footwear.BAREFOOT, AnswerSource.LOCAL_MODEL)
    assert (span.start_time_s, span.end_time_s) == (0.0, CLIP_S)
    assert span.reason.startswith("Coarse: bare feet")
    assert "kind of shoe is not told locally" in span.reason


def test_belief_grows_with_the_looks_and_stays_modest():
    few, more, many = (worn([BARE] * count)[0].confidence for count in (3, 4, 40))
    assert 0.5 < few < more <= many == MOST_BELIEF


@pytest.mark.parametrize(
    "looks",
    [
        [BARE] * 2,
        [BARE] * 3 + [COVERED] * 2,
        [BARE] * 3 + [FootLook(FootState.NO_OWN_SKIN)] * 2,
        [COVERED] * 5,
        [SMALL] * 5,
        [None] * 5,
    ],
    ids=["too few", "mixed", "of a colour the person has not", "covered", "too small", "no frames"],
)
def test_anything_less_is_the_default(looks: list[FootLook | None]):
    (span,) = worn(looks)
    assert (span.footwear, span.source) == (Footwear.SNEAKER, AnswerSource.DEFAULT)
    assert span.confidence == DEFAULT_FOOTWEAR_CONFIDENCE
    assert span.reason


def test_one_bare_foot_is_not_barefoot():
    assert worn([BARE] * 6, sides=(Side.LEFT,))[0].source is AnswerSource.DEFAULT


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        ([COVERED] * 5, "Coarse: by colour the feet are not bare, or not wholly, at 5 of 5 steps"),
        ([SMALL] * 4 + [BARE], "too small in the picture at 4 of 5 steps"),
        ([FootLook(FootState.SKIN_GROUND)] * 3, "the ground has the colour of skin"),
        ([BARE] * 2, "too few steps"),
        ([None], NEVER_LOOKED),
    ],
)
def test_the_default_says_why(looks: list[FootLook | None], words: str):
    assert words in worn(looks)[0].reason


def test_shots_are_judged_apart_and_joined_when_they_say_the_same():
    looks = [BARE] * 3 + [COVERED] * 3
    first, second = local_footwear(steps_of(6), looks, clip_end_s=CLIP_S, cuts_s=[1.3])
    assert (first.footwear, second.footwear) == (Footwear.BAREFOOT, Footwear.SNEAKER)
    assert (first.end_time_s, second.start_time_s, second.end_time_s) == (1.3, 1.3, CLIP_S)
    assert len(local_footwear(steps_of(6), [BARE] * 6, clip_end_s=CLIP_S, cuts_s=[1.3])) == 1


class AnyGround:
    """A classifier that knows nothing."""

    name = "any"
    thresholds = AnswerThresholds(0.5, 0.5)

    def log_probabilities(self, patches: np.ndarray) -> np.ndarray:
        return np.full((len(patches), len(SURFACES)), -np.log(len(SURFACES)))


def filmed(folder: Path, drawing: Drawing) -> tuple[Path, SurfaceJob]:
    """Somebody who steps on the spot for three seconds."""
    width, height = drawing.size_px
    path = folder / "clip.mp4"
    with VideoWriter(
        path, width_px=width, height_px=height, frame_rate=Fraction(RATE_HZ)
    ) as writer:
        for i in range(int(CLIP_S * RATE_HZ)):
            picture = drawing.picture(seed=i)[..., ::-1]
            writer.write(np.ascontiguousarray(picture), i / RATE_HZ)
    left, top, right, bottom = drawing.box_px
    boxes = tuple(
        TrackBox(0.5 * i, left, top, right - left, bottom - top) for i in range(int(2 * CLIP_S) + 1)
    )
    return path, SurfaceJob(tuple(steps_of(6)), (Track(1, boxes),), height, CLIP_S)


@pytest.fixture(scope="module")
def barefoot(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SurfaceJob]:
    return filmed(tmp_path_factory.mktemp("bare"), Drawing(legs=NAVY))


def test_a_barefoot_clip_is_reported_barefoot(barefoot: tuple[Path, SurfaceJob]):
    video, job = barefoot
    looks = look_at_grounds(video, job, AnyGround())
    (shoe,) = report_of(looks.grounds, VisionFindings(), job, AnyGround(), looks.feet).footwear
    assert (shoe.footwear, shoe.source) == (Footwear.BAREFOOT, AnswerSource.LOCAL_MODEL)
    assert shoe.reason.startswith("Coarse")


def test_a_clip_in_shoes_is_reported_with_the_default(tmp_path: Path):
    video, job = filmed(tmp_path, Drawing(foot=SHOES["beige"]))
    looks = look_at_grounds(video, job, AnyGround())
    (shoe,) = report_of(looks.grounds, VisionFindings(), job, AnyGround(), looks.feet).footwear
    assert (shoe.footwear, shoe.source) == (Footwear.SNEAKER, AnswerSource.DEFAULT)


def test_feet_are_looked_at_also_where_the_ground_is_said(barefoot: tuple[Path, SurfaceJob]):
    video, job = barefoot
    looks = look_at_feet(video, job)
    assert looks.grounds == ()
    assert [shoe.footwear for shoe in looks.feet] == [Footwear.BAREFOOT]


def test_the_vision_models_shoe_and_the_callers_word_come_first(barefoot: tuple[Path, SurfaceJob]):
    video, job = barefoot
    looks = look_at_feet(video, job)
    seen = VisionFindings(shoes={1: SeenShoe(1, Footwear.SANDAL, 0.8)})
    (shoe,) = report_of(looks.grounds, seen, job, AnyGround(), looks.feet).footwear
    assert (shoe.footwear, shoe.source) == (Footwear.SANDAL, AnswerSource.VISION_MODEL)
    said = SurfaceJob(
        job.steps, job.tracks, job.picture_height_px, job.clip_end_s,
        (Override(0, 0.0, float("inf"), None, Footwear.BOOT),),
    )  # fmt: skip
    assert look_at_feet(video, said).feet == ()
    final = report_of((), VisionFindings(), said, AnyGround(), looks.feet)
    assert {shoe.footwear for shoe in final.footwear} == {Footwear.BOOT}
