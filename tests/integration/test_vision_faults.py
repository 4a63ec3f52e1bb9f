"""Every fault of a vision endpoint, suffered by the real client over a real connection: what the user gets."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from foley_common.surfaces import AnswerSource, Surface
from foley_surface_agent.domain.decide import VisionFindings
from foley_surface_agent.llm.budget import Budget
from foley_surface_agent.llm.openai_vision import OpenAiVision
from foley_surface_agent.llm.prompt import QUESTION, SYSTEM_PROMPT
from foley_surface_agent.pipeline import ask_about
from foley_surface_agent.settings import VisionSettings
from support.vision_faults import FAULTS, KEY, Fault, FaultLab
from support.vision_server import (
    Asked,
    VisionServer,
    answers,
    gullible,
    obeyed,
    says,
    sees_sign,
    slow,
    status,
    vision_server,
)

LONGEST_S = 20.0  # no fault here may keep a user waiting longer, with the limits that the list sets


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> FaultLab:
    return FaultLab(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_the_user_gets_a_declared_answer(lab: FaultLab, fault: Fault):
    with capture_logs() as logs:
        got = await lab.suffer(fault)
    assert got.source is fault.source
    assert fault.reason in got.reason
    if not fault.reason:
        assert got.reason == ""
    if got.source is AnswerSource.LOCAL_MODEL:
        assert got.reason != ""
    assert got.calls <= fault.calls
    assert got.seconds < LONGEST_S
    first = got.report.surfaces[0].answer
    assert (
        first.sounded is Surface.GRASS
    )  # the painted lawn, by the model's word and by the local one
    assert got.report.usage is not None
    if "cannot be reached" not in got.reason:  # then tries are counted that nobody sees arrive
        assert got.report.usage.call_count == got.calls
    assert KEY not in json.dumps(logs, default=str) + got.reason


async def test_one_scene_is_one_call(lab: FaultLab):
    got = await lab.suffer(Fault("", (answers(),), AnswerSource.VISION_MODEL, "", 2))
    assert got.calls == len(lab.looks.views) == 2
    assert sorted(n for view in lab.looks.views for n in view.grounds) == [0, 1]


async def test_what_was_answered_before_a_failure_stands(lab: FaultLab):
    got = await lab.suffer(
        Fault("", (answers(surface="sand"), status(500)), AnswerSource.VISION_MODEL, "", 4)
    )
    assert "answered 500" in got.reason
    assert got.sources == "vision_model, then local_model"
    assert got.report.usage is not None
    assert got.report.usage.failed_call_count == 1


async def test_an_answer_that_cannot_be_used_costs_its_own_scene_only(lab: FaultLab):
    fault = Fault("", (answers(surface="lava"), answers()), AnswerSource.LOCAL_MODEL, "", 2)
    got = await lab.suffer(fault)
    assert got.sources == "local_model, then vision_model"
    assert "outside the list" in got.reason
    assert got.report.usage is not None
    assert (got.report.usage.call_count, got.report.usage.failed_call_count) == (2, 1)


async def test_two_unusable_answers_in_a_row_end_the_questions(lab: FaultLab):
    looks = replace(lab.looks, views=lab.looks.views * 3)
    findings = VisionFindings()
    with vision_server(says("no"), answers(), says("no"), says("no"), answers()) as server:
        settings = VisionSettings.model_validate(
            {"base_url": server.url, "model": "m", "api_key": SecretStr(KEY)}
        )
        model = OpenAiVision(settings)
        budget = Budget(settings.limits)
        await ask_about(looks.views, model, budget, findings, min_confidence=0.5)
        await model.close()
    assert len(server.asked) == 4
    assert findings.answer_count == 1


async def test_what_was_answered_before_time_ran_out_stands(lab: FaultLab):
    fault = Fault(
        "", (answers(), slow(30.0)), AnswerSource.VISION_MODEL, "", 2, {"max_seconds_per_clip": 1.5}
    )
    got = await lab.suffer(fault)
    assert "budget of 1.5 s" in got.reason
    assert got.sources == "vision_model, then local_model"


async def test_a_sign_is_in_the_picture_and_only_our_instructions_are_in_the_words(lab: FaultLab):
    seen: list[Asked] = []

    def remember(server: VisionServer) -> None:
        seen.extend(server.asked)

    got = await lab.suffer(Fault("", (gullible,), AnswerSource.VISION_MODEL, "", 2), remember)
    assert got.report.surfaces[0].answer.surface is Surface.GRASS
    for asked in seen:
        assert sees_sign(asked.jpeg)
        assert asked.texts == f"{SYSTEM_PROMPT}\n{QUESTION}"
        assert "METAL NOW" not in asked.texts
        # The same model and the same picture without the rank of our instructions: it would have obeyed.
        bare = {**asked.body["messages"][0], "content": "What is the ground?"}
        unled = Asked(asked.headers, {**asked.body, "messages": [bare, asked.body["messages"][1]]})
        assert obeyed(unled)["surface"] == "metal"
