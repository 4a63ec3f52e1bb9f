// The form as RenderOptions and back. Every control says its place in the options (`data-path`) and its unit (`data-kind`);
// only overrides, changes of steps and packs are more than a control each.

import { calmRows, complainAboutRow, readCorrections, writeCorrections, wrongRows } from "./corrections.js";
import { calmEdits, complainAboutEdit, readStepEdits } from "./editing.js";
import { setAt, shown, typed, valueAt } from "./options.js";
import { isForAll, overrideOf, rowOf } from "./overrides.js";
import { readPacks, writePacks } from "./packs.js";
import { $, element } from "./page.js";
import { wayOf } from "./takes.js";

const form = $("form");
let wayOfTake = ""; // how people and steps of the take were found, as the form says it
const FOR_ALL = ["surface", "wet", "footwear"];
const controls = () => [...form.querySelectorAll("[data-path]")];
const isSet = (control) => control.type === "checkbox" && control.hasAttribute("value");

export function readForm() {
  const options = {};
  for (const control of controls()) {
    const { path, kind } = control.dataset;
    if (isSet(control)) {
      if (control.checked) setAt(options, path, [...(valueAt(options, path) ?? []), control.value]);
    } else if (control.type === "checkbox") setAt(options, path, control.checked || undefined);
    else setAt(options, path, typed(control.value, kind));
  }
  // Exactly the files that are written anyway: an empty list says the same, and finds what the command line made.
  if (formatsAreUsual()) delete options.formats;
  for (const present of form.querySelectorAll("[data-present]")) {
    const name = present.dataset.present;
    if (present.checked) options[name] ??= {};
    else delete options[name];
  }
  if (options.style.original_sound !== "ORIGINAL_SOUND_DUCK") delete options.style.ducking;
  const packs = readPacks();
  if (packs.length) options.style.sample_packs = packs;
  options.overrides = [...overrideForAll(), ...readCorrections()];
  const stepEdits = readStepEdits();
  if (stepEdits) options.step_edits = stepEdits;
  return options;
}

// Fields with something that is no number. They say that they are empty, which would quietly be taken for the default.
export function wrongNumbers() {
  const isWrong = (control) => control.validity.badInput && !control.closest("[hidden]");
  const problem = "is no number.";
  return [
    ...controls().filter(isWrong).map((control) => ({ field: `options.${control.dataset.path}`, problem })),
    ...wrongRows(isWrong).map((index) => ({ field: `options.overrides[${index + overrideForAll().length}]`, problem: "A number of this row is none." })),
  ];
}

function formatsAreUsual() {
  return controls().filter(isSet).filter((control) => control.dataset.path === "formats").every((control) => control.checked === control.defaultChecked);
}

function overrideForAll() {
  const row = { trackId: 0, ...Object.fromEntries(FOR_ALL.map((id) => [id, $(id).value])) };
  return FOR_ALL.some((id) => row[id]) ? [overrideOf(row)] : [];
}

export function writeForm(options) {
  fill(options);
  wayOfTake = wayOf(readForm());
  tellWay();
}

function fill(options) {
  form.reset();
  for (const control of controls()) {
    const value = valueAt(options, control.dataset.path);
    if (isSet(control)) {
      const isListed = (value ?? []).includes(control.value) || control.hasAttribute("data-needed");
      control.checked = value?.length ? isListed : control.defaultChecked;
    } else if (control.type === "checkbox") control.checked = Boolean(value);
    else write(control, value);
  }
  if (engineIsUsual(options.style ?? {})) $("engine").selectedIndex = 0;
  for (const present of form.querySelectorAll("[data-present]")) present.checked = Boolean(options[present.dataset.present]);
  const [first, ...rest] = options.overrides ?? [];
  const row = first && rowOf(first);
  const isFirstForAll = row && isForAll(row);
  for (const id of FOR_ALL) $(id).value = isFirstForAll ? row[id] : "";
  writeCorrections(isFirstForAll ? rest : options.overrides ?? []);
  writePacks(options.style?.sample_packs ?? []);
  adapt();
}

// What the gateway has made of "chosen packs, else synthesised": said as that again, so that a pack that is chosen next counts.
function engineIsUsual({ engine, sample_packs: packs = [] }) {
  return engine === (packs.length ? "SOUND_ENGINE_SAMPLED" : "SOUND_ENGINE_PROCEDURAL");
}

// A number that the gateway writes as 0 means its default, which the field shows as its placeholder.
function write(control, value) {
  if (control.tagName === "SELECT") {
    const text = String(value ?? "");
    const isThere = [...control.options].some((option) => option.value === text);
    if (isThere) control.value = text;
  } else {
    const isDefault = control.placeholder && Number(value) === 0;
    control.value = isDefault ? "" : shown(value, control.dataset.kind);
    if (control.value === "" && !control.placeholder) control.value = control.defaultValue;
  }
}

export function resetForm() {
  fill({}); // steps that were changed stay so: they are not in here
  tellWay();
}

// Changes of steps are kept by the steps' ids: those of another finding are other steps'.
function tellWay() {
  $("edits-elsewhere").hidden = wayOf(readForm()) === wayOfTake;
}

// Shows what belongs to a choice only with that choice.
function adapt() {
  for (const part of form.querySelectorAll("[data-when]")) {
    const [path, value] = part.dataset.when.split("=");
    const control = form.querySelector(`[data-path="${path}"], [data-present="${path}"]`);
    part.hidden = value === undefined ? !control.checked : control.value !== value;
  }
}

// Says beside each field what is wrong with it; gives what belongs to no field.
export function showViolations(violations) {
  const left = [];
  let first = null;
  for (const { field, problem } of violations) {
    const path = field.replace(/^options\./, "");
    const stepEdit = /^step_edits(?:\.edits(?:\[(\d+)\])?)?/.exec(path);
    const overrideIndex = /^overrides\[(\d+)\]/.exec(path)?.[1];
    const control = form.querySelector(`[data-path="${CSS.escape(path.replace(/\[\d+\]$/, ""))}"]`);
    if (control) {
      const said = element("small", { className: "problem", id: `${control.id}-problem`, textContent: problem });
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-errormessage", said.id);
      control.closest("div, fieldset").append(said);
      openAround(control);
      first ??= control;
      continue;
    }
    const isSaid = stepEdit
      ? complainAboutEdit(stepEdit[1] === undefined ? null : Number(stepEdit[1]), problem)
      : overrideIndex !== undefined && complainAboutRow(Number(overrideIndex) - overrideForAll().length, problem);
    if (!isSaid) left.push(`${field} ${problem}`);
  }
  first?.focus();
  return left;
}

function openAround(control) {
  for (let around = control.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
}

export function calmForm() {
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-errormessage");
  }
  for (const said of form.querySelectorAll("small.problem[id]")) said.remove();
  calmRows();
  calmEdits();
}

for (const control of form.querySelectorAll("[data-needed]")) control.disabled = true;
form.addEventListener("change", adapt);
form.addEventListener("input", tellWay);
adapt();
