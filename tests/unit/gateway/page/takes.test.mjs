import assert from "node:assert/strict";
import test from "node:test";

import { foundSteps, remember, wayOf, withEdits } from "../../../../services/gateway/page/takes.js";

const CLIP = "clips/c-1/renders";
const EDITS = { edits: [{ footstep_id: "t1-0001", remove: true }] };
const render = (name, options = {}, state = "STATE_SUCCEEDED") => ({ name: `${CLIP}/${name}`, state, options: { sensitivity: "SENSITIVITY_MEDIUM", ...options } });

// A gateway that has these renders whole, and says what was asked of it.
function having(...renders) {
  const asked = [];
  globalThis.fetch = async (path) => {
    asked.push(path);
    const one = renders.find(({ name }) => path === `/v1/${name}`);
    const answer = path.includes("/footsteps") ? { footsteps: [{ footstep_id: path }], next_page_token: "" } : one;
    return new Response(JSON.stringify(answer ?? { error: { message: "gone" } }), { status: answer ? 200 : 404, headers: { "content-type": "application/json" } });
  };
  return asked;
}

test("a take's changes, which the list leaves out, are asked for once, and only of takes that came to their end", async () => {
  const asked = having(render("a", { step_edits: EDITS }), render("b"));
  const listed = [render("w", {}, "STATE_RUNNING"), render("f", {}, "STATE_FAILED"), render("a"), render("gone"), render("b")];
  for (let round = 0; round < 2; round += 1) {
    const known = await withEdits(listed);
    assert.deepEqual(known.map((one) => one.name), listed.map((one) => one.name));
    assert.deepEqual(known[2].options.step_edits, EDITS);
    assert.equal(known[3], listed[3]); // nothing is known of it: as listed
  }
  assert.deepEqual(asked, ["a", "gone", "b", "gone"].map((name) => `/v1/${CLIP}/${name}`));
});

test("of many takes the newest are asked for, and the first, which most likely has the steps as they were found", async () => {
  const many = Array.from({ length: 50 }, (_, index) => render(`m-${index}`));
  const asked = having(...many);
  await withEdits(many);
  assert.equal(asked.length, 20);
  assert.equal(asked.at(-1), `/v1/${CLIP}/m-49`);
});

test("steps as they were found are those of a take that found them the same way and changed none", async () => {
  const asked = having();
  const edited = render("e", { step_edits: EDITS });
  const other = render("o", { sensitivity: "SENSITIVITY_HIGH" });
  const plain = render("p", { style: { seed: "9" } });
  for (const one of [edited, other, plain]) remember(one);
  const unknown = render("u"); // as listed: nobody knows whether it has changes
  assert.equal(await foundSteps(edited, [edited, other, unknown]), null);
  assert.deepEqual(asked, []);
  const [step] = await foundSteps(edited, [edited, other, unknown, plain]);
  assert.match(step.footstep_id, /\/p\/footsteps/);
});

test("steps are found another way with another sensitivity or other settings for people, and with nothing else", () => {
  const options = { sensitivity: "SENSITIVITY_MEDIUM", poses: { max_people_count: "8" }, style: { seed: "1" } };
  const isOther = (more) => wayOf({ ...options, ...more }) !== wayOf(options);
  assert.deepEqual([{ style: {} }, { overrides: [] }, { sensitivity: "SENSITIVITY_HIGH" }, { poses: { max_people_count: "3" } }, { poses: undefined }].map(isOther), [false, false, true, true, true]);
});
