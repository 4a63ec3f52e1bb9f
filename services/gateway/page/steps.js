// footsteps.csv as a list of steps: one row per foot on the ground, from its HEEL_STRIKE and its TOE_OFF.

export function parseCsv(text) {
  const rows = [];
  let row = [""];
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { row[row.length - 1] += c; i += 1; }
      else if (c === '"') quoted = false;
      else row[row.length - 1] += c;
    } else if (c === '"') quoted = true;
    else if (c === ",") row.push("");
    else if (c === "\n") { rows.push(row); row = [""]; }
    else if (c !== "\r") row[row.length - 1] += c;
  }
  if (row.length > 1 || row[0] !== "") rows.push(row);
  const [head, ...body] = rows;
  return body.map((cells) => Object.fromEntries(head.map((name, index) => [name, cells[index] ?? ""])));
}

export function stepsOf(csvText) {
  const steps = new Map();
  for (const row of parseCsv(csvText)) {
    const step = steps.get(row.footstep_id) ?? { ...row, landsS: null, leavesS: null };
    if (row.event === "HEEL_STRIKE") Object.assign(step, { landsS: Number(row.time_seconds), confidence: row.confidence });
    if (row.event === "TOE_OFF") step.leavesS = Number(row.time_seconds);
    steps.set(row.footstep_id, step);
  }
  return [...steps.values()].filter((step) => step.landsS !== null).sort((a, b) => a.landsS - b.landsS);
}
