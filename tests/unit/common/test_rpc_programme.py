"""Between measured reports and their messages."""

from __future__ import annotations

from foley_common.programme import LoudnessReport, SyncReport
from foley_common.rpc.programme import report_from_proto, report_to_proto


def test_reports_survive_the_wire() -> None:
    loudness = LoudnessReport(-23.1, -1.5, -23, -1, 3.5, 0.25, 0.1, False, -17.5, -20.2, 6.1)
    sync = SyncReport(4, 0, 0.2, 0.01, 3, 4, 1.5)
    assert report_from_proto(LoudnessReport, report_to_proto(loudness)) == loudness
    assert report_from_proto(SyncReport, report_to_proto(sync)) == sync
    assert report_to_proto(None) is None
