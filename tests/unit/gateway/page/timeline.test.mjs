import assert from "node:assert/strict";
import test from "node:test";

import { sceneWith } from "../../../../services/gateway/page/steps.js";
import { Timeline } from "../../../../services/gateway/page/timeline.js";
import { FakeElement, frames } from "./dom.mjs";

const WIDTH_PX = 1000;
const HEIGHT_PX = 180;
const STEPS = [1, 2, 3, 9].map((landsS, index) => ({ id: `t1-${index}`, trackId: 1, foot: "left", landsS, leavesS: null, confidence: 0.9, strength: 0.5, gait: "walk", ground: "", footwear: "", timecode: "" }));
const SCENE = { durationS: 10, timecodeRate: [30, 1], startTimecode: "00:00:00:00", steps: STEPS, people: [{ trackId: 1, steps: STEPS, grounds: [], footwear: [] }] };
const LANE_Y = 130;

function timeline() {
  const screen = frames();
  let measured = 0;
  let resized = null;
  globalThis.ResizeObserver = class { constructor(work) { resized = work; } observe() {} };
  globalThis.matchMedia = () => new EventTarget();
  globalThis.getComputedStyle = () => ({ getPropertyValue: () => "" });
  const stage = new FakeElement();
  stage.getBoundingClientRect = () => ({ left: 0, top: 0, bottom: HEIGHT_PX });
  stage.captured = [];
  stage.setPointerCapture = (id) => stage.captured.push(id);
  const canvas = new FakeElement("canvas");
  Object.defineProperty(canvas, "clientWidth", { get: () => { measured += 1; return WIDTH_PX; } });
  const pen = new Proxy({}, { get: (_, name) => (name === "measureText" ? () => ({ width: 10 }) : () => {}), set: () => true });
  canvas.getContext = () => pen;
  const playhead = new FakeElement();
  const moves = [];
  playhead.style = new Proxy({}, { set: (_, name, value) => { moves.push(value); return true; } });
  const scroll = new FakeElement();
  scroll.append(new FakeElement());
  Object.assign(scroll, { scrollWidth: 2000, scrollLeft: 0 });
  const video = { currentTime: 0, paused: true };
  const done = { sought: [], selected: [], edited: [], moved: [] };
  const made = new Timeline({ stage, canvas, playhead, scroll, said: new FakeElement() }, video, { onSeek: (timeS) => done.sought.push(timeS), onSelect: (ids) => { done.selected = [...ids]; }, onPlay: () => {}, onEdit: (action) => done.edited.push(action), onMove: (byS) => done.moved.push(byS) });
  made.show(SCENE);
  resized();
  screen.draw();
  const point = (kind, x, y = LANE_Y, more = {}) => stage.dispatchEvent(Object.assign(new Event(kind), { clientX: x, clientY: y, button: 0, isPrimary: true, pointerId: 7, ...more }));
  return { made, stage, scroll, video, done, moves, point, screen, resized, measured: () => measured };
}

test("a drag is the timeline's wherever it ends, and takes what is shown", () => {
  const { stage, point, done } = timeline();
  point("pointerdown", 150);
  assert.deepEqual(stage.captured, [7]);
  point("pointerup", 5000, 5000); // far outside: told here because the pointer is captured
  assert.deepEqual(done.selected, ["t1-1", "t1-2", "t1-3"]);
});

test("a drag is seen while it goes on, in the lane that it began in", () => {
  const { made, point } = timeline();
  point("pointermove", 400);
  assert.equal(made.state.band, null); // nothing is pressed
  point("pointerdown", 150);
  point("pointermove", 152);
  assert.equal(made.state.band, null); // a click so far
  point("pointermove", -50, 500);
  assert.deepEqual([made.state.band.startS, made.state.band.endS, made.state.band.person], [0, 1.5, SCENE.people[0]]);
  point("pointerup", -50, 500);
  assert.equal(made.state.band, null);
});

test("a drag that is taken away ends, and does not come back with the next release", () => {
  for (const kind of ["pointercancel", "lostpointercapture"]) {
    const { made, point, done } = timeline();
    point("pointerdown", 150);
    point("pointermove", 300);
    point(kind, 200);
    assert.equal(made.state.band, null);
    point("pointerup", 950);
    assert.deepEqual([done.selected, done.sought], [[], []], kind);
  }
});

test("a drag over another render's coming is no drag", () => {
  const { made, point, done } = timeline();
  point("pointerdown", 150);
  made.clear();
  point("pointerup", 950);
  made.show({ ...SCENE });
  point("pointerup", 950);
  assert.deepEqual(done.selected, []);
});

