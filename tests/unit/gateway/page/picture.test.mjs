import assert from "node:assert/strict";
import test from "node:test";

import { Picture } from "../../../../services/gateway/page/picture.js";
import { frames } from "./dom.mjs";

// A video element as HTML has it: a new file stops it and sets time and speed back, at once.
class Video extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { currentTime: 0, paused: true, ended: false, playbackRate: 1, played: 0, file: "" });
  }

  set src(url) { Object.assign(this, { file: url, currentTime: 0, paused: true, playbackRate: 1 }); }
  load() { this.src = ""; }
  removeAttribute() { this.file = ""; }
  replaceChildren() {}
  async play() { this.paused = false; this.played += 1; this.dispatchEvent(new Event("play")); }
  pause() { this.paused = true; this.dispatchEvent(new Event("pause")); }
  arrive() { this.dispatchEvent(new Event("loadedmetadata")); }
}

function playing(timeS) {
  frames();
  const video = new Video();
  const picture = new Picture(video, () => {});
  picture.show("foley.mp4");
  video.arrive();
  picture.toggle();
  video.currentTime = timeS;
  return { video, picture };
}

test("another picture goes on where the last one was, as fast, and goes on playing", () => {
  const { video, picture } = playing(3.5);
  video.playbackRate = 0.5;
  picture.switchTo("annotated.mp4");
  assert.deepEqual([picture.currentTime, picture.paused], [3.5, false]); // also while it is on its way
  video.arrive();
  assert.deepEqual([video.file, video.currentTime, video.paused, video.playbackRate], ["annotated.mp4", 3.5, false, 0.5]);
});

test("there and back before the first has come still goes on where it was", () => {
  const { video, picture } = playing(3.5);
  picture.switchTo("annotated.mp4");
  picture.switchTo("foley.mp4");
  video.arrive();
  assert.deepEqual([video.file, video.currentTime, video.paused, video.played], ["foley.mp4", 3.5, false, 2]);
});

test("what stood still stands still", () => {
  const { video, picture } = playing(3.5);
  picture.toggle();
  picture.switchTo("annotated.mp4");
  video.arrive();
  assert.deepEqual([video.currentTime, video.paused], [3.5, true]);
});

test("the next render begins at its beginning, however many pictures of the last one were on their way", () => {
  const { video, picture } = playing(3.5);
  picture.switchTo("annotated.mp4");
  picture.switchTo("foley.mp4");
  picture.clear();
  picture.show("next.mp4");
  video.arrive();
  assert.deepEqual([video.file, video.currentTime, video.paused], ["next.mp4", 0, true]);
});

test("somebody who goes elsewhere or stops while a picture is on its way gets that", () => {
  const { video, picture } = playing(3.5);
  picture.switchTo("annotated.mp4");
  picture.seek(1.25);
  picture.toggle();
  video.arrive();
  assert.deepEqual([video.currentTime, video.paused], [1.25, true]);
  picture.seek(2);
  assert.equal(video.currentTime, 2);
});

test("the time is told once a frame while it plays, and no more when it stands", () => {
  const screen = frames();
  const video = new Video();
  let told = 0;
  const picture = new Picture(video, () => { told += 1; });
  picture.toggle();
  picture.toggle();
  picture.toggle(); // on, off and on within a frame
  told = 0;
  assert.equal(screen.draw(), 1);
  assert.equal(screen.draw(), 1);
  assert.equal(told, 2);
  picture.toggle();
  screen.draw();
  assert.equal(screen.draw(), 0);
});
