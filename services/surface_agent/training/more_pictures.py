"""Gather the ground textures of `more_pictures.json` into a folder that `extract.py` reads.

    apt-get download supertuxkart-data openarena-081-textures extremetuxracer-data
    for f in *.deb; do dpkg-deb -x $f UNPACKED/${f%%_*}; done
    python services/surface_agent/training/more_pictures.py UNPACKED OUT

The list was made by looking at textures named like grounds of which the development data shows too few sources; what
does not look like its name, or twice the same, is left out.
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from pathlib import Path

from PIL import Image

MAX_SIDE_PX = 320  # as the pictures of the development data
ARCHIVE = ".pk3"


def main() -> None:
    """Copy the listed pictures and write their `surfaces.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("unpacked", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    records: list[dict[str, str]] = []
    listed = json.loads(Path(__file__).with_suffix(".json").read_text())
    for package, classes in listed.items():
        for surface, files in classes.items():
            for file in files:
                with Image.open(io.BytesIO(_content(arguments.unpacked / package, file))) as opened:
                    picture = opened.convert("RGB")
                picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
                name = f"{len(records):03}.png"
                picture.save(arguments.out / name)
                records.append(
                    {
                        "file": name,
                        "class": surface,
                        "source": f"Debian {package}",
                        "kind": "texture",
                    }
                )
    (arguments.out / "surfaces.json").write_text(json.dumps(records, indent=1))
    print(f"{len(records)} pictures")


def _content(package: Path, file: str) -> bytes:
    """A file of a package, or of a game's archive in it."""
    archive, marker, inner = file.partition(f"{ARCHIVE}/")
    if not marker:
        return (package / file).read_bytes()
    with zipfile.ZipFile(package / f"{archive}{ARCHIVE}") as opened:
        return opened.read(inner)


if __name__ == "__main__":
    main()
