import assert from "node:assert/strict";
import test from "node:test";

import { downloadsOf } from "../../../../services/gateway/page/downloads.js";
import { figuresOf, notesOf, summaryText, takeWords } from "../../../../services/gateway/page/figures.js";
import { groundAt, groundWords, sceneOf, sceneOfList, sceneWith } from "../../../../services/gateway/page/steps.js";
import { bytes, clock, signed } from "../../../../services/gateway/page/words.js";

const step = (id, trackId, foot, landsS, more = {}) => ({ footstep_id: id, track_id: trackId, foot, initial_contact_s: landsS, toe_off_s: landsS + 0.5, confidence: 0.9, strength: 0.5, gait: "walk", surface: "grass", wet: false, footwear: "sneaker", ...more });
const span = (trackId, startS, endS, more = {}) => ({ track_id: trackId, start_seconds: startS, end_seconds: endS, surface: "grass", sounded: "grass", wet: false, confidence: 0.9, source: "local_model", reasoning: "", ...more });
const told = (more = {}) => ({
  video_info: { duration_s: 8, frame_rate: "30000/1001", start_timecode: "" },
  session: { start_timecode: "01:00:00;00", nudge_s: 0 },
  events: [{ footstep_id: "t2-0001", type: "strike", timecode: "01:00:01;10" }, { footstep_id: "t2-0001", type: "toe_off", timecode: "01:00:02;00" }],
  footsteps: [step("t3-0001", 3, "right", 4), step("t2-0001", 2, "left", 1.344), step("t2-0002", 2, "right", 2, { confidence: 0.4, toe_off_s: null })],
  surfaces: [span(2, 0, 1.5), span(2, 1.5, 8, { surface: null, sounded: "gravel", confidence: 0.4 }), span(0, 0, 8, { surface: "wood", sounded: "wood", source: "override", wet: true })],
  footwear: [{ track_id: 2, start_seconds: 0, end_seconds: 8, footwear: "sneaker", source: "default" }, { track_id: 0, start_seconds: 0, end_seconds: 8, footwear: "boot", source: "override" }],
  surface_fallback_reason: "no key is set",
  ...more,
});
const loudness = { integrated_lufs: -23.004, true_peak_dbtp: -1.5, target_lufs: -23, true_peak_ceiling_dbtp: -1, limiter_reduction_db: 1, shortfall_lu: 0, silent: false, max_momentary_lufs: -20, max_short_term_lufs: -22, loudness_range_lu: 3 };
const sync = { placed_count: 3, max_placement_error_samples: "0", delivered_offset_ms: -0.001, delivered_drift_ms: 0, onsets_found_count: 3, onsets_searched_count: 3, onset_median_error_ms: -1.2 };
const rendered = (summary = {}, more = {}) => ({ options: { overrides: [], style: { seed: "7" } }, files: [], summary: { footstep_count: 3, walker_count: 2, loudness, sync, unused_overrides: [], ground_sounds: [], ...summary }, ...more });
const texts = (render, scene) => notesOf(render, scene).map((one) => one.text);

test("steps stand in order, each with the time code that the session has", () => {
  const scene = sceneOf(told());
  assert.deepEqual(scene.steps.map((one) => one.id), ["t2-0001", "t2-0002", "t3-0001"]);
  assert.equal(scene.steps[0].timecode, "01:00:01;10");
  assert.equal(scene.steps[1].leavesS, null);
  assert.deepEqual(scene.timecodeRate, [30000, 1001]);
  assert.equal(scene.startTimecode, "01:00:00;00");
});

test("a person has their own grounds, else everybody's, and a guess is said to be one", () => {
  const [two, three] = sceneOf(told()).people;
  assert.deepEqual(two.grounds.map(groundWords), ["grass", "gravel (guess)"]);
  assert.deepEqual(three.grounds.map(groundWords), ["wet wood"]);
  assert.equal(three.grounds[0].reasoning, "You said so.");
  assert.equal(groundAt(two, 1.5).name, "gravel");
  assert.equal(groundAt(two, 1.499).name, "grass");
  assert.equal(groundAt(two, 99), null);
});

