"""Between the contract's found sounds and the gateway's domain."""

from __future__ import annotations

from datetime import UTC

from foley.common.v1 import surface_pb2
from foley.gateway.v1 import render_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_pb
from foley_common.rpc.convert import (
    duration_from_proto,
    duration_to_proto,
    enum_from_proto,
    enum_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
)
from foley_common.sound import SoundSource
from foley_gateway.domain.types import FoundSound, GroundSound, RejectedSound
from foley_gateway.stages import SoundRequest


def sound_request_to_proto(wanted: SoundRequest) -> surface_pb.FindSoundsRequest:
    """What to look for to its message."""
    return surface_pb.FindSoundsRequest(
        query=wanted.query,
        url=wanted.url,
        max_sound_count=wanted.count,
        output_prefix=wanted.output_prefix,
        sources=[  # type: ignore[misc]
            enum_to_proto(source, "SOUND_SOURCE", surface_pb.SoundSource)
            for source in wanted.sources
        ],
        rights_confirmed=wanted.rights_confirmed,
        sample_packs=[object_ref_to_proto(pack) for pack in wanted.sample_packs],
    )


def found_from_proto(message: surface_pb.FoundSound) -> FoundSound:
    """A message to a recording."""
    return FoundSound(
        sound=object_ref_from_proto(message.sound),
        source_url=message.source_url,
        title=message.title,
        uploader=message.uploader,
        licence=message.licence,
        source=enum_from_proto(message.source, "SOUND_SOURCE", surface_pb.SoundSource, SoundSource),
        duration_s=duration_from_proto(message.duration),
        rights_confirmed=message.rights_confirmed,
        fetch_time=(message.fetch_time.ToDatetime(UTC) if message.HasField("fetch_time") else None),
    )


def rejected_from_proto(message: surface_pb.RejectedSound) -> RejectedSound:
    """A message to a recording that was not taken."""
    return RejectedSound(message.source_url, message.title, message.reason)


def ground_sound_to_proto(item: GroundSound) -> render_pb2.GroundSound:
    """What a search did for one ground to its message."""
    message = render_pb2.GroundSound(
        surface=enum_to_proto(item.surface, "SURFACE", surface_pb2.Surface),  # type: ignore[arg-type]
        query=item.query,
        step_count=item.step_count,
        rejected=[
            surface_pb.RejectedSound(source_url=one.source_url, title=one.title, reason=one.reason)
            for one in item.rejected
        ],
        fallback_reason=item.fallback_reason,
    )
    if item.sample_pack is not None:
        message.sample_pack.CopyFrom(object_ref_to_proto(item.sample_pack))
    if item.sound is not None:
        message.sound.CopyFrom(_found_to_proto(item.sound))
    return message


def _found_to_proto(sound: FoundSound) -> surface_pb.FoundSound:
    message = surface_pb.FoundSound(
        sound=object_ref_to_proto(sound.sound),
        source_url=sound.source_url,
        title=sound.title,
        uploader=sound.uploader,
        licence=sound.licence,
        source=enum_to_proto(sound.source, "SOUND_SOURCE", surface_pb.SoundSource),  # type: ignore[arg-type]
        duration=duration_to_proto(sound.duration_s),
        rights_confirmed=sound.rights_confirmed,
    )
    if sound.fetch_time is not None:
        message.fetch_time.FromDatetime(sound.fetch_time.astimezone(UTC))
    return message
