"""Gather the ground textures of `more_pictures.json` into a folder that `extract.py` reads.

    python services/surface_agent/training/more_pictures.py UNPACKED OUT [--download]

UNPACKED holds one folder per Debian package, named like it. With ``--download`` what is missing there is fetched
(``apt-get download``) and unpacked (``dpkg-deb``); nothing is installed. The list was made by looking at textures named
like grounds of which the development data shows too few sources; what does not look like its name, or twice the same,
is left out.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import tempfile
import zipfile
from pathlib import Path

from PIL import Image

MAX_SIDE_PX = 320  # as the pictures of the development data
ARCHIVE = ".pk3"

Listed = dict[str, dict[str, list[str]]]
"""Files by package and surface."""


def main() -> None:
    """Read the arguments, fetch, gather."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("unpacked", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--download", action="store_true", help="fetch and unpack what is missing")
    arguments = parser.parse_args()
    listed: Listed = json.loads(Path(__file__).with_suffix(".json").read_text())
    if arguments.download:
        download(
            [package for package in listed if not (arguments.unpacked / package).is_dir()],
            arguments.unpacked,
        )
    print(f"{gather(listed, arguments.unpacked, arguments.out)} pictures")


def download(packages: list[str], unpacked: Path) -> None:
    """Fetch Debian packages and unpack each into a folder of its name.

    Raises:
        FileNotFoundError: this is no Debian machine.
        subprocess.CalledProcessError: a package cannot be had.
    """
    for package in packages:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["apt-get", "download", package], check=True, cwd=folder)
            (archive,) = Path(folder).glob("*.deb")
            unpacked.mkdir(parents=True, exist_ok=True)
            subprocess.run(["dpkg-deb", "-x", archive, unpacked / package], check=True)


def gather(listed: Listed, unpacked: Path, out: Path) -> int:
    """Copy listed pictures, write their `surfaces.json`, and give how many they are.

    Raises:
        FileNotFoundError, KeyError: a listed file is not there, or not in its archive.
    """
    out.mkdir(parents=True, exist_ok=True)
    records: list[dict[str, str]] = []
    for package, classes in listed.items():
        for surface, files in classes.items():
            for file in files:
                with Image.open(io.BytesIO(_content(unpacked / package, file))) as opened:
                    picture = opened.convert("RGB")
                picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
                name = f"{len(records):03}.png"
                picture.save(out / name)
                records.append(
                    {
                        "file": name,
                        "class": surface,
                        "source": f"Debian {package}",
                        "kind": "texture",
                    }
                )
    (out / "surfaces.json").write_text(json.dumps(records, indent=1))
    return len(records)


def _content(package: Path, file: str) -> bytes:
    """A file of a package, or of a game's archive in it."""
    archive, marker, inner = file.partition(f"{ARCHIVE}/")
    if not marker:
        return (package / file).read_bytes()
    with zipfile.ZipFile(package / f"{archive}{ARCHIVE}") as opened:
        return opened.read(inner)


if __name__ == "__main__":
    main()
