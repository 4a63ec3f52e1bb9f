// Changes of single steps, as `StepEdit`s: those that the shown take has, those that come to them, and what the steps become. No page in here.

import { durationOf, secondsOf } from "./options.js";
import { clock, count, percent } from "./words.js";

const FOUND = /^t\d+-\d+$/; // ids that the detector gives; a step with another one was added
const NAMED_BY_GATEWAY = /^t(\d+)-(\d+)ms-(left|right)(?:-\d+)?$/; // ids of steps that were added without one
const HALF_MS = 0.5; // what rounding to milliseconds takes away at most
const FINEST_DIGITS = 6; // of a second, as `footsteps.json` tells times
const SAME_STEP_S = 0.02; // two contacts of a person this near, about a frame of 50 a second, are a key that was pressed twice
const LAST_S = 0.001; // a step lands before the clip's end: by this much at least
const SAME = { landsS: 0.0005, strength: 0.0005 }; // nobody means a change by less; a whole list's, the gateway takes for rounding
const USUAL_STRENGTH = 0.5; // as the gateway has it, for somebody who has no step yet
const FIRST_PERSON = 1;
const FIELDS = ["landsS", "foot", "trackId", "strength", "gait"];
const KINDS = { moved: "moved", changed: "changed", removed: "removed", added: "added", restored: "brought back", reset: "as found" };

// {id, isRemoved, landsS, foot, trackId, strength, gait}: what is not said is undefined, and stays as it was found.
export function editOf(told) {
  const word = (value, prefix) => (value && value !== `${prefix}UNSPECIFIED` ? value.replace(prefix, "").toLowerCase() : undefined);
  return {
    id: told.footstep_id ?? "",
    isRemoved: Boolean(told.remove),
    landsS: secondsOf(told.initial_contact_offset),
    foot: word(told.side, "SIDE_"),
    trackId: told.track_id || undefined,
    strength: told.strength ?? undefined,
    gait: word(told.gait_kind, "GAIT_KIND_"),
  };
}

function toldOf({ id, isRemoved, landsS, foot, trackId, strength, gait }) {
  return {
    ...(id && { footstep_id: id }),
    ...(isRemoved && { remove: true }),
    ...(landsS !== undefined && { initial_contact_offset: durationOf(landsS) }),
    ...(foot && { side: `SIDE_${foot.toUpperCase()}` }),
    ...(trackId && { track_id: trackId }),
    ...(strength !== undefined && { strength }),
    ...(gait && { gait_kind: `GAIT_KIND_${gait.toUpperCase()}` }),
  };
}

export class StepEdits {
  #past = []; // what was there before each change, for undoing
  #future = []; // what was undone, for doing it again
  #drawn = null; // {steps, changes} of what is there now
  #shown; // the take's steps by id
  #found = new Map(); // the same before anybody changed them, as far as it is known

