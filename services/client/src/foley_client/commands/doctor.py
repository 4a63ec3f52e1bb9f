"""`foley doctor`: what is missing and how to get it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from foley_client.commands.common import (
    HomeOption,
    err_console,
    errors_end_command,
    out_console,
    print_json,
)
from foley_client.doctor import examine, nothing_missing
from foley_client.exit_codes import ExitCode
from foley_client.home import find_home
from foley_client.show import show_for

COLOURS = {"ok": "green", "note": "yellow", "missing": "red"}


def doctor(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder results would go to.")
    ] = Path("out"),
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look at this machine and say what is missing and how to get it; exit status 1 when something needed is."""
    with errors_end_command(), show_for(err_console()) as show:
        show.waiting("looking at this machine")
        findings = examine(find_home(home), output)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        table = Table(show_lines=False)
        for column in ("what", "", "found", "remedy"):
            table.add_column(column, overflow="fold")
        for finding in findings:
            colour = COLOURS[finding.verdict]
            table.add_row(
                escape(finding.what),
                f"[{colour}]{finding.verdict}[/{colour}]",
                escape(finding.found),
                escape(finding.remedy),
            )
        out_console().print(table)
    if not nothing_missing(findings):
        raise typer.Exit(ExitCode.INTERNAL)
