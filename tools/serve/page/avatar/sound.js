/** Opus in, sound out, and the time of what is heard now. */
class Sound {
  #context = null;
  #gain = null;
  #player = null;
  #decoder = null;
  #told = null;           // the sound thread's last report
  #energies = [];
  #muted = false;
  failed = null;
  packets = 0;

  constructor(onchange) { this.onchange = onchange; }

  /** Once the page may: without a gesture a browser leaves it suspended, and pictures go on without it. */
  async start() {
    if (this.#context) return this.#resume();
    const context = this.#context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    context.onstatechange = () => this.onchange();
    await context.audioWorklet.addModule(import.meta.url);
    if (context !== this.#context) return;
    this.#player = new AudioWorkletNode(context, "viseme-player", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#player.port.onmessage = ({ data }) => (this.#told = data);
    this.#gain = new GainNode(context, { gain: this.#muted ? 0 : 1 });
    this.#player.connect(this.#gain).connect(context.destination);
    this.#resume();
    this.onchange();
  }

  #resume() {
    if (this.#context.state !== "running") this.#context.resume().catch(() => {});
  }

  get isPlaying() { return this.#context?.state === "running" && this.#player !== null; }

  configure(media) {
    this.#decoder?.state === "configured" && this.#decoder.close();
    this.#player?.port.postMessage({});
    this.#told = null;
    if (typeof AudioDecoder === "undefined") {
      this.failed = "This browser cannot decode Opus: there is a picture, but no sound.";
      return;
    }
    this.#decoder = new AudioDecoder({ output: (data) => this.#take(data), error: () => (this.#decoder = null) });
    this.#decoder.configure({ codec: media.codec, sampleRate: media.sample_rate, numberOfChannels: media.channels });
    this.media = media;
  }

  decode(timestamp, duration, data) {
    if (!this.#decoder && this.media && !this.failed) this.configure(this.media);
    this.#decoder?.decode(new EncodedAudioChunk({ type: "key", timestamp, duration, data }));
  }

  #take(data) {
    const samples = new Float32Array(data.numberOfFrames), at = Math.round(data.timestamp * RATE / 1e6);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    data.close();
    this.packets++;
    this.#energies = [...this.#energies.slice(-9), samples.reduce((sum, x) => sum + x * x, 0) / samples.length];
    if (this.isPlaying) this.#player.port.postMessage({ at, samples }, [samples.buffer]);
  }

  /** Root mean square of the last 0.2 s that were decoded, of 1. */
  get level() { return Math.sqrt(this.#energies.reduce((sum, x) => sum + x, 0) / Math.max(1, this.#energies.length)); }
  get buffered() { return this.#told ? this.#told.depth / milliseconds(1) : null; }
  get starved() { return this.#told?.starved ?? 0; }

  /** The time in µs of what comes out of the loudspeaker now; null: no sound is played. */
  now() {
    if (!this.isPlaying || !this.#told) return null;
    const { time, read, rate } = this.#told, past = this.#context.currentTime - time;
    if (past > 1) return null;
    return read / RATE * 1e6 + 1e6 * (past * rate - clamp(this.#context.outputLatency || 0, 0, 0.5));
  }

  set muted(muted) {
    this.#muted = muted;
    this.#fade(muted ? 0 : 1);
  }

  #fade(to) { this.#gain?.gain.setTargetAtTime(to, this.#context.currentTime, 0.008); }

  /** Silent at once; what was on its way is not heard. */
  hush() { this.#fade(0); }
  unhush() { this.#fade(this.#muted ? 0 : 1); }

  close() {
    this.#decoder?.state === "configured" && this.#decoder.close();
    this.#context?.close().catch(() => {});
    this.#decoder = this.#player = this.#gain = this.#context = this.#told = null;
  }
}
