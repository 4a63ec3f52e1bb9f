"""The command line in this process."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner, Result

from foley_client.cli import app


def foley(*arguments: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(part) for part in arguments])


def words(result: Result) -> str:
    return re.sub(r"\s+", " ", result.output)
