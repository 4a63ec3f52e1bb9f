import assert from "node:assert/strict";
import test from "node:test";

import { StepEdits, countWords, editOf, shiftWords, stepWords, wordsOf } from "../../../../services/gateway/page/edits.js";

const step = (id, landsS, more = {}) => ({ id, trackId: 1, foot: "left", landsS, leavesS: landsS + 0.5, confidence: 0.4, strength: 0.5, gait: "walk", ground: "grass", wet: false, footwear: "sneaker", timecode: "00:00:01:00", ...more });
const STEPS = [step("t1-0001", 1), step("t1-0002", 2, { foot: "right" }), step("t1-0003", 3), step("t2-0001", 3.5, { trackId: 2, foot: "right", strength: 0.9, gait: "run" })];
const scene = (steps = STEPS) => ({ steps, durationS: 5 });
const fresh = () => new StepEdits(undefined, scene());
const only = (...ids) => new Set(ids);
const kinds = (edits) => edits.changes.map((one) => [one.key, one.kind]);
const at = (edits, id) => edits.steps.find((one) => one.id === id);

// The take that a gateway makes of these changes: its steps, and the changes as its answer tells them.
function next(edits, found = STEPS) {
  const told = { only_these: false, ...edits.options, edits: (edits.options?.edits ?? []).map((one) => ({ footstep_id: "", remove: false, side: "SIDE_UNSPECIFIED", track_id: 0, gait_kind: "GAIT_KIND_UNSPECIFIED", ...one })) };
  const steps = edits.steps.filter((one) => !one.isRemoved).map(({ change, wasS, isRemoved, ...one }) => one);
  const made = new StepEdits(edits.options && told, scene(steps));
  made.setFound(found);
  return made;
}

test("without a change nothing is sent, and the steps are as they are", () => {
  const edits = fresh();
  assert.equal(edits.options, undefined);
  assert.deepEqual(edits.steps, STEPS.map((one) => ({ ...one, change: "" })));
  assert.deepEqual([edits.changes, edits.kept, edits.canUndo, countWords(edits.changes)], [[], [], false, ""]);
});

test("a moved step takes its toe-off along and says where it was", () => {
  const edits = fresh();
  assert.equal(edits.move(only("t1-0002"), 1 / 30), true);
  assert.deepEqual(edits.options, { edits: [{ footstep_id: "t1-0002", initial_contact_offset: "2.033333s" }] });
  const moved = at(edits, "t1-0002");
  assert.deepEqual([moved.landsS, moved.wasS, moved.change, moved.confidence, moved.timecode], [2.033333, 2, "moved", 1, ""]);
  assert.ok(Math.abs(moved.leavesS - 2.533333) < 1e-9);
  assert.equal(edits.changes[0].text, "moved 33.3 ms later");
});

test("a step that is moved to and fro is not changed", () => {
  const edits = fresh();
  for (const byS of [0.01, 0.01, -0.02]) edits.move(only("t1-0001"), byS);
  assert.deepEqual([edits.options, edits.changes], [undefined, []]);
});

test("no step can be moved or added beyond the clip, and those that are moved together stay together", () => {
  const edits = fresh();
  edits.move(only("t1-0001", "t1-0002"), -7);
  assert.deepEqual(["t1-0001", "t1-0002"].map((id) => at(edits, id).landsS), [0, 1]);
  edits.move(only("t1-0001", "t1-0002"), 70);
  assert.deepEqual(["t1-0001", "t1-0002"].map((id) => at(edits, id).landsS), [3.999, 4.999]);
  assert.equal(at(edits, edits.add(5, 2)).landsS, 4.999);
  assert.equal(at(edits, edits.add(-1, 1)).landsS, 0);
});

test("foot, force, gait and person are said where they differ, and only there", () => {
  const edits = fresh();
  edits.swapFeet(only("t1-0001", "t1-0002"));
  edits.set(only("t1-0001"), { strength: 0.8, gait: "run" });
  edits.set(only("t1-0003"), { gait: "walk" });
  edits.set(only("t2-0001"), { trackId: 1 });
  assert.deepEqual(edits.options.edits, [
    { footstep_id: "t1-0001", side: "SIDE_RIGHT", strength: 0.8, gait_kind: "GAIT_KIND_RUN" }, { footstep_id: "t1-0002", side: "SIDE_LEFT" }, { footstep_id: "t2-0001", track_id: 1 },
  ]);
  assert.deepEqual(edits.changes.map((one) => one.text), ["right foot, force 80 %, run", "left foot", "person 1"]);
  assert.equal(countWords(edits.changes), "3 changes of steps: 3 changed");
});

