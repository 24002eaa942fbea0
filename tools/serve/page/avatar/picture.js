/** H.264 in, pictures on a canvas when their time has come. */
class Picture {
  #decoder = null;
  #waiting = [];          // decoded, not yet shown, in the order of time
  #needsKey = true;
  #needsKeySince = 0;
  pen;
  decoded = 0;
  drawn = 0;
  dropped = 0;
  failures = 0;
  shown = null;           // the time in µs of what is on the canvas

  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { alpha: false });
  }

  configure(media) {
    this.media = media;
    this.clear();
    this.#needsKey = true;
    this.#needsKeySince = performance.now();
    this.#decoder?.state === "configured" && this.#decoder.close();
    const decoder = this.#decoder = new VideoDecoder({ output: (frame) => this.#take(frame), error: () => this.#fail(decoder) });
    decoder.configure({ codec: media.codec, codedWidth: media.width, codedHeight: media.height, optimizeForLatency: true });
  }

  #fail(decoder) {
    if (decoder !== this.#decoder) return;
    this.failures++;
    this.configure(this.media);
  }

  decode(key, timestamp, duration, data) {
    if (!this.#decoder || (this.#needsKey && !key)) return;
    this.#needsKey = false;
    this.#decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp, duration, data }));
  }

  /** No picture can be decoded before the server sends one that stands alone, and it did not for so long. */
  get lacksKeyFor() { return this.#needsKey ? performance.now() - this.#needsKeySince : 0; }

  #take(frame) {
    this.decoded++;
    this.#waiting.push(frame);
    while (this.#waiting.length > (document.hidden ? 1 : 24)) this.#drop();
  }

  #drop() {
    this.dropped++;
    this.#waiting.shift().close();
  }

  /** Shows the last picture whose time has come; those before it are not shown. */
  show(now) {
    while (this.#waiting.length > 1 && this.#waiting[1].timestamp <= now) this.#drop();
    const [frame] = this.#waiting;
    if (!frame || (frame.timestamp > now && this.shown !== null && frame.timestamp - now < 2e6)) return false;
    this.#waiting.shift();
    if (this.canvas.width !== frame.displayWidth) this.canvas.width = frame.displayWidth;
    if (this.canvas.height !== frame.displayHeight) this.canvas.height = frame.displayHeight;
    this.pen.drawImage(frame, 0, 0, this.canvas.width, this.canvas.height);
    this.shown = frame.timestamp;
    this.drawn++;
    frame.close();
    return true;
  }

  clear() { while (this.#waiting.length) this.#waiting.shift().close(); }

  close() {
    this.clear();
    this.#decoder?.state === "configured" && this.#decoder.close();
    this.#decoder = null;
  }
}
