"""What only a directory can do to us: full, read-only, damaged, killed in the middle, several processes."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from foley_common.errors import (
    DigestMismatch,
    InvalidField,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)
from foley_common.storage import directory
from foley_common.storage.failures import can_start_a_key, from_os_error
from foley_common.storage.local_store import LocalStore

KIB = 1 << 10
WRITER = """
import asyncio, sys
from pathlib import Path
from foley_common.storage.local_store import LocalStore
store = LocalStore(Path(sys.argv[1]), "foley")
async def main():
    for i in range(int(sys.argv[2])):
        data = bytes([i % 251]) * (100_000 + i)
        await store.publish_bytes(data, f"clips/c-{i % 7}/object", "text/plain")
        print(i, flush=True)
asyncio.run(main())
"""


@pytest.fixture
def store(tmp_path) -> LocalStore:
    return LocalStore(tmp_path / "store", "foley")


def files_under(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and path.name != ".lock")


@contextmanager
def file_size_limit(limit_bytes: int) -> Iterator[None]:
    """No file of this process may grow beyond a size; what a full disk does, without needing one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)


@contextmanager
def tmpfs(folder: Path, options: str) -> Iterator[None]:
    """A small file system of its own; skips where mounting is not allowed."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"needs the right to mount a file system: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_place_is_store_full_and_leaves_nothing(store, tmp_path):
    kept = await store.publish_bytes(b"kept", "a", "text/plain")
    before = files_under(tmp_path)
    with file_size_limit(64 * KIB), pytest.raises(StoreFull) as caught:
        await store.publish_bytes(b"x" * 65 * KIB, "a", "text/plain")
    assert caught.value.metadata["key"] == "a"
    assert "no space left" in caught.value.message
    assert files_under(tmp_path) == before
    assert await store.find("a") == kept


async def test_a_full_target_is_store_full_and_leaves_nothing(store, tmp_path):
    ref = await store.publish_bytes(b"x" * 65 * KIB, "a", "text/plain")
    target = tmp_path / "targets" / "t"
    with file_size_limit(64 * KIB), pytest.raises(StoreFull):
        await store.fetch(ref, target)
    assert list(target.parent.iterdir()) == []


async def test_a_really_full_disk(tmp_path):
    folder = tmp_path / "small"
    with tmpfs(folder, "size=256k"):
        store = LocalStore(folder, "foley")
        kept = await store.publish_bytes(b"kept", "a", "text/plain")
        with pytest.raises(StoreFull):
            await store.publish_bytes(b"x" * 512 * KIB, "b", "text/plain")
        assert await store.find("b") is None
        assert await store.read_bytes(kept) == b"kept"
        assert list((folder / "foley" / ".staging").iterdir()) == []


async def test_a_read_only_mount_reads_and_refuses_writes(tmp_path):
    folder = tmp_path / "frozen"
    with tmpfs(folder, "size=256k"):
        store = LocalStore(folder, "foley")
        kept = await store.publish_bytes(b"kept", "a", "text/plain")
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        assert await store.read_bytes(kept) == b"kept"
        with pytest.raises(StoreReadOnly):
            await store.publish_bytes(b"other", "a", "text/plain")
        with pytest.raises(StoreReadOnly):
            await store.delete("a")
        assert await store.find("a") == kept


async def test_publishing_what_is_there_needs_no_space_and_no_right_to_write(tmp_path):
    folder = tmp_path / "frozen"
    with tmpfs(folder, "size=256k"):
        store = LocalStore(folder, "foley")
        kept = await store.publish_bytes(b"k" * 1000, "a", "text/plain")
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        assert await store.publish_bytes(b"k" * 1000, "a", "text/plain") == kept


async def test_deleting_takes_what_a_killed_writer_left(store, tmp_path):
    await store.publish_bytes(b"x", "a/b", "text/plain")
    left = tmp_path / "store" / "foley" / "a" / "b@0123456789abcdef"
    left.write_bytes(b"bytes of a version that was never published")
    neighbour = await store.publish_bytes(b"y", "a/b2", "text/plain")
    assert await store.delete("a/b")
    assert not left.exists()
    assert await store.read_bytes(neighbour) == b"y"
    left.write_bytes(b"and without an entry")
    assert not await store.delete("a/b")
    assert not left.exists()


async def test_what_is_deleted_twice_at_once_is_deleted_once(store):
    async def twice(number: int) -> list[bool]:
        key = f"clips/c-{number}/only"
        await store.publish_bytes(b"x", key, "text/plain")
        return await asyncio.gather(*(store.delete(key) for _ in range(4)))

    for number in range(30):
        assert sorted(await twice(number)) == [False, False, False, True]


async def test_a_place_that_may_not_be_written_is_read_only():
    place = Path("/sys/foley-store")  # refused to everybody, root too
    if not place.parent.is_dir():
        pytest.skip("needs a Linux /sys")
    store = LocalStore(place, "foley")
    with pytest.raises(StoreReadOnly) as caught:
        await store.publish_bytes(b"x", "a", "text/plain")
    assert "cannot be written to" in caught.value.message
    assert await store.find("a") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_directory_without_permission_is_read_only(store, tmp_path):
    await store.publish_bytes(b"x", "a", "text/plain")
    place = tmp_path / "store" / "foley"
    place.chmod(0o555)
    try:
        with pytest.raises(StoreReadOnly):
            await store.publish_bytes(b"y", "b", "text/plain")
    finally:
        place.chmod(0o755)


async def test_damaged_bytes_are_noticed_by_every_reader(store, tmp_path):
    ref = await store.publish_bytes(b"precious", "a", "text/plain")
    (data,) = [
        path for path in files_under(tmp_path) if "@" in path.name and not path.name.endswith("@")
    ]
    data.chmod(0o644)
    data.write_bytes(b"PRECIOUS")
    with pytest.raises(DigestMismatch):
        await store.read_bytes(ref)
    with pytest.raises(DigestMismatch):
        await store.fetch(ref, tmp_path / "target")
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("damage", ["cut", "gone", "entry"])
async def test_damaged_objects_count_as_absent_and_publishing_repairs_them(store, tmp_path, damage):
    await store.publish_bytes(b"precious", "a", "text/plain")
    entry = tmp_path / "store" / "foley" / "a@"
    (data,) = [path for path in entry.parent.glob("a@*") if path != entry]
    if damage == "cut":
        data.chmod(0o644)
        data.write_bytes(b"prec")
    elif damage == "gone":
        data.unlink()
    else:
        entry.write_text("{ half")
    assert await store.find("a") is None
    again = await store.publish_bytes(b"precious", "a", "text/plain")
    assert await store.find("a") == again
    assert await store.read_bytes(again) == b"precious"


async def test_replaced_bytes_do_not_pile_up(store, tmp_path):
    for i in range(5):
        await store.publish_bytes(bytes([i]) * 10, "a/b", "text/plain")
    assert len(files_under(tmp_path)) == 2
    assert await store.delete("a/b")
    assert files_under(tmp_path) == []
    assert not (tmp_path / "store" / "foley" / "a").exists()


async def test_a_key_may_be_the_folder_of_another(store):
    one = await store.publish_bytes(b"1", "clips/c-1", "text/plain")
    two = await store.publish_bytes(b"2", "clips/c-1/source", "text/plain")
    assert await store.read_bytes(one) == b"1"
    assert await store.read_bytes(two) == b"2"
    assert [key async for key in store.list_keys("clips/")] == ["clips/c-1", "clips/c-1/source"]
    assert await store.delete("clips/c-1")
    assert await store.find("clips/c-1/source") == two


async def test_names_too_long_for_a_file_system_are_refused(store):
    with pytest.raises(InvalidField):
        await store.publish_bytes(b"x", "a" * (directory.MAX_SEGMENT_LENGTH + 1), "text/plain")
    ref = await store.publish_bytes(b"x", "a" * directory.MAX_SEGMENT_LENGTH, "text/plain")
    assert await store.read_bytes(ref) == b"x"


async def test_stored_files_are_never_links_to_the_callers(store, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"x")
    ref = await store.publish(source, "a", "text/plain")
    await store.fetch(ref, target)
    assert {
        path.stat().st_nlink for path in [source, target, *files_under(tmp_path / "store")]
    } == {1}


async def test_leftovers_of_a_dead_process_are_swept(store, tmp_path):
    await store.publish_bytes(b"x", "a", "text/plain")
    staging = tmp_path / "store" / "foley" / ".staging"
    old, young = staging / "dead", staging / "alive"
    for path in (old, young):
        path.write_bytes(b"half")
    long_ago = time.time() - directory.STALE_STAGING_S - 60
    os.utime(old, (long_ago, long_ago))
    await store.publish_bytes(b"y", "b", "text/plain")
    assert not old.exists()
    assert young.exists()


async def test_a_writer_killed_at_any_moment_leaves_only_whole_objects(tmp_path):
    root = tmp_path / "store"
    for after in (3, 11, 20):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root), "10000"], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= after:
                break
        process.kill()
        process.stdout.close()
        process.wait()
        store = LocalStore(root, "foley")
        found = [key async for key in store.list_keys("")]
        assert found
        for key in found:
            ref = await store.find(key)
            assert ref is not None, key
            data = await store.read_bytes(ref)  # checks the digest
            assert len(data) == ref.size_bytes
            assert set(data) == {(len(data) - 100_000) % 251}


async def test_several_processes_write_the_same_keys(tmp_path):
    root = tmp_path / "store"
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(root), "30"], stdout=subprocess.DEVNULL)
        for _ in "ab"
    ]
    assert [await asyncio.to_thread(process.wait) for process in processes] == [0, 0]
    store = LocalStore(root, "foley")
    keys = [key async for key in store.list_keys("")]
    assert keys == [f"clips/c-{i}/object" for i in range(7)]
    for key in keys:
        ref = await store.find(key)
        assert ref is not None
        assert len(await store.read_bytes(ref)) == ref.size_bytes
    assert len(files_under(root)) == 2 * len(keys)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("ENOSPC", StoreFull),
        ("EDQUOT", StoreFull),
        ("EROFS", StoreReadOnly),
        ("EACCES", StoreReadOnly),
        ("EIO", StoreUnavailable),
    ],
)
def test_system_errors_become_ours(number, kind):
    error = OSError(getattr(errno, number), os.strerror(getattr(errno, number)))
    ours = from_os_error(error, path="out", key="a")
    assert type(ours) is kind
    assert ours.metadata == {"path": "out", "store": "local", "key": "a"}


@pytest.mark.parametrize("prefix", ["/", "..", "../", "a//", "a b", ".a"])
def test_prefixes_that_no_key_has(prefix):
    assert not can_start_a_key(prefix)
