/* What a page sees of a face and when: for live_reaction.py, which evaluates it in a page of the server.
 *
 * Pictures and sound are decoded by WebCodecs as they arrive. How far the mouth is open is measured as the demo's own
 * evaluation does it (demo/make/opening.py), in the square that the footage frame has. */
"use strict";

class Reaction {
  /* squares: x1, y1, x2, y2 of each footage frame */
  constructor(squares, options) {
    this.squares = squares;
    this.options = options;
    this.pictures = [];     /* {at, time, opening}: performance.now(), media seconds, pixels */
    this.sounds = [];       /* {at, time, loud} */
    this.events = [];       /* {at, ...message} */
  }

  async open() {
    const began = performance.now();
    const asked = {transport: "ws", ...this.options};
    const answer = await fetch("/v1/sessions", {method: "POST", body: JSON.stringify(asked),
                                                headers: {"Content-Type": "application/json"}});
    if (answer.status !== 201) throw new Error(`no session: ${answer.status}`);
    this.session = await answer.json();
    this.canvas = new OffscreenCanvas(this.session.width, this.session.height);
    this.context = this.canvas.getContext("2d", {willReadFrequently: true});
    this.video = new VideoDecoder({output: (frame) => this.picture(frame), error: (e) => { this.error = String(e); }});
    this.video.configure({codec: "avc1.42E01F", optimizeForLatency: true});
    this.audio = new AudioDecoder({output: (data) => this.sound(data), error: (e) => { this.error = String(e); }});
    this.audio.configure({codec: "opus", sampleRate: 48000, numberOfChannels: 1});
    this.socket = new WebSocket(new URL(this.session.ws, location.href.replace(/^http/, "ws")));
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = (message) => this.take(message.data);
    await new Promise((done, fail) => { this.socket.onopen = done; this.socket.onerror = fail; });
    await this.until(() => this.pictures.length > 0);
    return this.pictures[0].at - began;
  }

  take(data) {
    if (typeof data === "string") {
      this.events.push({at: performance.now(), ...JSON.parse(data)});
      return;
    }
    const view = new DataView(data);
    const kind = view.getUint8(0), key = (view.getUint8(1) & 1) === 1;
    const chunk = {type: key ? "key" : "delta", timestamp: Number(view.getBigInt64(8, true)),
                   duration: view.getUint32(4, true), data: new Uint8Array(data, 16)};
    if (kind === 1) this.video.decode(new EncodedVideoChunk(chunk));
    if (kind === 2) this.audio.decode(new EncodedAudioChunk({...chunk, type: "key"}));
  }

  /* Its square: footage frames run 1, 2, ... last, ..., 1, 0, 1, ... */
  square(time) {
    const span = this.squares.length - 1;
    const at = (Math.round(time * this.session.fps) + 1) % (2 * span);
    return this.squares[at <= span ? at : 2 * span - at];
  }

  picture(frame) {
    const at = performance.now(), time = frame.timestamp / 1e6;
    this.context.drawImage(frame, 0, 0);
    frame.close();
    const [x1, y1, x2, y2] = this.square(time), scale = (x2 - x1) / 328;
    const left = x1 + Math.round(152 * scale), top = y1 + Math.round(82 * scale);
    const width = Math.round(24 * scale), height = Math.round(104 * scale);
    const pixels = this.context.getImageData(left, top, width, height).data;
    let open = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      const red = pixels[i], green = pixels[i + 1], blue = pixels[i + 2];
      if ((blue > 165 && red - blue < 40) || (red < 132 && green < 62)) open++;
    }
    this.pictures.push({at, time, opening: open / width / scale});
  }

  sound(data) {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, {planeIndex: 0, format: "f32-planar"});
    let sum = 0;
    for (const value of samples) sum += value * value;
    this.sounds.push({at: performance.now(), time: data.timestamp / 1e6, loud: Math.sqrt(sum / samples.length) > 0.003});
    data.close();
  }

  async until(what, patience = 15000) {
    const end = performance.now() + patience;
    while (!what()) {
      if (performance.now() > end || this.error) throw new Error(this.error || "it never came");
      await new Promise((next) => setTimeout(next, 2));
    }
  }

  push(samples, rate) {
    const message = new ArrayBuffer(8 + 2 * samples.length), view = new DataView(message);
    view.setUint8(0, 16);
    view.setUint32(4, rate, true);
    samples.forEach((value, i) => view.setInt16(8 + 2 * i, value, true));
    this.socket.send(message);
  }

  /* Milliseconds until a lip has moved and until sound is there, of sound given at once or (`pace`) as it is spoken. */
  async speak(samples, rate, pace) {
    const seen = this.pictures.length, heard = this.sounds.length, began = performance.now();
    const piece = pace ? Math.round(rate / 50) : samples.length;
    const feeding = (async () => {
      for (let at = 0; at < samples.length && !this.stopped; at += piece) {
        const wait = began + 1000 * at / rate - performance.now();
        if (pace && wait > 0) await new Promise((next) => setTimeout(next, wait));
        this.push(samples.slice(at, at + piece), rate);
      }
    })();
    await this.until(() => this.pictures.slice(seen).some((picture) => picture.opening > 1));
    await this.until(() => this.sounds.slice(heard).some((sound) => sound.loud));
    const lip = this.pictures.slice(seen).find((picture) => picture.opening > 1);
    const sound = this.sounds.slice(heard).find((each) => each.loud);
    return {lip: lip.at - began, sound: sound.at - began, feeding};
  }

  /* Milliseconds until silence, and until the mouth is at rest, for good; and what the server said of the position. */
  async interrupt() {
    const seen = this.pictures.length, heard = this.sounds.length, told = this.events.length, began = performance.now();
    this.stopped = true;
    this.socket.send(JSON.stringify({type: "agent.interrupt"}));
    await this.until(() => this.events.slice(told).some((event) => event.type === "agent.speak_interrupted"));
    await new Promise((next) => setTimeout(next, 1200));
    const last = (list, is) => list.filter(is).pop();
    const loud = last(this.sounds.slice(heard), (sound) => sound.loud);
    const open = last(this.pictures.slice(seen), (picture) => picture.opening > 1);
    const event = this.events.slice(told).find((each) => each.type === "agent.speak_interrupted");
    this.stopped = false;
    return {silence: loud ? loud.at + 20 - began : 0, rest: open ? open.at + 40 - began : 0,
            position: event.playback_position_ms};
  }

  async close() {
    this.socket.close();
    await fetch(this.session.url, {method: "DELETE"});
  }
}
globalThis.Reaction = Reaction;
