// Small helpers for the page's elements. Text of others goes in as text, never as HTML.

import { LISTS } from "./words.js";

export const $ = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Fills selects that say `data-list` with a list of words; `data-none` is how choosing nothing is called.
export function fillLists(within) {
  for (const select of within.querySelectorAll("select[data-list]")) fillList(select, select.dataset.list, select.dataset.none);
}

export function fillList(select, list, none) {
  select.replaceChildren(new Option(none, ""), ...LISTS[list].map(([value, label]) => new Option(label, value)));
}

// Only what is new is written: of a live region everything that is written is read out, and every write costs a layout.
export function write(into, text) {
  if (into.textContent !== text) into.textContent = text;
}

export function show(shown, all) {
  for (const id of all) $(id).hidden = !shown.includes(id);
}
