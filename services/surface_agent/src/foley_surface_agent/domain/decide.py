"""From grounds and a vision model's replies to a report: whose word counts, and what is said when nobody is sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from foley_common.surfaces import (
    GROUP_OF,
    AnswerSource,
    FootwearSpan,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
    SurfaceSpan,
)
from foley_surface_agent.domain.fallback import (
    AnswerThresholds,
    default_answer,
    default_footwear,
    local_answer,
)
from foley_surface_agent.domain.types import SURFACES, Ground, VisionReply

# A guess of its own stands when the looks speak for it this much more than for the other: "substantial" evidence on
# the scale of Jeffreys, Theory of Probability (1961), appendix B.
SUBSTANTIAL_EVIDENCE = 10**0.5
FEWEST_WITNESSES = 2  # one odd look is no change of ground; two that agree are
SMALLEST_PROBABILITY = 1e-6  # keeps logarithms finite; far below any calibrated belief
UNSURE = "the vision model was not sure"
NOTHING_SEEN = "The ground could not be seen around any step: hidden, dark, or outside the picture."


@dataclass(slots=True)
class VisionFindings:
    """What a vision model has said about a clip so far.

    Attributes:
        reason: Why it was not asked further; empty while it answers.
        call_count: Questions answered.
        by_ground: Usable replies by person and first step.
        by_look: Usable replies by what the local classifier took the ground for.
        footwear: Usable footwear by person.
        asked_tracks: Everybody whose feet were shown.
        unsure_count: Replies that were not usable for the ground.
    """

    reason: str = ""
    call_count: int = 0
    by_ground: dict[tuple[int, int], VisionReply] = field(
        default_factory=dict[tuple[int, int], VisionReply]
    )
    by_look: dict[Surface, VisionReply] = field(default_factory=dict[Surface, VisionReply])
    footwear: dict[int, VisionReply] = field(default_factory=dict[int, VisionReply])
    asked_tracks: set[int] = field(default_factory=set[int])
    unsure_count: int = 0

    def is_news(self, ground: Ground) -> bool:
        """True when a question about this ground could tell something that is not known yet."""
        is_new_look = ground.likeliest is None or ground.likeliest not in self.by_look
        return is_new_look or ground.track_id not in self.asked_tracks

    def add(self, ground: Ground, reply: VisionReply, *, min_confidence: float) -> None:
        """Take a reply in; one that is unsure of ground or shoe does not count for it."""
        self.call_count += 1
        self.asked_tracks.add(ground.track_id)
        if reply.surface is not None and reply.confidence >= min_confidence:
            self.by_ground[ground.track_id, ground.first] = reply
            if ground.likeliest is not None:
                self.by_look.setdefault(ground.likeliest, reply)
        else:
            self.unsure_count += 1
        if reply.footwear is not None and reply.footwear_confidence >= min_confidence:
            self.footwear.setdefault(ground.track_id, reply)

    def reply_for(self, ground: Ground) -> VisionReply | None:
        """The reply about this ground, or about one that looks like it."""
        own = self.by_ground.get((ground.track_id, ground.first))
        if own is not None or ground.likeliest is None:
            return own
        return self.by_look.get(ground.likeliest)


def report_of_models(
    grounds: Sequence[Ground],
    findings: VisionFindings,
    *,
    thresholds: AnswerThresholds,
    model: str,
    everybody: Sequence[int],
    clip_end_s: float,
) -> SurfaceReport:
    """What the models say, before the caller's word.

    Args:
        grounds: Grounds of every person, in order of person and time.
        findings: What a vision model said.
        thresholds: When the local classifier is sure.
        model: Name of the local classifier.
        everybody: Track ids of all who step.
        clip_end_s: End of the clip.
    """
    answers = [
        _answer_about(ground, findings, thresholds=thresholds, model=model) for ground in grounds
    ]
    spans: list[SurfaceSpan] = []
    for ground, answer in zip(grounds, settled(grounds, answers), strict=True):
        _append(spans, SurfaceSpan(ground.track_id, ground.start_time_s, ground.end_time_s, answer))
    shoes = tuple(_shoe_of(track_id, findings, clip_end_s) for track_id in everybody)
    return SurfaceReport(tuple(spans), shoes, _reason(spans, shoes, findings))


def _answer_about(
    ground: Ground, findings: VisionFindings, *, thresholds: AnswerThresholds, model: str
) -> SurfaceAnswer:
    reply = findings.reply_for(ground)
    if reply is not None and reply.surface is not None:
        return vision_answer(reply, reply.surface)
    if ground.probabilities is None:
        return default_answer(NOTHING_SEEN)
    return local_answer(
        ground.probabilities, thresholds=thresholds, model=model, look_count=ground.seen_count
    )


def settled(grounds: Sequence[Ground], answers: Sequence[SurfaceAnswer]) -> list[SurfaceAnswer]:
    """What is sounded where neither surface nor group is sure: the ground next to it that is, never noise.

    A guess that changes from step to step is heard as a change of ground that nobody saw. So an unsure ground keeps
    its ``surface`` of None and, unless two or more looks of its own speak substantially against it, takes for its best
    guess, in this order: the nearest sure ground of the same person, the surest ground of anybody, and where nobody is
    sure the likeliest surface of all looks together.

    Args:
        grounds: Grounds of every person.
        answers: One for each, as the models gave it.
    """
    sure = [i for i, answer in enumerate(answers) if answer.surface or answer.group]
    looks = [ground.probabilities for ground in grounds if ground.probabilities is not None]
    together = np.sum([np.log(np.maximum(look, SMALLEST_PROBABILITY)) for look in looks], axis=0)
    made: list[SurfaceAnswer] = []
    for i, (ground, answer) in enumerate(zip(grounds, answers, strict=True)):
        own = [j for j in sure if grounds[j].track_id == ground.track_id]
        if i in sure or not (sure or looks):
            made.append(answer)
            continue
        if own:
            guess = answers[min(own, key=lambda j: _apart_s(ground, grounds[j]))].sounded
            why = "the nearest ground of this person that is sure"
        elif sure:
            guess = answers[max(sure, key=lambda j: answers[j].confidence)].sounded
            why = "the surest ground of the clip"
        else:
            guess = SURFACES[int(together.argmax())]
            why = "the likeliest of all looks together"
        belief = 0.0
        if ground.probabilities is not None:
            belief = float(ground.probabilities[SURFACES.index(guess)])
            speaks_against = float(ground.probabilities.max()) > SUBSTANTIAL_EVIDENCE * belief
            if speaks_against and ground.seen_count >= FEWEST_WITNESSES:
                made.append(answer)
                continue
        reasoning = f"{answer.reasoning} Not sure; sounded as {guess.value}, {why}."
        made.append(replace(answer, best_guess=guess, confidence=belief, reasoning=reasoning))
    return made


def _apart_s(one: Ground, other: Ground) -> float:
    """Time between two grounds; 0 when they touch."""
    return max(0.0, other.start_time_s - one.end_time_s, one.start_time_s - other.end_time_s)


def vision_answer(reply: VisionReply, surface: Surface) -> SurfaceAnswer:
    """A vision model's reply as an answer."""
    return SurfaceAnswer(
        surface=surface,
        best_guess=surface,
        group=GROUP_OF[surface],
        confidence=reply.confidence,
        source=AnswerSource.VISION_MODEL,
        wet=reply.wet,
        place=reply.place,
        description=reply.description,
        reasoning=reply.reasoning,
        sound_suggestions=reply.sound_suggestions,
        model=reply.model,
        prompt_version=reply.prompt_version,
    )


