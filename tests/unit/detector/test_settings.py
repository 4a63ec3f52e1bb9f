from __future__ import annotations

from pathlib import Path

import pytest

from foley_common.errors import ModelMissing
from foley_common.settings import StoreSettings, settings_table
from foley_detector.models.loading import choose_device
from foley_detector.settings import DetectorSettings

ROOT = Path(__file__).parents[3]


def test_the_readme_tells_every_setting() -> None:
    assert (
        settings_table(DetectorSettings)
        in (ROOT / "services" / "detector" / "README.md").read_text()
    )


def test_threads_are_the_cores_at_hand_up_to_eight(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = DetectorSettings(store=StoreSettings(root=Path("x")))
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: set(range(3)))
    assert settings.thread_count == 3
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: set(range(64)))
    assert settings.thread_count == 8


def test_a_device_that_is_not_there_is_an_error_not_a_slow_surprise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose_device("auto") == "cpu"
    assert choose_device("cpu") == "cpu"
    with pytest.raises(ModelMissing, match="device=cuda"):
        choose_device("cuda")
