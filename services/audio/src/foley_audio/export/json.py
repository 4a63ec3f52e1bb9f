"""``footsteps.json``: everything about the footsteps of one video, for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from foley_audio.domain.cues import sounded_ground
from foley_audio.domain.types import Session
from foley_audio.export.clock import SessionClock
from foley_audio.export.moments import Moment, moments_of
from foley_common.footsteps import Footstep, Track
from foley_common.surfaces import SurfaceReport

SCHEMA = "foley-footsteps/1"
TYPE_OF = {"HEEL_STRIKE": "strike", "TOE_OFF": "toe_off"}


def footsteps_json(session: Session) -> str:
    """The file's content: UTF-8 JSON without NaN."""
    return "".join(json_parts(session))


def json_parts(session: Session) -> Iterator[str]:
    """The same in parts, an event at a time: the document of a long clip is ten times its text in memory."""
    surfaces = session.surfaces
    yield "{"
    yield from _member("schema", SCHEMA, first=True)
    yield from _member("video", session.video_name)
    yield from _member("video_info", video_fields(session))
    yield from _member("session", session_fields(session))
    ground_at = _ground if session.has_grounds else _no_ground
    grounds = {step.footstep_id: ground_at(step, surfaces) for step in session.footsteps}
    moments = moments_of(session)
    yield from _list("events", (_event(at, grounds[at.step.footstep_id]) for at in moments))
    yield from _list(
        "footsteps", (_footstep(step, grounds[step.footstep_id]) for step in session.footsteps)
    )
    yield from _list("tracks", (_track(track) for track in session.tracks))
    for name, value in ground_fields(surfaces).items():
        yield from _member(name, value)
    yield from _member("statistics", statistics_fields(session))
    yield from _member(
        "models", [{"name": model.name, "sha256": model.sha256} for model in session.models]
    )
    yield "\n}\n"


