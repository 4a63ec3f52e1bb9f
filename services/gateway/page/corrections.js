// The rows of the form that say what somebody knows better, for a person or a span.

import { EVERYBODY, overrideOf, rowOf, rowText } from "./overrides.js";
import { $, element, fillList } from "./page.js";

let changed = () => {};
let made = 0; // rows so far: labels need ids that are nobody else's

export function onCorrections(callback) {
  changed = callback;
}

function field(label, control) {
  made += 1;
  control.id = `correction-${made}`;
  return element("div", {}, element("label", { htmlFor: control.id, textContent: label }), control);
}

function select(list, value) {
  const control = element("select");
  fillList(control, list, "As seen");
  control.value = value;
  return control;
}

function seconds(value, placeholder) {
  return element("input", { type: "number", min: "0", step: "any", inputMode: "decimal", placeholder, value: value === null ? "" : String(value) });
}

function addRow(row) {
  const parts = {
    trackId: element("input", { type: "number", min: "0", step: "1", inputMode: "numeric", value: String(row.trackId) }),
    startS: seconds(row.startS, "start"),
    endS: seconds(row.endS, "end"),
    surface: select("surfaces", row.surface),
    wet: select("wet", row.wet),
    footwear: select("footwear", row.footwear),
  };
  const remove = element("button", { type: "button", textContent: "Remove" });
  const item = element(
    "li", {},
    field("Person (0: all)", parts.trackId), field("From (s)", parts.startS), field("To (s)", parts.endS),
    field("Ground", parts.surface), field("Wet", parts.wet), field("Shoes", parts.footwear),
    remove, element("small", { className: "problem", hidden: true }),
  );
  item.parts = parts;
  remove.addEventListener("click", () => {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    (next?.querySelector("button") ?? $("corrections-add")).focus();
    tell();
  });
  item.addEventListener("change", tell);
  $("corrections").append(item);
  return item;
}

function numberOf(control) {
  return control.value === "" ? null : Number(control.value);
}

function readRow({ parts }) {
  return {
    trackId: numberOf(parts.trackId) ?? EVERYBODY,
    startS: numberOf(parts.startS),
    endS: numberOf(parts.endS),
    surface: parts.surface.value,
    footwear: parts.footwear.value,
    wet: parts.wet.value,
  };
}

// Indices of rows with a field of which that is true.
export function wrongRows(isWrong) {
  return [...$("corrections").children].flatMap(({ parts }, index) => ([parts.trackId, parts.startS, parts.endS].some(isWrong) ? [index] : []));
}

function tell() {
  const rows = correctionRows();
  $("corrections-count").textContent = rows.length ? String(rows.length) : "";
  for (const item of $("corrections").children) item.querySelector("button").setAttribute("aria-label", `Remove: ${rowText(readRow(item))}`);
  changed(rows);
}

function correctionRows() {
  return [...$("corrections").children].map(readRow);
}

export function readCorrections() {
  return correctionRows().map(overrideOf);
}

export function writeCorrections(overrides) {
  $("corrections").replaceChildren();
  overrides.map(rowOf).forEach(addRow);
  $("corrections-group").open = overrides.length > 0;
  tell();
}

export function addCorrections(rows) {
  rows.forEach(addRow);
  $("corrections-group").open = true;
  tell();
}

// Says beside a row what the gateway found wrong with it; false when there is no such row.
export function complainAboutRow(index, problem) {
  const item = $("corrections").children[index];
  if (!item) return false;
  const said = item.querySelector(".problem");
  said.textContent = said.hidden ? problem : `${said.textContent} ${problem}`;
  said.hidden = false;
  $("corrections-group").open = true;
  return true;
}

export function calmRows() {
  for (const said of $("corrections").querySelectorAll(".problem")) { said.hidden = true; said.textContent = ""; }
}

$("corrections-add").addEventListener("click", () => {
  addRow({ trackId: EVERYBODY, startS: null, endS: null, surface: "", footwear: "", wet: "" }).parts.trackId.focus();
  $("corrections-group").open = true;
  tell();
});
