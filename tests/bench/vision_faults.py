"""What a user gets when the vision model's endpoint misbehaves: ``make bench-vision``.

    python -m tests.bench.vision_faults

A real client asks a real server on loopback about a painted walk; each row is one fault of `support.vision_faults`,
which the tests assert too. Seconds and calls are for the whole clip (two scenes, so two calls when all is well).
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.vision_faults import FAULTS, FaultLab


async def main() -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        lab = FaultLab(Path(folder))
        print("| fault | answer from | declared reason | seconds | calls |")
        print("| --- | --- | --- | --- | --- |")
        for fault in FAULTS:
            got = await lab.suffer(fault)
            print(
                f"| {fault.name} | {got.sources} | {got.reason or '–'} | {got.seconds:.1f} "
                f"| {got.calls} |",
                flush=True,
            )


if __name__ == "__main__":
    asyncio.run(main())
