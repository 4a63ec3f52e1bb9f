// Time codes of SMPTE ST 12-1, with drop-frame. Frames are counted on the nominal rate: 30 for 30000/1001.

const MINUTES_WITHOUT_DROP = 10; // every tenth minute keeps its first frames

function nominal([numerator, denominator]) {
  return Math.max(1, Math.round(numerator / denominator));
}

// "01:00:00;02" as a count of frames.
export function frameOf(timecode, rate) {
  const [hours, minutes, seconds, frames] = timecode.split(/[:;]/).map(Number);
  const base = nominal(rate);
  const count = ((hours * 60 + minutes) * 60 + seconds) * base + frames;
  if (!timecode.includes(";")) return count;
  const all = hours * 60 + minutes;
  return count - dropped(base) * (all - Math.floor(all / MINUTES_WITHOUT_DROP));
}

export function timecodeOf(frame, rate, isDrop) {
  const base = nominal(rate);
  const perDay = frameOf(isDrop ? "24:00:00;00" : "24:00:00:00", rate);
  let count = ((frame % perDay) + perDay) % perDay;
  if (isDrop) {
    const perMinute = base * 60 - dropped(base);
    const perTen = perMinute * MINUTES_WITHOUT_DROP + dropped(base);
    const tens = Math.floor(count / perTen);
    const rest = count % perTen;
    const minutes = rest < base * 60 ? 0 : 1 + Math.floor((rest - base * 60) / perMinute);
    count += dropped(base) * (tens * (MINUTES_WITHOUT_DROP - 1) + minutes);
  }
  const parts = [Math.floor(count / (base * 3600)), Math.floor(count / (base * 60)) % 60, Math.floor(count / base) % 60].map(two);
  return `${parts.join(":")}${isDrop ? ";" : ":"}${String(count % base).padStart(base > 100 ? 3 : 2, "0")}`;
}

// Time code of the frame that is seen at a time of the clip. The small sum keeps a time that is a frame's own on that frame.
export function timecodeAt(timeS, rate, startTimecode) {
  const frame = Math.floor(timeS * (rate[0] / rate[1]) + 1e-6);
  return timecodeOf(frameOf(startTimecode, rate) + frame, rate, startTimecode.includes(";"));
}

function dropped(base) {
  return Math.round(base / 15); // 2 of 30, 4 of 60
}

function two(number) {
  return String(number).padStart(2, "0");
}