test("a removed step stays to be seen, loses its other changes, and can be brought back", () => {
  const edits = fresh();
  edits.move(only("t1-0002"), 0.1);
  edits.toggle(only("t1-0002"));
  assert.deepEqual(edits.options.edits, [{ footstep_id: "t1-0002", remove: true }]);
  assert.deepEqual([at(edits, "t1-0002").isRemoved, at(edits, "t1-0002").landsS], [true, 2]);
  assert.equal(edits.move(only("t1-0002"), 0.1), false); // there is nothing to move
  edits.toggle(only("t1-0001", "t1-0002")); // of several those that are there go
  assert.deepEqual(kinds(edits), [["t1-0001", "removed"], ["t1-0002", "removed"]]);
  edits.toggle(only("t1-0001", "t1-0002"));
  assert.equal(edits.options, undefined);
});

test("an added step has an id of its own, and says its foot, force and gait", () => {
  const edits = fresh();
  assert.deepEqual([edits.add(2.5, 1), edits.add(1.5, 1), edits.add(4, 2)], ["n1", "n2", "n3"]);
  assert.deepEqual(edits.options.edits[0], { footstep_id: "n1", initial_contact_offset: "2.5s", side: "SIDE_LEFT", track_id: 1, strength: 0.5, gait_kind: "GAIT_KIND_WALK" });
  assert.deepEqual(["n2", "n1", "n3"].map((id) => { const { foot, strength, gait, change } = at(edits, id); return [foot, strength, gait, change]; }), [["right", 0.5, "walk", "added"], ["left", 0.5, "walk", "added"], ["left", 0.9, "run", "added"]]);
  edits.swapFeet(only("n1"));
  assert.equal(edits.options.edits[0].side, "SIDE_RIGHT");
  edits.toggle(only("n2"));
  assert.deepEqual(kinds(edits), [["n1", "added"], ["n3", "added"]]);
  assert.equal(edits.steps.some((one) => one.id === "n2"), false); // nobody found it: there is nothing to bring back
  assert.deepEqual(new StepEdits(undefined, scene([])).add(1), "n1");
});

test("an added step stays what it is when the others change, also one that a take has and that did not say it", () => {
  const edits = fresh();
  const added = edits.add(2.5, 1);
  const before = at(edits, added);
  edits.swapFeet(only("t1-0002"));
  edits.set(only("t1-0001", "t1-0002", "t1-0003"), { strength: 0.9, gait: "run" });
  assert.deepEqual(at(edits, added), before);
  assert.equal(at(edits, edits.add(2.7, 1)).strength, 0.5); // as the person stepped when found
  const later = next(edits);
  assert.equal(at(later, later.add(4, 1)).strength, 0.5);
  const taken = new StepEdits({ edits: [{ footstep_id: "n1", initial_contact_offset: "2.5s" }] }, scene([...STEPS, step("n1", 2.5, { foot: "right", strength: 0.4, gait: "" })]));
  const said = { footstep_id: "n1", initial_contact_offset: "2.5s", side: "SIDE_RIGHT", track_id: 1, strength: 0.4 };
  assert.deepEqual([taken.options.edits, taken.changes, taken.canUndo], [[said], [], false]);
  taken.swapFeet(only("n1"));
  assert.equal(taken.options.edits[0].side, "SIDE_LEFT");
  taken.set(only("n1"), { foot: "right" });
  assert.deepEqual(taken.options.edits, [said]); // as shown, and said all the same
});

test("changes are undone one by one, and all at once", () => {
  const edits = fresh();
  edits.move(only("t1-0001"), 0.1);
  edits.toggle(only("t1-0002"));
  edits.add(4, 1);
  assert.equal(countWords(edits.changes), "3 changes of steps: 1 moved, 1 removed, 1 added");
  edits.undo();
  assert.deepEqual(kinds(edits), [["t1-0001", "moved"], ["t1-0002", "removed"]]);
  edits.undoAll();
  assert.deepEqual(edits.changes, []);
  edits.undo(); // all at once was a change too
  assert.equal(edits.changes.length, 2);
  edits.drop("t1-0001");
  assert.deepEqual(kinds(edits), [["t1-0002", "removed"]]);
  for (let left = 3; left > 0; left -= 1) edits.undo();
  assert.deepEqual([edits.undo(), edits.options], [false, undefined]);
});

