"""Log files of children: bounded and rotated."""

from __future__ import annotations

from pathlib import Path

import pytest

from foley_client.logs import RotatingLog, last_lines


def test_a_full_log_is_put_aside_and_the_oldest_is_dropped(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "a.log", max_bytes=10, kept=2)
    for word in (b"first\n", b"second\n", b"third\n", b"fourth\n"):
        log.write(word)
    log.close()
    assert (tmp_path / "a.log").read_text() == "fourth\n"
    assert (tmp_path / "a.log.1").read_text() == "third\n"
    assert (tmp_path / "a.log.2").read_text() == "second\n"
    assert not (tmp_path / "a.log.3").exists()


def test_a_log_that_cannot_be_put_aside_goes_on(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "a.log", max_bytes=10, kept=1)
    log.write(b"first\n")
    (tmp_path / "a.log.1").mkdir()
    for _ in range(2):
        with pytest.raises(OSError, match="directory"):
            log.write(b"second\n")
    (tmp_path / "a.log.1").rmdir()
    log.write(b"third\n")
    log.close()
    assert (tmp_path / "a.log").read_text() == "third\n"


def test_a_log_goes_on_where_the_last_run_ended(tmp_path: Path) -> None:
    for word in (b"one\n", b"two\n"):
        log = RotatingLog(tmp_path / "a.log")
        log.write(word)
        log.close()
    assert last_lines(tmp_path / "a.log", 5) == ["one", "two"]


def test_last_lines_of_a_long_log_with_odd_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"x" * 50_000 + b"\nbad \xff\n\nlast\n")
    assert last_lines(tmp_path / "a.log", 2) == ["bad �", "last"]
    assert last_lines(tmp_path / "none.log", 2) == []
