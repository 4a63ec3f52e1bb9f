"""Between the contract's reports about a programme and ours; the fields of both have equal names."""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from dataclasses import asdict, fields
from typing import TypeVar, overload

from foley.audio.v1 import loudness_pb2
from foley_common.programme import LoudnessReport, SyncReport

_Report = TypeVar("_Report", LoudnessReport, SyncReport)


@overload
def report_to_proto(report: LoudnessReport) -> loudness_pb2.LoudnessReport: ...


@overload
def report_to_proto(report: SyncReport) -> loudness_pb2.SyncReport: ...


@overload
def report_to_proto(report: None) -> None: ...


def report_to_proto(
    report: LoudnessReport | SyncReport | None,
) -> loudness_pb2.LoudnessReport | loudness_pb2.SyncReport | None:
    """A measured report to its message; None when nothing was measured."""
    if report is None:
        return None
    if isinstance(report, LoudnessReport):
        return loudness_pb2.LoudnessReport(**asdict(report))
    return loudness_pb2.SyncReport(**asdict(report))


def report_from_proto(
    kind: type[_Report], message: loudness_pb2.LoudnessReport | loudness_pb2.SyncReport
) -> _Report:
    """A message to the measured report."""
    return kind(**{field.name: getattr(message, field.name) for field in fields(kind)})
