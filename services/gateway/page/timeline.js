// The timeline as a part of the page: what is selected, mouse and keys, and the playhead that goes with the video.

import { shiftWords } from "./edits.js";
import { groundAt, groundWords } from "./steps.js";
import { LANE_PX, NAME_PX, RULER_PX, SOUND_PX, heightOf, markAt, paint } from "./timeline_paint.js";
import { timecodeAt } from "./timecode.js";
import { View, beside, nearest } from "./view.js";
import { clock, percent, words } from "./words.js";

const REACH_PX = 12; // how near to a step a click must be
const DRAG_PX = 5; // less than this is a click
const NAME_WIDTH_PX = 120; // of the words at a lane's upper left, which select the person
const ZOOM = 1.6;
const FIRST_PERSON = 1;
const ONCE = new Set(["m", "s", "n", "Delete", "Backspace"]); // keys that do nothing more while they are held

export class Timeline {
  #painting = 0;
  #width = 0; // of the canvas in pixels, measured when it changes: measuring makes the browser lay the page out
  #playheadX = null; // where it stands
  #scrolledPx = 0; // where we have put the scroll bar; what it says of that comes a frame later

  // `parts`: the elements; `video` has `currentTime` and `paused`; `onSeek(timeS)`, `onSelect(set)`, `onPlay()`,
  // `onEdit(action)` and `onMove(seconds)`, which are for the selected steps, tell what was done with it.
  constructor(parts, video, { onSeek, onSelect, onPlay, onEdit, onMove }) {
    Object.assign(this, { parts, video, onSeek, onSelect, onPlay, onEdit, onMove });
    this.state = null;
    this.anchor = null; // where selecting with Shift goes on from
    this.#listen();
  }

  show(scene) {
    this.state = { scene, view: new View(scene.durationS), peaks: null, selected: new Set(), current: null, lane: null, pending: [], band: null, shiftS: 0 };
    this.anchor = null;
    this.#playheadX = null;
    this.parts.stage.style.height = `${heightOf(scene)}px`;
    this.paint();
    this.onSelect(this.state.selected);
  }

  clear() {
    this.state = null;
  }

  // The same take with steps that are changed: what is shown and selected of it stays.
  setScene(scene) {
    if (!this.state) return;
    const { state } = this;
    const ids = new Set(scene.steps.map((step) => step.id));
    const selected = new Set([...state.selected].filter((id) => ids.has(id)));
    this.anchor = scene.steps.find((step) => step.id === this.anchor?.id) ?? null;
    state.scene = scene;
    this.parts.stage.style.height = `${heightOf(scene)}px`;
    this.select(selected, ids.has(state.current) ? state.current : null);
  }

  // Goes to a step, unless the video runs: it is not torn away from what is heard.
  visit(id) {
    const step = this.state?.scene.steps.find((one) => one.id === id);
    if (!step) return;
    if (this.video.paused) this.#goTo(step);
    else this.say(step);
    this.paint();
  }

  // Whose lane is at hand: the one that was clicked or gone along last, else that of who steps nearest to a time.
  laneAt(timeS) {
    const { scene, lane } = this.state;
    return lane ?? nearest(scene.steps, timeS, Infinity)?.trackId ?? scene.people[0]?.trackId ?? FIRST_PERSON;
  }

  setPeaks(peaks) {
    if (!this.state) return;
    this.state.peaks = peaks;
    this.paint();
  }

  setPending(pending) {
    if (!this.state) return;
    this.state.pending = pending;
    this.paint();
  }

  // Once before the next picture of the screen, however much has changed until then.
  paint() {
    this.#painting ||= requestAnimationFrame(() => { this.#painting = 0; this.#paintNow(); });
  }

  #paintNow() {
    if (!this.state || !this.#width) return;
    paint(this.parts.canvas, this.state);
    this.#placePlayhead();
    const { view } = this.state;
    const { scroll } = this.parts;
    scroll.hidden = view.spanS >= view.durationS - 1e-9;
    scroll.firstElementChild.style.width = `${(100 * view.durationS) / view.spanS}%`;
    scroll.scrollLeft = (view.startS / view.durationS) * scroll.scrollWidth;
    this.#scrolledPx = scroll.scrollLeft; // as far as it goes
  }

