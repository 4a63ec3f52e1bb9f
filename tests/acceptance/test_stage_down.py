"""A stage service that is down: a clear error when it stays away, a finished render when it comes back."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from foley_client.exit_codes import ExitCode
from foley_client.home import Home, read_server_file
from support import clips, stack
from support.patience import END_S, PATIENCE_S


@pytest.fixture
def lonely_gateway(tmp_path: Path) -> Iterator[str]:
    """A gateway whose stages are not there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{unused.getsockname()[1]}"
        ready = tmp_path / "ready.json"
        settings = {
            "STORE__ROOT": str(tmp_path / "objects"),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'gateway.sqlite'}",
            "READY_FILE": str(ready),
            "DETECTOR_TARGET": nobody,
            "SURFACE_AGENT_TARGET": nobody,
            "AUDIO_TARGET": nobody,
            "STAGE_PATIENCE_S": "1",
        }
        with (tmp_path / "gateway.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "foley_gateway"],
                env={
                    **stack.environment(),
                    **{f"FOLEY_GATEWAY_{k}": v for k, v in settings.items()},
                },
                stdout=log,
                stderr=log,
            )
            deadline = time.monotonic() + PATIENCE_S
            while not ready.exists():
                assert process.poll() is None, (tmp_path / "gateway.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            try:
                yield f"127.0.0.1:{json.loads(ready.read_text())['grpc_port']}"
            finally:
                process.terminate()
                process.wait(END_S)


def test_a_stage_that_stays_away_is_named(lonely_gateway: str, tmp_path: Path) -> None:
    video = tmp_path / "clip.mp4"
    clips.normal(video)
    done = stack.foley("run", video, "-o", tmp_path / "out", "--server", lonely_gateway)
    assert done.returncode == ExitCode.SERVICE, done.stderr
    assert "detector" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stage_that_is_killed_comes_back_and_the_render_ends_well(
    home: Home, tmp_path: Path
) -> None:
    before = read_server_file(home)
    assert before is not None
    os.kill(before.service_pids["audio"], signal.SIGKILL)
    video = tmp_path / "clip.mp4"
    clips.normal(video, frame_count=20)
    done = stack.foley("run", video, "-o", tmp_path / "out", "--home", home.root)
    assert done.returncode == 0, done.stderr
    after = read_server_file(home)
    assert after is not None
    assert after.service_pids["audio"] != before.service_pids["audio"]
    assert after.service_pids["detector"] == before.service_pids["detector"]
