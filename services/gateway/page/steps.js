// footsteps.json as what the page shows: steps, and per person the grounds along the clip. No page in here.

import { secondsOf } from "./options.js";

export const UNSURE = 0.5; // steps that the detector believes in less than this are drawn hollow and told

const SOURCES = { vision_model: "vision model", local_model: "local classifier", override: "you said so", default: "assumed" };

// {durationS, timecodeRate: [numerator, denominator], startTimecode, nudgeS, steps, people, fallbackReason}
export function sceneOf(told) {
  const timecodes = new Map(told.events.filter((event) => event.type === "strike").map((event) => [event.footstep_id, event.timecode]));
  const steps = told.footsteps.map((one) => ({
    id: one.footstep_id,
    trackId: one.track_id,
    foot: one.foot,
    landsS: one.initial_contact_s,
    leavesS: one.toe_off_s ?? null,
    confidence: one.confidence,
    strength: one.strength,
    gait: one.gait ?? "",
    ground: one.surface ?? "",
    wet: Boolean(one.wet),
    footwear: one.footwear ?? "",
    timecode: timecodes.get(one.footstep_id) ?? "",
  }));
  return {
    durationS: told.video_info.duration_s,
    timecodeRate: timecodeRateOf(told.video_info, (rate) => rate.split("/")),
    startTimecode: told.session?.start_timecode || told.video_info.start_timecode || "00:00:00:00",
    nudgeS: told.session?.nudge_s ?? 0,
    steps: inOrder(steps),
    people: peopleOf(inOrder(steps), told.surfaces ?? [], told.footwear ?? []),
    fallbackReason: told.surface_fallback_reason ?? "",
  };
}

// The same of `GET …/footsteps` and the clip, for renders without footsteps.json: nothing is known of grounds.
export function sceneOfList(footsteps, video) {
  const steps = stepsOfList(footsteps);
  return {
    durationS: secondsOf(video.duration),
    timecodeRate: timecodeRateOf(video, (rate) => [rate.numerator, rate.denominator]),
    startTimecode: video.start_timecode || "00:00:00:00",
    nudgeS: 0,
    steps,
    people: peopleOf(steps, [], []),
    fallbackReason: "",
  };
}

export function stepsOfList(footsteps) {
  return inOrder(footsteps.map((one) => ({
    id: one.footstep_id,
    trackId: one.track_id,
    foot: one.side.replace("SIDE_", "").toLowerCase(),
    landsS: secondsOf(one.initial_contact_offset),
    leavesS: secondsOf(one.toe_off_offset) ?? null,
    confidence: one.confidence,
    strength: one.strength,
    gait: one.gait_kind.replace("GAIT_KIND_", "").replace("UNSPECIFIED", "").toLowerCase(),
    ground: "",
    wet: false,
    footwear: "",
    timecode: "",
  })));
}

// What time code counts: the nominal rate, which of a variable one is not the average. Earlier versions did not tell it.
function timecodeRateOf(video, partsOf) {
  const [nominal, average] = [video.nominal_frame_rate, video.frame_rate].map((rate) => (rate ? partsOf(rate).map(Number) : [0, 1]));
  return nominal[0] > 0 ? nominal : average;
}

function inOrder(steps) {
  return [...steps].sort((a, b) => a.landsS - b.landsS);
}

// A lane for everybody who steps; somebody who only stands has no sound.
function peopleOf(steps, surfaces, footwear) {
  const ids = [...new Set(steps.map((step) => step.trackId))].sort((a, b) => a - b);
  return ids.map((trackId) => ({
    trackId,
    steps: steps.filter((step) => step.trackId === trackId),
    grounds: joined(spansFor(surfaces, trackId).map(groundOf)),
    footwear: spansFor(footwear, trackId).map((span) => ({ startS: span.start_seconds, endS: span.end_seconds, name: span.footwear, isAssumed: span.source === "default" })),
  }));
}

// The same clip with these steps instead; who has none any more keeps the lane.
export function sceneWith(scene, steps) {
  const people = scene.people.map((person) => ({ ...person, steps: steps.filter((step) => step.trackId === person.trackId) }));
  const others = peopleOf(steps.filter((step) => !people.some((person) => person.trackId === step.trackId)), [], []);
  return { ...scene, steps, people: [...people, ...others].sort((a, b) => a.trackId - b.trackId) };
}

// A person's own spans, and everybody's wherever there is none of those.
function spansFor(spans, trackId) {
  const own = spans.filter((span) => span.track_id === trackId).sort((a, b) => a.start_seconds - b.start_seconds);
  const result = [...own];
  for (const all of spans.filter((span) => span.track_id === 0)) {
    let from = all.start_seconds;
    for (const { start_seconds: startS, end_seconds: endS } of [...own, { start_seconds: Infinity, end_seconds: Infinity }]) {
      const to = Math.min(startS, all.end_seconds);
      if (to > from) result.push({ ...all, start_seconds: from, end_seconds: to });
      from = Math.max(from, endS);
    }
  }
  return result.sort((a, b) => a.start_seconds - b.start_seconds);
}

// `surface` is null where the model is not sure; `sounded` is what is heard all the same.
function groundOf(span) {
  return {
    startS: span.start_seconds,
    endS: span.end_seconds,
    name: span.surface ?? span.sounded ?? "unknown",
    wet: Boolean(span.wet),
    isGuess: span.surface === null || span.source === "default",
    confidence: span.confidence,
    source: SOURCES[span.source] ?? span.source,
    reasoning: span.source === "override" ? "You said so." : span.reasoning ?? "", // the agent's words are for callers
  };
}

function joined(grounds) {
  const result = [];
  for (const ground of grounds) {
    const last = result.at(-1);
    const isSame = last && last.name === ground.name && last.wet === ground.wet && last.isGuess === ground.isGuess && last.source === ground.source;
    if (isSame) last.endS = ground.endS;
    else result.push({ ...ground });
  }
  return result;
}

// True when the person steps within a span: what nobody steps on is not heard, and not told.
export function hasSteps(person, span) {
  return person.steps.some((step) => span.startS <= step.landsS && step.landsS < span.endS);
}

export function groundAt(person, timeS) {
  return person.grounds.find((ground) => ground.startS <= timeS && timeS < ground.endS) ?? null;
}

export function groundWords(ground) {
  return `${ground.wet ? "wet " : ""}${ground.name}${ground.isGuess ? " (guess)" : ""}`;
}
