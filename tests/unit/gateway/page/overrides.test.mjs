import assert from "node:assert/strict";
import test from "node:test";

import { overrideOf, rowOf, rowText, spansOf } from "../../../../services/gateway/page/overrides.js";

const steps = [
  { id: "a1", trackId: 1, landsS: 1.0 },
  { id: "b1", trackId: 2, landsS: 1.2 },
  { id: "a2", trackId: 1, landsS: 1.6 },
  { id: "a3", trackId: 1, landsS: 2.2 },
  { id: "b2", trackId: 2, landsS: 2.4 },
  { id: "a4", trackId: 1, landsS: 2.8 },
];
const caught = (span) => steps.filter((step) => step.trackId === span.trackId && step.landsS >= (span.startS ?? 0) && step.landsS < (span.endS ?? Infinity)).map((step) => step.id);

test("a span catches the selected steps and no others", () => {
  const spans = spansOf(new Set(["a2", "a3"]), steps);
  assert.deepEqual(spans, [{ trackId: 1, startS: 1.3, endS: 2.5, count: 2 }]);
  assert.deepEqual(caught(spans[0]), ["a2", "a3"]);
});

test("what is not selected in between parts a span, and people have spans of their own", () => {
  const spans = spansOf(new Set(["a1", "a3", "a4", "b2"]), steps);
  assert.deepEqual(spans.map(caught), [["a1"], ["a3", "a4"], ["b2"]]);
  assert.deepEqual(spans.map((span) => [span.startS, span.endS]), [[null, 1.3], [1.9, null], [1.8, null]]);
});

test("all steps of a person are the person all along", () => {
  assert.deepEqual(spansOf(new Set(["b1", "b2"]), steps), [{ trackId: 2, startS: null, endS: null, count: 2 }]);
  assert.deepEqual(spansOf(new Set(), steps), []);
});

test("an override says no more than was said", () => {
  assert.deepEqual(overrideOf({ trackId: 0, surface: "SURFACE_GRAVEL" }), { surface: "SURFACE_GRAVEL" });
  assert.deepEqual(overrideOf({ trackId: 2, startS: 1.3, endS: null, wet: "false" }), { track_id: 2, range: { start_offset: "1.3s" }, wet: false });
  assert.deepEqual(overrideOf({ trackId: 0, endS: 2 }), { range: { end_offset: "2s" } });
});

test("the gateway's answer is the row that was sent", () => {
  const answered = { track_id: 2, range: { start_offset: "1.300s", end_offset: "2.500s" }, surface: "SURFACE_GRAVEL", footwear: "FOOTWEAR_UNSPECIFIED", wet: true };
  const row = { trackId: 2, startS: 1.3, endS: 2.5, surface: "SURFACE_GRAVEL", footwear: "", wet: "true" };
  assert.deepEqual(rowOf(answered), row);
  assert.equal(rowText(row), "Person 2, 0:01.300 to 0:02.500: gravel, wet");
  assert.equal(rowText(rowOf({ range: { start_offset: "0s", end_offset: "2s" }, footwear: "FOOTWEAR_BOOT" })), "Everybody, up to 0:02.000: boots");
});
