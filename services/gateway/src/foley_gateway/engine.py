"""The job engine (DBOS): launched, given its queues, asked to start, cancel and take up again, and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos import error as dbos_error
from sqlalchemy.exc import SQLAlchemyError

from foley_common.errors import RenderConflict, RenderNotFound, StoreUnavailable
from foley_common.objects import ObjectStore
from foley_common.observability import get_logger
from foley_common.observability.metrics import gauge
from foley_gateway.codec import to_json
from foley_gateway.domain.plan import given_up, started_again
from foley_gateway.domain.types import Render
from foley_gateway.progress import ProgressBoard
from foley_gateway.segments import SEGMENT_QUEUE
from foley_gateway.settings import GatewaySettings
from foley_gateway.stages import Stages
from foley_gateway.steps import job_of
from foley_gateway.store import Catalog
from foley_gateway.workflows import RENDER_QUEUE, RenderWorkflows

APPLICATION_NAME = "foley-gateway"
COUNT_INTERVAL_S = 5.0
"""How often segments are counted for the gauge that scaling looks at."""
CALLS_END_S = 5.0
"""How long to wait for the calls of a cancelled render: the engine looks for cancelled ones every second."""

_WAITING = ("ENQUEUED", "DELAYED")
_AT_WORK = "PENDING"
_GIVEN_UP = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"


class Engine:
    """Starts renders, and keeps them going over crashes. One per process: so is the library."""

    def __init__(
        self,
        *,
        settings: GatewaySettings,
        catalog: Catalog,
        store: ObjectStore,
        stages: Stages,
        board: ProgressBoard,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._board = board
        self._store = store
        self._stages = stages
        self._workflows: RenderWorkflows | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._segments = gauge(
            "foley_gateway_detector_segments",
            "Segments that wait for a detector or are at one.",
            ("state",),
        )

    async def launch(self) -> None:
        """Start the engine in the running loop and take up what an earlier process left."""
        _take_over_logs()
        config = DBOSConfig(
            name=APPLICATION_NAME,
            system_database_url=self._settings.database_url.get_secret_value(),
            application_version=self._settings.application_version,
            executor_id=self._settings.executor_id,
            log_level="WARNING",
            enable_otlp=False,
            notification_listener_polling_interval_sec=self._settings.queue_polling_s,
        )
        DBOS(config=config)
        self._workflows = RenderWorkflows(
            catalog=self._catalog,
            store=self._store,
            stages=self._stages,
            board=self._board,
            settings=self._settings,
        )
        DBOS.launch()  # adopts this loop: workflows and their steps run here
        await DBOS.register_queue_async(
            RENDER_QUEUE,
            worker_concurrency=self._settings.max_running_renders,
            polling_interval_sec=self._settings.queue_polling_s,
            on_conflict="always_update",
        )
        await DBOS.register_queue_async(
            SEGMENT_QUEUE,
            global_concurrency=self._settings.max_running_segments,
            polling_interval_sec=self._settings.queue_polling_s,
            on_conflict="always_update",
        )
        await self._take_up()
        self._tasks = [
            asyncio.create_task(self._board.keep_saving(), name="progress_saving"),
            asyncio.create_task(self._keep_counting(), name="segment_counting"),
        ]
        for task in self._tasks:
            task.add_done_callback(_tell_of_fault)

    async def start(self, render: Render) -> None:
        """Queue the present attempt of a render; queueing it twice is queueing it once."""
        workflows = self._launched()
        with SetWorkflowID(render.workflow_id):
            await DBOS.enqueue_workflow_async(
                RENDER_QUEUE, workflows.render, to_json(job_of(render))
            )

    async def cancel(self, render: Render) -> None:
        """End the work on a render; running calls are cancelled within about a second."""
        await DBOS.cancel_workflow_async(render.workflow_id, cancel_children=True)

    async def end(self, render: Render) -> None:
        """End the work on a render, and return when its calls have ended."""
        if not render.state.is_final:
            await self.cancel(render)
            await self._launched().at_work.ended(render.name, CALLS_END_S)

    async def forget(self, renders: Sequence[Render]) -> None:
        """Delete what the engine keeps about renders: inputs and outputs of all steps of all attempts."""
        workflow_ids = [
            replace(render, attempt=attempt).workflow_id
            for render in renders
            for attempt in range(1, render.attempt + 1)
        ]
        await DBOS.delete_workflows_async(workflow_ids, delete_children=True)

    async def close(self) -> None:
        """Stop. Renders at work stay as they are and are taken up at the next launch."""
        if self._workflows is None:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._board.save()
        await self._workflows.at_work.stop()
        self._workflows = None
        # In a thread of its own: it waits for threads which may wait for this loop, and takes the loop's pool away.
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, _destroy)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    def _launched(self) -> RenderWorkflows:
        if self._workflows is None:
            raise RuntimeError("the engine was not launched")
        return self._workflows

    async def _take_up(self) -> None:
        """Queue what an earlier process had accepted and not queued, or had begun under another version."""
        for render in await self._catalog.unfinished_renders():
            status = await DBOS.get_workflow_status_async(render.workflow_id)
            if status is None:
                await self.start(render)
                continue
            ours = status.app_version == self._settings.application_version
            if status.status == _GIVEN_UP or (status.status in (*_WAITING, _AT_WORK) and ours):
                continue  # the engine itself takes it up, or gives it up: see `_fail_given_up`
            await DBOS.cancel_workflow_async(render.workflow_id, cancel_children=True)
            try:
                again = await self._catalog.change_render(
                    render.clip_id, render.render_id, render.attempt, started_again
                )
            except (RenderConflict, RenderNotFound) as error:
                get_logger().warning(
                    "render_not_taken_up", render=render.name, problem=error.message
                )
                continue
            get_logger().info(
                "render_taken_up", render=render.name, was=status.status, version=status.app_version
            )
            await self.start(again)

    async def _keep_counting(self) -> None:
        while True:
            try:
                await self._count()
                await self._fail_given_up()
            # Scaling must not stand still because of one bad moment.
            except (SQLAlchemyError, StoreUnavailable) as error:
                get_logger().warning("segments_not_counted", error=type(error).__name__)
            await asyncio.sleep(COUNT_INTERVAL_S)

    async def _fail_given_up(self) -> None:
        """Tell of renders that the engine will not take up again, which it does not tell itself."""
        found = await DBOS.list_workflows_async(
            status=[_GIVEN_UP], load_input=False, load_output=False
        )
        names = {workflow.workflow_id for workflow in found}
        for render in await self._catalog.unfinished_renders() if names else ():
            if render.workflow_id not in names:
                continue
            with contextlib.suppress(RenderConflict, RenderNotFound):  # another gateway was faster
                failed = await self._catalog.change_render(
                    render.clip_id, render.render_id, render.attempt, given_up
                )
                self._board.publish(failed)
                get_logger().error("render_given_up", render=render.name)
        for name in names:
            await DBOS.cancel_workflow_async(name, cancel_children=True)

    async def _count(self) -> None:
        segments = await DBOS.list_workflows_async(
            queue_name=SEGMENT_QUEUE,
            status=[*_WAITING, _AT_WORK],
            load_input=False,
            load_output=False,
        )
        at_work = sum(segment.status == _AT_WORK for segment in segments)
        self._segments.labels("running").set(at_work)
        self._segments.labels("queued").set(len(segments) - at_work)


def _tell_of_fault(task: asyncio.Task[None]) -> None:
    """Nobody waits for the engine's own tasks before it stops: one that a fault ended would be missed by nobody."""
    if not task.cancelled() and (error := task.exception()) is not None:
        get_logger().error("engine_task_ended", task=task.get_name(), exc_info=error)


def _take_over_logs() -> None:
    """Keep the library from writing to the console by itself: its records go where ours go."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.addFilter(_is_no_cancellation)  # the same function again is added once
    logger.propagate = True


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """False for the library's error, with a trace, about a workflow that its owner ended: our own events say that."""
    error = record.exc_info[1] if record.exc_info else None
    ended = (dbos_error.DBOSAwaitedWorkflowCancelledError, dbos_error.DBOSWorkflowCancelledError)
    return not isinstance(error, ended)


def _destroy() -> None:
    DBOS.destroy(destroy_registry=True)
