from __future__ import annotations

from pathlib import Path

import pytest

from foley_common.settings import load_settings, settings_table
from foley_surface_agent.settings import (
    DEFAULT_MODEL,
    OPENROUTER_URL,
    SurfaceAgentSettings,
    VisionSettings,
)

PREFIX = "FOLEY_SURFACE_AGENT_"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv(f"{PREFIX}STORE__ROOT", str(tmp_path))
    return monkeypatch


def test_without_a_key_nobody_is_asked(environment: pytest.MonkeyPatch):
    settings = load_settings(SurfaceAgentSettings)
    assert settings.vision.base_url == OPENROUTER_URL
    assert settings.vision.model == DEFAULT_MODEL
    assert not settings.vision.enabled


def test_a_key_switches_the_model_on_and_is_never_shown(environment: pytest.MonkeyPatch):
    environment.setenv(f"{PREFIX}VISION__API_KEY", "sk-123")
    settings = load_settings(SurfaceAgentSettings)
    assert settings.vision.enabled
    assert settings.vision.bearer() == "sk-123"
    assert "sk-123" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


def test_a_key_may_come_from_a_mounted_file(environment: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "key"
    file.write_bytes(b"\xef\xbb\xbfsk-456\r\n")  # as some editors write it
    environment.setenv(f"{PREFIX}VISION__API_KEY_FILE", str(file))
    settings = load_settings(SurfaceAgentSettings)
    assert settings.vision.enabled
    assert settings.vision.bearer() == "sk-456"


def test_an_endpoint_of_ones_own_needs_no_key(environment: pytest.MonkeyPatch):
    environment.setenv(f"{PREFIX}VISION__BASE_URL", "http://ollama:11434/v1")
    environment.setenv(f"{PREFIX}VISION__KEYLESS", "true")
    settings = load_settings(SurfaceAgentSettings)
    assert settings.vision.enabled
    assert settings.vision.bearer()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"KEYLESS": "true"}, "keyless needs a base_url"),
        ({"API_KEY": " "}, "api_key is empty"),
        ({"API_KEY_FILE": "/nowhere/key"}, "cannot be read"),
        ({"API_KEY": "a", "API_KEY_FILE": "/nowhere/key"}, "not both"),
        ({"API_KEY": "sk-in\nner"}, "characters that no key has"),
        ({"API_KEY": "schlüssel"}, "characters that no key has"),
        ({"BASE_URL": "http://me:sk-hidden@host/v1"}, "goes into api_key"),
        ({"BASE_URL": "http://host/v1?key=sk-hidden"}, "goes into api_key"),
        ({"BASE_URL": "ftp://x"}, "BASE_URL"),
        ({"TIMEOUT_S": "0"}, "TIMEOUT_S"),
        ({"MAX_RETRIES": "1000"}, "MAX_RETRIES"),
        ({"TYPO": "1"}, "TYPO"),
    ],
)
def test_wrong_settings_are_told_at_start(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    problem: str,
):
    for name, value in changes.items():
        environment.setenv(f"{PREFIX}VISION__{name}", value)
    with pytest.raises(SystemExit) as caught:
        load_settings(SurfaceAgentSettings)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert problem in said
    assert "sk-" not in said


def test_every_setting_stands_in_the_readme():
    readme = Path(__file__).parents[3] / "services" / "surface_agent" / "README.md"
    text = readme.read_text()
    for line in settings_table(SurfaceAgentSettings).splitlines():
        assert line in text


def test_every_setting_says_what_it_is_for():
    assert all(field.description for field in VisionSettings.model_fields.values())
