import assert from "node:assert/strict";
import test from "node:test";

import { PEAKS_PER_S, headerOf, peakBetween, peaksOf } from "../../../../services/gateway/page/peaks.js";

const RATE_HZ = 48000;
const LENGTH_S = 0.5;
const CLICK_S = 0.2;
const CLICK = -0.5;

// A stereo file with one sample of half scale, in the right channel only.
function wav({ bitDepth, isFloat = false, isExtensible = false, isLong = false, isCutOff = false }) {
  const frames = RATE_HZ * LENGTH_S;
  const width = bitDepth / 8;
  const data = Buffer.alloc(frames * 2 * width);
  const at = (Math.round(CLICK_S * RATE_HZ) * 2 + 1) * width;
  if (isFloat) data.writeFloatLE(CLICK, at);
  else data.writeIntLE(CLICK * 2 ** (bitDepth - 1), at, width);
  const format = Buffer.alloc(isExtensible ? 40 : 16);
  const coding = isFloat ? 3 : 1;
  format.writeUInt16LE(isExtensible ? 0xfffe : coding, 0);
  format.writeUInt16LE(2, 2);
  format.writeUInt32LE(RATE_HZ, 4);
  format.writeUInt16LE(bitDepth, 14);
  if (isExtensible) format.writeUInt16LE(coding, 24);
  const chunk = (id, body, size = body.length) => {
    const head = Buffer.alloc(8);
    head.write(id);
    head.writeUInt32LE(size, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const sizes = Buffer.alloc(28);
  sizes.writeBigUInt64LE(BigInt(data.length), 8);
  const body = [
    Buffer.from("WAVE"),
    ...(isLong ? [chunk("ds64", sizes)] : []),
    chunk("bext", Buffer.alloc(603, 7)), // an odd length, as chunks may have
    chunk("fmt ", format),
    chunk("data", data, isLong ? 0xffffffff : data.length),
    chunk("cue ", Buffer.alloc(4, 0x7f)),
  ];
  const whole = Buffer.concat([Buffer.from(isLong ? "RF64" : "RIFF"), Buffer.alloc(4, 0xff), ...body]);
  return isCutOff ? whole.subarray(0, whole.length / 2) : whole;
}

function arriving(bytes, pieceBytes) {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += pieceBytes) controller.enqueue(new Uint8Array(bytes.subarray(at, at + pieceBytes)));
      controller.close();
    },
  });
}

const KINDS = {
  "24 bit": { bitDepth: 24 },
  "24 bit, extensible": { bitDepth: 24, isExtensible: true },
  "16 bit": { bitDepth: 16 },
  "32 bit float": { bitDepth: 32, isFloat: true },
  "beyond 4 GiB (RF64)": { bitDepth: 24, isLong: true },
};

for (const [name, kind] of Object.entries(KINDS)) {
  for (const pieceBytes of [997, 1 << 20]) {
    test(`a click stands where it is: ${name}, in pieces of ${pieceBytes} bytes`, async () => {
      const peaks = await peaksOf(arriving(wav(kind), pieceBytes));
      assert.equal(peaks.durationS, LENGTH_S);
      assert.equal(peaks.perS, PEAKS_PER_S);
      assert.equal(peaks.low.length, PEAKS_PER_S * LENGTH_S);
      assert.deepEqual([...peaks.low.keys()].filter((index) => peaks.low[index] !== 0), [CLICK_S * PEAKS_PER_S]);
      assert.ok(Math.abs(peaks.low[CLICK_S * PEAKS_PER_S] - CLICK) < 1e-6);
      assert.equal(peaks.loudest, 0.5);
      assert.deepEqual(peakBetween(peaks, CLICK_S - 0.01, CLICK_S + 0.01), [CLICK, 0]);
      assert.deepEqual(peakBetween(peaks, 0, CLICK_S - 0.01), [0, 0]);
    });
  }
}

test("a column narrower than a peak shows the peak that it is in", async () => {
  const peaks = await peaksOf(arriving(wav({ bitDepth: 24 }), 1 << 16));
  assert.deepEqual(peakBetween(peaks, CLICK_S + 0.0001, CLICK_S + 0.0002), [CLICK, 0]);
});

test("a file that is cut off keeps what has come", async () => {
  const peaks = await peaksOf(arriving(wav({ bitDepth: 24, isCutOff: true }), 4096));
  assert.equal(peaks.low[CLICK_S * PEAKS_PER_S], CLICK);
  assert.equal(peaks.durationS, LENGTH_S);
});

test("what is no WAV file is said to be none", async () => {
  await assert.rejects(peaksOf(arriving(Buffer.from("<!doctype html><p>no sound in here"), 8)), /no WAV file/);
  await assert.rejects(peaksOf(arriving(Buffer.alloc(0), 8)), /no WAV file/);
  assert.throws(() => headerOf(new Uint8Array(wav({ bitDepth: 8 }))), /8 bit/);
});