test("what is said for a span leaves everybody's ground around it", () => {
  const all = { surface: "concrete", sounded: "concrete", source: "override" };
  const [two, three] = sceneOf(told({ surfaces: [span(0, 0, 8, all), span(2, 1, 2, { surface: "gravel" }), span(2, 5, 6, { surface: "gravel" })] })).people;
  assert.deepEqual(two.grounds.map((ground) => [ground.name, ground.startS, ground.endS]), [["concrete", 0, 1], ["gravel", 1, 2], ["concrete", 2, 5], ["gravel", 5, 6], ["concrete", 6, 8]]);
  assert.deepEqual(three.grounds.map((ground) => ground.name), ["concrete"]);
});

test("the same ground twice is one", () => {
  const [two] = sceneOf(told({ surfaces: [span(2, 4, 8), span(2, 0, 4)] })).people;
  assert.deepEqual(two.grounds.map((ground) => [ground.startS, ground.endS]), [[0, 8]]);
});

test("without footsteps.json the list of steps serves", () => {
  const listed = { footstep_id: "t1-0001", track_id: 1, side: "SIDE_LEFT", initial_contact_offset: "1.25s", toe_off_offset: "1.9s", confidence: 0.8, strength: 0.4, gait_kind: "GAIT_KIND_RUN" };
  const scene = sceneOfList([listed], { duration: "2s", frame_rate: { numerator: "25", denominator: "1" }, start_timecode: "" });
  assert.equal(scene.steps[0].landsS, 1.25);
  assert.equal(scene.steps[0].gait, "run");
  assert.deepEqual(scene.people.map((person) => [person.trackId, person.grounds]), [[1, []]]);
});

test("other steps stand in the same lanes, and somebody new gets one", () => {
  const scene = sceneOf(told());
  const [two] = scene.steps;
  const changed = sceneWith(scene, [two, { ...two, id: "n1", trackId: 1, landsS: 5 }]);
  assert.deepEqual(changed.people.map((person) => [person.trackId, person.steps.map((one) => one.id)]), [[1, ["n1"]], [2, ["t2-0001"]], [3, []]]);
  assert.equal(changed.people[1].grounds, scene.people[0].grounds);
  assert.equal(scene.steps.length, 3);
});

test("time code counts at the nominal rate, not at the average of a variable one", () => {
  const video = { duration_s: 8, frame_rate: "14600/567", start_timecode: "" }; // a phone's: 30 a second, with frames left out
  assert.deepEqual(sceneOf(told({ video_info: { ...video, nominal_frame_rate: "30/1" } })).timecodeRate, [30, 1]);
  assert.deepEqual(sceneOf(told({ video_info: video })).timecodeRate, [14600, 567]);
  assert.deepEqual(sceneOf(told({ video_info: { ...video, nominal_frame_rate: "0/1" } })).timecodeRate, [14600, 567]);
  const clip = { duration: "8s", frame_rate: { numerator: "14600", denominator: "567" }, start_timecode: "" };
  assert.deepEqual(sceneOfList([], { ...clip, nominal_frame_rate: { numerator: "30", denominator: "1" } }).timecodeRate, [30, 1]);
  assert.deepEqual(sceneOfList([], { ...clip, nominal_frame_rate: { numerator: "0", denominator: "0" } }).timecodeRate, [14600, 567]);
  assert.deepEqual(sceneOfList([], clip).timecodeRate, [14600, 567]);
});

test("figures name what they measure", () => {
  const rows = Object.fromEntries(figuresOf(rendered(), sceneOf(told())).map((row) => [row.name, `${row.value} (${row.note})`]));
  assert.equal(rows["Person 2"], "2 steps (1 left, 1 right)");
  assert.equal(rows["Integrated loudness"], "−23.0 LUFS (goal −23.0)");
  assert.equal(rows["True peak"], "−1.5 dBTP (at most −1.0)");
  assert.equal(rows["Sync in the file"], "0.00 ms (drift 0.00 ms)");
  assert.equal(rows.Placement, "0 samples (off at most, of 3 steps)");
  assert.equal(summaryText(rendered(), sceneOf(told())), "3 footsteps by 2 people, 1 of them unsure.");
});

test("a good render warns of its guesses alone", () => {
  const warnings = notesOf(rendered(), sceneOf(told())).filter((one) => one.isWarning).map((one) => one.text);
  assert.ok(texts(rendered(), sceneOf(told())).includes("Shoes were not seen on person 2: sneaker assumed."));
  assert.deepEqual(warnings, ["The ground of person 2 is a guess (gravel, 40 % sure): correct it if it is another."]);
});

