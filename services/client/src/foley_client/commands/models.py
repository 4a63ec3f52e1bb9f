"""`foley models`: the model files a run needs."""

from __future__ import annotations

import typer
from rich.table import Table

from foley_client.commands.common import err_console, errors_end_command, out_console, run_async
from foley_client.models import fetch_missing_models, is_needed, model_statuses
from foley_client.show import show_for

app = typer.Typer(
    help="The model files: fetch them, or list them with their state.", no_args_is_help=True
)
MEBIBYTE = 1 << 20


@app.command("fetch")
def fetch() -> None:
    """Fetch every model file this machine needs and check its digest; what is here already is left alone."""
    with errors_end_command(), show_for(err_console()) as show:
        paths = run_async(fetch_missing_models(show))
        show.note(f"models are complete: {', '.join(path.name for path in paths)}")


@app.command("list")
def list_models() -> None:
    """List the model files with size, licence, state and place."""
    table = Table()
    for column in ("model", "size", "licence", "needed", "state", "place"):
        table.add_column(column, overflow="fold")
    for status in model_statuses():
        table.add_row(
            status.model.name,
            f"{status.model.size_bytes / MEBIBYTE:.1f} MiB",
            status.model.licence,
            "yes" if is_needed(status.model) else "no",
            status.state.value,
            str(status.path or "–"),
        )
    out_console().print(table)
