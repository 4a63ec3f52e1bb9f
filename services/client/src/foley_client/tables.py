"""The summary table of a finished run."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from foley_client.grounds import ground_table
from foley_client.names import one_line
from foley_client.outputs import others_text
from foley_client.show import STAGE_LABELS
from foley_client.summary import RunSummary, VisionSummary

MEBIBYTE = 1 << 20
ENGINE_WORDS = {"sampled": "recorded", "procedural": "synthesised"}


def print_summary(console: Console, summary: RunSummary) -> None:
    """Steps per person, then sound, then times, then where the files are."""
    if summary.walkers:
        console.print(_walker_table(summary))
    elif summary.footstep_count:
        console.print(f"{summary.footstep_count} footsteps; ask for --format csv to see whose.")
    else:
        console.print(
            "No footsteps found: nobody walks in this video, or their feet are out of sight."
        )
    if summary.ground and summary.ground.spans:
        console.print(ground_table(summary.ground))
    if summary.ground_sounds:
        console.print(_sounds_table(summary))
    console.print(_figures_table(summary))
    console.print(
        f"Files in {summary.folder}: {', '.join(summary.files)}", markup=False, soft_wrap=True
    )
    if summary.other_files:
        console.print(
            others_text(summary.folder, summary.other_files), markup=False, soft_wrap=True
        )


def _walker_table(summary: RunSummary) -> Table:
    table = Table(title="Footsteps", title_justify="left")
    for name, justify in (
        ("person", "right"),
        ("steps", "right"),
        ("left", "right"),
        ("right", "right"),
        ("steps/min", "right"),
        ("ground", "left"),
        ("shoe", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for walker in summary.walkers:
        table.add_row(
            str(walker.track_id),
            str(walker.step_count),
            str(walker.left_count),
            str(walker.right_count),
            "–" if walker.cadence_spm is None else f"{walker.cadence_spm:.0f}",
            ", ".join(walker.surfaces) or "–",
            ", ".join(walker.footwear) or "–",
        )
    return table


def _sounds_table(summary: RunSummary) -> Table:
    """Strangers' titles are text, never markup, and never for the terminal to obey."""
    table = Table(title="Recorded sounds", title_justify="left")
    for name in ("ground", "looked for", "sounds", "from", "licence"):
        table.add_column(name, overflow="fold")
    for item in summary.ground_sounds:
        taken = f"{item.title} ({item.step_count} steps)" if item.step_count else item.title
        table.add_row(
            item.surface,
            _plain(item.query or "–"),
            _plain(f"synthesised: {item.fallback_reason}" if item.fallback_reason else taken),
            _plain(item.source_url or "–"),
            _plain(item.licence or ("not stated" if item.source else "–")),
        )
    return table


def _vision_words(vision: VisionSummary) -> str:
    """What it was asked and cost; and why it was not believed, which nobody would look for in a file."""
    cost = f", {vision.cost_usd:.4f} US dollars" if vision.cost_usd else ""
    said = f"{vision.model}: {vision.call_count} questions, {vision.cached_call_count} answered from memory"
    why = (
        f"; told locally, in part or all: {vision.fallback_reason}"
        if vision.fallback_reason
        else ""
    )
    return _plain(f"{said}, {vision.token_count} tokens{cost}{why}")


def _plain(text: str) -> str:
    return escape(one_line(text))


def _figures_table(summary: RunSummary) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column()
    if sound := summary.sound:
        if sound.silent:
            table.add_row("loudness", "silent")
        else:
            short = f", {sound.shortfall_lu:.1f} LU short of it" if sound.shortfall_lu > 0 else ""
            table.add_row(
                "loudness", f"{sound.integrated_lufs:.1f} LUFS (aim {sound.target_lufs:.0f}{short})"
            )
            table.add_row("true peak", f"{sound.true_peak_dbtp:.1f} dBTP")
        if summary.engines:
            words = [f"{n} {ENGINE_WORDS[engine]}" for engine, n in summary.engines.items()]
            unheard = summary.footstep_count - sum(summary.engines.values())
            if unheard > 0:
                words.append(
                    f"{unheard} not heard: outside the video, moved out by the nudge, or given twice"
                )
            table.add_row("steps", ", ".join(words))
        table.add_row(
            "sync",
            f"{sound.placed_count} steps placed, largest error {sound.max_placement_error_samples} samples; "
            f"{sound.delivered_offset_ms:+.2f} ms in foley.mp4; "
            f"{sound.onsets_found_count} of {sound.onsets_searched_count} onsets found again",
        )
    if vision := summary.vision:
        table.add_row("vision model", _vision_words(vision))
    for name, took_s in summary.stage_times_s.items():
        took = "reused" if name in summary.reused_stages else f"{took_s:.1f} s"
        table.add_row(f"time: {STAGE_LABELS.get(name, name)}", took)
    table.add_row("time: everything", f"{summary.total_time_s:.1f} s")
    if summary.peak_memory_bytes:
        table.add_row(
            "peak memory", f"{summary.peak_memory_bytes / MEBIBYTE:.0f} MiB in all processes"
        )
    return table
