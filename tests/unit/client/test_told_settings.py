"""Whose settings count is said where a shell's do not, and no secret is kept for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

import pytest
from pydantic import BaseModel, SecretStr

from foley_audio.settings import AudioSettings
from foley_client.home import Home, RunningStack, held_lock, write_server_file
from foley_client.session import gateway_for
from foley_client.show import Show
from foley_client.told_settings import MAX_NAMES, SECRETS, settings_in, which_count
from foley_detector.settings import DetectorSettings
from foley_gateway.settings import GatewaySettings
from foley_surface_agent.settings import SurfaceAgentSettings

PREFIXES = ("FOLEY_AUDIO_", "FOLEY_SURFACE_AGENT_")
MODEL, KEY = "FOLEY_SURFACE_AGENT_VISION__MODEL", "FOLEY_SURFACE_AGENT_VISION__API_KEY"


def told(here: dict[str, str], there: dict[str, str] | None) -> str:
    known = None if there is None else settings_in(there, PREFIXES)
    return which_count(settings_in(here, PREFIXES), known, "X")


def test_the_same_settings_need_no_word_and_others_do_not_matter() -> None:
    same = {MODEL: "m", KEY: "k", "PATH": "/bin", "FOLEY_HOME": "/a"}
    assert told(same, {**same, "PATH": "/usr/bin", "FOLEY_HOME": "/b", "HOME": "/"}) == ""
    assert told({}, {}) == told({}, None) == told({"PATH": ""}, None) == ""
    assert told({MODEL.lower(): "m"}, {MODEL: "m"}) == ""  # services read either


def test_what_differs_is_named_from_both_sides() -> None:
    here = {MODEL: "mine", "FOLEY_AUDIO_A": "1", "FOLEY_AUDIO_B": "1"}
    there = {MODEL: "theirs", KEY: "sk-1", "FOLEY_AUDIO_B": "1"}
    assert told(here, there) == (
        f"the settings of X count, not those of this shell: {MODEL} has another value there; "
        f"FOLEY_AUDIO_A is set here alone; {KEY} is set there alone"
    )
    assert told({MODEL: "mine"}, None) == (
        f"the settings of X count, not those of this shell: {MODEL} is set here"
    )


def test_many_names_are_counted() -> None:
    here = {f"FOLEY_AUDIO_{number}": "1" for number in range(MAX_NAMES + 3)}
    assert f"FOLEY_AUDIO_{MAX_NAMES - 1} and 3 more are set here alone" in told(here, {})


def test_of_secrets_only_the_name_is_kept() -> None:
    kept = settings_in({KEY: "sk-1", "FOLEY_AUDIO_STORE__SECRET_KEY": "s"}, PREFIXES)
    assert set(kept.values()) == {""}
    assert told({KEY: "sk-1"}, {KEY: "sk-2"}) == ""


def test_of_a_group_of_settings_in_one_text_only_the_name_is_kept() -> None:
    group = "FOLEY_SURFACE_AGENT_VISION"
    kept = settings_in({group: ' {"api_key": "sk-1"}'}, PREFIXES)
    assert kept == {group: ""}


def secrets_of(settings: type[BaseModel], prefix: str) -> Iterator[str]:
    """Names of the environment that hold a secret."""
    for name, field in settings.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if part is SecretStr:
                yield f"{prefix}{name.upper()}"
            elif isinstance(part, type) and issubclass(part, BaseModel):
                yield from secrets_of(part, f"{prefix}{name.upper()}__")


def test_every_secret_of_every_service_is_known_as_one() -> None:
    found = [
        name
        for settings in (AudioSettings, DetectorSettings, GatewaySettings, SurfaceAgentSettings)
        for name in secrets_of(settings, settings.model_config["env_prefix"])
    ]
    assert {"FOLEY_GATEWAY_DATABASE_URL", "FOLEY_AUDIO_STORE__SECRET_KEY", KEY} <= set(found)
    assert [name for name in found if not name.endswith(SECRETS)] == []


class Notes:
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


async def test_a_run_with_the_services_of_a_serve_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serving(*_: object) -> bool:
        return True

    monkeypatch.setattr("foley_client.session.is_serving", serving)
    monkeypatch.setenv(MODEL, "mine")
    home, notes = Home(tmp_path), Notes()
    home.prepare()
    with held_lock(home):
        theirs = settings_in({MODEL: "theirs", KEY: "sk-theirs"}, PREFIXES)
        stack = RunningStack(7, "serve", "127.0.0.1:5", "http://127.0.0.1:6", {}, theirs)
        write_server_file(home, stack)
        assert "sk-theirs" not in home.server_file.read_text()
        async with gateway_for(home, None, cast("Show", notes)) as place:
            assert place.target == "127.0.0.1:5"
        told_file = json.loads(home.server_file.read_text())
        del told_file["settings"]  # of an older `foley serve`
        home.server_file.write_text(json.dumps(told_file))
        async with gateway_for(home, None, cast("Show", notes)):
            pass
    async with gateway_for(home, "studio.example:1", cast("Show", notes)):
        pass
    using, ours, _, older, named = notes.said
    assert "foley serve" in using
    assert f"{MODEL} has another value there; {KEY} is set there alone" in ours
    assert "--home DIR" in ours
    assert f"{MODEL} is set here (start" in older
    assert (
        f"the settings of studio.example:1 count, not those of this shell: {MODEL} is set here"
        in named
    )
