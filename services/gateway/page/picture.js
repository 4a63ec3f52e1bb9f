// The video element: which file plays, where it goes on when another picture of the same sound is shown, and who is told its time.

export class Picture {
  #resume = null; // {currentTime, isPlaying, playbackRate}: a file that is not there yet goes on so
  #frame = 0;

  // `onTime()` is told whenever the time or the state may be another one: at every frame of the screen while it plays.
  constructor(video, onTime) {
    this.video = video;
    this.onTime = onTime;
    for (const kind of ["timeupdate", "seeking", "seeked", "pause"]) video.addEventListener(kind, onTime);
    video.addEventListener("play", () => this.#run());
    video.addEventListener("loadedmetadata", () => this.#goOn());
  }

  // While a file is on its way the element says 0 and stopped: what counts is where it will go on.
  get currentTime() {
    return this.#resume ? this.#resume.currentTime : this.video.currentTime;
  }

  get paused() {
    return this.#resume ? !this.#resume.isPlaying : this.video.paused;
  }

  // A file from its beginning.
  show(url) {
    this.#resume = null;
    this.video.src = url;
  }

  // Another file with the same time: goes on where the last one was.
  switchTo(url) {
    this.#resume = { currentTime: this.currentTime, isPlaying: !this.paused, playbackRate: this.video.playbackRate, ...this.#resume };
    this.video.src = url;
  }

  clear() {
    this.#resume = null;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.replaceChildren();
    this.video.load();
  }

  seek(timeS) {
    if (!this.#resume) this.video.currentTime = timeS;
    else {
      this.#resume.currentTime = timeS;
      this.onTime();
    }
  }

  toggle() {
    if (this.#resume) this.#resume.isPlaying = !this.#resume.isPlaying;
    else if (this.video.paused) this.#play();
    else this.video.pause();
  }

  #play() {
    this.video.play().catch(() => {}); // it was stopped before it began, or another file came: both are seen
  }

  #goOn() {
    if (!this.#resume) return;
    const { currentTime, isPlaying, playbackRate } = this.#resume;
    this.#resume = null;
    this.video.playbackRate = playbackRate; // a new file begins at the usual one
    this.video.currentTime = currentTime;
    if (isPlaying) this.#play();
  }

  // `timeupdate` comes four times a second; a playhead wants every frame while the video runs.
  #run() {
    this.onTime();
    cancelAnimationFrame(this.#frame); // a stop and a start within a frame: one loop, not two
    this.#frame = this.video.paused || this.video.ended ? 0 : requestAnimationFrame(() => this.#run());
  }
}
