"""One video through a gateway into a folder: upload, render, watch, fetch. The story of `foley run` on one screen."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from foley_client.disk_need import disk_need
from foley_client.home import HOME_REMEDY, HOME_WHAT, Home, ensure_writable
from foley_client.inputs import check_video, digest_of
from foley_client.memory import peaks_of_run
from foley_client.outputs import (
    OUTPUT_REMEDY,
    OUTPUT_WHAT,
    REPORT_NAME,
    add_to_report,
    check_room,
    fetch_results,
)
from foley_client.packs import stored_packs, zips_of
from foley_client.rpc.convert import RenderView, error_of_render, render_view
from foley_client.rpc.gateway import FoleyClient, StartedRender
from foley_client.rpc.options import OptionsMessage, with_packs
from foley_client.session import Place, gateway_for
from foley_client.show import Show
from foley_client.stage_clock import StageClock
from foley_client.steps_file import StepsTable
from foley_client.summary import RunSummary, summarise
from foley_client.supervisor import Supervisor
from foley_common.errors import FoleyError, RenderCancelled
from foley_common.media.info import VideoInfo

CANCEL_TIMEOUT_S = 5.0
"""How long Ctrl-C waits for the gateway to take note."""


@dataclass(frozen=True, slots=True)
class RunJob:
    """What a person asked for.

    Attributes:
        video: The file.
        folder: Where results go.
        options: What the render shall be.
        home: Where services started for this run keep their work.
        server: Address of a running gateway; None starts or finds one on this machine.
        display_name: How the clip is called at the gateway.
        packs: Sample packs, zips or folders.
        disk_check: Refuses to begin where the disk may be too small.
        steps: The table that the options' steps come from.
    """

    video: Path
    folder: Path
    options: OptionsMessage
    home: Home
    server: str | None
    display_name: str
    packs: tuple[Path, ...] = ()
    disk_check: bool = True
    steps: StepsTable | None = None


async def run_clip(job: RunJob, show: Show) -> RunSummary:
    """Do it.

    Raises:
        FoleyError: whatever went wrong, one class per reason.
        RenderCancelled: Ctrl-C or SIGTERM; the same command goes on where this one stopped.
    """
    started_s = time.monotonic()
    video = check_video(job.video)
    if job.steps is not None:
        job.steps.check_within(video.duration_s)
        job.steps.check_kept(job.folder)
    check_places(job, video)
    with zips_of(job.packs) as zips:
        return await _run(job, zips, show, started_s)


async def _run(
    job: RunJob, zips: Sequence[tuple[str, Path]], show: Show, started_s: float
) -> RunSummary:
    async with gateway_for(job.home, job.server, show) as place:
        ready_s = time.monotonic()
        async with FoleyClient(place.target) as client:
            sha256 = await asyncio.to_thread(digest_of, job.video)
            clip_name = await _stored_clip(client, job, sha256, show)
            options = copy.deepcopy(job.options)
            with_packs(options, await stored_packs(client, zips, show))
            # Without a request id the gateway finds the render of the same clip, options, models and code again,
            # under way, finished, failed or cancelled.
            started = await client.create_render(clip_name, options)
            clock = StageClock(time.monotonic())
            view = await _watched(client, started, place, clock, show)
            if error := error_of_render(view):
                raise error
            show.waiting(f"copying the files to {job.folder}")
            await fetch_results(client, view, job.folder)
        peaks = peaks_of_run(_pids(place))
        total_s = time.monotonic() - started_s
    peak_memory = sum(peaks.values()) if len(peaks) > 1 else None
    summary = summarise(
        job.folder,
        view,
        stage_times_s=clock.times_s(),
        total_time_s=total_s,
        peak_memory_bytes=peak_memory,
    )
    if REPORT_NAME in summary.files:
        add_to_report(
            job.folder,
            {
                "foley_client": version("foley-client"),
                "render": view.name,
                "reused_stages": list(summary.reused_stages),
                "ground_sounds": [asdict(item) for item in summary.ground_sounds],
                "stage_times_s": summary.stage_times_s,
                "services_ready_s": round(ready_s - started_s, 3),
                "total_time_s": round(total_s, 3),
                "peak_memory_bytes": peak_memory,
                "peak_memory_bytes_by_process": peaks,
                "service_restarts": place.supervisor.restarts() if place.supervisor else {},
            },
        )
    return summary


def check_places(job: RunJob, video: VideoInfo) -> None:
    """Prove that results and work can be written, before anything is started.

    Raises:
        StoreFull, StoreReadOnly: naming path, need and remedy.
    """
    if not job.disk_check:
        ensure_writable(job.folder, what=OUTPUT_WHAT, remedy=OUTPUT_REMEDY)
        if job.server is None:
            ensure_writable(job.home.root, what=HOME_WHAT, remedy=HOME_REMEDY)
        return
    need = disk_need(job.options, video, job.video.stat().st_size)
    check_room(
        job.folder, need.results_bytes, what=OUTPUT_WHAT, remedy=OUTPUT_REMEDY, need=need.words
    )
    if job.server is None:
        ensure_writable(job.home.root, what=HOME_WHAT, remedy=HOME_REMEDY)
        together = job.home.root.stat().st_dev == job.folder.stat().st_dev
        check_room(
            job.home.root,
            need.together_bytes if together else need.work_bytes,
            what=HOME_WHAT,
            remedy=HOME_REMEDY,
            need=f"{need.words}; results and work on one disk" if together else need.words,
        )


async def _stored_clip(client: FoleyClient, job: RunJob, sha256: str, show: Show) -> str:
    show.waiting("looking whether the gateway has this video")
    known = await client.find_clip(sha256, job.display_name)
    if known is not None:
        return known.name
    show.waiting(f"uploading {job.display_name}")
    return (await client.upload_clip(job.video, job.display_name)).name


async def _watched(
    client: FoleyClient, started: StartedRender, place: Place, clock: StageClock, show: Show
) -> RenderView:
    """The render at its end. A service that cannot be kept alive ends the wait; cancellation cancels the render."""
    tasks = [asyncio.create_task(_watch(client, started, clock, show))]
    if place.supervisor:
        tasks.append(asyncio.create_task(_raise_failure(place.supervisor)))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    except asyncio.CancelledError as err:
        with contextlib.suppress(FoleyError, TimeoutError):
            await asyncio.wait_for(client.cancel(started.operation_name), CANCEL_TIMEOUT_S)
        raise RenderCancelled("cancelled; the same command goes on where this one stopped") from err
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _raise_failure(supervisor: Supervisor) -> RenderView:
    raise await supervisor.failure()


async def _watch(
    client: FoleyClient, started: StartedRender, clock: StageClock, show: Show
) -> RenderView:
    view = render_view(started.render)
    async for render in client.watch_render(started.render.name):
        view = render_view(render)
        clock.observe(view, time.monotonic())
        show.render(view)
    return view


def _pids(place: Place) -> dict[str, int]:
    return place.supervisor.stack.service_pids if place.supervisor else place.service_pids
