// What the page shows when: the form, a render at work, or its result. The address names the render (`#clips/…/renders/…`),
// so that a page that is opened again shows it again.

import { ApiError, call, cancelRender, clipOf, createRender, getResource, isFinal, upload, watch } from "./api.js";
import { carryEdits, editsHeard, editsSent, isEdited, leaveTake, originOfEdits } from "./editing.js";
import { calmForm, readForm, resetForm, showViolations, writeForm, wrongNumbers } from "./form.js";
import { showLibrary } from "./library.js";
import { $, fillLists, show } from "./page.js";
import { wirePacks } from "./packs.js";
import { beginProgress, say, stagesOf, tell, tellTrouble, tellUpload } from "./progress.js";
import { clearResult, present } from "./result.js";
import { Visits } from "./visits.js";
import { bytes } from "./words.js";

const RENDER_NAME = /^clips\/[A-Za-z0-9_-]+\/renders\/[A-Za-z0-9_-]+$/;
const VIEWS = {
  form: ["intake", "form"],
  progress: ["progress"],
  result: ["result", "form", "files", "table"],
};
const PARTS = [...new Set(Object.values(VIEWS).flat())];

const visits = new Visits(); // of a render or a video: what comes for one that was left is thrown away
let clip = null; // the stored video that is rendered next, instead of a file
let shown = null; // the render on the page
let presented = ""; // the render whose result and options are all on the page
let opened = null; // the render that the address names, "" for none: one change of the address may be told twice
let stopWatching = () => {};
let uploading = null; // an AbortController while a file is sent
let isSending = false;
let isComing = false; // another take is on its way: what the form has is of the one before

function view(name) {
  show(VIEWS[name], PARTS);
  tellComing(false);
  if (name !== "result") presented = "";
  const isAgain = name === "result";
  $("form-title").textContent = isAgain ? "Correct and render again" : "How it shall sound";
  $("form-hint").hidden = !isAgain;
  $("start").textContent = isAgain ? "Render again" : "Make the footsteps sound";
}

// Nothing is begun while it is not clear with what.
function tellStart() {
  for (const id of ["start", "pending-start"]) $(id).disabled = isSending || isComing;
}

function tellComing(isOnItsWay) {
  isComing = isOnItsWay;
  tellStart();
}

// Errors

function complain(error) {
  calm();
  const isOurs = error instanceof ApiError;
  const left = isOurs && error.violations.length ? showViolations(error.violations) : null;
  const parts = [];
  if (!isOurs) parts.push(error.name === "Error" ? error.message : `Something went wrong on this page: ${error.message ?? error}`);
  else if (left) parts.push(left.length ? left.join(" ") : "Something is not as it must be; it is said beside it.");
  else parts.push(error.message);
  if (isOurs && error.reason === "INTERNAL" && error.requestId) parts.push(`Request id: ${error.requestId}`);
  $("alert").textContent = parts.join(" ");
  $("alert").hidden = false;
  if (!left || left.length) $("alert").scrollIntoView({ block: "nearest" });
}

function calm() {
  $("alert").hidden = true;
  $("alert").textContent = "";
  calmForm();
}

// Renders

async function onRender(render, isWanted) {
  if (!isWanted()) return;
  shown = render;
  tell(render);
  if (!isFinal(render)) return;
  stopWatching();
  if (render.state === "STATE_SUCCEEDED") {
    editsHeard(render.name);
    presented = "";
    const trouble = await present(render).catch((error) => error);
    if (!isWanted()) return;
    writeForm(render.options);
    view("result"); // not before: what is shown is never that of the last one
    presented = trouble ? "" : render.name;
    $("result-title").focus({ preventScroll: true });
    if (trouble) throw trouble;
    return;
  }
  const stored = await getResource(clipOf(render.name));
  if (!isWanted()) return;
  chooseStored(stored);
  writeForm(render.options);
  carryEdits(render);
  const why = render.state === "STATE_FAILED" ? `${render.error_message} (${render.error_reason}).` : "The render was cancelled.";
  complain(new ApiError(`${why} Starting it again keeps what was done.`));
}

function follow(render, isWanted) {
  stopWatching();
  shown = render;
  opened = render.name;
  clip = { name: clipOf(render.name) };
  if (addressed() !== render.name) history.pushState(null, "", `#${render.name}`);
  const complainHere = (error) => { if (isWanted()) complain(error); };
  const told = async (changed) => onRender(isFinal(changed) ? await getResource(render.name) : changed, isWanted); // what is watched lacks the changes of steps
  stopWatching = watch(render.name, (changed) => told(changed).catch(complainHere), tellTrouble);
}

