"""Between the contract's sample packs and sounds and the gateway's domain."""

from __future__ import annotations

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley.gateway.v1 import render_service_pb2 as pb
from foley.gateway.v1 import sample_pack_pb2
from foley_common.field_limits import MAX_BANK_STEPS
from foley_common.footsteps import GaitKind
from foley_common.packs import Provenance, Rejection
from foley_common.rpc.convert import (
    enum_to_proto,
    object_ref_to_proto,
    time_range_from_proto,
    time_range_to_proto,
)
from foley_common.rpc.validate import Violations
from foley_common.surfaces import DEFAULT_FOOTWEAR, DEFAULT_SURFACE, Footwear, Surface
from foley_gateway.domain.sample_packs import (
    MadeSound,
    PackSpec,
    SampleGroup,
    SamplePack,
    SoundWish,
)
from foley_gateway.rpc.convert import timestamp_to_proto
from foley_gateway.rpc.style import style_from_proto
from foley_gateway.rpc.words import checked_word

MAX_NAME_CHARACTERS = 255  # foley.gateway.v1.BuildSamplePackHeader
DEFAULT_STRENGTH = 0.5


def sample_pack_to_proto(pack: SamplePack) -> sample_pack_pb2.SamplePack:
    """A sample pack to its message."""
    return sample_pack_pb2.SamplePack(
        name=pack.name,
        display_name=pack.display_name,
        pack=object_ref_to_proto(pack.pack),
        step_count=pack.step_count,
        groups=[_group_to_proto(group) for group in pack.groups],
        provenance=None if pack.provenance is None else _provenance_to_proto(pack.provenance),
        create_time=timestamp_to_proto(pack.create_time),
        audio_stream=pack.audio_stream,
        audio_stream_count=pack.audio_stream_count,
    )


def built_to_proto(pack: SamplePack, rejected: tuple[Rejection, ...]) -> pb.BuildSamplePackResponse:
    """A built pack, and what is not in it, to the message."""
    return pb.BuildSamplePackResponse(
        sample_pack=sample_pack_to_proto(pack),
        rejected=[
            audio_pb.RejectedPart(
                range=time_range_to_proto(part.start_s, part.end_s), reason=part.reason
            )
            for part in rejected
        ],
    )


def pack_spec_from_proto(header: pb.BuildSamplePackHeader) -> PackSpec:
    """What a header says of a recording.

    Raises:
        InvalidField: with every violation there is.
    """
    found = Violations()
    surface = _surface(header.surface, found)
    footwear, gait_kind = _shoe_and_gait(header.footwear, header.gait_kind, found)
    length = len(header.display_name)
    found.require(
        length <= MAX_NAME_CHARACTERS,
        "display_name",
        f"must have at most {MAX_NAME_CHARACTERS} characters, has {length}",
    )
    found.require(
        header.audio_stream >= 0,
        "audio_stream",
        f"must be 1 or more (0 takes the one with most steps), is {header.audio_stream}",
    )
    found.raise_if_any()
    return PackSpec(
        surface=surface,
        footwear=footwear,
        gait_kind=gait_kind,
        name=header.display_name,
        provenance=_provenance_from_proto(header.provenance)
        if header.HasField("provenance")
        else None,
        audio_stream=header.audio_stream,
    )


def pack_request(
    recording: media_pb2.ObjectRef, spec: PackSpec, output_prefix: str
) -> audio_pb.BuildSamplePackRequest:
    """What the audio service is asked for a pack."""
    return audio_pb.BuildSamplePackRequest(
        recording=recording,
        surface=enum_to_proto(spec.surface, "SURFACE", surface_pb2.Surface),  # type: ignore[arg-type]
        footwear=enum_to_proto(spec.footwear, "FOOTWEAR", surface_pb2.Footwear),  # type: ignore[arg-type]
        gait_kind=enum_to_proto(spec.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind),  # type: ignore[arg-type]
        pack_name=spec.title,
        output_prefix=output_prefix,
        provenance=None if spec.provenance is None else _provenance_to_proto(spec.provenance),
        audio_stream=spec.audio_stream,
    )


