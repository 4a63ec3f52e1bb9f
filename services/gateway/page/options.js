// RenderOptions of the contract as a plain object: values by path, and durations as its JSON has them ("0.020s").

const STEP = 1000;

export function valueAt(options, path) {
  return path.split(".").reduce((inner, name) => inner?.[name], options);
}

// Sets a value by path, making what is on the way; undefined leaves it out, so that the gateway's default holds.
export function setAt(options, path, value) {
  if (value === undefined) return;
  const names = path.split(".");
  const last = names.pop();
  let inner = options;
  for (const name of names) inner = inner[name] ??= {};
  inner[last] = value;
}

// "1.5s" to 1.5; undefined when it is absent.
export function secondsOf(duration) {
  return duration === undefined || duration === null ? undefined : Number(duration.replace(/s$/, ""));
}

// 1.5 to "1.5s"; nanoseconds are the finest that the contract knows.
export function durationOf(seconds) {
  return `${Number(seconds.toFixed(9))}s`;
}

// What somebody typed, as the contract's JSON has it; undefined for nothing, which takes the default. What is no number
// is handed on as it is: the gateway says what is wrong with it, and which field.
export function typed(text, kind) {
  const plain = text.trim();
  if (plain === "") return undefined;
  if (kind === undefined) return plain;
  const number = Number(plain);
  if (!Number.isFinite(number)) return plain;
  if (kind === "milliseconds") return durationOf(number / STEP);
  if (kind === "seconds") return durationOf(number);
  return kind === "integer" ? plain : number;
}

// The other way round: what a field shows for a value of the options.
export function shown(value, kind) {
  if (value === undefined || value === null) return "";
  if (kind === "milliseconds") return String(Number((secondsOf(value) * STEP).toFixed(6)));
  if (kind === "seconds") return String(secondsOf(value));
  return String(value);
}
