"""Settings from the environment: prefix, nesting, all problems at once, no secrets shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, SecretStr, ValidationError

from foley_audio.settings import AudioSettings
from foley_common.settings import (
    BaseServiceSettings,
    StageServiceSettings,
    StoreSettings,
    load_settings,
    settings_table,
)
from foley_common.storage import open_store
from foley_common.storage.local_store import LocalStore
from foley_common.storage.minio_store import MinioStore
from foley_gateway.settings import GatewaySettings

SECRET = "tell-nobody"


class EchoSettings(StageServiceSettings, env_prefix="FOLEY_ECHO_"):
    """A service's settings."""

    loudness: int = 3


@pytest.fixture
def environment(monkeypatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("FOLEY_ECHO_STORE__ROOT", "/srv/foley")
    return monkeypatch


def test_defaults_need_only_a_store(environment):
    settings = load_settings(EchoSettings)
    assert settings.store == StoreSettings(root=Path("/srv/foley"))
    assert (settings.host, settings.port, settings.metrics_port) == ("127.0.0.1", 0, None)
    assert (settings.max_running_jobs, settings.max_queued_jobs, settings.grace_s) == (1, 4, 10.0)
    assert settings.otlp_endpoint is None
    assert isinstance(open_store(settings.store), LocalStore)


def test_the_prefix_and_nesting_are_honoured(environment):
    for name, value in {
        "PORT": "5001",
        "LOG_FORMAT": "console",
        "LOUDNESS": "9",
        "STORE__BUCKET": "other",
    }.items():
        environment.setenv(f"FOLEY_ECHO_{name}", value)
    environment.setenv("FOLEY_PORT", "1")
    environment.setenv("PORT", "2")
    settings = load_settings(EchoSettings)
    assert (settings.port, settings.log_format, settings.loudness) == (5001, "console", 9)
    assert settings.store.bucket == "other"


def test_all_problems_at_once_by_the_name_of_the_variable(environment, capsys):
    for name, value in {
        "PORT": "70000",
        "LOG_LEVEL": "loud",
        "LOUDNESS": "x",
        "STORE__KIND": "minio",
    }.items():
        environment.setenv(f"FOLEY_ECHO_{name}", value)
    environment.setenv("FOLEY_ECHO_STORE__SECRET_KEY", SECRET)
    with pytest.raises(SystemExit) as caught:
        load_settings(EchoSettings)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    for name in ("PORT", "LOG_LEVEL", "LOUDNESS", "STORE"):
        assert f"  FOLEY_ECHO_{name}: " in said
    assert "a minio store needs endpoint, access_key" in said
    assert SECRET not in said
    assert "Traceback" not in said


def test_a_missing_store_says_which_variable_to_set(monkeypatch, capsys):
    monkeypatch.delenv("FOLEY_ECHO_STORE__ROOT", raising=False)
    with pytest.raises(SystemExit):
        load_settings(EchoSettings)
    assert "FOLEY_ECHO_STORE__ROOT" in capsys.readouterr().err


def test_a_store_that_is_no_json_is_a_problem_not_a_trace(monkeypatch, capsys):
    monkeypatch.setenv("FOLEY_ECHO_STORE", f"{{half {SECRET}")
    with pytest.raises(SystemExit) as caught:
        load_settings(EchoSettings)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "store" in said
    assert SECRET not in said


def test_misspelt_store_fields_are_refused(environment, capsys):
    environment.setenv("FOLEY_ECHO_STORE__BUKET", "x")
    with pytest.raises(SystemExit):
        load_settings(EchoSettings)
    assert "FOLEY_ECHO_STORE__BUKET" in capsys.readouterr().err


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "local"},
        {"kind": "minio", "endpoint": "h:1"},
        {"kind": "minio", "endpoint": "http://h:1", "access_key": "a", "secret_key": "b"},
        {"root": "/x", "bucket": "../up"},
        {"root": "/x", "bucket": "A"},
        {"kind": "ftp"},
    ],
)
def test_stores_that_cannot_be(values):
    with pytest.raises(ValidationError):
        StoreSettings.model_validate(values)


def test_secrets_are_never_shown(environment):
    store = StoreSettings(
        kind="minio", endpoint="h:1", access_key=SecretStr(SECRET), secret_key=SecretStr(SECRET)
    )
    settings = EchoSettings(store=store)
    for text in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        repr(open_store(store)),
    ):
        assert SECRET not in text
    assert isinstance(open_store(store), MinioStore)


def test_secrets_out_of_files_end_in_line_breaks(monkeypatch):
    for name, value in {
        "DATABASE_URL": "postgresql://u:p@h/foley\n",
        "STORE__KIND": "minio",
        "STORE__ENDPOINT": "h:9000\n",
        "STORE__ACCESS_KEY": "us\n",
        "STORE__SECRET_KEY": f"{SECRET}\r\n",
    }.items():
        monkeypatch.setenv(f"FOLEY_GATEWAY_{name}", value)
    settings = load_settings(GatewaySettings)
    store = settings.store
    assert store.access_key is not None
    assert store.secret_key is not None
    assert (store.endpoint, store.access_key.get_secret_value()) == ("h:9000", "us")
    assert store.secret_key.get_secret_value() == SECRET
    assert settings.database_url.get_secret_value() == "postgresql://u:p@h/foley"


def test_settings_are_frozen(environment):
    settings = load_settings(EchoSettings)
    with pytest.raises(ValidationError):
        settings.port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_the_table_names_every_variable_with_its_meaning():
    table = settings_table(EchoSettings)
    rows = [row.split(" | ") for row in table.splitlines()[2:]]
    names = {row[0].strip("| `") for row in rows}
    assert {
        "FOLEY_ECHO_PORT",
        "FOLEY_ECHO_STORE__ROOT",
        "FOLEY_ECHO_STORE__SECRET_KEY",
        "FOLEY_ECHO_LOUDNESS",
    } <= names
    assert all(len(row) == 3 for row in rows)
    assert "| `FOLEY_ECHO_STORE__SECURE` | `true` | TLS" in table


def test_the_readme_shows_the_table():
    readme = Path(__file__).parents[3] / "services" / "common" / "README.md"
    assert settings_table(StageServiceSettings) in readme.read_text()


def test_the_table_shows_defaults_that_hold_secrets_later(monkeypatch):
    class WithUrl(BaseServiceSettings, env_prefix="FOLEY_WITH_URL_"):
        url: SecretStr = Field(SecretStr("sqlite:///here.sqlite"), description="Where.")

    monkeypatch.setenv("FOLEY_WITH_URL_URL", "postgresql://me:secret@db/foley")
    assert "| `FOLEY_WITH_URL_URL` | `sqlite:///here.sqlite` | Where. |" in settings_table(WithUrl)


def test_only_services_that_compute_have_settings_of_a_work_queue():
    assert "max_running_jobs" not in GatewaySettings.model_fields
    assert "max_running_jobs" in AudioSettings.model_fields
