// Drives the page as somebody would, in Chromium: upload, options, errors, progress, timeline by mouse and keys, a correction that
// is rendered again, downloads, reload, cancel; looks for accessibility faults with axe; keeps pictures. Run by page.py.
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
  await page.fill("#seed", "8");
  await page.click("#start");
  await page.waitForSelector("#cancel:not([hidden])");
  await page.click("#cancel");
  await page.waitForSelector("#alert:not([hidden])", { timeout: 30_000 });
  assert.match(await text("#alert"), /cancelled/);
  assert.match(await text("#file-name"), /stored/);
  assert.equal(await page.inputValue("#seed"), "8");
  assert.equal(await page.$$eval("#corrections li", (rows) => rows.length), 1);
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
});

await check("an address that is gone says so, and the page works on", async () => {
  allowed.add(404);
  await page.goto(`${address}/#clips/c-gone/renders/r-gone`);
  await page.waitForSelector("#alert:not([hidden])");
  allowed.clear();
  assert.match(await text("#alert"), /c-gone|r-gone/);
  assert.ok(await isShown("#intake"));
});

await check("no error in between", async () => assert.deepEqual(faults, []));
await stat(join(folder, `again-${SIZES[1][0]}-dark.png`));
await browser.close();
console.log(`pictures in ${folder}`);
