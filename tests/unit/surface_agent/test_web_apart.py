"""The process that fetches, seen from the service: it ends with its search, and its end is told."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foley_common.errors import FetchRefused, RenderCancelled
from foley_common.sound import SoundSource
from foley_surface_agent.domain.addresses import HostRules
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish
from foley_surface_agent.sounds.web import apart
from foley_surface_agent.sounds.web.apart import OVERRAN, WebSoundsApart
from foley_surface_agent.sounds.web.guard import FetchLimits
from foley_surface_agent.sounds.web.wire import (
    Order,
    WebSettings,
    order_from_line,
    order_to_line,
    outcome_from_line,
    outcome_to_line,
)

SETTINGS = WebSettings(
    rules=HostRules(("example.com",), frozenset(["127.0.0.1:80"])),
    limits=FetchLimits(part_bytes=1 << 20, part_s=1.0, total_s=1.0, timeout_s=1.0),
    search="ytsearch",
    extractors=("generic", "html5"),
)
WISH = SoundWish("boots on gravel \u2028", "", 2, 60.0, rights_confirmed=True)
FOUND = Found(
    path=Path("/scratch/kept-1.flac"),
    key="",
    source_url="https://example.com/ä?a=1",
    title="two\nlines",
    uploader="somebody",
    licence="",
    source=SoundSource.WEB,
    duration_s=2.5,
    media_type="audio/flac",
    fetch_time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


@pytest.mark.parametrize("ca_file", [None, Path("/etc/ca.pem")])
def test_an_order_comes_back_from_its_line(ca_file: Path | None):
    order = Order(replace(SETTINGS, ca_file=ca_file), WISH, Path("/scratch"))
    line = order_to_line(order)
    assert "\n" not in line
    assert order_from_line(line) == order


@pytest.mark.parametrize(
    "outcome", [FOUND, replace(FOUND, fetch_time=None), Rejected("u", "t", "no")]
)
def test_an_outcome_comes_back_from_its_line(outcome: Found | Rejected):
    line = outcome_to_line(outcome)
    assert "\n" not in line
    assert outcome_from_line(line.encode()) == outcome


def test_a_refusal_comes_back_with_its_rule():
    back = outcome_from_line(outcome_to_line(FetchRefused("no", rule="host")).encode())
    assert isinstance(back, FetchRefused)
    assert (back.message, back.metadata) == ("no", {"rule": "host"})


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another program in place of the one that fetches."""

    def put(text: str) -> None:
        (tmp_path / "other_fetcher.py").write_text(text)
        monkeypatch.setattr(apart, "PROGRAM", "other_fetcher")
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")

    return put


NOTES_ITSELF = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\n"


def is_gone(folder: Path) -> bool:
    return not Path(f"/proc/{(folder / 'pid').read_text()}").exists()


def test_what_was_found_before_it_died_stands(program, tmp_path: Path):
    program(f"print({outcome_to_line(FOUND)!r}, flush=True)\nimport os\nos.kill(os.getpid(), 24)\n")
    found = list(WebSoundsApart(SETTINGS).find(WISH, tmp_path))
    assert found == [FOUND, Rejected(f"search: {WISH.query}", "", OVERRAN)]


def test_one_that_does_not_end_is_ended(program, tmp_path: Path):
    program(NOTES_ITSELF + "time.sleep(60)\n")
    begun = time.monotonic()
    (only,) = WebSoundsApart(SETTINGS, start_s=3.0).find(WISH, tmp_path)
    assert isinstance(only, Rejected)
    assert only.reason == OVERRAN
    assert time.monotonic() - begun < 20
    assert is_gone(tmp_path)


def test_one_that_writes_without_end_is_ended(program, tmp_path: Path):
    program(NOTES_ITSELF + "while True:\n    print('x' * 65536, end='', flush=True)\n")
    (only,) = WebSoundsApart(SETTINGS).find(WISH, tmp_path)
    assert isinstance(only, Rejected)
    assert is_gone(tmp_path)


def test_it_ends_when_nobody_waits_any_more(program, tmp_path: Path):
    program(NOTES_ITSELF + "time.sleep(60)\n")

    def check() -> None:
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            raise RenderCancelled("nobody waits")

    with pytest.raises(RenderCancelled):
        list(WebSoundsApart(SETTINGS).find(WISH, tmp_path, check=check))
    assert is_gone(tmp_path)


def test_an_address_off_the_list_starts_no_process(program, tmp_path: Path):
    program(NOTES_ITSELF)
    wish = replace(WISH, query="", url="https://evil.example/x.wav")
    with pytest.raises(FetchRefused, match="not on the list"):
        list(WebSoundsApart(SETTINGS).find(wish, tmp_path))
    assert not (tmp_path / "pid").exists()
