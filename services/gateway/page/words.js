// How things are said: closed lists of the contract with their labels, and numbers as people read them. No page in here.

const NAMES = {
  surfaces: ["concrete", "asphalt", "tile", "stone", "wood", "metal", "carpet", "grass", "dirt", "gravel", "sand", "snow", "leaves", "water", "mud", "ice"],
  footwear: ["barefoot", "sneaker", "dress_shoe", "high_heel", "boot", "sandal", "socks", "flat"],
  gaits: ["walk", "run", "stairs", "landing", "stop", "turn", "scuff"],
};
const PREFIXES = { surfaces: "SURFACE_", footwear: "FOOTWEAR_" };
const SHOWN = { tile: "Tile, marble", water: "Puddle", leaves: "Dry leaves", dirt: "Earth", flat: "Flat shoe", boot: "Boots", sneaker: "Sneakers", sandal: "Sandals" };

export function words(name) {
  const plain = name.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

// Lists for selects: pairs of value and label.
export const LISTS = {
  surfaces: NAMES.surfaces.map((name) => [PREFIXES.surfaces + name.toUpperCase(), SHOWN[name] ?? words(name)]),
  footwear: NAMES.footwear.map((name) => [PREFIXES.footwear + name.toUpperCase(), SHOWN[name] ?? words(name)]),
  wet: [["false", "Dry"], ["true", "Wet"]],
  gaits: NAMES.gaits.map((name) => [name, words(name)]), // as footsteps.json has them
};

// "SURFACE_GRAVEL" is said "Gravel".
export function labelOf(list, value) {
  return LISTS[list].find(([known]) => known === String(value))?.[1] ?? String(value);
}

// The same in the middle of a sentence, shorter: "gravel".
export function groundName(surface) {
  return surface.replace(PREFIXES.surfaces, "").toLowerCase();
}

export function clock(seconds) {
  const thousandths = Math.round(Math.max(0, seconds) * 1000);
  const minutes = Math.floor(thousandths / 60000);
  return `${minutes}:${((thousandths - minutes * 60000) / 1000).toFixed(3).padStart(6, "0")}`;
}

export function bytes(size) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = Number(size);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

// With a true minus sign, and without "−0.0".
export function signed(value, digits = 1) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

export function listed(items) {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
