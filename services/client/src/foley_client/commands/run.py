"""`foley run` and `foley detect`: one video to a folder of results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from foley_client.commands.common import (
    HomeOption,
    ServerOption,
    err_console,
    errors_end_command,
    out_console,
    run_async,
)
from foley_client.demo import demo_clip
from foley_client.home import find_home
from foley_client.inputs import folder_name_of
from foley_client.rpc.options import OptionsMessage, OriginalSound, render_options
from foley_client.runner import RunJob, run_clip
from foley_client.show import Show, show_for
from foley_client.summary import RunSummary
from foley_client.tables import print_summary
from foley_common.footsteps import Sensitivity
from foley_common.surfaces import Footwear, Surface

DEFAULT_OUTPUT_FOLDER = Path("out")
DELIVERED_VIDEO = "foley.mp4"

VideoArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="VIDEO", help="The video. Without one, the demo clip.", show_default=False
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Folder for the results.",
        show_default="out/<name of VIDEO>",
    ),
]
SensitivityOption = Annotated[
    Sensitivity,
    typer.Option(help="How readily a movement counts as a footstep.", case_sensitive=False),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the summary as JSON to standard output.")
]


def run(  # noqa: PLR0917 - typer reads the signature; people write options
    video: VideoArgument = None,
    output: OutputOption = None,
    surface: Annotated[
        Surface | None,
        typer.Option(
            help="The ground under everybody; wins over the models.", case_sensitive=False
        ),
    ] = None,
    footwear: Annotated[
        Footwear | None,
        typer.Option(help="The shoe of everybody; wins over the models.", case_sensitive=False),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Makes every random choice of the sound repeatable.")
    ] = 0,
    sensitivity: SensitivityOption = Sensitivity.MEDIUM,
    original: Annotated[
        OriginalSound,
        typer.Option(help="What happens to the video's own sound.", case_sensitive=False),
    ] = OriginalSound.KEEP,
    server: ServerOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    open_result: Annotated[
        bool, typer.Option("--open", help="Open foley.mp4 when it is done.")
    ] = False,
) -> None:
    """Make the footsteps of VIDEO heard: foley.mp4, annotated.mp4, mix.wav, footsteps.csv|json|txt, report.json.

    A command that was stopped, with Ctrl-C or hard, goes on where it stopped when it is given again.
    """
    options = render_options(
        surface=surface,
        footwear=footwear,
        sensitivity=sensitivity,
        original_sound=original,
        seed=seed,
    )
    summary = _render(video, output, options, server=server, home=home, as_json=as_json)
    if open_result:
        typer.launch(str(Path(summary.folder) / DELIVERED_VIDEO))


def detect(  # noqa: PLR0917
    video: VideoArgument = None,
    output: OutputOption = None,
    sensitivity: SensitivityOption = Sensitivity.MEDIUM,
    server: ServerOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the footsteps of VIDEO and write them as CSV and JSON; no sound, no video."""
    options = render_options(sensitivity=sensitivity, footsteps_only=True)
    _render(video, output, options, server=server, home=home, as_json=as_json)


def _render(
    video: Path | None,
    output: Path | None,
    options: OptionsMessage,
    *,
    server: str | None,
    home: Path | None,
    as_json: bool,
) -> RunSummary:
    with errors_end_command(), show_for(err_console()) as show:
        chosen = video if video is not None else _demo(show)
        job = RunJob(
            video=chosen,
            folder=output or DEFAULT_OUTPUT_FOLDER / folder_name_of(chosen),
            options=options,
            home=find_home(home),
            server=server,
            display_name=chosen.name,
        )
        summary = run_async(run_clip(job, show))
    if as_json:
        typer.echo(json.dumps(summary.to_json(), indent=2, ensure_ascii=False))
    else:
        print_summary(out_console(), summary)
    return summary


def _demo(show: Show) -> Path:
    clip = demo_clip(show)
    if clip.why_not_real:
        show.note(
            f"The demo clip cannot be had ({clip.why_not_real}); taking the rendered clip {clip.path} instead."
        )
    else:
        show.note(f"No VIDEO given: taking the demo clip {clip.path}.")
    return clip.path
