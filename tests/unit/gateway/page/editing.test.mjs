import assert from "node:assert/strict";
import test, { afterEach } from "node:test";

import { FakeElement } from "./dom.mjs";

const parts = new Map();
const part = (id) => {
  if (!parts.has(id)) {
    const made = Object.assign(new FakeElement(), { contains: () => false, focus: () => {} });
    made.append(new FakeElement("span"));
    made.parentElement = new FakeElement();
    parts.set(id, made);
  }
  return parts.get(id);
};
globalThis.document = { getElementById: part, createElement: (tag) => new FakeElement(tag), querySelectorAll: () => [], activeElement: null };
globalThis.Option = class extends FakeElement {};
const editing = await import("../../../../services/gateway/page/editing.js");

const step = (id, landsS) => ({ id, trackId: 1, foot: "left", landsS, leavesS: null, confidence: 0.9, strength: 0.5, gait: "walk", ground: "", wet: false, footwear: "", timecode: "" });
const STEPS = [step("t1-0001", 1), step("t1-0002", 2), step("t1-0003", 3)];
const render = (name, options = {}) => ({ name, options });
const sceneOf = (steps) => ({ durationS: 5, timecodeRate: [25, 1], steps, people: [{ trackId: 1, steps, grounds: [], footwear: [] }] });

// A page that shows a take; `state.scene` is what its timeline was given.
function shown(name = "r-1", options = {}) {
  const player = { currentTime: 0 };
  const told = [];
  const timeline = {
    state: { selected: new Set(), current: null, scene: null },
    laneAt: () => 1,
    setScene(scene) { this.state.scene = scene; },
    select(selected, current) { Object.assign(this.state, { selected, current }); },
    said: 0,
    sayCurrent() { this.said += 1; },
    visit(id) { player.currentTime = this.state.scene.steps.find((one) => one.id === id).landsS + 0.001; },
  };
  editing.wireEditing(timeline, player, (...words) => told.push(words));
  editing.leaveTake();
  editing.beginEdits(render(name, options), sceneOf(STEPS));
  const at = (id) => timeline.state.scene.steps.find((one) => one.id === id);
  return { timeline, player, told, at };
}

afterEach(() => editing.edit("undo-all")); // drafts outlive the takes

test("a step that is taken to the playhead again and again stays", () => {
  const { timeline, player, at } = shown("r-here");
  player.currentTime = 2.5;
  timeline.select(new Set(["t1-0001"]), "t1-0001");
  for (let times = 0; times < 3; times += 1) editing.edit("here");
  assert.equal(at("t1-0001").landsS, 2.5);
});

test("a step is added where the playhead is, and none where the person has one", () => {
  const { player } = shown("r-add");
  player.currentTime = 2.001;
  editing.edit("add");
  assert.deepEqual([editing.readStepEdits(), part("edits-along").hidden], [undefined, true]);
  assert.match(part("said").textContent, /has a step here already/);
  player.currentTime = 2.5;
  editing.edit("add");
  assert.deepEqual([editing.readStepEdits().edits.length, part("edits-along").hidden], [1, false]); // what may be of other steps is said
});

test("what can be undone or done again is offered also when no change is left", () => {
  const { timeline, told } = shown("r-undo");
  assert.equal(part("edits-pending").hidden, true);
  timeline.select(new Set(["t1-0001"]), "t1-0001");
  editing.edit("foot");
  editing.edit("foot");
  assert.deepEqual(told.at(-1), ["", true]);
  assert.deepEqual(["edits-pending", "edit-undo", "edit-redo"].map((id) => part(id).hidden), [false, false, true]);
  editing.edit("undo");
  assert.deepEqual(told.at(-1), ["1 change of steps: 1 changed", true]);
  editing.edit("undo");
  assert.deepEqual(["edits-pending", "edit-undo", "edit-redo"].map((id) => part(id).hidden), [false, true, false]);
  editing.edit("redo");
  assert.equal(editing.readStepEdits().edits.length, 1);
  assert.equal(timeline.said, 3); // the line under the timeline has gone along
  editing.edit("drop-all");
  assert.equal(timeline.said, 4);
  part("edits-list").open = true;
  editing.edit("undo");
  part("edits-rows").children[0].children.at(-1).dispatchEvent(new Event("click"));
  assert.deepEqual([editing.readStepEdits(), timeline.said], [undefined, 6]);
});

