// A finished render in figures and in words. No page in here.

import { UNSURE, hasSteps } from "./steps.js";
import { editOf, wordsOf } from "./edits.js";
import { rowOf, rowText } from "./overrides.js";
import { count, groundName, listed, percent, signed, words } from "./words.js";

const AUDIBLE_MS = 1; // of a shift of the whole sound: a tenth of what ears tell, and ten times what delivery takes
const MOST_UNUSED = 3; // changes that are told one by one: of another detection there may be hundreds
const HARD_LIMITING_DB = 3; // from where a limiter is heard on steps

export function summaryText({ options, summary }, scene) {
  const { footstep_count: steps, walker_count: people } = summary;
  if (!steps) return `${options.step_edits ? "No footstep is left" : "No footsteps were found"}. The video is as it was.`;
  const unsure = scene.steps.filter((step) => step.confidence < UNSURE).length;
  return `${count(steps, "footstep")} by ${count(people, "person", "people")}${unsure ? `, ${unsure} of them unsure` : ""}.`;
}

// [{name, value, note}]
export function figuresOf({ summary }, scene) {
  const { loudness, sync } = summary;
  const rows = scene.people.map((person) => {
    const left = person.steps.filter((step) => step.foot === "left").length;
    return { name: `Person ${person.trackId}`, value: count(person.steps.length, "step"), note: `${left} left, ${person.steps.length - left} right` };
  });
  if (loudness && !loudness.silent) {
    rows.push(
      { name: "Integrated loudness", value: `${signed(loudness.integrated_lufs)} LUFS`, note: `goal ${signed(loudness.target_lufs)}` },
      { name: "True peak", value: `${signed(loudness.true_peak_dbtp)} dBTP`, note: `at most ${signed(loudness.true_peak_ceiling_dbtp)}` },
      { name: "Loudness range", value: `${signed(loudness.loudness_range_lu)} LU`, note: "" },
      { name: "Loudest 400 ms", value: `${signed(loudness.max_momentary_lufs)} LUFS`, note: "momentary" },
      { name: "Loudest 3 s", value: `${signed(loudness.max_short_term_lufs)} LUFS`, note: "short-term" },
      { name: "Limiter", value: `${signed(loudness.limiter_reduction_db)} dB`, note: "most that it took" },
    );
  }
  if (sync) {
    rows.push(
      { name: "Sync in the file", value: `${signed(sync.delivered_offset_ms, 2)} ms`, note: `drift ${signed(sync.delivered_drift_ms, 2)} ms` },
      { name: "Placement", value: count(Number(sync.max_placement_error_samples), "sample"), note: `off at most, of ${count(sync.placed_count, "step")}` },
      { name: "Heard again", value: `${sync.onsets_found_count} of ${sync.onsets_searched_count}`, note: `onsets found in the mix, median ${signed(sync.onset_median_error_ms, 1)} ms` },
    );
  }
  return rows;
}

// [{isWarning, text}]: what somebody should know before the files leave the house.
export function notesOf(render, scene) {
  const notes = [...loudnessNotes(render), ...syncNotes(render), ...groundNotes(render, scene), ...editNotes(render), ...stepNotes(scene), ...soundNotes(render), ...fileNotes(render, scene)];
  return [...notes.filter((one) => one.isWarning), ...notes.filter((one) => !one.isWarning)];
}

function warning(text) {
  return { isWarning: true, text };
}

function note(text) {
  return { isWarning: false, text };
}

function loudnessNotes({ summary: { loudness } }) {
  if (!loudness) return [];
  if (loudness.silent) return [warning("The mix is silent.")];
  const notes = [];
  if (loudness.shortfall_lu > 0.1) notes.push(warning(`The mix stays ${signed(loudness.shortfall_lu)} LU under its goal: single steps have no more loudness without breaking the true peak limit.`));
  if (loudness.limiter_reduction_db >= HARD_LIMITING_DB) notes.push(note(`The limiter took up to ${signed(loudness.limiter_reduction_db)} dB off the hardest steps; the footsteps' own files have that too.`));
  return notes;
}

function syncNotes({ summary: { sync } }) {
  if (!sync) return [];
  const notes = [];
  if (Number(sync.max_placement_error_samples) !== 0) notes.push(warning(`A step stands ${count(Number(sync.max_placement_error_samples), "sample")} beside its contact.`));
  if (Math.abs(sync.delivered_offset_ms) > AUDIBLE_MS) notes.push(warning(`The sound of the delivered file stands ${signed(sync.delivered_offset_ms, 2)} ms off.`));
  if (sync.onsets_found_count < sync.onsets_searched_count) notes.push(note(`${sync.onsets_searched_count - sync.onsets_found_count} of ${sync.onsets_searched_count} onsets were not found again in the mix: something else may cover them.`));
  return notes;
}

