"""How requests spell names, tokens and ids, and what files are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from foley_common.errors import InvalidField
from foley_common.settings import settings_table
from foley_gateway.domain.types import Page
from foley_gateway.ingest import clean_display_name, media_type_of
from foley_gateway.names import (
    check_request_id,
    parse_clip_name,
    parse_operation_name,
    parse_render_name,
)
from foley_gateway.pages import page_of, page_token
from foley_gateway.rest.files import byte_range, content_disposition
from foley_gateway.settings import GatewaySettings


def test_names_are_taken_apart() -> None:
    assert parse_clip_name("clips/c-1") == "c-1"
    assert parse_render_name("clips/c-1/renders/r-2") == ("c-1", "r-2")
    assert parse_operation_name("operations/c-1.r-2") == ("c-1", "r-2")


@pytest.mark.parametrize(
    "name", ["", "c-1", "clips/", "clips/a/b", "clips/a/renders/", "clip/a", "operations/a"]
)
def test_other_forms_are_refused(name: str) -> None:
    for parse in (parse_clip_name, parse_render_name, parse_operation_name):
        with pytest.raises(InvalidField):
            parse(name)


def test_pages() -> None:
    assert page_of(0, "", 20, 100) == Page(20, 0)
    assert page_of(7, page_token(40), 20, 100) == Page(7, 40)
    for size, token in ((-1, ""), (101, ""), (1, "x"), (1, page_token(-4)), (1, "ü")):
        with pytest.raises(InvalidField):
            page_of(size, token, 20, 100)


def test_request_ids() -> None:
    check_request_id("")
    check_request_id("A_b-9" * 12)
    for wrong in ("a b", "ä", "a/b", "a" * 65):
        with pytest.raises(InvalidField):
            check_request_id(wrong)


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("walk.mp4", "walk.mp4"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\walk.mp4", "walk.mp4"),
        ("Spa\u0308ter\x00 \u202e'5\".mov ", "Später '5\".mov"),
        ("日本.mp4", "日本.mp4"),
    ],
)
def test_display_names_lose_folders_and_controls(given: str, clean: str) -> None:
    assert clean_display_name(given) == clean


@pytest.mark.parametrize("given", ["", "   ", "..", "a/..", "/", "\x07", "x" * 256])
def test_unusable_display_names_are_refused(given: str) -> None:
    with pytest.raises(InvalidField):
        clean_display_name(given)


def test_media_types_come_from_video_names_only() -> None:
    assert media_type_of("a.mp4") == "video/mp4"
    assert media_type_of("a.MOV") == "video/quicktime"
    assert media_type_of("a.html") == media_type_of("a") == "application/octet-stream"


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-99", (5, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=-0", None),
        ("bytes=10-", None),
        ("bytes=5-2", (0, -1)),
        ("bytes=-", (0, -1)),
        ("items=0-1", (0, -1)),
    ],
)
def test_ranges(header: str, span: tuple[int, int] | None) -> None:
    assert byte_range(header, 10) == span


def test_a_file_name_cannot_break_out_of_its_header() -> None:
    header = content_disposition('a"\r\nX: y\\.mp4', "mix.wav", download=False)
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2


def test_the_readme_lists_the_settings_as_they_are() -> None:
    readme = (Path(__file__).parents[3] / "services" / "gateway" / "README.md").read_text()
    assert settings_table(GatewaySettings) in readme
