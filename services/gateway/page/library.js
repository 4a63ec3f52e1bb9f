// Videos that are stored already: to be rendered again without sending them again, or to be deleted.

import { deleteResource, listClips, listRenders } from "./api.js";
import { $, element } from "./page.js";
import { secondsOf } from "./options.js";
import { bytes, clock } from "./words.js";

function row(clip, { onOpen, onChoose, complain }) {
  const { video } = clip;
  const facts = `${clock(secondsOf(video.duration)).replace(/\.\d+$/, "")} · ${video.width_px} × ${video.height_px} · ${bytes(clip.source.size_bytes)}`;
  const button = (textContent, act) => {
    const made = element("button", { type: "button", textContent, "aria-label": `${textContent}: ${clip.display_name}` });
    made.addEventListener("click", () => act().catch(complain));
    return made;
  };
  const item = element("li", {}, element("strong", { textContent: clip.display_name }), element("span", { textContent: facts }));
  item.append(
    button("Last result", async () => {
      const [render] = await listRenders(clip.name);
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
  const clips = await listClips();
  $("earlier").hidden = clips.length === 0;
  $("clips").replaceChildren(...clips.map((clip) => row(clip, handlers)));
}
