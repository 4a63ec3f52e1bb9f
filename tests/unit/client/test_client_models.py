"""`foley run` fetches weights only where the detector's setting lets it."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from foley_client import models as module
from foley_client.models import FETCH_VARIABLE, fetch_missing_models, may_fetch
from foley_client.show import PlainShow
from foley_common.errors import ModelMissing
from foley_common.weights import ModelState, ModelStatus
from support.patience import END_S


@pytest.mark.parametrize(("value", "allowed"), [("false", False), ("0", False), ("true", True)])
def test_the_setting_of_the_detector_counts(
    value: str, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FETCH_VARIABLE, value)
    assert may_fetch() is allowed


def test_fetching_is_allowed_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FETCH_VARIABLE, raising=False)
    assert may_fetch()


async def test_nothing_is_fetched_when_it_is_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLEY_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    show = PlainShow(Console(file=io.StringIO()))
    with pytest.raises(ModelMissing, match="switched off"):
        await fetch_missing_models(show, allow_fetch=False)
    assert not list(tmp_path.rglob("*.onnx"))


async def test_who_stops_does_not_wait_for_the_rest_of_a_download(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow(name: str, *, allow_fetch: bool, on_progress: Callable[[str, int, int], None]) -> Path:
        assert allow_fetch
        try:
            while True:
                on_progress(name, 1, 100)
                begun.set()
                time.sleep(0.01)
        finally:
            ended.set()

    missing = [
        ModelStatus(one.model, ModelState.MISSING, None)
        for one in module.model_statuses()
        if module.is_needed(one.model)
    ]
    monkeypatch.setattr(module, "list_models", lambda: missing)
    monkeypatch.setattr(module, "ensure", slow)
    task = asyncio.create_task(fetch_missing_models(PlainShow(Console(quiet=True))))
    assert await asyncio.to_thread(begun.wait, END_S)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, END_S)
