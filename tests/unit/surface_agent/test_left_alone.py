"""An endpoint that is down is found out once; the clock is the test's own."""

from __future__ import annotations

import asyncio

import pytest

from foley_common.errors import BudgetExceeded, VisionModelUnavailable
from foley_common.surfaces import Surface
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.base import Declined, EndpointDown, PictureRefused, UnusableReply
from foley_surface_agent.llm.budget import Budget, Limits
from foley_surface_agent.llm.left_alone import (
    FIRST_REST_S,
    LONGEST_REST_S,
    MAX_ODD_IN_A_ROW,
    LeftAlone,
)

PATIENCE_S = 30.0
REPLY = VisionReply(Surface.GRASS, 0.9, None, None, None, (), "", "", (), "m", "1")
DOWN = EndpointDown("the vision model m cannot be reached", problem="cannot be reached")
REFUSED = PictureRefused("the vision model m answered 413", problem="answered 413")
DECLINED = Declined("the vision model m refused to answer", problem="refused to answer")
ODD = UnusableReply("the vision model's answer names no surface", problem="names no surface")
SPENT = BudgetExceeded("the budget of 30 s for the vision model was spent")


class Endpoint:
    """Answers or raises as told, takes its time by the clock, and counts."""

    name, identity = "m", "m at u"

    def __init__(self) -> None:
        self.does: Exception | None = None
        self.takes_s = 0.0
        self.now_s = 1000.0
        self.count = 0

    async def look(self, jpeg: bytes, budget: Budget) -> VisionReply:
        del jpeg, budget
        self.count += 1
        self.now_s += self.takes_s
        await asyncio.sleep(0)
        if self.does is not None:
            raise self.does
        return REPLY


class Desk:
    """The endpoint behind the guard, and questions to it."""

    def __init__(self) -> None:
        self.endpoint = Endpoint()
        self.model = LeftAlone(
            self.endpoint, patience_s=PATIENCE_S, clock=lambda: self.endpoint.now_s
        )

    async def ask(self) -> str:
        """What came of a question: ``ok`` or the error's words; and that it was not sent."""
        before = self.endpoint.count
        budget = Budget(Limits(99, 9.0, 99.0))
        try:
            await self.model.look(b"", budget)
        except (VisionModelUnavailable, BudgetExceeded) as error:
            sent = "" if self.endpoint.count > before else "not sent: "
            assert budget.usage is None  # what is not sent costs nothing
            return f"{sent}{error.message}"
        return "ok"


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_dead_endpoint_is_asked_once_and_left_alone_with_its_reason(desk: Desk):
    desk.endpoint.does = DOWN
    assert await desk.ask() == "the vision model m cannot be reached"
    for _ in range(50):
        assert await desk.ask() == (
            "not sent: the vision model m cannot be reached, so it is left alone for up to 60 s"
        )
    assert desk.endpoint.count == 1


async def test_after_the_rest_one_question_finds_it_back(desk: Desk):
    desk.endpoint.does = DOWN
    await desk.ask()
    desk.endpoint.does = None
    desk.endpoint.now_s += FIRST_REST_S - 1
    assert (await desk.ask()).startswith("not sent")
    desk.endpoint.now_s += 1
    assert [await desk.ask() for _ in range(2)] == ["ok", "ok"]


async def test_rests_grow_up_to_a_longest_and_begin_short_again(desk: Desk):
    desk.endpoint.does = DOWN
    told = []
    for _ in range(6):
        await desk.ask()
        told.append((await desk.ask()).rpartition("up to ")[2])
        desk.endpoint.now_s += LONGEST_REST_S
    assert told == ["60 s", "120 s", "240 s", "480 s", "600 s", "600 s"]
    desk.endpoint.does = None
    assert await desk.ask() == "ok"
    desk.endpoint.does = DOWN
    await desk.ask()
    assert (await desk.ask()).endswith("up to 60 s")


async def test_it_may_ask_for_a_longer_rest_itself_but_not_for_ever(desk: Desk):
    for asked_s, rest in ((200.0, "200 s"), (1e9, "600 s"), (3.0, "60 s")):
        desk = Desk()
        desk.endpoint.does = EndpointDown("m asks", problem="asks to come back", asked_s=asked_s)
        await desk.ask()
        assert (await desk.ask()).endswith(f"up to {rest}")


async def test_only_one_question_tries_and_nobody_else_waits_for_it(desk: Desk):
    desk.endpoint.does = DOWN
    await desk.ask()
    desk.endpoint.now_s += FIRST_REST_S
    told = await asyncio.gather(*(desk.ask() for _ in range(5)))
    assert desk.endpoint.count == 2
    assert [said.startswith("not sent") for said in told] == [False, True, True, True, True]


async def test_many_that_failed_together_make_one_rest(desk: Desk):
    desk.endpoint.does = DOWN
    await asyncio.gather(*(desk.ask() for _ in range(5)))
    assert desk.endpoint.count == 5
    assert (await desk.ask()).endswith("up to 60 s")


async def test_one_odd_answer_is_no_failure_and_many_in_a_row_are(desk: Desk):
    for _ in range(3):
        desk.endpoint.does = ODD
        for _ in range(MAX_ODD_IN_A_ROW - 1):
            assert await desk.ask() == ODD.message
        desk.endpoint.does = None
        assert await desk.ask() == "ok"
    desk.endpoint.does = ODD
    for _ in range(MAX_ODD_IN_A_ROW):
        await desk.ask()
    assert await desk.ask() == (
        "not sent: the vision model m names no surface, so it is left alone for up to 60 s"
    )


@pytest.mark.parametrize("refused", [REFUSED, DECLINED])
async def test_pictures_that_are_refused_shut_nobody_out_and_show_that_somebody_is_there(
    desk: Desk, refused: VisionModelUnavailable
):
    desk.endpoint.does = refused
    for _ in range(3 * MAX_ODD_IN_A_ROW):
        assert await desk.ask() == refused.message
    desk.endpoint.does = DOWN
    await desk.ask()
    desk.endpoint.now_s += FIRST_REST_S
    desk.endpoint.does = refused
    assert [await desk.ask() for _ in range(2)] == [refused.message] * 2


@pytest.mark.parametrize("broken_off", [SPENT, asyncio.CancelledError()])
@pytest.mark.parametrize(("waited_s", "is_down"), [(PATIENCE_S, True), (5.0, False)])
async def test_who_broke_off_the_waiting_does_not_matter_but_how_long_it_was_does(
    desk: Desk, broken_off: Exception, waited_s: float, is_down: bool
):
    desk.endpoint.does, desk.endpoint.takes_s = broken_off, waited_s
    with pytest.raises(type(broken_off)):
        await desk.model.look(b"", Budget(Limits(1, 1.0, 1.0)))
    desk.endpoint.does, desk.endpoint.takes_s = None, 0.0
    assert ("gave no answer in 30 s" in await desk.ask()) is is_down


async def test_a_question_that_was_broken_off_lets_the_next_one_try(desk: Desk):
    desk.endpoint.does = DOWN
    await desk.ask()
    desk.endpoint.now_s += FIRST_REST_S
    desk.endpoint.does = SPENT
    assert await desk.ask() == SPENT.message
    desk.endpoint.does = None
    assert await desk.ask() == "ok"
