"""Logs, metrics and request ids."""

from __future__ import annotations

from foley_common.observability.logging import configure_logging, get_logger
from foley_common.observability.request_id import (
    adopt_request_id,
    current_request_id,
    new_request_id,
    request_id_scope,
)

__all__ = [
    "adopt_request_id",
    "configure_logging",
    "current_request_id",
    "get_logger",
    "new_request_id",
    "request_id_scope",
]
