import assert from "node:assert/strict";
import test from "node:test";

import { durationOf, secondsOf, setAt, shown, typed, valueAt } from "../../../../services/gateway/page/options.js";

test("values are set by path, and nothing leaves the default alone", () => {
  const options = {};
  setAt(options, "style.ducking.depth_db", 6);
  setAt(options, "style.seed", undefined);
  assert.deepEqual(options, { style: { ducking: { depth_db: 6 } } });
  assert.equal(valueAt(options, "style.ducking.depth_db"), 6);
  assert.equal(valueAt(options, "session.offset"), undefined);
});

test("durations are exact to the nanosecond and never in scientific notation", () => {
  assert.equal(durationOf(0.02), "0.02s");
  assert.equal(durationOf(0.1 + 0.2), "0.3s");
  assert.equal(durationOf(1e-12), "0s");
  assert.equal(secondsOf("7.666666667s"), 7.666666667);
  assert.equal(secondsOf(undefined), undefined);
});

test("what is typed becomes the contract's JSON", () => {
  assert.equal(typed("20", "milliseconds"), "0.02s");
  assert.equal(typed("-12.5", "milliseconds"), "-0.0125s");
  assert.equal(typed("1.5", "seconds"), "1.5s");
  assert.equal(typed("9007199254740993", "integer"), "9007199254740993"); // a seed beyond what a double holds
  assert.equal(typed(" 01:00:00:00 "), "01:00:00:00");
  assert.equal(typed("", "integer"), undefined);
  assert.equal(typed("a few", "milliseconds"), "a few"); // the gateway says what is wrong with it
});

test("what the contract says is shown as it was typed", () => {
  for (const [value, kind, text] of [["0.020s", "milliseconds", "20"], ["-0.0125s", "milliseconds", "-12.5"], ["2s", "seconds", "2"], [0.35, "number", "0.35"], [undefined, "seconds", ""]]) {
    assert.equal(shown(value, kind), text);
  }
});
