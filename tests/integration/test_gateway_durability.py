"""Renders survive what happens to processes: stages that are away, and a gateway that is killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS
from sqlalchemy.exc import OperationalError

from foley.gateway.v1 import render_pb2, render_service_pb2
from foley_common.objects import unanswered_key
from foley_gateway.domain.types import Render, RenderState
from foley_gateway.segments import SEGMENT_QUEUE
from foley_gateway.steps import MAX_RECOVERY_ATTEMPTS
from foley_gateway.store import Catalog
from support.gateways import Studio, attached, make_fakes, studio, subprocess_gateway
from support.stages import one_stage, segment_ranges, serving


async def test_a_stage_that_stays_away_fails_the_render_and_says_what_to_do(tmp_path: Path) -> None:
    fakes, video = make_fakes(tmp_path)
    async with one_stage(fakes, "surface_agent"), one_stage(fakes, "audio"):
        async with one_stage(fakes, "detector"):
            port = int(fakes.targets["detector"].rsplit(":", 1)[1])
        async with attached(tmp_path, fakes, video, stage_patience_s=1.0) as house:
            clip = await house.upload()
            render = await house.render(clip["name"])
            failed = await house.ended(render["name"])
            assert failed["error_reason"] == "STAGE_UNAVAILABLE"
            assert "detector" in failed["error_message"]
            assert f"127.0.0.1:{port}" in failed["error_message"]
            assert "create the render again" in failed["error_message"]
            figures = (await house.rest.get("/metrics")).text
            assert ended("failed", "STAGE_UNAVAILABLE") in figures

            async with one_stage(fakes, "detector", port):
                await house.render(clip["name"])
                assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"
                assert ended("succeeded", "") in (await house.rest.get("/metrics")).text


def ended(state: str, reason: str) -> str:
    return f'foley_gateway_renders_ended_total{{reason="{reason}",state="{state}"}} '


async def test_a_stage_that_comes_back_in_time_is_waited_for(tmp_path: Path) -> None:
    fakes, video = make_fakes(tmp_path)
    async with one_stage(fakes, "detector"), one_stage(fakes, "surface_agent"):
        async with one_stage(fakes, "audio"):
            port = int(fakes.targets["audio"].rsplit(":", 1)[1])
        async with attached(tmp_path, fakes, video, stage_patience_s=20.0) as house:
            clip = await house.upload()
            render = await house.render(clip["name"])
            await fakes.called("ClassifySurfaces")
            await asyncio.sleep(0.5)
            async with one_stage(fakes, "audio", port):
                assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"


async def test_a_stage_that_dies_in_the_middle_is_asked_again(tmp_path: Path) -> None:
    fakes, video = make_fakes(tmp_path)
    async with one_stage(fakes, "surface_agent"), one_stage(fakes, "audio"):
        async with one_stage(fakes, "detector") as target:
            port = int(target.rsplit(":", 1)[1])
            stack = attached(tmp_path, fakes, video, stage_patience_s=20.0)
            house = await stack.__aenter__()
            fakes.hold("FindFootsteps")
            clip = await house.upload()
            render = await house.render(clip["name"])
            await fakes.called("FindFootsteps")
        fakes.release("FindFootsteps")
        async with one_stage(fakes, "detector", port):
            assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"
            await stack.__aexit__(None, None, None)
    assert fakes.calls["FindFootsteps"] == 2
    assert fakes.calls["EstimatePoses"] == 1


async def test_a_ground_told_while_the_vision_models_endpoint_failed_is_looked_at_again(
    tmp_path: Path,
) -> None:
    """By the same render when it is asked for again, and by others of the clip; once answered, not any more."""
    fakes, video = make_fakes(tmp_path)

    def keys() -> list[str]:
        return [r.output_key for r in fakes.requests if hasattr(r, "local_only")]

    async with serving(fakes), attached(tmp_path, fakes, video) as house:
        clip = await house.upload()
        render = await house.render(clip["name"])
        await house.ended(render["name"])
        assert (await house.render(clip["name"]))["state"] == "STATE_SUCCEEDED"
        assert len(keys()) == 1
        await fakes.put(b"answered 503", unanswered_key(keys()[0]), "text/plain")

        again = await house.render(clip["name"])
        assert again["name"] == render["name"]
        assert again["state"] != "STATE_SUCCEEDED"
        assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"
        assert len(set(keys())) == 2

        other = await house.render(clip["name"], options={"style": {"seed": 7}})
        await house.ended(other["name"])
        assert (await house.render(clip["name"]))["state"] == "STATE_SUCCEEDED"
    assert keys()[1:] == [keys()[1]] * 2
    sounds = [
        r.output_prefix for r in fakes.requests if hasattr(r, "style") and hasattr(r, "surfaces")
    ]
    assert len(set(sounds)) == len(sounds)  # no sound of the ground that was told first


async def test_a_long_clip_is_cut_on_a_fixed_grid(tmp_path: Path) -> None:
    fakes, video = make_fakes(tmp_path, duration_s=12.0)
    async with serving(fakes), attached(tmp_path, fakes, video, segment_s=5.0) as house:
        clip = await house.upload()
        done = await house.ended(
            (await house.render(clip["name"], options={"footsteps_only": True}))["name"]
        )
    assert done["state"] == "STATE_SUCCEEDED"
    assert segment_ranges(fakes) == [(0.0, 5.0), (5.0, 10.0), (10.0, float("inf"))]
    finding = next(request for request in fakes.requests if hasattr(request, "segments"))
    assert [ref.key[-8:] for ref in finding.segments] == ["0000.npz", "0001.npz", "0002.npz"]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
async def test_a_stopped_gateway_goes_on_where_it_was(tmp_path: Path, end: signal.Signals) -> None:
    fakes, video = make_fakes(tmp_path)
    edits = {"edits": [{"footstep_id": "t1-0001", "remove": True}]}
    async with serving(fakes):
        fakes.hold("SynthesizeFootsteps")
        async with subprocess_gateway(tmp_path, fakes, video) as house:
            clip = await house.upload()
            render = await house.render(clip["name"], options={"step_edits": edits})
            await fakes.called("SynthesizeFootsteps")
            await until_written(tmp_path, render["name"])
            assert house.process is not None
            house.process.send_signal(end)
            await asyncio.wait_for(house.process.wait(), 15)
        fakes.release("SynthesizeFootsteps")

        async with subprocess_gateway(tmp_path, fakes, video) as house:
            at_once = (await house.rest.get(f"/v1/{render['name']}")).json()
            assert at_once["state"] in ("STATE_RUNNING", "STATE_SUCCEEDED")
            assert [row["fraction"] for row in at_once["progress"][:3]] == [1, 1, 1]
            done = await house.ended(render["name"])
            again = await house.upload()

    assert done["state"] == "STATE_SUCCEEDED", done
    assert done["summary"]["footstep_count"] == len(fakes.steps()) - 1
    sounded = [request for request in fakes.requests if hasattr(request, "style")]
    assert {request.footsteps.key for request in sounded} == {sounded[0].footsteps.key}
    assert again["name"] == clip["name"]
    assert fakes.calls == {
        "EstimatePoses": 1,
        "FindFootsteps": 1,
        "ClassifySurfaces": 1,
        "SynthesizeFootsteps": 2,
        "RenderVideo": 1,
        "ExportSession": 1,
    }


async def test_a_render_begun_under_another_version_is_taken_up(tmp_path: Path) -> None:
    fakes, video = make_fakes(tmp_path)
    async with serving(fakes):
        fakes.hold("ClassifySurfaces")
        async with attached(tmp_path, fakes, video, application_version="old") as house:
            clip = await house.upload()
            render = await house.render(clip["name"])
            await fakes.called("ClassifySurfaces")
        fakes.release("ClassifySurfaces")
        async with attached(tmp_path, fakes, video, application_version="new") as house:
            assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"


async def test_watchers_are_told_when_the_gateway_stops(tmp_path: Path) -> None:
    async with studio(tmp_path) as house:
        house.fakes.hold("EstimatePoses")
        clip = await house.upload()
        render = await house.render(clip["name"])
        assert house.gateway is not None
        async with house.rest.stream("GET", f"/v1/{render['name']}/events") as answer:
            lines = answer.aiter_lines()
            async for line in lines:
                if line.startswith("event: render"):
                    break
            house.gateway.application.begin_close()
            rest = [line async for line in lines]
    assert "event: problem" in rest
    assert any("STAGE_UNAVAILABLE" in line for line in rest)


def test_a_running_gateway_holds_none_of_the_heavy_libraries(tmp_path: Path) -> None:
    heavy = (
        "torch",
        "cv2",
        "mediapipe",
        "librosa",
        "ultralytics",
        "onnxruntime",
        "scipy",
        "ai_edge_litert",
    )
    code = f"""
