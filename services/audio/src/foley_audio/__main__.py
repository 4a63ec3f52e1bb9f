"""``python -m foley_audio`` starts the audio service."""

from __future__ import annotations

import asyncio

from foley_audio.server import run
from foley_audio.settings import AudioSettings
from foley_common.settings import load_settings


def main() -> None:
    """Read the settings and serve until told to stop."""
    asyncio.run(run(load_settings(AudioSettings)))


if __name__ == "__main__":
    main()
