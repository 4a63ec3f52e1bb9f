"""Renders with the caller's changes of steps: what stages are given, what is found again, what is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from foley.gateway.v1 import render_service_pb2 as pb
from foley_common.field_limits import MAX_STEP_EDITS
from foley_common.footsteps import DetectedFootsteps
from foley_common.rpc.convert import object_ref_from_proto
from foley_common.rpc.footsteps import detected_footsteps_from_bytes
from support.gateways import Studio, studio

EDITS: dict[str, Any] = {
    "edits": [
        {"footstep_id": "t1-0001", "remove": True},
        {"footstep_id": "t1-0002", "initial_contact_offset": "0.800s"},
        {"footstep_id": "nobody-7", "remove": True},
        {"initial_contact_offset": "0.300s", "side": "SIDE_RIGHT", "strength": 0.9},
    ]
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio(tmp_path) as running:
        yield running


async def given_to(house: Studio, kind: str) -> DetectedFootsteps:
    """The steps that a stage was last asked about."""
    asked = [request for request in house.fakes.requests if type(request).__name__ == kind][-1]
    data = await house.fakes.store.read_bytes(object_ref_from_proto(asked.footsteps))
    return detected_footsteps_from_bytes(data)


async def test_every_stage_after_the_detector_works_with_the_steps_as_the_caller_says(
    house: Studio,
) -> None:
    clip = await house.upload()
    plain = await house.render(clip["name"])
    await house.ended(plain["name"])
    render = await house.render(clip["name"], options={"step_edits": EDITS})
    ended = await house.ended(render["name"])
    assert ended["state"] == "STATE_SUCCEEDED", ended
    assert ended["summary"]["unused_step_edits"] == [2]
    assert ended["summary"]["footstep_count"] == len(house.fakes.steps())  # one less, one more
    for kind in ("ClassifySurfaces", "SynthesizeFootsteps", "RenderVideo", "ExportSession"):
        steps = (await given_to(house, f"{kind}Request")).footsteps
        assert [round(one.initial_contact_time_s, 3) for one in steps[:2]] == [0.3, 0.8]
        assert [one.side.value for one in steps[:2]] == ["right", "right"]
        assert "t1-0001" not in {one.footstep_id for one in steps}
    listed = await house.rest.get(f"/v1/{render['name']}/footsteps")
    first = listed.json()["footsteps"][0]
    assert (first["initial_contact_offset"], first["confidence"]) == ("0.300s", 1)

    # What the detector found is found again, and stays what it was for whoever asks without changes.
    assert [row["reused"] for row in ended["progress"][:2]] == [True, True]
    again = await house.rest.get(f"/v1/{plain['name']}/footsteps")
    assert again.json()["footsteps"][0]["footstep_id"] == "t1-0001"


async def test_another_change_is_another_render_and_the_same_one_is_the_same(house: Studio) -> None:
    clip = await house.upload()
    first = await house.render(clip["name"], options={"step_edits": EDITS})
    again = await house.render(clip["name"], options={"step_edits": EDITS})
    assert first["name"] == again["name"]
    other = {"edits": [*EDITS["edits"][:3], {"initial_contact_offset": "0.310s"}]}
    changed = await house.render(clip["name"], options={"step_edits": other})
    assert changed["name"] != first["name"]
    ended = [await house.ended(one["name"]) for one in (first, changed)]
    sounds = [
        next(file["file"]["key"] for file in one["files"] if file["file_name"] == "mix.wav")
        for one in ended
    ]
    assert sounds[0] != sounds[1]


async def test_equal_steps_are_equal_work_however_they_were_said(house: Studio) -> None:
    clip = await house.upload()
    plain = await house.ended((await house.render(clip["name"]))["name"])
    moved = {"footstep_id": "t1-0002", "initial_contact_offset": "0.800s"}
    gone = {"footstep_id": "t1-0001", "remove": True}
    harder = {"footstep_id": "t1-0003", "strength": 0.9}
    made = [
        await house.ended((await house.render(clip["name"], options={"step_edits": edits}))["name"])
        for edits in (
            {"edits": [gone, moved]},
            {"edits": [moved, gone]},
            {"edits": [moved, gone, {"footstep_id": "nobody", "remove": True}]},
            {"edits": [harder]},
            {"edits": [{"footstep_id": "t1-0003", "strength": 0.5}]},  # as it is
        )
    ]
    assert len({one["name"] for one in (plain, *made)}) == 6
    # poses, footsteps, ground, sound, video, files
    assert [[row["reused"] for row in one["progress"]] for one in made] == [
        [True, True, False, False, False, False],
        [True, True, True, True, True, True],
        [True, True, True, True, True, True],
        [True, True, True, False, False, False],
        [True, True, True, True, True, True],
    ]


async def test_thousands_of_added_steps_hold_nobody_up(house: Studio) -> None:
    clip = await house.upload()
    last_s = house.fakes.video.duration_s - 0.1
    edits = {
        "edits": [
            {"initial_contact_offset": f"{last_s * number / MAX_STEP_EDITS:.6f}s"}
            for number in range(MAX_STEP_EDITS)
        ]
    }
    render = await house.render(clip["name"], options={"step_edits": edits})
    ended = await house.ended(render["name"])
    assert ended["state"] == "STATE_SUCCEEDED", ended
    assert ended["summary"]["footstep_count"] == MAX_STEP_EDITS + len(house.fakes.steps())
    assert ended["summary"]["unused_step_edits"] == []


async def test_the_whole_list_may_be_the_callers_with_footsteps_only(house: Studio) -> None:
    clip = await house.upload()
    edits = {"edits": [{"footstep_id": "t1-0002"}], "only_these": True}
    options = {"step_edits": edits, "footsteps_only": True}
    ended = await house.ended((await house.render(clip["name"], options=options))["name"])
    assert ended["summary"]["footstep_count"] == ended["summary"]["walker_count"] == 1
    steps = (await given_to(house, "ExportSessionRequest")).footsteps
    assert [one.footstep_id for one in steps] == ["t1-0002"]


async def test_changes_are_in_the_render_itself_and_left_out_where_many_stand(
    house: Studio,
) -> None:
    clip = await house.upload()
    created = await house.render(clip["name"], options={"step_edits": EDITS})
    await house.ended(created["name"])
    told = await house.rpc.GetRender(pb.GetRenderRequest(name=created["name"]))
    assert len(told.options.step_edits.edits) == len(EDITS["edits"])
    listed = await house.rpc.ListRenders(pb.ListRendersRequest(parent=clip["name"]))
    assert [one.options.HasField("step_edits") for one in listed.renders] == [False]
    watched = [
        one.options.HasField("step_edits")
        async for one in house.rpc.WatchRender(pb.WatchRenderRequest(name=created["name"]))
    ]
    assert watched
    assert not any(watched)
    rest = await house.rest.get(f"/v1/{clip['name']}/renders")
    assert [one["options"].get("step_edits") for one in rest.json()["renders"]] == [None]
    events = await house.rest.get(f"/v1/{created['name']}/events")
    assert "STATE_SUCCEEDED" in events.text
    assert "only_these" not in events.text


async def test_a_step_after_the_end_is_refused_before_any_work(house: Studio) -> None:
    clip = await house.upload()
    edits = {"edits": [{"initial_contact_offset": "3600s"}]}
    answer = await house.rest.post(
        f"/v1/{clip['name']}/renders", json={"options": {"step_edits": edits}}
    )
    assert answer.status_code == 400
    (violation,) = answer.json()["error"]["field_violations"]
    assert violation["field"] == "options.step_edits.edits[0].initial_contact_offset"
    assert house.fakes.calls["EstimatePoses"] == 0