  // `told`: `step_edits` of the take's options, absent for none; `scene`: its steps, which have those changes.
  constructor(told, { steps = [], durationS = 0 } = {}) {
    this.#shown = new Map(steps.map((step) => [step.id, step]));
    this.lastS = durationS > 0 ? Math.max(0, durationS - LAST_S) : Infinity;
    const edits = named((told?.edits ?? []).map(editOf), steps).map((edit) => whole(edit, this.#shown));
    this.rendered = { edits: new Map(edits.map((edit, index) => [edit.id || `#${index}`, edit])), isWhole: Boolean(told?.only_these) };
    this.now = this.rendered;
  }

  // Steps as the detector found them: where those are that the take's changes took away, and where moved ones were.
  setFound(steps) {
    this.#found = new Map(steps.map((step) => [step.id, step]));
    this.#drawn = null;
  }

  // `step_edits` for the next take; undefined for none.
  get options() {
    const edits = [...this.now.edits.values()].map(toldOf);
    return edits.length || this.now.isWhole ? { edits, ...(this.now.isWhole && { only_these: true }) } : undefined;
  }

  // The steps with all changes: each with `change` (a kind, "" for none that is new), `isRemoved`, and `wasS` where it was before it was moved.
  get steps() {
    return this.#draw().steps;
  }

  // What is new against the take: [{key, kind, step, text}], the step null where its place is not known.
  get changes() {
    return this.#draw().changes;
  }

  // What the take had before and still has, in the same form: the kinds are "removed", "added" and "changed".
  get kept() {
    const kept = [];
    for (const [key, edit] of this.now.edits) {
      const isAdded = this.#isAdded(key);
      const text = wordsOf(edit, this.#found.get(key), isAdded);
      if (!text || !isSame(edit, this.rendered.edits.get(key))) continue;
      kept.push({ key, kind: edit.isRemoved ? "removed" : isAdded ? "added" : "changed", step: this.#shown.get(key) ?? this.#found.get(key) ?? null, text });
    }
    return kept.sort(byTime);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  // All of them by as much, as far as the clip goes.
  move(ids, byS) {
    const steps = this.#standing(ids);
    const times = steps.map((step) => step.landsS);
    const most = Math.max(0, this.lastS - Math.max(...times));
    const moveS = Math.min(most, Math.max(byS, -Math.min(...times)));
    return this.#change((edits) => steps.forEach((step) => this.#put(edits, step.id, { landsS: step.landsS + moveS })));
  }

  // `fields`: some of foot, trackId, strength, gait.
  set(ids, fields) {
    return this.#change((edits) => this.#standing(ids).forEach((step) => this.#put(edits, step.id, fields)));
  }

  swapFeet(ids) {
    return this.#change((edits) => this.#standing(ids).forEach((step) => this.#put(edits, step.id, { foot: otherFoot(step.foot) })));
  }

  // Takes them away; brings them back when none of them is there.
  toggle(ids) {
    const standing = this.#standing(ids);
    return this.#change((edits) => {
      for (const step of standing) {
        if (this.#isAdded(step.id)) edits.delete(step.id);
        else edits.set(step.id, { id: step.id, isRemoved: true });
      }
      if (!standing.length) for (const id of ids) this.#restore(edits, id);
    });
  }

  // A step that nobody found; gives its id, "" where the person has a step already. It says all of itself, so that it stays what it is when others change.
  add(landsS, trackId) {
    const edit = { landsS: Math.min(this.lastS, Math.max(0, finely(landsS))), trackId: trackId ?? FIRST_PERSON };
    const isThere = (step) => step.trackId === edit.trackId && !step.isRemoved && Math.abs(step.landsS - edit.landsS) <= SAME_STEP_S;
    if (this.steps.some(isThere)) return "";
    let number = 1;
    while (this.now.edits.has(`n${number}`) || this.#shown.has(`n${number}`)) number += 1;
    const id = `n${number}`;
    const { foot, strength, gait } = addedStep(id, edit, this.steps);
    this.#change((edits) => edits.set(id, { id, ...edit, foot, strength: this.#foundStrength(edit.trackId) ?? strength, gait: gait || undefined }));
    return id;
  }

  // One change as the take has it; one that the take has as the detector found the step.
  drop(key) {
    const first = this.rendered.edits.get(key);
    const isNew = !isSame(first, this.now.edits.get(key));
    return this.#change((edits) => {
      if (isNew && first) edits.set(key, first);
      else this.#asFound(edits, key);
    });
  }

  undo() {
    return this.#goTo(this.#past, this.#future);
  }

  redo() {
    return this.#goTo(this.#future, this.#past);
  }

  undoAll() {
    return this.#changeTo(this.rendered);
  }

  // Every step as it was found, whatever the take had.
  dropAll() {
    return this.#changeTo({ edits: new Map(), isWhole: false });
  }

  #standing(ids) {
    return this.steps.filter((step) => ids.has(step.id) && !step.isRemoved);
  }

  #isAdded(id) {
    return isAddition(this.rendered.edits.get(id) ?? this.now.edits.get(id) ?? { id });
  }

  // How hard somebody usually steps, before anybody changed that; undefined where it is not known.
  #foundStrength(trackId) {
    const isAsFound = this.rendered.edits.size === 0 && !this.rendered.isWhole;
    const steps = [...(isAsFound ? this.#shown : this.#found).values()];
    return median(steps.filter((step) => step.trackId === trackId).map((step) => step.strength));
  }

  #change(work) {
    const edits = new Map(this.now.edits);
    work(edits);
    return this.#changeTo({ edits, isWhole: this.now.isWhole });
  }

  #goTo(there, back) {
    if (!there.length) return false;
    back.push(this.now);
    this.now = there.pop();
    this.#drawn = null;
    return true;
  }

  #changeTo(next) {
    const keys = new Set([...next.edits.keys(), ...this.now.edits.keys()]);
    if (next.isWhole === this.now.isWhole && [...keys].every((key) => isSame(next.edits.get(key), this.now.edits.get(key)))) return false;
    this.#past.push(this.now);
    this.#future = [];
    this.now = next;
    this.#drawn = null;
    return true;
  }

