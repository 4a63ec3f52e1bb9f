"""One started stack for the whole suite: real services, real models, real gRPC."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from foley_client.home import Home
from support import stack


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home on which `foley serve` runs."""
    home = Home(tmp_path_factory.mktemp("acceptance") / "home")
    with stack.served(home):
        yield home


@pytest.fixture(scope="session")
def walk(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `foley run` made of the rendered walk."""
    folder = tmp_path_factory.mktemp("results") / "a walk"
    done: subprocess.CompletedProcess[str] = stack.foley(
        "run", stack.WALK, "-o", folder, "--home", home.root, "--surface", "concrete"
    )
    assert done.returncode == 0, done.stderr
    return folder
