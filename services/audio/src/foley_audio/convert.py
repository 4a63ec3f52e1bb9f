"""Between the audio contract's messages and the domain."""

from __future__ import annotations

import json
from typing import Any

from foley.audio.v1 import audio_service_pb2 as pb
from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley_audio.domain.clean import clean_steps
from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.types import DuckingShape, PlacedCue, Session, Stem, StepSpec, Style
from foley_audio.render.cue_sheet import CUES_SCHEMA
from foley_audio.sampling.builder import PackSpec
from foley_audio.session_export import ExportOrder, SessionMedia
from foley_common.errors import SchemaMismatch
from foley_common.footsteps import DetectedFootsteps, GaitKind, Side
from foley_common.objects import ObjectRef
from foley_common.packs import Provenance, Rejection
from foley_common.programme import LoudnessReport, SessionOptions, SyncReport
from foley_common.rpc.convert import (
    duration_from_proto,
    duration_to_proto,
    enum_from_proto,
    enum_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
)
from foley_common.rpc.programme import report_from_proto
from foley_common.sound import (
    DEFAULT_SAMPLE_RATE_HZ,
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
    StemKind,
)
from foley_common.surfaces import (
    DEFAULT_FOOTWEAR,
    DEFAULT_SURFACE,
    Footwear,
    Surface,
    SurfaceReport,
)

DEFAULT_BANK_STEPS = 8
DEFAULT_STRENGTH = 0.5


def style_from_proto(message: pb.Style) -> Style:
    """A style; everything that is not set takes its default."""
    return Style(
        seed=message.seed,
        original_sound=enum_from_proto(
            message.original_sound, "ORIGINAL_SOUND", pb.OriginalSound, OriginalSound
        )
        or OriginalSound.KEEP,
        loudness_preset=enum_from_proto(
            message.loudness_preset, "LOUDNESS_PRESET", pb.LoudnessPreset, LoudnessPreset
        )
        or LoudnessPreset.EBU_R128,
        sample_rate_hz=message.sample_rate_hz or DEFAULT_SAMPLE_RATE_HZ,
        engine=enum_from_proto(message.engine, "SOUND_ENGINE", pb.SoundEngine, SoundEngine)
        or (SoundEngine.SAMPLED if message.sample_packs else SoundEngine.PROCEDURAL),
        sample_packs=tuple(object_ref_from_proto(pack) for pack in message.sample_packs),
        room=enum_from_proto(message.room, "ROOM", pb.Room, Room) or Room.AUTO,
        perspective=enum_from_proto(message.perspective, "PERSPECTIVE", pb.Perspective, Perspective)
        or Perspective.AUTO,
        ducking=ducking_from_proto(message.ducking),
        sample_format=enum_from_proto(
            message.sample_format, "SAMPLE_FORMAT", pb.SampleFormat, SampleFormat
        )
        or SampleFormat.PCM_24,
        stems=message.stems,
        cloth=message.cloth,
        nudge_s=duration_from_proto(message.nudge),
    )


def ducking_from_proto(message: pb.Ducking) -> DuckingShape:
    """How the original gives way; what is not set takes its default, a depth of 0 too."""
    usual = DuckingShape()
    return DuckingShape(
        depth_db=message.depth_db or usual.depth_db,
        attack_s=(
            duration_from_proto(message.attack) if message.HasField("attack") else usual.attack_s
        ),
        hold_s=duration_from_proto(message.hold) if message.HasField("hold") else usual.hold_s,
        release_s=(
            duration_from_proto(message.release) if message.HasField("release") else usual.release_s
        ),
    )


def session_options_from_proto(message: pb.SessionOptions) -> SessionOptions:
    """Where positions count from, and how much media clips keep."""
    return SessionOptions(
        start_timecode=message.start_timecode,
        offset_s=duration_from_proto(message.offset),
        handles_s=duration_from_proto(message.handles),
    )


def stem_to_proto(
    stem: Stem, sound: media_pb2.ObjectRef, tail: media_pb2.ObjectRef | None = None
) -> pb.Stem:
    """A stem and its stored files to their message."""
    return pb.Stem(
        name=stem.name,
        sound=sound,
        tail=tail,
        kind=enum_to_proto(stem.kind, "STEM_KIND", pb.StemKind),  # type: ignore[arg-type]
        track_id=stem.track_id,
        side=enum_to_proto(stem.side, "SIDE", footstep_pb2.Side),  # type: ignore[arg-type]
        gain_db=stem.gain_db,
    )


def stem_from_proto(message: pb.Stem) -> Stem:
    """A message to a stem, without its file."""
    return Stem(
        name=message.name,
        kind=enum_from_proto(message.kind, "STEM_KIND", pb.StemKind, StemKind),
        track_id=message.track_id,
        side=enum_from_proto(message.side, "SIDE", footstep_pb2.Side, Side),
        gain_db=message.gain_db,
    )


