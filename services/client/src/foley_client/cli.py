"""The `foley` command line."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from foley_client.commands import models, sound
from foley_client.commands.demo import demo
from foley_client.commands.doctor import doctor
from foley_client.commands.run import detect, run
from foley_client.commands.serve import serve
from foley_client.exit_codes import MEANING

EXIT_HELP = (
    "Exit status: " + "; ".join(f"{code.value} {text}" for code, text in MEANING.items()) + "."
)

app = typer.Typer(
    name="foley",
    help="Give it a video; it gives back every footstep in it, their sound, and the video with that sound.",
    epilog=EXIT_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.command(epilog=EXIT_HELP)(run)
app.command(epilog=EXIT_HELP)(detect)
app.command(epilog=EXIT_HELP)(serve)
app.add_typer(sound.app, name="sound", epilog=EXIT_HELP)
app.add_typer(models.app, name="models")
app.command()(doctor)
app.command()(demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"foley {version('foley-client')}")
        raise typer.Exit


@app.callback()
def main(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Give it a video; it gives back every footstep in it, their sound, and the video with that sound."""
