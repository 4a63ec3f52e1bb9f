// A finished render on the page: video, timeline, figures, takes, downloads and the table of steps.

import { call, clipOf, fileUrl, getResource, listFootsteps, listRenders, open } from "./api.js";
import { addCorrections, onCorrections } from "./corrections.js";
import { downloadsOf } from "./downloads.js";
import { beginEdits, edit, leaveTake, moveSelected, tellFound, tellSelected, wireEditing } from "./editing.js";
import { figuresOf, notesOf, summaryText, takeWords } from "./figures.js";
import { rowOf, rowText, spansOf, what } from "./overrides.js";
import { $, element, write } from "./page.js";
import { peaksOf } from "./peaks.js";
import { Picture } from "./picture.js";
import { groundAt, groundWords, sceneOf, sceneOfList, stepsOfList } from "./steps.js";
import { foundSteps, remember, withEdits } from "./takes.js";
import { timecodeAt } from "./timecode.js";
import { Timeline } from "./timeline.js";
import { NUDGED_INTO_FRAME_S, lastAt } from "./view.js";
import { bytes, clock, count, percent, words } from "./words.js";

const DRAWN_UNASKED_BYTES = 256e6; // 15 minutes of 48 kHz stereo: read at once on the same machine, too much over a slow line
const VIDEO = "foley.mp4";

const video = $("video");
const picture = new Picture(video, tellTime);
let render = null;
let scene = null;
let marked = -1; // row of the table for the step that sounded last
let noted = ""; // corrections that are not heard yet, in words
let changedSteps = ""; // the same of changes of steps
let canGoBack = false; // something of those can be undone or redone, also when none is left
let reading = null; // of the sound, so that it ends when another render is shown
const timeline = new Timeline(
  { stage: $("stage"), canvas: $("canvas"), playhead: $("playhead"), scroll: $("scroll"), said: $("said") },
  picture,
  { onSeek: seek, onSelect: tellSelection, onPlay: () => picture.toggle(), onEdit: edit, onMove: moveSelected },
);

export async function present(finished) {
  clearResult();
  render = finished;
  remember(render);
  const names = render.files.map((file) => file.file_name);
  const clip = await getResource(clipOf(finished.name));
  const found = names.includes("footsteps.json")
    ? sceneOf(await call(fileUrl(finished.name, "footsteps.json")))
    : sceneOfList(await listFootsteps(finished.name), clip.video);
  const { display_name: clipName } = clip;
  if (render !== finished) return; // another one was opened meanwhile
  scene = found;
  $("result-title").textContent = clipName;
  document.title = `${clipName} – Foley Studio`;
  $("summary").textContent = summaryText(render, scene);
  presentVideo(names);
  presentSteps();
  presentFigures();
  presentDownloads();
  presentTakes().catch(() => { if (render === finished) $("takes").hidden = true; });
  if (scene.steps.length && names.includes("foley.wav")) offerOutline();
}

// Before the next one: nothing of this one goes on playing or loading.
export function clearResult() {
  reading?.abort();
  reading = null;
  render = scene = null;
  leaveTake();
  timeline.clear();
  document.title = "Foley Studio";
  picture.clear();
  for (const id of ["summary", "figures", "notes", "file-groups", "steps", "takes"]) $(id).replaceChildren();
  $("said").textContent = "";
  $("selection").hidden = $("pending").hidden = $("edits-list").hidden = true;
  noted = changedSteps = "";
  canGoBack = false;
}

function presentVideo(names) {
  $("player").hidden = !names.includes(VIDEO);
  if (!names.includes(VIDEO)) return;
  $("picture-foley").checked = true;
  $("video-note").hidden = true;
  for (const id of ["picture-foley", "picture-annotated"]) $(id).disabled = !names.includes($(id).value);
  picture.show(fileUrl(render.name, VIDEO));
  if (names.includes("footsteps.vtt")) video.append(element("track", { kind: "captions", label: "Footsteps", srclang: "en", src: fileUrl(render.name, "footsteps.vtt") }));
  tellTime();
}

// The picture is copied, not re-encoded, so it may be one that this browser does not know (HEVC, for one).
function tellUnplayable() {
  if (!render || !video.hasAttribute("src")) return;
  const isPlain = $("picture-foley").checked;
  $("video-note").textContent = `This browser cannot show this picture: download it for a player that can${isPlain ? ", or look at the annotated one" : ""}.`;
  $("video-note").hidden = false;
}

function presentSteps() {
  $("table").hidden = scene.steps.length === 0;
  $("timeline").hidden = false;
  timeline.show(scene); // also without a step: some can be added
  beginEdits(render, scene);
  $("legend").replaceChildren(...["left", "right"].map((foot) => element("span", { className: foot, textContent: words(foot) })), element("span", { className: "guess", textContent: "Guess" }));
  $("steps").replaceChildren();
  fillTable();
}

