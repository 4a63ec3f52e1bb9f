"""Object stores: a directory, or MinIO and any S3."""

from __future__ import annotations

from foley_common.objects import ObjectStore
from foley_common.settings import StoreSettings
from foley_common.storage.local_store import LocalStore


def open_store(settings: StoreSettings) -> ObjectStore:
    """The store that the settings name. Opens nothing yet: a store that is down shows at its first use."""
    if settings.kind == "local":
        assert settings.root is not None  # StoreSettings refuses a local store without one
        return LocalStore(settings.root, settings.bucket)
    from foley_common.storage.minio_store import MinioStore

    return MinioStore.from_settings(settings)
