// Videos that are stored already: to be rendered again without sending them again, or to be deleted.

import { deleteResource, lastRender, listClips } from "./api.js";
import { $, element } from "./page.js";
import { secondsOf } from "./options.js";
import { Visits } from "./visits.js";
import { bytes, clock } from "./words.js";

const lists = new Visits();

function row(clip, { onOpen, onChoose, visit, calm, complain }) {
  const { video } = clip;
  const facts = `${clock(secondsOf(video.duration)).replace(/\.\d+$/, "")} · ${video.width_px} × ${video.height_px} · ${bytes(clip.source.size_bytes)}`;
  const button = (textContent, act) => {
    const made = element("button", { type: "button", textContent, "aria-label": `${textContent}: ${clip.display_name}` });
    made.addEventListener("click", () => { calm(); act().catch(complain); });
    return made;
  };
  const item = element("li", {}, element("strong", { textContent: clip.display_name }), element("span", { textContent: facts }));
  item.append(
    button("Last result", async () => {
      const isWanted = visit();
      const render = await lastRender(clip.name);
      if (!isWanted()) return;
      if (render) onOpen(render.name);
      else onChoose(clip);
    }),
    button("New render", async () => onChoose(clip)),
    button("Delete", async () => {
      if (!confirm(`Delete “${clip.display_name}” with all its renders and files?`)) return;
      await deleteResource(clip.name);
      item.remove();
    }),
  );
  return item;
}

export async function showLibrary(handlers) {
  const isNewest = lists.begin();
  const clips = await listClips();
  if (!isNewest()) return;
  $("earlier").hidden = clips.length === 0;
  $("clips").replaceChildren(...clips.map((clip) => row(clip, handlers)));
}
