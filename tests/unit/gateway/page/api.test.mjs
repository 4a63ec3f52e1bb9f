import assert from "node:assert/strict";
import test from "node:test";

import { ApiError, lastRender, listClips, listFootsteps, listPacks, listRenders, upload, watch } from "../../../../services/gateway/page/api.js";

// A gateway that answers with these pages; an asked page is its address.
function answering(pageFor) {
  const asked = [];
  globalThis.fetch = async (path) => {
    asked.push(path);
    return new Response(JSON.stringify(pageFor(path, asked.length - 1)), { headers: { "content-type": "application/json" } });
  };
  return asked;
}

const LISTS = [["sample_packs", listPacks], ["clips", listClips], ["renders", () => listRenders("clips/c-1")], ["footsteps", () => listFootsteps("clips/c-1/renders/r-1")]];
for (const [name, list] of LISTS) {
  test(`a list of ${name} is followed to its end`, async () => {
    const asked = answering((_, index) => ({ [name]: [index], next_page_token: index < 2 ? `${index}=` : "" }));
    assert.deepEqual(await list(), [0, 1, 2]);
    assert.deepEqual(asked.map((path) => new URL(path, "http://gateway").searchParams.get("page_token")), ["", "0=", "1="]);
  });
}

test("a list that goes round in a circle, or has no end, is an error and not a loop", async () => {
  const asked = answering((_, index) => ({ clips: [index], next_page_token: index % 2 ? "MQ==" : "Mg==" }));
  await assert.rejects(listClips(), (error) => error instanceof ApiError && /no end/.test(error.message));
  assert.equal(asked.length, 3);
  answering((_, index) => ({ clips: [index], next_page_token: `t${index}` }));
  await assert.rejects(listClips(), /no end/);
});

test("the last render is asked for alone", async () => {
  const asked = answering(() => ({ renders: [{ name: "r-2" }], next_page_token: "MQ==" }));
  assert.equal((await lastRender("clips/c-1")).name, "r-2");
  assert.equal(asked.length, 1);
});

test("a render that came to nothing does not hide the result before it", async () => {
  const states = ["STATE_CANCELLED", "STATE_FAILED", "STATE_SUCCEEDED"];
  const renders = (from) => states.slice(from).map((state, index) => ({ name: `r-${index}`, state }));
  const pages = (all) => answering((path) => ({ renders: path.includes("page_size=1&") || path.endsWith("page_size=1") ? all.slice(0, 1) : all }));
  pages(renders(0));
  assert.equal((await lastRender("clips/c-1")).state, "STATE_SUCCEEDED");
  pages(renders(0).slice(0, 2)); // there is none: the last one says why
  assert.equal((await lastRender("clips/c-1")).state, "STATE_CANCELLED");
  pages([]);
  assert.equal(await lastRender("clips/c-1"), undefined);
});

// As much of XMLHttpRequest as an upload touches; `answer(request)` is called when it is sent.
function sending(answer) {
  globalThis.XMLHttpRequest = class extends EventTarget {
    upload = new EventTarget();
    status = 200;
    open() {}
    send() { answer(this); }
    abort() { this.dispatchEvent(new Event("abort")); }
  };
}
const FILE = new File(["x"], "walk.mp4");

test("an upload that somebody in between answers is an error and not an endless wait", async () => {
  sending((request) => { request.responseText = "<h1>Log in</h1>"; request.dispatchEvent(new Event("load")); });
  await assert.rejects(upload(FILE, () => {}), (error) => error instanceof ApiError && /none of the gateway/.test(error.message));
  sending((request) => { request.responseText = JSON.stringify({ name: "clips/c-1" }); request.dispatchEvent(new Event("load")); });
  assert.equal((await upload(FILE, () => {})).name, "clips/c-1");
});

test("an upload can be broken off", async () => {
  sending(() => {});
  const controller = new AbortController();
  const sent = upload(FILE, () => {}, controller.signal);
  controller.abort();
  await assert.rejects(sent, { name: "AbortError" });
});

test("trouble with the connection is told, and told to be over when a render comes", () => {
  let source = null;
  globalThis.EventSource = class extends EventTarget {
    static CLOSED = 2;
    constructor() { super(); this.readyState = 0; source = this; }
    close() { this.readyState = 2; }
  };
  const told = [];
  watch("clips/c-1/renders/r-1", (render) => told.push(render.state), (text) => told.push(text));
  source.dispatchEvent(new Event("error"));
  source.dispatchEvent(Object.assign(new Event("render"), { data: JSON.stringify({ state: "STATE_RUNNING" }) }));
  assert.deepEqual(told, ["The connection is lost; trying again …", "", "STATE_RUNNING"]);
});
