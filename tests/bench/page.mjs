// Drives the page as somebody would, in Chromium: upload, options, errors, progress, timeline by mouse and keys, a correction and
// changes of single steps that are rendered again, downloads, reload, cancel; looks for accessibility faults with axe; keeps pictures. Run by page.py.
//
// node page.mjs ADDRESS VIDEO FOLDER   (in the folder that has node_modules with playwright-core and axe-core)

import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const [address, videoFile, folder] = process.argv.slice(2);
const here = createRequire(join(process.cwd(), "page.mjs"));
const { chromium } = here("playwright-core");
const axe = await readFile(here.resolve("axe-core/axe.min.js"), "utf8");
const RENDER_MS = 280_000;
const SIZES = [[1440, 900], [390, 844]];
const SCHEMES = ["light", "dark"];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: SIZES[0][0], height: SIZES[0][1] }, reducedMotion: "reduce" });
const page = await context.newPage();
const faults = [];
const allowed = new Set(); // statuses that a check is about to cause
page.on("pageerror", (error) => faults.push(`error on the page: ${error.message}`));
page.on("console", (message) => { if (["error", "warning"].includes(message.type()) && !/Failed to load resource/.test(message.text())) faults.push(`console: ${message.text()}`); });
page.on("response", (answer) => { if (answer.status() >= 400 && !allowed.has(answer.status())) faults.push(`${answer.status()} ${answer.url()}`); });

