import assert from "node:assert/strict";
import test from "node:test";

import { NUDGED_INTO_FRAME_S, View, beside, contactAt, lastAt, nearest, tickS } from "../../../../services/gateway/page/view.js";

const steps = [1, 2, 4].map((landsS) => ({ landsS }));

test("zooming leaves the time in hand where it is, and ends at the clip's ends", () => {
  const view = new View(10);
  assert.equal(view.x(5, 1000), 500);
  view.zoom(0.5, 2);
  assert.ok(Math.abs(view.x(2, 1000) - 200) < 1e-9);
  assert.ok(Math.abs(view.time(200, 1000) - 2) < 1e-9);
  view.pan(-100);
  assert.deepEqual([view.startS, view.endS], [0, 5]);
  view.pan(100);
  assert.deepEqual([view.startS, view.endS], [5, 10]);
  view.zoom(100, 7);
  assert.deepEqual([view.startS, view.endS], [0, 10]);
});

test("the page is turned when the playhead leaves it, and only then", () => {
  const view = new View(100);
  view.zoom(0.1, 0);
  assert.equal(view.follow(5), false);
  assert.equal(view.follow(20), true);
  assert.ok(view.startS < 20 && view.endS > 20);
  view.follow(99.9);
  assert.equal(view.endS, 100);
});

test("a clip without length can be shown", () => {
  const view = new View(0);
  assert.ok(Number.isFinite(view.x(0, 100)));
});

test("marks of the ruler never stand too near", () => {
  for (const spanS of [0.25, 1, 7.7, 60, 3600, 14400]) {
    const every = tickS(spanS, 1000);
    assert.ok((every / spanS) * 1000 >= 90, `${spanS} s`);
    assert.ok((every / spanS) * 1000 < 500, `${spanS} s`);
  }
});

test("the nearest step within reach, and the next one either way", () => {
  assert.equal(nearest(steps, 1.9, 0.2), steps[1]);
  assert.equal(nearest(steps, 3, 0.2), null);
  assert.equal(beside(steps, 2, 1), steps[2]);
  assert.equal(beside(steps, 2, -1), steps[0]);
  assert.equal(beside(steps, 4, 1), null);
});

test("the step that has landed last", () => {
  assert.deepEqual([0.9, 1, 1.5, 2, 3.9, 4, 99].map((timeS) => lastAt(steps, timeS)), [-1, 0, 0, 1, 1, 2, 2]);
  assert.equal(lastAt([], 1), -1);
});

test("a playhead that was sent to a step stands on its contact", () => {
  assert.equal(contactAt(steps, 2 + NUDGED_INTO_FRAME_S), 2);
  for (const timeS of [2, 2.002, 3]) assert.equal(contactAt(steps, timeS), timeS);
  assert.equal(contactAt([], 2), 2);
});
