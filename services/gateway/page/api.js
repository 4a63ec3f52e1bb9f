// What the page asks the gateway for: the REST interface under /v1, nothing else.

export class ApiError extends Error {
  constructor(message, reason, requestId) {
    super(message);
    this.reason = reason;
    this.requestId = requestId;
  }
}

function errorOf(status, text) {
  try {
    const { message, reason, request_id: requestId } = JSON.parse(text).error;
    return new ApiError(message, reason, requestId);
  } catch {
    return new ApiError(`The gateway answered ${status}.`, "", "");
  }
}

export async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new ApiError("The gateway cannot be reached. Is it still running?", "UNREACHABLE", "");
  }
  const text = await answer.text();
  if (!answer.ok) throw errorOf(answer.status, text);
  return answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
}

// fetch cannot tell how much of a body was sent; XMLHttpRequest can.
export function upload(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/clips");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText));
      else reject(errorOf(request.status, request.responseText));
    });
    request.addEventListener("error", () => {
      reject(new ApiError("The upload broke off: the file may be too large, or the gateway is gone.", "UNREACHABLE", ""));
    });
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
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
