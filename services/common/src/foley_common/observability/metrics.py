"""Prometheus metrics named ``foley_<service>_<thing>_<unit>``, made once per process, served on their own port."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    start_http_server,
)

# Seconds; from one frame's work to half an hour of video, about three a decade.
SECONDS_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)

_lock = threading.Lock()
_made: dict[tuple[CollectorRegistry, str], Any] = {}
_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)


def counter(
    name: str, meaning: str, labels: tuple[str, ...] = (), registry: CollectorRegistry = REGISTRY
) -> Counter:
    """The counter of this name; made on the first call."""
    return _once(name, registry, lambda: Counter(name, meaning, labels, registry=registry))


def gauge(
    name: str, meaning: str, labels: tuple[str, ...] = (), registry: CollectorRegistry = REGISTRY
) -> Gauge:
    """The gauge of this name; made on the first call."""
    return _once(name, registry, lambda: Gauge(name, meaning, labels, registry=registry))


def seconds_histogram(
    name: str, meaning: str, labels: tuple[str, ...] = (), registry: CollectorRegistry = REGISTRY
) -> Histogram:
    """The histogram of seconds of this name; made on the first call."""
    return _once(
        name,
        registry,
        lambda: Histogram(name, meaning, labels, registry=registry, buckets=SECONDS_BUCKETS),
    )


def _once(name: str, registry: CollectorRegistry, make: Callable[[], _Metric]) -> _Metric:
    with _lock:
        key = (registry, name)
        if key not in _made:
            _made[key] = make()
        return cast("_Metric", _made[key])


@dataclass(slots=True)
class MetricsServer:
    """The metrics page on its own port."""

    port: int
    _close: Callable[[], None]

    def close(self) -> None:
        """Stop serving and wait until the port is free."""
        self._close()


def serve_metrics(host: str, port: int, registry: CollectorRegistry = REGISTRY) -> MetricsServer:
    """Serve ``/metrics``; port 0 takes a free one.

    Raises:
        OSError: the port cannot be had.
    """
    server, thread = start_http_server(port, addr=host, registry=registry)

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return MetricsServer(port=int(server.server_port), _close=close)
