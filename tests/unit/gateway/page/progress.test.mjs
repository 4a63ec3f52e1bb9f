import assert from "node:assert/strict";
import test from "node:test";

import { beginProgress, say, stagesOf, tell, tellTrouble } from "../../../../services/gateway/page/progress.js";
import { documentWith } from "./dom.mjs";

const OF_STEPS_ONLY = ["RENDER_STAGE_POSES", "RENDER_STAGE_FOOTSTEPS", "RENDER_STAGE_EXPORTS"];
const page = () => documentWith("stages", "status", "cancel", "progress-hint");
const shown = ({ stages }) => stages.children.map((row) => row.id);
const running = (stages, fraction = 0) => ({ state: "STATE_RUNNING", progress: stages.map((stage) => ({ stage, fraction })) });

test("a render of steps alone shows no stage that will not run, from the upload on", () => {
  const parts = page();
  beginProgress({ stages: stagesOf({ footsteps_only: true }), isUploading: true });
  assert.deepEqual(shown(parts), ["upload", ...OF_STEPS_ONLY]);
  assert.equal(parts.cancel.hidden, false); // an upload can be broken off; what is not begun cannot
  beginProgress({ stages: stagesOf({}) });
  assert.equal(parts.cancel.hidden, true);
  assert.equal(shown(parts).length, 6);
});

test("what the gateway says wins: its stages, in its order, with what is not known here too", () => {
  const parts = page();
  beginProgress({ stages: stagesOf({}), isUploading: true });
  const [, poses] = parts.stages.children;
  tell(running([...OF_STEPS_ONLY, "RENDER_STAGE_NEW_THING"], 0.25));
  assert.deepEqual(shown(parts), ["upload", ...OF_STEPS_ONLY, "RENDER_STAGE_NEW_THING"]);
  assert.equal(parts.stages.children[1], poses); // not made anew: its bar goes on
  assert.match(parts.stages.children[1].textContent, /Finding people .*25 %/);
  assert.match(parts.stages.children[4].textContent, /New thing/);
  assert.equal(parts.status.textContent, "Finding people …");
});

test("trouble is taken back when it is over, and nothing else is", () => {
  const parts = page();
  tellTrouble("The connection is lost; trying again …");
  assert.match(parts.status.textContent, /lost/);
  tellTrouble("");
  tell(running(OF_STEPS_ONLY, 1)); // nothing is under way that would be said instead
  assert.equal(parts.status.textContent, "");
  say("Finding people …");
  const writes = parts.status.textWrites;
  tellTrouble("");
  tell(running(OF_STEPS_ONLY));
  assert.equal(parts.status.textContent, "Finding people …");
  assert.equal(parts.status.textWrites, writes); // a screen reader says it once
});