def finite(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """A value whose numbers JSON can write: what is not finite is null.

    >>> finite({"a": [1.0, float("nan")]})
    {'a': [1.0, None]}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def session_fields(session: Session) -> dict[str, Any]:
    """Where a session's positions count from; the lists of what was seen are not moved by the nudge."""
    options = session.options
    clock = SessionClock(session.video, options)
    return {
        "start_timecode": clock.label(0),
        "offset_s": options.offset_s,
        "handles_s": options.handles_s,
        "nudge_s": session.style.nudge_s if session.style else 0.0,
    }


def video_fields(session: Session) -> dict[str, Any]:
    """What is known about the video."""
    video = session.video
    return {
        "width_px": video.width_px,
        "height_px": video.height_px,
        "frame_rate": f"{video.frame_rate.numerator}/{video.frame_rate.denominator}",
        "nominal_frame_rate": f"{video.timecode_rate.numerator}/{video.timecode_rate.denominator}",
        "frame_count": video.frame_count,
        "duration_s": video.duration_s,
        "video_codec": video.video_codec,
        "rotation_degrees": video.rotation_degrees,
        "variable_frame_rate": video.variable_frame_rate,
        "audio_codec": video.audio_codec,
        "start_timecode": video.start_timecode,
    }


def statistics_fields(session: Session) -> dict[str, int]:
    """How much of the clip the detector could see."""
    return {
        "frame_count": session.statistics.frame_count,
        "person_frame_count": session.statistics.person_frame_count,
        "pose_frame_count": session.statistics.pose_frame_count,
    }


def ground_fields(surfaces: SurfaceReport) -> dict[str, Any]:
    """Spans of grounds and shoes. A span without an end has ``end_seconds`` null."""
    return {
        "surfaces": [
            {
                "track_id": span.track_id,
                "start_seconds": span.start_time_s,
                "end_seconds": _finite(span.end_time_s),
                "surface": span.answer.surface.value if span.answer.surface else None,
                "sounded": span.answer.sounded.value,
                "group": span.answer.group.value if span.answer.group else None,
                "wet": span.answer.wet,
                "place": span.answer.place.value if span.answer.place else None,
                "room_size": span.answer.room_size.value if span.answer.room_size else None,
                "confidence": span.answer.confidence,
                "source": span.answer.source.value,
                "description": span.answer.description,
                "reasoning": span.answer.reasoning,
                "sound_suggestions": list(span.answer.sound_suggestions),
                "model": span.answer.model,
                "prompt_version": span.answer.prompt_version,
            }
            for span in surfaces.surfaces
        ],
        "footwear": [
            {
                "track_id": span.track_id,
                "start_seconds": span.start_time_s,
                "end_seconds": _finite(span.end_time_s),
                "footwear": span.footwear.value if span.footwear else None,
                "confidence": span.confidence,
                "source": span.source.value,
                "reason": span.reason,
            }
            for span in surfaces.footwear
        ],
        "surface_fallback_reason": surfaces.fallback_reason,
    }


def _member(name: str, value: Any, *, first: bool = False) -> Iterator[str]:  # noqa: ANN401
    yield f"{'' if first else ','}\n {json.dumps(name)}: {_text(value)}"


def _list(name: str, items: Iterable[Any]) -> Iterator[str]:
    yield f",\n {json.dumps(name)}: ["
    for i, item in enumerate(items):
        yield f"{',' if i else ''}\n  {_text(item)}"
    yield "\n ]"


def _text(value: Any) -> str:  # noqa: ANN401
    return json.dumps(finite(value), ensure_ascii=False, allow_nan=False)


def _track(track: Track) -> dict[str, Any]:
    return {
        "track_id": track.track_id,
        "cadence_spm": track.cadence_spm,
        "stance_time_s": track.stance_time_s,
        "step_time_s": track.step_time_s,
        "stride_time_s": track.stride_time_s,
        "boxes": [
            {
                "time_seconds": round(box.time_s, 6),
                "bbox_xywh": [
                    round(value, 1) for value in (box.x_px, box.y_px, box.width_px, box.height_px)
                ],
            }
            for box in track.boxes
        ],
    }


class _Ground(NamedTuple):
    """What a step sounds on, None where nobody looked; ``wet`` is None where nobody said, and it is sounded dry."""

    surface: str | None
    wet: bool | None
    footwear: str | None


def _ground(step: Footstep, surfaces: SurfaceReport) -> _Ground:
    answer = surfaces.surface_at(step.track_id, step.initial_contact_time_s)
    shoe = surfaces.footwear_at(step.track_id, step.initial_contact_time_s)
    surface, _, footwear = sounded_ground(answer, shoe)
    return _Ground(surface.value, answer.wet if answer else None, footwear.value)


def _no_ground(_step: Footstep, _surfaces: SurfaceReport) -> _Ground:
    return _Ground(None, None, None)


def _event(moment: Moment, ground: _Ground) -> dict[str, Any]:
    step = moment.step
    return {
        "footstep_id": step.footstep_id,
        "track_id": step.track_id,
        "foot": step.side.value,
        "type": TYPE_OF[moment.event],
        "frame": moment.frame,
        "timecode": moment.timecode,
        "time_seconds": round(moment.time_s, 6),
        "confidence": round(moment.confidence, 4),
        "x": round(moment.xy_px[0], 1),
        "y": round(moment.xy_px[1], 1),
        "surface": ground.surface,
        "footwear": ground.footwear,
    }


def _footstep(step: Footstep, ground: _Ground) -> dict[str, Any]:
    return {
        "footstep_id": step.footstep_id,
        "track_id": step.track_id,
        "foot": step.side.value,
        "initial_contact_s": round(step.initial_contact_time_s, 6),
        "toe_off_s": None if step.toe_off_time_s is None else round(step.toe_off_time_s, 6),
        "confidence": round(step.confidence, 4),
        "toe_off_confidence": round(step.toe_off_confidence, 4),
        "strength": round(step.strength, 4),
        "gait": step.gait_kind.value if step.gait_kind else None,
        "strike_pattern": step.strike_pattern.value if step.strike_pattern else None,
        "x_px": round(step.x_px, 1),
        "y_px": round(step.y_px, 1),
        "person_height_px": round(step.person_height_px, 1),
        "surface": ground.surface,
        "wet": ground.wet,
        "footwear": ground.footwear,
    }


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