  // What is again as the take has it is not said anew.
  #put(edits, id, fields) {
    const first = this.rendered.edits.get(id);
    const shown = this.#shown.get(id);
    const edit = { ...(edits.get(id) ?? { id }), ...fields };
    if (fields.landsS !== undefined) edit.landsS = finely(fields.landsS);
    for (const name of Object.keys(fields)) if (shown && isNear(name, edit[name], shown[name])) edit[name] = first?.[name];
    if (this.now.isWhole || FIELDS.some((name) => edit[name] !== undefined)) edits.set(id, edit);
    else edits.delete(id);
  }

  #restore(edits, id) {
    const first = this.rendered.edits.get(id);
    if (first && !first.isRemoved) edits.set(id, first);
    else this.#asFound(edits, id);
  }

  // Where the edits are the whole list, a step without one would go.
  #asFound(edits, key) {
    if (this.now.isWhole && FOUND.test(key)) edits.set(key, { id: key });
    else edits.delete(key);
  }

  #draw() {
    this.#drawn ??= this.#drawnNow();
    return this.#drawn;
  }

  #drawnNow() {
    const steps = [];
    const changes = [];
    const additions = [];
    const draw = (key, kind, step, text) => {
      if (step) steps.push({ ...step, change: kind });
      if (kind) changes.push({ key, kind, step: step ?? null, text: text ?? KINDS[kind] });
    };
    const { edits } = this.now;
    for (const key of new Set([...this.#shown.keys(), ...this.rendered.edits.keys(), ...edits.keys()])) {
      const [edit, first, shown, found] = [edits.get(key), this.rendered.edits.get(key), this.#shown.get(key), this.#found.get(key)];
      const gone = (step) => step && { ...step, isRemoved: true };
      if (isSame(edit, first)) draw(key, "", shown ?? (first?.isRemoved ? gone(found) : undefined));
      else if (edit?.isRemoved) draw(key, "removed", gone(shown ?? found));
      else if (!edit && this.#isAdded(key)) draw(key, "removed", gone(shown));
      else if (first?.isRemoved) draw(key, "restored", found && changed(found, edit), wordsOf(edit ?? {}, found) || undefined);
      else if (!says(edit)) draw(key, "reset", found ? { ...found, ...(found.landsS !== shown?.landsS && { wasS: shown?.landsS }) } : shown);
      else if (shown) {
        const step = changed(first ? { ...shown, ...back(first, edit, found) } : shown, edit);
        const isMoved = !isNear("landsS", step.landsS, shown.landsS);
        draw(key, isMoved ? "moved" : "changed", { ...step, ...(isMoved && { wasS: shown.landsS }) }, wordsOf(edit, shown));
      } else if (this.#isAdded(key)) additions.push([key, edit]);
    }
    // in order of time, as the gateway adds them, so that feet take turns
    for (const [key, edit] of additions.sort(([, a], [, b]) => a.landsS - b.landsS)) draw(key, "added", addedStep(key, edit, steps), wordsOf(edit, undefined, true));
    return { steps: steps.sort((a, b) => a.landsS - b.landsS), changes: changes.sort(byTime) };
  }
}

// "3 changes of steps: 1 moved, 1 removed, 1 added"; "" for none.
export function countWords(changes) {
  if (!changes.length) return "";
  const parts = Object.entries(KINDS).map(([kind, said]) => [changes.filter((one) => one.kind === kind).length, said]);
  return `${count(changes.length, "change")} of steps: ${parts.filter(([number]) => number).map(([number, said]) => `${number} ${said}`).join(", ")}`;
}

// Which step a change is of.
export function stepWords({ key, step }) {
  return step ? `${clock(step.landsS)}, person ${step.trackId}, ${step.foot} foot` : `Step ${key}`;
}

// What a change says, against the step before it where that is known; "" when it says nothing.
export function wordsOf(edit, before = undefined, isAdded = false) {
  if (edit.isRemoved) return KINDS.removed;
  if (isAdded) return KINDS.added;
  const said = (name) => edit[name] !== undefined && !(before && isNear(name, edit[name], before[name]));
  const parts = [
    said("landsS") && (before ? shiftWords(edit.landsS - before.landsS) : `moved to ${clock(edit.landsS)}`),
    said("foot") && `${edit.foot} foot`,
    said("trackId") && `person ${edit.trackId}`,
    said("strength") && `force ${percent(edit.strength)}`,
    said("gait") && edit.gait,
  ];
  return parts.filter(Boolean).join(", ");
}

// "moved 33 ms later"
export function shiftWords(byS) {
  return `moved ${Number(Math.abs(byS * 1000).toFixed(1))} ms ${byS < 0 ? "earlier" : "later"}`;
}

function byTime(one, other) {
  return (one.step?.landsS ?? 0) - (other.step?.landsS ?? 0);
}

function says(edit) {
  return edit !== undefined && FIELDS.some((name) => edit[name] !== undefined);
}

function isSame(one, other) {
  return one === other || (Boolean(one && other) && JSON.stringify(toldOf(one)) === JSON.stringify(toldOf(other)));
}

function isNear(name, value, other) {
  return name in SAME ? Math.abs(value - other) <= SAME[name] : value === other;
}

function finely(timeS) {
  return Math.max(0, Number(timeS.toFixed(FINEST_DIGITS)));
}

function isAddition({ id, landsS }) {
  return !FOUND.test(id) && landsS !== undefined;
}

// What an added step does not say, the gateway finds anew every time: from now on it is as it is shown.
function whole(edit, shown) {
  const step = shown.get(edit.id);
  if (!step || edit.isRemoved || !isAddition(edit)) return edit;
  const { trackId, foot, strength, gait } = { ...step, ...Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined)) };
  return { ...edit, trackId, foot, strength, gait: gait || undefined };
}

// Steps that were added without an id keep the ones that they got: they are moved by those, and their sounds stay. Each step is one
// edit's; those that say a foot choose first, as no other step is theirs.
function named(edits, steps) {
  const taken = new Set(edits.map((edit) => edit.id));
  const names = new Map();
  const nameless = edits.filter((edit) => !edit.id && edit.landsS !== undefined).sort((a, b) => Boolean(b.foot) - Boolean(a.foot) || a.landsS - b.landsS);
  for (const edit of nameless) {
    const id = steps.find((step) => !taken.has(step.id) && isOf(edit, step.id))?.id;
    if (id) names.set(edit, id);
    taken.add(id);
  }
  return edits.map((edit) => (names.has(edit) ? { ...edit, id: names.get(edit) } : edit));
}

// The gateway rounds to milliseconds, a half to the even one.
function isOf({ landsS, trackId, foot }, id) {
  const [isNamed, itsTrack, itsMs, itsFoot] = NAMED_BY_GATEWAY.exec(id) ?? [];
  if (!isNamed || Math.abs(Number(itsMs) - 1000 * landsS) > HALF_MS) return false;
  return (trackId ?? Number(itsTrack)) === Number(itsTrack) && (foot ?? itsFoot) === itsFoot;
}

// A step with what an edit says; its toe-off moves along.
function changed(step, edit = {}) {
  const fields = Object.fromEntries(FIELDS.filter((name) => edit[name] !== undefined).map((name) => [name, edit[name]]));
  const moveS = (fields.landsS ?? step.landsS) - step.landsS;
  if (isNear("landsS", moveS, 0)) return { ...step, ...fields, landsS: step.landsS };
  return { ...step, ...fields, leavesS: step.leavesS === null ? null : step.leavesS + moveS, confidence: 1, timecode: "" };
}

// What the take's edit said of a step and the next one does not, as it was found.
function back(first, edit, found) {
  if (!found) return {};
  return Object.fromEntries(FIELDS.filter((name) => first[name] !== undefined && edit[name] === undefined).map((name) => [name, found[name]]));
}

// What the gateway makes of a step that nobody found.
function addedStep(id, edit, steps) {
  const { landsS, trackId = FIRST_PERSON } = edit;
  const own = steps.filter((step) => step.trackId === trackId && !step.isRemoved);
  const like = own.reduce((best, step) => (best && Math.abs(best.landsS - landsS) <= Math.abs(step.landsS - landsS) ? best : step), null);
  return {
    id, trackId, landsS, leavesS: null, confidence: 1, isRemoved: false, ground: "", wet: false, footwear: "", timecode: "",
    foot: edit.foot ?? nextFoot(own, landsS), strength: edit.strength ?? median(own.map((step) => step.strength)) ?? USUAL_STRENGTH, gait: edit.gait ?? like?.gait ?? "",
  };
}

// The other one than that of the step before; of a first step, than that of the step after it.
function nextFoot(own, landsS) {
  const inOrder = [...own].sort((a, b) => a.landsS - b.landsS);
  const beside = inOrder.findLast((step) => step.landsS <= landsS) ?? inOrder[0];
  return beside ? otherFoot(beside.foot) : "left";
}

function otherFoot(foot) {
  return foot === "left" ? "right" : "left";
}

function median(values) {
  if (!values.length) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
