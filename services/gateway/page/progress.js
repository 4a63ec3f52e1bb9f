// How far a render is.

import { isFinal } from "./api.js";
import { $, element, write } from "./page.js";
import { percent, words } from "./words.js";

const STAGES = {
  RENDER_STAGE_POSES: "Finding people",
  RENDER_STAGE_FOOTSTEPS: "Finding steps",
  RENDER_STAGE_SURFACES: "Looking at the ground",
  RENDER_STAGE_SOUND: "Making the sound",
  RENDER_STAGE_VIDEO: "Making the video",
  RENDER_STAGE_EXPORTS: "Writing the files",
};
const OF_STEPS_ONLY = ["RENDER_STAGE_POSES", "RENDER_STAGE_FOOTSTEPS", "RENDER_STAGE_EXPORTS"];

let trouble = ""; // said last, and not over yet

// What a render with these options will go through, before the gateway has said so.
export function stagesOf(options) {
  return options.footsteps_only ? OF_STEPS_ONLY : Object.keys(STAGES);
}

function stageWords(stage) {
  return STAGES[stage] ?? words(stage.replace("RENDER_STAGE_", "").toLowerCase());
}

function stageRow(id, label) {
  const name = element("span", { textContent: label, id: `${id}-name` });
  const bar = element("progress", { max: 1, value: 0, "aria-labelledby": name.id });
  return element("li", { id }, name, bar, element("span", { className: "share" }));
}

function setStage(id, fraction, note = "") {
  const row = $(id);
  if (!row) return;
  row.querySelector("progress").value = fraction;
  row.querySelector(".share").textContent = note || (fraction > 0 ? percent(fraction) : "");
}

export function beginProgress({ stages, isUploading = false }) {
  trouble = "";
  $("stages").replaceChildren(...(isUploading ? [stageRow("upload", "Uploading")] : []));
  showStages(stages);
  $("cancel").hidden = !isUploading;
  $("progress-hint").hidden = isUploading;
}

// Rows of exactly these; what is shown already stays as it is.
function showStages(stages) {
  const shown = [...$("stages").children].filter((row) => row.id !== "upload");
  if (shown.map((row) => row.id).join() === stages.join()) return;
  for (const row of shown) row.remove();
  $("stages").append(...stages.map((stage) => shown.find((row) => row.id === stage) ?? stageRow(stage, stageWords(stage))));
}

export function tellUpload(share) {
  setStage("upload", share);
  if (share >= 1) say("Looking into the video …");
}

export function say(text) {
  write($("status"), text);
}

// What is wrong with the connection; "" when it works again.
export function tellTrouble(text) {
  if (text) say(text);
  else if (trouble && $("status").textContent === trouble) say("");
  trouble = text;
}

export function tell(render) {
  showStages(render.progress.map((row) => row.stage));
  for (const row of render.progress) setStage(row.stage, row.fraction, row.reused && row.fraction >= 1 ? "kept" : "");
  const current = render.progress.find((row) => row.fraction < 1);
  if (render.state === "STATE_QUEUED") say("Waiting to start …");
  else if (current) say(`${stageWords(current.stage)} …`);
  $("cancel").hidden = isFinal(render);
  $("progress-hint").hidden = false;
}
