"""`foley run` fetches weights only where the detector's setting lets it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from foley_client.models import FETCH_VARIABLE, fetch_missing_models, may_fetch
from foley_client.show import PlainShow
from foley_common.errors import ModelMissing


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