def session_from_proto(
    request: pb.ExportSessionRequest, detected: DetectedFootsteps, surfaces: SurfaceReport
) -> Session:
    """An export request with its stored parts to what the exports tell."""
    return Session(
        video_name=request.video_name,
        video=detected.video,
        footsteps=clean_steps(detected.footsteps),
        tracks=detected.tracks,
        statistics=detected.statistics,
        models=detected.models,
        surfaces=surfaces,
        style=style_from_proto(request.style) if request.HasField("style") else None,
        loudness=report_from_proto(LoudnessReport, request.loudness)
        if request.HasField("loudness")
        else None,
        sync=report_from_proto(SyncReport, request.sync) if request.HasField("sync") else None,
        options=session_options_from_proto(request.session),
        stems=tuple(stem_from_proto(stem) for stem in request.stems),
    )


def export_order_from_proto(
    request: pb.ExportSessionRequest, detected: DetectedFootsteps, surfaces: SurfaceReport
) -> ExportOrder:
    """An export request with its stored parts to what is exported, of which media, as what."""
    refs = {
        name: object_ref_from_proto(getattr(request, name)) if request.HasField(name) else None
        for name in ("mix", "foley", "cues", "video")
    }
    stems = tuple(
        (stem_from_proto(stem), object_ref_from_proto(stem.sound)) for stem in request.stems
    )
    sounds_and_tails = [(stem.sound, stem.tail) for stem in request.stems if stem.HasField("tail")]
    if request.HasField("mix_tail"):
        sounds_and_tails.append((request.mix, request.mix_tail))
    if request.HasField("foley_tail"):
        sounds_and_tails.append((request.foley, request.foley_tail))
    tails = {
        object_ref_from_proto(sound): object_ref_from_proto(tail)
        for sound, tail in sounds_and_tails
    }
    words = (
        enum_from_proto(number, "SESSION_FORMAT", pb.SessionFormat, SessionFormat)
        for number in request.formats
    )
    return ExportOrder(
        session=session_from_proto(request, detected, surfaces),
        media=SessionMedia(**refs, stems=stems, tails=tails),
        formats=tuple(word for word in words if word is not None),
        output_prefix=request.output_prefix,
    )


def exported_to_proto(session_format: SessionFormat, file: ObjectRef) -> pb.ExportedFile:
    """A stored file of an export to its message."""
    number = enum_to_proto(session_format, "SESSION_FORMAT", pb.SessionFormat)
    return pb.ExportedFile(format=pb.SessionFormat.Name(number), file=object_ref_to_proto(file))


def bank_specs(request: pb.RenderStepBankRequest) -> list[StepSpec]:
    """The steps of a bank: left and right in turn, dice and floor of their own each."""
    gait_kind = (
        enum_from_proto(request.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind, GaitKind)
        or GaitKind.WALK
    )
    return [
        StepSpec(
            surface=enum_from_proto(request.surface, "SURFACE", surface_pb2.Surface, Surface)
            or DEFAULT_SURFACE,
            footwear=enum_from_proto(request.footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear)
            or DEFAULT_FOOTWEAR,
            gait_kind=gait_kind,
            strike_pattern=None,
            strength=request.strength or DEFAULT_STRENGTH,
            stance_time_s=USUAL_STANCE_S[gait_kind],
            side=Side.RIGHT if i % 2 else Side.LEFT,
            wet=request.wet,
            seed=step_seed(request.seed, f"bank:{i}"),
            floor=step_seed(request.seed, f"bank-floor:{i}"),
        )
        for i in range(request.step_count or DEFAULT_BANK_STEPS)
    ]


def pack_spec(request: pb.BuildSamplePackRequest) -> PackSpec:
    """What the caller says of a recording."""
    provenance = request.provenance
    return PackSpec(
        surface=enum_from_proto(request.surface, "SURFACE", surface_pb2.Surface, Surface)
        or DEFAULT_SURFACE,
        footwear=enum_from_proto(request.footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear),
        gait_kind=enum_from_proto(request.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind, GaitKind),
        name=request.pack_name,
        provenance=Provenance(
            source_url=provenance.source_url,
            title=provenance.title,
            uploader=provenance.uploader,
            licence=provenance.licence,
            rights_confirmed=provenance.rights_confirmed,
        )
        if request.HasField("provenance")
        else None,
        audio_stream=request.audio_stream,
    )


def rejection_to_proto(part: Rejection) -> pb.RejectedPart:
    """A part of a recording that was not taken to its message."""
    return pb.RejectedPart(
        range=media_pb2.TimeRange(
            start_offset=duration_to_proto(part.start_s), end_offset=duration_to_proto(part.end_s)
        ),
        reason=part.reason,
    )


def placed_cues_from_json(data: bytes) -> list[PlacedCue]:
    """The content of ``cues.json``, as far as a sync report needs it; times are those at which steps shall sound.

    Raises:
        SchemaMismatch: the bytes are no such document.
    """
    try:
        document: dict[str, Any] = json.loads(data)
        if document["schema"] != CUES_SCHEMA:
            raise SchemaMismatch(
                f"cues.json has schema {document['schema']}, known is {CUES_SCHEMA}",
                schema="cues",
                found=str(document["schema"]),
                known=str(CUES_SCHEMA),
            )
        nudge_s = float(document.get("nudge_s", 0.0))
        return [
            PlacedCue(
                str(cue["footstep_id"]), float(cue["time_s"]) + nudge_s, int(cue["onset_sample"])
            )
            for cue in document["cues"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaMismatch("not a cues.json", schema="cues") from error
