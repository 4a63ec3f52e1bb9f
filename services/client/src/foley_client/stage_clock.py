"""How long each stage of a render took, from what the gateway says as it goes."""

from __future__ import annotations

from foley_client.rpc.convert import RenderView


class StageClock:
    """Told every state of a render with the time; knows the seconds per stage."""

    def __init__(self, started_s: float) -> None:
        self._last_end_s = started_s
        self._began_s: dict[str, float] = {}
        self._took_s: dict[str, float] = {}

    def observe(self, render: RenderView, now_s: float) -> None:
        """Take note of a state. A stage begins when it is first seen at work, or when the one before it ended."""
        for stage in render.stages:
            if stage.name in self._took_s:
                continue
            if stage.fraction > 0 or stage.reused:
                self._began_s.setdefault(stage.name, self._last_end_s)
            if stage.fraction >= 1:
                self._took_s[stage.name] = (
                    0.0 if stage.reused else now_s - self._began_s[stage.name]
                )
                self._last_end_s = now_s

    def times_s(self) -> dict[str, float]:
        """Seconds per finished stage."""
        return {name: round(took_s, 3) for name, took_s in self._took_s.items()}
