"""Fixtures that integration tests share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from foley_common.observability import configure_logging


@pytest.fixture
def structured_logs() -> Iterator[None]:
    """The test logs as a service does; pytest's own handlers come back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging("tests")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
