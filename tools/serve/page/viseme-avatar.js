// <viseme-avatar server="https://host" character="name">: a face that talks, from a `viseme serve`.
//
//   socket ──H.264──► VideoDecoder ──► frames that wait ──────────► canvas
//          └──Opus──► AudioDecoder ──► ring of the sound thread ──► loudspeaker
//                                      └── tells what is heard now: the clock that pictures follow
//
// A module without dependencies. The sound thread (an AudioWorklet) loads this same file, so that an embedding page needs
// one address and a strict content security policy holds.

const RATE = 48000;                     // samples a second of everything that is played
const HEADER = 16;                      // bytes before the payload of a media message
const KIND_H264 = 1, KIND_OPUS = 2, FLAG_KEY = 1, KIND_MICROPHONE = 16;
const REPLACED = 4001;                  // the socket's close code where another took its place
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const milliseconds = (count) => count * RATE / 1000;

// --- the sound thread ---

/** Plays samples by their time. How much waits follows what the network needs: the least that was waiting in the last
 *  seconds is steered to a margin, which grows when the sound ran dry and shrinks again while all is well. */
function playerProcessor() {
  const SIZE = 2 * RATE, MARGIN = milliseconds(30), MOST = milliseconds(90), SPARE = milliseconds(40);
  const QUIET = 1e-3, WINDOW = RATE / 2;

  return class Player extends AudioWorkletProcessor {
    constructor() {
      super();
      this.ring = new Float32Array(SIZE);
      this.margin = MARGIN;
      this.starved = 0;
      this.reset();
      this.port.onmessage = ({ data }) => {
        const before = Math.max(0, -data.at);           // of the encoder's run-up
        if (!data.samples) this.reset();
        else this.take(data.at + before, data.samples.subarray(before));
      };
    }

    /** As if nothing had come yet. */
    reset() {
      this.ring.fill(0);
      this.read = this.end = null;
      this.waiting = true;
      this.lows = [SIZE, SIZE, SIZE, SIZE];
      this.low = SIZE;
      this.counted = this.reported = 0;
      this.gain = 0;
    }

    take(at, samples) {
      if (this.end === null || at < this.end - SIZE / 2 || at > this.end + SIZE / 2) {
        this.reset();
        this.read = this.end = at;
      }
      for (; this.end < at; this.end++) this.ring[this.end % SIZE] = 0;
      for (let i = Math.max(0, this.end - at); i < samples.length; i++) this.ring[(at + i) % SIZE] = samples[i];
      this.end = Math.max(this.end, at + samples.length);
      if (this.end - this.read > SIZE / 2) this.read = this.end - this.margin - SPARE;
    }

    process(_, [[output]]) {
      if (!output || this.end === null) return true;
      const depth = this.end - this.read;
      if (this.waiting && depth >= this.margin + SPARE) this.waiting = false;
      else if (!this.waiting && depth < 2 * output.length) this.dry();
      const rate = this.waiting ? 0 : this.rate(depth, output.length);
      this.report(rate, depth, output.length);
      if (rate) this.play(output, rate);
      return true;
    }

    dry() {
      this.waiting = true;
      this.gain = 0;
      this.starved++;
      this.margin = Math.min(MOST, this.margin + milliseconds(20));
      this.lows.fill(SIZE);
      this.low = SIZE;
      this.reported = 0;
    }

    /** How fast to read: a little faster where more waits than is needed, much faster or by a leap in silence, where nobody
     *  hears it. */
    rate(depth, length) {
      this.low = Math.min(this.low, depth);
      if ((this.counted += length) >= WINDOW) {
        this.counted = 0;
        this.lows = [...this.lows.slice(1), this.low];
        this.low = SIZE;
        this.margin = Math.max(MARGIN, this.margin - milliseconds(0.5));
      }
      const quiet = this.quiet(length), least = Math.min(this.low, ...this.lows.slice(quiet ? -1 : 0)), surplus = least - this.margin;
      if (least === SIZE || Math.abs(surplus) < milliseconds(10)) return 1;
      if (surplus > milliseconds(quiet ? 60 : 300)) this.skip(surplus);
      return 1 + clamp(surplus / (2 * RATE), -0.004, quiet ? 0.08 : 0.004);
    }

    skip(surplus) {
      this.read += Math.floor(surplus);
      this.lows = this.lows.map((low) => low - surplus);
      this.low -= surplus;
      this.gain = 0;
    }

    quiet(length) {
      const from = Math.floor(this.read);
      for (let i = 0; i < 2 * length; i++) if (Math.abs(this.ring[(from + i) % SIZE]) > QUIET) return false;
      return true;
    }

    /** Between samples where the rate asks for it; from nothing up to full within a few milliseconds. */
    play(output, rate) {
      for (let i = 0; i < output.length; i++, this.read += rate) {
        const whole = Math.floor(this.read), part = this.read - whole;
        const a = this.ring[whole % SIZE], b = this.ring[(whole + 1) % SIZE];
        this.gain = Math.min(1, this.gain + 1 / milliseconds(4));
        output[i] = this.gain * (a + part * (b - a));
      }
      if (rate === 1 && this.quiet(output.length)) this.read = Math.round(this.read);
    }

    report(rate, depth, length) {
      if ((this.reported -= length) > 0) return;
      this.reported = milliseconds(50);
      this.port.postMessage({ time: currentTime, read: this.read, rate, depth, starved: this.starved });
    }
  };
}

