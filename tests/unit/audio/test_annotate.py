"""The annotated copy: what is drawn, when, where, and that the video below it is still the video."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from foley_audio.domain.types import PlacedCue
from foley_audio.render.annotate import Annotator
from foley_audio.render.camera_path import CameraPath
from foley_audio.render.lettering import Lettering
from foley_audio.render.markers import VISIBLE_S, marks_during
from foley_audio.render.palette import COLOUR_OF, sizes_for
from foley_audio.render.people import CONNECTIONS, colour_of_points
from foley_audio.render.video import RenderedVideo, render_video
from foley_common.errors import StoreFull
from foley_common.footsteps import Footstep, GaitKind, Side
from foley_common.media.decode import frame_times_s, read_frames
from foley_common.media.info import VideoInfo
from foley_common.media.probe import probe
from foley_common.pose_tracks import PoseTracks
from foley_common.programme import SessionOptions
from foley_common.surfaces import (
    AnswerSource,
    Surface,
    SurfaceAnswer,
    SurfaceGroup,
    SurfaceReport,
    SurfaceSpan,
)
from support import clips

GRAVEL = SurfaceAnswer(
    Surface.GRAVEL, Surface.GRAVEL, SurfaceGroup.AGGREGATE, 0.9, AnswerSource.OVERRIDE
)
REPORT = SurfaceReport((SurfaceSpan(0, 0.0, 100.0, GRAVEL),))
INFO = VideoInfo(640, 360, Fraction(30), 60, 2.0, "h264")


def _step(
    number: int, time_s: float, side: Side, x_px: float = 320.0, y_px: float = 180.0
) -> Footstep:
    return Footstep(
        f"t1-{number:04d}",
        1,
        side,
        time_s,
        time_s + 0.6,
        0.9,
        0.8,
        0.62,
        GaitKind.WALK,
        None,
        x_px,
        y_px,
        200.0,
    )


def _poses(
    *,
    times_s: NDArray[np.float64],
    shift_px: float = 0.0,
    cut_at: int | None = None,
    size: tuple[int, int] = (640, 360),
) -> PoseTracks:
    """One person who stands still in front of a camera that pans by ``shift_px`` a frame."""
    n = times_s.size
    camera = np.tile(np.eye(2, 3), (n, 1, 1))
    camera[1:, 0, 2] = shift_px
    is_cut = np.zeros(n, np.bool_)
    if cut_at is not None:
        is_cut[cut_at] = True
    landmarks = np.full((n, 33, 2), np.nan, np.float32)
    landmarks[:, 23], landmarks[:, 25], landmarks[:, 27] = (100, 100), (100, 140), (100, 180)
    landmarks[:, 24], landmarks[:, 26], landmarks[:, 28] = (140, 100), (140, 140), (140, 180)
    return PoseTracks(
        width_px=size[0],
        height_px=size[1],
        time_s=times_s,
        frame_index=np.arange(n),
        camera_from_previous=camera,
        is_cut=is_cut,
        is_duplicate=np.zeros(n, np.bool_),
        row_frame=np.arange(n),
        row_track=np.ones(n, np.int64),
        box_xyxy_px=np.tile(np.array([80, 60, 160, 200], np.float32), (n, 1)),
        box_confidence=np.ones(n, np.float32),
        box_is_detected=np.ones(n, np.bool_),
        landmarks_xy_px=landmarks,
        visibility=np.isfinite(landmarks[..., 0]).astype(np.float32),
        pose_confidence=np.ones(n, np.float32),
        appearance_track=np.zeros(0, np.int64),
        appearance=np.zeros((0, 4), np.float32),
    )


def _is(picture: NDArray[np.uint8], x: float, y: float, side: Side) -> bool:
    """True when a pixel there has the colour of the foot."""
    patch = (
        picture[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2].reshape(-1, 3).astype(int)
    )
    return bool(np.abs(patch - np.array(COLOUR_OF[side])).max(axis=1).min() < 12)


def test_a_mark_appears_on_the_frame_of_the_contact_and_stays() -> None:
    steps = [_step(1, 1.01, Side.LEFT)]
    shown = [index for index in range(60) if marks_during(steps, index / 30, (index + 1) / 30)]

    assert shown[0] == 30  # on screen from 1.000 to 1.033 s
    assert (len(shown) - 1) / 30 >= 0.4
    assert shown == list(range(30, 30 + len(shown)))
    opacities = [marks_during(steps, index / 30, (index + 1) / 30)[0].opacity for index in shown]
    assert opacities == sorted(opacities, reverse=True)
    assert min(opacities[:13]) == 1.0  # 0.4 s in full


def test_a_mark_is_seen_even_at_one_frame_a_second() -> None:
    assert marks_during([_step(1, 1.99, Side.LEFT)], 1.0, 2.0)
    assert not marks_during([_step(1, 1.99, Side.LEFT)], 3.0, 4.0)


def test_long_lists_are_not_gone_through_for_every_frame() -> None:
    steps = [_step(number, number * 0.5, Side.LEFT) for number in range(5_000)]
    marks = marks_during(steps, 1_000.0, 1_000.04)

    assert [mark.step.footstep_id for mark in marks] == ["t1-1999", "t1-2000"]
    assert marks[0].age_s == pytest.approx(0.5)
    assert VISIBLE_S < 1.0


def test_the_contact_point_has_the_colour_of_the_foot() -> None:
    black = np.zeros((360, 640, 3), np.uint8)
    for side in Side:
        annotator = Annotator(INFO, [_step(1, 0.5, side, 123.4, 210.6)], REPORT, None)
        canvas = annotator.draw(black, time_s=0.5, end_s=0.533)
        assert _is(canvas, 123.4, 210.6, side)
        assert not _is(canvas, 123.4, 210.6, side.other)
        before = annotator.draw(black, time_s=0.4, end_s=0.433)
        assert not before[:360].any()


def test_the_picture_itself_is_not_changed() -> None:
    picture = np.full((360, 640, 3), 90, np.uint8)
    canvas = Annotator(INFO, [_step(1, 0.5, Side.LEFT)], REPORT, None).draw(
        picture, time_s=0.5, end_s=0.53
    )

    assert (picture == 90).all()
    assert (canvas[:100, :200] == 90).all()
    assert canvas.shape[0] > 360  # the time line hides nothing of the picture


@pytest.mark.parametrize("point", [(0, 0), (639, 359), (-50, 400), (320, 359), (5, 180)])
def test_marks_and_labels_at_the_edge_do_not_break(point: tuple[float, float]) -> None:
    step = _step(1, 0.5, Side.RIGHT, *point)
    canvas = Annotator(INFO, [step], REPORT, None).draw(
        np.zeros((360, 640, 3), np.uint8), time_s=0.6, end_s=0.63
    )

    assert canvas[:360].any()  # the label, at least, is inside


@pytest.mark.parametrize("y_px", [40.0, 180.0, 270.0, 340.0])
def test_labels_do_not_cover_each_other(monkeypatch: pytest.MonkeyPatch, y_px: float) -> None:
    corners: list[tuple[int, int]] = []
    original = Lettering.draw

    def spy(
        self: Lettering,
        picture: object,
        text: str,
        corner: tuple[int, int],
        *args: object,
        **kwargs: object,
    ) -> None:
        if text.startswith("t1-"):
            corners.append(corner)
        original(self, picture, text, corner, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Lettering, "draw", spy)
    steps = [
        _step(number, 0.2 * number, Side.LEFT, 300.0 + 12 * number, y_px) for number in (1, 2, 3, 4)
    ]
    Annotator(INFO, steps, REPORT, None).draw(
        np.zeros((360, 640, 3), np.uint8), time_s=0.82, end_s=0.85
    )

    line_px, width_px = Lettering(11).line_px, Lettering(11).width_of("t1-0004 LEFT")
    assert len(corners) == 4
    for number, (x, y) in enumerate(corners):
        assert all(
            abs(x - other_x) >= width_px or abs(y - other_y) >= 2 * line_px
            for other_x, other_y in corners[:number]
        )


@pytest.mark.parametrize(
    ("labels", "drawn"),
    [
        (SessionOptions(), "00:00:01:15"),
        (SessionOptions("10:00:00:00"), "10:00:01:15"),
        (SessionOptions("10:00:00:00", offset_s=2.0, handles_s=1.0), "10:00:03:15"),
        (SessionOptions("23:59:59:00"), "00:00:00:15"),
    ],
)
def test_time_code_counts_as_in_the_session_files(
    labels: SessionOptions, drawn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    original = Lettering.draw

    def spy(self: Lettering, picture: object, text: str, *args: object, **kwargs: object) -> None:
        written.append(text)
        original(self, picture, text, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Lettering, "draw", spy)
    Annotator(INFO, [], REPORT, None, labels).draw(
        np.zeros((360, 640, 3), np.uint8), time_s=1.5, end_s=1.53
    )
    assert drawn in written
    assert "frame 45" in written


def test_skeleton_in_the_colours_of_the_sides() -> None:
    times_s = np.arange(10) / 30
    annotator = Annotator(INFO, [], REPORT, _poses(times_s=times_s))
    canvas = annotator.draw(np.zeros((360, 640, 3), np.uint8), time_s=times_s[4], end_s=times_s[5])

    assert _is(canvas, 100, 160, Side.LEFT)
    assert _is(canvas, 140, 160, Side.RIGHT)
    assert canvas[60, 120].min() > 200  # the box
    assert not annotator.draw(np.zeros((360, 640, 3), np.uint8), time_s=1.5, end_s=1.53)[:360].any()


def test_connections_are_mediapipes() -> None:
    assert len(set(CONNECTIONS)) == 35
    assert {point for pair in CONNECTIONS for point in pair} == set(range(33))
    assert colour_of_points(27, 31) == COLOUR_OF[Side.LEFT]
    assert colour_of_points(28, 32) == COLOUR_OF[Side.RIGHT]
    assert colour_of_points(23, 24) not in COLOUR_OF.values()


def test_colours_differ_for_people_who_see_no_red_or_green() -> None:
    """Viénot, Brettel and Mollon 1999: both dichromacies keep the blue-yellow axis; grey sight keeps brightness."""
    left, right = (np.array(COLOUR_OF[side], float) for side in Side)

    assert abs((left[0] - left[1:].mean()) - (right[0] - right[1:].mean())) > 150


def test_marks_follow_the_camera_and_end_at_a_cut() -> None:
    times_s = np.arange(20) / 10
    path = CameraPath(_poses(times_s=times_s, shift_px=-5.0))
    assert path.carry(300.0, 100.0, 0.5, 1.0) == pytest.approx((275.0, 100.0))
    assert path.carry(300.0, 100.0, 1.0, 0.5) == pytest.approx((325.0, 100.0))

    cut = CameraPath(_poses(times_s=times_s, shift_px=-5.0, cut_at=8))
    assert cut.carry(300.0, 100.0, 0.5, 0.7) == pytest.approx((290.0, 100.0))
    assert cut.carry(300.0, 100.0, 0.5, 1.0) is None
    assert CameraPath(None).carry(1.0, 2.0, 0.0, 9.0) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("width", "height"), [(640, 360), (1768, 994), (3840, 2160), (1080, 1920), (64, 48), (161, 121)]
)
def test_letters_are_readable_and_the_time_fits(width: int, height: int) -> None:
    sizes = sizes_for(width, height)
    letters = Lettering(sizes.text_px)

    assert sizes.text_px >= 11
    assert sizes.strip_px % 2 == 0
    if width >= 360:
        assert letters.width_of("00:00:00:00   0.000 s   frame 1234") < width
    assert sizes.text_px <= height / 4


def test_label_names_step_side_ground_and_strength(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    original = Lettering.draw

    def spy(self: Lettering, picture: object, text: str, *args: object, **kwargs: object) -> None:
        drawn.append(text)
        original(self, picture, text, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Lettering, "draw", spy)
    annotator = Annotator(INFO, [_step(7, 1.0, Side.LEFT)], REPORT, None)
    annotator.draw(np.zeros((360, 640, 3), np.uint8), time_s=1.0, end_s=1.03)

    assert {
        "t1-0007 LEFT",
        "gravel, strength 0.62",
        "00:00:01:00",
        "1.000 s",
        "frame 30",
        "steps 1/1",
    } <= set(drawn)


@pytest.mark.parametrize(
    ("surface", "wet", "words"),
    [
        (Surface.GRAVEL, False, "gravel"),
        (None, False, "gravel?"),
        (Surface.GRAVEL, True, "wet gravel"),
    ],
)
def test_a_guess_and_a_wet_ground_are_called_so(
    monkeypatch: pytest.MonkeyPatch, surface: Surface | None, wet: bool, words: str
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(
        Lettering, "draw", lambda _self, _picture, text, *_a, **_k: drawn.append(text)
    )
    span = REPORT.surfaces[0]
    answer = replace(span.answer, surface=surface, best_guess=Surface.GRAVEL, wet=wet)
    report = SurfaceReport((replace(span, answer=answer),))
    annotator = Annotator(INFO, [_step(7, 1.0, Side.LEFT)], report, None)
    annotator.draw(np.zeros((360, 640, 3), np.uint8), time_s=1.0, end_s=1.03)
    assert f"{words}, strength 0.62" in drawn


def _render(
    video: Path, out: Path, steps: tuple[Footstep, ...], poses: PoseTracks | None = None
) -> RenderedVideo:
    info = probe(video)
    contacts = [step.initial_contact_time_s for step in steps]
    mix = clips.write_wav(video.with_name("mix.wav"), clips.clicks(contacts, info.duration_s))
    cues = [
        PlacedCue(s.footstep_id, s.initial_contact_time_s, round(s.initial_contact_time_s * 48_000))
        for s in steps
    ]
    out.mkdir(exist_ok=True)
    seen: list[tuple[int, int, str]] = []
    rendered = render_video(
        video, mix, cues, steps, REPORT, poses, out, lambda *item: seen.append(item)
    )
    assert seen[-1] == (2 * info.frame_count, 2 * info.frame_count, "frames")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    return rendered


STEPS = (
    _step(1, 0.3, Side.LEFT, 60, 90),
    _step(2, 0.8, Side.RIGHT, 100, 95),
    _step(3, 1.3, Side.LEFT, 140, 90),
)


def test_rendered_video(tmp_path: Path) -> None:
    video = clips.clip(
        tmp_path / "clip.mp4", frame_count=48, rate=clips.NTSC_24, width_px=640, height_px=360
    )
    poses = _poses(times_s=frame_times_s(video))
    rendered = _render(video, tmp_path / "out", STEPS, poses)

    assert rendered.foley_video.name == "foley.mp4"
    assert rendered.foley_video_untouched is None
    assert rendered.annotated_video.name == "annotated.mp4"
    assert np.array_equal(frame_times_s(rendered.annotated_video), frame_times_s(video))
    frames = list(read_frames(rendered.annotated_video))
    assert [clips.frame_number_of(frame.picture[:360]) for frame in frames[:7]] == list(range(7))
    info = probe(rendered.annotated_video)
    assert info.width_px == 640
    assert (info.frame_rate, info.audio_codec) == (clips.NTSC_24, "aac")
    assert (rendered.sync.placed_count, rendered.sync.max_placement_error_samples) == (3, 0)
    assert abs(rendered.sync.delivered_offset_ms) < 1.0
    assert rendered.sync.onsets_found_count == 3


@pytest.mark.parametrize(
    "kind", ["rotated", "odd", "variable", "one frame", "10 bit", "vp9", "silent and empty"]
)
def test_every_kind_of_video_is_annotated(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "clip.mp4"
    steps = STEPS
    if kind == "rotated":
        clips.normal(path, rotation_degrees=90)
    elif kind == "odd":
        clips.clip(path, width_px=161, height_px=121, pixel_format="yuv444p")
    elif kind == "variable":
        clips.variable_rate(path)
    elif kind == "one frame":
        clips.clip(path, frame_count=1)
    elif kind == "10 bit":
        clips.ten_bit_hdr(path)
    elif kind == "vp9":
        path = clips.vp9(tmp_path / "clip.webm")
    else:
        clips.clip(path)
        steps = ()
    rendered = _render(path, tmp_path / "out", steps)
    before, after = probe(path), probe(rendered.annotated_video)

    assert np.allclose(frame_times_s(rendered.annotated_video), frame_times_s(path), atol=2e-5)
    assert after.width_px == before.width_px + before.width_px % 2
    assert after.height_px > before.height_px
    assert (rendered.foley_video_untouched is not None) == (kind == "vp9")
    if kind == "silent and empty":
        assert rendered.sync == type(rendered.sync)()


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    out = tmp_path / "out"
    out.mkdir()
    (out / "foley.mp4").symlink_to("/dev/full")

    with pytest.raises(StoreFull, match="no space"):
        _render(clips.clip(tmp_path / "clip.mp4", frame_count=60), out, STEPS)


@pytest.mark.shared
def test_marks_stand_on_the_feet_of_a_rendered_walker() -> None:
    import json

    folder = Path(__file__).parents[4] / "shared" / "data" / "rendered"
    if not folder.is_dir():
        pytest.skip("../shared/data/rendered is not here")
    truth = json.loads((folder / "d01_side_walk_30.json").read_text())
    contact = next(
        e
        for e in truth["people"][0]["events"]
        if e["type"] == "strike" and e["in_frame"] and e["t"] > 1
    )
    video = folder / truth["video"]
    step = _step(1, contact["t"], Side(contact["foot"].lower()), contact["x_px"], contact["y_px"])
    annotator = Annotator(probe(video), [step], REPORT, None)
    end_s = contact["t"] + 0.1
    for frame in read_frames(video, start_s=contact["t"] - 1 / 30, end_s=end_s):
        canvas = annotator.draw(frame.picture, time_s=frame.time_s, end_s=frame.time_s + 1 / 30)
        changed = cv2.absdiff(canvas[: frame.picture.shape[0]], frame.picture).any()
        assert changed == (frame.time_s + 1 / 30 > contact["t"])
