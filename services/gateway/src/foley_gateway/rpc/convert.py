"""Between the contract's clips, renders and operations and the gateway's domain; options have `rpc.options`."""

from __future__ import annotations

from datetime import UTC, datetime

from google.longrunning import operations_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from foley.gateway.v1 import clip_pb2, render_pb2
from foley_common.errors import FoleyError, RenderCancelled
from foley_common.rpc.convert import enum_to_proto, object_ref_to_proto, video_info_to_proto
from foley_common.rpc.errors import STATUS_CODE, to_status
from foley_common.rpc.programme import report_to_proto
from foley_gateway.domain.types import Clip, Render, RenderFailure, RenderState
from foley_gateway.names import operation_name
from foley_gateway.rpc.options import options_to_proto
from foley_gateway.rpc.sounds import ground_sound_to_proto


def timestamp_to_proto(moment: datetime) -> Timestamp:
    """A moment to its message."""
    message = Timestamp()
    message.FromDatetime(moment.astimezone(UTC))
    return message


def clip_to_proto(clip: Clip) -> clip_pb2.Clip:
    """A clip to its message."""
    return clip_pb2.Clip(
        name=clip.name,
        display_name=clip.display_name,
        source=object_ref_to_proto(clip.source),
        video=video_info_to_proto(clip.video),
        create_time=timestamp_to_proto(clip.create_time),
    )


def render_to_proto(render: Render) -> render_pb2.Render:
    """A render to its message."""
    message = render_pb2.Render(
        name=render.name,
        options=options_to_proto(render.options),
        state=enum_to_proto(render.state, "STATE", render_pb2.Render.State),  # type: ignore[arg-type]
        progress=[
            render_pb2.StageProgress(
                stage=enum_to_proto(row.stage, "RENDER_STAGE", render_pb2.RenderStage),  # type: ignore[arg-type]
                fraction=row.fraction,
                reused=row.reused,
            )
            for row in render.progress
        ],
        create_time=timestamp_to_proto(render.create_time),
        update_time=timestamp_to_proto(render.update_time),
    )
    if render.state is RenderState.SUCCEEDED:
        message.files.extend(
            render_pb2.RenderFile(file_name=file.file_name, file=object_ref_to_proto(file.file))
            for file in render.files
        )
        if render.summary is not None:
            message.summary.CopyFrom(
                render_pb2.RenderSummary(
                    footstep_count=render.summary.footstep_count,
                    walker_count=render.summary.walker_count,
                    loudness=report_to_proto(render.summary.loudness),
                    sync=report_to_proto(render.summary.sync),
                    ground_sounds=[
                        ground_sound_to_proto(item) for item in render.summary.ground_sounds
                    ],
                    unused_overrides=render.summary.unused_overrides,
                    unused_step_edits=render.summary.unused_step_edits,
                )
            )
    if render.state is RenderState.FAILED and render.failure is not None:
        message.error_reason = render.failure.reason
        message.error_message = render.failure.message
    return message


def failure_to_error(failure: RenderFailure) -> FoleyError:
    """The error that a failed render ended with."""
    error = FoleyError(failure.message, **failure.metadata)
    error.reason = failure.reason if failure.reason in STATUS_CODE else FoleyError.reason
    return error


def operation_of(render: Render) -> operations_pb2.Operation:
    """A render as a long-running operation: metadata always, response or error at the end."""
    message = render_to_proto(render)
    operation = operations_pb2.Operation(name=operation_name(render), done=render.state.is_final)
    operation.metadata.Pack(message)
    if render.state is RenderState.SUCCEEDED:
        operation.response.Pack(message)
    elif render.state is RenderState.CANCELLED:
        operation.error.CopyFrom(
            to_status(RenderCancelled(f"{render.name} was cancelled", name=render.name))
        )
    elif render.state is RenderState.FAILED and render.failure is not None:
        operation.error.CopyFrom(to_status(failure_to_error(render.failure)))
    return operation