/** Hands on what the microphone hears: 20 ms of 16-bit samples at a time. */
function recorderProcessor() {
  return class Recorder extends AudioWorkletProcessor {
    constructor() {
      super();
      this.open = true;
      this.port.onmessage = () => (this.open = false);
      this.clear();
    }

    clear() {
      this.piece = new Int16Array(Math.round(sampleRate / 50));
      this.filled = 0;
    }

    process([[input]]) {
      for (const sample of input ?? []) {
        this.piece[this.filled++] = clamp(Math.round(sample * 32767), -32768, 32767);
        if (this.filled < this.piece.length) continue;
        this.port.postMessage(this.piece, [this.piece.buffer]);
        this.clear();
      }
      return this.open;
    }
  };
}

const onSoundThread = typeof AudioWorkletProcessor !== "undefined";
if (onSoundThread) {
  registerProcessor("viseme-player", playerProcessor());
  registerProcessor("viseme-recorder", recorderProcessor());
}

// --- talking to the server ---

/** What went wrong, in words that can be shown. */
class Problem extends Error {
  constructor(message, { status = 0, retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { name: "VisemeProblem", status, retryAfter });
  }
}

/** No use in asking again before somebody changes something. */
const isFinal = (problem) => problem.status >= 400 && problem.status < 500 && ![404, 408, 429].includes(problem.status);

async function problemOf(answer) {
  const said = await answer.json().catch(() => ({}));
  const retryAfter = Number(answer.headers.get("Retry-After")) || (answer.status === 503 ? 5 : 0);
  const message = answer.status === 401 ? "This server asks for a token."
    : String(said.detail || said.title || `The server answered ${answer.status}.`);
  return new Problem(message, { status: answer.status, retryAfter });
}

/** A session and its socket: made, held, made again after a loss. Calls `on.…` as its owner gave them. */
class Connection {
  #stop = new AbortController();
  #skipWait = () => {};
  #socket = null;
  #gone = null;           // ends the wait for the socket's end
  #heard = 0;
  session = null;
  reconnects = 0;

  constructor(server, wishes, token, on) {
    Object.assign(this, { server, wishes, token, on });
    this.#run();
  }

  async #run() {
    for (let tries = 0; !this.#stop.signal.aborted; tries++) {
      let problem = null;
      try {
        await this.#ensureSession();
        if (await this.#hold()) tries = 0;
      } catch (error) {
        problem = error;
      }
      if (this.#stop.signal.aborted) return;
      if (problem && this.#isLast(problem)) return this.on.refused(problem);
      const pause = problem?.retryAfter || Math.min(8, 0.25 * 2 ** tries) * (0.8 + 0.4 * Math.random());
      this.on.waiting(problem, pause);
      await this.#wait(pause);
    }
  }

  #isLast(problem) {
    return isFinal(problem) || (problem.status === 404 && !this.session);
  }

  /** The one that was there, while it lives; else a new one. */
  async #ensureSession() {
    if (this.session) {
      const answer = await this.fetch(this.session.url);
      if (answer.ok) return;
      this.session = null;
    }
    const [about, answer] = await Promise.all([
      this.fetch("/v1/characters"),
      this.fetch("/v1/sessions", {
        method: "POST", body: JSON.stringify(this.wishes),
        headers: { "Content-Type": "application/json", ...(this.token && { Authorization: `Bearer ${this.token}` }) },
      }),
    ]);
    if (about.ok) this.on.characters(await about.json());
    if (!answer.ok) throw await problemOf(answer);
    this.session = await answer.json();
    this.on.session(this.session);
  }