  select(ids, current = this.state.current) {
    this.state.selected = ids;
    this.state.current = current;
    this.paint();
    this.onSelect(ids);
  }

  selectPerson(trackId) {
    this.select(new Set(this.state.scene.steps.filter((step) => step.trackId === trackId).map((step) => step.id)));
  }

  zoom(factor) {
    if (!this.state) return;
    const { view } = this.state;
    const nowS = this.video.currentTime;
    view.zoom(factor, nowS >= view.startS && nowS <= view.endS ? nowS : view.startS + view.spanS / 2);
    this.paint();
  }

  fit() {
    if (!this.state) return;
    this.state.view.fit();
    this.paint();
  }

  // What a step is, in a sentence: for the line under the timeline, which screen readers say.
  say(step) {
    const { scene } = this.state;
    const person = scene.people.find((one) => one.trackId === step.trackId);
    const ground = groundAt(person, step.landsS);
    const standing = scene.steps.filter((one) => !one.isRemoved);
    const parts = [
      step.isRemoved ? "Removed step" : `Step ${standing.indexOf(step) + 1} of ${standing.length}`,
      `${clock(step.landsS)} (${step.timecode || timecodeAt(step.landsS, scene.timecodeRate, scene.startTimecode)})`,
      `person ${step.trackId}`,
      `${step.foot} foot`,
      ground ? groundWords(ground) : step.ground,
      step.footwear && words(step.footwear).toLowerCase(),
      step.gait,
      step.change === "added" ? "added" : `${percent(step.confidence)} sure`,
      step.wasS !== undefined && step.wasS !== step.landsS && shiftWords(step.landsS - step.wasS),
    ];
    this.parts.said.textContent = `${parts.filter(Boolean).join(", ")}.${ground?.reasoning ? ` ${ground.reasoning}` : ""}`;
  }

  // The step at hand as it is now; nothing when there is none any more.
  sayCurrent() {
    const step = this.#currentStep();
    if (step) this.say(step);
    else this.parts.said.textContent = "";
  }

  // Marks the playhead; turns the page when the video has left what is shown.
  follow() {
    if (!this.state) return;
    if (!this.video.paused && this.state.view.follow(this.video.currentTime)) this.paint();
    else this.#placePlayhead();
  }

  #placePlayhead() {
    const x = this.state.view.x(this.video.currentTime, this.#width);
    if (x === this.#playheadX) return;
    this.#playheadX = x;
    const { playhead } = this.parts;
    const isHidden = x < 0 || x > this.#width;
    if (playhead.hidden !== isHidden) playhead.hidden = isHidden;
    if (!isHidden) playhead.style.transform = `translateX(${x}px)`;
  }

  #goTo(step) {
    this.state.current = step.id;
    this.state.lane = step.trackId;
    this.state.view.follow(step.landsS);
    this.onSeek(step.landsS);
    this.say(step);
  }

