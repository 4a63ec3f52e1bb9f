import assert from "node:assert/strict";
import test from "node:test";

import { bytes } from "../../../../services/gateway/page/words.js";

test("sizes are in decimal units, as disks and networks have them", () => {
  assert.deepEqual([999, 1000, 1500, 12_345_678, 5e9].map(bytes), ["999 B", "1.0 kB", "1.5 kB", "12 MB", "5.0 GB"]);
});