  /** Connected until it drops; whether it ever was. */
  #hold() {
    return new Promise((resolve, reject) => {
      const address = new URL(this.session.ws, this.server);
      address.protocol = address.protocol.replace("http", "ws");
      const socket = this.#socket = new WebSocket(address);
      socket.binaryType = "arraybuffer";
      let opened = false;
      const watch = setInterval(() => this.#watch(socket), 2000);
      const gone = this.#gone = (code) => {
        if (this.#gone !== gone) return;
        this.#gone = this.#socket = null;
        clearInterval(watch);
        if (opened && !this.#stop.signal.aborted) this.reconnects++;
        if (code === REPLACED) reject(new Problem("This session was opened elsewhere.", { status: 409 }));
        resolve(opened);
      };
      this.#heard = performance.now();
      socket.onopen = () => { opened = true; this.on.open(); };
      socket.onmessage = ({ data }) => {
        this.#heard = performance.now();
        if (socket === this.#socket) this.on.message(data);
      };
      socket.onclose = ({ code }) => gone(code);
    });
  }

  /** Pictures come all the time: where none did for long, the line is dead though nobody said so. */
  #watch(socket) {
    if (document.hidden) this.#heard = performance.now();
    if (performance.now() - this.#heard > 8000) this.renew();
    else if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"session.keep_alive"}');
  }

  #wait(seconds) {
    return new Promise((resolve) => {
      this.#skipWait = resolve;
      setTimeout(resolve, seconds * 1000);
    });
  }

