"""Between the audio contract and the domain: every word, every field, and what is refused for now."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest

from foley.audio.v1 import audio_service_pb2 as pb
from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_agent_pb
from foley_audio import convert, validate
from foley_audio.domain.loudness import TARGETS
from foley_audio.domain.types import DuckingShape, PlacedCue, Stem, Style
from foley_common.errors import InvalidField, MediaTooLarge
from foley_common.footsteps import DetectedFootsteps, Side
from foley_common.objects import ObjectRef
from foley_common.programme import SessionOptions
from foley_common.rpc.convert import (
    duration_to_proto,
    enum_from_proto,
    enum_to_proto,
    object_ref_from_proto,
)
from foley_common.sound import (
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
    SoundSource,
    StemKind,
)
from foley_common.surfaces import SurfaceReport
from support.audio import video_info

REF = media_pb2.ObjectRef(bucket="foley", key="a/b", sha256="a" * 64, size_bytes=3)
STYLE = pb.Style(
    seed=7,
    original_sound=pb.ORIGINAL_SOUND_DUCK,
    loudness_preset=pb.LOUDNESS_PRESET_CINEMA,
    sample_rate_hz=96_000,
    engine=pb.SOUND_ENGINE_SAMPLED,
    sample_packs=[REF],
    room=pb.ROOM_HALL,
    perspective=pb.PERSPECTIVE_FAR,
    ducking=pb.Ducking(
        depth_db=12.5,
        attack=duration_to_proto(0.0),
        hold=duration_to_proto(0.5),
        release=duration_to_proto(1.5),
    ),
    sample_format=pb.SAMPLE_FORMAT_FLOAT_32,
    stems=True,
    cloth=True,
    nudge=duration_to_proto(-0.25),
)


@pytest.mark.parametrize(
    ("words", "prefix", "numbers"),
    [
        (OriginalSound, "ORIGINAL_SOUND", pb.OriginalSound),
        (LoudnessPreset, "LOUDNESS_PRESET", pb.LoudnessPreset),
        (SoundEngine, "SOUND_ENGINE", pb.SoundEngine),
        (Room, "ROOM", pb.Room),
        (Perspective, "PERSPECTIVE", pb.Perspective),
        (SampleFormat, "SAMPLE_FORMAT", pb.SampleFormat),
        (StemKind, "STEM_KIND", pb.StemKind),
        (SessionFormat, "SESSION_FORMAT", pb.SessionFormat),
        (SoundSource, "SOUND_SOURCE", surface_agent_pb.SoundSource),
    ],
)
def test_words_are_those_of_the_contract(words, prefix, numbers):
    assert len(words) == len(numbers.values()) - 1  # all but UNSPECIFIED
    for word in words:
        number = enum_to_proto(word, prefix, numbers)
        assert number > 0
        assert enum_from_proto(number, prefix, numbers, words) is word


def test_every_loudness_has_its_target():
    assert set(TARGETS) == set(LoudnessPreset)
    cinema = TARGETS[LoudnessPreset.CINEMA]
    assert (cinema.integrated_lufs, cinema.true_peak_ceiling_dbtp) == (-27.0, -2.0)


def test_a_style_is_read_field_for_field():
    assert set(pb.Style.DESCRIPTOR.fields_by_name) == {
        "nudge" if entry.name == "nudge_s" else entry.name for entry in dataclasses.fields(Style)
    }
    assert convert.style_from_proto(STYLE) == Style(
        seed=7,
        original_sound=OriginalSound.DUCK,
        loudness_preset=LoudnessPreset.CINEMA,
        sample_rate_hz=96_000,
        engine=SoundEngine.SAMPLED,
        sample_packs=(ObjectRef("foley", "a/b", "a" * 64, 3, ""),),
        room=Room.HALL,
        perspective=Perspective.FAR,
        ducking=DuckingShape(12.5, 0.0, 0.5, 1.5),
        sample_format=SampleFormat.FLOAT_32,
        stems=True,
        cloth=True,
        nudge_s=-0.25,
    )


def test_what_is_not_set_takes_the_default_of_the_contract():
    assert convert.style_from_proto(pb.Style()) == Style()
    assert Style().ducking == DuckingShape(9.0, 0.030, 0.150, 0.350)
    some = convert.ducking_from_proto(pb.Ducking(hold=duration_to_proto(0.0)))
    assert some == DuckingShape(hold_s=0.0)


def test_stems_come_back():
    for stem in (Stem("a", StemKind.FOOT, 2, Side.RIGHT, -3.5), Stem("b", None)):
        message = convert.stem_to_proto(stem, REF)
        assert message.sound == REF
        assert convert.stem_from_proto(message) == stem


def test_an_export_knows_its_session_and_stems():
    stem = Stem("a", StemKind.CLOTH, 2)
    request = export(
        session=pb.SessionOptions(
            start_timecode="10:00:00;02",
            offset=duration_to_proto(-1.5),
            handles=duration_to_proto(2.0),
        ),
        stems=[convert.stem_to_proto(stem, REF)],
    )
    session = convert.session_from_proto(
        request, DetectedFootsteps(video=video_info()), SurfaceReport()
    )
    assert session.options == SessionOptions("10:00:00;02", -1.5, 2.0)
    assert session.stems == (stem,)


def synthesis(style: pb.Style | None = None) -> pb.SynthesizeFootstepsRequest:
    return pb.SynthesizeFootstepsRequest(
        video=REF, footsteps=REF, surfaces=REF, style=style, output_prefix="out"
    )


def export(**parts: object) -> pb.ExportSessionRequest:
    return pb.ExportSessionRequest(footsteps=REF, surfaces=REF, output_prefix="out", **parts)  # type: ignore[arg-type]


def fields_of(check: Callable[[], None]) -> set[str]:
    with pytest.raises(InvalidField) as caught:
        check()
    return {violation.field for violation in caught.value.violations}


def test_everything_wrong_with_a_style_is_said_at_once():
    style = pb.Style()
    style.CopyFrom(STYLE)
    style.engine = style.room = style.perspective = style.sample_format = 99  # type: ignore[assignment]
    style.sample_packs.extend([media_pb2.ObjectRef()] * 16)
    style.ducking.depth_db = float("nan")
    for name in ("attack", "hold", "release"):
        getattr(style.ducking, name).CopyFrom(duration_to_proto(5.001))
    style.nudge.CopyFrom(duration_to_proto(-1.001))
    assert fields_of(lambda: validate.check_synthesis(synthesis(style))) >= {
        *(f"style.{name}" for name in ("engine", "room", "perspective", "sample_format")),
        *("style.sample_packs", "style.sample_packs[1]", "style.nudge"),
        *(f"style.ducking.{name}" for name in ("depth_db", "attack", "hold", "release")),
    }


def test_everything_wrong_with_an_export_is_said_at_once():
    request = export(
        session=pb.SessionOptions(
            start_timecode="00:61:00:00",
            offset=duration_to_proto(86_401),
            handles=duration_to_proto(-1),
        ),
        **dict.fromkeys(("cues", "mix", "foley", "video"), media_pb2.ObjectRef(key="/x")),
        stems=[pb.Stem(kind=99, side=99, tail=media_pb2.ObjectRef(key="/x"))],  # type: ignore[arg-type]
    )
    assert fields_of(lambda: validate.check_export(request)) >= {
        "stems[0].tail.key",
        *(f"session.{name}" for name in ("start_timecode", "offset", "handles")),
        *(f"{name}.key" for name in ("cues", "mix", "foley", "video")),
        *(f"stems[0].{name}" for name in ("sound", "kind", "side")),
    }


def test_a_tail_without_its_sound_is_refused():
    request = export(mix=REF, mix_tail=REF, foley_tail=media_pb2.ObjectRef(key="/x"))
    fields = fields_of(lambda: validate.check_export(request))
    assert {"foley_tail", "foley_tail.key"} <= fields
    assert "mix_tail" not in fields


def test_everything_wrong_with_a_bank_is_said_at_once():
    request = pb.RenderStepBankRequest(
        surface=99,
        footwear=99,
        gait_kind=99,
        strength=float("nan"),
        step_count=-1,  # type: ignore[arg-type]
    )
    with pytest.raises(InvalidField) as caught:
        validate.check_bank(request)
    problems = {violation.field: violation.problem for violation in caught.value.violations}
    names = {"surface", "footwear", "gait_kind", "strength", "step_count", "output_prefix"}
    assert set(problems) == names
    assert "SURFACE_ICE" in problems["surface"]
    assert "SURFACE_UNKNOWN" not in problems["surface"]


@pytest.mark.parametrize("wet", [False, True])
def test_a_bank_stands_on_wet_ground_when_asked(wet: bool):
    request = pb.RenderStepBankRequest(
        surface=surface_pb2.SURFACE_STONE, step_count=3, output_prefix="out", wet=wet
    )
    validate.check_bank(request)
    assert [spec.wet for spec in convert.bank_specs(request)] == [wet] * 3


def test_a_programme_of_more_than_a_day_is_too_long():
    validate.check_length(video_info(86_400.0))
    with pytest.raises(MediaTooLarge, match="at most 86400 s"):
        validate.check_length(video_info(1e9))


def test_single_steps_take_no_ranges():
    request = pb.SliceSoundRequest(
        recording=REF, ranges=[media_pb2.TimeRange()], single_steps=True, output_prefix="out"
    )
    assert "ranges" in fields_of(lambda: validate.check_slices(request))
    del request.ranges[:]
    validate.check_slices(request)
    request.audio_stream = -1
    assert fields_of(lambda: validate.check_slices(request)) == {"audio_stream"}


def test_everything_wrong_with_a_pack_is_said_at_once():
    request = pb.BuildSamplePackRequest(
        surface=surface_pb2.SURFACE_UNKNOWN,
        footwear=99,  # type: ignore[arg-type]
        gait_kind=99,  # type: ignore[arg-type]
        pack_name="x" * 256,
    )
    assert fields_of(lambda: validate.check_pack(request)) == {
        *("recording", "surface", "footwear", "gait_kind", "pack_name", "output_prefix")
    }
    validate.check_pack(
        pb.BuildSamplePackRequest(
            recording=REF,
            surface=surface_pb2.SURFACE_GRAVEL,
            footwear=surface_pb2.FOOTWEAR_BOOT,
            gait_kind=footstep_pb2.GAIT_KIND_RUN,
            output_prefix="packs/p",
        )
    )


def test_every_style_is_served():
    validate.check_synthesis(synthesis())
    validate.check_synthesis(synthesis(STYLE))


def test_cues_tell_when_steps_shall_sound():
    document = {
        "schema": 1,
        "nudge_s": -0.25,
        "cues": [{"footstep_id": "t1-0001", "time_s": 1.5, "onset_sample": 60_000}],
    }
    cues = convert.placed_cues_from_json(json.dumps(document).encode())
    assert cues == [PlacedCue("t1-0001", 1.25, 60_000)]
    del document["nudge_s"]
    assert convert.placed_cues_from_json(json.dumps(document).encode())[0].time_s == 1.5


def test_every_format_is_served_with_every_session():
    formats = [number for number in pb.SessionFormat.values() if number]
    session = pb.SessionOptions(start_timecode="01:00:00:00", handles=duration_to_proto(1.0))
    request = export(formats=formats, session=session, style=STYLE, mix=REF)
    validate.check_export(request)
    order = convert.export_order_from_proto(
        request, DetectedFootsteps(video=video_info()), SurfaceReport()
    )
    assert order.formats == tuple(SessionFormat)
    assert order.media.mix == object_ref_from_proto(REF)
    assert order.media.foley is None
    for word in SessionFormat:
        ref = object_ref_from_proto(REF)
        message = convert.exported_to_proto(word, ref)
        assert message.format == pb.SessionFormat.Value(f"SESSION_FORMAT_{word.name}")
        assert message.file == REF


def test_a_format_that_is_none_is_named():
    for number in (0, 1 + max(pb.SessionFormat.values())):
        wrong = export(formats=[pb.SESSION_FORMAT_CSV, number])
        assert fields_of(lambda request=wrong: validate.check_export(request)) == {"formats[1]"}
