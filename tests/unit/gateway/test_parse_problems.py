"""Wrong JSON is told with the field, what is wrong with it, and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from foley_common.errors import InvalidField
from foley_gateway.rest.proto_json import create_render_request

OTHER_TYPE = "has a value of another type than the field"


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        (
            {"options": {"overrides": [{}, {"surface": "grass"}]}},
            "options.overrides[1].surface",
            "grass is none of SURFACE_CONCRETE, ",
        ),
        (
            {"options": {"overrides": [{"person": 1}]}},
            "options.overrides[0]",
            "has no field 'person', but track_id, range, surface, footwear",
        ),
        (
            {"options": {"surface_overrides": []}},
            "options",
            "has no field 'surface_overrides', but poses, sensitivity, overrides, ",
        ),
        ({"option": {}}, "body", "has no field 'option', but parent, options, request_id"),
        (
            {"options": {"overrides": [{"range": {"start_offset": "NaNs"}}]}},
            "options.overrides[0].range.start_offset",
            "Couldn't parse duration: NaNs",
        ),
        (
            {"options": {"overrides": [{"track_id": 99999999999}]}},
            "options.overrides.track_id",
            "Value out of range: 99999999999",
        ),
        ({"options": 5}, "options", OTHER_TYPE),
        ({"options": [1]}, "options", OTHER_TYPE),
        ({"options": {"step_edits": [{"remove": True}]}}, "options.step_edits", OTHER_TYPE),
        ({"options": {"style": {"seed": [1]}}}, "options.style.seed", OTHER_TYPE),
        (
            {"options": {"session": {"start_timecode": 5}}},
            "options.session.start_timecode",
            OTHER_TYPE,
        ),
    ],
)
def test_the_field_is_named_and_what_would_be_right(
    body: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(InvalidField) as caught:
        create_render_request(body)
    (violation,) = caught.value.violations
    assert violation.field == field
    assert violation.problem.startswith(problem)
    assert "\n" not in violation.problem
