"""The gateway's gRPC face: render service and long-running operations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import grpc
import grpc.aio
import pytest
from google.longrunning import operations_pb2
from google.protobuf.duration_pb2 import Duration

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.common.v1 import footstep_pb2
from foley.gateway.v1 import clip_pb2, render_pb2
from foley.gateway.v1 import render_service_pb2 as pb
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_pb
from foley_common import errors
from foley_common.objects import sha256_of
from foley_common.rpc.convert import object_ref_to_proto
from foley_common.rpc.errors import from_rpc_error
from support.clips import clip as make_clip
from support.gateways import Studio, studio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio(tmp_path) as running:
        yield running


async def _upload(house: Studio, name: str = "walk.mp4") -> clip_pb2.Clip:
    async def messages() -> AsyncIterator[pb.UploadClipRequest]:
        yield pb.UploadClipRequest(header=pb.UploadHeader(display_name=name))
        data = house.video.read_bytes()
        for start in range(0, len(data), 1000):
            yield pb.UploadClipRequest(chunk=data[start : start + 1000])

    return await house.rpc.UploadClip(messages())


async def test_both_faces_show_the_same_things(house: Studio) -> None:
    clip = await _upload(house)
    assert (await house.upload())["name"] == clip.name
    assert clip.source.sha256 == sha256_of(house.video)

    operation = await house.rpc.CreateRender(
        pb.CreateRenderRequest(parent=clip.name, request_id="one")
    )
    started = render_pb2.Render()
    assert operation.metadata.Unpack(started)
    seen = [
        render async for render in house.rpc.WatchRender(pb.WatchRenderRequest(name=started.name))
    ]
    assert seen[-1].state == render_pb2.Render.STATE_SUCCEEDED
    assert (await house.rest.get(f"/v1/{started.name}")).json()["state"] == "STATE_SUCCEEDED"

    done = await house.operations.GetOperation(
        operations_pb2.GetOperationRequest(name=operation.name)
    )
    answer = render_pb2.Render()
    assert done.done
    assert done.response.Unpack(answer)
    assert answer == seen[-1] == await house.rpc.GetRender(pb.GetRenderRequest(name=started.name))
    listed = await house.rpc.ListRenders(pb.ListRendersRequest(parent=clip.name))
    assert list(listed.renders) == [answer]
    clips = await house.rpc.ListClips(pb.ListClipsRequest(page_size=1))
    assert [c.name for c in clips.clips] == [clip.name]

    steps = await house.rpc.ListFootsteps(pb.ListFootstepsRequest(parent=started.name, page_size=2))
    assert [step.footstep_id for step in steps.footsteps] == ["t1-0001", "t1-0002"]
    call = house.rpc.DownloadFile(
        pb.DownloadFileRequest(parent=started.name, file_name="foley.mp4")
    )
    assert b"".join([part.chunk async for part in call]) == house.video.read_bytes()

    deleted = await house.rpc.DeleteClip(pb.DeleteClipRequest(name=clip.name))
    assert deleted.deleted_object_count > 8


async def test_a_clip_of_a_stored_video_leaves_that_video_alone(house: Studio) -> None:
    stored = await house.fakes.store.publish(house.video, "inbox/walk.mp4", "video/mp4")
    clip = await house.rpc.CreateClip(
        pb.CreateClipRequest(source=object_ref_to_proto(stored), display_name="walk.mp4")
    )
    assert clip.source.key == "inbox/walk.mp4"
    await house.rpc.DeleteClip(pb.DeleteClipRequest(name=clip.name))
    assert await house.fakes.store.find("inbox/walk.mp4") == stored


async def test_operations_end_with_the_error_of_the_stage(house: Studio) -> None:
    clip = await _upload(house)
    house.fakes.fail["SynthesizeFootsteps"] = errors.SchemaMismatch(
        "cues of version 9", schema="cues"
    )
    operation = await house.rpc.CreateRender(pb.CreateRenderRequest(parent=clip.name))
    ended = await house.operations.WaitOperation(
        operations_pb2.WaitOperationRequest(name=operation.name, timeout=Duration(seconds=30))
    )
    assert ended.done
    assert ended.error.code == grpc.StatusCode.FAILED_PRECONDITION.value[0]
    assert ended.error.message == "cues of version 9"


async def test_waiting_ends_after_its_time_and_cancelling_ends_the_render(house: Studio) -> None:
    clip = await _upload(house)
    house.fakes.hold("FindFootsteps")
    operation = await house.rpc.CreateRender(pb.CreateRenderRequest(parent=clip.name))
    waiting = operations_pb2.WaitOperationRequest(
        name=operation.name, timeout=Duration(nanos=300_000_000)
    )
    assert not (await house.operations.WaitOperation(waiting)).done
    await house.fakes.called("FindFootsteps")

    await house.operations.CancelOperation(
        operations_pb2.CancelOperationRequest(name=operation.name)
    )
    ended = await house.operations.WaitOperation(
        operations_pb2.WaitOperationRequest(name=operation.name)
    )
    assert ended.error.code == grpc.StatusCode.CANCELLED.value[0]
    async with asyncio.timeout(5):
        while not house.fakes.cancelled["FindFootsteps"]:
            await asyncio.sleep(0.05)
    listed = await house.operations.ListOperations(operations_pb2.ListOperationsRequest())
    assert [item.name for item in listed.operations] == [operation.name]


async def test_options_reach_the_stages_and_results_reach_the_export(house: Studio) -> None:
    clip = await _upload(house)
    style = audio_pb.Style(room=audio_pb.ROOM_HALL, stems=True, nudge=Duration(nanos=20_000_000))
    session = audio_pb.SessionOptions(
        start_timecode="01:00:00:00", offset=Duration(seconds=-1), handles=Duration(seconds=2)
    )
    options = render_pb2.RenderOptions(
        style=style,
        session=session,
        formats=[audio_pb.SESSION_FORMAT_CSV],
        local_ground_only=True,
    )
    operation = await house.rpc.CreateRender(
        pb.CreateRenderRequest(parent=clip.name, options=options)
    )
    ended = await house.operations.WaitOperation(
        operations_pb2.WaitOperationRequest(name=operation.name)
    )
    render = render_pb2.Render()
    assert ended.response.Unpack(render)
    assert render.options.session == session
    assert render.options.style.room == audio_pb.ROOM_HALL

    asked = {type(request): request for request in house.fakes.requests}
    assert asked[surface_pb.ClassifySurfacesRequest].local_only
    synthesis = asked[audio_pb.SynthesizeFootstepsRequest]
    assert (synthesis.style.room, synthesis.style.stems) == (audio_pb.ROOM_HALL, True)
    assert synthesis.style.nudge == style.nudge
    assert synthesis.tails  # for the handles
    export = asked[audio_pb.ExportSessionRequest]
    assert export.session == session
    drawn = asked[audio_pb.RenderVideoRequest].session
    assert (drawn.start_timecode, drawn.offset) == (session.start_timecode, session.offset)
    assert not drawn.HasField("handles")  # they leave the videos as they are
    assert list(export.formats) == [audio_pb.SESSION_FORMAT_CSV]
    files = {row.file_name: row.file for row in render.files}
    assert (export.mix, export.foley, export.cues, export.video) == (
        files["mix.wav"],
        files["foley.wav"],
        files["cues.json"],
        files["foley.mp4"],
    )
    sound = synthesis.output_prefix
    assert (export.mix_tail.key, export.foley_tail.key) == (
        f"{sound}/tails/mix.wav",
        f"{sound}/tails/foley.wav",
    )
    assert not [row.file_name for row in render.files if "tail" in row.file.key]
    (stem,) = export.stems
    assert stem.tail.key == f"{sound}/tails/stems/track-1-left.wav"
    assert stem.sound == files["track-1-left.wav"]
    assert (stem.kind, stem.track_id, stem.side, stem.gain_db) == (
        audio_pb.STEM_KIND_FOOT,
        1,
        footstep_pb2.SIDE_LEFT,
        -3.0,
    )


async def test_another_export_finds_the_sound_and_another_sound_the_grounds(house: Studio) -> None:
    clip = await _upload(house)

    async def render(options: render_pb2.RenderOptions) -> dict[str, bool]:
        operation = await house.rpc.CreateRender(
            pb.CreateRenderRequest(parent=clip.name, options=options)
        )
        ended = await house.operations.WaitOperation(
            operations_pb2.WaitOperationRequest(name=operation.name)
        )
        done = render_pb2.Render()
        assert ended.response.Unpack(done)
        return {render_pb2.RenderStage.Name(row.stage): row.reused for row in done.progress}

    assert not any((await render(render_pb2.RenderOptions())).values())
    handles = audio_pb.SessionOptions(handles=Duration(seconds=1))
    exported = await render(render_pb2.RenderOptions(session=handles))
    # what handles hold is made with the sound; all else of the sound is as it was, so that the video is found
    assert exported.pop("RENDER_STAGE_EXPORTS") is exported.pop("RENDER_STAGE_SOUND") is False
    assert all(exported.values())
    handles.handles.seconds = 2
    exported = await render(render_pb2.RenderOptions(session=handles))
    assert exported.pop("RENDER_STAGE_EXPORTS") is False
    assert all(exported.values())
    labelled = await render(
        render_pb2.RenderOptions(session=audio_pb.SessionOptions(start_timecode="01:00:00:00"))
    )
    assert labelled.pop("RENDER_STAGE_EXPORTS") is labelled.pop("RENDER_STAGE_VIDEO") is False
    assert all(labelled.values())
    heard = await render(render_pb2.RenderOptions(style=audio_pb.Style(cloth=True)))
    assert [name for name, reused in heard.items() if reused] == [
        "RENDER_STAGE_POSES",
        "RENDER_STAGE_FOOTSTEPS",
        "RENDER_STAGE_SURFACES",
    ]


async def test_exports_are_reused_whichever_formats_they_are(house: Studio) -> None:
    clip = await _upload(house)
    options = render_pb2.RenderOptions(formats=[audio_pb.SESSION_FORMAT_TIMECODE_TEXT])

    async def is_reused(request_id: str) -> bool:
        operation = await house.rpc.CreateRender(
            pb.CreateRenderRequest(parent=clip.name, options=options, request_id=request_id)
        )
        ended = await house.operations.WaitOperation(
            operations_pb2.WaitOperationRequest(name=operation.name)
        )
        done = render_pb2.Render()
        assert ended.response.Unpack(done)
        (row,) = [row for row in done.progress if row.stage == render_pb2.RENDER_STAGE_EXPORTS]
        return row.reused

    assert not await is_reused("first")
    assert await is_reused("second")


async def test_a_start_time_code_that_the_clip_cannot_have_is_refused_at_once(
    house: Studio,
) -> None:
    clip = await _upload(house)
    session = audio_pb.SessionOptions(start_timecode="01:00:00;00")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await house.rpc.CreateRender(
            pb.CreateRenderRequest(
                parent=clip.name, options=render_pb2.RenderOptions(session=session)
            )
        )
    error = from_rpc_error(caught.value)
    assert isinstance(error, errors.InvalidField)
    assert error.metadata["fields"] == "options.session.start_timecode"
    assert "01:00:00:00" in error.message


async def test_an_edit_decision_list_that_the_clip_cannot_have_is_refused_at_once(
    house: Studio, tmp_path: Path
) -> None:
    fast = make_clip(tmp_path / "fast.mp4", frame_count=12, rate=Fraction(120))
    sent = await house.upload("fast.mp4", fast.read_bytes())

    async def create(*formats: int) -> None:
        options = render_pb2.RenderOptions(formats=formats)  # type: ignore[arg-type]
        await house.rpc.CreateRender(pb.CreateRenderRequest(parent=sent["name"], options=options))

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await create(audio_pb.SESSION_FORMAT_CSV, audio_pb.SESSION_FORMAT_EDL)
    error = from_rpc_error(caught.value)
    assert isinstance(error, errors.InvalidField)
    assert error.metadata["fields"] == "options.formats[1]"
    assert "at most 100 a second; this video has 120: leave EDL out" in error.message
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await create(audio_pb.SESSION_FORMAT_RESOLVE_MARKERS)
    error = from_rpc_error(caught.value)
    assert error.metadata["fields"] == "options.formats[0]"
    assert "leave RESOLVE_MARKERS out" in error.message
    await create()  # all formats: the lists are left out


async def test_wrong_requests_come_back_as_the_errors_they_are(house: Studio) -> None:
    async def no_header() -> AsyncIterator[pb.UploadClipRequest]:
        yield pb.UploadClipRequest(chunk=b"x")

    async def text() -> AsyncIterator[pb.UploadClipRequest]:
        yield pb.UploadClipRequest(header=pb.UploadHeader(display_name="a.mp4"))
        yield pb.UploadClipRequest(chunk=b"not a video")

    wrong = {
        errors.InvalidField: [
            house.rpc.UploadClip(no_header()),
            house.rpc.GetClip(pb.GetClipRequest(name="c-1")),
            house.rpc.GetRender(pb.GetRenderRequest(name="clips/a/renders/")),
            house.rpc.ListClips(pb.ListClipsRequest(page_size=-1)),
            house.rpc.CreateClip(pb.CreateClipRequest()),
            house.operations.GetOperation(operations_pb2.GetOperationRequest(name="renders/a")),
        ],
        errors.UndecodableMedia: [house.rpc.UploadClip(text())],
        errors.ClipNotFound: [
            house.rpc.GetClip(pb.GetClipRequest(name="clips/none")),
            house.rpc.CreateRender(pb.CreateRenderRequest(parent="clips/none")),
        ],
        errors.RenderNotFound: [
            house.operations.GetOperation(operations_pb2.GetOperationRequest(name="operations/a.b"))
        ],
        errors.NotServedYet: [
            house.operations.DeleteOperation(
                operations_pb2.DeleteOperationRequest(name="operations/a.b")
            )
        ],
    }
    for kind, calls in wrong.items():
        for call in calls:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
            assert type(from_rpc_error(caught.value)) is kind
