"""The detector over real gRPC, with a real store in a directory, the real models and real videos."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import pytest_asyncio

from foley.common.v1 import media_pb2
from foley.detector.v1 import detector_service_pb2 as pb
from foley.detector.v1 import detector_service_pb2_grpc as pb_grpc
from foley_common.errors import (
    InvalidField,
    ModelLoading,
    NotServedYet,
    ObjectNotFound,
    SchemaMismatch,
    UndecodableMedia,
)
from foley_common.objects import ObjectStore
from foley_common.pose_tracks import PoseTracks
from foley_common.rpc.client import open_channel, wait_until_serving
from foley_common.rpc.convert import object_ref_from_proto, object_ref_to_proto, time_range_to_proto
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.footsteps import detected_footsteps_from_bytes
from foley_common.rpc.server import running_server
from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_detector.server import SERVICE_NAME, Detector
from foley_detector.settings import DetectorSettings
from support.clips import clip
from support.patience import END_S, PATIENCE_S
from support.rendered import SIDE_WALK, loaded, truth

PREFIX = "clips/c-1/renders/r-1"


@dataclass
class Desk:
    """A running service, its store and a client."""

    detector: Detector
    stub: pb_grpc.DetectorServiceStub
    store: ObjectStore
    folder: Path

    async def put(self, content: bytes | Path, key: str) -> media_pb2.ObjectRef:
        put = self.store.publish if isinstance(content, Path) else self.store.publish_bytes
        return object_ref_to_proto(await put(content, key, "application/octet-stream"))  # type: ignore[arg-type]

    async def poses(self, ref: media_pb2.ObjectRef) -> PoseTracks:
        path = self.folder / f"{ref.sha256}.npz"
        if not path.exists():
            await self.store.fetch(object_ref_from_proto(ref), path)
        return PoseTracks.load(path)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = DetectorSettings(
        store=StoreSettings(kind="local", root=tmp_path / "store"),
        scratch_dir=tmp_path / "scratch",
        device="cpu",
    )
    detector = Detector(settings)
    detector.servicer.use(loaded())
    async with (
        running_server(settings, service_name=SERVICE_NAME, add_servicer=detector.add_to) as server,
        open_channel(server.target) as channel,
    ):
        yield Desk(
            detector, pb_grpc.DetectorServiceStub(channel), open_store(settings.store), tmp_path
        )
    await detector.close()


async def outcome(call: Any) -> tuple[Any, list[Any]]:
    """The final message of a stream, and the progress before it."""
    events = [event async for event in call]
    assert [event.WhichOneof("event") for event in events] == ["progress"] * (len(events) - 1) + [
        "result"
    ]
    return events[-1].result, [event.progress for event in events[:-1]]


async def failure(call: Any) -> Exception:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        _ = [event async for event in call]
    return from_rpc_error(caught.value)


async def test_a_walk_becomes_poses_and_footsteps_and_a_repeat_does_no_work(desk: Desk) -> None:
    video = await desk.put(SIDE_WALK, "clips/c-1/source")
    request = pb.EstimatePosesRequest(video=video, output_key=f"{PREFIX}/segments/0.npz")
    estimate, progress = await outcome(desk.stub.EstimatePoses(request))
    assert progress[-1].total_count == 180
    assert progress[-1].unit == "frames"
    assert [one.done_count for one in progress] == sorted(one.done_count for one in progress)
    assert estimate.video.frame_count == estimate.statistics.frame_count == 180
    assert estimate.statistics.pose_frame_count > 160
    assert {model.name for model in estimate.models} == {
        "yolov8n.onnx",
        "pose_landmarker_full.task",
        "pose_landmark_heavy.tflite",
    }

    again, progress = await outcome(desk.stub.EstimatePoses(request))
    assert again == estimate
    assert progress == []

    find = pb.FindFootstepsRequest(
        segments=[estimate.poses],
        video=estimate.video,
        models=estimate.models,
        output_prefix=PREFIX,
    )
    result, _ = await outcome(desk.stub.FindFootsteps(find))
    found = detected_footsteps_from_bytes(
        await desk.store.read_bytes(object_ref_from_proto(result.footsteps))
    )
    assert result.footstep_count == len(found.footsteps)
    assert result.walker_count == 1
    assert [model.name for model in found.models] == [
        *(model.name for model in estimate.models),
        "events.onnx",
    ]
    strikes = [
        event["t"] for event in truth(SIDE_WALK)["people"][0]["events"] if event["type"] == "strike"
    ]
    inside = [time_s for time_s in strikes if 0.3 < time_s < 5.7]
    seen = [
        min(abs(step.initial_contact_time_s - time_s) for step in found.footsteps)
        for time_s in inside
    ]
    assert np.mean(np.array(seen) < 0.06) > 0.8
    assert (await desk.poses(result.poses)).track_ids == [1]
    assert (await outcome(desk.stub.FindFootsteps(find)))[0] == result


async def test_segments_are_joined_and_one_call_does_both(desk: Desk) -> None:
    video = await desk.put(SIDE_WALK, "clips/c-1/source")
    segments = []
    for number, (start_s, end_s) in enumerate([(0, 3), (3, 6.1)]):
        request = pb.EstimatePosesRequest(
            video=video,
            range=time_range_to_proto(start_s, end_s),
            output_key=f"{PREFIX}/segments/{number}.npz",
        )
        estimate, _ = await outcome(desk.stub.EstimatePoses(request))
        segments.append(estimate.poses)
    parts = [await desk.poses(segment) for segment in segments]
    assert np.concatenate([part.frame_index for part in parts]).tolist() == list(range(180))
    find = pb.FindFootstepsRequest(
        segments=segments, video=estimate.video, output_prefix=f"{PREFIX}/parts"
    )
    joined, _ = await outcome(desk.stub.FindFootsteps(find))
    assert (await desk.poses(joined.poses)).track_ids == [1]

    whole, progress = await outcome(
        desk.stub.DetectFootsteps(
            pb.DetectFootstepsRequest(video=video, output_prefix=f"{PREFIX}/whole")
        )
    )
    assert progress
    assert abs(whole.footstep_count - joined.footstep_count) <= 1


async def test_nobody_is_a_result_with_no_footsteps(desk: Desk) -> None:
    path = desk.folder / "nobody.mp4"
    clip(path)
    video = await desk.put(path, "clips/c-2/source")
    result, _ = await outcome(
        desk.stub.DetectFootsteps(
            pb.DetectFootstepsRequest(video=video, output_prefix="clips/c-2/r")
        )
    )
    assert (result.footstep_count, result.walker_count) == (0, 0)


@pytest.mark.parametrize("content", [b"", b"this is no video", b"\x89PNG\r\n\x1a\n"])
async def test_what_is_no_video_is_said_to_be_none(desk: Desk, content: bytes) -> None:
    video = await desk.put(content, "clips/c-3/source")
    error = await failure(
        desk.stub.EstimatePoses(pb.EstimatePosesRequest(video=video, output_key="clips/c-3/p.npz"))
    )
    assert isinstance(error, UndecodableMedia)
    assert await desk.store.find("clips/c-3/p.npz") is None


async def test_everything_wrong_with_a_request_is_said_at_once(desk: Desk) -> None:
    request = pb.EstimatePosesRequest(
        range=time_range_to_proto(3, 2),
        options=pb.PoseOptions(min_person_confidence=2, max_people_count=99),
        output_key="../x",
    )
    error = await failure(desk.stub.EstimatePoses(request))
    assert isinstance(error, InvalidField)
    assert {violation.field for violation in error.violations} == {
        "video",
        "range.end_offset",
        "options.min_person_confidence",
        "options.max_people_count",
        "output_key",
    }
    error = await failure(
        desk.stub.FindFootsteps(pb.FindFootstepsRequest(sensitivity=9, output_prefix="x/"))
    )  # type: ignore[arg-type]
    assert isinstance(error, InvalidField)
    assert {violation.field for violation in error.violations} == {
        "segments",
        "video",
        "sensitivity",
        "output_prefix",
    }


async def test_a_segment_behind_the_end_of_the_video_is_refused(desk: Desk) -> None:
    video = await desk.put(SIDE_WALK, "clips/c-1/source")
    request = pb.EstimatePosesRequest(
        video=video, range=time_range_to_proto(60, 90), output_key="clips/c-1/p.npz"
    )
    error = await failure(desk.stub.EstimatePoses(request))
    assert isinstance(error, InvalidField)
    assert error.violations[0].field == "range.start_offset"


async def test_missing_objects_and_foreign_files_are_told_apart(desk: Desk) -> None:
    lost = media_pb2.ObjectRef(
        bucket="foley", key="clips/none", sha256="0" * 64, size_bytes=3, media_type="video/mp4"
    )
    error = await failure(
        desk.stub.EstimatePoses(pb.EstimatePosesRequest(video=lost, output_key="clips/p.npz"))
    )
    assert isinstance(error, ObjectNotFound)
    foreign = await desk.put(b"no poses", "clips/c-4/p.npz")
    video = media_pb2.VideoInfo(width_px=10, height_px=10)
    find = pb.FindFootstepsRequest(segments=[foreign], video=video, output_prefix="clips/c-4/r")
    assert isinstance(await failure(desk.stub.FindFootsteps(find)), SchemaMismatch)


async def test_live_detection_says_that_it_is_not_served_yet(desk: Desk) -> None:
    async def requests() -> AsyncIterator[pb.StreamFootstepsRequest]:
        yield pb.StreamFootstepsRequest(config=pb.StreamConfig(width_px=640, height_px=360))
        await asyncio.sleep(60)  # a camera goes on; the call ends all the same

    assert isinstance(await failure(desk.stub.StreamFootsteps(requests())), NotServedYet)


async def test_a_call_that_is_given_up_stops_the_work(desk: Desk) -> None:
    video = await desk.put(SIDE_WALK, "clips/c-1/source")
    call = desk.stub.EstimatePoses(
        pb.EstimatePosesRequest(video=video, output_key="clips/c-1/cancelled.npz")
    )
    async for event in call:
        if event.progress.done_count > 5:
            call.cancel()
            break
    # The queue has one place; a second job only runs when the first has really ended.
    async with asyncio.timeout(30):
        await outcome(
            desk.stub.EstimatePoses(
                pb.EstimatePosesRequest(
                    video=video, range=time_range_to_proto(0, 0.5), output_key="clips/c-1/next.npz"
                )
            )
        )
    assert await desk.store.find("clips/c-1/cancelled.npz") is None


async def test_before_the_models_are_loaded_calls_are_turned_away(tmp_path: Path) -> None:
    settings = DetectorSettings(
        store=StoreSettings(kind="local", root=tmp_path / "store"), device="cpu"
    )
    detector = Detector(settings)
    store = open_store(settings.store)
    video = object_ref_to_proto(await store.publish(SIDE_WALK, "clips/c-1/source", "video/mp4"))
    async with (
        running_server(settings, service_name=SERVICE_NAME, add_servicer=detector.add_to) as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        stub = pb_grpc.DetectorServiceStub(channel)
        request = pb.EstimatePosesRequest(video=video, output_key="clips/c-1/p.npz")
        assert isinstance(await failure(stub.EstimatePoses(request)), ModelLoading)
    await detector.close()


def environment(tmp_path: Path, **settings: str) -> dict[str, str]:
    return {
        **os.environ,
        "FOLEY_DETECTOR_STORE__ROOT": str(tmp_path / "store"),
        "FOLEY_DETECTOR_READY_FILE": str(tmp_path / "ready.json"),
        "FOLEY_DETECTOR_DEVICE": "cpu",
        **settings,
    }


async def test_the_program_serves_once_its_models_are_loaded_and_stops_when_told(
    tmp_path: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "foley_detector",
        env=environment(tmp_path),
        stderr=asyncio.subprocess.PIPE,
    )
    ready = tmp_path / "ready.json"
    async with asyncio.timeout(PATIENCE_S):
        while not ready.exists():
            assert process.returncode is None
            await asyncio.sleep(0.2)
    facts = json.loads(ready.read_text())
    assert facts["device"] == "cpu"
    async with open_channel(f"127.0.0.1:{facts['grpc_port']}") as channel:
        await wait_until_serving(channel, SERVICE_NAME, 10)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), END_S)
    assert process.returncode == 0
    assert not ready.exists()


async def test_missing_weights_are_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "foley_detector",
        env=environment(
            tmp_path,
            FOLEY_DETECTOR_FETCH_WEIGHTS="false",
            FOLEY_MODELS_DIR=str(tmp_path / "empty"),
            XDG_CACHE_HOME=str(tmp_path / "cache"),
        ),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 1
    last = said.decode().splitlines()[-1]
    assert last.startswith("detector cannot run: yolov8n.onnx")
    assert "foley models fetch" in last


LOST = """
import threading
from foley_common.errors import StageUnavailable
from foley_detector import server
class Lost(server.Detector):
    async def load(self):
        error = StageUnavailable("the CUDA device has failed", stage="detector")
        threading.Thread(target=self.lost, args=[error]).start()
server.Detector = Lost
server.main()
"""


async def test_a_service_whose_device_fails_ends_and_says_why(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        LOST,
        env=environment(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 1
    assert "the CUDA device has failed" in said.decode()
    assert "service_stopped" in said.decode()


async def test_a_video_info_is_what_the_poses_came_with(desk: Desk) -> None:
    video = await desk.put(SIDE_WALK, "clips/c-1/source")
    request = pb.EstimatePosesRequest(
        video=video, range=time_range_to_proto(2, 2.5), output_key=f"{PREFIX}/segments/x.npz"
    )
    estimate, _ = await outcome(desk.stub.EstimatePoses(request))
    assert estimate.statistics.frame_count == 15
    assert estimate.video.frame_count == 180  # the whole video, not the part
    assert (estimate.video.width_px, estimate.video.height_px) == (960, 540)
