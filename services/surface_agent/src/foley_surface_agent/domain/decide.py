"""From grounds and a vision model's replies to a report: whose word counts, and what is said when nobody is sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from foley_common.surfaces import (
    GROUP_OF,
    AnswerSource,
    FootwearSpan,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
    SurfaceSpan,
    VisionUsage,
)
from foley_surface_agent.domain.fallback import (
    AnswerThresholds,
    default_answer,
    default_footwear,
    local_answer,
)
from foley_surface_agent.domain.footwear import NEVER_LOOKED
from foley_surface_agent.domain.spans import joined
from foley_surface_agent.domain.types import SURFACES, Ground, SeenShoe, VisionReply

# A guess of its own stands when the looks speak for it this much more than for the other: "substantial" evidence on
# the scale of Jeffreys, Theory of Probability (1961), appendix B.
SUBSTANTIAL_EVIDENCE = 10**0.5
FEWEST_WITNESSES = 2  # one odd look is no change of ground; two that agree are
SMALLEST_PROBABILITY = 1e-6  # keeps logarithms finite; far below any calibrated belief
UNSURE = "the vision model was not sure"
NOT_IN_TIME = "the vision model did not answer within the call's deadline"
NOTHING_SEEN = "The ground could not be seen around any step: hidden, dark, or outside the picture."


@dataclass(slots=True)
class VisionFindings:
    """What a vision model has said about a clip so far.

    Attributes:
        reason: Why it was not asked further; empty while it answers.
        answer_count: Questions answered.
        by_ground: Usable replies by position of the ground.
        shoes: The surest usable shoe of every person that was seen.
        usage: What the questions cost; None when none was put.
        is_unanswered: The endpoint failed or was too slow: asked again, it may answer.
    """

    reason: str = ""
    answer_count: int = 0
    by_ground: dict[int, VisionReply] = field(default_factory=dict[int, VisionReply])
    shoes: dict[int, SeenShoe] = field(default_factory=dict[int, SeenShoe])
    usage: VisionUsage | None = None
    is_unanswered: bool = False

    def add(
        self,
        grounds: Sequence[int],
        labels: Sequence[int],
        reply: VisionReply,
        *,
        min_confidence: float,
    ) -> None:
        """Take a reply in; one that is unsure of ground or shoe does not count for it.

        Args:
            grounds: Positions of the grounds that the scene holds.
            labels: Track ids of the people in the picture, in the order of their numbers.
            reply: What was said.
            min_confidence: Less sure than this is unsure.
        """
        self.answer_count += 1
        if reply.surface is not None and reply.confidence >= min_confidence:
            self.by_ground.update(dict.fromkeys(grounds, reply))
        for number, track_id in enumerate(labels, start=1):
            shoe = reply.shoe(number)
            if shoe is None or shoe.footwear is None or shoe.confidence < min_confidence:
                continue
            known = self.shoes.get(track_id)
            if known is None or shoe.confidence > known.confidence:
                self.shoes[track_id] = shoe


def report_of_models(
    grounds: Sequence[Ground],
    findings: VisionFindings,
    *,
    thresholds: AnswerThresholds,
    model: str,
    everybody: Sequence[int],
    clip_end_s: float,
    feet: Sequence[FootwearSpan] = (),
) -> SurfaceReport:
    """What the models say, before the caller's word.

    Args:
        grounds: Grounds of every person, in order of person and time; what a vision model has not told apart, and
            the local classifier does not either, is joined.
        findings: What a vision model said.
        thresholds: When the local classifier is sure.
        model: Name of the local classifier.
        everybody: Track ids of all who step.
        clip_end_s: End of the clip.
        feet: What was seen of feet locally; it counts for people whose shoes the vision model has not told.
    """
    told = findings.by_ground
    replies = {(grounds[n].track_id, grounds[n].first): reply for n, reply in told.items()}
    grounds = joined(grounds, apart=told.keys())
    answers = [
        _answer_about(
            ground,
            replies.get((ground.track_id, ground.first)),
            thresholds=thresholds,
            model=model,
        )
        for ground in grounds
    ]
    spans: list[SurfaceSpan] = []
    before: Ground | None = None
    for ground, answer in zip(grounds, settled(grounds, answers), strict=True):
        span = SurfaceSpan(ground.track_id, ground.start_time_s, ground.end_time_s, answer)
        _append(spans, span, is_same_shot=before is not None and before.shot == ground.shot)
        before = ground
    shoes = tuple(
        span for track_id in everybody for span in _shoes_of(track_id, findings, feet, clip_end_s)
    )
    return SurfaceReport(tuple(spans), shoes, _reason(spans, shoes, findings), findings.usage)


def _answer_about(
    ground: Ground, reply: VisionReply | None, *, thresholds: AnswerThresholds, model: str
) -> SurfaceAnswer:
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
    sure the likeliest surface of all looks together. Other shots show other places, and have no say.

    Args:
        grounds: Grounds of every person.
        answers: One for each, as the models gave it.
    """
    made: list[SurfaceAnswer] = []
    for i, (ground, answer) in enumerate(zip(grounds, answers, strict=True)):
        shot = [j for j, other in enumerate(grounds) if other.shot == ground.shot]
        sure = [j for j in shot if answers[j].surface or answers[j].group]
        looks = [look for j in shot if (look := grounds[j].probabilities) is not None]
        own = [j for j in sure if grounds[j].track_id == ground.track_id]
        if i in sure or not (sure or looks):
            made.append(answer)
            continue
        if own:
            guess = answers[min(own, key=lambda j: _apart_s(ground, grounds[j]))].sounded
            why = "the nearest ground of this person that is sure"
        elif sure:
            guess = answers[max(sure, key=lambda j: answers[j].confidence)].sounded
            why = "the surest ground of the shot"
        else:
            guess = SURFACES[int(_together(looks).argmax())]
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


