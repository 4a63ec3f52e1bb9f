// Draws the timeline: ruler, outline of the sound with every contact over it, and a lane per person with feet and grounds.

import { peakBetween } from "./peaks.js";
import { UNSURE, groundWords } from "./steps.js";
import { tickS } from "./view.js";
import { clock, count, signed } from "./words.js";

export const RULER_PX = 22;
export const SOUND_PX = 84;
export const LANE_PX = 74;
export const NAME_PX = 18; // the line that names the person
const FEET_PX = 34; // left feet above, right feet below
const GROUND_PX = 18;
const FOOT_PX = 6; // half a mark's width
const GRAB_PX = FOOT_PX + 4; // as far from a mark's middle as the ring of a selected one
const QUIETEST = 1e-4; // −80 dBFS: what is quieter is not blown up to the full height
const FONT = "12px system-ui, sans-serif";

export function heightOf(scene) {
  return RULER_PX + SOUND_PX + scene.people.length * LANE_PX;
}

function laneTop(index) {
  return RULER_PX + SOUND_PX + index * LANE_PX;
}

function footY(step, top) {
  return top + NAME_PX + (step.foot === "right" ? 24 : 10);
}

// Marks would hide each other: lines stand for them, and zooming in shows them.
function isCrowded(person, { startS, endS }, width) {
  return person.steps.filter((step) => step.landsS >= startS && step.landsS <= endS).length * 2 * FOOT_PX > width;
}

// True when a step's mark is under a point of the timeline.
export function markAt(scene, view, person, step, { x, y }, width) {
  if (isCrowded(person, view, width)) return false;
  return Math.abs(x - view.x(step.landsS, width)) <= GRAB_PX && Math.abs(y - footY(step, laneTop(scene.people.indexOf(person)))) <= GRAB_PX;
}