import asyncio, sys
from foley_common.settings import StoreSettings
from foley_gateway.server import running_gateway
from foley_gateway.settings import GatewaySettings

async def main():
    store = StoreSettings(root={str(tmp_path)!r})
    settings = GatewaySettings(store=store, database_url="sqlite:///{tmp_path}/gateway.sqlite", grace_s=0)
    async with running_gateway(settings):
        print([name for name in {heavy!r} if name in sys.modules])

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" in done.stdout.splitlines(), done.stdout


async def test_a_gateway_tells_the_truth_about_what_another_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two on one database: the one that queued a render, or ran it, is not told what the other does with it."""
    async with studio(tmp_path) as house:
        others = Catalog(f"sqlite:///{tmp_path / 'gateway.sqlite'}")  # as the other one has it
        clip = await house.upload()
        house.fakes.hold("SynthesizeFootsteps")
        ours = await house.render(clip["name"])
        await house.fakes.called("SynthesizeFootsteps")
        _, clip_id, _, render_id = ours["name"].split("/")
        cancelled = await others.change_render(
            clip_id, render_id, 1, as_state(RenderState.CANCELLED)
        )
        await DBOS.cancel_workflow_async(cancelled.workflow_id, cancel_children=True)
        assert (await house.ended(ours["name"], 10))["state"] == "STATE_CANCELLED"

        async def taken_elsewhere(*_: object) -> None:
            pass

        monkeypatch.setattr(DBOS, "enqueue_workflow_async", taken_elsewhere)
        theirs = await house.render(clip["name"], request_id="theirs")
        assert theirs["state"] == "STATE_QUEUED"
        _, clip_id, _, render_id = theirs["name"].split("/")
        await others.change_render(clip_id, render_id, 1, as_state(RenderState.RUNNING))
        assert (await house.rest.get(f"/v1/{theirs['name']}")).json()["state"] == "STATE_RUNNING"
        watching = asyncio.create_task(watched_states(house, theirs["name"]))
        await asyncio.sleep(0.3)
        await others.change_render(clip_id, render_id, 1, as_state(RenderState.FAILED))
        assert (await asyncio.wait_for(watching, 10))[-1] == "STATE_FAILED"
        others.close()


async def until_written(folder: Path, name: str) -> None:
    """Progress of the first three stages is in the database, where it goes every two seconds."""
    catalog = Catalog(f"sqlite:///{folder / 'gateway.sqlite'}")
    _, clip_id, _, render_id = name.split("/")
    async with asyncio.timeout(20):
        while [row.fraction for row in (await catalog.render(clip_id, render_id)).progress[:3]] != [
            1,
            1,
            1,
        ]:
            await asyncio.sleep(0.1)
    catalog.close()


def as_state(state: RenderState) -> Callable[[Render], Render]:
    return lambda render: replace(render, state=state)


async def watched_states(house: Studio, name: str) -> list[str]:
    call = house.rpc.WatchRender(render_service_pb2.WatchRenderRequest(name=name))
    return [render_pb2.Render.State.Name(render.state) async for render in call]


async def test_segments_are_counted_again_after_a_bad_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scaling looks at this figure: it must not stand still for good because the database failed once."""
    asked = 0
    real = DBOS.list_workflows_async

    async def failing_once(**what: Any) -> Any:
        nonlocal asked
        if what.get("queue_name") == SEGMENT_QUEUE:
            asked += 1
            if asked == 1:
                raise OperationalError("select", {}, Exception("read-only transaction"))
        return await real(**what)

    monkeypatch.setattr(DBOS, "list_workflows_async", failing_once)
    monkeypatch.setattr("foley_gateway.engine.COUNT_INTERVAL_S", 0.05)
    async with studio(tmp_path) as house:
        house.fakes.hold("EstimatePoses")
        await house.render((await house.upload())["name"])
        await house.fakes.called("EstimatePoses")
        async with asyncio.timeout(10):
            while 'segments{state="running"} 1.0' not in (await house.rest.get("/metrics")).text:
                await asyncio.sleep(0.05)
        house.fakes.release("EstimatePoses")
    assert asked > 1


