"""Names of files as text for people: names on disk are bytes, and hold whatever somebody put in."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path


def shown(path: Path | str) -> str:
    r"""A file's name as text: names on disk are bytes, and those that are no text cannot be printed.

    >>> shown(os.fsdecode(b"gr\xfcn.png"))
    'gr\\xfcn.png'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def display_name_of(path: Path) -> str:
    r"""What a file is called at a gateway: without what it would take away, so that the clip is found again by it.

    Letters are composed (macOS stores them in parts), control characters go, bytes that are no text are marked.

    >>> display_name_of(Path("new\nline a\u0308.mp4"))
    'newline ä.mp4'
    """
    text = os.fsencode(path.name).decode("utf-8", "replace").replace("\\", "_")
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] != "C")
    return "".join(kept).strip()


def one_line(name: str) -> str:
    r"""A name without line breaks and control characters, which would write over a terminal.

    >>> one_line("a\x1b[31m.jpg")
    'a\\x1b[31m.jpg'
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in name
    )
