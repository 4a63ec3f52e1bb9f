import assert from "node:assert/strict";
import test from "node:test";

import { frameOf, timecodeAt, timecodeOf } from "../../../../services/gateway/page/timecode.js";

const NTSC = [30000, 1001];
const DOUBLE = [60000, 1001];

test("drop-frame leaves out frame numbers at every minute but each tenth", () => {
  assert.equal(frameOf("00:00:59;29", NTSC), 1799);
  assert.equal(frameOf("00:01:00;02", NTSC), 1800);
  assert.equal(timecodeOf(1799, NTSC, true), "00:00:59;29");
  assert.equal(timecodeOf(1800, NTSC, true), "00:01:00;02");
  assert.equal(timecodeOf(17982, NTSC, true), "00:10:00;00"); // SMPTE ST 12-1: ten minutes are 17982 frames
  assert.equal(timecodeOf(107892, NTSC, true), "01:00:00;00");
  assert.equal(timecodeOf(3600, DOUBLE, true), "00:01:00;04");
});

test("a frame and its time code are each other's, a whole day long", () => {
  for (const [rate, isDrop] of [[NTSC, true], [DOUBLE, true], [NTSC, false], [[25, 1], false], [[24000, 1001], false]]) {
    const perDay = frameOf(isDrop ? "24:00:00;00" : "24:00:00:00", rate);
    for (let frame = 0; frame < perDay; frame += 997) assert.equal(frameOf(timecodeOf(frame, rate, isDrop), rate), frame);
    assert.equal(timecodeOf(perDay + 5, rate, isDrop), timecodeOf(5, rate, isDrop));
  }
});

test("a time has the code of the frame that is seen then", () => {
  assert.equal(timecodeAt(1.344016, [30, 1], "00:00:00:00"), "00:00:01:10"); // as footsteps.json says of that contact
  assert.equal(timecodeAt(40 / 25, [25, 1], "10:00:00:00"), "10:00:01:15"); // on the frame's own time
  assert.equal(timecodeAt((60 * 1001) / 1000, NTSC, "01:00:00;00"), "01:01:00;02");
});
