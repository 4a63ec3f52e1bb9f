// All renders of a video: what each has changed of the steps, which their list leaves out, and one that shows the steps as they were found.

import { getResource, listFootsteps } from "./api.js";

const MOST_ASKED = 20; // renders that are asked for one by one: the newest, and the first

const whole = new Map(); // renders that came to their end, by name, with all that they have: those do not change
const isDone = ({ state }) => state === "STATE_SUCCEEDED";

export function remember(render) {
  if (isDone(render)) whole.set(render.name, render);
}

// The same renders with their changes of steps, as far as they can be had.
export async function withEdits(renders) {
  const asked = new Set([...renders.slice(0, MOST_ASKED - 1), ...renders.slice(-1)].filter(isDone).map((one) => one.name));
  const had = await Promise.allSettled(renders.map(async (one) => {
    if (!asked.has(one.name)) return one;
    if (!whole.has(one.name)) remember(await getResource(one.name));
    return whole.get(one.name);
  }));
  return had.map((one, index) => one.value ?? renders[index]);
}

// How people and steps are found: with another way, ids and changes of steps may be of other steps. Options of one kind only are compared: the gateway's, or the form's.
export function wayOf({ poses, sensitivity }) {
  return JSON.stringify([poses, sensitivity]);
}

// The steps before anybody changed them, from a render that found people and steps the same way; null when there is none.
export async function foundSteps(render, renders) {
  const plain = renders.find((one) => whole.has(one.name) && !one.options.step_edits && wayOf(one.options) === wayOf(render.options));
  return plain ? listFootsteps(plain.name) : null;
}