test("a press that is let go above or under the timeline is no click", () => {
  const { point, done } = timeline();
  point("pointerdown", 200);
  point("pointerup", 200, 900);
  assert.deepEqual(done.sought, []);
  point("pointerdown", 200);
  point("pointerup", 201);
  assert.deepEqual([done.sought, done.selected], [[2], ["t1-1"]]);
});

test("the playhead is moved when the time has changed, and nothing is measured for it", () => {
  const { made, video, moves, measured } = timeline();
  const [before, after] = [measured(), moves.length];
  video.currentTime = 5;
  for (let frame = 0; frame < 60; frame += 1) made.follow();
  assert.deepEqual(moves.slice(after), ["translateX(500px)"]);
  assert.equal(measured(), before);
});

test("the page that a key turns is not turned back by what the scroll bar says of the page before", () => {
  const { made, stage, scroll, screen } = timeline();
  made.zoom(0.5);
  screen.draw();
  stage.dispatchEvent(Object.assign(new Event("keydown"), { key: "End" }));
  scroll.dispatchEvent(new Event("scroll")); // of the drawing before
  assert.equal(made.state.view.endS, 10);
  screen.draw();
  assert.equal(scroll.scrollLeft, 1000);
  scroll.scrollLeft = 200; // somebody's hand
  scroll.dispatchEvent(new Event("scroll"));
  assert.equal(made.state.view.startS, 1);
});

test("keys and buttons of a timeline without a render do nothing", () => {
  const { made } = timeline();
  made.clear();
  made.zoom(2);
  made.fit();
  made.follow();
});

test("comma and full stop go by the frames that time code counts", () => {
  const { made, stage, done } = timeline();
  made.show({ ...SCENE, timecodeRate: [25, 1] });
  stage.dispatchEvent(Object.assign(new Event("keydown"), { key: "." }));
  assert.deepEqual(done.sought, [0.04]);
});

const FOOT_Y = 134; // left feet: ten pixels under the name
const changed = (changes) => {
  const steps = STEPS.map((step) => ({ ...step, ...changes[step.id] })).sort((a, b) => a.landsS - b.landsS);
  return sceneWith(SCENE, steps);
};

test("a selected step is dragged with all that are selected, and any other drag selects", () => {
  const { made, point, done } = timeline();
  made.select(new Set(["t1-1", "t1-2"]));
  point("pointerdown", 203, FOOT_Y);
  point("pointermove", 253, FOOT_Y);
  assert.deepEqual([made.state.shiftS, made.state.band], [0.5, null]);
  point("pointerup", 253, 900); // wherever it ends
  assert.deepEqual([done.moved, done.sought, made.state.shiftS], [[0.5], [], 0]);
  assert.deepEqual([...made.state.selected], ["t1-1", "t1-2"]);
  for (const [x, y, more] of [[103, FOOT_Y], [203, FOOT_Y + 20], [203, FOOT_Y, { shiftKey: true }]]) { // one that is not selected, beside a mark, with Shift
    made.select(new Set(["t1-1", "t1-2"]));
    point("pointerdown", x, y, more);
    point("pointermove", x + 300, y);
    assert.notEqual(made.state.band, null);
    point("pointerup", x + 300, y);
  }
  assert.equal(done.moved.length, 1);
});

test("a selected step is clicked like any other, and a drag that is taken away moves nothing", () => {
  const { made, stage, point, done } = timeline();
  made.select(new Set(["t1-1", "t1-2"]));
  point("pointermove", 200, FOOT_Y);
  assert.equal(stage.style.cursor, "grab");
  point("pointermove", 240, FOOT_Y);
  assert.equal(stage.style.cursor, "");
  point("pointerdown", 200, FOOT_Y);
  point("pointerup", 202, FOOT_Y);
  assert.deepEqual([done.selected, done.sought], [["t1-1"], [2]]);
  point("pointerdown", 200, FOOT_Y);
  point("pointermove", 300, FOOT_Y);
  point("pointercancel", 300, FOOT_Y);
  point("pointerup", 300, FOOT_Y);
  assert.deepEqual([done.moved, made.state.shiftS], [[], 0]);
});

test("keys change steps, with Caps Lock too, and leave the browser's own alone", () => {
  const { stage, done } = timeline();
  const press = (key, more = {}) => {
    const event = Object.assign(new Event("keydown", { cancelable: true }), { key, ...more });
    stage.dispatchEvent(event);
    return event.defaultPrevented;
  };
  for (const key of ["d", "F", "m", "s", "n", "Delete", "Backspace"]) assert.equal(press(key), true, key);
  press("D", { shiftKey: true });
  assert.deepEqual(done.edited, ["earlier", "later", "here", "foot", "add", "remove", "remove", "earlier-fine"]);
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) for (const key of ["d", "f", "s", "n", "ArrowLeft"]) assert.equal(press(key, more), false, key);
  assert.equal(press("z"), false);
  for (const key of ["m", "S", "n", "Delete", "Backspace"]) assert.equal(press(key, { repeat: true }), true, key); // held: done once
  assert.equal(done.edited.length, 8);
  press("d", { repeat: true });
  assert.equal(done.edited.pop(), "earlier");
  assert.equal(done.edited.length, 8);
});

