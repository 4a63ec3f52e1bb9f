import { ApiError, call, cancelRender, createRender, isFinal, upload, watch } from "./api.js";
import { stepsOf } from "./steps.js";

const SURFACES = ["concrete", "asphalt", "tile", "stone", "wood", "metal", "carpet", "grass", "dirt", "gravel", "sand", "snow", "leaves", "water", "mud", "ice"];
const FOOTWEAR = ["barefoot", "sneaker", "dress_shoe", "high_heel", "boot", "sandal", "socks", "flat"];
const STAGES = {
  RENDER_STAGE_POSES: "Finding people",
  RENDER_STAGE_FOOTSTEPS: "Finding steps",
  RENDER_STAGE_SURFACES: "Looking at the ground",
  RENDER_STAGE_SOUND: "Making the sound",
  RENDER_STAGE_VIDEO: "Making the video",
  RENDER_STAGE_EXPORTS: "Writing the files",
};
const RENDER_NAME = /^clips\/[A-Za-z0-9_-]+\/renders\/[A-Za-z0-9_-]+$/;

const $ = (id) => document.getElementById(id);
let shown = null; // the render on the page
let stopWatching = () => {};
let steps = [];

function words(text) {
  const plain = text.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function fill(select, values, prefix) {
  select.replaceChildren(new Option("As seen", ""), ...values.map((value) => new Option(words(value), `${prefix}_${value.toUpperCase()}`)));
}

function complain(error) {
  const alert = $("alert");
  const known = error instanceof ApiError;
  alert.textContent = known ? error.message : `Something went wrong on this page: ${error.message ?? error}`;
  if (known && error.requestId && error.reason === "INTERNAL") alert.textContent += ` Request id: ${error.requestId}`;
  alert.hidden = alert.textContent === "";
  if (!alert.hidden) alert.scrollIntoView({ block: "nearest" });
}

function calm() {
  $("alert").hidden = true;
  $("alert").textContent = "";
}

function show(...ids) {
  for (const id of ["form", "progress", "result"]) $(id).hidden = !ids.includes(id);
}

function options() {
  const surface = $("surface").value;
  const footwear = $("footwear").value;
  const override = { ...(surface && { surface }), ...(footwear && { footwear }) };
  return {
    sensitivity: $("sensitivity").value,
    overrides: surface || footwear ? [override] : [],
    style: { seed: String(Math.trunc(Number($("seed").value)) || 0), original_sound: $("original").value },
  };
}

// Progress

function stageRow(id, label) {
  const row = element("li", { id });
  const name = element("span", { textContent: label, id: `${id}-name` });
  const bar = element("progress", { max: 1, value: 0 });
  bar.setAttribute("aria-labelledby", name.id);
  row.append(name, bar, element("span", { className: "share", textContent: "" }));
  return row;
}

function setStage(id, fraction, note = "") {
  const row = $(id);
  if (!row) return;
  row.querySelector("progress").value = fraction;
  row.querySelector(".share").textContent = note || (fraction > 0 ? `${Math.round(fraction * 100)} %` : "");
}

function beginProgress(stages, uploading) {
  const rows = Object.entries(STAGES).filter(([stage]) => stages.includes(stage)).map(([stage, label]) => stageRow(stage, label));
  $("stages").replaceChildren(...(uploading ? [stageRow("upload", "Uploading")] : []), ...rows);
  $("cancel").hidden = true;
  show("progress");
}

function say(text) {
  if ($("status").textContent !== text) $("status").textContent = text;
}

function tell(render) {
  for (const row of render.progress) setStage(row.stage, row.fraction, row.reused && row.fraction >= 1 ? "done before" : "");
  const current = render.progress.find((row) => row.fraction < 1);
  if (render.state === "STATE_QUEUED") say("Waiting to start …");
  else if (current) say(`${STAGES[current.stage]} …`);
  $("cancel").hidden = isFinal(render);
}

async function onRender(render) {
  shown = render;
  tell(render);
  if (!isFinal(render)) return;
  stopWatching();
  if (render.state === "STATE_SUCCEEDED") await present(render);
  else if (render.state === "STATE_FAILED") {
    show("form");
    complain(new ApiError(`${render.error_message} (${render.error_reason})`, render.error_reason, ""));
  } else {
    show("form");
    complain(new ApiError("The render was cancelled.", "", ""));
  }
}

function follow(render) {
  history.replaceState(null, "", `#${render.name}`);
  stopWatching();
  stopWatching = watch(render.name, (changed) => onRender(changed).catch(complain), (trouble) => trouble && say(trouble));
}

async function start(file) {
  calm();
  beginProgress(Object.keys(STAGES), true);
  say("Uploading …");
  $("start").disabled = true;
  try {
    const clip = await upload(file, (share) => {
      setStage("upload", share);
      if (share >= 1) say("Looking into the video …");
    });
    setStage("upload", 1);
    const render = await createRender(clip.name, options());
    tell(render);
    follow(render);
  } catch (error) {
    show("form");
    complain(error);
  } finally {
    $("start").disabled = false;
  }
}

// Result

function fileUrl(render, name) {
  return `/v1/${render.name}/files/${encodeURIComponent(name)}`;
}

function bytes(size) {
  const units = ["B", "kB", "MB", "GB"];
  let value = Number(size);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - minutes * 60).toFixed(3).padStart(6, "0")}`;
}

function summaryText(render) {
  const { footstep_count: count, walker_count: people, loudness, sync } = render.summary;
  if (!count) return "No footsteps were found. The video is as it was.";
  const parts = [`${count} ${count === 1 ? "footstep" : "footsteps"} by ${people} ${people === 1 ? "person" : "people"}`];
  if (loudness && !loudness.silent) parts.push(`${loudness.integrated_lufs.toFixed(1)} LUFS, true peak ${loudness.true_peak_dbtp.toFixed(1)} dBTP`);
  if (loudness?.silent) parts.push("the sound is silent");
  if (sync) parts.push(`sound ${Math.abs(sync.delivered_offset_ms).toFixed(2)} ms off the picture`);
  return `${parts.join(" · ")}.`;
}

function seek(step) {
  $("video").currentTime = Math.max(0, step.landsS);
}

function stepRow(step) {
  const go = element("button", { type: "button", textContent: clock(step.landsS) });
  go.setAttribute("aria-label", `Go to ${clock(step.landsS)}, ${step.foot.toLowerCase()} foot`);
  const cells = [step.leavesS === null ? "–" : clock(step.leavesS), words(step.foot.toLowerCase()), step.track_id, words(step.surface ?? ""), words(step.footwear ?? ""), `${Math.round(Number(step.confidence) * 100)} %`];
  const row = element("tr", {}, element("td", {}, go), ...cells.map((text) => element("td", { textContent: text })));
  row.addEventListener("click", () => seek(step));
  return row;
}

async function present(render) {
  const names = render.files.map((file) => file.file_name);
  $("summary").textContent = summaryText(render);
  $("player").hidden = !names.includes("foley.mp4");
  $("picture-foley").checked = true;
  if (names.includes("foley.mp4")) $("video").src = fileUrl(render, "foley.mp4");
  $("files").replaceChildren(
    ...render.files.map(({ file_name: name, file }) => element("li", {}, element("a", { href: `${fileUrl(render, name)}?download=true`, textContent: name, download: "" }), element("span", { textContent: bytes(file.size_bytes) }))),
  );
  show("result");
  $("result-title").focus();
  steps = names.includes("footsteps.csv") ? stepsOf(await call(fileUrl(render, "footsteps.csv"))) : [];
  $("steps").replaceChildren(...(steps.length ? steps.map(stepRow) : [element("tr", {}, element("td", { colSpan: 7, textContent: "None" }))]));
}

function switchPicture(name) {
  const video = $("video");
  const { currentTime, paused } = video;
  video.src = fileUrl(shown, name);
  video.addEventListener("loadedmetadata", () => {
    video.currentTime = currentTime;
    if (!paused) video.play().catch(() => {});
  }, { once: true });
}

function markStep() {
  const now = $("video").currentTime + 0.02; // a seek may land just before the frame
  let active = -1;
  steps.forEach((step, index) => { if (step.landsS <= now) active = index; });
  [...$("steps").rows].forEach((row, index) => row.classList.toggle("active", index === active && steps.length > 0));
}

// Wiring

function choose(files) {
  const input = $("file");
  if (files?.length) {
    const one = new DataTransfer();
    one.items.add(files[0]);
    input.files = one.files;
  }
  $("file-name").textContent = input.files.length ? `${input.files[0].name} (${bytes(input.files[0].size)})` : "";
  calm();
}

async function restore() {
  const name = decodeURIComponent(location.hash.slice(1));
  if (!RENDER_NAME.test(name)) return;
  try {
    const render = await call(`/v1/${name}`);
    beginProgress(render.progress.map((row) => row.stage), false);
    if (isFinal(render)) await onRender(render);
    else { tell(render); follow(render); }
  } catch (error) {
    history.replaceState(null, "", location.pathname);
    show("form");
    complain(error);
  }
}

fill($("surface"), SURFACES, "SURFACE");
fill($("footwear"), FOOTWEAR, "FOOTWEAR");
$("file").addEventListener("change", () => choose(null));
const drop = $("drop");
for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.remove("over"); });
drop.addEventListener("drop", (event) => choose(event.dataTransfer.files));
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const [file] = $("file").files;
  if (file) start(file);
});
$("cancel").addEventListener("click", () => { if (shown) cancelRender(shown.name).catch(complain); });
for (const id of ["picture-foley", "picture-annotated"]) $(id).addEventListener("change", (event) => switchPicture(event.target.value));
$("video").addEventListener("timeupdate", markStep);
$("again").addEventListener("click", () => {
  stopWatching();
  $("video").removeAttribute("src");
  $("video").load();
  history.replaceState(null, "", location.pathname);
  calm();
  show("form");
  $("file").focus();
});
restore();
