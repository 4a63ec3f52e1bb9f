// Changing single steps by hand: the buttons and fields under the timeline, and what they have made that is not heard yet.

import { StepEdits, countWords, stepWords } from "./edits.js";
import { $, element, write } from "./page.js";
import { sceneWith } from "./steps.js";
import { contactAt } from "./view.js";
import { count, listed } from "./words.js";

const FINE_S = 0.01; // with Shift: finer than a frame of any usual rate (17 ms at 60 a second)
const MOST_ROWS = 200; // of the list: more are only counted
const PERCENT = 100;
const BACK = { removed: "Bring back", added: "Remove", changed: "As found" }; // what taking a change of the take back does

const drafts = new Map(); // changes by the take's name: whoever looks at another take finds them again
const sent = new Map(); // by the name of a render that has not succeeded: {take, state} that its changes come from, and `isOver` when it came to nothing
let edits = new StepEdits();
let take = ""; // the shown take's name, "" for none
let carried = null; // {take, state} of changes that are here without their take
let scene = null;
let timeline = null;
let nowS = () => 0;
let changed = () => {};

// `player` has `currentTime`; `onChange(words, canGoBack)` is told what is not heard yet, "" for nothing, and whether something can be undone or redone.
export function wireEditing(timelineOfTake, player, onChange) {
  timeline = timelineOfTake;
  nowS = () => player.currentTime;
  changed = onChange;
}

// A finished take is shown.
export function beginEdits(render, sceneOfTake) {
  take = render.name;
  scene = sceneOfTake;
  edits = drafts.get(take) ?? new StepEdits(render.options.step_edits, scene);
  drafts.set(take, edits);
  fillPeople();
  tell();
}

// A render that came to no result is begun again with the same changes.
export function carryEdits(render) {
  leaveTake();
  carried = sent.get(render.name) ?? null;
  if (carried) carried.isOver = true;
  edits = new StepEdits(render.options.step_edits);
  tell();
}

// What is shown next has no steps, or others: changes of one video, or one take, are not for another.
export function leaveTake() {
  take = "";
  scene = carried = null;
  edits = new StepEdits();
  tell();
}

// Where the changes come from that a render is asked for with; null when from no take.
export function originOfEdits() {
  if (take) return { take, state: edits.now };
  return edits.canUndo ? null : carried;
}

// They are in a render at work; whether they come to be heard is not known yet.
export function editsSent(name, origin) {
  if (origin) sent.set(name, { ...origin, isOver: false });
}

// That render is there: the take that they came from is as it was, unless it was changed again meanwhile.
export function editsHeard(name) {
  const origin = sent.get(name);
  sent.delete(name);
  if (origin && drafts.get(origin.take)?.now === origin.state) drafts.delete(origin.take);
}

export function tellFound(name, steps) {
  if (name !== take) return;
  edits.setFound(steps);
  tell();
}

export function readStepEdits() {
  return edits.options;
}

export function isEdited() {
  const isSent = (name, { now }) => [...sent.values()].some((origin) => !origin.isOver && origin.take === name && origin.state === now);
  return [...drafts].some(([name, one]) => one.changes.length > 0 && !isSent(name, one));
}

// What the gateway found wrong with a change; false when that cannot be said beside the steps.
export function complainAboutEdit(index, problem) {
  if (!scene) return false;
  const key = index === null ? undefined : [...edits.now.edits.keys()][index];
  const step = edits.steps.find((one) => one.id === key) ?? null;
  const said = $("edits-problem");
  const text = `${key === undefined ? "The changes of steps" : stepWords({ key, step })}: ${problem}.`.replace("..", ".");
  said.textContent = said.hidden ? text : `${said.textContent} ${text}`;
  said.hidden = false;
  said.scrollIntoView({ block: "nearest" });
  return true;
}

export function calmEdits() {
  $("edits-problem").hidden = true;
  $("edits-problem").textContent = "";
}

// What is done

const ACTIONS = {
  earlier: (ids) => edits.move(ids, -frameS()),
  later: (ids) => edits.move(ids, frameS()),
  "earlier-fine": (ids) => edits.move(ids, -FINE_S),
  "later-fine": (ids) => edits.move(ids, FINE_S),
  here: (ids) => edits.move(ids, contactAt(edits.steps, nowS()) - Math.min(...standing(ids).map((step) => step.landsS))), // the first of them; the others go along
  foot: (ids) => edits.swapFeet(ids),
  remove: (ids) => edits.toggle(ids),
};
const OF_ALL = {
  undo: () => edits.undo(),
  redo: () => edits.redo(),
  "undo-all": () => edits.undoAll(),
  "drop-all": () => edits.dropAll(),
};

export function edit(action) {
  if (action === "add") add();
  else if (OF_ALL[action]) { if (OF_ALL[action]()) tellBack(); }
  else onSelected(ACTIONS[action]);
}

export function moveSelected(byS) {
  onSelected((ids) => edits.move(ids, byS));
}

function onSelected(act) {
  if (!scene) return;
  const { selected, current } = timeline.state;
  if (!selected.size) { say("Select a step first."); return; }
  const [isAway, isRemoval] = [standing(selected).length === 0, act === ACTIONS.remove];
  if (isAway && !isRemoval) { say("Bring the step back first."); return; }
  if (!act(selected)) return;
  tell();
  const id = selected.has(current) ? current : [...selected][0];
  if (edits.steps.some((step) => step.id === id)) timeline.visit(id);
  else say("Removed.");
}

