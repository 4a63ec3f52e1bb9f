"""Sample packs of the caller's that hold steps on the ground that is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from foley_common.errors import SamplePackInvalid
from foley_common.packs import PackArchive, PackManifest, Provenance, check_heard
from foley_common.sound import SoundSource
from foley_surface_agent.domain.sounds import (
    Found,
    Rejected,
    SoundWish,
    fit,
    surface_in,
    tidy,
    words_of,
)

MEDIA_TYPE = "application/zip"


@dataclass(frozen=True, slots=True)
class FetchedPack:
    """A pack of the request: its key in the store, and a copy of it."""

    key: str
    path: Path


def find_in_packs(packs: Sequence[FetchedPack], wish: SoundWish) -> Iterator[Found | Rejected]:
    """Packs that hold steps that fit, in the order they were given, and those that cannot be read."""
    query = words_of(wish.query)
    for pack in packs:
        name = pack.key.rpartition("/")[2]
        try:
            with PackArchive(pack.path, name=name) as archive:
                check_heard(archive)
                manifest, formats = archive.manifest, archive.formats
        except (SamplePackInvalid, OSError) as error:
            reason = error.message if isinstance(error, SamplePackInvalid) else "it cannot be read"
            yield Rejected(pack.key, tidy(name), reason)
            continue
        if not _fits(query, manifest):
            continue
        told = manifest.provenance or Provenance()
        yield Found(
            path=None,
            key=pack.key,
            source_url=tidy(told.source_url) or pack.key,
            title=tidy(manifest.name) or tidy(told.title) or tidy(name),
            uploader=tidy(told.uploader),
            licence=tidy(told.licence),
            source=SoundSource.SAMPLE_PACK,
            duration_s=sum(found.duration_s for found in formats.values()),
            media_type=MEDIA_TYPE,
        )


def _fits(query: frozenset[str], manifest: PackManifest) -> bool:
    """A pack says its grounds; its name counts only where the query names none."""
    ground = surface_in(query)
    if ground is not None:
        return any(step.surface is ground for step in manifest.steps)
    return fit(query, words_of(manifest.name)) > 0