test("undoing has a key, and doing again the same with Shift", () => {
  const { timeline } = shown("r-keys");
  timeline.select(new Set(["t1-0001"]), "t1-0001");
  editing.edit("foot");
  const press = (key, more) => {
    const event = Object.assign(new Event("keydown", { cancelable: true }), { key, ctrlKey: true, ...more });
    Object.defineProperty(event, "target", { value: { matches: () => false } });
    part("timeline").dispatchEvent(event);
    return editing.readStepEdits()?.edits.length ?? 0;
  };
  assert.deepEqual([press("z"), press("Z", { shiftKey: true }), press("z", { altKey: true })], [0, 1, 1]);
});

const FRESH = { side: "SIDE_RIGHT", footstep_id: "t1-0001" };
function withChange(name) {
  const page = shown(name);
  page.timeline.select(new Set(["t1-0001"]), "t1-0001");
  editing.edit("foot");
  assert.deepEqual(editing.readStepEdits(), { edits: [FRESH] });
  return page;
}
const goTo = (name, options) => { editing.leaveTake(); editing.beginEdits(render(name, options), sceneOf(STEPS)); };

test("a take that is left takes its changes along, and has them when it comes back", () => {
  withChange("r-left");
  editing.leaveTake();
  assert.deepEqual([editing.readStepEdits(), editing.originOfEdits()], [undefined, null]); // none goes into a render of another take
  assert.equal(editing.isEdited(), true);
  goTo("r-left");
  assert.deepEqual(editing.readStepEdits(), { edits: [FRESH] });
  editing.edit("undo");
});

test("changes stay with their take until a render has them, and not longer", () => {
  withChange("r-origin");
  editing.editsSent("r-next", editing.originOfEdits());
  assert.equal(editing.isEdited(), false); // they are kept where they were sent
  goTo("r-origin");
  assert.deepEqual(editing.readStepEdits(), { edits: [FRESH] }); // at work yet
  goTo("r-other");
  editing.editsHeard("r-next");
  goTo("r-origin");
  assert.equal(editing.readStepEdits(), undefined);
});

test("changes of a render that came to nothing are in the form and with their take", () => {
  withChange("r-failing");
  editing.editsSent("r-cancelled", editing.originOfEdits());
  editing.carryEdits(render("r-cancelled", { step_edits: { edits: [FRESH] } }));
  assert.deepEqual([editing.readStepEdits(), editing.isEdited()], [{ edits: [FRESH] }, true]);
  goTo("r-failing");
  assert.deepEqual(editing.readStepEdits(), { edits: [FRESH] });
  editing.carryEdits(render("r-cancelled", { step_edits: { edits: [FRESH] } })); // gone to again
  editing.editsSent("r-again", editing.originOfEdits()); // begun again from the form
  assert.equal(editing.isEdited(), false);
  editing.editsHeard("r-again");
  goTo("r-failing");
  assert.equal(editing.readStepEdits(), undefined);
});

test("what was changed after sending is not dropped with what was sent", () => {
  withChange("r-both");
  editing.editsSent("r-first", editing.originOfEdits());
  editing.edit("remove");
  editing.editsHeard("r-first");
  goTo("r-both");
  assert.deepEqual(editing.readStepEdits(), { edits: [{ footstep_id: "t1-0001", remove: true }] });
  assert.equal(editing.isEdited(), true);
  editing.edit("undo-all");
});
