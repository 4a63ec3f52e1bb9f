"""Speed, memory, equality and sums of long programmes, each in a process of its own; reached or not.

    python -m tests.bench.render [--minutes 60] [--long-minutes 240] [--fresh-minutes 10] [--sync-hours 3]

Speed is the programme's length over processor time, of everything from cues to files, with pan, distance and loudness;
the making of the pool and the start of Python are not in it. Memory is the peak of the whole process. The sound of the
video is a hiss that costs nothing to decode. A programme needs about 45 MiB of disk per minute while it is made, 190
with stems; where that is not there, the longest is made without stems.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
import time

from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.materials import load_materials
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface
from tests.bench.render_cases import Case, Figures

FRESH_GOAL = 30.0  # times real time, every step synthesised
POOL_GOAL = 130.0  # times real time, steps from a pool
MEMORY_GOAL_MIB = 250.0
NULL_GOAL_DBFS = -90.0
STEMS_MIB_PER_MINUTE = 200.0  # of disk, with room to spare


def milliseconds_per_step(synthesizer: Synthesizer, surface: Surface, count: int = 20) -> float:
    """Mean processor time of one fresh step."""
    specs = [
        StepSpec(
            surface=surface,
            footwear=Footwear.SNEAKER,
            gait_kind=GaitKind.WALK,
            strike_pattern=None,
            strength=0.5,
            stance_time_s=USUAL_STANCE_S[GaitKind.WALK],
            side=Side.LEFT,
            wet=False,
            seed=step_seed(1, f"{surface}:{i}"),
        )
        for i in range(count + 2)
    ]
    for spec in specs[:2]:
        synthesizer.step(spec)
    started = time.process_time()
    for spec in specs[2:]:
        synthesizer.step(spec)
    return 1000 * (time.process_time() - started) / count


def measured(case: Case) -> Figures:
    """The figures of a case, from a process of its own."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.render_cases", json.dumps(dataclasses.asdict(case))],
        check=True,
        capture_output=True,
        text=True,
    )
    return Figures(**json.loads(answer.stdout))


def told(reached: bool) -> str:
    """In a word."""
    return "reached" if reached else "NOT reached"


def speed(name: str, case: Case, goal: float) -> None:
    """One line on how fast a case is."""
    figures = measured(case)
    print(
        f"{name}: {case.minutes:g} min, {figures.steps} steps: {figures.times_real_time:.0f} x real time "
        f"(goal {goal:g}: {told(figures.times_real_time >= goal)}), peak {figures.peak_mib:.0f} MiB, "
        f"{figures.integrated_lufs:.2f} LUFS, {figures.true_peak_dbtp:.2f} dBTP, "
        f"limiter {figures.limiter_db:.1f} dB",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--long-minutes", type=float, default=240.0)
    parser.add_argument("--fresh-minutes", type=float, default=10.0)
    parser.add_argument("--sync-hours", type=float, default=0.0, help="0 leaves it out")
    arguments = parser.parse_args()
    synthesizer = Synthesizer(load_materials())
    costs = {surface: milliseconds_per_step(synthesizer, surface) for surface in Surface}
    print(
        "processor time per fresh step, ms: "
        + ", ".join(f"{surface} {ms:.1f}" for surface, ms in costs.items())
        + f"; mean {sum(costs.values()) / len(costs):.1f}",
        flush=True,
    )
    fresh = Case(minutes=arguments.fresh_minutes, pooled=False)
    speed("every step fresh, no room", fresh, FRESH_GOAL)
    speed("every step fresh, room", dataclasses.replace(fresh, room="medium"), FRESH_GOAL)
    pool = Case(minutes=arguments.minutes)
    speed("pool, no room", pool, POOL_GOAL)
    speed("pool, room", dataclasses.replace(pool, room="medium"), POOL_GOAL)
    speed("pool, hall", dataclasses.replace(pool, room="hall"), POOL_GOAL)
    speed("pool, room, stems", dataclasses.replace(pool, room="medium", stems=True), POOL_GOAL)
    for minutes in (arguments.minutes, arguments.long_minutes):
        free_mib = shutil.disk_usage(tempfile.gettempdir()).free / 2**20
        stems = free_mib > STEMS_MIB_PER_MINUTE * minutes
        figures = measured(Case(minutes=minutes, room="medium", stems=stems))
        what = "room and stems" if stems else "room, no stems for want of disk"
        print(
            f"memory of {minutes:g} min, {figures.steps} steps, {what}: peak {figures.peak_mib:.0f} MiB "
            f"(goal {MEMORY_GOAL_MIB:g}: {told(figures.peak_mib <= MEMORY_GOAL_MIB)})",
            flush=True,
        )
    studio = Case(minutes=5.0, room="hall", stems=True, cloth=True, original="duck")
    found = [
        measured(dataclasses.replace(studio, block_samples=size)) for size in (65_536, 20_011, 300)
    ]
    same = len({figures.digest for figures in found}) == 1
    print(f"all files are the same for blocks of 65536, 20011 and 300: {same} ({told(same)})")
    worst = max(figures.null_dbfs for figures in found)
    print(
        f"stems minus mix, limiter at {found[0].limiter_db:.1f} dB: {worst:.0f} dBFS "
        f"(goal {NULL_GOAL_DBFS:g}: {told(worst <= NULL_GOAL_DBFS)})"
    )
    if arguments.sync_hours:
        from tests.bench.render_sync import print_sync

        print_sync(arguments.sync_hours)


if __name__ == "__main__":
    main()
