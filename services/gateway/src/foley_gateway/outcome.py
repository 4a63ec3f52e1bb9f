"""What the stages of one render made, and what of it is exported, delivered and told."""

from __future__ import annotations

from dataclasses import dataclass

from foley_common.objects import ObjectRef
from foley_common.sound import SessionFormat
from foley_gateway.domain.types import (
    DetectionResult,
    GroundSound,
    RenderFile,
    RenderSummary,
    SoundResult,
    VideoResult,
)
from foley_gateway.stages import ExportRequest
from foley_gateway.steps import Prepared

_FOOTSTEPS_ONLY_FORMATS = (SessionFormat.CSV, SessionFormat.JSON, SessionFormat.TIMECODE_TEXT)


@dataclass(frozen=True, slots=True)
class EditedSteps:
    """The steps after the caller's changes.

    Attributes:
        detection: What was found, with the steps as they are now.
        unused: Positions of changes that change nothing.
        steps_digest, places_digest: See `RenderPlan`.
    """

    detection: DetectionResult
    unused: tuple[int, ...] = ()
    steps_digest: str = ""
    places_digest: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """The results of a render's stages.

    Attributes:
        detection: The footsteps.
        surfaces: The surface report; an empty one with footsteps only.
        sound: None with footsteps only.
        video: None with footsteps only.
        unused_step_edits: Positions of the caller's changes of steps that change nothing.
    """

    detection: DetectionResult
    surfaces: ObjectRef
    sound: SoundResult | None
    video: VideoResult | None
    unused_step_edits: tuple[int, ...] = ()


def export_request(prepared: Prepared, made: Made) -> ExportRequest:
    """What the audio service is asked to write files of.

    Args:
        prepared: With the plan and the style as they were when the sound was made.
        made: What there is to tell.
    """
    options, sound, video = prepared.options, made.sound, made.video
    return ExportRequest(
        footsteps=made.detection.footsteps,
        surfaces=made.surfaces,
        style=options.style,
        video_name=prepared.clip.display_name,
        output_prefix=prepared.plan.exports_prefix,
        formats=options.formats or (_FOOTSTEPS_ONLY_FORMATS if options.footsteps_only else ()),
        loudness=sound.loudness if sound else None,
        sync=video.sync if video else None,
        session=options.session,
        cues=sound.cues if sound else None,
        mix=sound.mix if sound else None,
        foley=sound.foley if sound else None,
        stems=sound.stems if sound else (),
        video=video.foley_video if video else None,
        mix_tail=sound.mix_tail if sound else None,
        foley_tail=sound.foley_tail if sound else None,
    )


def media_files(made: Made) -> list[RenderFile]:
    """Videos and sounds that are delivered, under the names they are stored by."""
    sound, video = made.sound, made.video
    refs = [video.foley_video, video.untouched, video.annotated_video] if video else []
    refs += (
        [sound.mix, sound.foley, sound.cues, *(stem.sound for stem in sound.stems)] if sound else []
    )
    return [RenderFile(ref.key.rsplit("/", 1)[-1], ref) for ref in refs if ref is not None]


def summary_of(
    prepared: Prepared,
    made: Made,
    ground_sounds: tuple[GroundSound, ...],
    unused_overrides: tuple[int, ...],
) -> RenderSummary:
    """The figures of a finished render.

    Args:
        prepared: The plan and what was asked for.
        made: The stages' results.
        ground_sounds: Where each ground's sound came from.
        unused_overrides: Places of the overrides that no step stood in.
    """
    return RenderSummary(
        made.detection.footstep_count,
        made.detection.walker_count,
        made.sound.loudness if made.sound else None,
        made.video.sync if made.video else None,
        ground_sounds,
        "" if prepared.options.footsteps_only else prepared.plan.surfaces_key,
        unused_overrides,
        made.unused_step_edits,
    )
