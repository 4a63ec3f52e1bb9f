// Packs of recorded steps: which ones a render shall use, and new ones.

import { buildPack, listPacks, uploadPack } from "./api.js";
import { $, element } from "./page.js";
import { bytes, count, groundName, percent } from "./words.js";

let listed = null; // packs of the gateway, newest first; null until it has answered
let isOutOfReach = false; // the last answer was none

// Rows from above, which win: the wanted ones in their order, then all others. `pack` is null for a wanted one that is not
// listed: it stays, so that nobody's choice goes silently; a render says what is wrong with it.
export function rowsOf(packs, wanted) {
  const rest = [...packs];
  const rows = wanted.map((ref) => {
    const index = rest.findIndex((pack) => pack.pack.sha256 === ref.sha256);
    return { ref, pack: index < 0 ? null : rest.splice(index, 1)[0], isChosen: true };
  });
  return [...rows, ...rest.map((pack) => ({ ref: pack.pack, pack, isChosen: false }))];
}

function factsOf(pack) {
  if (!pack && isOutOfReach) return "cannot be listed: the list of packs is out of reach.";
  if (!pack) return listed ? "cannot be listed: it is deleted, or another installation’s. Uncheck it to render without." : "";
  const grounds = [...new Set(pack.groups.map((group) => groundName(group.surface)))];
  return `${count(pack.step_count, "step")} on ${grounds.join(", ")} · ${bytes(pack.pack.size_bytes)}`;
}

// `samplePacks/p-12/pack.zip`: of a pack that is not listed no more is known.
function nameOf({ ref, pack }) {
  return pack ? pack.display_name : ref.key.split("/").slice(0, 2).join("/");
}

function row(shown, index) {
  const check = element("input", { type: "checkbox", id: `pack-${index}`, checked: shown.isChosen });
  check.addEventListener("change", tell);
  const facts = element("span", { textContent: factsOf(shown.pack), className: shown.pack ? "" : "problem" });
  const item = element("li", {}, check, element("label", { htmlFor: check.id, textContent: nameOf(shown) }), facts);
  item.ref = shown.ref;
  item.check = check;
  return item;
}

function tell() {
  const { length } = readPacks();
  $("packs-count").textContent = length ? String(length) : "";
}

// As `style.sample_packs` takes them.
export function readPacks() {
  return [...$("packs").children].filter((item) => item.check?.checked).map((item) => item.ref);
}

// Chooses those of a render's options.
export function writePacks(refs) {
  const rows = rowsOf(listed ?? [], refs).map(row);
  const none = isOutOfReach ? "The packs cannot be listed." : listed ? "None yet." : "";
  $("packs").replaceChildren(...(rows.length ? rows : [element("li", { textContent: none })]));
  tell();
}

// What is chosen when the answer comes stays chosen; a new one goes on top.
export async function loadPacks(added = null) {
  try {
    listed = await listPacks();
    isOutOfReach = false;
  } catch (error) {
    isOutOfReach = true;
    throw error;
  } finally {
    const wanted = readPacks().filter((ref) => ref.sha256 !== added?.sha256);
    writePacks(added ? [added, ...wanted] : wanted);
  }
}

async function add(complain) {
  const [file] = $("pack-file").files;
  const isZip = file?.name.toLowerCase().endsWith(".zip");
  if (!file) return complain(new Error("Choose a zip of steps or a recording first."));
  if (!isZip && !$("pack-surface").value) return complain(new Error("Say which ground the recording has; only a zip names it itself."));
  const status = $("pack-status");
  const onProgress = (share) => { status.textContent = share < 1 ? `Sending: ${percent(share)}` : "Listening for steps …"; };
  let isStored = false;
  $("pack-add").disabled = true;
  try {
    const made = isZip ? await uploadPack(file, onProgress) : await buildPack(file, $("pack-surface").value, $("pack-footwear").value, onProgress);
    const pack = made.sample_pack ?? made;
    isStored = true;
    const left = made.rejected?.length ? `; left out: ${[...new Set(made.rejected.map((part) => part.reason))].join(", ")}` : "";
    status.textContent = `${count(pack.step_count, "step")} added${left}.`;
    $("pack-file").value = "";
    await loadPacks(pack.pack);
  } catch (error) {
    if (!isStored) status.textContent = "";
    complain(error);
  } finally {
    $("pack-add").disabled = false;
  }
}

export function wirePacks(complain, calm) {
  $("pack-add").addEventListener("click", () => { calm(); add(complain); });
  loadPacks().catch(() => {}); // said in the list; the page works without
}
