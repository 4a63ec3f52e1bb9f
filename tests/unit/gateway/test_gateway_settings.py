"""Which databases the gateway takes, and that a wrong address is told without its password."""

from __future__ import annotations

import pytest

from foley_common.settings import load_settings
from foley_gateway.settings import GatewaySettings

PASSWORD = "tell-nobody"


def load(monkeypatch: pytest.MonkeyPatch, database_url: str) -> str:
    monkeypatch.setenv("FOLEY_GATEWAY_STORE__ROOT", "/srv/foley")
    monkeypatch.setenv("FOLEY_GATEWAY_DATABASE_URL", database_url)
    return load_settings(GatewaySettings).database_url.get_secret_value()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p%40s@h/foley?sslmode=require", "postgresql://u:p%40s@h/foley?sslmode=require"),
        ("postgresql://u:p@h:5432/foley", "postgresql://u:p@h:5432/foley"),
        ("sqlite:///postgres.sqlite", "sqlite:///postgres.sqlite"),
    ],
)  # fmt: skip
def test_databases(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    assert load(monkeypatch, given) == used


@pytest.mark.parametrize(
    "wrong",
    [
        f"mysql://u:{PASSWORD}@h/foley",
        f"u:{PASSWORD}@h/foley",
        f"postgresql://u:{PASSWORD}@h:port/foley",
    ],
)
def test_what_is_no_database_is_told_by_the_settings_name_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    with pytest.raises(SystemExit) as left:
        load(monkeypatch, wrong)
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert "FOLEY_GATEWAY_DATABASE_URL: is neither postgresql://" in said
    assert PASSWORD not in said
