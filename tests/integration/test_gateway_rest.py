"""The gateway's REST face, with stage stand-ins that speak real gRPC."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS

from foley.gateway.v1 import render_service_pb2 as pb
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_pb
from foley_common.errors import ModelMissing
from foley_gateway.store import Catalog, RemovedClip
from support.gateways import Studio, studio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio(tmp_path) as running:
        yield running


async def test_a_video_becomes_a_render_with_all_its_files(house: Studio) -> None:
    clip = await house.upload("Spaziergang größe.mp4")
    assert clip["display_name"] == "Spaziergang größe.mp4"
    assert clip["video"]["width_px"] == house.fakes.video.width_px

    render = await house.render(clip["name"], options={"style": {"seed": 7}})
    done = await house.ended(render["name"])

    assert done["state"] == "STATE_SUCCEEDED", done
    assert [row["fraction"] for row in done["progress"]] == [1] * 6
    assert {file["file_name"] for file in done["files"]} == {
        "foley.mp4",
        "annotated.mp4",
        "mix.wav",
        "foley.wav",
        "cues.json",
        "footsteps.csv",
        "footsteps.json",
        "footsteps.txt",
        "report.json",
    }
    assert done["summary"]["footstep_count"] == len(house.fakes.steps()) > 0
    assert done["summary"]["loudness"]["integrated_lufs"] == -23
    assert done["summary"]["sync"]["delivered_offset_ms"] == 0.25
    styles = [request.style for request in house.fakes.requests if hasattr(request, "style")]
    assert {style.seed for style in styles} == {7}


async def test_the_same_video_under_the_same_name_is_the_same_clip(house: Studio) -> None:
    first, again, other = (
        await house.upload(),
        await house.upload(),
        await house.upload("other.mp4"),
    )
    assert first["name"] == again["name"] != other["name"]
    listed = (await house.rest.get("/v1/clips")).json()["clips"]
    assert [clip["name"] for clip in listed] == [other["name"], first["name"]]


async def test_words_about_nobody_and_about_no_step_are_told(house: Studio) -> None:
    clip = await house.upload()
    overrides = [
        {"surface": "SURFACE_WOOD"},
        {"track_id": 7, "surface": "SURFACE_SNOW"},
        {"range": {"start_offset": "600s", "end_offset": "700s"}, "footwear": "FOOTWEAR_BOOT"},
    ]
    render = await house.render(clip["name"], options={"overrides": overrides})
    ended = await house.ended(render["name"])
    assert ended["state"] == "STATE_SUCCEEDED", ended
    assert ended["summary"]["unused_overrides"] == [1, 2]
    told = await house.rpc.GetRender(pb.GetRenderRequest(name=render["name"]))
    assert list(told.summary.unused_overrides) == [1, 2]


async def test_equal_renders_are_one_and_a_new_seed_reuses_what_it_can(house: Studio) -> None:
    clip = await house.upload()
    first = await house.render(clip["name"], options={"style": {"seed": 1}})
    await house.ended(first["name"])
    calls = house.fakes.calls.copy()

    again = await house.render(clip["name"], options={"style": {"seed": 1}})
    assert (again["name"], again["state"]) == (first["name"], "STATE_SUCCEEDED")
    assert house.fakes.calls == calls

    other = await house.render(clip["name"], options={"style": {"seed": 2}})
    assert other["name"] != first["name"]
    done = await house.ended(other["name"])
    assert [row["reused"] for row in done["progress"]] == [True, True, True, False, False, False]


async def test_a_request_id_makes_creation_repeatable(house: Studio) -> None:
    clip = await house.upload()
    first = await house.render(clip["name"], request_id="order-17")
    again = await house.render(clip["name"], request_id="order-17")
    assert first["name"] == again["name"]

    clash = await house.rest.post(
        f"/v1/{clip['name']}/renders",
        json={"request_id": "order-17", "options": {"footsteps_only": True}},
    )
    assert (clash.status_code, clash.json()["error"]["reason"]) == (409, "RENDER_CONFLICT")
    await house.ended(first["name"])


async def test_footsteps_only_stops_after_the_footsteps(house: Studio) -> None:
    clip = await house.upload()
    done = await house.ended(
        (await house.render(clip["name"], options={"footsteps_only": True}))["name"]
    )
    assert done["state"] == "STATE_SUCCEEDED"
    assert [row["stage"] for row in done["progress"]] == [
        "RENDER_STAGE_POSES",
        "RENDER_STAGE_FOOTSTEPS",
        "RENDER_STAGE_EXPORTS",
    ]
    assert [file["file_name"] for file in done["files"]] == [
        "footsteps.csv",
        "footsteps.json",
        "footsteps.txt",
    ]
    assert set(house.fakes.calls) == {"EstimatePoses", "FindFootsteps", "ExportSession"}


async def test_a_failed_stage_fails_the_render_and_asking_again_tries_again(house: Studio) -> None:
    clip = await house.upload()
    house.fakes.fail["ClassifySurfaces"] = ModelMissing(
        "no source has ground.onnx", model="ground.onnx"
    )
    render = await house.render(clip["name"], request_id="a")
    failed = await house.ended(render["name"])
    assert (failed["state"], failed["error_reason"]) == ("STATE_FAILED", "MODEL_MISSING")
    assert failed["error_message"] == "no source has ground.onnx"
    assert failed["files"] == []

    house.fakes.fail.clear()
    again = await house.render(clip["name"], request_id="a")
    assert (again["name"], again["state"]) == (render["name"], "STATE_QUEUED")
    assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"


async def test_a_render_whose_files_were_lost_is_made_again(house: Studio) -> None:
    clip = await house.upload()
    done = await house.ended((await house.render(clip["name"]))["name"])
    mix = next(file["file"] for file in done["files"] if file["file_name"] == "mix.wav")
    await house.fakes.store.delete(mix["key"])

    again = await house.render(clip["name"])
    assert (again["name"], again["state"]) == (done["name"], "STATE_QUEUED")
    await house.ended(done["name"])
    assert (await house.rest.get(f"/v1/{done['name']}/files/mix.wav")).status_code == 200


async def test_cancelling_ends_the_running_call_too(house: Studio) -> None:
    clip = await house.upload()
    house.fakes.hold("EstimatePoses")
    render = await house.render(clip["name"])
    await house.fakes.called("EstimatePoses")

    answer = await house.rest.post(f"/v1/{render['name']}:cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "STATE_CANCELLED")
    async with asyncio.timeout(5):
        while not house.fakes.cancelled["EstimatePoses"]:
            await asyncio.sleep(0.05)
    assert (await house.rest.post(f"/v1/{render['name']}:cancel")).json()[
        "state"
    ] == "STATE_CANCELLED"
    assert house.fakes.calls["FindFootsteps"] == 0

    house.fakes.release("EstimatePoses")
    await house.render(clip["name"])
    assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"
    late = await house.rest.post(f"/v1/{render['name']}:cancel")
    assert (late.status_code, late.json()["error"]["reason"]) == (409, "RENDER_CONFLICT")


async def test_deleting_a_clip_deletes_everything_made_for_it(house: Studio) -> None:
    clip, kept = await house.upload(), await house.upload("kept.mp4")
    await house.ended((await house.render(clip["name"]))["name"])
    house.fakes.hold("RenderVideo")
    running = await house.render(clip["name"], options={"style": {"seed": 5}})
    await house.fakes.called("RenderVideo", 2)

    answer = await house.rest.delete(f"/v1/{clip['name']}")
    assert answer.status_code == 200
    assert answer.json()["deleted_object_count"] > 8
    assert [key async for key in house.fakes.store.list_keys(f"{clip['name']}/")] == []
    kept_jobs = await DBOS.list_workflows_async()
    assert [
        job.workflow_id
        for job in kept_jobs
        if clip["name"].removeprefix("clips/") in job.workflow_id
    ] == []
    for path in (clip["name"], running["name"]):
        assert (await house.rest.get(f"/v1/{path}")).status_code == 404
    assert (await house.rest.get(f"/v1/{kept['name']}")).status_code == 200


async def test_a_render_that_is_asked_for_while_its_clip_is_deleted_goes_with_it(
    house: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending the work on a clip takes a second or two, in which it is still there."""
    clip = await house.upload()
    house.fakes.hold("EstimatePoses")
    late: list[dict[str, Any]] = []
    real = Catalog.remove_clip

    async def remove_clip(catalog: Catalog, clip_id: str) -> RemovedClip:
        late.append(await house.render(clip["name"]))
        await house.fakes.called("EstimatePoses")
        return await real(catalog, clip_id)

    monkeypatch.setattr(Catalog, "remove_clip", remove_clip)
    assert (await house.rest.delete(f"/v1/{clip['name']}")).status_code == 200
    house.fakes.release("EstimatePoses")
    assert (await house.rest.get(f"/v1/{late[0]['name']}")).status_code == 404
    jobs = await DBOS.list_workflows_async(status=["PENDING", "ENQUEUED"])
    assert jobs == []
    assert house.fakes.calls["FindFootsteps"] == 0
    assert [key async for key in house.fakes.store.list_keys(f"{clip['name']}/")] == []