// Once somebody opens it: a feature film has ten thousand steps.
function fillTable() {
  if (!$("table-open").open || $("steps").rows.length) return;
  $("steps").replaceChildren(...scene.steps.map(stepRow));
  marked = -1;
  tellTime();
}

function stepRow(step) {
  const go = element("button", { type: "button", textContent: clock(step.landsS), "aria-label": `Go to ${clock(step.landsS)}, ${step.foot} foot of person ${step.trackId}` });
  const ground = groundAt(scene.people.find((one) => one.trackId === step.trackId), step.landsS);
  const cells = [
    step.leavesS === null ? "–" : clock(step.leavesS), step.timecode, words(step.foot), step.trackId, ground ? words(groundWords(ground)) : words(step.ground),
    words(step.footwear), words(step.gait), percent(step.strength), percent(step.confidence),
  ];
  const row = element("tr", {}, element("td", {}, go), ...cells.map((text) => element("td", { textContent: text })));
  row.addEventListener("click", () => {
    timeline.select(new Set([step.id]), step.id);
    const now = timeline.state.scene.steps.find((one) => one.id === step.id); // with what was changed since
    timeline.say(now);
    seek(now.landsS);
  });
  return row;
}

function presentFigures() {
  $("figures").replaceChildren(...figuresOf(render, scene).map(({ name, value, note }) => element(
    "div", {}, element("dt", { textContent: name }), element("dd", {}, element("strong", { textContent: value }), note ? element("small", { textContent: note }) : null),
  )));
  const notes = notesOf(render, scene);
  $("notes").hidden = notes.length === 0;
  $("notes").replaceChildren(...notes.map(({ isWarning, text }) => element(
    "li", { className: isWarning ? "warning" : "" }, element("strong", { textContent: isWarning ? "Mind: " : "Note: " }), text,
  )));
}

function presentDownloads() {
  const groups = downloadsOf(render.files).map(([group, files]) => {
    const list = element("ul", { className: "files" }, ...files.map(fileRow));
    const isLong = group === "Broadcast wave";
    return isLong
      ? element("details", { className: "plain" }, element("summary", { textContent: `${group} (${files.length})` }), list)
      : element("section", {}, element("h3", { textContent: group }), list);
  });
  $("file-groups").replaceChildren(...groups);
}

function fileRow({ name, about, sizeBytes, isSound }) {
  const { name: renderName } = render;
  const link = element("a", { href: `${fileUrl(renderName, name)}?download=true`, textContent: name, download: "" });
  const item = element("li", {}, link, element("span", { className: "about", textContent: about }), element("span", { className: "size", textContent: bytes(sizeBytes) }));
  if (isSound) {
    const listen = element("button", { type: "button", textContent: "Listen", "aria-label": `Listen to ${name}` });
    listen.addEventListener("click", () => {
      const player = element("audio", { controls: true, src: fileUrl(renderName, name) });
      listen.replaceWith(player);
      player.focus();
      player.play().catch(() => {});
    });
    item.append(listen);
  }
  return item;
}

// Other renders of the same video, so that two takes can be compared.
async function presentTakes() {
  const shown = render;
  const all = await listRenders(clipOf(render.name));
  if (render !== shown) return;
  const takes = $("takes");
  takes.hidden = all.length < 2;
  fillTakes(all);
  const known = await withEdits(all);
  if (render !== shown) return;
  if (known.some((one) => one.options.step_edits)) fillTakes(known);
  if (render.options.step_edits) presentFound(known).catch(() => {}); // the steps that are away are listed, and not drawn
}

// Where steps were that this take has taken away.
async function presentFound(takes) {
  const { name } = render;
  const found = await foundSteps(render, takes);
  if (found) tellFound(name, stepsOfList(found));
}

