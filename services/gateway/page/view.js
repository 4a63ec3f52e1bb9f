// Which part of the clip the timeline shows, and what of the clip is where on it. Plain figures, no page in here.

export const NUDGED_INTO_FRAME_S = 0.001; // a seek to a contact shows the frame that it is in
const SHORTEST_S = 0.25; // zoomed in furthest: some frames

export class View {
  constructor(durationS) {
    this.durationS = Math.max(durationS, SHORTEST_S);
    this.fit();
  }

  fit() {
    this.startS = 0;
    this.endS = this.durationS;
  }

  get spanS() {
    return this.endS - this.startS;
  }

  x(timeS, width) {
    return ((timeS - this.startS) / this.spanS) * width;
  }

  time(x, width) {
    return this.startS + (x / width) * this.spanS;
  }

  // A factor under 1 shows less time, larger; the time `aroundS` stays where it is.
  zoom(factor, aroundS) {
    const spanS = Math.min(this.durationS, Math.max(SHORTEST_S, this.spanS * factor));
    const share = (aroundS - this.startS) / this.spanS;
    this.#place(aroundS - share * spanS, spanS);
  }

  pan(byS) {
    this.#place(this.startS + byS, this.spanS);
  }

  // Turns the page when a time is not shown; true when it did.
  follow(timeS) {
    if (timeS >= this.startS && timeS <= this.endS) return false;
    this.#place(timeS - this.spanS * 0.1, this.spanS);
    return true;
  }

  #place(startS, spanS) {
    this.startS = Math.min(Math.max(0, startS), this.durationS - spanS);
    this.endS = this.startS + spanS;
  }
}

// Round distance between marks of the ruler, so that no two are nearer than `least` pixels.
export function tickS(spanS, width, least = 90) {
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  return steps.find((step) => (step / spanS) * width >= least) ?? steps.at(-1);
}

// The step of a lane nearest to a time, if it is within reach.
export function nearest(steps, timeS, reachS) {
  let best = null;
  for (const step of steps) {
    const distance = Math.abs(step.landsS - timeS);
    if (distance <= reachS && (!best || distance < Math.abs(best.landsS - timeS))) best = step;
  }
  return best;
}

// Where the playhead stands as a contact: that of a step which it was sent to, else its own time.
export function contactAt(steps, playheadS) {
  return nearest(steps, playheadS - NUDGED_INTO_FRAME_S, NUDGED_INTO_FRAME_S / 2)?.landsS ?? playheadS;
}

// Index of the last step that has landed by a time, −1 before the first: by halving, as it is asked for at every frame.
export function lastAt(steps, timeS) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle].landsS <= timeS) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// The step to go to from a step (or from a time, with none): the next or the one before of these.
export function beside(steps, fromS, direction) {
  const later = steps.filter((step) => (direction > 0 ? step.landsS > fromS + 1e-6 : step.landsS < fromS - 1e-6));
  return (direction > 0 ? later[0] : later.at(-1)) ?? null;
}
