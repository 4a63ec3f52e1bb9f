// Packs of recorded steps: which ones a render shall use, and new ones.

import { buildPack, listPacks, uploadPack } from "./api.js";
import { $, element } from "./page.js";
import { bytes, count, percent } from "./words.js";

let packs = [];

function row(pack, isChosen) {
  const id = `pack-${pack.name.replace(/\W/g, "-")}`;
  const grounds = [...new Set(pack.groups.map((group) => group.surface.replace("SURFACE_", "").toLowerCase()))];
  const check = element("input", { type: "checkbox", id, checked: isChosen });
  check.addEventListener("change", tell);
  const item = element(
    "li", {}, check, element("label", { htmlFor: id, textContent: pack.display_name }),
    element("span", { textContent: `${count(pack.step_count, "step")} on ${grounds.join(", ")} · ${bytes(pack.pack.size_bytes)}` }),
  );
  item.pack = pack;
  return item;
}

function chosen() {
  return [...$("packs").children].filter((item) => item.querySelector("input")?.checked).map((item) => item.pack);
}

function tell() {
  const { length } = chosen();
  $("packs-count").textContent = length ? String(length) : "";
}

// As `style.sample_packs` takes them.
export function readPacks() {
  return chosen().map((pack) => pack.pack);
}

// Chooses those of a render's options; one that is gone is left to the gateway, which names it.
export function writePacks(refs) {
  const wanted = new Set(refs.map((ref) => ref.sha256));
  paint((pack) => wanted.has(pack.pack.sha256));
}

function paint(isChosen) {
  const rows = packs.map((pack) => row(pack, isChosen(pack)));
  $("packs").replaceChildren(...(rows.length ? rows : [element("li", { textContent: "None yet." })]));
  tell();
}

async function loadPacks(alsoChosen = null) {
  const before = new Set(chosen().map((pack) => pack.name));
  packs = await listPacks();
  paint((pack) => before.has(pack.name) || pack.name === alsoChosen);
}

async function add(complain) {
  const [file] = $("pack-file").files;
  const isZip = file?.name.toLowerCase().endsWith(".zip");
  if (!file) return complain(new Error("Choose a zip of steps or a recording first."));
  if (!isZip && !$("pack-surface").value) return complain(new Error("Say which ground the recording has; only a zip names it itself."));
  const status = $("pack-status");
  const onProgress = (share) => { status.textContent = share < 1 ? `Sending: ${percent(share)}` : "Listening for steps …"; };
  $("pack-add").disabled = true;
  try {
    const made = isZip ? await uploadPack(file, onProgress) : await buildPack(file, $("pack-surface").value, $("pack-footwear").value, onProgress);
    const pack = made.sample_pack ?? made;
    const left = made.rejected?.length ? `; left out: ${[...new Set(made.rejected.map((part) => part.reason))].join(", ")}` : "";
    await loadPacks(pack.name);
    status.textContent = `${count(pack.step_count, "step")} added${left}.`;
    $("pack-file").value = "";
  } catch (error) {
    status.textContent = "";
    complain(error);
  } finally {
    $("pack-add").disabled = false;
  }
}

export function wirePacks(complain, calm) {
  $("pack-add").addEventListener("click", () => { calm(); add(complain); });
  loadPacks().catch(() => paint(() => false)); // the page works without; a render says what is wrong
}
