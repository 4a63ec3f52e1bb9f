"""``session.zip``: the whole session in one file, streamed; ZIP64 where it has to be.

Everything lies flat in one folder named after the video, so that session files find their media beside themselves.
Media are stored as they are, text is deflated. No date is in it: the same session gives the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from foley_audio.export.names import folder_name

COPY_BYTES = 1 << 20
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that ZIP knows
UNIX = 3  # system that the permissions below are of
READABLE = 0o100644 << 16  # a plain file that everybody may read
TEXT_ENDINGS = (".csv", ".json", ".txt", ".otio", ".edl", ".rpp", ".vtt")


def write_archive(
    path: Path,
    video_name: str,
    files: Sequence[tuple[str, Path]],
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write the archive.

    Args:
        path: New file.
        video_name: The folder is named after it.
        files: Names in the archive, each another, and where the files are.
        check: Called between blocks; may raise to stop the work.
    """
    folder = folder_name(video_name)
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        for name, source in files:
            entry = zipfile.ZipInfo(f"{folder}/{name}", ZIP_EPOCH)
            entry.compress_type = (
                zipfile.ZIP_DEFLATED if name.endswith(TEXT_ENDINGS) else zipfile.ZIP_STORED
            )
            entry.create_system, entry.external_attr = UNIX, READABLE
            entry.file_size = source.stat().st_size  # decides whether the entry needs ZIP64
            with source.open("rb") as data, archive.open(entry, "w") as out:
                while block := data.read(COPY_BYTES):
                    check()
                    out.write(block)