  #person(y) {
    return this.state.scene.people[Math.floor((y - RULER_PX - SOUND_PX) / LANE_PX)] ?? null;
  }

  // The selected step whose mark is there: it can be dragged, with all others that are selected.
  #grabbed({ x, y }, event) {
    const { scene, view, selected } = this.state;
    const person = this.#person(y);
    if (!person || event.shiftKey || event.ctrlKey || event.metaKey) return null;
    const step = nearest(person.steps.filter((one) => selected.has(one.id) && !one.isRemoved), view.time(x, this.#width), (REACH_PX / this.#width) * view.spanS);
    return step && markAt(scene, view, person, step, { x, y }, this.#width) ? step : null;
  }

  #setShift(shiftS) {
    if (!this.state || this.state.shiftS === shiftS) return;
    this.state.shiftS = shiftS;
    this.paint();
  }

  #listen() {
    const { stage, scroll } = this.parts;
    let begun = null;
    const shiftTo = (end) => ((end.x - begun.x) / this.#width) * begun.state.view.spanS;
    const place = (event) => {
      const box = stage.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top, isInside: event.clientY >= box.top && event.clientY <= box.bottom };
    };
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary || !this.state) return;
      const from = place(event);
      begun = { ...from, state: this.state, grabbed: this.#grabbed(from, event) };
      stage.setPointerCapture(event.pointerId); // where it is released is told here, also outside and beyond the window
    });
    stage.addEventListener("pointerup", (event) => {
      const from = begun;
      const end = place(event);
      const shiftS = from?.grabbed ? shiftTo(end) : 0;
      begun = null;
      this.#setBand(null);
      this.#setShift(0);
      if (!from || from.state !== this.state) return; // another render came in between
      if (from.grabbed && Math.abs(end.x - from.x) >= DRAG_PX) this.onMove(shiftS);
      else if (Math.abs(end.x - from.x) >= DRAG_PX) this.#drag(from, end, event);
      else if (end.isInside) this.#click(end, event);
    });
    stage.addEventListener("pointermove", (event) => {
      if (!this.state || (begun && begun.state !== this.state)) return;
      const end = place(event);
      if (!begun) this.#setCursor(this.#grabbed(end, event) ? "grab" : "");
      else if (begun.grabbed) { if (Math.abs(end.x - begun.x) >= DRAG_PX || this.state.shiftS) this.#setShift(shiftTo(end)); }
      else if (Math.abs(end.x - begun.x) >= DRAG_PX || this.state.band) this.#setBand(this.#span(begun, end));
    });
    for (const kind of ["pointercancel", "lostpointercapture"]) stage.addEventListener(kind, () => { begun = null; this.#setBand(null); this.#setShift(0); });
    stage.addEventListener("wheel", (event) => this.#wheel(event, place(event)), { passive: false });
    stage.addEventListener("keydown", (event) => this.#key(event));
    scroll.addEventListener("scroll", () => {
      if (!this.state || scroll.hidden || !scroll.scrollWidth || scroll.scrollLeft === this.#scrolledPx) return;
      const { view } = this.state;
      view.pan((scroll.scrollLeft / scroll.scrollWidth) * view.durationS - view.startS);
      this.paint();
    });
    new ResizeObserver(() => {
      this.#width = this.parts.canvas.clientWidth;
      this.#playheadX = null;
      this.paint();
    }).observe(stage);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  #click({ x, y }, event) {
    const { scene, view, selected } = this.state;
    const width = this.#width;
    const person = this.#person(y);
    const step = nearest((person ?? scene).steps, view.time(x, width), (REACH_PX / width) * view.spanS);
    if (person) this.state.lane = person.trackId;
    if (!step) {
      if (person && x < NAME_WIDTH_PX && (y - RULER_PX - SOUND_PX) % LANE_PX < NAME_PX) {
        this.selectPerson(person.trackId);
        return;
      }
      this.onSeek(view.time(x, width));
      if (person && !event.shiftKey && !event.ctrlKey && !event.metaKey) this.select(new Set(), null);
      return;
    }
    if (event.shiftKey && this.anchor) this.#selectUpTo(step);
    else if (event.ctrlKey || event.metaKey) {
      const ids = new Set(selected);
      if (!ids.delete(step.id)) ids.add(step.id);
      this.anchor = step;
      this.select(ids);
    } else {
      this.anchor = step;
      this.select(new Set([step.id]));
    }
    this.#goTo(step);
    this.paint();
  }

  // What a drag takes, of what is shown: of the person that it began on, else of everybody.
  #span(begun, end) {
    const width = this.#width;
    const [startS, endS] = [begun.x, end.x].map((x) => this.state.view.time(Math.min(width, Math.max(0, x)), width)).sort((a, b) => a - b);
    return { startS, endS, person: this.#person(begun.y) };
  }

  #setCursor(cursor) {
    const { style } = this.parts.stage;
    if ((style.cursor ?? "") !== cursor) style.cursor = cursor;
  }

  #setBand(band) {
    if (!this.state || this.state.band === band) return;
    this.state.band = band;
    this.paint();
  }

  #drag(begun, end, event) {
    const { scene, selected } = this.state;
    const { startS, endS, person } = this.#span(begun, end);
    const ids = new Set(event.ctrlKey || event.metaKey ? selected : []);
    for (const step of (person ?? scene).steps) if (step.landsS >= startS && step.landsS <= endS) ids.add(step.id);
    this.select(ids);
  }

  // From the anchor to a step of the same person; of another one, from that step alone.
  #selectUpTo(step) {
    if (this.anchor.trackId !== step.trackId) this.anchor = step;
    const [fromS, toS] = [this.anchor.landsS, step.landsS].sort((a, b) => a - b);
    const within = this.state.scene.steps.filter((one) => one.trackId === step.trackId && one.landsS >= fromS && one.landsS <= toS);
    this.select(new Set(within.map((one) => one.id)));
  }

  #wheel(event, { x }) {
    if (!this.state) return;
    const { view } = this.state;
    const width = this.#width;
    if (event.ctrlKey || event.metaKey) view.zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, view.time(x, width));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.pan((event.deltaX / width) * view.spanS);
    else return; // the page scrolls
    event.preventDefault();
    this.paint();
  }

  #key(event) {
    if (!this.state || event.altKey || event.ctrlKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const done = this.#keys[key];
    if (!done) return;
    event.preventDefault();
    if (event.repeat && ONCE.has(key)) return;
    done(event);
  }

  #keys = {
    ArrowRight: (event) => this.#move(1, event.shiftKey),
    ArrowLeft: (event) => this.#move(-1, event.shiftKey),
    ArrowDown: () => this.#changePerson(1),
    ArrowUp: () => this.#changePerson(-1),
    Home: () => this.#arrive(this.#theirs().at(0)),
    End: () => this.#arrive(this.#theirs().at(-1)),
    a: () => this.selectPerson(this.#currentStep()?.trackId ?? this.state.scene.people[0]?.trackId),
    Escape: () => this.select(new Set()),
    " ": () => this.onPlay(),
    ",": () => this.#frame(-1),
    ".": () => this.#frame(1),
    "+": () => this.zoom(1 / ZOOM),
    "=": () => this.zoom(1 / ZOOM),
    "-": () => this.zoom(ZOOM),
    d: (event) => this.onEdit(event.shiftKey ? "earlier-fine" : "earlier"),
    f: (event) => this.onEdit(event.shiftKey ? "later-fine" : "later"),
    m: () => this.onEdit("here"),
    s: () => this.onEdit("foot"),
    n: () => this.onEdit("add"),
    Delete: () => this.onEdit("remove"),
    Backspace: () => this.onEdit("remove"),
  };

  #currentStep() {
    return this.state.scene.steps.find((step) => step.id === this.state.current) ?? null;
  }

  // The steps that keys go along: those of the person at hand, of everybody while there is none.
  #theirs() {
    const current = this.#currentStep();
    return current ? this.state.scene.people.find((one) => one.trackId === current.trackId).steps : this.state.scene.steps;
  }

  #move(direction, isSelecting) {
    const current = this.#currentStep();
    const theirs = this.#theirs();
    const step = current ? theirs[theirs.indexOf(current) + direction] : beside(theirs, this.video.currentTime, direction); // by place: two may land at once
    if (!step) return;
    if (isSelecting) {
      this.anchor ??= current ?? step;
      this.#selectUpTo(step);
      this.#goTo(step);
      this.paint();
    } else this.#arrive(step);
  }

  #arrive(step) {
    if (!step) return;
    this.anchor = step;
    this.select(new Set([step.id]), step.id);
    this.#goTo(step);
    this.paint();
  }

  // Who has no step is passed over.
  #changePerson(direction) {
    const { people } = this.state.scene;
    const current = this.#currentStep();
    const index = people.findIndex((one) => one.trackId === current?.trackId);
    const theirs = index < 0 || direction > 0 ? people.slice(index + 1) : people.slice(0, index).reverse(); // nearest first; of nobody, from the top
    const person = theirs.find((one) => one.steps.length > 0);
    if (person) this.#arrive(nearest(person.steps, this.video.currentTime, Infinity));
  }

  #frame(direction) {
    const [numerator, denominator] = this.state.scene.timecodeRate;
    this.onSeek(this.video.currentTime + (direction * denominator) / numerator);
  }
}