test("what is wrong is said, first", () => {
  const render = rendered(
    { loudness: { ...loudness, shortfall_lu: 2.02 }, sync: { ...sync, max_placement_error_samples: "4", delivered_offset_ms: 12, onsets_found_count: 1 }, unused_overrides: [0], ground_sounds: [{ surface: "SURFACE_GRAVEL", fallback_reason: "nothing was found." }] },
    { options: { overrides: [{ track_id: 7, surface: "SURFACE_SNOW" }] } },
  );
  const notes = notesOf(render, sceneOf(told()));
  const said = notes.map((one) => one.text).join("\n");
  for (const part of ["2.0 LU under its goal", "4 samples beside", "12.00 ms off", "2 of 3 onsets", "“Person 7, all along: snow”", "gravel are synthesised: nothing was found."]) assert.ok(said.includes(part), part);
  const flags = notes.map((one) => one.isWarning);
  assert.deepEqual(flags, [...flags].sort((a, b) => b - a));
  assert.deepEqual(texts(rendered({ loudness: { silent: true } }), sceneOf(told({ footsteps: [] })))[0], "The mix is silent.");
});

test("changes of steps that are not there are told, a few of them one by one", () => {
  const edits = [{ footstep_id: "t1-0001", initial_contact_offset: "1s" }, ...[2, 3, 4, 5].map((number) => ({ footstep_id: `t9-000${number}`, remove: true }))];
  const said = (unused) => texts(rendered({ unused_step_edits: unused }, { options: { overrides: [], step_edits: { edits } } }), sceneOf(told())).filter((text) => /change/.test(text));
  assert.deepEqual(said([1]), ["There is no step t9-0002: its change “removed” changes nothing."]);
  assert.deepEqual(said([1, 2, 3, 4]).slice(2), ["There is no step t9-0004: its change “removed” changes nothing.", "The same goes for 1 more change of steps that are not there."]);
  assert.deepEqual(said([]), []);
});

test("a take whose steps are all away says so", () => {
  const empty = sceneOf(told({ footsteps: [] }));
  assert.equal(summaryText(rendered({ footstep_count: 0 }), empty), "No footsteps were found. The video is as it was.");
  assert.equal(summaryText(rendered({ footstep_count: 0 }, { options: { step_edits: { edits: [] } } }), empty), "No footstep is left. The video is as it was.");
});

test("a render without sound has neither loudness nor sync", () => {
  const render = rendered({ loudness: undefined, sync: undefined });
  assert.deepEqual(figuresOf(render, sceneOf(told())).map((row) => row.name), ["Person 2", "Person 3"]);
  assert.ok(!texts(render, sceneOf(told())).some((text) => text.includes("mix")));
});

test("a take is told by what sets it apart", () => {
  const options = { style: { seed: "7", original_sound: "ORIGINAL_SOUND_DUCK" }, overrides: [{ surface: "SURFACE_GRAVEL" }] };
  assert.equal(takeWords({ options, state: "STATE_RUNNING" }), "seed 7; gravel; ducked; at work");
  assert.equal(takeWords({ options: { step_edits: { edits: [{}, {}] } } }), "seed 0; 2 steps changed");
});

test("every file has its group and a word, whatever it is", () => {
  const files = ["report.json", "foley.mp4", "track-12-left.wav", "track-3-cloth.wav", "mix.wav", "original.wav", "track-12-left.bwf.wav", "session.aaf", "new.xyz"];
  const groups = downloadsOf(files.map((name) => ({ file_name: name, file: { size_bytes: "5" } })));
  assert.deepEqual(groups.map(([group]) => group), ["Video", "Sound", "Stems", "Broadcast wave", "Session", "Lists"]);
  assert.equal(groups.flatMap(([, rows]) => rows).length, files.length);
  const about = Object.fromEntries(groups.flatMap(([, rows]) => rows.map((row) => [row.name, row.about])));
  assert.equal(about["track-12-left.wav"], "person 12, left foot, dry");
  assert.match(about["track-12-left.bwf.wav"], /^person 12, left foot, dry; .*Pro Tools/);
});

test("numbers are said as people write them", () => {
  assert.equal(clock(59.9996), "1:00.000");
  assert.equal(clock(3661.5), "61:01.500");
  assert.equal(bytes("1500000"), "1.5 MB");
  assert.equal(signed(-0.0004, 2), "0.00");
  assert.equal(signed(-23.04), "−23.0");
});
