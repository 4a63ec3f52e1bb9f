// What the page asks the gateway for: the REST interface under /v1, nothing else.

const PAGE_SIZE = 100; // the most that the gateway gives at once
const STEPS_PAGE_SIZE = 1000; // the same of footsteps
const MOST_PAGES = 1000; // a million steps: more than any film has

export class ApiError extends Error {
  // `violations`: pairs of field and problem, of requests with fields that are wrong.
  constructor(message, reason = "", requestId = "", violations = []) {
    super(message);
    this.reason = reason;
    this.requestId = requestId;
    this.violations = violations;
  }
}

function errorOf(status, text) {
  try {
    const { message, reason, request_id: requestId, field_violations: violations } = JSON.parse(text).error;
    return new ApiError(message, reason, requestId, violations ?? []);
  } catch {
    return new ApiError(`The gateway answered ${status}.`);
  }
}

export async function call(path, options = {}) {
  const answer = await open(path, options);
  const text = await answer.text();
  return answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
}

// The answer with its body still on its way.
export async function open(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The gateway cannot be reached. Is it still running?", "UNREACHABLE");
  }
  if (!answer.ok) throw errorOf(answer.status, await answer.text());
  return answer;
}

// fetch cannot tell how much of a body was sent; XMLHttpRequest can. Whoever gives a signal can break it off.
function send(path, file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const isGood = request.status >= 200 && request.status < 300;
      try {
        if (isGood) resolve(JSON.parse(request.responseText));
        else reject(errorOf(request.status, request.responseText));
      } catch { // somebody in between has answered: a page to log in, for one
        reject(new ApiError("The answer to the upload is none of the gateway’s. Reload the page and try again."));
      }
    });
    request.addEventListener("error", () => {
      reject(new ApiError("The upload broke off: the file may be too large, or the gateway is gone.", "UNREACHABLE"));
    });
    request.addEventListener("abort", () => reject(new DOMException("The upload was broken off.", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

export function upload(file, onProgress, signal) {
  return send("/v1/clips", file, onProgress, signal);
}

export function uploadPack(file, onProgress) {
  return send("/v1/samplePacks", file, onProgress);
}

// Cuts a recording into its steps.
export function buildPack(file, surface, footwear, onProgress) {
  const query = new URLSearchParams({ surface, ...(footwear && { footwear }) });
  return send(`/v1/samplePacks:build?${query}`, file, onProgress);
}

// Page after page of a list. A list that has no end is said to have none: half of one would be taken for the whole.
async function everyItem(path, name, pageSize) {
  const items = [];
  const tokens = new Set();
  let token = "";
  do {
    const page = await call(`${path}?page_size=${pageSize}&page_token=${encodeURIComponent(token)}`);
    for (const item of page[name]) items.push(item);
    tokens.add(token);
    token = page.next_page_token;
    if (token && (tokens.has(token) || tokens.size >= MOST_PAGES)) throw new ApiError(`The gateway's list of ${path} has no end.`);
  } while (token);
  return items;
}

export function listPacks() {
  return everyItem("/v1/samplePacks", "sample_packs", PAGE_SIZE);
}

export function listClips() {
  return everyItem("/v1/clips", "clips", PAGE_SIZE);
}

export function listRenders(clipName) {
  return everyItem(`/v1/${clipName}/renders`, "renders", PAGE_SIZE);
}

// The last one that has something to show, or will have; else the last one. Undefined for a clip without renders.
export async function lastRender(clipName) {
  const newest = async (count) => (await call(`/v1/${clipName}/renders?page_size=${count}`)).renders;
  const isVain = ({ state }) => state === "STATE_FAILED" || state === "STATE_CANCELLED";
  const [last] = await newest(1);
  if (!last || !isVain(last)) return last;
  return (await newest(PAGE_SIZE)).find((one) => !isVain(one)) ?? last;
}

export function deleteResource(name) {
  return call(`/v1/${name}`, { method: "DELETE" });
}

export function getResource(name) {
  return call(`/v1/${name}`);
}

export function listFootsteps(renderName) {
  return everyItem(`/v1/${renderName}/footsteps`, "footsteps", STEPS_PAGE_SIZE);
}

export function fileUrl(renderName, fileName) {
  return `/v1/${renderName}/files/${encodeURIComponent(fileName)}`;
}

export function createRender(clipName, options) {
  return call(`/v1/${clipName}/renders`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ options }),
  });
}

export function cancelRender(renderName) {
  return call(`/v1/${renderName}:cancel`, { method: "POST" });
}

export function isFinal(render) {
  return ["STATE_SUCCEEDED", "STATE_FAILED", "STATE_CANCELLED"].includes(render.state);
}

export function clipOf(renderName) {
  return renderName.split("/").slice(0, 2).join("/");
}

// Calls back with the render now and at every change. The browser reconnects by itself; each stream begins with the
// state now, so nothing is lost. Returns a function that stops watching.
export function watch(renderName, onRender, onTrouble) {
  const source = new EventSource(`/v1/${renderName}/events`);
  source.addEventListener("render", (event) => {
    const render = JSON.parse(event.data);
    onTrouble("");
    onRender(render);
    if (isFinal(render)) source.close();
  });
  source.addEventListener("problem", (event) => onTrouble(JSON.parse(event.data).error.message));
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) onTrouble("The connection is lost. Reload the page to go on.");
    else onTrouble("The connection is lost; trying again …");
  });
  return () => source.close();
}
