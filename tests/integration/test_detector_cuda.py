"""The detector on a CUDA device: the same people and steps as on the CPU, over real gRPC, and a device that is full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from foley.detector.v1 import detector_service_pb2 as pb
from foley.detector.v1 import detector_service_pb2_grpc as pb_grpc
from foley_common.errors import ServiceBusy
from foley_common.rpc.client import open_channel
from foley_common.rpc.convert import object_ref_from_proto, object_ref_to_proto
from foley_common.rpc.footsteps import detected_footsteps_from_bytes
from foley_common.rpc.server import running_server
from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_detector.domain.boxes import overlap
from foley_detector.models.yolo import YoloPersonDetector
from foley_detector.server import SERVICE_NAME, Detector
from foley_detector.settings import DetectorSettings
from support.rendered import CROSSING, SIDE_WALK, frames, loaded, weights

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def on_cuda() -> YoloPersonDetector:
    return YoloPersonDetector(weights("yolov8n.pt"), device="cuda")


@pytest.mark.parametrize("first", [60, 75, 90])
def test_people_are_those_of_the_cpu(on_cuda: YoloPersonDetector, first: int) -> None:
    for frame in frames(CROSSING, 10, first=first):
        cpu, cuda = loaded().models.people.detect(frame.picture), on_cuda.detect(frame.picture)
        assert len(cuda.confidence) == len(cpu.confidence)
        best = overlap(cpu.box_xyxy_px, cuda.box_xyxy_px)
        assert best.max(axis=1).min() > 0.999
        by = best.argmax(axis=1)
        assert np.abs(cuda.confidence[by] - cpu.confidence).max() < 0.001


def test_a_full_device_is_said_to_be_busy_and_works_again_once_there_is_room(
    on_cuda: YoloPersonDetector,
) -> None:
    picture = frames(CROSSING, 1, first=90)[0].picture
    before = on_cuda.detect(picture)
    torch.cuda.empty_cache()
    whole_bytes = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(
        (torch.cuda.memory_allocated() + (1 << 20)) / whole_bytes
    )
    try:
        with pytest.raises(ServiceBusy, match="no memory left") as caught:
            on_cuda.detect(picture)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert caught.value.metadata == {"service": "detector", "device": "cuda"}
    assert on_cuda.detect(picture).box_xyxy_px == pytest.approx(before.box_xyxy_px, abs=0.01)


async def test_auto_chooses_cuda_and_a_walk_has_the_steps_of_the_cpu(tmp_path: Path) -> None:
    found = {}
    for device in ("cpu", "auto"):
        settings = DetectorSettings(
            store=StoreSettings(kind="local", root=tmp_path / device), device=device
        )
        detector = Detector(settings)
        store = open_store(settings.store)
        async with (
            running_server(
                settings,
                service_name=SERVICE_NAME,
                add_servicer=detector.add_to,
                load=detector.load,
            ) as server,
            open_channel(server.target) as channel,
        ):
            video = await store.publish(SIDE_WALK, "clips/c-1/source", "video/mp4")
            request = pb.DetectFootstepsRequest(
                video=object_ref_to_proto(video), output_prefix="clips/c-1/r"
            )
            events = [
                event
                async for event in pb_grpc.DetectorServiceStub(channel).DetectFootsteps(request)
            ]
            data = await store.read_bytes(object_ref_from_proto(events[-1].result.footsteps))
            found[detector.facts()["device"]] = detected_footsteps_from_bytes(data).footsteps
        await detector.close()
    assert len(found["cuda"]) == len(found["cpu"]) > 0
    for ours, theirs in zip(found["cuda"], found["cpu"], strict=True):
        assert ours.side == theirs.side
        assert ours.initial_contact_time_s == pytest.approx(
            theirs.initial_contact_time_s, abs=0.001
        )
