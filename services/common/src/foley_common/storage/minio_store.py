"""An object store on MinIO or any S3, through the blocking `minio` client in threads.

The digest travels as user metadata ``sha256``; the ETag is never trusted (of a multipart upload it is no digest), and
nothing relies on conditional writes, which some servers ignore silently. A PUT is atomic by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import certifi
import urllib3
from minio import Minio
from minio.datatypes import Object as StoredObject
from minio.error import S3Error

from foley_common.errors import StoreUnavailable
from foley_common.objects import ObjectRef, is_sha256, key_problem, sha256_of
from foley_common.settings import StoreSettings
from foley_common.storage.failures import (
    can_start_a_key,
    check_digest,
    check_key,
    check_size,
    from_os_error,
    not_found,
)
from foley_common.storage.files import CHUNK_BYTES, temporary_beside
from foley_common.storage.s3_errors import BUCKET_EXISTS, MISSING, s3_errors

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 60.0  # between two packets, not for the whole transfer
RETRY_COUNT = 2  # inside one operation; the caller's own retries come on top
RETRY_BACKOFF = 0.2  # urllib3: 0.2 s · 2ⁿ
CONNECTION_COUNT = 16
_DIGEST_META = "sha256"
_META_PREFIX = "x-amz-meta-"


class MinioStore:
    """An `ObjectStore` on an S3 server. The bucket is created at the first write when it is missing.

    Args:
        client: A configured client.
        bucket: Bucket for everything.
        endpoint: For messages; never holds a credential.
        pool: The client's connections, closed by `close`.
    """

    def __init__(
        self, client: Minio, bucket: str, endpoint: str, pool: urllib3.PoolManager | None = None
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._endpoint = endpoint
        self._pool = pool

    @classmethod
    def from_settings(cls, settings: StoreSettings) -> MinioStore:
        """A store as the settings say; connects at its first use."""
        assert settings.access_key is not None  # StoreSettings refuses a minio store without keys
        assert settings.secret_key is not None
        pool = urllib3.PoolManager(
            maxsize=CONNECTION_COUNT,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
            retries=urllib3.Retry(
                total=RETRY_COUNT,
                backoff_factor=RETRY_BACKOFF,
                status_forcelist=[500, 502, 503, 504],
            ),
            cert_reqs="CERT_REQUIRED",
            ca_certs=os.environ.get("SSL_CERT_FILE")
            or certifi.where(),  # the usual way to name a private CA
        )
        client = Minio(
            settings.endpoint,
            access_key=settings.access_key.get_secret_value(),
            secret_key=settings.secret_key.get_secret_value(),
            secure=settings.secure,
            region=settings.region,
            http_client=pool,
        )
        return cls(client, settings.bucket, settings.endpoint, pool)

    def close(self) -> None:
        """Close idle connections."""
        if self._pool is not None:
            self._pool.clear()

    async def publish(self, path: Path, key: str, media_type: str) -> ObjectRef:
        """See `ObjectStore.publish`."""
        check_key(key)

        def work() -> ObjectRef:
            digest = sha256_of(path)
            with path.open("rb") as source:
                return self._publish(source, digest, path.stat().st_size, key, media_type)

        return await asyncio.to_thread(work)

    async def publish_bytes(self, data: bytes, key: str, media_type: str) -> ObjectRef:
        """See `ObjectStore.publish_bytes`."""
        check_key(key)
        digest = hashlib.sha256(data).hexdigest()
        return await asyncio.to_thread(
            lambda: self._publish(io.BytesIO(data), digest, len(data), key, media_type)
        )

    async def fetch(self, ref: ObjectRef, to: Path) -> None:
        """See `ObjectStore.fetch`."""

        def work() -> None:
            with s3_errors(self._endpoint, self._bucket, ref.key), self._opened(ref) as response:
                try:
                    to.parent.mkdir(parents=True, exist_ok=True)
                    with temporary_beside(to) as temporary:
                        digest, size_bytes = hashlib.sha256(), 0
                        with temporary.open("wb") as target:
                            for chunk in response.stream(CHUNK_BYTES):
                                size_bytes += len(chunk)
                                check_size(ref, size_bytes)
                                digest.update(chunk)
                                target.write(chunk)
                        check_digest(ref, digest.hexdigest())
                        temporary.replace(to)
                except OSError as error:
                    raise from_os_error(error, path=str(to.parent), key=ref.key) from error

        await asyncio.to_thread(work)

    async def read_bytes(self, ref: ObjectRef) -> bytes:
        """See `ObjectStore.read_bytes`."""

        def work() -> bytes:
            with s3_errors(self._endpoint, self._bucket, ref.key), self._opened(ref) as response:
                data = response.read(ref.size_bytes + 1)
            check_size(ref, len(data))
            check_digest(ref, hashlib.sha256(data).hexdigest())
            return data

        return await asyncio.to_thread(work)

    async def find(self, key: str) -> ObjectRef | None:
        """See `ObjectStore.find`. An object that others put there has its digest taken by reading it once."""
        if key_problem(key):
            return None
        return await asyncio.to_thread(self._find, key)

    async def delete(self, key: str) -> bool:
        """See `ObjectStore.delete`."""
        if key_problem(key):
            return False

        def work() -> bool:
            with s3_errors(self._endpoint, self._bucket, key):
                if self._stat(key) is None:
                    return False
                self._client.remove_object(self._bucket, key)
                return True

        return await asyncio.to_thread(work)

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """See `ObjectStore.list_keys`."""
        for key in await asyncio.to_thread(self._list, prefix):
            yield key

    async def read_range(self, ref: ObjectRef, start: int, end: int) -> AsyncIterator[bytes]:
        """See `ObjectStore.read_range`."""
        start, end = max(0, start), min(end, ref.size_bytes)
        if end <= start:  # S3 has no empty range
            await asyncio.to_thread(self._must_exist, ref)
            return
        response = await asyncio.to_thread(self._open, ref, start, end - start)
        try:
            while chunk := await asyncio.to_thread(self._read, response, ref.key):
                yield chunk
        finally:
            response.close()
            response.release_conn()

    # Blocking parts, each run in a thread.

    def _publish(
        self, source: BinaryIO, digest: str, size: int, key: str, media_type: str
    ) -> ObjectRef:
        ref = ObjectRef(self._bucket, key, digest, size, media_type)
        if self._find(key) == ref:
            return ref
        with s3_errors(self._endpoint, self._bucket, key):
            try:
                uploaded = self._upload(source, ref)
            except S3Error as error:
                if error.code != "NoSuchBucket":
                    raise
                self._make_bucket()
                uploaded = self._upload(source, ref)
            if uploaded != digest:
                self._client.remove_object(self._bucket, key)
                raise StoreUnavailable(
                    f"the file for {key!r} changed while it was stored; try again",
                    key=key,
                    store="minio",
                )
        return ref

    def _upload(self, source: BinaryIO, ref: ObjectRef) -> str:
        source.seek(0)
        reader = _HashingReader(source)
        self._client.put_object(
            self._bucket,
            ref.key,
            reader,  # pyright: ignore[reportArgumentType]  # read() is all that the client asks for
            ref.size_bytes,
            content_type=ref.media_type,
            metadata={_DIGEST_META: ref.sha256},
        )
        return reader.hexdigest()

    def _make_bucket(self) -> None:
        try:
            self._client.make_bucket(self._bucket)
        except S3Error as error:
            if error.code not in BUCKET_EXISTS:  # another replica was faster
                raise

    def _find(self, key: str) -> ObjectRef | None:
        with s3_errors(self._endpoint, self._bucket, key):
            stat = self._stat(key)
            if stat is None:
                return None
            digest = str((stat.metadata or {}).get(_META_PREFIX + _DIGEST_META, ""))
            if not is_sha256(digest):
                digest = self._digest_of(key)
            return ObjectRef(
                self._bucket,
                key,
                digest,
                stat.size or 0,
                stat.content_type or "application/octet-stream",
            )

    def _digest_of(self, key: str) -> str:
        digest = hashlib.sha256()
        response = self._client.get_object(self._bucket, key)
        try:
            for chunk in response.stream(CHUNK_BYTES):
                digest.update(chunk)
        finally:
            response.close()
            response.release_conn()
        return digest.hexdigest()

    def _stat(self, key: str) -> StoredObject | None:
        try:
            return self._client.stat_object(self._bucket, key)
        except S3Error as error:
            if error.code in MISSING:
                return None
            raise

    def _list(self, prefix: str) -> list[str]:
        if not can_start_a_key(prefix):
            return []
        with s3_errors(self._endpoint, self._bucket, prefix):
            try:
                found = list(self._client.list_objects(self._bucket, prefix=prefix, recursive=True))
            except S3Error as error:
                if error.code in MISSING:
                    return []
                raise
        return sorted(item.object_name for item in found if item.object_name and not item.is_dir)

    def _must_exist(self, ref: ObjectRef) -> None:
        if not self._is_ours(ref) or self._find(ref.key) is None:
            raise not_found(ref.key, ref.bucket)

    def _is_ours(self, ref: ObjectRef) -> bool:
        return ref.bucket == self._bucket and key_problem(ref.key) is None

    def _open(self, ref: ObjectRef, offset: int = 0, length: int = 0) -> urllib3.BaseHTTPResponse:
        if not self._is_ours(ref):
            raise not_found(ref.key, ref.bucket)
        with s3_errors(self._endpoint, self._bucket, ref.key):
            return self._client.get_object(self._bucket, ref.key, offset=offset, length=length)

    @contextmanager
    def _opened(self, ref: ObjectRef) -> Generator[urllib3.BaseHTTPResponse]:
        response = self._open(ref)
        try:
            yield response
        finally:
            response.close()
            response.release_conn()

    def _read(self, response: urllib3.BaseHTTPResponse, key: str) -> bytes:
        with s3_errors(self._endpoint, self._bucket, key):
            return response.read(CHUNK_BYTES)


class _HashingReader:
    """Digest of what really went over the wire."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        return self._digest.hexdigest()
