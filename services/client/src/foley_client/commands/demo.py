"""`foley demo`: have the demo clip at hand."""

from __future__ import annotations

import typer

from foley_client.commands.common import err_console, errors_end_command
from foley_client.demo import demo_clip
from foley_client.show import show_for


def demo() -> None:
    """Fetch the demo clip (once) and print its path; `foley run` without VIDEO takes it."""
    with errors_end_command(), show_for(err_console()) as show:
        clip = demo_clip(show)
        if clip.why_not_real:
            show.note(
                f"The demo clip cannot be had ({clip.why_not_real}); this is a rendered clip instead."
            )
    typer.echo(clip.path)
