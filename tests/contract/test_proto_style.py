"""The contract's style, checked without buf: comments, names, zero values (house rule B4.8)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

PROTOS = Path(__file__).parents[2] / "protos"
# AIP answers of the one public service (house rule B4.8).
BARE_ANSWERS = {"Clip", "Render", "Operation", "SamplePack"}


def describe(folder: Path, into: Path) -> list[FileDescriptorProto]:
    """Descriptors of our files below ``folder``, with source comments."""
    sys.path.insert(0, str(PROTOS))
    try:
        from generate import include_folders
    finally:
        sys.path.remove(str(PROTOS))
    scratch = into / "scratch"
    scratch.mkdir()
    names = sorted(str(path.relative_to(folder)) for path in (folder / "foley").rglob("*.proto"))
    image = into / "image.binpb"
    includes = [folder, *include_folders(scratch)[1:]]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            *(f"-I{include}" for include in includes),
            "--include_source_info",
            f"--descriptor_set_out={image}",
            *names,
        ],
        cwd=folder,
        check=True,
    )
    return list(FileDescriptorSet.FromString(image.read_bytes()).file)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[FileDescriptorProto]:
    found = describe(PROTOS, tmp_path_factory.mktemp("protos"))
    assert len(found) > 8
    return found


def all_enums(file: FileDescriptorProto) -> Iterator[EnumDescriptorProto]:
    yield from file.enum_type
    for message in file.message_type:
        yield from message.enum_type


def undocumented(file: FileDescriptorProto) -> list[str]:  # noqa: C901 (one visitor per kind of thing)
    """Messages, fields, enums, values, services and methods without a leading comment."""
    commented = {
        tuple(place.path)
        for place in file.source_code_info.location
        if place.leading_comments.strip()
    }
    missing = []

    def visit(name: str, path: tuple[int, ...]) -> None:
        if path not in commented:
            missing.append(f"{file.name}: {name}")

    def visit_enum(enum: EnumDescriptorProto, path: tuple[int, ...]) -> None:
        visit(enum.name, path)
        for index, value in enumerate(enum.value):
            visit(value.name, (*path, 2, index))

    def visit_message(message: DescriptorProto, path: tuple[int, ...]) -> None:
        visit(message.name, path)
        for index, field in enumerate(message.field):
            visit(f"{message.name}.{field.name}", (*path, 2, index))
        for index, enum in enumerate(message.enum_type):
            visit_enum(enum, (*path, 4, index))

    for index, message in enumerate(file.message_type):
        visit_message(message, (4, index))
    for index, enum in enumerate(file.enum_type):
        visit_enum(enum, (5, index))
    for index, service in enumerate(file.service):
        visit(service.name, (6, index))
        for number, method in enumerate(service.method):
            visit(f"{service.name}.{method.name}", (6, index, 2, number))
    return missing


def test_everything_is_commented(files: list[FileDescriptorProto]) -> None:
    assert [name for file in files for name in undocumented(file)] == []


def test_an_uncommented_field_would_be_found(tmp_path: Path) -> None:
    folder = tmp_path / "protos"
    (folder / "foley/x/v1").mkdir(parents=True)
    (folder / "foley/x/v1/x.proto").write_text(
        'syntax = "proto3";\npackage foley.x.v1;\n// Documented.\nmessage Documented {\n  int32 bare = 1;\n}\n'
    )
    (file,) = describe(folder, tmp_path)
    assert undocumented(file) == ["foley/x/v1/x.proto: Documented.bare"]


def test_package_is_the_folder_and_carries_a_version(files: list[FileDescriptorProto]) -> None:
    for file in files:
        assert file.package == str(Path(file.name).parent).replace("/", ".")
        assert file.package.endswith(".v1")


def test_enums_start_with_unspecified_and_carry_their_name(
    files: list[FileDescriptorProto],
) -> None:
    for file in files:
        for enum in all_enums(file):
            words = "".join(f"_{c}" if c.isupper() else c.upper() for c in enum.name).lstrip("_")
            assert enum.value[0].name == f"{words}_UNSPECIFIED"
            assert enum.value[0].number == 0
            assert all(value.name.startswith(f"{words}_") for value in enum.value)


def test_services_and_methods_are_named_after_the_rule(files: list[FileDescriptorProto]) -> None:
    for file in files:
        for service in file.service:
            assert service.name.endswith("Service")
            for method in service.method:
                assert method.input_type.endswith(f".{method.name}Request")
                answer = method.output_type.rsplit(".", 1)[1]
                bare = service.name == "RenderService" and answer in BARE_ANSWERS
                assert bare or answer == f"{method.name}Response"


def test_stages_know_the_common_package_only(files: list[FileDescriptorProto]) -> None:
    for file in files:
        owner = file.package.split(".")[1]
        if owner == "gateway":
            continue
        for imported in file.dependency:
            if imported.startswith("foley/"):
                assert imported.split("/")[1] in ("common", owner), (
                    f"{file.name} imports {imported}"
                )


def test_no_unsigned_numbers(files: list[FileDescriptorProto]) -> None:
    unsigned = {4, 6, 7, 13}  # uint64, fixed64, fixed32, uint32 (AIP-141)
    for file in files:
        for message in file.message_type:
            assert [f.name for f in message.field if f.type in unsigned] == []
