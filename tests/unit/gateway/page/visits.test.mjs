import assert from "node:assert/strict";
import test from "node:test";

import { Visits } from "../../../../services/gateway/page/visits.js";

test("only the answer of the last visit is wanted, in whatever order they come", async () => {
  const visits = new Visits();
  const shown = [];
  const open = async (name, answer) => {
    const isWanted = visits.begin();
    await answer;
    if (isWanted()) shown.push(name);
  };
  let slow;
  const first = open("first", new Promise((resolve) => { slow = resolve; }));
  await open("second", Promise.resolve());
  slow();
  await first;
  assert.deepEqual(shown, ["second"]);
});
