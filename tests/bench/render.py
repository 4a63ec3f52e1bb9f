"""Time and memory of whole runs: `foley run` on a clip, each run on a home of its own, so that nothing is reused.

    python tests/bench/render.py [VIDEO] [--runs 1]

Without VIDEO the demo clip. Prints seconds per stage and the sum of all processes' memory peaks, from `report.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MEBIBYTE = 1 << 20


def one_run(video: Path | None) -> dict[str, Any]:
    """Run once on an empty home; gives the part ``run`` of the report."""
    with tempfile.TemporaryDirectory(prefix="foley-bench-") as folder:
        out = Path(folder) / "out"
        command = [
            sys.executable,
            "-m",
            "foley_client",
            "run",
            "-o",
            str(out),
            "--home",
            f"{folder}/home",
        ]
        subprocess.run(
            [*command, *([str(video)] if video else [])], check=True, stdout=subprocess.DEVNULL
        )
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return {**report["run"], "footstep_count": report["footstep_count"]}


def main() -> None:
    """Print a table of all runs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    arguments = parser.parse_args()
    runs = [one_run(arguments.video) for _ in range(arguments.runs)]
    print(f"{os.cpu_count()} cores, load before the last run's end {os.getloadavg()[0]:.1f}")
    rows = [("services ready, s", [run["services_ready_s"] for run in runs])]
    rows += [
        (f"{name}, s", [run["stage_times_s"][name] for run in runs])
        for name in runs[0]["stage_times_s"]
    ]
    rows.append(("everything, s", [run["total_time_s"] for run in runs]))
    rows.append(("peak memory, MiB", [(run["peak_memory_bytes"] or 0) / MEBIBYTE for run in runs]))
    rows.append(("footsteps", [run["footstep_count"] for run in runs]))
    for name, values in rows:
        print(f"{name:20}" + "".join(f"{value:10.1f}" for value in values))


if __name__ == "__main__":
    main()
