"""``footsteps.json``: everything about the footsteps of one video, for programs."""

from __future__ import annotations

import json
from typing import Any

from foley_audio.domain.cues import ground_of
from foley_audio.domain.types import Session
from foley_audio.export.moments import Moment, moments_of
from foley_common.footsteps import Footstep
from foley_common.surfaces import SurfaceReport

SCHEMA = "foley-footsteps/1"
TYPE_OF = {"HEEL_STRIKE": "strike", "TOE_OFF": "toe_off"}


def footsteps_json(session: Session) -> str:
    """The file's content: UTF-8 JSON without NaN."""
    return json.dumps(_document(session), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _document(session: Session) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "video": session.video_name,
        "video_info": video_fields(session),
        "events": [_event(moment, session.surfaces) for moment in moments_of(session)],
        "footsteps": [_footstep(step, session.surfaces) for step in session.footsteps],
        "tracks": [
            {
                "track_id": track.track_id,
                "cadence_spm": track.cadence_spm,
                "stance_time_s": track.stance_time_s,
                "step_time_s": track.step_time_s,
                "stride_time_s": track.stride_time_s,
                "boxes": [
                    {
                        "time_seconds": round(box.time_s, 6),
                        "bbox_xywh": [
                            round(value, 1)
                            for value in (box.x_px, box.y_px, box.width_px, box.height_px)
                        ],
                    }
                    for box in track.boxes
                ],
            }
            for track in session.tracks
        ],
        **ground_fields(session.surfaces),
        "statistics": statistics_fields(session),
        "models": [{"name": model.name, "sha256": model.sha256} for model in session.models],
    }


def video_fields(session: Session) -> dict[str, Any]:
    """What is known about the video."""
    video = session.video
    return {
        "width_px": video.width_px,
        "height_px": video.height_px,
        "frame_rate": f"{video.frame_rate.numerator}/{video.frame_rate.denominator}",
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
            }
            for span in surfaces.footwear
        ],
        "surface_fallback_reason": surfaces.fallback_reason,
    }


def _event(moment: Moment, surfaces: SurfaceReport) -> dict[str, Any]:
    step = moment.step
    surface, _wet, footwear = ground_of(step, surfaces)
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
        "surface": surface.value,
        "footwear": footwear.value,
    }


def _footstep(step: Footstep, surfaces: SurfaceReport) -> dict[str, Any]:
    surface, wet, footwear = ground_of(step, surfaces)
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
        "surface": surface.value,
        "wet": wet,
        "footwear": footwear.value,
    }


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
