"""The product as people start it: `foley` as a process of its own, with real services and models."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from foley_client.home import Home, RunningStack, read_server_file
from support.patience import END_S, PATIENCE_S

DATA = Path(__file__).parents[1] / "data" / "rendered"
WALK = DATA / "d01_side_walk_30.mp4"
RESULT_FILES = {
    "foley.mp4",
    "annotated.mp4",
    "mix.wav",
    "footsteps.csv",
    "footsteps.json",
    "footsteps.txt",
    "report.json",
    "footsteps.vtt",
    "session.aaf",
    "session.edl",
    "markers.edl",
    "session.mid",
    "session.otio",
    "session.rpp",
}


def command(*arguments: str | Path) -> list[str]:
    """The command line of `foley`, by this very Python."""
    return [sys.executable, "-m", "foley_client", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Without anything that would lead `foley` elsewhere."""
    left_out = ("FOLEY_HOME", "FOLEY_SERVER")
    return {name: value for name, value in os.environ.items() if name not in left_out}


def foley(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env=environment(),
        cwd=cwd,
    )


@contextlib.contextmanager
def served(home: Home) -> Iterator[RunningStack]:
    """`foley serve` on a home, until the end of the block."""
    home.root.mkdir(parents=True, exist_ok=True)
    with (home.root / "serve.log").open("w") as log:
        process = subprocess.Popen(
            command("serve", "--port", "0", "--home", home.root),
            stdout=log,
            stderr=log,
            env=environment(),
        )
        try:
            deadline = time.monotonic() + PATIENCE_S
            while (stack := read_server_file(home)) is None:
                said = (home.root / "serve.log").read_text()
                assert process.poll() is None, (
                    f"foley serve ended with {process.returncode}: {said}"
                )
                assert time.monotonic() < deadline, (
                    f"foley serve is not up after {PATIENCE_S} s: {said}"
                )
                time.sleep(0.1)
            yield stack
        finally:
            process.terminate()
            process.wait(END_S)
