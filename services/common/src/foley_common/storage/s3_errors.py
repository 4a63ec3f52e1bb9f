"""From what an S3 server, or the way to it, says to what a caller can do about it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import urllib3
from minio.error import InvalidResponseError, S3Error, ServerError

from foley_common.errors import FoleyError, StoreFull, StoreReadOnly, StoreUnavailable
from foley_common.storage.failures import not_found

MISSING = {"NoSuchKey", "NoSuchBucket", "NoSuchObject", "ResourceNotFound", "NotFound"}
BUCKET_EXISTS = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
_FULL = {
    "XMinioStorageFull",
    "InsufficientStorage",
    "QuotaExceeded",
    "XMinioAdminBucketQuotaExceeded",
}
_READ_ONLY = {"XMinioServerReadOnly", "MethodNotAllowed", "ReadOnly"}
_TRANSPORT = (urllib3.exceptions.HTTPError, InvalidResponseError, ServerError)


@contextmanager
def s3_errors(endpoint: str, bucket: str, key: str) -> Generator[None]:
    """Turn what the client raises inside the block into our errors.

    Args:
        endpoint: The server, for messages.
        bucket: The bucket.
        key: The object, or a prefix of several.
    """
    try:
        yield
    except S3Error as error:
        raise _from_s3(error, endpoint, bucket, key) from error
    except _TRANSPORT as error:
        raise StoreUnavailable(
            f"the store at {endpoint} does not answer ({type(error).__name__})",
            store="minio",
            endpoint=endpoint,
            key=key,
        ) from error


def _from_s3(error: S3Error, endpoint: str, bucket: str, key: str) -> FoleyError:
    code = error.code or "unknown"
    metadata = {"store": "minio", "endpoint": endpoint, "key": key, "code": code}
    if code in MISSING:
        return not_found(key, bucket)
    if code in _FULL:
        return StoreFull(f"the store at {endpoint} is full ({code})", **metadata)
    if code in _READ_ONLY:
        return StoreReadOnly(f"the store at {endpoint} takes no writes ({code})", **metadata)
    return StoreUnavailable(f"the store at {endpoint} refuses ({code})", **metadata)
