// The outline of a WAV file, read while it arrives. Web Audio would want the whole file decoded in memory (an hour of 48 kHz
// stereo is 1.4 GB as floats); this holds one piece at a time, and knows the sample formats that the audio service writes.

export const PEAKS_PER_S = 500; // a pair of least and greatest for every 2 ms: more than a screen shows unless it is zoomed in far
const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe; // the true format is the beginning of its sub-format
const LONGEST_HEADER = 1 << 20; // bytes; a broadcast wave's chunks are some hundreds

// Reads a stream of Uint8Arrays to its end. Gives {low, high, loudest, perS, durationS}: least and greatest sample of
// all channels, and the greatest of all.
export async function peaksOf(stream) {
  const reader = stream.getReader();
  let held = new Uint8Array(0);
  let format = null;
  let outline = null;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      held = held.length ? joined(held, value) : value;
      if (!format) {
        format = headerOf(held);
        if (!format) {
          if (held.length > LONGEST_HEADER) throw new Error("The WAV file has no sound in its first megabyte.");
          continue;
        }
        outline = new Outline(format);
        held = held.subarray(format.dataAt);
      }
      held = held.subarray(outline.take(held));
      if (outline.isFull) break;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  if (!outline) throw new Error("The file is no WAV file.");
  return outline.result();
}

function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

// {channelCount, rateHz, bitDepth, isFloat, dataAt, frameCount}; null while the header is not there yet.
export function headerOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12) return null;
  if (!["RIFF", "RF64"].includes(name(0)) || name(8) !== "WAVE") throw new Error("The file is no WAV file.");
  let format = null;
  let longSize = null; // of RF64's data, whose own field is full
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = name(at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === "data") {
      if (!format) throw new Error("The WAV file does not say its format.");
      const size64 = size === 0xffffffff && longSize !== null ? longSize : size;
      return { ...format, dataAt: body, frameCount: Math.floor(size64 / ((format.bitDepth / 8) * format.channelCount)) };
    }
    if (body + size > bytes.length) return null;
    if (id === "ds64") longSize = Number(view.getBigUint64(body + 8, true));
    if (id === "fmt ") {
      const tag = view.getUint16(body, true);
      const coding = tag === FORMAT_EXTENSIBLE ? view.getUint16(body + 24, true) : tag;
      format = { channelCount: view.getUint16(body + 2, true), rateHz: view.getUint32(body + 4, true), bitDepth: view.getUint16(body + 14, true), isFloat: coding === FORMAT_FLOAT };
      const isKnown = coding === FORMAT_FLOAT ? format.bitDepth === 32 : coding === FORMAT_PCM && [16, 24, 32].includes(format.bitDepth);
      if (!isKnown) throw new Error(`The WAV file has samples of a kind that this page does not draw (${coding}, ${format.bitDepth} bit).`);
    }
    at = body + size + (size % 2);
  }
  return null;
}

class Outline {
  constructor(format) {
    this.format = format;
    this.framesPerPeak = Math.max(1, Math.round(format.rateHz / PEAKS_PER_S));
    const peakCount = Math.ceil(format.frameCount / this.framesPerPeak);
    this.low = new Float32Array(peakCount);
    this.high = new Float32Array(peakCount);
    this.frame = 0;
  }

  get isFull() {
    return this.frame >= this.format.frameCount;
  }

  // Takes whole frames; gives the number of bytes taken.
  take(bytes) {
    const { channelCount, bitDepth, isFloat, frameCount } = this.format;
    const width = bitDepth / 8;
    const frames = Math.min(Math.floor(bytes.length / (width * channelCount)), frameCount - this.frame);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const scale = 1 / 2 ** (bitDepth - 1);
    let at = 0;
    for (let index = 0; index < frames; index += 1) {
      const peak = Math.floor((this.frame + index) / this.framesPerPeak);
      for (let channel = 0; channel < channelCount; channel += 1, at += width) {
        let sample;
        if (isFloat) sample = view.getFloat32(at, true);
        else if (width === 3) sample = (bytes[at] | (bytes[at + 1] << 8) | (view.getInt8(at + 2) << 16)) * scale;
        else sample = (width === 2 ? view.getInt16(at, true) : view.getInt32(at, true)) * scale;
        if (sample < this.low[peak]) this.low[peak] = sample;
        if (sample > this.high[peak]) this.high[peak] = sample;
      }
    }
    this.frame += frames;
    return at;
  }

  result() {
    const { rateHz, frameCount } = this.format;
    const loudest = this.high.reduce((most, high, index) => Math.max(most, high, -this.low[index]), 0);
    return { low: this.low, high: this.high, loudest, perS: rateHz / this.framesPerPeak, durationS: frameCount / rateHz };
  }
}

// Least and greatest from one time to another, for one column of pixels.
export function peakBetween(peaks, startS, endS) {
  const first = Math.max(0, Math.floor(startS * peaks.perS));
  const end = Math.min(peaks.high.length, Math.max(first + 1, Math.ceil(endS * peaks.perS)));
  let low = 0;
  let high = 0;
  for (let index = first; index < end; index += 1) {
    if (peaks.low[index] < low) low = peaks.low[index];
    if (peaks.high[index] > high) high = peaks.high[index];
  }
  return [low, high];
}
