// Every file of a render, with a word on what it is and what opens it. No page in here.

const FILES = {
  "foley.mp4": ["Video", "the picture with its new sound; any player"],
  "foley.mov": ["Video", "the picture untouched, sound as PCM; editors, QuickTime"],
  "foley.mkv": ["Video", "the picture untouched, sound as FLAC; VLC, mpv, ffmpeg"],
  "annotated.mp4": ["Video", "with boxes, skeletons, contacts and time code; for checking"],
  "mix.wav": ["Sound", "the programme; any player or editor"],
  "foley.wav": ["Sound", "the footsteps alone, at their level in the mix"],
  "session.zip": ["Session", "everything in one folder that finds its media; unpack, then open the session you need"],
  "session.aaf": ["Session", "AAF: Media Composer, Nuendo, Resolve; media are linked (Pro Tools takes the broadcast waves)"],
  "session.otio": ["Session", "OpenTimelineIO: Resolve, Premiere, Hiero"],
  "session.edl": ["Session", "CMX 3600 edit list with locators: nearly every editor"],
  "markers.edl": ["Session", "a marker per step for DaVinci Resolve: a timeline's Import > Timeline Markers from EDL"],
  "session.rpp": ["Session", "REAPER project: sounds on tracks, a marker per step"],
  "session.mid": ["Session", "MIDI, a note per step: trigger your own samples; import at 120 bpm"],
  "footsteps.csv": ["Lists", "every contact and toe-off, a row each; any spreadsheet"],
  "footsteps.txt": ["Lists", "time codes to read or print"],
  "footsteps.vtt": ["Lists", "WebVTT text track: browsers, VLC"],
  "footsteps.json": ["Lists", "steps, people, grounds and shoes; for programs"],
  "cues.json": ["Lists", "at which sample each step stands in foley.wav; for programs"],
  "report.json": ["Lists", "sync, loudness, models: the proof for your delivery"],
};
const GROUPS = ["Video", "Sound", "Stems", "Broadcast wave", "Session", "Lists"];
const BROADCAST_ENDING = ".bwf.wav";

function aboutOf(name) {
  if (FILES[name]) return FILES[name];
  if (name.endsWith(BROADCAST_ENDING)) return ["Broadcast wave", `${stemWords(name.slice(0, -BROADCAST_ENDING.length))}; with time reference and a marker per step: Pro Tools, Nuendo, Wavelab`];
  if (name.endsWith(".wav")) return ["Stems", stemWords(name.slice(0, -4))];
  return ["Lists", ""];
}

function stemWords(stem) {
  const foot = /^track-(\d+)-(left|right)$/.exec(stem);
  if (foot) return `person ${foot[1]}, ${foot[2]} foot, dry`;
  const cloth = /^track-(\d+)-cloth$/.exec(stem);
  if (cloth) return `clothes of person ${cloth[1]}`;
  return { room: "what the room adds", original: "the video’s own sound as in the mix", mix: "the programme", foley: "the footsteps alone" }[stem] ?? "a part of the programme";
}

// [[group, [{name, about, sizeBytes, isSound}]]] in the order that people look for them.
export function downloadsOf(files) {
  const rows = files.map(({ file_name: name, file }) => {
    const [group, about] = aboutOf(name);
    return { group, name, about, sizeBytes: Number(file.size_bytes), isSound: name.endsWith(".wav") };
  });
  return GROUPS.map((group) => [group, rows.filter((row) => row.group === group)]).filter(([, list]) => list.length);
}