  fetch(path, options = {}) {
    return fetch(new URL(path, this.server), { signal: this.#stop.signal, credentials: "omit", cache: "no-store", ...options })
      .catch(() => { throw new Problem("The server does not answer."); });
  }

  get isOpen() { return this.#socket?.readyState === WebSocket.OPEN; }

  send(message) {
    if (!this.isOpen) throw new Problem("There is no connection to the server.");
    this.#socket.send(message instanceof ArrayBuffer ? message : JSON.stringify(message));
  }

  /** The network is back: no need to wait longer. */
  hurry() { this.#skipWait(); }

  /** Drops the socket, not waiting for a farewell, and comes again: what it then gets first needs no picture before it. */
  renew() {
    this.#socket?.close();
    this.#gone?.();
  }

  /** Ends the session, so that its place is free at once, even while the page goes away. */
  close() {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#skipWait();
    this.renew();
    if (!this.session) return;
    fetch(new URL(this.session.url, this.server), { method: "DELETE", keepalive: true, credentials: "omit" }).catch(() => {});
  }
}

// --- what is seen and heard ---

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

/** H.264 in, pictures on a canvas when their time has come. */
class Picture {
  #decoder = null;
  #waiting = [];          // decoded, not yet shown, in the order of time
  #needsKey = true;
  #needsKeySince = 0;
  #pen;
  decoded = 0;
  drawn = 0;
  dropped = 0;
  failures = 0;
  shown = null;           // the time in µs of what is on the canvas

  constructor(canvas) {
    this.canvas = canvas;
    this.#pen = canvas.getContext("2d", { alpha: false });
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
    this.#pen.drawImage(frame, 0, 0, this.canvas.width, this.canvas.height);
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

/** Which moment of the session is now, in µs: what is heard says it; without sound the clock on the wall, behind the
 *  quickest packets by as much as the sound would wait. */
class Clock {
  static BEHIND = 80e3;
  #early = [Infinity, Infinity];
  #since = 0;

  constructor(sound) { this.sound = sound; }
  reset() { this.#early = [Infinity, Infinity]; }

  arrived(timestamp) {
    const wall = performance.now() * 1000;
    if (wall - this.#since > 5e6) {
      this.#early = [this.#early[1], Infinity];
      this.#since = wall;
    }
    this.#early[1] = Math.min(this.#early[1], wall - timestamp);
  }

  now() {
    const heard = this.sound.now();
    if (heard !== null) return heard;
    return performance.now() * 1000 - Math.min(...this.#early) - Clock.BEHIND;
  }
}

/** Push to talk: between start and stop what the microphone hears goes to `send`, in the protocol's messages. */
class Microphone {
  static REST = 20000;    // ms that it stays open after a stop, so that the next start is immediate
  #stream = null;
  #context = null;
  #recorder = null;
  #closing = 0;
  #wanted = false;

  /** Whether it hears now: false where `stop` came before it was ready. */
  async start(send) {
    this.#wanted = true;
    clearTimeout(this.#closing);
    if (!this.#stream) await this.#open();
    if (!this.#wanted) return false;
    this.#stream.getAudioTracks().forEach((track) => (track.enabled = true));
    await this.#context.resume();
    const head = new Uint8Array(8);
    head[0] = KIND_MICROPHONE;
    new DataView(head.buffer).setUint32(4, this.#context.sampleRate, true);
    this.#recorder.port.onmessage = ({ data }) => {
      const message = new Uint8Array(8 + data.byteLength);
      message.set(head);
      message.set(new Uint8Array(data.buffer), 8);
      if (this.#wanted) send(message.buffer);
    };
    return true;
  }

  async #open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Problem("The microphone needs https:// or localhost.");
    const wishes = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wishes }).catch((error) => {
      throw new Problem(error.name === "NotAllowedError" ? "The microphone is not allowed: allow it in the browser's address bar."
        : error.name === "NotFoundError" ? "No microphone was found." : `The microphone cannot be opened: ${error.message}`);
    });
    // A context of its own, at the device's rate: Firefox joins no others.
    const context = new AudioContext();
    await context.audioWorklet.addModule(import.meta.url);
    this.#stream = stream;
    this.#context = context;
    this.#recorder = new AudioWorkletNode(context, "viseme-recorder", { numberOfOutputs: 0 });
    context.createMediaStreamSource(stream).connect(this.#recorder);
  }

  stop() {
    this.#wanted = false;
    this.#stream?.getAudioTracks().forEach((track) => (track.enabled = false));
    this.#context?.suspend();
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => this.close(), Microphone.REST);
  }

  close() {
    this.#wanted = false;
    clearTimeout(this.#closing);
    this.#recorder?.port.postMessage("close");
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#context?.close().catch(() => {});
    this.#stream = this.#context = this.#recorder = null;
  }
}

/** A text in pieces of a line or two, shown one after the other. Only its beginning and end are known: between them
 *  the pace of what was said before tells how far she is. */
class Captions {
  #pieces = [];
  #at = -1;
  #start = 0;
  #length = 0;
  #hideAt = Infinity;
  #pace = 14;             // characters a second

  constructor(show) { this.show = show; }

  /** What fits is one piece; else it is cut after a sentence, a comma or a word, none longer than two lines hold. */
  static cut(text, most = 110) {
    const pieces = [];
    let rest = text.trim();
    for (const ends = [/[.!?…]+["”»)]*\s|[。！？]/g, /[,;:–]\s|[，、；]/g, /\s/g]; rest.length > most;) {
      const head = rest.slice(0, most + 1);
      const cuts = ends.map((end) => Math.max(0, ...[...head.matchAll(end)].map((found) => found.index + found[0].length)));
      const length = cuts.find((cut) => cut > most / 4) ?? most;
      pieces.push(rest.slice(0, length).trim());
      rest = rest.slice(length).trim();
    }
    return rest ? [...pieces, rest] : pieces;
  }

  begin(text, now) {
    this.#pieces = Captions.cut(text ?? "");
    this.#length = text?.length ?? 0;
    this.#start = now;
    this.#hideAt = Infinity;
    this.#go(0);
  }

  #go(index) {
    this.#at = index;
    this.show(this.#pieces[index] ?? "", index === 0, index >= this.#pieces.length - 1);
  }

  tick(now) {
    if (now >= this.#hideAt) return this.clear();
    let end = 0;
    for (let i = 0; i <= this.#at; i++) end += this.#pieces[i]?.length ?? 0;
    if (this.#at + 1 < this.#pieces.length && (now - this.#start) / 1e6 * this.#pace > end) this.#go(this.#at + 1);
  }

  /** Said: the pace is learnt, and the last piece stays for a moment. */
  end(now, complete) {
    const seconds = (now - this.#start) / 1e6;
    if (complete && this.#length > 20 && seconds > 1) this.#pace = clamp(this.#length / seconds, 5, 40);
    this.#hideAt = now + (complete ? 1.5e6 : 0.4e6);
  }

  clear() {
    this.#hideAt = Infinity;
    this.#pieces = [];
    if (this.#at >= 0) this.show("", false, false);
    this.#at = -1;
  }
}

// --- the element ---

const LOOKS = `
  :host { display: block; position: relative; overflow: hidden; color: #fff; line-height: 1.4;
    font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
  :host([hidden]) { display: none }
  canvas { display: block; width: 100%; height: 100%; object-fit: contain; transition: opacity .3s, filter .3s }
  canvas.veiled { opacity: .55; filter: saturate(.6) }
  [hidden] { display: none !important }
  .message, .caption, .sound { position: absolute; box-sizing: border-box }
  .message { inset: 0; display: grid; place-content: center; justify-items: center; gap: 14px; padding: 24px;
    text-align: center; font-size: 16px; color: var(--viseme-message, #3d4249); text-wrap: balance }
  .message.over { inset: auto 0 0; padding: 14px; place-content: end center }
  .message p { margin: 0; max-width: 38em; overflow-wrap: anywhere }
  .message.over p { padding: 7px 14px; border-radius: 999px; background: rgb(15 17 20 / .78); color: #fff; font-size: 14px }
  .message.over .turning { display: none }
  .turning { width: 30px; height: 30px; border-radius: 50%; border: 2.5px solid currentColor; border-right-color: transparent;
    opacity: .55; animation: turn 1s linear infinite }
  .caption { inset: auto 0 0; padding: 0 26px 16px; text-align: center; pointer-events: none; text-wrap: balance;
    font-size: clamp(15px, 2.4vmin, 19px); line-height: 1.72; overflow-wrap: anywhere }
  .caption span { padding: 3px 10px; border-radius: 6px; background: rgb(15 17 20 / .8);
    -webkit-box-decoration-break: clone; box-decoration-break: clone }
  .sound { top: 12px; right: 12px; display: inline-flex; align-items: center; gap: 8px; padding: 8px 14px 8px 11px; border: 0;
    border-radius: 999px; font: inherit; font-size: 14px; color: #fff; background: rgb(15 17 20 / .66); cursor: pointer }
  .sound:hover { background: rgb(15 17 20 / .85) }
  .sound:focus-visible { outline: 3px solid #fff; outline-offset: 2px; box-shadow: 0 0 0 5px #0072b2 }
  svg { width: 17px; height: 17px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
  @keyframes turn { to { transform: rotate(1turn) } }
  @media (prefers-reduced-motion: reduce) { .turning { animation-duration: 4s } canvas { transition: none } }
`;

const NO_SOUND = "M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5";

function make(parent, tag, className = "", text = "") {
  const element = parent.appendChild(document.createElement(tag));
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function draw(parent, path) {
  const drawing = parent.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", path);
}

/** What this browser, here, lacks for the picture; null: nothing. */
async function whatIsMissing(codec = "avc1.42E01F") {
  if (!globalThis.isSecureContext)
    return "This page came over http:// from another machine. Browsers decode live video and open the microphone only where "
      + "the address begins with https:// (viseme serve --tls-certificate and --tls-key, or a proxy that does TLS) or is "
      + "http://localhost.";
  if (typeof VideoDecoder === "undefined")
    return "This browser has no WebCodecs, which decode the picture. Chromium, Chrome and Edge from 94, Firefox from 130 and "
      + "Safari from 16.4 have them.";
  const { supported } = await VideoDecoder.isConfigSupported({ codec }).catch(() => ({ supported: false }));
  return supported ? null : "This browser cannot decode H.264. On Linux, Firefox needs the package libavcodec, and Chromium the "
    + "distribution's build or Chrome.";
}

const newId = () => `e${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

class VisemeAvatar extends (onSoundThread ? Object : HTMLElement) {
  static observedAttributes = ["server", "character", "token", "muted", "captions", "look-ahead"];

  #parts = {};
  #sound = new Sound(() => this.#showSoundOffer());
  #clock = new Clock(this.#sound);
  #microphone = new Microphone();
  #captions = new Captions((text, first, last) => this.#showCaption(text, first, last));
  #picture = null;
  #connection = null;
  #state = "closed";
  #about = { characters: [], voices: [], default_voice: null };
  #due = [];              // events of the server whose time has not come
  #sentAt = new Map();    // event -> when it was asked for
  #saying = null;         // the event that is being said
  #latency = null;
  #drawing = 0;
  #reopening = false;
  #pausing = 0;
  #counting = 0;
  #unhushing = 0;
  #internals = null;
  #stillThere = null;     // listeners that end with the element

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOKS);
    root.adoptedStyleSheets = [sheet];
    this.#internals = this.attachInternals?.();
    const canvas = make(root, "canvas"), message = make(root, "div", "message");
    make(message, "div", "turning");
    const words = make(message, "p"), caption = make(root, "div", "caption"), sound = make(root, "button", "sound");
    canvas.width = canvas.height = 512;
    canvas.hidden = true;
    canvas.setAttribute("role", "img");
    caption.setAttribute("role", "status");
    caption.setAttribute("aria-live", "polite");
    caption.setAttribute("part", "caption");
    sound.type = "button";
    sound.hidden = true;
    draw(sound, NO_SOUND);
    make(sound, "span", "", "Turn sound on");
    sound.addEventListener("click", () => this.#soundOn());
    this.#parts = { canvas, message, words, caption, sound };
    this.#picture = new Picture(canvas);
  }

  // --- properties ---

  /** closed, connecting, idle, speaking, listening, reconnecting, full, refused, paused, unsupported. */
  get state() { return this.#state; }
  /** ms from the last speak() to its first sound heard; null: nothing was said yet. */
  get latency() { return this.#latency; }
  get characters() { return this.#about.characters ?? []; }
  get voices() { return this.#about.voices ?? []; }
  get defaultVoice() { return this.#about.default_voice ?? null; }
  get session() { return this.#connection?.session ?? null; }
  /** The browser plays no sound before somebody touches the page. */
  get soundBlocked() { return !this.#sound.isPlaying && !this.#sound.failed; }

  get server() { return this.getAttribute("server") || new URL(import.meta.url).origin; }
  set server(address) { this.setAttribute("server", address); }
  get character() { return this.getAttribute("character") ?? ""; }
  set character(name) { this.setAttribute("character", name); }
  get token() { return this.getAttribute("token") ?? ""; }
  set token(token) { token ? this.setAttribute("token", token) : this.removeAttribute("token"); }
  get muted() { return this.hasAttribute("muted"); }
  set muted(muted) { this.toggleAttribute("muted", Boolean(muted)); }
  /** Captions are shown; the attribute captions="off" hides them. */
  get captions() { return this.getAttribute("captions") !== "off"; }
  set captions(on) { this.setAttribute("captions", on ? "on" : "off"); }

  /** Figures of the running session, for the curious and for tests. */
  get statistics() {
    const picture = this.#picture, sound = this.#sound, now = this.#clock.now();
    return {
      framesDecoded: picture.decoded, framesDrawn: picture.drawn, framesDropped: picture.dropped, failures: picture.failures,
      soundPackets: sound.packets, soundLevel: sound.level, soundPlaying: sound.isPlaying, soundStarved: sound.starved,
      bufferedMs: sound.buffered, pictureBehindMs: picture.shown === null ? null : (now - picture.shown) / 1000,
      reconnects: this.#connection?.reconnects ?? 0,
    };
  }

  // --- life ---

  connectedCallback() {
    const here = new AbortController(), options = { signal: here.signal };
    this.#stillThere = here;
    const wake = () => { if (this.#connection && !this.#sound.isPlaying) this.#sound.start().catch(() => {}); };
    for (const gesture of ["pointerup", "keydown", "touchend"]) document.addEventListener(gesture, wake, { ...options, capture: true });
    document.addEventListener("visibilitychange", () => this.#seenOrNot(), options);
    addEventListener("online", () => this.#connection?.hurry(), options);
    addEventListener("pagehide", () => this.close(), options);
    addEventListener("pageshow", ({ persisted }) => persisted && this.#reopen(), options);
    if (this.#internals) this.#internals.role = "region";
    this.#reopen();
  }

  disconnectedCallback() {
    this.#stillThere?.abort();
    this.close();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === "muted") this.#sound.muted = after !== null, this.#showSoundOffer();
    else if (name === "captions") this.#parts.caption.hidden = after === "off";
    else if (this.isConnected) this.#reopen();
  }

  /** Once, after all attributes of this moment have changed. */
  #reopen() {
    if (this.#reopening) return;
    this.#reopening = true;
    queueMicrotask(() => {
      this.#reopening = false;
      if (this.isConnected) this.open();
    });
  }

  /** A session of its own; one that is open ends first. Called by itself when the element is put into a page. */
  async open() {
    this.#end();
    this.#become("connecting", "");
    const missing = await whatIsMissing();
    if (this.#connection || !this.isConnected) return;
    if (missing) return this.#become("unsupported", missing);
    this.#sound.muted = this.muted;
    this.#sound.start().catch((error) => { this.#sound.failed ??= `No sound: ${error.message}`; });
    const wishes = { transport: "ws", media: "encoded" };
    if (this.character) wishes.character = this.character;
    if (this.getAttribute("look-ahead")) wishes.look_ahead = this.getAttribute("look-ahead");
    const connection = this.#connection = new Connection(this.server, wishes, this.token, {
      characters: (about) => (this.#about = about),
      session: (session) => this.#name(session),
      open: () => clearInterval(this.#counting),
      message: (data) => (typeof data === "string" ? this.#hear(JSON.parse(data)) : this.#take(data)),
      waiting: (problem, pause) => this.#wait(problem, pause),
      refused: (problem) => {
        if (connection !== this.#connection) return;
        this.#end();
        this.#become("refused", problem.message, problem);
        this.#complain(problem.message, { status: problem.status });
      },
    });
    this.#draw();
  }

  /** Ends the session; its place is free at once. `open()` begins a new one. */
  close() {
    this.#end();
    this.#become("closed", "");
  }

  #end() {
    cancelAnimationFrame(this.#drawing);
    clearTimeout(this.#pausing);
    clearInterval(this.#counting);
    this.stopMicrophone();
    this.#microphone.close();
    this.#connection?.close();
    this.#connection = null;
    this.#due = [];
    this.#sentAt.clear();
    this.#saying = null;
    this.#captions.clear();
    this.#picture.close();
    this.#sound.close();
    this.#clock.reset();
  }

  #name(session) {
    this.#parts.canvas.setAttribute("aria-label", `${session.character}, a talking face`);
    if (this.#internals) this.#internals.ariaLabel = `Presenter ${session.character}`;
    this.#emit("session", { character: session.character, width: session.width, height: session.height });
  }

  /** Nobody looks: after a while, and not in the middle of a sentence, the place is left to others. */
  #seenOrNot() {
    clearTimeout(this.#pausing);
    if (!document.hidden) {
      this.#picture.clear();
      if (this.#state === "paused") this.open();
      else this.#connection?.hurry();
      return;
    }
    const seconds = Number(this.getAttribute("pause-after") ?? 30);
    const pause = () => {
      if (this.#saying) return void (this.#pausing = setTimeout(pause, 5000));
      if (!this.#connection) return;
      this.#end();
      this.#become("paused", "Paused while nobody looks.");
    };
    if (seconds >= 0) this.#pausing = setTimeout(pause, seconds * 1000);
  }

  // --- what can be asked of her ---

  /** Says it, after all that waits, or with `interrupt` instead. The event's id, once the server was asked. */
  async speak(text, { voice, interrupt = false } = {}) {
    const id = newId();
    this.#send({ type: "agent.speak_text", text: String(text), event_id: id, interrupt, ...(voice && { voice }) });
    this.#sentAt.set(id, performance.now());
    return id;
  }

  /** The same for a sound file, or anything that holds sound. */
  async speakFile(blob, { interrupt = false } = {}) {
    if (!this.session) throw new Problem("There is no connection to the server.");
    const id = newId(), address = new URL(this.session.speak, this.server);
    address.search = new URLSearchParams({ event_id: id, interrupt });
    const headers = { "Content-Type": /^(audio\/|video\/mp4$)/.test(blob.type) ? blob.type : "application/octet-stream" };
    const answer = await this.#connection.fetch(address, { method: "POST", headers, body: blob });
    if (!answer.ok) throw await problemOf(answer);
    this.#sentAt.set(id, performance.now());
    return (await answer.json()).event_id ?? id;
  }

  /** Silent at once; what waits to be said is dropped. */
  interrupt() {
    this.#send({ type: "agent.interrupt" });
    this.#sentAt.clear();
    if (!this.#saying) return;
    this.#sound.hush();
    clearTimeout(this.#unhushing);
    this.#unhushing = setTimeout(() => this.#sound.unhush(), 600);
  }

  /** Drops the connection and makes it anew; the session goes on where it still lives. */
  reconnect() { this.#connection?.renew(); }

  /** Until stopMicrophone() she says what is said to her. Whether it runs now. */
  async startMicrophone() {
    if (!this.#connection?.isOpen) throw new Problem("There is no connection to the server.");
    if (this.#saying) this.interrupt();
    const hears = await this.#microphone.start((message) => this.#connection?.isOpen && this.#connection.send(message));
    this.#emit("microphone", { on: hears });
    return hears;
  }

  stopMicrophone() {
    this.#microphone.stop();
    if (this.#connection?.isOpen) this.#connection.send({ type: "agent.speak_end" });
    this.#emit("microphone", { on: false });
  }

  #send(message) {
    if (!this.#connection) throw new Problem("There is no connection to the server.");
    this.#connection.send(message);
  }

  // --- what the server says ---

  #take(data) {
    if (data.byteLength <= HEADER) return;
    const head = new DataView(data), kind = head.getUint8(0), payload = new Uint8Array(data, HEADER);
    const duration = head.getUint32(4, true), time = Number(head.getBigInt64(8, true));
    this.#clock.arrived(time);
    if (kind === KIND_H264) this.#picture.decode((head.getUint8(1) & FLAG_KEY) !== 0, time, duration, payload);
    else if (kind === KIND_OPUS) this.#sound.decode(time, duration, payload);
    if (this.#picture.lacksKeyFor > 4000) this.#connection.renew();
    if (document.hidden) this.#happen();
  }

  #hear(event) {
    if (event.type === "session.state_updated") return this.#greet(event);
    if (event.type === "error") return this.#complain(event.message, { eventId: event.event_id });
    if (!event.type.startsWith("agent.speak_")) return;
    this.#due.push({ ...event, came: performance.now() });
    this.#happen();
  }

  #greet({ state, media }) {
    if (media) {
      this.#clock.reset();
      this.#due = [];
      this.#picture.configure(media.video);
      this.#sound.configure(media.audio);
      this.#saying = null;
      this.#become("idle", "");
      this.#emit("ready", { characters: this.characters, voices: this.voices, defaultVoice: this.defaultVoice });
      if (this.#sound.failed) this.#complain(this.#sound.failed);
    } else if (state === "listening" || this.#state === "listening") this.#become(state, "");
  }

  #wait(problem, pause) {
    this.#saying = null;
    this.#captions.clear();
    if (problem?.status !== 503) {
      const first = this.#picture.shown === null;
      return this.#become(first ? "connecting" : "reconnecting", first && !problem ? ""
        : problem?.message ? `${problem.message} Trying again…` : "The connection was lost. Trying again…", problem);
    }
    const until = performance.now() + pause * 1000;
    const say = () => {
      const seconds = Math.max(0, Math.ceil((until - performance.now()) / 1000));
      this.#become("full", `All places are taken. Asking again in ${seconds} s.`, { ...problem, retryAfter: pause });
    };
    clearInterval(this.#counting);
    this.#counting = setInterval(say, 1000);
    say();
  }

  /** Does what is due: she is said to speak when she is heard to. */
  #happen() {
    const now = this.#clock.now();
    while (this.#due.length) {
      const [event] = this.#due;
      if (event.time_us > now && performance.now() - event.came < 3000) break;
      this.#due.shift();
      this.#tell(event, now);
    }
    this.#captions.tick(now);
  }

  #tell(event, now) {
    const id = event.event_id ?? null;
    if (event.type === "agent.speak_started") {
      this.#saying = id ?? "";
      this.#measure(id);
      this.#captions.begin(event.text, now);
      this.#become("speaking", "");
      this.#emit("speakstart", { eventId: id, text: event.text ?? null });
      return;
    }
    const complete = event.type === "agent.speak_ended";
    this.#saying = null;
    clearTimeout(this.#unhushing);
    this.#sound.unhush();
    this.#captions.end(now, complete);
    this.#become("idle", "");
    if (complete) this.#emit("speakend", { eventId: id });
    else this.#emit("interrupted", { eventId: id, playbackPositionMs: event.playback_position_ms ?? null });
  }

  #measure(id) {
    const sent = this.#sentAt.get(id);
    this.#sentAt.delete(id);
    if (sent === undefined) return;
    this.#latency = performance.now() - sent;
    this.#emit("latency", { milliseconds: this.#latency });
  }

  // --- what is shown ---

  #draw() {
    this.#drawing = requestAnimationFrame(() => this.#draw());
    this.#happen();
    if (this.#picture.show(this.#clock.now()) && this.#parts.canvas.hidden) this.#showMessage();
  }

  #become(state, message, problem = null) {
    const changed = state !== this.#state;
    this.#state = state;
    this.#showMessage(message);
    this.#showSoundOffer();
    if (changed) this.#emit("state", { state, message, status: problem?.status ?? 0, retryAfter: problem?.retryAfter ?? 0 });
  }

  #showMessage(message = "") {
    const { canvas, message: box, words } = this.#parts, seen = this.#picture.shown !== null;
    const busy = ["connecting", "reconnecting", "full"].includes(this.#state);
    canvas.hidden = !seen;
    canvas.classList.toggle("veiled", !["idle", "speaking", "listening", "connecting"].includes(this.#state));
    words.textContent = message || (this.#state === "connecting" || !seen ? "Connecting…" : "");
    box.classList.toggle("over", seen);
    box.hidden = this.#state === "closed" || (seen && !message && this.#state !== "connecting");
    box.firstChild.hidden = !busy && seen;
    if (["refused", "unsupported", "paused"].includes(this.#state)) box.firstChild.hidden = true;
  }

  #showSoundOffer() {
    const live = ["idle", "speaking", "listening"].includes(this.#state);
    this.#parts.sound.hidden = !live || Boolean(this.#sound.failed) || (this.#sound.isPlaying && !this.muted);
  }

  #soundOn() {
    this.muted = false;
    this.#sound.start().catch(() => {});
    setTimeout(() => {
      if (!this.isConnected || this.#sound.isPlaying || !this.#connection) return;
      this.#complain("No sound can be played here: is a loudspeaker or headphones connected?");
    }, 3000);
  }

  #showCaption(text, first, last) {
    const { caption } = this.#parts;
    caption.replaceChildren();
    if (text) make(caption, "span", "", text);
    this.#emit("caption", { text, first, last });
  }

  #complain(message, more = {}) { this.#emit("error", { message, eventId: null, status: 0, ...more }); }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}

if (!onSoundThread && !customElements.get("viseme-avatar")) customElements.define("viseme-avatar", VisemeAvatar);

export { VisemeAvatar };