test("what was undone is done again, until something else is done", () => {
  const edits = fresh();
  edits.move(only("t1-0001"), 0.1);
  edits.toggle(only("t1-0002"));
  assert.deepEqual([edits.canRedo, edits.redo()], [false, false]);
  edits.undo();
  edits.undo();
  assert.deepEqual([edits.changes, edits.canUndo, edits.redo(), kinds(edits)], [[], false, true, [["t1-0001", "moved"]]]);
  edits.redo();
  assert.deepEqual([kinds(edits).length, edits.canRedo], [2, false]);
  edits.undo();
  edits.swapFeet(only("t1-0003"));
  assert.equal(edits.redo(), false);
});

test("the changes of a take go into the next one, and change themselves", () => {
  const first = fresh();
  first.move(only("t1-0001"), 0.1);
  first.toggle(only("t1-0002"));
  const added = first.add(2.5, 1);
  const edits = next(first);
  assert.deepEqual(edits.changes, []);
  assert.deepEqual(edits.options, first.options);
  assert.deepEqual(edits.kept.map((one) => one.text), ["moved 100 ms later", "removed", "added"]);
  assert.deepEqual(edits.kept.map((one) => [one.kind, one.step.landsS]), [["changed", 1.1], ["removed", 2], ["added", 2.5]]);
  edits.move(only("t1-0001"), 0.1);
  edits.set(only(added), { gait: "run" });
  assert.deepEqual(edits.options.edits, [
    { footstep_id: "t1-0001", initial_contact_offset: "1.2s" }, { footstep_id: "t1-0002", remove: true }, { footstep_id: "n1", initial_contact_offset: "2.5s", side: "SIDE_RIGHT", track_id: 1, strength: 0.5, gait_kind: "GAIT_KIND_RUN" },
  ]);
  assert.deepEqual(kinds(edits), [["t1-0001", "moved"], ["n1", "changed"]]);
  assert.equal(at(edits, "t1-0001").wasS, 1.1);
  edits.move(only("t1-0001"), -0.1);
  assert.deepEqual(kinds(edits), [["n1", "changed"]]); // where the take has it, again
  edits.toggle(only("t1-0001", added));
  assert.deepEqual(edits.options.edits, [{ footstep_id: "t1-0001", remove: true }, { footstep_id: "t1-0002", remove: true }]); // the added one needs no word
  assert.deepEqual(kinds(edits), [["t1-0001", "removed"], ["n1", "removed"]]);
  edits.toggle(only("t1-0001", added));
  assert.deepEqual(edits.changes, []);
  assert.equal(edits.add(4, 1), "n2");
});

test("where a person has a step already none is added", () => {
  const edits = fresh();
  assert.deepEqual([edits.add(2.019, 1), edits.add(1.981, 1), edits.canUndo], ["", "", false]);
  assert.equal(edits.add(2, 2), "n1"); // somebody else
  assert.equal(edits.add(2.021, 1), "n2");
  edits.toggle(only("t1-0003"));
  assert.equal(edits.add(3, 1), "n3"); // in the place of a removed one
});

test("what a take has taken away is seen where it was, and is brought back", () => {
  const first = fresh();
  first.toggle(only("t1-0002"));
  const edits = next(first);
  assert.deepEqual([at(edits, "t1-0002").isRemoved, at(edits, "t1-0002").landsS, at(edits, "t1-0002").change], [true, 2, ""]);
  edits.toggle(only("t1-0002"));
  assert.deepEqual([edits.options, kinds(edits), Boolean(at(edits, "t1-0002").isRemoved)], [undefined, [["t1-0002", "restored"]], false]);
  edits.move(only("t1-0002"), 0.25);
  assert.deepEqual(edits.options.edits, [{ footstep_id: "t1-0002", initial_contact_offset: "2.25s" }]);
  edits.toggle(only("t1-0002"));
  assert.deepEqual(edits.changes, []);
});

test("a step whose place is not known is brought back all the same", () => {
  const edits = new StepEdits({ edits: [{ footstep_id: "t1-0009", remove: true }] }, scene());
  assert.deepEqual(edits.kept, [{ key: "t1-0009", kind: "removed", step: null, text: "removed" }]);
  assert.equal(stepWords(edits.kept[0]), "Step t1-0009");
  edits.drop("t1-0009");
  assert.deepEqual([edits.options, countWords(edits.changes)], [undefined, "1 change of steps: 1 brought back"]);
  edits.drop("t1-0009");
  assert.deepEqual(edits.changes, []);
});

test("a moved step goes back to where it was found", () => {
  const first = fresh();
  first.move(only("t1-0001"), 0.1);
  const edits = next(first);
  edits.drop("t1-0001");
  assert.deepEqual([edits.options, kinds(edits)], [undefined, [["t1-0001", "reset"]]]);
  assert.deepEqual([at(edits, "t1-0001").landsS, at(edits, "t1-0001").wasS], [1, 1.1]);
  edits.undo();
  edits.dropAll();
  assert.equal(edits.options, undefined);
});

