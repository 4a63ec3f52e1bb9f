"""How a video comes in: bytes to a scratch file under a limit, a real probe, then into the store as a clip."""

from __future__ import annotations

import asyncio
import mimetypes
import unicodedata
from collections.abc import AsyncIterable
from pathlib import Path, PurePosixPath, PureWindowsPath

from foley_common.errors import FieldViolation, InvalidField
from foley_common.media.probe import MediaLimits, probe
from foley_common.objects import ObjectRef, ObjectStore, sha256_of
from foley_gateway.domain.plan import clip_id_of
from foley_gateway.domain.types import Clip
from foley_gateway.inbox import Inbox, too_large
from foley_gateway.settings import GatewaySettings
from foley_gateway.store import Catalog, now

MAX_DISPLAY_NAME_CHARACTERS = 255  # foley.gateway.v1.UploadHeader
MAX_FILE_NAME_BYTES = 140  # the least that usual file systems take is 143 (eCryptfs)
_FALLBACK_MEDIA_TYPE = "application/octet-stream"


class Ingest:
    """Makes clips out of videos."""

    def __init__(
        self, *, catalog: Catalog, store: ObjectStore, inbox: Inbox, settings: GatewaySettings
    ) -> None:
        self._catalog = catalog
        self._inbox = inbox
        self._store = store
        self._settings = settings
        self._limits = MediaLimits(
            max_duration_s=settings.max_duration_s, max_size_bytes=settings.max_upload_bytes
        )

    async def upload(self, display_name: str, chunks: AsyncIterable[bytes]) -> Clip:
        """Take a file's bytes and make it a clip; the same video under the same name is the same clip.

        Raises:
            InvalidField: the name cannot be used.
            MediaTooLarge: more bytes, seconds or pixels than the limits allow; nothing is kept.
            UndecodableMedia: not a video.
            StoreFull, StoreReadOnly, StoreUnavailable: it cannot be put down.
        """
        name = clean_display_name(display_name)
        async with self._inbox.folder() as folder:
            path = await folder.receive(
                _scratch_name(name), chunks, self._settings.max_upload_bytes
            )
            return await self._publish(path, name)

    async def adopt(self, source: ObjectRef, display_name: str) -> Clip:
        """Make a clip of a video that is in the store already.

        Raises:
            ObjectNotFound, DigestMismatch: the reference does not hold.
            InvalidField, MediaTooLarge, UndecodableMedia: as `upload`.
        """
        name = clean_display_name(display_name)
        if source.size_bytes > self._settings.max_upload_bytes:
            raise too_large(self._settings.max_upload_bytes)
        async with self._inbox.folder() as folder:
            path = folder.path / _scratch_name(name)
            folder.claim(source.size_bytes)
            await self._store.fetch(source, path)
            return await self._publish(path, name, source)

    async def _publish(
        self, path: Path, display_name: str, source: ObjectRef | None = None
    ) -> Clip:
        digest = await asyncio.to_thread(sha256_of, path) if source is None else source.sha256
        clip_id = clip_id_of(digest, display_name)
        video = await asyncio.to_thread(probe, path, self._limits)
        ref = source or await self._store.publish(
            path, f"clips/{clip_id}/source", media_type_of(display_name)
        )
        return await self._catalog.add_clip(Clip(clip_id, display_name, ref, video, now()))


def clean_display_name(text: str) -> str:
    r"""A file's name as people know it: without folders and control characters, in composed Unicode.

    Raises:
        InvalidField: nothing is left, or it is too long.

    >>> clean_display_name("C:\\\\videos\\\\Spaziergang im Park.mp4")
    'Spaziergang im Park.mp4'
    """
    name = PureWindowsPath(PurePosixPath(text).name).name
    name = "".join(
        c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C"
    ).strip()
    if name in ("", ".", ".."):
        raise InvalidField([FieldViolation("display_name", "is required: the file's name")])
    if len(name) > MAX_DISPLAY_NAME_CHARACTERS:
        raise InvalidField(
            [
                FieldViolation(
                    "display_name",
                    f"must have at most {MAX_DISPLAY_NAME_CHARACTERS} characters, has {len(name)}",
                )
            ]
        )
    return name


def _scratch_name(display_name: str) -> str:
    """The name as far as file systems take it, so that messages about the file name it as its owner does."""
    return display_name.encode()[:MAX_FILE_NAME_BYTES].decode(errors="ignore")


def media_type_of(display_name: str) -> str:
    """The media type a name suggests, when it is a video's; the probe alone decides what it is."""
    guess, _ = mimetypes.guess_type(display_name)
    return guess if guess and guess.startswith("video/") else _FALLBACK_MEDIA_TYPE
