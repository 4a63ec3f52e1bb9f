// What somebody knows better about grounds and shoes, as `SurfaceOverride`s: made of selected steps, and said in words.

import { durationOf, secondsOf } from "./options.js";
import { clock, labelOf } from "./words.js";

export const EVERYBODY = 0;

// {trackId, startS, endS, surface, footwear, wet}; startS and endS null for the clip's ends, the rest "" for "as seen".
export function overrideOf({ trackId, startS = null, endS = null, surface = "", footwear = "", wet = "" }) {
  const range = { ...(startS !== null && { start_offset: durationOf(startS) }), ...(endS !== null && { end_offset: durationOf(endS) }) };
  return {
    ...(trackId !== EVERYBODY && { track_id: trackId }),
    ...(Object.keys(range).length && { range }),
    ...(surface && { surface }),
    ...(footwear && { footwear }),
    ...(wet !== "" && { wet: wet === "true" }),
  };
}

export function rowOf(override) {
  const given = (value, nothing) => (value && value !== nothing ? value : "");
  const startS = secondsOf(override.range?.start_offset);
  return {
    trackId: override.track_id ?? EVERYBODY,
    startS: startS ? startS : null,
    endS: secondsOf(override.range?.end_offset) ?? null,
    surface: given(override.surface, "SURFACE_UNSPECIFIED"),
    footwear: given(override.footwear, "FOOTWEAR_UNSPECIFIED"),
    wet: override.wet === undefined || override.wet === null ? "" : String(override.wet),
  };
}

export function isForAll(row) {
  return row.trackId === EVERYBODY && row.startS === null && row.endS === null;
}

// One span for every run of selected steps of one person. Borders lie half way to the next step that is not selected: a
// step has the ground of its contact, so no other step is caught, and none of these is missed by rounding.
export function spansOf(selected, steps) {
  const spans = [];
  for (const trackId of [...new Set(steps.map((step) => step.trackId))].sort((a, b) => a - b)) {
    const theirs = steps.filter((step) => step.trackId === trackId);
    let open = null;
    theirs.forEach((step, index) => {
      if (!selected.has(step.id)) { open = null; return; }
      const before = theirs[index - 1];
      const after = theirs[index + 1];
      if (!open) {
        open = { trackId, startS: before ? between(before, step) : null, endS: null, count: 0 };
        spans.push(open);
      }
      open.endS = after ? between(step, after) : null;
      open.count += 1;
    });
  }
  return spans;
}

function between(before, after) {
  return Number(((before.landsS + after.landsS) / 2).toFixed(3)); // nobody steps twice within a millisecond
}

export function who(trackId) {
  return trackId === EVERYBODY ? "Everybody" : `Person ${trackId}`;
}

export function when({ startS, endS }) {
  if (startS === null && endS === null) return "all along";
  if (startS === null) return `up to ${clock(endS)}`;
  return endS === null ? `from ${clock(startS)}` : `${clock(startS)} to ${clock(endS)}`;
}

export function what({ surface, footwear, wet }) {
  const parts = [surface && labelOf("surfaces", surface), wet && labelOf("wet", wet), footwear && labelOf("footwear", footwear)];
  return parts.filter(Boolean).map((part) => part.toLowerCase()).join(", ");
}

export function rowText(row) {
  return `${who(row.trackId)}, ${when(row)}: ${what(row) || "nothing yet"}`;
}
