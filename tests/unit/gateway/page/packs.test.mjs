import assert from "node:assert/strict";
import test from "node:test";

import { loadPacks, readPacks, rowsOf, writePacks } from "../../../../services/gateway/page/packs.js";
import { documentWith } from "./dom.mjs";

const ref = (id) => ({ bucket: "foley", key: `samplePacks/${id}/pack.zip`, sha256: `sha of ${id}`, size_bytes: "1000", media_type: "application/zip" });
const pack = (id) => ({ name: `samplePacks/${id}`, display_name: `Pack ${id}`, pack: ref(id), step_count: 4, groups: [{ surface: "SURFACE_GRAVEL" }] });
const keys = (refs) => refs.map((one) => one.key.split("/")[1]);
const answer = (...ids) => { globalThis.fetch = async () => new Response(JSON.stringify({ sample_packs: ids.map(pack), next_page_token: "" }), { headers: { "content-type": "application/json" } }); };
const refuse = () => { globalThis.fetch = async () => { throw new TypeError("failed"); }; };
const texts = ({ packs }) => packs.children.map((item) => item.textContent);

test("wanted packs stand first, in their order, and stay when they are not listed", () => {
  const rows = rowsOf([pack("new"), pack("a"), pack("b")], [ref("b"), ref("gone"), ref("a")]);
  assert.deepEqual(rows.map((row) => [keys([row.ref])[0], row.isChosen, row.pack !== null]), [["b", true, true], ["gone", true, false], ["a", true, true], ["new", false, true]]);
});

test("two packs with the same content are two", () => {
  const twin = { ...pack("twin"), pack: { ...ref("a"), key: "samplePacks/twin/pack.zip" } };
  assert.equal(rowsOf([pack("a"), twin], [ref("a")]).length, 2);
});

test("what a take used is sent again as it was, whatever the list says and whenever it comes", async () => {
  const parts = documentWith("packs", "packs-count");
  writePacks([ref("b"), ref("gone"), ref("a")]); // opened by its address: the list is still on its way
  assert.deepEqual(keys(readPacks()), ["b", "gone", "a"]);
  assert.ok(!texts(parts).some((text) => /cannot be listed/.test(text))); // not known yet
  answer("new", "a", "b");
  await loadPacks();
  assert.deepEqual(keys(readPacks()), ["b", "gone", "a"]);
  assert.deepEqual(texts(parts).map((text) => /cannot be listed/.test(text)), [false, true, false, false]);
  assert.match(texts(parts)[1], /samplePacks\/gone/);
  assert.equal(parts["packs-count"].textContent, "3");
});

test("a list that does not come takes nobody's choice away, and is no empty list", async () => {
  const parts = documentWith("packs", "packs-count");
  answer("a");
  await loadPacks();
  writePacks([ref("a"), ref("gone")]);
  refuse();
  await assert.rejects(loadPacks());
  assert.deepEqual(keys(readPacks()), ["a", "gone"]);
  assert.match(texts(parts)[1], /cannot be listed/);
  answer();
  await loadPacks();
  writePacks([]);
  assert.deepEqual(texts(parts), ["None yet."]);
});

test("a pack that was added is chosen, above the others", async () => {
  documentWith("packs", "packs-count");
  writePacks([ref("a")]);
  answer("new", "a", "b");
  await loadPacks(ref("new"));
  assert.deepEqual(keys(readPacks()), ["new", "a"]);
});