function groundNotes({ options, summary }, scene) {
  const notes = [];
  for (const index of summary.unused_overrides ?? []) {
    const override = options.overrides[index];
    if (override) notes.push(warning(`No step is under the correction “${rowText(rowOf(override))}”: it changes nothing.`));
  }
  for (const person of scene.people) {
    const guesses = person.grounds.filter((ground) => ground.isGuess && hasSteps(person, ground));
    if (guesses.length) notes.push(warning(`The ground of person ${person.trackId} is a guess (${listed(guesses.map((ground) => `${ground.name}, ${percent(ground.confidence)} sure`))}): correct it if it is another.`));
  }
  const assumedBy = (person) => person.footwear.filter((shoe) => shoe.isAssumed && hasSteps(person, shoe));
  const assumed = scene.people.filter((person) => assumedBy(person).length > 0);
  if (assumed.length) {
    const shoes = [...new Set(assumed.flatMap((person) => assumedBy(person).map((shoe) => words(shoe.name).toLowerCase())))];
    notes.push(note(`Shoes were not seen on ${listed(assumed.map((person) => `person ${person.trackId}`))}: ${listed(shoes)} assumed.`));
  }
  if (scene.fallbackReason) notes.push(note(`The local classifier looked at the ground, not the vision model: ${scene.fallbackReason}.`));
  return notes;
}

function editNotes({ options, summary }) {
  const unused = (summary.unused_step_edits ?? []).map((index) => options.step_edits?.edits[index]).filter(Boolean).map(editOf);
  const notes = unused.slice(0, MOST_UNUSED).map((edit) => warning(`There is no step ${edit.id}: its change “${wordsOf(edit) || "as found"}” changes nothing.`));
  if (unused.length > notes.length) notes.push(warning(`The same goes for ${count(unused.length - notes.length, "more change")} of steps that are not there.`));
  return notes;
}

function stepNotes(scene) {
  const unsure = scene.steps.filter((step) => step.confidence < UNSURE);
  if (!unsure.length) return [];
  return [note(`${count(unsure.length, "step")} ${unsure.length === 1 ? "is" : "are"} less than ${percent(UNSURE)} sure and drawn hollow.`)];
}

function soundNotes({ summary }) {
  return (summary.ground_sounds ?? []).map((one) => {
    const ground = groundName(one.surface);
    if (one.fallback_reason) return warning(`Steps on ${ground} are synthesised: ${one.fallback_reason}`);
    const from = one.sound ? `“${one.sound.title || one.sound.source_url}”${one.sound.licence ? ` (${one.sound.licence})` : ""}` : "a chosen pack";
    return note(`Steps on ${ground} are recorded: ${from}.`);
  });
}

function fileNotes({ files }, scene) {
  const notes = [];
  const untouched = files.find((file) => /^foley\.(mkv|mov)$/.test(file.file_name));
  if (untouched) notes.push(note(`${untouched.file_name} has the picture untouched and the sound without loss; foley.mp4 is for players.`));
  if (scene.nudgeS) notes.push(note(`All steps are nudged by ${signed(scene.nudgeS * 1000, 1)} ms: they stand beside their contacts on purpose.`));
  return notes;
}

// What sets a take apart, for the list of takes.
export function takeWords({ options, state }) {
  const style = options.style ?? {};
  const said = [
    `seed ${style.seed ?? 0}`,
    ...(options.overrides ?? []).slice(0, 2).map((override) => rowText(rowOf(override)).toLowerCase().replace("everybody, all along: ", "")),
    (options.overrides ?? []).length > 2 && `${options.overrides.length - 2} more`,
    options.step_edits && `${count(options.step_edits.edits.length, "step")} changed`,
    style.original_sound === "ORIGINAL_SOUND_DUCK" && "ducked",
    style.original_sound === "ORIGINAL_SOUND_DROP" && "steps alone",
    options.footsteps_only && "steps only",
    { STATE_FAILED: "failed", STATE_CANCELLED: "cancelled", STATE_QUEUED: "waiting", STATE_RUNNING: "at work" }[state],
  ];
  return said.filter(Boolean).join("; ");
}
