"""Which results belong to which code: a digest of the installed stages, so that changed code finds no old results."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

PACKAGES = ("foley_common", "foley_detector", "foley_surface_agent", "foley_audio", "foley_gateway")
"""Everything that has a say in what a render looks or sounds like."""
DIGEST_LENGTH = 16
"""Hex digits kept; accidental collisions among a developer's edits need no more."""
_LEFT_OUT = frozenset({"__pycache__"})


def pipeline_digest(folders: tuple[Path, ...] | None = None) -> str:
    """A digest of all files of the installed stages (or of the folders given).

    Results are kept under keys made from video, options and models. Between releases the code changes too: without
    this, a developer who edits a stage would be handed the sound of yesterday.
    """
    digest = hashlib.sha256()
    for folder in _folders() if folders is None else folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not _LEFT_OUT.intersection(path.parts):
                digest.update(f"{path.relative_to(folder)}\n{path.stat().st_size}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:DIGEST_LENGTH]


def _folders() -> tuple[Path, ...]:
    specs = [importlib.util.find_spec(name) for name in PACKAGES]
    return tuple(
        Path(location)
        for spec in specs
        if spec
        for location in spec.submodule_search_locations or ()
    )
