"""What every stage client does alike: call, read progress, take the result, map errors, be patient."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, cast

import grpc.aio

from foley.common.v1 import progress_pb2
from foley_common.errors import FoleyError
from foley_common.rpc.client import open_channel
from foley_common.rpc.errors import from_rpc_error
from foley_gateway.patience import Patience, call_patiently
from foley_gateway.stages import OnProgress


class StageClient:
    """One channel to one stage."""

    stage = ""

    def __init__(self, target: str, patience: Patience) -> None:
        self._target = target
        self._patience = patience
        self._channel = open_channel(target)

    async def close(self) -> None:
        """Close the channel; running calls end."""
        await self._channel.close()

    async def _stream(
        self,
        method: Callable[..., Any],
        request: object,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> Any:  # noqa: ANN401 - the result message of the method
        async def call(alive: Callable[[], None]) -> Any:  # noqa: ANN401
            result = None
            async with aclosing(replies_of(method, request, deadline_s=deadline_s)) as replies:
                async for reply in replies:
                    alive()
                    if reply.WhichOneof("event") == "progress":
                        tell(on_progress, reply.progress)
                    else:
                        result = reply.result
            if result is None:
                raise FoleyError(
                    f"the {self.stage} service ended its answer without a result", stage=self.stage
                )
            return result

        return await call_patiently(self.stage, self._target, call, self._patience)

    async def _unary(
        self, method: Callable[..., Any], request: object, *, deadline_s: float
    ) -> Any:  # noqa: ANN401
        async def call(_alive: Callable[[], None]) -> Any:  # noqa: ANN401
            return await self._once(method, request, deadline_s=deadline_s)

        return await call_patiently(self.stage, self._target, call, self._patience)

    @staticmethod
    async def _once(method: Callable[..., Any], request: object, *, deadline_s: float) -> Any:  # noqa: ANN401
        try:
            return await method(request, timeout=deadline_s)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error


async def replies_of(
    method: Callable[..., Any], request: object, *, deadline_s: float
) -> AsyncGenerator[Any]:
    """The replies of one streaming call, which ends with whoever takes them (`contextlib.aclosing`).

    Raises:
        FoleyError: what the service says.
    """
    replies = cast("AsyncIterator[Any]", method(request, timeout=deadline_s))
    try:
        async for reply in replies:
            yield reply
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error
    finally:
        cast("grpc.aio.UnaryStreamCall[Any, Any]", replies).cancel()


def tell(on_progress: OnProgress, progress: progress_pb2.Progress) -> None:
    """Hand on how far a stage is, when it can say."""
    if progress.total_count > 0:
        on_progress(progress.done_count / progress.total_count)
