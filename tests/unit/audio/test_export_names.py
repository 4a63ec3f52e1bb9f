"""Names from people in files, folders and reels."""

from __future__ import annotations

import pytest

from foley_audio.domain.clean import clean_steps
from foley_audio.export.archive import write_archive
from foley_audio.export.names import ascii_plain, folder_name, plain, reel_names
from support.audio import walk

ODD = [
    *("", " ", "\x00\x1b[31m", "a\r\nb\u2028c", "\ud800", "👟" * 300, "ü" * 300, "\u202egpj.exe"),
    *("\"'`", "../../etc/passwd", "C:\\temp\\x.mp4", "...", "-->", "<b>&", "|pipe", "<tag"),
]


@pytest.mark.parametrize("text", ODD)
def test_a_plain_name_is_one_short_line_of_text(text: str) -> None:
    for made in (plain(text), ascii_plain(text), folder_name(text)):
        assert len(made) <= 128
        assert made == made.strip()
        assert len(made.splitlines()) <= 1
        assert made.isprintable()
        made.encode()
    assert ascii_plain(text).isascii()


@pytest.mark.parametrize("text", ODD)
def test_a_folder_name_stays_where_it_is_put(text: str) -> None:
    name = folder_name(text)
    assert name
    assert name not in (".", "..")
    assert not set(name) & set('\\/:*?"<>|')
    assert len(name.encode()) <= 255


def test_reels_are_short_and_never_the_same() -> None:
    reels = reel_names(["a walk.mp4"] * 12 + ODD + ["ax", "BL", "bars"])
    assert len(set(reels)) == len(reels)
    assert all(1 <= len(reel) <= 8 and reel.isascii() and " " not in reel for reel in reels)
    assert not {"AX", "BL", "BARS", "BLACK"} & set(reels)  # these mean something else


def test_numbers_that_are_none_are_repaired_and_nothing_is_lost_or_doubled() -> None:
    import dataclasses

    nan, inf = float("nan"), float("inf")
    first, second, third, fourth = walk(4)
    steps = [
        dataclasses.replace(fourth, strength=nan, confidence=inf, x_px=nan, person_height_px=-inf),
        dataclasses.replace(third, initial_contact_time_s=nan, toe_off_time_s=None),
        dataclasses.replace(second, toe_off_time_s=inf, toe_off_confidence=0.5),
        dataclasses.replace(first, strength=-3.0, toe_off_confidence=9.0),
        first,
    ]
    cleaned = clean_steps(steps)
    assert [step.footstep_id for step in cleaned] == ["t1-0001", "t1-0001", "t1-0002", "t1-0004"]
    assert (cleaned[0].strength, cleaned[0].toe_off_confidence) == (0.0, 1.0)
    assert (cleaned[2].toe_off_time_s, cleaned[2].toe_off_confidence) == (None, 0.0)
    assert (cleaned[3].strength, cleaned[3].confidence, cleaned[3].x_px) == (0.0, 0.0, 0.0)
    assert cleaned[1] is first


def test_an_archive_is_the_same_bytes_and_needs_zip64_only_when_large(tmp_path) -> None:
    import zipfile

    source = tmp_path / "a.txt"
    source.write_bytes(b"x" * 100_000)
    for name in ("1.zip", "2.zip"):
        write_archive(tmp_path / name, "w.mp4", [("a.txt", source), ("b.wav", source)])
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        text, wav = archive.infolist()
        assert (text.compress_type, wav.compress_type) == (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
        assert text.filename == "w/a.txt"


def test_a_stream_that_nobody_waits_for_stops(tmp_path) -> None:
    def gone() -> None:
        raise TimeoutError

    source = tmp_path / "a.wav"
    source.write_bytes(b"x")
    with pytest.raises(TimeoutError):
        write_archive(tmp_path / "1.zip", "w", [("a.wav", source)], gone)
