from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from foley_audio.settings import AudioSettings
from foley_common.settings import StoreSettings, settings_table

README = Path(__file__).parents[3] / "services" / "audio" / "README.md"


def test_the_readme_lists_every_setting() -> None:
    assert settings_table(AudioSettings) in README.read_text(encoding="utf-8")


def test_blocks_have_a_sensible_size(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        AudioSettings(store=StoreSettings(root=tmp_path), block_samples=1)
