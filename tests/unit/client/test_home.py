"""FOLEY_HOME: where it is, that it can be written, who holds it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from foley_client.home import (
    Home,
    RunningStack,
    ensure_writable,
    find_home,
    held_lock,
    read_server_file,
    write_error,
    write_server_file,
)
from foley_common.errors import StoreFull, StoreReadOnly

HOLD = """
import sys, time
from pathlib import Path
from foley_client.home import Home, held_lock
with held_lock(Home(Path(sys.argv[1]))) as ours:
    print(ours, flush=True)
    time.sleep(60)
"""


def test_home_is_the_option_then_the_variable_then_the_user_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOLEY_HOME", str(tmp_path / "named"))
    assert find_home(tmp_path / "chosen").root == tmp_path / "chosen"
    assert find_home(None).root == tmp_path / "named"
    monkeypatch.delenv("FOLEY_HOME")
    assert find_home(None).root.name == "foley-studio"


def test_prepare_makes_all_folders(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b")
    home.prepare()
    assert {path.name for path in home.root.iterdir()} == {"objects", "logs", "ready", "scratch"}


def test_a_file_in_the_way_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreReadOnly, match=r"output.*file/out.*give another") as caught:
        ensure_writable(
            tmp_path / "file" / "out", what="the output folder", remedy="give another with -o"
        )
    assert caught.value.metadata["path"] == str(tmp_path / "file" / "out")


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="needs /proc, which nobody can write to"
)
def test_a_place_that_cannot_be_written_is_named() -> None:
    with pytest.raises(StoreReadOnly, match="/proc/foley"):
        ensure_writable(Path("/proc/foley"), what="the home", remedy="give another")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_full_not_read_only(number: int) -> None:
    err = write_error(
        OSError(number, os.strerror(number)), Path("out"), what="the output", remedy="free some"
    )
    assert isinstance(err, StoreFull)
    assert "out" in err.message


def test_one_process_holds_a_home_and_kill_9_frees_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "True"
        with held_lock(home) as ours:
            assert not ours
        other.kill()
        other.wait()
        with held_lock(home) as ours:
            assert ours


def test_a_lock_that_cannot_be_opened_is_named_with_the_remedy(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.lock_file.mkdir()  # as one of another user: nothing opens it for writing
    with pytest.raises(StoreReadOnly, match=r"the lock, .*--home DIR"), held_lock(home):
        pass


def test_the_server_file_comes_back_and_goes_with_the_lock(tmp_path: Path) -> None:
    home = Home(tmp_path)
    stack = RunningStack(7, "serve", "127.0.0.1:5", "http://127.0.0.1:6", {"audio": 8})
    with held_lock(home) as ours:
        assert ours
        write_server_file(home, stack)
        assert read_server_file(home) == stack
    assert read_server_file(home) is None


def test_scratch_of_a_killed_run_goes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    (home.scratch / "left").mkdir()
    (home.scratch / "left" / "source").write_text("x")
    (home.scratch / "file").write_text("x")
    with held_lock(home):
        assert list(home.scratch.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_damaged_server_file_says_nothing(tmp_path: Path, text: str) -> None:
    home = Home(tmp_path)
    home.server_file.write_text(text)
    assert read_server_file(home) is None
