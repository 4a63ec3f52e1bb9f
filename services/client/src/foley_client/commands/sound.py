"""`foley sound`: footsteps without a video, and sample packs out of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from foley_client.commands.common import (
    HomeOption,
    ServerOption,
    err_console,
    errors_end_command,
    out_console,
    print_json,
    run_async,
)
from foley_client.commands.sound_options import EngineOption, PackOption, SeedOption, chosen_engine
from foley_client.home import find_home
from foley_client.outputs import others_text
from foley_client.rpc.options import SoundStyle, sound_request
from foley_client.rpc.sounds import RecordingSpec
from foley_client.show import show_for
from foley_client.sounds import PackJob, SoundJob, make_pack, make_sound
from foley_client.words import parser_of
from foley_common.errors import FieldViolation, InvalidField
from foley_common.footsteps import GaitKind
from foley_common.packs import Provenance
from foley_common.sound import SoundEngine
from foley_common.surfaces import GROUP_OF, Footwear, Surface, SurfaceGroup

app = typer.Typer(
    help="Footsteps without a video: single steps, a short walk, sample packs.",
    invoke_without_command=True,
)
DEFAULT_FOLDER = Path("out/sound")
MAX_STEPS = 256
MAX_REJECTED_ROWS = 30

SURFACE_WORDS, FOOTWEAR_WORDS, GAIT_WORDS = (
    f"<{'|'.join(words)}>" for words in (Surface, Footwear, GaitKind)
)
ALSO_SAID = "land is landing"
SurfaceOption = Annotated[
    Surface | None,
    typer.Option(
        help="The ground.", parser=parser_of(Surface), metavar=SURFACE_WORDS, show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


@app.callback()
def sound(  # noqa: PLR0917 - typer reads the signature; people write options
    context: typer.Context,
    surface: SurfaceOption = None,
    footwear: Annotated[
        Footwear,
        typer.Option(help="The shoe.", parser=parser_of(Footwear), metavar=FOOTWEAR_WORDS),
    ] = Footwear.SNEAKER,
    gait: Annotated[
        GaitKind,
        typer.Option(
            help=f"How the person moves; {ALSO_SAID}.",
            parser=parser_of(GaitKind),
            metavar=GAIT_WORDS,
        ),
    ] = GaitKind.WALK,
    strength: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="How hard the feet land, 0 to 1.")
    ] = 0.5,
    wet: Annotated[
        bool, typer.Option("--wet/--dry", help="The ground is wet, or dry.", show_default="dry")
    ] = False,
    count: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_STEPS,
            help="Single steps, one file each; without it a walk of about 8 s in one file.",
            show_default=False,
        ),
    ] = None,
    seed: SeedOption = 0,
    engine: EngineOption = SoundEngine.PROCEDURAL,
    pack: PackOption = None,
    out: Annotated[
        Path, typer.Option("--output", "--out", "-o", metavar="DIR", help="Folder for the files.")
    ] = DEFAULT_FOLDER,
    server: ServerOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make footsteps heard without a video.

    Writes WAV files and steps.json, which says at which samples feet touch the ground.
    """
    if context.invoked_subcommand is not None:
        return
    with errors_end_command(), show_for(err_console()) as show:
        if surface is None:
            raise InvalidField(
                [
                    FieldViolation(
                        "--surface",
                        f"is required: one of {', '.join(Surface)}; see `foley sound list`",
                    )
                ]
            )
        if count is not None and pack:
            raise InvalidField(
                [FieldViolation("--pack", "plays in a walk: leave out --count, or the packs")]
            )
        if engine is SoundEngine.SAMPLED and not pack:
            show.note("no sample pack is given (--pack): every step is synthesised")
        job = SoundJob(
            request=sound_request(
                surface,
                footwear=footwear,
                gait_kind=gait,
                strength=strength,
                step_count=count or 0,
                seed=seed,
                wet=wet,
                style=SoundStyle(engine=chosen_engine(engine, pack)),
            ),
            facts={
                "surface": surface.value,
                "footwear": footwear.value,
                "gait": gait.value,
                "strength": strength,
                "wet": wet,
                "seed": seed,
            },
            packs=tuple(pack or ()),
            folder=out,
            home=find_home(home),
            server=server,
        )
        heard = run_async(make_sound(job, show))
    if as_json:
        print_json(heard.to_json())
        return
    table = Table()
    for column in ("file", "contact at sample", "length"):
        table.add_column(column, overflow="fold")
    for file in heard.files:
        contacts = ", ".join(str(sample) for sample in file.contact_samples)
        table.add_row(file.file, contacts, f"{file.duration_s:.2f} s")
    out_console().print(table)
    out_console().print(f"Files in {out}, and steps.json", markup=False, soft_wrap=True)
    if heard.other_files:
        out_console().print(others_text(str(out), heard.other_files), markup=False, soft_wrap=True)