async function start() {
  const [file] = $("file").files;
  const options = readForm();
  calm();
  const wrong = wrongNumbers();
  if (wrong.length) {
    complain(new ApiError("", "", "", wrong));
    return;
  }
  if (!clip && !file) {
    complain(new Error("Choose a video first."));
    $("file").focus();
    return;
  }
  const origin = originOfEdits();
  const back = shown?.state === "STATE_SUCCEEDED" && clip ? "result" : "form";
  const isWanted = stay();
  beginProgress({ stages: stagesOf(options), isUploading: !clip });
  say(clip ? "Asking for the render …" : "Uploading …");
  isSending = true;
  tellStart();
  try {
    let stored = clip;
    if (!stored) {
      view("progress");
      uploading = new AbortController();
      stored = await upload(file, (share) => { if (isWanted()) tellUpload(share); }, uploading.signal);
      uploading = null;
      if (isWanted()) {
        clip = stored;
        tellUpload(1);
      }
    }
    const render = await createRender(stored.name, options); // asked for is asked for, also when somebody looks at another one by now
    editsSent(render.name, origin);
    if (!isWanted()) return;
    clearResult();
    view("progress");
    $("progress-title").focus({ preventScroll: true });
    tell(render);
    follow(render, isWanted);
  } catch (error) {
    if (isWanted()) view(back);
    if (error.name !== "AbortError") complain(error); // else it is as somebody wanted it
  } finally {
    uploading = null;
    isSending = false;
    tellStart();
  }
}

// What is rendered

function tellFile() {
  const [file] = $("file").files;
  if (file) $("file-name").textContent = `${file.name} (${bytes(file.size)})`;
  else $("file-name").textContent = clip?.display_name ? `${clip.display_name} (stored)` : "";
}

// Something is done here: a render that is still on its way is not wanted any more, and the address is that of what is shown.
function stay() {
  const name = shown?.name ?? "";
  if (opened !== name) history.replaceState(null, "", name ? `#${name}` : location.pathname);
  opened = name;
  tellComing(false);
  return visits.begin();
}

// To another video than that of the address.
function leave() {
  visits.begin();
  tellComing(false);
  stopWatching();
  leaveTake();
  if (location.hash) history.pushState(null, "", location.pathname);
  opened = "";
  shown = null;
  calm();
}

function chooseFile(files) {
  if (files?.length) {
    const one = new DataTransfer();
    one.items.add(files[0]);
    $("file").files = one.files;
  }
  leave();
  clip = null;
  tellFile();
}

function chooseStored(stored) {
  clip = stored;
  $("file").value = "";
  tellFile();
  view("form");
  refreshLibrary();
}

function refreshLibrary() {
  const handlers = {
    onOpen: (name) => { if (name === opened) opened = null; location.hash = name; restore(); },
    onChoose: (stored) => { leave(); chooseStored(stored); $("start").focus(); },
    visit: stay,
    calm,
    complain,
  };
  showLibrary(handlers).catch(() => { $("earlier").hidden = true; }); // the page works without
}

function begin() {
  visits.begin();
  stopWatching();
  clearResult();
  clip = shown = null;
  opened = "";
  $("file").value = "";
  tellFile();
  calm();
  view("form");
  refreshLibrary();
}

// What the address names; as it stands where somebody has cut it in the middle of a letter.
function addressed() {
  const name = location.hash.slice(1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

// The address: opened, reloaded, gone back to, or a take that was clicked.
async function restore() {
  const name = addressed();
  if (name === opened) return;
  if (!RENDER_NAME.test(name)) { begin(); return; }
  const isWanted = visits.begin();
  opened = name;
  stopWatching();
  calm();
  tellComing(name !== presented);
  if (name === presented) return; // back before another one had come: what was chosen in the form stays
  try {
    const render = await call(`/v1/${name}`);
    if (!isWanted()) return;
    clip = { name: clipOf(render.name) };
    if (isFinal(render)) await onRender(render, isWanted);
    else {
      clearResult();
      beginProgress({ stages: render.progress.map((row) => row.stage) });
      view("progress");
      tell(render);
      follow(render, isWanted);
    }
  } catch (error) {
    if (!isWanted()) return;
    history.replaceState(null, "", location.pathname);
    begin();
    complain(error);
  }
}

fillLists(document);
$("skip").addEventListener("click", (event) => { event.preventDefault(); $("main").focus(); }); // the address stays the render's
wirePacks(complain, calm);
$("file").addEventListener("change", () => chooseFile(null));
const drop = $("drop");
for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.remove("over"); });
drop.addEventListener("drop", (event) => chooseFile(event.dataTransfer.files));
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
$("form").addEventListener("submit", (event) => { event.preventDefault(); start(); });
$("defaults").addEventListener("click", () => { calm(); resetForm(); });
$("cancel").addEventListener("click", () => {
  calm();
  if (uploading) uploading.abort();
  else if (shown) cancelRender(shown.name).catch(complain);
});
$("another").addEventListener("click", () => { leave(); begin(); $("file").focus(); });
window.addEventListener("hashchange", restore);
window.addEventListener("popstate", restore);
window.addEventListener("beforeunload", (event) => { if (uploading || isEdited()) event.preventDefault(); }); // nothing else that takes long is lost by leaving
restore();
