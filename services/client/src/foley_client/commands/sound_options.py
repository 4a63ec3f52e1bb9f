"""The options of `foley run` that say how it sounds and what is exported."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from foley_client.packs import MAX_PACKS
from foley_client.rpc.options import Ducking
from foley_common.errors import FieldViolation, InvalidField
from foley_common.sound import (
    LoudnessPreset,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
)


class SampleRate(StrEnum):
    """Sampling rates of a programme, in hertz."""

    HZ_48000 = "48000"
    HZ_96000 = "96000"


_SOUND = "Sound"
_SESSION = "Session files"
_MS_PER_S = 1000.0


def _seed(value: int) -> int:
    if not -(1 << 63) <= value < 1 << 63:
        raise typer.BadParameter("must be a whole number of 64 bits, from -2^63 to 2^63 - 1")
    return value


SeedOption = Annotated[
    int, typer.Option(help="Makes every random choice of the sound repeatable.", callback=_seed)
]
LoudnessOption = Annotated[
    LoudnessPreset,
    typer.Option(
        help="Aim of the loudness: ebu_r128 −23, atsc_a85 −24, streaming_16 −16, streaming_14 −14, cinema −27 LUFS.",
        case_sensitive=False,
        rich_help_panel=_SOUND,
    ),
]
EngineOption = Annotated[
    SoundEngine,
    typer.Option(
        help="procedural makes every step; sampled takes recorded steps where a sample pack covers the ground.",
        case_sensitive=False,
        rich_help_panel=_SOUND,
    ),
]
PackOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--pack",
        metavar="PATH",
        help="Sample pack, a zip or a folder of WAV files named like gravel_boot_walk_01.wav; give it once per pack, "
        "earlier ones win. Implies --engine sampled.",
        show_default=False,
        rich_help_panel=_SOUND,
    ),
]
RoomOption = Annotated[
    Room,
    typer.Option(
        help="The room that the footsteps sound in; auto as the picture shows it, none is dry.",
        case_sensitive=False,
        rich_help_panel=_SOUND,
    ),
]
PerspectiveOption = Annotated[
    Perspective,
    typer.Option(
        help="How far away the footsteps sound; auto from each person's size in the picture.",
        case_sensitive=False,
        rich_help_panel=_SOUND,
    ),
]
DuckDepthOption = Annotated[
    float | None,
    typer.Option(
        "--duck-depth-db",
        min=0.0,
        max=60.0,
        help="With --original duck: how far the video's own sound goes down under a step; 0 takes the default.",
        show_default="9",
        rich_help_panel=_SOUND,
    ),
]
DuckAttackOption = Annotated[
    float | None,
    typer.Option(
        "--duck-attack-ms",
        min=0.0,
        max=5000.0,
        help="How long before a step it starts to go down.",
        show_default="30",
        rich_help_panel=_SOUND,
    ),
]
DuckHoldOption = Annotated[
    float | None,
    typer.Option(
        "--duck-hold-ms",
        min=0.0,
        max=5000.0,
        help="How long it stays down after a step.",
        show_default="150",
        rich_help_panel=_SOUND,
    ),
]
DuckReleaseOption = Annotated[
    float | None,
    typer.Option(
        "--duck-release-ms",
        min=0.0,
        max=5000.0,
        help="How long it takes to come up again.",
        show_default="350",
        rich_help_panel=_SOUND,
    ),
]
SampleFormatOption = Annotated[
    SampleFormat,
    typer.Option(
        help="Samples in WAV files: pcm24 (24 bit integer) or float32.",
        case_sensitive=False,
        rich_help_panel=_SOUND,
    ),
]
SampleRateOption = Annotated[
    SampleRate,
    typer.Option(
        "--sample-rate",
        help="Samples per second in WAV files. The video's AAC sound stays at 48000; with 96000 foley.mov or foley.mkv "
        "hold all of it.",
        rich_help_panel=_SOUND,
    ),
]
StemsOption = Annotated[
    bool,
    typer.Option(
        "--stems",
        help="Write one WAV file per person, foot and layer too.",
        rich_help_panel=_SOUND,
    ),
]
ClothOption = Annotated[
    bool,
    typer.Option("--cloth", help="Add a quiet layer of moving clothes.", rich_help_panel=_SOUND),
]
NudgeOption = Annotated[
    float,
    typer.Option(
        "--nudge-ms",
        min=-1000.0,
        max=1000.0,
        help="Move every sound and every session marker later; negative moves them earlier.",
        rich_help_panel=_SOUND,
    ),
]
FormatOption = Annotated[
    list[SessionFormat] | None,
    typer.Option(
        "--format",
        help="File to export; give it once per file. bwf and archive copy the sound.",
        show_default="all but bwf and archive",
        case_sensitive=False,
        rich_help_panel=_SESSION,
    ),
]
StartTimecodeOption = Annotated[
    str,
    typer.Option(
        "--start-timecode",
        metavar="HH:MM:SS:FF",
        help="Time code of the first frame; HH:MM:SS;FF counts with drop-frame.",
        show_default="the video's own, else 00:00:00:00",
        rich_help_panel=_SESSION,
    ),
]
OffsetOption = Annotated[
    float,
    typer.Option(
        "--offset-s",
        min=-86_400.0,
        max=86_400.0,
        help="Seconds added to every position in the session files; what would stand before their start is left out.",
        rich_help_panel=_SESSION,
    ),
]
HandlesOption = Annotated[
    float,
    typer.Option(
        "--handles-s",
        min=0.0,
        max=60.0,
        help="Seconds on both ends of every sound file, to trim and fade in: silence, and at the end what still "
        "sounds; writes bwf files, which have them. At a start time code of 00:00:00:00 their time stamps lie before "
        "midnight.",
        rich_help_panel=_SESSION,
    ),
]


def chosen_engine(engine: SoundEngine, packs: list[Path] | None) -> SoundEngine:
    """The engine that was asked for; packs are played, or they would not have been given.

    Raises:
        InvalidField: more packs than a render takes.
    """
    if packs and len(packs) > MAX_PACKS:
        raise InvalidField(
            [FieldViolation("--pack", f"may be given at most {MAX_PACKS} times, is {len(packs)}")]
        )
    return SoundEngine.SAMPLED if packs else engine


def seconds(milliseconds: float) -> float:
    """Milliseconds of the command line to seconds.

    >>> seconds(-20.0)
    -0.02
    """
    return milliseconds / _MS_PER_S


def ducking_of(
    depth_db: float | None,
    attack_ms: float | None,
    hold_ms: float | None,
    release_ms: float | None,
) -> Ducking:
    """How the video's own sound gives way; what was not given stays the service's default."""
    attack_s, hold_s, release_s = (
        None if value is None else seconds(value) for value in (attack_ms, hold_ms, release_ms)
    )
    return Ducking(depth_db, attack_s, hold_s, release_s)
