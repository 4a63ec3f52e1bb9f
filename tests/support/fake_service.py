"""A real gRPC server that is only healthy: stands for any service where the supervisor is under test.

Settings are those of every service (`FOLEY_<NAME>_…`); ``FAKE_PREFIX`` says which prefix is meant. ``FAKE_FAILS`` holds
the prefix of the service that dies at start, ``FAKE_STUBBORN`` that of one that ignores SIGTERM; with
``FAKE_TALKS_BYTES`` all write as much before they serve.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from concurrent import futures
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


def serve(name: str) -> None:
    prefix = f"FAKE_{name.upper()}_"
    if os.environ.get("FAKE_FAILS") == name:
        print("first words")
        print(os.environ.get("FAKE_SAYS", "settings are wrong: no model"), file=sys.stderr)
        raise SystemExit(4)
    if os.environ.get("FAKE_STUBBORN") == name:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("x" * int(os.environ.get("FAKE_TALKS_BYTES", "0")), end="", flush=True)
    servicer = health.HealthServicer()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port(f"127.0.0.1:{os.environ[prefix + 'PORT']}")
    server.start()
    ready = Path(os.environ[prefix + "READY_FILE"])
    partial = ready.with_suffix(".tmp")
    targets = {key: value for key, value in os.environ.items() if key.endswith("_TARGET")}
    partial.write_text(
        json.dumps({"grpc_port": port, "metrics_port": None, "rest_port": 1, "targets": targets})
    )
    partial.replace(ready)
    servicer.set(f"fake.{name}", health_pb2.HealthCheckResponse.SERVING)
    print(f"{name} serves", flush=True)
    while True:
        time.sleep(3600)
