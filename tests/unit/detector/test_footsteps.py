from __future__ import annotations

from pathlib import Path

import pytest

from foley_common.footsteps import ModelVersion, Sensitivity
from foley_common.rpc.footsteps import detected_footsteps_from_bytes, detected_footsteps_to_bytes
from foley_detector import event_network
from foley_detector.event_network import default_network
from foley_detector.footsteps import find_footsteps
from support.gait import STANDING, Scene, scene_poses, video_info


def test_a_walk_from_poses_to_the_stored_message():
    scene = Scene()
    model = ModelVersion("pose.tflite", "0" * 64)
    done = []
    detected, joined = find_footsteps(
        [scene_poses(scene)],
        video_info(scene),
        models=(model,),
        on_progress=lambda *p: done.append(p),
    )
    assert len(detected.footsteps) >= 9
    assert joined.track_ids == [track.track_id for track in detected.tracks] == [1]
    network = default_network()
    assert network is not None
    assert detected.models == (model, network.version)
    assert detected.statistics.pose_frame_count == 180
    assert done[-1] == (1, 1)
    assert (
        detected_footsteps_from_bytes(detected_footsteps_to_bytes(detected)).footsteps[0].track_id
        == 1
    )


@pytest.mark.parametrize(
    "scene",
    [
        Scene(walkers=(STANDING,), noise_height=0.01),
        Scene(missing_s=((0.0, 99.0),)),
        Scene(walkers=()),
    ],
)
def test_nobody_walks_is_a_result(scene):
    detected, _ = find_footsteps([scene_poses(scene)], video_info(scene), Sensitivity.HIGH)
    assert detected.footsteps == ()


def test_sensitivity_only_leaves_out():
    scene = Scene(noise_height=0.02)
    poses, video = scene_poses(scene), video_info(scene)
    low, medium, high = (
        {s.footstep_id for s in find_footsteps([poses], video, sensitivity)[0].footsteps}
        for sensitivity in (Sensitivity.LOW, Sensitivity.MEDIUM, Sensitivity.HIGH)
    )
    assert low <= medium <= high


def test_the_same_poses_give_the_same_bytes():
    scene = Scene()
    results = [find_footsteps([scene_poses(scene)], video_info(scene))[0] for _ in range(2)]
    assert detected_footsteps_to_bytes(results[0]) == detected_footsteps_to_bytes(results[1])


def test_without_the_network_the_rules_work_and_the_result_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(event_network, "WEIGHTS", tmp_path / "none.onnx")
    default_network.cache_clear()
    try:
        scene = Scene()
        detected, _ = find_footsteps([scene_poses(scene)], video_info(scene))
    finally:
        default_network.cache_clear()
    assert detected.models == ()
    assert detected.footsteps
