"""The video a person names: is it one, and by which id is its render found again."""

from __future__ import annotations

import re
from pathlib import Path

from foley_common.errors import ObjectNotFound, UndecodableMedia
from foley_common.media.info import VideoInfo
from foley_common.media.probe import probe
from foley_common.objects import sha256_of

MAX_FOLDER_NAME_LENGTH = 100
"""Longest name of a result folder we make, in characters; file systems end at 255 bytes."""
_UNSAFE = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


def check_video(video: Path) -> VideoInfo:
    """What a probe finds in the file; nothing is started for a file that is no video.

    Raises:
        ObjectNotFound: no such file.
        UndecodableMedia, MediaTooLarge: it is not a video we can read.
    """
    if video.is_dir():
        raise UndecodableMedia(f"{video} is a folder: name a video file in it", path=str(video))
    if not video.exists():
        raise ObjectNotFound(f"there is no file {video}", path=str(video))
    try:
        with video.open("rb") as file:
            file.read(1)
    except OSError as err:
        raise UndecodableMedia(
            f"cannot read {video}: {err.strerror or err}", path=str(video)
        ) from err
    return probe(video)


def digest_of(video: Path) -> str:
    """SHA-256 of the file."""
    return sha256_of(video)


def folder_name_of(video: Path) -> str:
    """A folder name for the results of a video: its stem, without what file systems refuse.

    >>> folder_name_of(Path("/films/my clip: take 2.mp4"))
    'my clip_ take 2'
    >>> folder_name_of(Path("Ünïcödé 走る.mov"))
    'Ünïcödé 走る'
    """
    name = _UNSAFE.sub("_", video.stem).strip(" .")[:MAX_FOLDER_NAME_LENGTH]
    return name or "clip"
