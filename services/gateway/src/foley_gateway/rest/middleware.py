"""Around every REST call: request id, one log line, one measurement, security headers, no trace to the caller."""

from __future__ import annotations

import time
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foley_common.observability import get_logger, request_id_scope
from foley_common.observability.metrics import seconds_histogram
from foley_gateway.rest.errors import framework_response, unplanned_response
from foley_gateway.rest.refusals import check_host, check_origin, limited

REQUEST_ID_HEADER = "x-request-id"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
STATUS_CALLER_LEFT = 499
"""In the log and the figures, for a caller who hung up before the answer (as nginx says it); sent to nobody."""
_QUIET = ("/healthz", "/readyz", "/metrics")


class RequestMiddleware:
    """One per application, outermost; plain ASGI, so that streams stay streams."""

    def __init__(
        self, app: ASGIApp, origins: Collection[str] = (), hosts: Collection[str] | None = None
    ) -> None:
        self._app, self._origins, self._hosts = app, origins, hosts
        self._seconds = seconds_histogram(
            "foley_gateway_rest_seconds",
            "Time REST calls took, by route and status.",
            ("method", "route", "status"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with request_id_scope(Headers(scope=scope).get(REQUEST_ID_HEADER)) as request_id:
            begun = time.monotonic()
            status = 0

            async def send_with_headers(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    headers = MutableHeaders(scope=message)
                    headers[REQUEST_ID_HEADER] = request_id
                    for name, value in SECURITY_HEADERS.items():
                        headers.setdefault(name, value)
                await send(message)

            try:
                check_host(scope, self._hosts)
                check_origin(scope, self._origins)
                await self._app(scope, limited(scope, receive), send_with_headers)
            except HTTPException as error:
                refused = framework_response(scope["method"], scope["path"], error)
                await refused(scope, receive, send_with_headers)
            except ClientDisconnect:
                status = status or STATUS_CALLER_LEFT
            except Exception as error:
                if status:  # too late for an answer of ours
                    raise
                await unplanned_response(error)(scope, receive, send_with_headers)
            finally:
                self._finished(scope, status, time.monotonic() - begun)

    def _finished(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(
            route, "path", "other"
        )  # the pattern, not the address: few label values, no names
        self._seconds.labels(scope["method"], path, str(status)).observe(seconds)
        log = get_logger()
        write = log.debug if scope["path"] in _QUIET else log.info
        write(
            "rest_finished",
            method=scope["method"],
            path=scope["path"],
            status=status,
            seconds=round(seconds, 4),
        )
