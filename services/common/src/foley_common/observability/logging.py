"""JSON lines on stderr: the event's name first, values as fields, the request id on every line."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from foley_common.observability.request_id import current_request_id
from foley_common.settings import LogFormat, LogLevel

# Local variables stay out of traces: a key or a person's file name may be among them.
_tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
# Libraries that talk at INFO about things that our own events already say.
_CHATTY = ("httpx", "httpx2", "urllib3", "uvicorn.access", "dbos", "opentelemetry", "asyncio")


def configure_logging(service: str, level: LogLevel = "info", fmt: LogFormat = "json") -> None:
    """Send our events and every library's log records to stderr in one form.

    Args:
        service: Name on every line.
        level: Least severe level that is written.
        fmt: ``json`` for machines, ``console`` for people.
    """
    number = logging.getLevelNamesMapping()[level.upper()]

    def _add_service(
        _: object, __: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        _add_service,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    rendered: list[Processor] = (
        [
            structlog.processors.ExceptionRenderer(_tracebacks),
            _event_first,
            structlog.processors.JSONRenderer(default=str),
        ]
        if fmt == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                exception_formatter=structlog.dev.plain_traceback,  # rich's shows locals: secrets
            )
        ]
    )
    handler = _StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str = "foley") -> FilteringBoundLogger:
    """A logger: ``log.info("detection_finished", footstep_count=42)``."""
    return cast("FilteringBoundLogger", structlog.get_logger(name))


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment: who replaces it for a while (pytest) closes what was there between."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)  # the other one keeps a stream

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Where the records go."""
        return sys.stderr


def _add_request_id(
    _: object, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if request_id := current_request_id():
        event.setdefault("request_id", request_id)
    return event


def _event_first(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"event": event.pop("event", ""), **event}
