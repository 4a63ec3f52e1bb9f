"""Markers and fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:
    # Cores are shared: threads of one test would wait for another's.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
# Seeds every test's generator; a fixed number, so that a failure can be repeated.
TEST_SEED = 20_261_123
WORKER_BYTES = 6 << 30
"""A worker of pytest-xdist, its models and its four services, at most; measured 2.2 GiB and 1.6 GiB."""
MOST_WORKERS = 4


def pytest_xdist_auto_num_workers() -> int:
    """How many tests run side by side with ``-n auto``: as many as there are cores and memory for."""
    memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(os.cpu_count() or 1, memory_bytes // WORKER_BYTES, MOST_WORKERS))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a thing this machine does not have, saying which."""
    no_shared = pytest.mark.skip(
        reason=f"needs the development data, a folder `shared` beside {ROOT.name}"
    )
    no_gpu = pytest.mark.skip(reason="needs a CUDA device")
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(no_shared)
        if item.get_closest_marker("gpu") and not Path("/proc/driver/nvidia/version").exists():
            item.add_marker(no_gpu)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(TEST_SEED)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the development data; only for tests marked `shared`."""
    return SHARED
