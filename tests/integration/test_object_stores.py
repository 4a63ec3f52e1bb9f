"""One suite for every object store: a directory, MinIO's gateway code (JuiceFS), SeaweedFS."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import io
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from minio import Minio
from pydantic import SecretStr

from foley_common.errors import DigestMismatch, InvalidField, ObjectNotFound, StoreUnavailable
from foley_common.objects import ObjectRef, ObjectStore
from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_common.storage.minio_store import MinioStore
from foley_common.testing.memory_store import MemoryStore
from support.servers import ACCESS_KEY, SECRET_KEY, S3Server, free_ports, juicefs_gateway, seaweedfs

MIB = 1 << 20
S3_STARTERS = {"juicefs": juicefs_gateway, "seaweedfs": seaweedfs}
ILLEGAL_KEYS = (
    "",
    "/abs",
    "../up",
    "a/../b",
    "a//b",
    "a/",
    ".hidden",
    "a/.b",
    "-x",
    "a b",
    "ü",
    "a\0b",
    "a@",
    "x" * 513,
)


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], S3Server]]:
    """Starts each server at its first use and keeps it for the module."""
    with ExitStack() as stack:
        running: dict[str, S3Server] = {}

        def get(name: str) -> S3Server:
            if name not in running:
                running[name] = stack.enter_context(
                    S3_STARTERS[name](tmp_path_factory.mktemp(name))
                )
            return running[name]

        yield get


@pytest.fixture(params=["memory", "local", "juicefs", "seaweedfs"])
def store(request, tmp_path, s3_server) -> Iterator[ObjectStore]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "local":
        yield open_store(StoreSettings(root=tmp_path / "store"))
    else:
        opened = open_store(s3_server(request.param).settings("foley-suite"))
        assert isinstance(opened, MinioStore)
        yield opened
        opened.close()


@pytest.fixture(params=["juicefs", "seaweedfs"])
def server(request, s3_server) -> S3Server:
    return s3_server(request.param)


@pytest.fixture
def prefix() -> str:
    """A place of its own for every test, since the servers stay."""
    return f"t-{secrets.token_hex(6)}"


async def read(store: ObjectStore, ref: ObjectRef, start: int, end: int) -> bytes:
    return b"".join([chunk async for chunk in store.read_range(ref, start, end)])


async def keys(store: ObjectStore, prefix: str) -> list[str]:
    return [key async for key in store.list_keys(prefix)]


# 12 MiB is three parts of a multipart upload, whose ETag is no digest.
@pytest.mark.parametrize("size", [0, 1, 1000, MIB + 1, 12 * MIB])
async def test_a_file_comes_back_as_it_went_in(store, prefix, tmp_path, rng, size):
    data = rng.bytes(size)
    source, target = tmp_path / "source.bin", tmp_path / "new folder" / "ü'\" target.bin"
    source.write_bytes(data)
    ref = await store.publish(source, f"{prefix}/clips/c-1/source.mp4", "video/mp4")
    digest = hashlib.sha256(data).hexdigest()
    assert ref == ObjectRef(ref.bucket, f"{prefix}/clips/c-1/source.mp4", digest, size, "video/mp4")
    assert ref.bucket.startswith("foley")
    assert await store.find(ref.key) == ref
    await store.fetch(ref, target)
    assert target.read_bytes() == data
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert await store.read_bytes(ref) == data


async def test_publishing_again_changes_nothing_and_other_bytes_replace(store, prefix, tmp_path):
    key = f"{prefix}/mix.wav"
    first = await store.publish_bytes(b"one", key, "audio/wav")
    assert await store.publish_bytes(b"one", key, "audio/wav") == first
    second = await store.publish_bytes(b"two", key, "audio/wav")
    assert await store.find(key) == second
    assert await store.read_bytes(second) == b"two"
    with pytest.raises(DigestMismatch) as caught:
        await store.fetch(first, tmp_path / "old")
    assert caught.value.metadata == {"key": key, "expected": first.sha256, "actual": second.sha256}
    assert list(tmp_path.glob("*old*")) == []
    with pytest.raises(DigestMismatch):
        await store.read_bytes(first)


async def test_no_more_is_read_than_the_reference_says(store, prefix, tmp_path):
    """What a caller may bring is limited by what their references say."""
    ref = await store.publish_bytes(b"x" * (2 * MIB), f"{prefix}/long", "video/mp4")
    short = dataclasses.replace(ref, size_bytes=MIB)
    for reading in (store.fetch(short, tmp_path / "copy"), store.read_bytes(short)):
        with pytest.raises(DigestMismatch, match=f"longer than the {MIB} bytes") as caught:
            await reading
        assert caught.value.metadata == {
            "key": ref.key,
            "expected": ref.sha256,
            "size_bytes": str(MIB),
        }
    assert list(tmp_path.glob("*copy*")) == []


async def test_what_is_not_there_is_not_found(store, prefix, tmp_path):
    there = await store.publish_bytes(b"x", f"{prefix}/there", "text/plain")
    missing = ObjectRef(there.bucket, f"{prefix}/missing", there.sha256, 1, "text/plain")
    elsewhere = ObjectRef("another-bucket", there.key, there.sha256, 1, "text/plain")
    outside = ObjectRef(there.bucket, "../../etc/passwd", there.sha256, 1, "text/plain")
    assert await store.find(missing.key) is None
    for ref in (missing, elsewhere, outside):
        with pytest.raises(ObjectNotFound):
            await store.fetch(ref, tmp_path / "target")
        with pytest.raises(ObjectNotFound):
            await store.read_bytes(ref)
        with pytest.raises(ObjectNotFound):
            await read(store, ref, 0, 1)
        with pytest.raises(ObjectNotFound):
            await read(store, ref, 0, 0)
    assert not (tmp_path / "target").exists()


async def test_delete_says_whether_there_was_something(store, prefix):
    ref = await store.publish_bytes(b"x", f"{prefix}/a/b", "text/plain")
    assert await store.delete(ref.key)
    assert not await store.delete(ref.key)
    assert await store.find(ref.key) is None
    assert await keys(store, prefix) == []
    again = await store.publish_bytes(b"x", f"{prefix}/a/b", "text/plain")
    assert await store.read_bytes(again) == b"x"


@pytest.mark.parametrize("key", ILLEGAL_KEYS)
async def test_illegal_keys_are_refused(store, tmp_path, key):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    with pytest.raises(InvalidField):
        await store.publish(source, key, "text/plain")
    with pytest.raises(InvalidField):
        await store.publish_bytes(b"x", key, "text/plain")
    assert await store.find(key) is None
    assert not await store.delete(key)


async def test_keys_are_listed_in_order_by_prefix(store, prefix):
    names = [
        "clips/c-1/renders/r-1/mix.wav",
        "clips/c-1/source",
        "clips/c-10/source",
        "clips/c-2/source",
        "z",
    ]
    for name in reversed(names):
        await store.publish_bytes(name.encode(), f"{prefix}/{name}", "text/plain")
    assert await keys(store, f"{prefix}/") == [f"{prefix}/{name}" for name in names]
    assert await keys(store, f"{prefix}/clips/c-1") == [f"{prefix}/{name}" for name in names[:3]]
    assert await keys(store, f"{prefix}/clips/c-1/") == [f"{prefix}/{name}" for name in names[:2]]
    assert await keys(store, f"{prefix}/none") == []
    assert await keys(store, "../") == []


async def test_ranges_for_players_that_seek(store, prefix, rng):
    data = rng.bytes(2 * MIB + 77)
    ref = await store.publish_bytes(data, f"{prefix}/film", "video/mp4")
    for start, end in [
        (0, 10),
        (5, 6),
        (MIB - 3, MIB + 3),
        (100, len(data)),
        (len(data) - 1, len(data) + 50),
    ]:
        assert await read(store, ref, start, end) == data[start:end]
    assert await read(store, ref, 7, 7) == b""
    assert await read(store, ref, len(data), len(data) + 5) == b""


async def test_a_reader_may_leave_in_the_middle(store, prefix, rng):
    ref = await store.publish_bytes(rng.bytes(3 * MIB), f"{prefix}/film", "video/mp4")
    chunks = store.read_range(ref, 0, ref.size_bytes)
    assert await anext(chunks)
    await chunks.aclose()
    assert len(await store.read_bytes(ref)) == ref.size_bytes


async def test_callers_cannot_change_what_is_stored(store, prefix, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"original")
    ref = await store.publish(source, f"{prefix}/x", "text/plain")
    await store.fetch(ref, target)
    for path in (source, target):
        with path.open("r+b") as file:
            file.write(b"CHANGED!")
    assert await store.read_bytes(ref) == b"original"


async def test_many_writers_of_one_key_leave_one_whole_object(store, prefix, tmp_path):
    key = f"{prefix}/contested"
    versions = [bytes([i]) * (200_000 + i) for i in range(8)]
    await asyncio.gather(*(store.publish_bytes(data, key, "text/plain") for data in versions))
    ref = await store.find(key)
    assert ref is not None
    assert await store.read_bytes(ref) in versions
    assert await keys(store, prefix) == [key]


async def test_readers_see_whole_objects_while_writers_replace_them(store, prefix):
    key = f"{prefix}/replaced"
    versions = [bytes([i]) * 100_000 for i in range(6)]
    await store.publish_bytes(versions[0], key, "text/plain")

    async def watch() -> int:
        seen = 0
        for _ in range(25):
            ref = await store.find(key)
            assert ref is not None
            data = await read(store, ref, 0, 100_000)
            assert data in versions
            seen += 1
        return seen

    async def replace() -> None:
        for data in versions[1:]:
            await store.publish_bytes(data, key, "text/plain")

    seen, _ = await asyncio.gather(watch(), replace())
    assert seen == 25


async def test_a_missing_source_is_the_callers_mistake(store, prefix, tmp_path):
    with pytest.raises(FileNotFoundError):
        await store.publish(tmp_path / "nothing", f"{prefix}/x", "text/plain")
    assert await store.find(f"{prefix}/x") is None


async def test_s3_bucket_is_made_at_the_first_write(server):
    store = MinioStore.from_settings(server.settings(f"fresh-{secrets.token_hex(4)}"))
    assert await store.find("a") is None
    assert await keys(store, "") == []
    assert not await store.delete("a")
    refs = await asyncio.gather(
        *(store.publish_bytes(b"x", f"a-{i}", "text/plain") for i in range(3))
    )
    assert [await store.find(ref.key) for ref in refs] == refs
    store.close()


async def test_s3_digest_of_a_foreign_object_is_taken_by_reading(server, prefix):
    store = MinioStore.from_settings(server.settings("foley-suite"))
    await store.publish_bytes(b"x", f"{prefix}/ours", "text/plain")
    client = Minio(server.endpoint, ACCESS_KEY, SECRET_KEY, secure=False, http_client=store._pool)
    data = b"put here by an operator" * 1000
    client.put_object(
        "foley-suite", f"{prefix}/theirs", io.BytesIO(data), len(data), content_type="video/mp4"
    )
    ref = await store.find(f"{prefix}/theirs")
    assert ref == ObjectRef(
        "foley-suite", f"{prefix}/theirs", hashlib.sha256(data).hexdigest(), len(data), "video/mp4"
    )
    assert await store.read_bytes(ref) == data
    store.close()


async def test_s3_wrong_secret_is_a_refusal_that_names_no_secret(server):
    wrong = "not-the-secret-of-this-server"
    store = MinioStore.from_settings(server.settings("foley-suite", secret_key=SecretStr(wrong)))
    for call in (store.publish_bytes(b"x", "a", "text/plain"), store.find("a")):
        with pytest.raises(StoreUnavailable) as caught:
            await call
        told = f"{caught.value.message} {caught.value.metadata}"
        assert "refuses" in told
        assert wrong not in told
        assert SECRET_KEY not in told
    store.close()


async def test_s3_server_that_is_down_is_unavailable_and_worth_a_retry(tmp_path):
    (port,) = free_ports(1)
    store = MinioStore.from_settings(S3Server("nobody", f"127.0.0.1:{port}").settings("foley"))
    ref = ObjectRef("foley", "a", "0" * 64, 1, "text/plain")
    calls = (
        store.publish_bytes(b"x", "a", "text/plain"),
        store.find("a"),
        store.fetch(ref, tmp_path / "target"),
        store.read_bytes(ref),
        store.delete("a"),
        keys(store, "a"),
        read(store, ref, 0, 1),
    )
    for call in calls:
        with pytest.raises(StoreUnavailable) as caught:
            await call
        assert caught.value.retry_after_s is not None
        assert caught.value.metadata["endpoint"] == f"127.0.0.1:{port}"
    assert list(tmp_path.iterdir()) == []
    store.close()
