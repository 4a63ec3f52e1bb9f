"""The Makefile hands names of videos on as they are, and explains itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "video",
    [
        "clip.mp4",
        "my clip.mp4",
        'it\'s "mine" & yours; $HOME $(pwd) `id` #1 \\.mp4',
        "-dash.mp4",
        "ünï 走る.mp4",
    ],
)
def test_any_name_of_a_video_arrives_whole(video: str, tmp_path: Path) -> None:
    echo = tmp_path / "foley"
    echo.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\n')
    echo.chmod(0o755)
    done = make("-s", "-o", "setup", "run", f"BIN={tmp_path}", f"VIDEO={video}", "OUT=my results")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-5:] == ["run", "--output", "my results", "--", video]


def test_help_lists_the_targets() -> None:
    done = make()
    assert done.returncode == 0
    for name in (
        "setup",
        "run",
        "serve",
        "test",
        "check",
        "bench-detection",
        "lock",
        "clean",
        "help",
    ):
        assert f"make {name} " in done.stdout


def test_a_machine_without_a_fitting_python_is_told_so(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "cksum", "grep", "sed", "mkdir", "touch", "rm"):
        (tools / name).symlink_to(shutil.which(name) or name)
    done = subprocess.run(
        [shutil.which("make") or "make", "-C", str(ROOT), "setup", f"VENV={tmp_path / 'venv'}"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tools)},
    )
    assert done.returncode != 0
    assert "no Python 3.11 or newer found" in done.stderr