@pytest.mark.usefixtures("structured_logs")
async def test_a_fault_that_ends_the_counting_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def faulty(**_what: Any) -> Any:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(DBOS, "list_workflows_async", faulty)
    async with studio(tmp_path):
        await asyncio.sleep(0.1)
    lines = [line for line in capsys.readouterr().err.splitlines() if "engine_task_ended" in line]
    (told,) = (json.loads(line) for line in lines)
    assert (told["level"], told["task"]) == ("error", "segment_counting")
    assert told["exception"][0]["exc_value"] == "nobody foresaw this"


@pytest.mark.usefixtures("structured_logs")
@pytest.mark.parametrize("how", ["cancel", "delete"])
async def test_ending_a_render_is_no_error_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """Somebody is woken by error lines."""
    async with studio(tmp_path) as house:
        clip = await house.upload()
        for method in ("EstimatePoses", "SynthesizeFootsteps"):
            house.fakes.hold(method)
            render = await house.render(clip["name"], options={"style": {"seed": 5}})
            await house.fakes.called(method)
            if how == "cancel":
                await house.rest.post(f"/v1/{render['name']}:cancel")
            else:
                await house.rest.delete(f"/v1/{clip['name']}")
                clip = await house.upload()
            await asyncio.sleep(2)  # the engine looks for cancelled work every second
            house.fakes.release(method)
    lines = capsys.readouterr().err.splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]  # gRPC's own are not
    assert [event for event in events if event["level"] in ("error", "critical")] == []
    assert sum(event["event"] in ("render_cancelled", "clip_deleted") for event in events) == 2