function fillTakes(all) {
  $("takes").replaceChildren(element("span", { textContent: "Takes" }), ...all.map((one, index) => {
    const time = new Date(one.create_time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const link = element("a", { href: `#${one.name}`, textContent: `${all.length - index} · ${time}`, title: takeWords(one) });
    link.append(element("small", { textContent: takeWords(one) }));
    if (one.name === render.name) link.setAttribute("aria-current", "true");
    return link;
  }));
}

// The outline of foley.wav under the contacts

function offerOutline() {
  const file = render.files.find((one) => one.file_name === "foley.wav").file;
  const size = Number(file.size_bytes);
  $("waveform-draw").hidden = size <= DRAWN_UNASKED_BYTES;
  if (size <= DRAWN_UNASKED_BYTES) drawOutline();
  else tellOutline(`The outline of foley.wav takes ${bytes(size)} to read.`);
}

async function drawOutline() {
  const shown = render;
  reading = new AbortController();
  $("waveform-draw").hidden = true;
  tellOutline("Drawing the outline of foley.wav …");
  try {
    const answer = await open(fileUrl(render.name, "foley.wav"), { signal: reading.signal });
    const peaks = await peaksOf(answer.body);
    if (render !== shown) return;
    timeline.setPeaks(peaks);
    tellOutline("");
  } catch (error) {
    if (render === shown && error.name !== "AbortError") tellOutline(`The outline cannot be drawn: ${error.message}`);
  }
}

function tellOutline(text) {
  $("waveform").hidden = text === "";
  $("waveform").firstElementChild.textContent = text;
}

// Time

function seek(timeS) {
  picture.seek(Math.max(0, timeS + NUDGED_INTO_FRAME_S));
}

// Told at every frame of the screen while the video plays: only what changes is touched.
function tellTime() {
  if (!scene) return;
  const { currentTime } = picture;
  write($("clock"), `${timecodeAt(currentTime, scene.timecodeRate, scene.startTimecode)} · ${clock(currentTime)}`);
  timeline.follow();
  if ($("steps").rows.length) markRow(lastAt(scene.steps, currentTime + NUDGED_INTO_FRAME_S));
}

function markRow(index) {
  if (index === marked) return;
  const { rows } = $("steps");
  rows[marked]?.classList.remove("active");
  rows[index]?.classList.add("active");
  marked = index;
}

function switchPicture(name) {
  if (!render) return;
  $("video-note").hidden = true;
  picture.switchTo(fileUrl(render.name, name));
}

// Corrections

function tellSelection(ids) {
  $("selection").hidden = ids.size === 0;
  if (!ids.size) return;
  tellSelected(ids);
  const people = [...new Set(timeline.state.scene.steps.filter((step) => ids.has(step.id)).map((step) => step.trackId))].sort((a, b) => a - b);
  $("selection-title").textContent = `${count(ids.size, "step")} of ${people.map((id) => `person ${id}`).join(", ")} selected:`;
}

function noteCorrection() {
  const said = { surface: $("pick-surface").value, wet: $("pick-wet").value, footwear: $("pick-footwear").value };
  if (!said.surface && !said.wet && !said.footwear) { $("pick-surface").focus(); return; }
  const standing = timeline.state.scene.steps.filter((step) => !step.isRemoved);
  addCorrections(spansOf(timeline.state.selected, standing).map(({ trackId, startS, endS }) => ({ trackId, startS, endS, ...said })));
  for (const id of ["pick-surface", "pick-wet", "pick-footwear"]) $(id).value = "";
  timeline.select(new Set());
  $("stage").focus(); // there may be more to correct; what is noted is said beside a button that renders it
}

// What is noted and was not rendered yet is drawn over the grounds.
onCorrections((rows) => {
  if (!render) return;
  const rendered = new Set((render.options.overrides ?? []).map((override) => rowText(rowOf(override))));
  const pending = rows.filter((row) => what(row) && !rendered.has(rowText(row)));
  timeline.setPending(pending.map((row) => ({ row, words: what(row) })));
  noted = pending.length ? `${count(pending.length, "correction")} noted` : "";
  $("pending-form").hidden = pending.length === 0;
  tellPending();
});

// Both go into the same next take.
function tellPending() {
  const said = [changedSteps, noted].filter(Boolean).join("; ");
  $("pending").hidden = said === "" && !canGoBack;
  $("pending-start").hidden = said === "";
  write($("pending-words"), said ? `${said}, not heard yet.` : canGoBack ? "No change that is not heard yet." : "");
}

wireEditing(timeline, picture, (words, isThere) => {
  changedSteps = words;
  canGoBack = isThere;
  tellPending();
});

$("table-open").addEventListener("toggle", () => scene && fillTable());
$("pick").addEventListener("click", noteCorrection);
$("pending-form").addEventListener("click", () => {
  $("corrections-group").scrollIntoView({ block: "start" });
  $("corrections-group").querySelector("summary").focus({ preventScroll: true });
});
$("pick-none").addEventListener("click", () => timeline.select(new Set()));
$("waveform-draw").addEventListener("click", drawOutline);
$("zoom-in").addEventListener("click", () => timeline.zoom(0.5));
$("zoom-out").addEventListener("click", () => timeline.zoom(2));
$("zoom-fit").addEventListener("click", () => timeline.fit());
for (const id of ["picture-foley", "picture-annotated"]) $(id).addEventListener("change", (event) => switchPicture(event.target.value));
video.addEventListener("error", tellUnplayable);
video.addEventListener("loadeddata", () => { $("video-note").hidden = true; });