async def test_what_was_said_about_a_video_is_shared_by_its_clips_and_goes_with_the_last(
    house: Studio,
) -> None:
    clips = [await house.upload(), await house.upload("again.mp4")]
    other = await house.upload("other.mp4", other_video(house))
    asked = house.fakes.requests
    for clip in (*clips, other):
        done = await house.ended((await house.render(clip["name"]))["name"])
        assert done["state"] == "STATE_SUCCEEDED", done
    first, again, third = [
        request.answers_prefix
        for request in asked
        if isinstance(request, surface_pb.ClassifySurfacesRequest)
    ]
    assert first == again != third
    store = house.fakes.store
    for prefix in (first, third):
        await store.publish_bytes(b"{}", f"{prefix}/0123.json", "application/json")

    async def kept(prefix: str) -> bool:
        return [key async for key in store.list_keys(f"{prefix}/")] != []

    await house.rest.delete(f"/v1/{clips[0]['name']}")
    assert await kept(first)
    await house.rest.delete(f"/v1/{clips[1]['name']}")
    assert not await kept(first)
    assert await kept(third)


def other_video(house: Studio) -> bytes:
    """The same pictures in other bytes: a box that players skip."""
    return house.video.read_bytes() + b"\0\0\0\x08free"


async def test_lists_come_in_pages(house: Studio) -> None:
    names = [(await house.upload(f"{number}.mp4"))["name"] for number in range(3)]
    first = (await house.rest.get("/v1/clips", params={"page_size": 2})).json()
    second = (
        await house.rest.get(
            "/v1/clips", params={"page_size": 2, "page_token": first["next_page_token"]}
        )
    ).json()
    assert [clip["name"] for clip in first["clips"] + second["clips"]] == names[::-1]
    assert second["next_page_token"] == ""

    done = await house.ended(
        (await house.render(names[0], options={"footsteps_only": True}))["name"]
    )
    steps = (await house.rest.get(f"/v1/{done['name']}/footsteps", params={"page_size": 3})).json()
    rest = (
        await house.rest.get(
            f"/v1/{done['name']}/footsteps",
            params={"page_size": 3, "page_token": steps["next_page_token"]},
        )
    ).json()
    found = [step["footstep_id"] for step in steps["footsteps"] + rest["footsteps"]]
    assert found == [step.footstep_id for step in house.fakes.steps()]
    assert steps["footsteps"][0]["initial_contact_offset"] == "0.250s"


