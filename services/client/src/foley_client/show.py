"""What a person sees while a command works: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.status import Status

from foley_client.rpc.convert import RenderView

STAGE_LABELS = {
    "poses": "people and poses",
    "footsteps": "footsteps",
    "surfaces": "ground",
    "sound": "sound",
    "video": "video",
    "exports": "files",
}
"""What a stage of the contract is called in front of people."""
PLAIN_STEP = 0.25
"""Without a terminal a stage writes a line each quarter."""


class Show(Protocol):
    """Where progress goes. All methods may be called any number of times."""

    def note(self, text: str) -> None:
        """One line that stays."""
        ...

    def waiting(self, text: str) -> None:
        """What is being waited for just now."""
        ...

    def working(self, text: str, fraction: float) -> None:
        """What is being done just now, and the share of it that is done, from 0 to 1."""
        ...

    def render(self, view: RenderView) -> None:
        """A render at work."""
        ...

    def __enter__(self) -> Show: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class PlainShow:
    """Lines for logs and pipes; nothing is written twice."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""
        self._shown: dict[str, float] = {}

    def __enter__(self) -> PlainShow:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return

    def note(self, text: str) -> None:
        """One line."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def waiting(self, text: str) -> None:
        """One line, unless it said the same just before."""
        if text != self._last:
            self._last = text
            self.note(text)

    def working(self, text: str, fraction: float) -> None:
        """A line for its start, each quarter, and its end."""
        self._line(text, fraction, f"{fraction:.0%}")

    def render(self, view: RenderView) -> None:
        """The same for every stage."""
        for stage in view.stages:
            label = STAGE_LABELS.get(stage.name, stage.name)
            if stage.reused:
                self._line(label, stage.fraction, "found, not made again")
            elif stage.fraction > 0:
                self.working(label, stage.fraction)

    def _line(self, label: str, fraction: float, state: str) -> None:
        quarter = int(fraction / PLAIN_STEP) * PLAIN_STEP
        if quarter > self._shown.get(label, -1.0):
            self._shown[label] = quarter
            self.note(f"{label}: {state}")


class RichShow:
    """A spinner while waiting, then a bar per stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> RichShow:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_status()
        if self._progress:
            self._progress.stop()
            self._progress = None

    def note(self, text: str) -> None:
        """One line above what moves."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def waiting(self, text: str) -> None:
        """The spinner's text."""
        if self._progress:
            return
        if self._status is None:
            self._status = self._console.status(escape(text))
            self._status.start()
        self._status.update(escape(text))

    def working(self, text: str, fraction: float) -> None:
        """A bar."""
        self._bar(text, fraction, f"{fraction:4.0%}")

    def render(self, view: RenderView) -> None:
        """Bars."""
        for stage in view.stages:
            label = STAGE_LABELS.get(stage.name, stage.name)
            state = "reused" if stage.reused else f"{stage.fraction:4.0%}"
            self._bar(label, stage.fraction, state, runs=stage.fraction > 0 or stage.reused)

    def _bar(self, label: str, fraction: float, state: str, *, runs: bool = True) -> None:
        """Make or move the bar of a label; its clock starts when it ``runs``."""
        self._stop_status()
        if self._progress is None:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[state]}"),
                TimeElapsedColumn(),
                console=self._console,
            )
            self._progress.start()
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(
                escape(label), total=1.0, start=False, state=""
            )
        task = self._tasks[label]
        if runs and not self._progress.tasks[task].started:
            self._progress.start_task(task)
        self._progress.update(task, completed=fraction, state=state)

    def _stop_status(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None


def show_for(console: Console) -> Show:
    """Bars on a terminal, lines elsewhere."""
    return RichShow(console) if console.is_terminal else PlainShow(console)
