"""`foley surface`: what is the ground in these pictures?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from foley_client.commands.common import (
    err_console,
    errors_end_command,
    out_console,
    print_json,
    run_async,
)
from foley_client.exit_codes import exit_code_of
from foley_client.grounds import SAID_BY, WET_WORDS
from foley_client.names import one_line, shown
from foley_client.pictures import Look, look_at_pictures
from foley_client.show import show_for


def surface(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE…", help="JPEG or PNG files.")],
    model: Annotated[
        bool,
        typer.Option(
            "--model",
            help="Ask the vision model that is set up (FOLEY_SURFACE_AGENT_VISION__…); the pictures are sent there.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON list to standard output.")
    ] = False,
) -> None:
    """Say what ground is in pictures: the local classifier's answer, or the vision model's with --model."""
    with errors_end_command(), show_for(err_console()) as show:
        looks = run_async(look_at_pictures(pictures, ask_model=model, show=show))
    if as_json:
        print_json([look.to_json() for look in looks])
    else:
        out_console().print(_table(looks))
    failed = [look.error for look in looks if look.error is not None]
    if failed:
        raise typer.Exit(exit_code_of(failed[0]))


def _name(picture: Path) -> str:
    """As it was typed: names alone are alike in several folders. One line, whatever the name holds."""
    return one_line(shown(picture))


def _table(looks: list[Look]) -> Table:
    table = Table()
    for name in ("picture", "ground", "group", "sure", "beside it", "shoe", "from", "ms"):
        table.add_column(name, overflow="fold")
    for look in looks:
        answer = look.answer
        if answer is None:
            message = look.error.message if look.error else ""
            table.add_row(escape(_name(look.picture)), escape(message), *[""] * 6)
            continue
        beside = [
            WET_WORDS[answer.wet].strip(),
            answer.place.value if answer.place else "",
            f"{answer.room_size.value} room" if answer.room_size else "",
        ]
        table.add_row(
            escape(_name(look.picture)),
            answer.surface.value if answer.surface else f"unknown ({answer.best_guess.value}?)",
            answer.group.value if answer.group else "–",
            f"{answer.confidence:.2f}",
            ", ".join(part for part in beside if part) or "–",
            answer.footwear.value if answer.footwear else "–",
            SAID_BY[answer.source],
            f"{answer.elapsed_ms:.0f}",
        )
    return table