async def test_events_tell_the_state_now_and_every_change_until_the_end(house: Studio) -> None:
    house.fakes.pause_s = 0.05
    clip = await house.upload()
    house.fakes.hold("FindFootsteps")
    render = await house.render(clip["name"])
    await house.fakes.called("FindFootsteps")
    house_release = asyncio.get_running_loop().call_later(0.5, house.fakes.release, "FindFootsteps")

    events = await _events(house, render["name"])

    assert house_release.when() > 0
    assert events[0]["state"] == "STATE_RUNNING"
    assert events[0]["progress"][0]["fraction"] == 1
    assert events[-1]["state"] == "STATE_SUCCEEDED"
    assert len(events) > 4
    done = [sum(row["fraction"] for row in event["progress"]) for event in events]
    assert done == sorted(done)
    assert [event["state"] for event in await _events(house, render["name"])] == ["STATE_SUCCEEDED"]
    assert (await house.rest.get(f"/v1/{clip['name']}/renders/none/events")).status_code == 404


async def _events(house: Studio, render_name: str) -> list[dict]:
    events = []
    async with asyncio.timeout(30), house.rest.stream("GET", f"/v1/{render_name}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        kind = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                assert kind == "render", line
                events.append(json.loads(line.removeprefix("data: ")))
    return events


async def test_files_are_served_whole_in_parts_and_under_any_name(house: Studio) -> None:
    clip = await house.upload('Größe "5" – 日本.mp4')
    render = await house.render(clip["name"])
    early = await house.rest.get(f"/v1/{render['name']}/files/foley.mp4")
    assert (early.status_code, early.json()["error"]["reason"]) == (409, "RENDER_CONFLICT")
    await house.ended(render["name"])
    path, content = f"/v1/{render['name']}/files/foley.mp4", house.video.read_bytes()

    whole = await house.rest.get(path)
    assert (whole.status_code, whole.content) == (200, content)
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("video/mp4", "bytes")
    assert whole.headers["content-disposition"] == (
        'inline; filename="Gr__e _5_ _ __ - foley.mp4"; '
        "filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%225%22%20%E2%80%93%20%E6%97%A5%E6%9C%AC%20-%20foley.mp4"
    )
    part = await house.rest.get(path, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, content[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(content)}"
    tail = await house.rest.get(path, headers={"Range": "bytes=-10"})
    assert (tail.status_code, tail.content) == (206, content[-10:])
    beyond = await house.rest.get(path, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")
    head = await house.rest.head(path)
    assert (head.status_code, head.headers["content-length"], head.content) == (
        200,
        str(len(content)),
        b"",
    )
    same = await house.rest.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert same.status_code == 304
    saved = await house.rest.get(path, params={"download": "true"})
    assert saved.headers["content-disposition"].startswith("attachment;")
    none = await house.rest.get(f"/v1/{render['name']}/files/secret")
    assert (none.status_code, none.json()["error"]["reason"]) == (404, "OBJECT_NOT_FOUND")
