"""How long the gateway bears with a stage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from foley_common.errors import (
    FoleyError,
    ModelMissing,
    ServiceBusy,
    StageUnavailable,
    StoreUnavailable,
)
from foley_gateway import patience
from foley_gateway.patience import Patience, call_patiently


class _Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr(patience.time, "monotonic", clock.monotonic)
    monkeypatch.setattr(patience.asyncio, "sleep", clock.sleep)
    return clock


def _failing(*errors: FoleyError, alive: bool = False) -> Callable:
    waiting = list(errors)

    async def call(sign_of_life: Callable[[], None]) -> str:
        if alive:
            sign_of_life()
        if waiting:
            raise waiting.pop(0)
        return "done"

    return call


async def _call(call: Callable, away_s: float = 10, occupied_s: float = 100) -> str:
    return await call_patiently("audio", "host:1", call, Patience(away_s, occupied_s))


async def test_a_stage_that_comes_back_gives_its_result(clock: _Clock) -> None:
    errors = [StageUnavailable("gone"), StoreUnavailable("store gone"), ServiceBusy("busy")]
    assert await _call(_failing(*errors)) == "done"
    assert 0 < clock.now_s < 10


async def test_patience_ends_with_stage_target_and_remedy(clock: _Clock) -> None:
    with pytest.raises(StageUnavailable) as caught:
        await _call(_failing(*[StageUnavailable("gone")] * 99))
    assert caught.value.metadata == {"stage": "audio", "target": "host:1"}
    assert "audio" in caught.value.message
    assert "create the render again" in caught.value.message
    assert 5 < clock.now_s <= 10


async def test_a_busy_stage_is_given_more_time_and_says_so_itself(clock: _Clock) -> None:
    with pytest.raises(ServiceBusy):
        await _call(_failing(*[ServiceBusy("busy")] * 99))
    assert 90 < clock.now_s <= 100


async def test_a_sign_of_life_starts_patience_anew(clock: _Clock) -> None:
    assert await _call(_failing(*[StageUnavailable("gone")] * 50, alive=True)) == "done"
    assert clock.now_s > 10


async def test_a_stage_that_goes_away_after_long_work_for_others_is_waited_for(
    clock: _Clock,
) -> None:
    errors = [*[ServiceBusy("busy")] * 8, StageUnavailable("rolled out"), ServiceBusy("busy")]
    assert await _call(_failing(*errors)) == "done"
    assert clock.now_s > 10  # longer than a stage may be away: it was there, and busy


async def test_a_stage_that_is_busy_between_absences_is_not_waited_for_without_end(
    clock: _Clock,
) -> None:
    with pytest.raises(ServiceBusy):
        await _call(_failing(*[ServiceBusy("busy"), StageUnavailable("gone")] * 99))
    assert 90 < clock.now_s <= 105


async def test_a_real_answer_is_not_asked_for_twice(clock: _Clock) -> None:
    with pytest.raises(ModelMissing):
        await _call(_failing(ModelMissing("no model")))
    assert clock.now_s == 0