test("changed steps are shown where the view and the selection were", () => {
  const { made, done, video } = timeline();
  made.zoom(0.5);
  made.select(new Set(["t1-1", "t1-3"]), "t1-1");
  const { view } = made.state;
  made.setScene(changed({ "t1-1": { landsS: 3.5, wasS: 2, change: "moved" } }));
  assert.deepEqual([made.state.view, [...made.state.selected], made.state.current], [view, ["t1-1", "t1-3"], "t1-1"]);
  made.visit("t1-1");
  assert.deepEqual(done.sought, [3.5]);
  assert.match(made.parts.said.textContent, /^Step 3 of 4, 0:03.500 .*moved 1500 ms later\.$/);
  video.paused = false; // it is not torn away from what is heard
  made.visit("t1-0");
  assert.deepEqual(done.sought, [3.5]);
  made.setScene(sceneWith(SCENE, STEPS.slice(1)));
  made.setScene(sceneWith(SCENE, []));
  assert.deepEqual([done.selected, made.state.current], [[], null]);
});

test("the step at hand is told as it is now, and not when it is gone", () => {
  const { made, stage } = timeline();
  stage.dispatchEvent(Object.assign(new Event("keydown"), { key: "Home" }));
  made.setScene(changed({ "t1-0": { landsS: 1.5, foot: "right" } }));
  assert.match(made.parts.said.textContent, /0:01.000 .*left foot/);
  made.sayCurrent();
  assert.match(made.parts.said.textContent, /0:01.500 .*right foot/);
  made.setScene(sceneWith(SCENE, STEPS.slice(1)));
  made.sayCurrent();
  assert.equal(made.parts.said.textContent, "");
});

test("a removed step can be gone to, and is not counted", () => {
  const { made, stage } = timeline();
  made.setScene(changed({ "t1-1": { isRemoved: true, change: "removed" } }));
  const press = (key) => stage.dispatchEvent(Object.assign(new Event("keydown"), { key }));
  press("Home");
  press("ArrowRight");
  assert.match(made.parts.said.textContent, /^Removed step, 0:02/);
  press("ArrowRight");
  assert.match(made.parts.said.textContent, /^Step 2 of 3/);
});

test("keys reach both of two steps that land at once", () => {
  const { made, stage } = timeline();
  made.setScene(changed({ "t1-1": { landsS: 1 } }));
  for (const key of ["Home", "ArrowRight", "ArrowRight"]) stage.dispatchEvent(Object.assign(new Event("keydown"), { key }));
  assert.equal(made.state.current, "t1-2");
});

test("keys go from person to person, past those without a step", () => {
  const { made, stage } = timeline();
  const ofPerson = (trackId) => ({ ...STEPS[0], id: `t${trackId}-0`, trackId });
  const lane = (trackId, steps) => ({ trackId, steps, grounds: [], footwear: [] });
  const steps = [ofPerson(2), ofPerson(4)];
  made.setScene({ ...SCENE, steps, people: [lane(1, []), lane(2, steps.slice(0, 1)), lane(3, []), lane(4, steps.slice(1)), lane(5, [])] });
  const press = (key) => { stage.dispatchEvent(Object.assign(new Event("keydown"), { key })); return made.state.current; };
  assert.deepEqual(["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"].map(press), ["t2-0", "t4-0", "t4-0", "t2-0", "t2-0"]);
});

test("the lane at hand is that of the step gone to last, else that of who steps nearest", () => {
  const two = { ...STEPS[0], id: "t2-0", trackId: 2, landsS: 6 };
  const { made, point } = timeline();
  made.setScene(sceneWith(SCENE, [...STEPS.slice(0, 3), two, STEPS[3]]));
  assert.deepEqual([2, 6].map((timeS) => made.laneAt(timeS)), [1, 2]);
  point("pointerdown", 950, HEIGHT_PX); // in the second lane, far from its step
  point("pointerup", 950, HEIGHT_PX);
  assert.equal(made.laneAt(2), 2);
  const { made: empty } = timeline();
  empty.setScene({ ...SCENE, steps: [], people: [] });
  assert.equal(empty.laneAt(0), 1);
});
