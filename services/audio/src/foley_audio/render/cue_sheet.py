"""``cues.json``: which step stands at which sample, and with what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from foley_audio.domain.types import FootstepCue, Style
from foley_common.storage.failures import from_os_error

CUES_SCHEMA = 1


def write_cues(
    path: Path,
    cues: Sequence[FootstepCue],
    style: Style,
    total_samples: int,
    buses: Mapping[str, float | str],
) -> None:
    """Write the file, cue by cue.

    Args:
        path: The file.
        cues: In order of time.
        style: How the programme was made.
        total_samples: Length of the programme.
        buses: Channels of the mix, and the gains in it.
    """
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(_text(cues, style, total_samples, buses))
    except OSError as error:
        raise from_os_error(error, path=path.name) from error


def _text(
    cues: Sequence[FootstepCue], style: Style, total_samples: int, buses: Mapping[str, float | str]
) -> Iterator[str]:
    head = {
        "schema": CUES_SCHEMA,
        "sample_rate_hz": style.sample_rate_hz,
        "total_samples": total_samples,
        "seed": style.seed,
        "nudge_s": style.nudge_s,
        **buses,
    }
    yield _json(head).removesuffix("}") + ',"cues":['
    for number, cue in enumerate(cues):
        yield ("," if number else "") + _json(_entry(cue))
    yield "]}"


def _entry(cue: FootstepCue) -> dict[str, Any]:
    return {
        "footstep_id": cue.footstep_id,
        "track_id": cue.track_id,
        "time_s": cue.time_s,
        "onset_sample": cue.onset_sample,
        "intensity": round(cue.spec.strength, 6),
        "pan": round(cue.placement.pan, 6),
        "gain_db": round(cue.placement.gain_db, 4),
        "distance_m": round(cue.placement.distance_m, 4),
        "room": cue.room.value,
        "surface": cue.spec.surface.value,
        "wet": cue.spec.wet,
        "footwear": cue.spec.footwear.value,
        "gait": cue.spec.gait_kind.value,
        "stance_time_s": round(cue.spec.stance_time_s, 6),
        "seed": cue.spec.seed,
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