function coloursOf(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(["ink", "faint", "line", "card", "accent", "left", "right", "other", "wave", "strip"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

// `state`: {scene, view, peaks, selected, current, pending, band, shiftS}; pending are corrections that are noted and not rendered yet,
// the band is what a drag that goes on has taken so far, the shift how far one has moved the selected steps.
export function paint(canvas, state) {
  const width = canvas.clientWidth;
  const height = heightOf(state.scene);
  const ratio = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = FONT;
  pen.textBaseline = "middle";
  const drawing = { ...state, pen, width, height, colours: coloursOf(canvas), x: (timeS) => state.view.x(timeS, width) };
  paintRuler(drawing);
  paintSound(drawing);
  drawing.landsS = (step) => step.landsS + (state.shiftS && state.selected.has(step.id) && !step.isRemoved ? state.shiftS : 0);
  state.scene.people.forEach((person, index) => paintLane(drawing, person, laneTop(index)));
  if (state.shiftS) paintShift(drawing);
  if (state.band) paintBand(drawing, state.band);
}

function paintBand({ pen, height, colours, x, scene }, { startS, endS, person }) {
  const [left, right] = [x(startS), x(endS)].map(Math.round);
  const [top, tall] = person ? [laneTop(scene.people.indexOf(person)), LANE_PX] : [0, height];
  pen.globalAlpha = 0.15;
  pen.fillStyle = colours.accent;
  pen.fillRect(left, top, right - left, tall);
  pen.globalAlpha = 1;
  pen.strokeStyle = colours.accent;
  pen.strokeRect(left + 0.5, top + 0.5, Math.max(0, right - left - 1), tall - 1);
}

// How far a drag has moved the steps, above the first of them that is shown.
function paintShift({ pen, colours, x, width, scene, selected, landsS, shiftS }) {
  const step = scene.steps.find((one) => selected.has(one.id) && x(landsS(one)) >= 0 && x(landsS(one)) <= width);
  if (!step) return;
  const text = `${shiftS > 0 ? "+" : ""}${signed(shiftS * 1000, 0)} ms`;
  pen.textAlign = "left";
  backed(pen, text, Math.min(x(landsS(step)), width - pen.measureText(text).width - 6), RULER_PX / 2, colours);
}

function paintRuler({ pen, width, height, colours, view, x }) {
  const every = tickS(view.spanS, width);
  pen.fillStyle = colours.faint;
  pen.strokeStyle = colours.line;
  pen.textAlign = "left";
  for (let index = Math.ceil(view.startS / every); index * every <= view.endS; index += 1) {
    const at = Math.round(x(index * every)) + 0.5;
    line(pen, at, 0, at, height);
    pen.fillText(clock(index * every).replace(/\.?0+$/, ""), at + 4, RULER_PX / 2);
  }
}

function paintSound({ pen, width, colours, view, x, peaks, scene, selected }) {
  const middle = RULER_PX + SOUND_PX / 2;
  pen.strokeStyle = colours.line;
  line(pen, 0, middle + 0.5, width, middle + 0.5);
  if (peaks) {
    const scale = (SOUND_PX / 2 - 4) / Math.max(peaks.loudest, QUIETEST);
    pen.fillStyle = colours.wave;
    for (let column = 0; column < width; column += 1) {
      const [low, high] = peakBetween(peaks, view.time(column, width), view.time(column + 1, width));
      pen.fillRect(column, middle - high * scale, 1, Math.max(1, (high - low) * scale));
    }
  }
  const shown = scene.steps.filter((step) => !step.isRemoved && step.landsS >= view.startS && step.landsS <= view.endS);
  pen.strokeStyle = colours.faint; // where a step sounds that is moved or away in the next take
  for (const step of scene.steps.filter((one) => one.isRemoved || one.wasS !== undefined)) {
    const at = Math.round(x(step.isRemoved ? step.landsS : step.wasS)) + 0.5;
    if (at >= 0 && at <= width) line(pen, at, RULER_PX + SOUND_PX - 14, at, RULER_PX + SOUND_PX - 2);
  }
  for (const foot of new Set(shown.map((step) => step.foot))) {
    pen.strokeStyle = colours[foot] || colours.other;
    pen.setLineDash(foot === "right" ? [4, 3] : []); // not by colour alone
    for (const isSelected of [false, true]) { // all of a kind as one path: there may be thousands
      pen.lineWidth = isSelected ? 2.5 : 1.25;
      const columns = new Set(shown.filter((step) => step.foot === foot && selected.has(step.id) === isSelected).map((step) => Math.round(x(step.landsS) * 2) / 2));
      pen.beginPath();
      for (const column of columns) { pen.moveTo(column, RULER_PX + 2); pen.lineTo(column, RULER_PX + SOUND_PX - 2); }
      pen.stroke();
    }
  }
  pen.setLineDash([]);
  pen.lineWidth = 1;
}

function paintLane(drawing, person, top) {
  const { pen, width, colours, x, selected, current } = drawing;
  pen.strokeStyle = colours.line;
  line(pen, 0, top + 0.5, width, top + 0.5);
  paintGrounds(drawing, person, top + NAME_PX + FEET_PX);
  const isDense = isCrowded(person, drawing.view, width);
  for (const step of person.steps) {
    const landsS = drawing.landsS(step);
    const at = x(landsS);
    if (at > width + FOOT_PX || (at < -FOOT_PX && !(step.leavesS !== null && x(step.leavesS) > 0))) continue;
    const y = footY(step, top);
    pen.strokeStyle = pen.fillStyle = step.isRemoved ? colours.faint : colourOf(step, colours);
    if (isDense) pen.fillRect(Math.round(at), y - FOOT_PX, 1, step.isRemoved ? 4 : 2 * FOOT_PX);
    else if (step.isRemoved) paintRemoved(pen, step, at, y, colours);
    else {
      if (step.leavesS !== null) pen.fillRect(at, y - 1, Math.max(1, x(step.leavesS + landsS - step.landsS) - at), 2); // as long as the foot stands
      paintFoot(pen, step, at, y, colours.card);
    }
    if (step.change && !step.isRemoved) paintChange(drawing, step, at, y);
    if (selected.has(step.id)) ring(pen, at, y, FOOT_PX + 4, colours.ink, step.id === current ? 2.5 : 1.25);
    else if (step.id === current) ring(pen, at, y, FOOT_PX + 4, colours.accent, 2.5);
  }
  pen.fillStyle = colours.ink;
  pen.textAlign = "left";
  const name = `Person ${person.trackId} · ${count(person.steps.filter((step) => !step.isRemoved).length, "step")}`;
  backed(pen, name, 6, top + NAME_PX / 2 + 1, colours);
}

// Not heard in the next take: the outline of a mark, struck through.
function paintRemoved(pen, step, x, y, colours) {
  pen.setLineDash([2, 2]);
  paintFoot(pen, { ...step, confidence: 0 }, x, y, colours.card);
  pen.setLineDash([]);
  pen.strokeStyle = colours.ink;
  pen.lineWidth = 1.5;
  line(pen, x - FOOT_PX - 2, y - FOOT_PX - 2, x + FOOT_PX + 2, y + FOOT_PX + 2);
  pen.lineWidth = 1;
}

// Not heard yet: a box around the mark, dashed for a step that is added, and a line from where a moved one was.
function paintChange({ pen, colours, x }, step, at, y) {
  const half = FOOT_PX + 3;
  pen.strokeStyle = pen.fillStyle = colours.accent;
  if (step.wasS !== undefined && step.wasS !== step.landsS) {
    const was = x(step.wasS);
    pen.fillRect(Math.round(was), y - half, 2, 2 * half);
    pen.setLineDash([2, 2]);
    line(pen, was, y + half + 0.5, at, y + half + 0.5);
    pen.setLineDash([]);
  }
  pen.lineWidth = 1.5;
  if (step.change === "added") pen.setLineDash([3, 2]);
  pen.strokeRect(at - half, y - half, 2 * half, 2 * half);
  pen.setLineDash([]);
  pen.lineWidth = 1;
}

// Left feet are discs, right feet are diamonds; hollow ones are unsure.
function paintFoot(pen, step, x, y, paper) {
  pen.beginPath();
  if (step.foot === "left") pen.arc(x, y, FOOT_PX, 0, 2 * Math.PI);
  else if (step.foot === "right") { pen.moveTo(x, y - FOOT_PX - 1); pen.lineTo(x + FOOT_PX + 1, y); pen.lineTo(x, y + FOOT_PX + 1); pen.lineTo(x - FOOT_PX - 1, y); pen.closePath(); }
  else pen.rect(x - FOOT_PX + 1, y - FOOT_PX + 1, 2 * FOOT_PX - 2, 2 * FOOT_PX - 2);
  if (step.confidence < UNSURE) { pen.fillStyle = paper; pen.lineWidth = 2; }
  pen.fill();
  pen.stroke();
  pen.lineWidth = 1;
}

// The ground's name along the lane, a mark where it changes, stripes where it is a guess.
function paintGrounds({ pen, width, colours, x, pending }, person, top) {
  for (const ground of person.grounds) {
    const from = Math.max(0, x(ground.startS));
    const to = Math.min(width, x(ground.endS));
    if (to <= from) continue;
    pen.fillStyle = colours.strip;
    pen.fillRect(from, top, to - from, GROUND_PX);
    if (ground.isGuess) stripes(pen, from, top, to - from, GROUND_PX, colours.line);
    if (ground.startS > 0 && x(ground.startS) >= 0) { pen.fillStyle = colours.ink; pen.fillRect(from - 1, top - 4, 2, GROUND_PX + 4); }
    within(pen, groundWords(ground), from, to, top + GROUND_PX / 2, colours);
  }
  for (const { row, words } of pending.filter((one) => one.row.trackId === 0 || one.row.trackId === person.trackId)) {
    const from = Math.max(0, row.startS === null ? 0 : x(row.startS));
    const to = Math.min(width, row.endS === null ? width : x(row.endS));
    if (to <= from) continue;
    pen.fillStyle = colours.strip;
    pen.fillRect(from, top, to - from, GROUND_PX);
    pen.fillStyle = colours.accent;
    pen.fillRect(from, top, to - from, 3);
    pen.fillRect(from, top, 2, GROUND_PX);
    within(pen, `→ ${words}`, from, to, top + GROUND_PX / 2 + 1, colours);
  }
}

function colourOf(step, colours) {
  return colours[step.foot] || colours.other;
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

function ring(pen, x, y, radius, colour, thickness) {
  pen.strokeStyle = colour;
  pen.lineWidth = thickness;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.stroke();
  pen.lineWidth = 1;
}

function stripes(pen, x, y, width, height, colour) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  for (let at = Math.floor(x / 8) * 8 - height; at < x + width; at += 8) line(pen, at, y + height, at + height, y);
  pen.restore();
}

function within(pen, text, from, to, y, colours) {
  if (to - from < 24) return;
  pen.save();
  pen.beginPath();
  pen.rect(from, y - GROUND_PX / 2, to - from, GROUND_PX);
  pen.clip();
  backed(pen, text, from + 6, y, colours);
  pen.restore();
}

function backed(pen, text, x, y, colours) {
  pen.fillStyle = colours.card;
  pen.globalAlpha = 0.85;
  pen.fillRect(x - 3, y - 8, pen.measureText(text).width + 6, 16);
  pen.globalAlpha = 1;
  pen.fillStyle = colours.ink;
  pen.fillText(text, x, y);
}