def _append(spans: list[SurfaceSpan], span: SurfaceSpan) -> None:
    """Add a span; when the same ground goes on, the surer answer stands for both."""
    if spans and spans[-1].track_id == span.track_id and spans[-1].end_time_s == span.start_time_s:
        before = spans[-1].answer
        if before.sounded is span.answer.sounded and before.source is span.answer.source:
            surer = before if before.confidence >= span.answer.confidence else span.answer
            spans[-1] = replace(spans[-1], end_time_s=span.end_time_s, answer=surer)
            return
    spans.append(span)


def _shoe_of(track_id: int, findings: VisionFindings, clip_end_s: float) -> FootwearSpan:
    reply = findings.footwear.get(track_id)
    if reply is None:
        return default_footwear(track_id, 0.0, clip_end_s)
    return FootwearSpan(
        track_id,
        0.0,
        clip_end_s,
        reply.footwear,
        reply.footwear_confidence,
        AnswerSource.VISION_MODEL,
    )


def _reason(
    spans: Sequence[SurfaceSpan], shoes: Sequence[FootwearSpan], findings: VisionFindings
) -> str:
    """Why something is not the vision model's word; empty when all of it is."""
    sources = [*(span.answer.source for span in spans), *(shoe.source for shoe in shoes)]
    if all(source is AnswerSource.VISION_MODEL for source in sources):
        return ""
    if findings.reason:
        return findings.reason
    return (
        UNSURE
        if findings.call_count
        else "no picture of the contacts could be made for the vision model"
    )
