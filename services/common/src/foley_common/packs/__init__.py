"""Sample packs: recorded single steps in a zip, with a manifest; shared by whoever makes, takes or plays them."""

from foley_common.packs.archive import PackArchive
from foley_common.packs.folder import zip_folder
from foley_common.packs.limits import PackLimits
from foley_common.packs.manifest import (
    MANIFEST_NAME,
    PackManifest,
    PackStep,
    Provenance,
    Rejection,
)
from foley_common.packs.silence import check_heard

__all__ = [
    "MANIFEST_NAME",
    "PackArchive",
    "PackLimits",
    "PackManifest",
    "PackStep",
    "Provenance",
    "Rejection",
    "check_heard",
    "zip_folder",
]