async def test_a_render_that_the_engine_gave_up_fails_instead_of_beginning_anew(
    tmp_path: Path,
) -> None:
    """Else one that brings the gateway down would do so for ever."""
    fakes, video = make_fakes(tmp_path)
    async with serving(fakes):
        fakes.hold("FindFootsteps")
        async with subprocess_gateway(tmp_path, fakes, video) as house:
            render = await house.render((await house.upload())["name"])
            await fakes.called("FindFootsteps")
        with contextlib.closing(sqlite3.connect(tmp_path / "gateway.sqlite")) as database:
            database.execute(
                "UPDATE workflow_status SET recovery_attempts = ? WHERE status = 'PENDING'",
                (MAX_RECOVERY_ATTEMPTS + 1,),
            )
            database.commit()
        fakes.release("FindFootsteps")
        async with subprocess_gateway(tmp_path, fakes, video) as house:
            failed = await house.ended(render["name"], 20)
            assert (failed["state"], failed["error_reason"]) == ("STATE_FAILED", "INTERNAL")
            assert "given up" in failed["error_message"]
            assert fakes.calls["FindFootsteps"] == 1
            again = await house.render(failed["name"].rsplit("/renders", 1)[0])
            assert again["name"] == render["name"]
            assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"


async def test_two_renders_of_a_clip_at_once_estimate_its_poses_once(tmp_path: Path) -> None:
    async with studio(tmp_path) as house:
        house.fakes.hold("EstimatePoses")
        clip = await house.upload()
        renders = [
            await house.render(clip["name"], options={"style": {"seed": seed}}) for seed in (1, 2)
        ]
        await house.fakes.called("EstimatePoses")
        await asyncio.sleep(1)
        assert house.fakes.calls["EstimatePoses"] == 1
        house.fakes.release("EstimatePoses")
        reused = [
            (await house.ended(render["name"]))["progress"][0]["reused"] for render in renders
        ]
        assert sorted(reused) == [False, True]