def rejection_from_proto(message: audio_pb.RejectedPart) -> Rejection:
    """A part of a recording that was not taken."""
    start_s, end_s = time_range_from_proto(message.range)
    return Rejection(start_s, end_s, message.reason)


def wish_from_proto(request: pb.RenderSoundRequest) -> SoundWish:
    """Footsteps that shall be heard without a video.

    Raises:
        InvalidField: with every violation there is.
    """
    found = Violations()
    surface = _surface(request.surface, found)
    footwear, gait_kind = _shoe_and_gait(request.footwear, request.gait_kind, found)
    found.require(
        0.0 <= request.strength <= 1.0, "strength", f"must be 0 to 1, is {request.strength:g}"
    )
    found.require(
        0 <= request.step_count <= MAX_BANK_STEPS,
        "step_count",
        f"must be 1 to {MAX_BANK_STEPS}, or 0 for a walk, is {request.step_count}",
    )
    style = style_from_proto(request.style, "style", found)
    found.raise_if_any()
    return SoundWish(
        surface=surface,
        footwear=footwear or DEFAULT_FOOTWEAR,
        gait_kind=gait_kind or GaitKind.WALK,
        strength=request.strength or DEFAULT_STRENGTH,
        step_count=request.step_count,
        wet=request.wet,
        style=style,
    )


def bank_request(wish: SoundWish, output_prefix: str) -> audio_pb.RenderStepBankRequest:
    """What the audio service is asked for single steps."""
    return audio_pb.RenderStepBankRequest(
        surface=enum_to_proto(wish.surface, "SURFACE", surface_pb2.Surface),  # type: ignore[arg-type]
        footwear=enum_to_proto(wish.footwear, "FOOTWEAR", surface_pb2.Footwear),  # type: ignore[arg-type]
        gait_kind=enum_to_proto(wish.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind),  # type: ignore[arg-type]
        strength=wish.strength,
        step_count=wish.step_count,
        wet=wish.wet,
        seed=wish.style.seed,
        sample_rate_hz=wish.style.sample_rate_hz,
        output_prefix=output_prefix,
    )


def sound_file_to_proto(made: MadeSound) -> pb.SoundFile:
    """A file of footsteps to its message."""
    return pb.SoundFile(
        file_name=made.file_name,
        size_bytes=made.sound.size_bytes,
        sha256=made.sound.sha256,
        contact_samples=made.contact_samples,
        sample_rate_hz=made.sample_rate_hz,
    )


def _surface(number: int, found: Violations) -> Surface:
    found.require(number != 0, "surface", "is required")
    return (
        checked_word(number, "SURFACE", surface_pb2.Surface, Surface, "surface", found)
        or DEFAULT_SURFACE
    )


def _shoe_and_gait(
    footwear: int, gait_kind: int, found: Violations
) -> tuple[Footwear | None, GaitKind | None]:
    return (
        checked_word(footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear, "footwear", found),
        checked_word(gait_kind, "GAIT_KIND", footstep_pb2.GaitKind, GaitKind, "gait_kind", found),
    )


def _group_to_proto(group: SampleGroup) -> sample_pack_pb2.SampleGroup:
    return sample_pack_pb2.SampleGroup(
        surface=enum_to_proto(group.surface, "SURFACE", surface_pb2.Surface),  # type: ignore[arg-type]
        footwear=enum_to_proto(group.footwear, "FOOTWEAR", surface_pb2.Footwear),  # type: ignore[arg-type]
        gait_kind=enum_to_proto(group.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind),  # type: ignore[arg-type]
        step_count=group.step_count,
    )


def _provenance_to_proto(provenance: Provenance) -> audio_pb.Provenance:
    return audio_pb.Provenance(
        source_url=provenance.source_url,
        title=provenance.title,
        uploader=provenance.uploader,
        licence=provenance.licence,
        rights_confirmed=provenance.rights_confirmed,
    )


def _provenance_from_proto(message: audio_pb.Provenance) -> Provenance:
    return Provenance(
        source_url=message.source_url,
        title=message.title,
        uploader=message.uploader,
        licence=message.licence,
        rights_confirmed=message.rights_confirmed,
    )