@app.command("list")
def list_sounds(as_json: JsonOption = False) -> None:
    """List grounds, shoes and gaits that can be heard."""
    if as_json:
        words = {"surfaces": list(Surface), "footwear": list(Footwear), "gaits": list(GaitKind)}
        print_json(words)
        return
    table = Table(show_header=False)
    table.add_column()
    table.add_column()
    for group in SurfaceGroup:
        grounds = ", ".join(surface for surface in Surface if GROUP_OF[surface] is group)
        table.add_row(f"--surface ({group.value})", grounds)
    table.add_row("--footwear", ", ".join(Footwear))
    table.add_row("--gait", f"{', '.join(GaitKind)} ({ALSO_SAID})")
    out_console().print(table)


def _stream(value: int | None) -> int | None:
    if value is not None and value < 1:
        raise typer.BadParameter(
            f"is {value}; audio streams are counted from 1: give 1 or more, or leave it out for the one with most "
            "steps"
        )
    return value


@app.command("pack")
def pack_recording(  # noqa: PLR0917
    recording: Annotated[
        Path, typer.Argument(metavar="RECORDING", help="A recording of footsteps, in any format.")
    ],
    surface: Annotated[
        Surface,
        typer.Option(help="The ground in it.", parser=parser_of(Surface), metavar=SURFACE_WORDS),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--output", "--out", "-o", metavar="PACK.zip", help="The sample pack to write."
        ),
    ],
    footwear: Annotated[
        Footwear | None,
        typer.Option(
            help="The shoe in it, when known.",
            parser=parser_of(Footwear),
            metavar=FOOTWEAR_WORDS,
            show_default=False,
        ),
    ] = None,
    gait: Annotated[
        GaitKind | None,
        typer.Option(
            help=f"The gait in it, when known; {ALSO_SAID}.",
            parser=parser_of(GaitKind),
            metavar=GAIT_WORDS,
            show_default=False,
        ),
    ] = None,
    stream: Annotated[
        int | None,
        typer.Option(
            callback=_stream,
            help="Which of its audio streams, from 1, where it has several.",
            show_default="the one with most steps",
        ),
    ] = None,
    name: Annotated[
        str, typer.Option(help="Name of the pack.", show_default="ground, shoe and gait")
    ] = "",
    title: Annotated[str, typer.Option(help="Title of the recording.", show_default=False)] = "",
    source_url: Annotated[
        str, typer.Option("--source-url", help="Where it comes from.", show_default=False)
    ] = "",
    uploader: Annotated[str, typer.Option(help="Who published it.", show_default=False)] = "",
    licence: Annotated[str, typer.Option(help="Its licence.", show_default=False)] = "",
    rights_confirmed: Annotated[
        bool, typer.Option("--rights-confirmed", help="You have the right to use it.")
    ] = False,
    server: ServerOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cut the footsteps out of RECORDING into a sample pack for `foley run --engine sampled --pack`."""
    provenance = Provenance(source_url, title, uploader, licence, rights_confirmed)
    with errors_end_command(), show_for(err_console()) as show:
        spec = RecordingSpec(
            surface,
            footwear,
            gait,
            name,
            None if provenance == Provenance() else provenance,
            stream or 0,
        )
        made = run_async(make_pack(PackJob(recording, spec, out, find_home(home), server), show))
    if as_json:
        print_json(made.to_json())
        return
    console = out_console()
    steps = "1 step" if made.step_count == 1 else f"{made.step_count} steps"
    console.print(f"{steps} in {made.path}", markup=False, soft_wrap=True)
    if made.audio_stream_count > 1:
        chosen = "as asked" if stream else "the one with most steps; --stream takes another"
        console.print(
            f"Of audio stream {made.audio_stream} of {made.audio_stream_count}: {chosen}",
            markup=False,
            soft_wrap=True,
        )
    if not made.rejected:
        return
    counts = ", ".join(f"{count} × {reason}" for reason, count in made.rejected_counts().items())
    console.print(f"Not taken: {counts}", markup=False, soft_wrap=True)
    table = Table()
    for column in ("from", "to", "why"):
        table.add_column(column)
    for part in made.rejected[:MAX_REJECTED_ROWS]:
        table.add_row(f"{part.start_s:.2f} s", f"{part.end_s:.2f} s", part.reason)
    console.print(table)
    if len(made.rejected) > MAX_REJECTED_ROWS:
        console.print(f"… and {len(made.rejected) - MAX_REJECTED_ROWS} more; --json has them all")
