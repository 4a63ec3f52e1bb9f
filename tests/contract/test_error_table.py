"""Every error has one reason, one code, one HTTP status, and comes back over the wire as what it was."""

from __future__ import annotations

import json
import re
from pathlib import Path

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2, status_pb2

from foley.common.v1 import error_reason_pb2
from foley_common import errors
from foley_common.errors import FieldViolation, FoleyError, InvalidField
from foley_common.rpc.errors import (
    DETAILS_KEY,
    ERROR_DOMAIN,
    HTTP_STATUS,
    MAX_STATUS_BYTES,
    STATUS_CODE,
    error_classes,
    from_rpc_error,
    to_status,
)

PREFIX = "ERROR_REASON_"
REASONS = {
    name.removeprefix(PREFIX) for name, number in error_reason_pb2.ErrorReason.items() if number
}
RETRIED = {"UNAVAILABLE", "RESOURCE_EXHAUSTED"}
CLASSES = sorted(error_classes().values(), key=lambda cls: cls.reason)


def example(cls: type[FoleyError]) -> FoleyError:
    if issubclass(cls, InvalidField):
        return InvalidField(
            [FieldViolation("options.seed", "must be >= 0, is -1"), FieldViolation("ü", "‹ñ›")]
        )
    return cls(
        "It did not work: ‹ñ›, 100 %.", key="clips/c-19/source", name="clips/c-19", query="gravel"
    )


def over_the_wire(status: status_pb2.Status) -> grpc.aio.AioRpcError:
    """What a client of grpc.aio raises when a server sends this status."""
    code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
    trailing = grpc.aio.Metadata((DETAILS_KEY, status.SerializeToString()))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, status.message)


def details(status: status_pb2.Status, kind: type) -> list:
    found = []
    for packed in status.details:
        detail = kind()
        if packed.Unpack(detail):
            found.append(detail)
    return found


def test_proto_classes_and_both_tables_have_the_same_reasons():
    assert set(error_classes()) == REASONS
    assert set(STATUS_CODE) == REASONS
    assert set(HTTP_STATUS) == REASONS


def test_every_reason_has_one_class():
    names = [cls.__name__ for cls in FoleyError.__subclasses__()]
    assert len(names) == len(REASONS) - 1  # INTERNAL is the base
    assert len({cls.reason for cls in FoleyError.__subclasses__()}) == len(names)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.reason)
def test_status_and_back(cls):
    err = example(cls)
    status = to_status(err)
    assert status.code == STATUS_CODE[cls.reason].value[0]
    assert status.message == err.message
    (info,) = details(status, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain, dict(info.metadata)) == (
        cls.reason,
        ERROR_DOMAIN,
        err.metadata,
    )
    back = from_rpc_error(over_the_wire(status))
    assert type(back) is cls
    assert (back.reason, back.message, back.metadata) == (err.reason, err.message, err.metadata)
    assert back.retry_after_s == err.retry_after_s
    if isinstance(err, InvalidField):
        assert isinstance(back, InvalidField)
        assert back.violations == err.violations


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.reason)
def test_at_most_one_detail_of_each_kind_and_the_right_ones(cls):
    status = to_status(example(cls))
    kinds = [packed.type_url.rpartition(".")[2] for packed in status.details]
    assert len(kinds) == len(set(kinds))
    assert ("BadRequest" in kinds) == (cls.reason == "INVALID_FIELD")
    assert ("RetryInfo" in kinds) == (cls.retry_after_s is not None)
    assert ("ResourceInfo" in kinds) == cls.reason.endswith("_NOT_FOUND")
    for resource in details(status, error_details_pb2.ResourceInfo):
        assert resource.resource_name in ("clips/c-19/source", "clips/c-19", "gravel")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.reason)
def test_codes_and_http_statuses_agree(cls):
    """Faults of the caller are 4xx, ours are 5xx; what may be tried again says when."""
    code, http = STATUS_CODE[cls.reason].name, HTTP_STATUS[cls.reason]
    callers = {"INVALID_ARGUMENT", "NOT_FOUND", "ABORTED", "CANCELLED", "PERMISSION_DENIED"}
    ours = {"INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "UNIMPLEMENTED"}
    if code in callers:
        assert 400 <= http < 500
    if code in ours:
        assert 500 <= http < 600
    if cls.retry_after_s is not None:
        assert code in RETRIED
    assert code not in {"OK", "UNKNOWN"}


def test_every_reason_has_an_example_that_names_it():
    proto = Path(__file__).parents[2] / "protos" / "foley" / "common" / "v1" / "error_reason.proto"
    blocks = re.findall(
        r"((?:^ *//.*\n)+) *ERROR_REASON_(\w+) = \d+;", proto.read_text(), flags=re.MULTILINE
    )
    assert {reason for _, reason in blocks} == REASONS | {"UNSPECIFIED"}
    for comment, reason in blocks:
        found = re.search(r"Example: `(\{.*\})`", comment)
        if reason == "UNSPECIFIED":
            continue
        assert found, reason
        shown = json.loads(found[1])
        assert shown["reason"] == reason
        assert all(isinstance(value, str) for value in shown["metadata"].values())


def test_a_flood_of_violations_still_fits_into_a_clients_metadata():
    flood = [FieldViolation(f"segments[{i}].key", "ü" * 900) for i in range(500)]
    status = to_status(InvalidField(flood))
    assert status.ByteSize() <= MAX_STATUS_BYTES + 100
    back = from_rpc_error(over_the_wire(status))
    assert isinstance(back, InvalidField)
    assert 0 < len(back.violations) < 500
    assert back.violations[0].field == "segments[0].key"


def test_an_unknown_reason_of_a_newer_server_is_still_an_error_of_ours():
    status = status_pb2.Status(code=grpc.StatusCode.FAILED_PRECONDITION.value[0], message="new")
    packed = status.details.add()
    packed.Pack(
        error_details_pb2.ErrorInfo(
            reason="NOT_KNOWN_HERE", domain=ERROR_DOMAIN, metadata={"a": "b"}
        )
    )
    back = from_rpc_error(over_the_wire(status))
    assert type(back) is FoleyError
    assert (back.reason, back.message, back.metadata) == ("INTERNAL", "new", {"a": "b"})


@pytest.mark.parametrize(
    ("code", "cls"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.StageUnavailable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, errors.DeadlineExceeded),
        (grpc.StatusCode.CANCELLED, errors.RenderCancelled),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, errors.ServiceBusy),
        (grpc.StatusCode.UNIMPLEMENTED, errors.NotServedYet),
        (grpc.StatusCode.UNKNOWN, FoleyError),
    ],
)
def test_a_bare_status_becomes_what_to_do_about_it(code, cls):
    bare = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), "failed to connect")
    back = from_rpc_error(bare)
    assert type(back) is cls
    assert back.metadata["grpc_code"] == code.name


def test_details_that_contradict_the_status_are_not_believed():
    status = to_status(errors.ClipNotFound("no clip", name="clips/c-1"))
    trailing = grpc.aio.Metadata((DETAILS_KEY, status.SerializeToString()))
    forged = grpc.aio.AioRpcError(
        grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), trailing, "other text"
    )
    assert type(from_rpc_error(forged)) is errors.StageUnavailable
    noise = grpc.aio.Metadata((DETAILS_KEY, b"\xff\xff\xff"))
    broken = grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), noise, "x")
    assert type(from_rpc_error(broken)) is errors.StageUnavailable