function add() {
  if (!scene) return;
  const timeS = contactAt(edits.steps, nowS());
  const trackId = timeline.laneAt(timeS);
  const id = edits.add(timeS, trackId);
  if (!id) { say(`Person ${trackId} has a step here already: nothing was added.`); return; }
  tell();
  timeline.select(new Set([id]), id);
  timeline.visit(id);
}

function set(fields) {
  onSelected((ids) => edits.set(ids, fields));
}

function frameS() {
  const [numerator, denominator] = scene.timecodeRate;
  return denominator / numerator;
}

function standing(ids) {
  return edits.steps.filter((step) => ids.has(step.id) && !step.isRemoved);
}

// What is told

function say(text) {
  $("said").textContent = text;
}

function tell() {
  calmEdits();
  if (scene) timeline.setScene(sceneWith(scene, edits.steps));
  const { changes, now } = edits;
  const held = document.activeElement;
  const canGoBack = Boolean(scene) && (edits.canUndo || edits.canRedo);
  $("edits-pending").hidden = !canGoBack;
  $("edit-undo").hidden = !edits.canUndo;
  $("edit-redo").hidden = !edits.canRedo;
  $("edit-undo-all").hidden = changes.length < 2;
  $("edits-note").hidden = $("edits-along").hidden = now.edits.size === 0 && !now.isWhole;
  write($("edits-note-words"), `${count(now.edits.size, "change")} of single steps ${now.edits.size === 1 ? "goes" : "go"} along${now.isWhole ? ", and all other steps are left out" : ""}.`);
  fillList();
  changed(countWords(changes), canGoBack);
  for (const [area, next] of [["timeline", "stage"], ["edits-note", "start"]]) { // a button that has done its work may be gone
    if ($(area).contains(held) && held.offsetParent === null) $(next).focus();
  }
}

// What was said of the step at hand is not so any more.
function tellBack() {
  tell();
  if (scene) timeline.sayCurrent();
}

// The fields say what the selected steps have in common.
export function tellSelected(ids) {
  const steps = edits.steps.filter((step) => ids.has(step.id));
  const there = steps.filter((step) => !step.isRemoved);
  const common = (values) => (new Set(values).size === 1 ? String(values[0]) : "");
  $("edit-strength").value = common(there.map((step) => Math.round(step.strength * PERCENT)));
  $("edit-strength").placeholder = there.length > 1 ? "mixed" : "";
  $("edit-gait").value = common(there.map((step) => step.gait));
  $("edit-person").value = common(there.map((step) => step.trackId));
  $("edit-remove").firstElementChild.textContent = steps.length && !there.length ? "Bring back" : "Remove";
  for (const one of document.querySelectorAll("[data-standing]")) one.disabled = there.length === 0;
}

function fillPeople() {
  const ids = scene.people.map((person) => person.trackId);
  $("edit-person").replaceChildren(new Option("–", ""), ...ids.map((id) => new Option(String(id), String(id))));
  $("edit-person").parentElement.hidden = ids.length < 2;
}

// Change by change: those that are new, and those that the take has already.
function fillList() {
  const [fresh, kept] = [edits.changes, edits.kept];
  const number = fresh.length + kept.length;
  const list = $("edits-list");
  list.hidden = !scene || number === 0;
  const parts = [fresh.length && `${fresh.length} new`, kept.length && `${kept.length} in this take`].filter(Boolean);
  write($("edits-list-title"), `Changed steps, one by one: ${listed(parts)}`);
  if (!list.open || list.hidden) { $("edits-rows").replaceChildren(); return; }
  const rows = [...fresh.map((one) => row(one, "Undo", "not heard yet")), ...kept.slice(0, Math.max(0, MOST_ROWS - fresh.length)).map((one) => row(one, BACK[one.kind], "in this take"))].slice(0, MOST_ROWS);
  if (number > rows.length) rows.push(element("li", { textContent: `… and ${number - rows.length} more` }));
  $("edits-rows").replaceChildren(...rows);
}

function row(change, act, state) {
  const name = stepWords(change);
  const button = element("button", { type: "button", textContent: act, "aria-label": `${act}: ${name}` });
  button.addEventListener("click", () => {
    if (edits.drop(change.key)) tellBack();
    ($("edits-rows").querySelector("button") ?? $("stage")).focus();
  });
  return element("li", {}, element("span", { textContent: `${name}: ${change.text}` }), element("small", { textContent: state }), button);
}

for (const button of document.querySelectorAll("[data-edit]")) button.addEventListener("click", () => edit(button.dataset.edit));
$("edits-list").addEventListener("toggle", fillList);
$("timeline").addEventListener("keydown", (event) => { // on its buttons too; fields have an undoing of their own
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches("input")) return;
  event.preventDefault();
  edit(event.shiftKey ? "redo" : "undo");
});
$("edit-strength").addEventListener("change", ({ target }) => {
  if (target.value !== "") set({ strength: Math.min(1, Math.max(0, Number(target.value) / PERCENT)) });
});
$("edit-gait").addEventListener("change", ({ target }) => { if (target.value) set({ gait: target.value }); });
$("edit-person").addEventListener("change", ({ target }) => { if (target.value) set({ trackId: Number(target.value) }); });
