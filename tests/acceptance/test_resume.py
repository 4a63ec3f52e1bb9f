"""A run that is killed hard goes on where it stopped when the same command is given again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from foley_client.home import Home, read_server_file
from support import stack
from support.patience import END_S, PATIENCE_S

NEXT_STAGE = "ground:"  # by then poses and footsteps are stored


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def stored_poses(home: Home) -> dict[str, int]:
    """When each stored file of pose tracks was written."""
    return {
        str(path): path.stat().st_mtime_ns
        for path in home.objects.rglob("*.npz*")
        if path.is_file()
    }


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see processes end")
def test_kill_9_then_the_same_command(tmp_path: Path) -> None:
    home, out = Home(tmp_path / "home"), tmp_path / "out"
    again = stack.command("run", stack.WALK, "-o", out, "--home", home.root, "--surface", "wood")
    with subprocess.Popen(
        again, stderr=subprocess.PIPE, text=True, env=stack.environment()
    ) as first:
        assert first.stderr is not None
        said: list[str] = []
        for line in first.stderr:
            said.append(line)
            if line.startswith(NEXT_STAGE):
                break
        running = read_server_file(home)
        assert running is not None, "".join(said)
        os.kill(first.pid, signal.SIGKILL)
    deadline = time.monotonic() + END_S
    while not all(gone(pid) for pid in running.service_pids.values()):
        assert time.monotonic() < deadline, "services outlive their supervisor"
        time.sleep(0.05)
    assert not (out / "foley.mp4").exists()
    made = stored_poses(home)
    assert made

    done = subprocess.run(
        [*again, "--json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env=stack.environment(),
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in out.iterdir()} >= stack.RESULT_FILES
    assert json.loads(done.stdout)["footstep_count"] > 5
    assert stored_poses(home) == made
    assert list(out.glob(".*")) == []
    assert list(home.scratch.glob("foley-audio-*")) == []  # what the killed run left there
