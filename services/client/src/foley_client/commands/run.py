"""`foley run` and `foley detect`: one video to a folder of results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from foley_client.commands.common import (
    DiskCheckOption,
    HomeOption,
    ServerOption,
    err_console,
    errors_end_command,
    out_console,
    print_json,
    run_async,
)
from foley_client.commands.ground_options import (
    FindSoundsOption,
    FootwearOption,
    LocalGroundOption,
    RightsOption,
    SoundQueryOption,
    SoundSourceOption,
    SoundUrlOption,
    SurfaceOption,
    WetOption,
    search_of,
)
from foley_client.commands.sound_options import (
    ClothOption,
    DuckAttackOption,
    DuckDepthOption,
    DuckHoldOption,
    DuckReleaseOption,
    EngineOption,
    FormatOption,
    HandlesOption,
    LoudnessOption,
    NudgeOption,
    OffsetOption,
    PackOption,
    PerspectiveOption,
    RoomOption,
    SampleFormatOption,
    SampleRate,
    SampleRateOption,
    SeedOption,
    StartTimecodeOption,
    StemsOption,
    chosen_engine,
    ducking_of,
    seconds,
)
from foley_client.demo import demo_clip
from foley_client.home import find_home
from foley_client.inputs import folder_name_of
from foley_client.names import display_name_of
from foley_client.overrides import Said, said, unused
from foley_client.rpc.options import OptionsMessage, Session, SoundStyle, render_options
from foley_client.runner import RunJob, run_clip
from foley_client.show import Show, show_for
from foley_client.steps_file import StepsTable, steps_in
from foley_client.steps_words import overruled, spans_beside
from foley_client.summary import CSV_NAME, RunSummary, steps_of
from foley_client.tables import print_summary
from foley_common.footsteps import Sensitivity
from foley_common.sound import (
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SoundEngine,
)
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
StepsOption = Annotated[
    Path | None,
    typer.Option(
        "--steps",
        metavar="FILE",
        help="The steps are those of this table: a copy of footsteps.csv or footsteps.json of an earlier run (with the "
        "same --sensitivity), corrected. Change time_seconds, foot, strength, gait, surface or footwear, delete rows, "
        "add rows (without footstep_id). Its grounds and shoes win over the models, an empty cell leaves it to them; "
        "--surface, --footwear, --wet and --dry win over the table.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the summary as JSON to standard output.")
]


def run(  # noqa: PLR0917 - typer reads the signature; people write options
    video: VideoArgument = None,
    output: OutputOption = None,
    surface: SurfaceOption = None,
    footwear: FootwearOption = None,
    wet: WetOption = None,
    seed: SeedOption = 0,
    sensitivity: SensitivityOption = Sensitivity.MEDIUM,
    steps: StepsOption = None,
    original: Annotated[
        OriginalSound,
        typer.Option(help="What happens to the video's own sound.", case_sensitive=False),
    ] = OriginalSound.KEEP,
    local_ground: LocalGroundOption = False,
    find_sounds: FindSoundsOption = False,
    sound_query: SoundQueryOption = "",
    sound_url: SoundUrlOption = "",
    sound_source: SoundSourceOption = None,
    rights_confirmed: RightsOption = False,
    loudness: LoudnessOption = LoudnessPreset.EBU_R128,
    engine: EngineOption = SoundEngine.PROCEDURAL,
    pack: PackOption = None,
    room: RoomOption = Room.AUTO,
    perspective: PerspectiveOption = Perspective.AUTO,
    duck_depth_db: DuckDepthOption = None,
    duck_attack_ms: DuckAttackOption = None,
    duck_hold_ms: DuckHoldOption = None,
    duck_release_ms: DuckReleaseOption = None,
    sample_format: SampleFormatOption = SampleFormat.PCM_24,
    sample_rate: SampleRateOption = SampleRate.HZ_48000,
    stems: StemsOption = False,
    cloth: ClothOption = False,
    nudge_ms: NudgeOption = 0.0,
    formats: FormatOption = None,
    start_timecode: StartTimecodeOption = "",
    offset_s: OffsetOption = 0.0,
    handles_s: HandlesOption = 0.0,
    server: ServerOption = None,
    home: HomeOption = None,
    disk_check: DiskCheckOption = True,
    as_json: JsonOption = False,
    open_result: Annotated[
        bool, typer.Option("--open", help="Open foley.mp4 when it is done.")
    ] = False,
) -> None:
    """Make the footsteps of VIDEO heard: foley.mp4, annotated.mp4, mix.wav, footsteps.csv|json|txt, report.json.

    A command that was stopped, with Ctrl-C or hard, goes on where it stopped when it is given again.
    """
    with errors_end_command():
        engine = chosen_engine(engine, pack)
        surfaces = said("--surface", surface or (), Surface)
        shoes = said("--footwear", footwear or (), Footwear)
        search = search_of(find_sounds, sound_query, sound_url, sound_source, rights_confirmed)
        table = None if steps is None else steps_in(steps)
        listed = table.said if table else []
        said_of_steps = spans_beside(listed, surfaces, shoes, wet=wet)
    options = render_options(
        surfaces=surfaces,
        shoes=shoes,
        wet=wet,
        sound_search=search,
        step_edits=table.edits if table else None,
        only_these_steps=table is not None,
        said_of_steps=said_of_steps,
        sensitivity=sensitivity,
        original_sound=original,
        seed=seed,
        style=SoundStyle(
            loudness=loudness,
            engine=engine,
            room=room,
            perspective=perspective,
            ducking=ducking_of(duck_depth_db, duck_attack_ms, duck_hold_ms, duck_release_ms),
            sample_format=sample_format,
            sample_rate_hz=int(sample_rate),
            stems=stems,
            cloth=cloth,
            nudge_s=seconds(nudge_ms),
        ),
        session=Session(formats or (), start_timecode, offset_s, handles_s),
        local_ground_only=local_ground,
    )
    summary = _render(
        video,
        output,
        options,
        packs=pack,
        steps=table,
        server=server,
        home=home,
        disk_check=disk_check,
        as_json=as_json,
    )
    _warn([*_unused(summary, surfaces, shoes), *overruled(listed, surfaces, shoes, wet=wet)])
    if open_result:
        typer.launch(str(Path(summary.folder) / DELIVERED_VIDEO))


def detect(  # noqa: PLR0917
    video: VideoArgument = None,
    output: OutputOption = None,
    sensitivity: SensitivityOption = Sensitivity.MEDIUM,
    server: ServerOption = None,
    home: HomeOption = None,
    disk_check: DiskCheckOption = True,
    as_json: JsonOption = False,
) -> None:
    """Find the footsteps of VIDEO and write them as CSV and JSON; no sound, no video."""
    options = render_options(sensitivity=sensitivity, footsteps_only=True)
    _render(
        video,
        output,
        options,
        server=server,
        home=home,
        disk_check=disk_check,
        as_json=as_json,
    )


def _render(
    video: Path | None,
    output: Path | None,
    options: OptionsMessage,
    *,
    packs: list[Path] | None = None,
    steps: StepsTable | None = None,
    server: str | None,
    home: Path | None,
    disk_check: bool,
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
            display_name=display_name_of(chosen),
            packs=tuple(packs or ()),
            steps=steps,
            disk_check=disk_check,
        )
        summary = run_async(run_clip(job, show))
    if as_json:
        print_json(summary.to_json())
    else:
        print_summary(out_console(), summary)
    return summary


def _unused(
    summary: RunSummary, surfaces: list[Said[Surface]], shoes: list[Said[Footwear]]
) -> list[str]:
    """Grounds and shoes that no step is under; a wrong person or span would go unnoticed else."""
    if CSV_NAME not in summary.files or not summary.footstep_count:
        return []
    steps = steps_of(Path(summary.folder) / CSV_NAME)
    return [*unused("--surface", surfaces, steps), *unused("--footwear", shoes, steps)]


def _warn(lines: list[str]) -> None:
    for line in lines:
        err_console().print(line, markup=False, highlight=False, soft_wrap=True)


def _demo(show: Show) -> Path:
    clip = demo_clip(show)
    if clip.why_not_real:
        show.note(
            f"The demo clip cannot be had ({clip.why_not_real}); taking the rendered clip {clip.path} instead."
        )
    else:
        show.note(f"No VIDEO given: taking the demo clip {clip.path}.")
    return clip.path
