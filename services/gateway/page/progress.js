// How far a render is.

import { isFinal } from "./api.js";
import { $, element } from "./page.js";
import { percent } from "./words.js";

const STAGES = {
  RENDER_STAGE_POSES: "Finding people",
  RENDER_STAGE_FOOTSTEPS: "Finding steps",
  RENDER_STAGE_SURFACES: "Looking at the ground",
  RENDER_STAGE_SOUND: "Making the sound",
  RENDER_STAGE_VIDEO: "Making the video",
  RENDER_STAGE_EXPORTS: "Writing the files",
};
const ALL = Object.keys(STAGES);

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

export function beginProgress({ stages = ALL, isUploading = false }) {
  const rows = ALL.filter((stage) => stages.includes(stage)).map((stage) => stageRow(stage, STAGES[stage]));
  $("stages").replaceChildren(...(isUploading ? [stageRow("upload", "Uploading")] : []), ...rows);
  $("cancel").hidden = true;
  $("progress-hint").hidden = isUploading;
}

export function tellUpload(share) {
  setStage("upload", share);
  if (share >= 1) say("Looking into the video …");
}

// Only what is new is written: everything written here is read out.
export function say(text) {
  if ($("status").textContent !== text) $("status").textContent = text;
}

export function tell(render) {
  for (const row of render.progress) setStage(row.stage, row.fraction, row.reused && row.fraction >= 1 ? "kept" : "");
  const current = render.progress.find((row) => row.fraction < 1);
  if (render.state === "STATE_QUEUED") say("Waiting to start …");
  else if (current) say(`${STAGES[current.stage]} …`);
  $("cancel").hidden = isFinal(render);
  $("progress-hint").hidden = false;
}
