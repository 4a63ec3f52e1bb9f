"""``report.json``: what was found and made, in figures, with the proofs of sync and loudness."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import Any

from foley_audio.domain.cues import ground_of
from foley_audio.domain.types import Session
from foley_audio.export.json import (
    finite,
    ground_fields,
    session_fields,
    statistics_fields,
    video_fields,
)

SCHEMA = "foley-report/1"


def report_json(session: Session) -> str:
    """The file's content. What was not made (no sound, no video) is null."""
    document = finite(_document(session))
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _document(session: Session) -> dict[str, Any]:
    steps_on_grounds = session.footsteps if session.has_grounds else ()
    grounds = [ground_of(step, session.surfaces) for step in steps_on_grounds]
    steps_of = Counter(step.track_id for step in session.footsteps)
    return {
        "schema": SCHEMA,
        "video": session.video_name,
        "video_info": video_fields(session),
        "session": session_fields(session),
        "footstep_count": len(session.footsteps),
        "toe_off_count": sum(step.toe_off_time_s is not None for step in session.footsteps),
        "walker_count": len(steps_of),
        "footsteps_by_surface": _counted([surface.value for surface, _, _ in grounds]),
        "footsteps_by_footwear": _counted([footwear.value for _, _, footwear in grounds]),
        "footsteps_by_gait": _counted(
            [step.gait_kind.value if step.gait_kind else "unknown" for step in session.footsteps]
        ),
        "tracks": [
            {
                "track_id": track.track_id,
                "footstep_count": steps_of[track.track_id],
                "cadence_spm": track.cadence_spm,
                "stance_time_s": track.stance_time_s,
                "step_time_s": track.step_time_s,
                "stride_time_s": track.stride_time_s,
            }
            for track in session.tracks
        ],
        **ground_fields(session.surfaces),
        "statistics": statistics_fields(session),
        "style": None if session.style is None else dataclasses.asdict(session.style),
        "loudness": None if session.loudness is None else dataclasses.asdict(session.loudness),
        "stems": [
            {
                "name": stem.name,
                "kind": None if stem.kind is None else stem.kind.value,
                "track_id": stem.track_id,
                "side": None if stem.side is None else stem.side.value,
                "gain_db": stem.gain_db,
            }
            for stem in session.stems
        ],
        "sync": None if session.sync is None else dataclasses.asdict(session.sync),
        "vision_usage": (
            None if session.surfaces.usage is None else dataclasses.asdict(session.surfaces.usage)
        ),
        "models": [{"name": model.name, "sha256": model.sha256} for model in session.models],
    }


def _counted(words: list[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))