async function check(name, work) {
  const begun = Date.now();
  try {
    await work();
    console.log(`passed  ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (error) {
    await page.screenshot({ path: join(folder, "failed.png"), fullPage: true });
    console.log(`FAILED  ${name}\n${error.stack}\nfailed.png is what it looked like`);
    await browser.close();
    process.exit(1);
  }
}

const text = (selector) => page.textContent(selector);
const isShown = (selector) => page.isVisible(selector);
const resultOf = () => page.waitForSelector("#result:not([hidden]) #figures div", { timeout: RENDER_MS });
const renderName = () => page.evaluate(() => decodeURIComponent(location.hash.slice(1)));
const takeOf = (name) => page.waitForSelector(`#takes a[aria-current][href="#${name}"]`, { timeout: RENDER_MS }); // the page is this take's, form and all
const openAll = () => page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
const rowsOf = async (name) => (await (await page.request.get(`${address}/v1/${name}/files/footsteps.csv`)).text()).trim().split("\n").slice(1).map((line) => line.split(","));

async function look(name) {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.waitForTimeout(200);
      await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), fullPage: true });
      const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(needed <= there, `${name} is ${needed} px wide on ${there} px`);
      const found = await page.evaluate(`${axe}; axe.run().then((done) => done.violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")))`);
      assert.deepEqual(found, [], `${name}, ${width} px, ${scheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize({ width: SIZES[0][0], height: SIZES[0][1] });
}

await check("the form, in every size and scheme, closed and open", async () => {
  await page.goto(`${address}/`);
  await page.waitForLoadState("networkidle");
  await look("form");
  await openAll();
  await page.selectOption("#original", "ORIGINAL_SOUND_DUCK");
  await page.check("#search");
  await page.click("#corrections-add");
  await look("form-open");
  await page.click("#corrections button");
  await page.click("#defaults");
  assert.equal(await page.inputValue("#original"), "ORIGINAL_SOUND_KEEP");
});

await check("without a video nothing is sent", async () => {
  await page.click("#start");
  assert.match(await text("#alert"), /Choose a video/);
});

await check("an upload can be cancelled, and the file is still chosen", async () => {
  let release = () => {};
  await page.setInputFiles("#file", videoFile);
  await page.route("**/v1/clips", async (route) => { await new Promise((resolve) => { release = resolve; }); await route.abort().catch(() => {}); });
  await page.click("#start");
  await page.waitForSelector("#upload");
  await page.click("#cancel");
  await page.waitForSelector("#form:not([hidden])");
  assert.ok(await page.$eval("#alert", (alert) => alert.hidden));
  assert.equal(await page.$eval("#file", (file) => file.files.length), 1);
  release();
  await page.unroute("**/v1/clips");
});

await check("a wrong field is told beside the field, with its limit, and the upload is not lost", async () => {
  await page.setInputFiles("#file", videoFile);
  await page.fill("#nudge", "5000");
  allowed.add(400);
  await page.click("#start");
  await page.waitForSelector("#nudge[aria-invalid]", { timeout: 60_000 });
  allowed.clear();
  assert.match(await text("#nudge-problem"), /-1 s to 1 s/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "nudge");
  await page.fill("#nudge", "0");
});

await check("what is no number is told, not taken for the default", async () => {
  await openAll();
  await page.fill("#offset", "");
  await page.click("#offset");
  await page.keyboard.type("--5");
  await page.click("#corrections-add");
  await page.click("#corrections input >> nth=1");
  await page.keyboard.type("1e");
  await page.click("#start");
  assert.match(await text("#offset-problem"), /no number/);
  assert.match(await text("#corrections .problem"), /none/);
  assert.ok(await isShown("#form"));
  await page.click("#corrections button");
  await page.fill("#offset", "");
});

let first;
await check("a video becomes a result", async () => {
  await page.selectOption("#surface", "SURFACE_CONCRETE");
  await page.check("#stems");
  await page.check('[value="SESSION_FORMAT_BWF"]');
  await page.check('[value="SESSION_FORMAT_ARCHIVE"]');
  await page.fill("#seed", "7");
  await page.click("#start");
  await page.waitForSelector("#stages li");
  await page.waitForFunction(() => location.hash.includes("renders"));
  await page.screenshot({ path: join(folder, "progress.png"), fullPage: true });
  await page.reload(); // as closing the tab and opening it again
  await resultOf();
  first = await renderName();
  assert.match(await text("#summary"), /footsteps by 1 person/);
  assert.match(await text("#figures"), /LUFS.*dBTP.*LU/s);
  assert.equal(await page.inputValue("#seed"), "7");
  await page.waitForFunction(() => document.querySelector("#waveform").hidden && document.querySelector("#video").readyState >= 2);
  await look("result");
});

await check("every file can be had, and says what opens it", async () => {
  const links = await page.$$eval("#files li", (items) => items.map((item) => [item.querySelector("a").href, item.querySelector(".about").textContent]));
  assert.ok(links.length >= 20, `${links.length} files`);
  for (const [href, about] of links) {
    assert.ok(about, href);
    const answer = await page.request.head(href);
    assert.equal(answer.status(), 200, href);
    assert.match(answer.headers()["content-disposition"], /^attachment/);
  }
});

async function stepsOf() {
  await page.$eval("#table-open", (table) => { table.open = true; });
  await page.waitForSelector("#steps tr");
  return page.$$eval("#steps tr", (rows) => rows.map((row) => row.cells[0].textContent));
}
const seconds = (clock) => clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
const now = () => page.$eval("#video", (video) => video.currentTime);

await check("a click on a step takes the video there, and a drag selects, wherever it ends", async () => {
  const third = seconds((await stepsOf())[2]);
  const stage = await page.$("#stage");
  await stage.evaluate((one) => one.scrollIntoView());
  const box = await stage.boundingBox();
  const duration = await page.$eval("#video", (video) => video.duration);
  const shown = await page.evaluate(async () => (await (await fetch(`/v1/${decodeURIComponent(location.hash.slice(1))}/files/footsteps.json`)).json()).video_info.duration_s);
  assert.ok(Math.abs(duration - shown) < 0.1);
  await page.mouse.click(box.x + (third / shown) * box.width, box.y + 60);
  assert.ok(Math.abs((await now()) - third) < 0.01, `${await now()} is not ${third}`);
  assert.match(await text("#said"), /^Step 3 of/);
  assert.equal(await page.$$eval("#steps tr.active", (rows) => rows.map((row) => row.rowIndex).join()), "3");
  const count = (await stepsOf()).length;
  await page.mouse.move(box.x + box.width / 2, box.y + 150);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width + 20, box.y - 40, { steps: 5 });
  await page.mouse.up();
  const selected = Number(/^\d+/.exec(await text("#selection-title"))[0]);
  assert.ok(selected > 1 && selected < count, `${selected} of ${count} selected`);
  await page.mouse.move(box.x + 10, box.y + 150);
  await page.mouse.up();
  assert.ok((await text("#selection-title")).startsWith(`${selected} steps`)); // the drag has ended out there
  await page.click("#pick-none");
});

await check("another picture goes on where the last one was, however fast they are switched", async () => {
  await page.$eval("#video", (video) => { video.currentTime = 2; });
  const isNear = ([name, from, to]) => { const video = document.querySelector("#video"); return video.readyState > 2 && video.src.endsWith(name) && video.currentTime >= from && video.currentTime <= to; };
  await page.click('label[for="picture-annotated"]');
  await page.waitForFunction(isNear, ["annotated.mp4", 1.99, 2.01]);
  await page.$eval("#video", (video) => video.play());
  for (const name of ["foley", "annotated", "foley"]) await page.click(`label[for="picture-${name}"]`);
  await page.waitForFunction(isNear, ["foley.mp4", 2, 5]);
  assert.equal(await page.$eval("#video", (video) => video.paused), false);
  await page.$eval("#video", (video) => video.pause());
});

await check("keys go step by step, select and play", async () => {
  const steps = await stepsOf();
  await page.focus("#stage");
  await page.keyboard.press("Home");
  assert.ok(Math.abs((await now()) - seconds(steps[0])) < 0.01);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  assert.match(await text("#selection-title"), /2 steps of person 1/);
  await page.keyboard.press("+");
  await page.keyboard.press("End");
  assert.ok(Math.abs((await now()) - seconds(steps.at(-1))) < 0.01);
  await page.waitForSelector("#playhead:not([hidden])"); // the timeline has turned its page
  await page.keyboard.press("Home");
  const before = await now();
  await page.keyboard.press("Space");
  await page.waitForFunction((then) => document.querySelector("#video").currentTime > then + 0.2, before);
  await page.keyboard.press("Space");
  assert.equal(await page.$eval("#video", (video) => video.paused), true);
  await page.click("#zoom-fit");
});

await check("selected steps are rendered again on another ground, and the others stay", async () => {
  await page.focus("#stage");
  for (const key of ["Home", "ArrowRight", "Shift+ArrowRight"]) await page.keyboard.press(key);
  await page.selectOption("#pick-surface", "SURFACE_GRAVEL");
  await page.selectOption("#pick-wet", "true");
  await page.click("#pick");
  assert.match(await text("#pending"), /1 correction noted/);
  await (await page.$("#timeline")).screenshot({ path: join(folder, "noted.png") });
  await page.click("#pending button.primary");
  await page.waitForFunction((name) => location.hash.includes("renders") && !location.hash.includes(name), first);
  await resultOf();
  const again = await renderName();
  const render = await (await page.request.get(`${address}/v1/${again}`)).json();
  assert.deepEqual(render.progress.filter((row) => row.reused).map((row) => row.stage), ["RENDER_STAGE_POSES", "RENDER_STAGE_FOOTSTEPS"]);
  assert.deepEqual(render.summary.unused_overrides, []);
  assert.equal(render.options.style.seed, "7");
  const contacts = (await rowsOf(again)).filter((row) => row[3] === "HEEL_STRIKE");
  assert.deepEqual(contacts.map((row) => row[9]), contacts.map((_, index) => (index === 1 || index === 2 ? "gravel" : "concrete")));
  const [then, afterwards] = [await rowsOf(first), await rowsOf(again)].map((rows) => rows.map((row) => row[4]));
  assert.deepEqual(afterwards, then);
  assert.equal(await page.$$eval("#takes a", (links) => links.length), 2);
  await page.waitForFunction(() => document.querySelector("#waveform").hidden);
  await look("again");
});

const contactsOf = async (name) => (await (await page.request.get(`${address}/v1/${name}/footsteps`)).json()).footsteps
  .map((one) => ({ id: one.footstep_id, foot: one.side, landsS: Number(one.initial_contact_offset.replace("s", "")), gait: one.gait_kind, strength: one.strength }));
const pending = () => text("#pending-words");
const toStep = async (index) => { // by keys: the first, and on from there
  await page.focus("#stage");
  await page.keyboard.press("Home");
  for (let at = 0; at < index; at += 1) await page.keyboard.press("ArrowRight");
};
async function renderAgain(last) {
  await page.click("#pending button.primary");
  await page.waitForFunction((name) => location.hash.includes("renders") && !location.hash.includes(name), last);
  const name = await renderName();
  await takeOf(name);
  return (await page.request.get(`${address}/v1/${name}`)).json();
}

let edited;
await check("steps are moved, removed and added by keys, are seen before they are heard, and are in the next take", async () => {
  const before = await renderName();
  const found = await contactsOf(before);
  await toStep(1);
  await page.keyboard.press("f");
  await page.keyboard.press("Shift+D");
  assert.match(await text("#said"), /moved 23.3 ms later/);
  assert.ok(Math.abs((await now()) - found[1].landsS - 1 / 30 + 0.01) < 0.01); // the video has gone along
  await toStep(2);
  await page.keyboard.press("Delete");
  assert.match(await text("#said"), /^Removed step/);
  assert.match(await text("#edit-remove"), /Bring back/);
  await toStep(0);
  await page.keyboard.press("n");
  assert.match(await text("#said"), /has a step here already/);
  await page.$eval("#video", (video) => { video.currentTime = 0.1; });
  await page.keyboard.press("n");
  assert.equal(await pending(), "3 changes of steps: 1 moved, 1 removed, 1 added, not heard yet.");
  await page.keyboard.press("s");
  await page.fill("#edit-strength", "80");
  await page.keyboard.press("Tab");
  await page.selectOption("#edit-gait", "scuff");
  await page.$eval("#edits-list", (list) => { list.open = true; });
  await page.waitForFunction(() => document.querySelectorAll("#edits-rows li").length === 3);
  await page.waitForFunction(() => document.querySelector("#waveform").hidden);
  await look("edited");
  const render = await renderAgain(before);
  assert.deepEqual(render.progress.filter((row) => row.reused).map((row) => row.stage), ["RENDER_STAGE_POSES", "RENDER_STAGE_FOOTSTEPS"]);
  assert.deepEqual([render.summary.unused_step_edits, render.options.style.seed, render.options.overrides.length], [[], "7", 2]); // corrections go along
  edited = render.name;
  const made = await contactsOf(edited);
  const places = new Map(made.map((one) => [one.id, one]));
  assert.ok(Math.abs(places.get(found[1].id).landsS - found[1].landsS - 1 / 30 + 0.01) < 1e-3);
  assert.equal(places.has(found[2].id), false);
  const { foot, landsS, gait, strength } = places.get("n1");
  assert.deepEqual([foot, gait, Math.round(100 * strength)], [found[0].foot, "GAIT_KIND_SCUFF", 80]); // S: the other foot than that whose turn it was
  assert.ok(Math.abs(landsS - 0.1) < 0.001);
  const others = (list) => list.filter((one) => !["n1", found[1].id, found[2].id].includes(one.id));
  assert.deepEqual(others(made), others(found));
  assert.deepEqual((await stepsOf()).map(seconds), made.map((one) => Math.round(one.landsS * 1000) / 1000));
  assert.deepEqual(await contactsOf(before), found);
  assert.equal(await isShown("#pending"), false);
  assert.match(await text('#takes a[aria-current]'), /3 steps changed/);
});

await check("changes of a take are changed, undone and brought back, with buttons alone", async () => {
  const button = (action) => page.click(`[data-edit="${action}"]`);
  await page.waitForFunction(() => /3 in this take/.test(document.querySelector("#edits-list-title").textContent));
  await page.focus("#stage");
  await page.keyboard.press("Home"); // the added one
  await button("later");
  await button("remove");
  assert.equal(await pending(), "1 change of steps: 1 removed, not heard yet.");
  await page.click('#edits-pending [data-edit="undo"]');
  assert.equal(await pending(), "1 change of steps: 1 moved, not heard yet.");
  await page.click("#edits-list-title");
  if (!(await page.$eval("#edits-list", (list) => list.open))) await page.click("#edits-list-title");
  await page.click('#edits-rows li:has-text("removed") button');
  assert.equal(await pending(), "2 changes of steps: 1 moved, 1 brought back, not heard yet.");
  await page.click("#takes a:last-of-type");
  await takeOf(first);
  assert.equal(await isShown("#pending"), false);
  await page.goBack();
  await takeOf(edited);
  assert.match(await pending(), /1 moved, 1 brought back/); // kept for whoever comes back
  await page.click("#edit-undo-all");
  assert.deepEqual([await isShown("#edit-undo"), await isShown("#pending-start")], [true, false]);
  assert.equal(await page.evaluate(() => document.activeElement.id), "stage"); // the button is gone
  await page.keyboard.press("Control+z");
  assert.match(await pending(), /2 changes/);
  await page.click("#edit-undo-all");
});

await check("a selected step is dragged along, and what the gateway says of it is told there", async () => {
  const box = await (await page.$("#stage")).boundingBox();
  await toStep(4); // the fourth that is there: the removed one is gone along too
  const [, clock] = /, (\d+:[\d.]+)/.exec(await text("#said"));
  const { durationS, y } = await page.evaluate(async () => {
    const told = await (await fetch(`/v1/${decodeURIComponent(location.hash.slice(1))}/files/footsteps.json`)).json();
    const foot = [...told.footsteps].sort((a, b) => a.initial_contact_s - b.initial_contact_s)[3].foot;
    return { durationS: told.video_info.duration_s, y: 22 + 84 + 18 + (foot === "right" ? 24 : 10) };
  });
  await page.evaluate(() => document.querySelector("#stage").scrollIntoView({ block: "center" }));
  const { x, y: top } = await (await page.$("#stage")).boundingBox();
  const from = x + (seconds(clock) / durationS) * box.width;
  await page.mouse.move(from, top + y);
  await page.mouse.down();
  await page.mouse.move(from + 30, top + y, { steps: 4 });
  await (await page.$("#timeline")).screenshot({ path: join(folder, "dragged.png") });
  await page.mouse.up();
  assert.equal(await pending(), "1 change of steps: 1 moved, not heard yet.");
  const moved = Number(/moved ([\d.]+) ms later/.exec(await text("#said"))[1]);
  assert.ok(Math.abs(moved - (30_000 * durationS) / box.width) < 2, `${moved} ms`);
  const problem = { error: { code: 400, reason: "INVALID_FIELD", message: "wrong", field_violations: [{ field: "options.step_edits.edits[3].initial_contact_offset", problem: "must be earlier" }] } };
  allowed.add(400);
  await page.route((url) => url.pathname.endsWith("/renders"), (route) => (route.request().method() === "POST" ? route.fulfill({ status: 400, json: problem }) : route.continue()));
  await page.click("#pending button.primary");
  await page.waitForSelector("#edits-problem:not([hidden])");
  await page.unrouteAll();
  allowed.clear();
  assert.match(await text("#edits-problem"), /^0:.*person 1.*: must be earlier\.$/);
  await page.click('#edits-pending [data-edit="undo"]');
  assert.equal(await isShown("#edits-problem"), false);
});

await check("takes, back and forth, and one that comes too late", async () => {
  const again = await renderName();
  await page.click("#takes a:last-of-type");
  await takeOf(first);
  await page.goBack();
  await takeOf(again);
  await page.waitForSelector("#corrections li");
  let come;
  const slow = new Promise((resolve) => { come = resolve; });
  await page.route((url) => url.pathname === `/v1/${first}`, async (route) => { await slow; await route.continue(); });
  await page.click("#takes a:last-of-type");
  await page.waitForFunction((name) => location.hash.includes(name), first);
  await page.goBack();
  await takeOf(again);
  await page.fill("#seed", "77");
  const late = page.waitForResponse((answer) => answer.url() === `${address}/v1/${first}`);
  come();
  await (await late).finished();
  await page.waitForTimeout(500);
  await takeOf(again);
  assert.deepEqual([await renderName(), await page.inputValue("#seed")], [again, "77"]);
  await page.unrouteAll();
});

await check("a render can be cancelled, and begun again with what was chosen", async () => {
  const origin = await renderName();
  await page.focus("#stage");
  for (const key of ["Home", "s"]) await page.keyboard.press(key);
  await page.fill("#seed", "8");
  await page.click("#start");
  await page.waitForSelector("#cancel:not([hidden])");
  await page.click("#cancel");
  await page.waitForSelector("#alert:not([hidden])", { timeout: 30_000 });
  assert.match(await text("#alert"), /cancelled/);
  assert.match(await text("#file-name"), /stored/);
  assert.equal(await page.inputValue("#seed"), "8");
  assert.equal(await page.$$eval("#corrections li", (rows) => rows.length), 1);
  assert.match(await text("#edits-note"), /^3 changes of single steps go along/);
  const cancelled = await renderName();
  await page.goBack();
  await takeOf(origin);
  assert.match(await pending(), /^1 change of steps: 1 changed/); // not heard, so not lost
  await page.goForward();
  await page.waitForFunction((name) => location.hash.includes(name), cancelled);
  await page.waitForSelector("#alert:not([hidden])", { timeout: 30_000 });
});

await check("steps alone, of a stored video", async () => {
  await openAll();
  await page.check("#footsteps-only");
  await page.click("#start");
  await resultOf();
  assert.equal(await isShown("#player"), false);
  assert.deepEqual(await page.$$eval("#stages li", (rows) => rows.map((row) => row.id)), ["RENDER_STAGE_POSES", "RENDER_STAGE_FOOTSTEPS", "RENDER_STAGE_EXPORTS"]);
  assert.ok((await stepsOf()).length > 2);
  assert.ok(await isShown("#canvas"));
  assert.ok((await contactsOf(await renderName())).some((one) => one.id === "n1")); // the changes have come along
});

await check("a take can lose every step and get others", async () => {
  const last = await renderName();
  const found = await contactsOf(last);
  await page.focus("#stage");
  for (const key of ["Home", "a", "Backspace"]) await page.keyboard.press(key);
  assert.match(await pending(), new RegExp(`${found.length} removed`));
  const none = await renderAgain(last);
  assert.equal(none.summary.footstep_count, 0);
  assert.match(await text("#summary"), /No footstep is left/);
  const all = `${found.length} in this take`; // the added one is gone for good, and the one that was away before is among them
  await page.waitForFunction((words) => document.querySelector("#edits-list-title").textContent.includes(words), all);
  await page.focus("#stage");
  await page.keyboard.press("n");
  assert.match(await pending(), /1 added/);
  await page.focus('#pending [data-edit="undo"]');
  await page.keyboard.press("Control+z");
  assert.match(await pending(), /^No change/);
  await page.keyboard.press("Control+Shift+z");
  assert.match(await pending(), /1 added/);
  assert.equal((await renderAgain(none.name)).summary.footstep_count, 1);
  assert.equal(await isShown("#edits-elsewhere"), false);
  await openAll();
  await page.fill("#people", "3");
  assert.equal(await isShown("#edits-elsewhere"), true); // they may be of other steps then
  await page.fill("#people", "");
  assert.equal(await isShown("#edits-elsewhere"), false);
  await page.click("#defaults"); // the form's: steps stay changed
  assert.equal(await isShown("#pending"), false);
  assert.match(await text("#edits-note"), /go along/);
});

await check("an address that is gone says so, and the page works on", async () => {
  allowed.add(404);
  await page.goto(`${address}/#clips/c-gone/renders/r-gone`);
  await page.waitForSelector("#alert:not([hidden])");
  allowed.clear();
  assert.match(await text("#alert"), /c-gone|r-gone/);
  assert.ok(await isShown("#intake"));
});

await check("an address that is cut in the middle of a letter is none", async () => {
  await page.goto("about:blank");
  await page.goto(`${address}/#clips%2`);
  await page.waitForSelector("#earlier:not([hidden])"); // stored videos are listed, as without an address
});

await check("no error in between", async () => assert.deepEqual(faults, []));
await stat(join(folder, `again-${SIZES[1][0]}-dark.png`));
await browser.close();
console.log(`pictures in ${folder}`);
