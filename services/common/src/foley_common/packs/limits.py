"""How much a sample pack may hold; whatever is larger is refused before it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PackLimits:
    """Bounds of one pack.

    Attributes:
        max_zip_bytes: Of the zip itself. A thousand steps of half a second at 48 kHz and 24 bit are 72 MB.
        max_unpacked_bytes: Of everything in it together.
        max_entry_count: Files and folders in it.
        max_step_count: Steps in it.
        max_manifest_bytes: Of its manifest.
        max_ratio: Unpacked to packed bytes of one entry. Deflate reaches 1032 on zeros alone; a step with silence
            around it stays below 20.
        ratio_checked_bytes: Entries up to this many unpacked bytes may shrink as they like: a small file of silence.
        max_step_s: Length of one step.
        max_channel_count: Of one step's file.
        sample_rates_hz: Lowest and highest sampling rate of one step's file.
    """

    max_zip_bytes: int = 256 << 20
    max_unpacked_bytes: int = 512 << 20
    max_entry_count: int = 2048
    max_step_count: int = 1024
    max_manifest_bytes: int = 4 << 20
    max_ratio: float = 100.0
    ratio_checked_bytes: int = 1 << 20
    max_step_s: float = 10.0
    max_channel_count: int = 8
    sample_rates_hz: tuple[int, int] = (8_000, 192_000)