test("where the changes are the whole list, no step is lost by a change that is taken back", () => {
  const told = { edits: [{ footstep_id: "t1-0001", initial_contact_offset: "1.1s" }, { footstep_id: "t1-0002" }], only_these: true };
  const edits = new StepEdits(told, scene([step("t1-0001", 1.1), STEPS[1]]));
  edits.drop("t1-0001");
  edits.move(only("t1-0002"), 0.1);
  edits.move(only("t1-0002"), -0.1);
  assert.deepEqual(edits.options, { edits: [{ footstep_id: "t1-0001" }, { footstep_id: "t1-0002" }], only_these: true });
  assert.deepEqual(kinds(edits), [["t1-0001", "reset"]]);
  edits.dropAll();
  assert.equal(edits.options, undefined);
});

test("a step that was added without an id keeps the one that it got", () => {
  const made = step("t1-300ms-right", 0.3, { foot: "right" });
  const edits = new StepEdits({ edits: [{ initial_contact_offset: "0.300s", strength: 0.9 }, { initial_contact_offset: "0.700s" }] }, scene([made, ...STEPS]));
  const rest = { side: "SIDE_RIGHT", track_id: 1, strength: 0.9, gait_kind: "GAIT_KIND_WALK" };
  assert.deepEqual(edits.options.edits, [{ footstep_id: "t1-300ms-right", initial_contact_offset: "0.3s", ...rest }, { initial_contact_offset: "0.7s" }]);
  edits.move(only("t1-300ms-right"), 0.1);
  assert.deepEqual(edits.options.edits[0], { footstep_id: "t1-300ms-right", initial_contact_offset: "0.4s", ...rest });
  edits.toggle(only("t1-300ms-right"));
  assert.deepEqual(edits.options.edits, [{ initial_contact_offset: "0.7s" }]);
});

test("no two additions without an id are one step, and halves of milliseconds are rounded as the gateway does", () => {
  const made = [["t1-300ms-left", 0.3, "left"], ["t1-300ms-right", 0.3002, "right"], ["t1-300ms-right-2", 0.3004, "right"], ["t1-400ms-left", 0.4005, "left"]];
  const steps = made.map(([id, landsS, foot]) => step(id, landsS, { foot }));
  const told = [{ initial_contact_offset: "0.3004s" }, { initial_contact_offset: "0.3s" }, { initial_contact_offset: "0.3002s", side: "SIDE_RIGHT" }, { initial_contact_offset: "0.4005s" }, { initial_contact_offset: "0.4004s" }];
  const edits = new StepEdits({ edits: told }, scene(steps));
  assert.deepEqual(edits.options.edits.map((one) => one.footstep_id), ["t1-300ms-right-2", "t1-300ms-left", "t1-300ms-right", undefined, "t1-400ms-left"]);
  const taken = new StepEdits({ edits: [{ footstep_id: "t1-300ms-left", initial_contact_offset: "0.9s" }, { initial_contact_offset: "0.3s" }] }, scene(steps.slice(0, 1)));
  assert.equal(taken.options.edits.length, 2); // the step is the other edit's
  const both = ["left", "right"].map((foot) => step(`t1-300ms-${foot}`, 0.3, { foot }));
  const oneSaysIts = new StepEdits({ edits: [{ initial_contact_offset: "0.3s" }, { initial_contact_offset: "0.3s", side: "SIDE_LEFT" }] }, scene(both));
  assert.deepEqual(oneSaysIts.options.edits.map((one) => one.side), ["SIDE_RIGHT", "SIDE_LEFT"]);
  const half = new StepEdits({ edits: [{ initial_contact_offset: "0.4005s" }] }, scene(steps));
  assert.equal(half.options.edits[0].footstep_id, "t1-400ms-left");
});

test("changes are told in words", () => {
  assert.equal(wordsOf(editOf({ footstep_id: "t1-0001", initial_contact_offset: "2.310s", side: "SIDE_LEFT", track_id: 3, strength: 0.25, gait_kind: "GAIT_KIND_SCUFF" })), "moved to 0:02.310, left foot, person 3, force 25 %, scuff");
  assert.equal(wordsOf(editOf({ footstep_id: "x", remove: true })), "removed");
  assert.equal(shiftWords(-0.01), "moved 10 ms earlier");
  assert.equal(stepWords({ key: "t1-0002", step: STEPS[1] }), "0:02.000, person 1, right foot");
});
