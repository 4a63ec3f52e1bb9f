"""Names that people gave, made fit for files that other programs read."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME_LENGTH = 128  # what track lists of editors show without trouble; hand-set
MAX_FOLDER_LENGTH = 60  # four bytes a character at most, 255 bytes a name on every file system
REEL_LENGTH = 8  # CMX 3600
_HIDDEN_CATEGORIES = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_DIRECTION_MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ILLEGAL_IN_FILES = re.compile(r'[\\/:*?"<>|]')


def plain(text: str, limit: int = MAX_NAME_LENGTH) -> str:
    r"""One line without control characters, marks that turn the writing direction, or more than ``limit`` characters.

    >>> plain("a\nb\x00 \u202ec"), plain("x" * 10, limit=4)
    ('a b c', 'xxx…')
    """
    shown = "".join(
        " "
        if unicodedata.category(sign) in _HIDDEN_CATEGORIES or sign in _DIRECTION_MARKS
        else sign
        for sign in text[: 4 * limit]
    )
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def ascii_plain(text: str, limit: int = MAX_NAME_LENGTH) -> str:
    """The same in ASCII: accents are taken off, other signs become ``_``.

    >>> ascii_plain("läuft 👟"), ascii_plain("x" * 10, limit=4)
    ('lauft _', 'x...')
    """
    spelled = unicodedata.normalize("NFKD", plain(text, limit))
    bare = "".join(sign for sign in spelled if not unicodedata.combining(sign))
    text = "".join(
        sign if sign.isascii() else "..." if sign == "…" else "_"
        for sign in bare.replace("…", "...")
    )
    return text if len(text) <= limit else text[: limit - 3] + "..."


def folder_name(video_name: str) -> str:
    """Name of a folder for a video: its last path part without the extension, legal on every system.

    >>> folder_name("../b/a walk.mp4"), folder_name(".."), folder_name('x"y?.mov')
    ('a walk', 'session', 'x_y_')
    """
    last = re.split(r"[\\/]", plain(video_name, 4 * MAX_FOLDER_LENGTH))[-1]
    stem = last.rsplit(".", 1)[0] if "." in last.strip(".") else last
    legal = _ILLEGAL_IN_FILES.sub("_", stem)[:MAX_FOLDER_LENGTH].strip(" .")
    return legal or "session"


def reel_names(names: list[str]) -> list[str]:
    """Reels of an edit decision list: at most eight of A–Z, 0–9 and ``_``, each another.

    >>> reel_names(["a walk.mp4", "a walk.wav", "👟"])
    ['A_WALK', 'A_WALK_2', 'REEL']
    """
    taken: list[str] = []
    for name in names:
        letters = re.sub(r"[^A-Z0-9]+", "_", ascii_plain(name.rsplit(".", 1)[0]).upper()).strip("_")
        base = letters[:REEL_LENGTH].rstrip("_") or "REEL"
        base = f"R_{base}"[:REEL_LENGTH] if base in ("AX", "BL", "BARS", "BLACK") else base
        reel, number = base, 1
        while reel in taken:
            number += 1
            end = f"_{number}"
            reel = base[: REEL_LENGTH - len(end)] + end
        taken.append(reel)
    return taken