def _together(looks: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    logs = np.log(np.maximum(np.stack(looks), SMALLEST_PROBABILITY))
    return np.asarray(logs.sum(axis=0), np.float64)


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
        room_size=reply.room_size,
        elapsed_ms=reply.elapsed_ms,
    )


def _append(spans: list[SurfaceSpan], span: SurfaceSpan, *, is_same_shot: bool) -> None:
    """Add a span; when the same ground goes on within a shot, the surer answer stands for both."""
    is_next = spans and spans[-1].end_time_s == span.start_time_s
    if is_same_shot and is_next and spans[-1].track_id == span.track_id:
        before = spans[-1].answer
        if before.sounded is span.answer.sounded and before.source is span.answer.source:
            surer = before if before.confidence >= span.answer.confidence else span.answer
            spans[-1] = replace(spans[-1], end_time_s=span.end_time_s, answer=surer)
            return
    spans.append(span)


def _shoes_of(
    track_id: int, findings: VisionFindings, feet: Sequence[FootwearSpan], clip_end_s: float
) -> list[FootwearSpan]:
    shoe = findings.shoes.get(track_id)
    if shoe is None:
        own = [span for span in feet if span.track_id == track_id]
        return own or [default_footwear(track_id, 0.0, clip_end_s, NEVER_LOOKED)]
    said = AnswerSource.VISION_MODEL
    return [FootwearSpan(track_id, 0.0, clip_end_s, shoe.footwear, shoe.confidence, said)]


def _reason(
    spans: Sequence[SurfaceSpan], shoes: Sequence[FootwearSpan], findings: VisionFindings
) -> str:
    """Why something is not the vision model's word; empty when all of it is."""
    sources = [*(span.answer.source for span in spans), *(shoe.source for shoe in shoes)]
    if all(source is AnswerSource.VISION_MODEL for source in sources):
        return ""
    if findings.reason:
        return findings.reason
    if not findings.answer_count:
        return "no picture of the contacts could be made for the vision model"
    if any(span.answer.source is not AnswerSource.VISION_MODEL for span in spans):
        return UNSURE
    others = {shoe.track_id for shoe in shoes if shoe.source is not AnswerSource.VISION_MODEL}
    who = ", ".join(str(track_id) for track_id in sorted(others))
    return f"the feet of person {who} were not shown, or the vision model was not sure of them"
