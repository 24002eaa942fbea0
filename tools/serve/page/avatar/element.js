// The element: what it is asked, what it tells, what it shows.

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
  static observedAttributes = ["server", "character", "token", "muted", "captions", "look-ahead", "transport"];

  #parts = {};
  #sound = new Sound(() => this.#showSoundOffer());
  #clock = new Clock(this.#sound);
  #microphone = new Microphone();
  #captions = new Captions((text, first, last) => this.#showCaption(text, first, last));
  #picture = null;
  #line = null;           // WebRTC, where that is how they come
  #lineFailed = false;    // it does not come through: the WebSocket does
  #connection = null;
  #state = "closed";
  #about = { characters: [], voices: [], default_voice: null, chat: false };
  #replying = { id: null, text: "" };
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
  /** Whether she can answer: speak(text, { chat: true }). */
  get canChat() { return this.#about.chat === true; }
  get session() { return this.#connection?.session ?? null; }
  /** The browser plays no sound before somebody touches the page. */
  get soundBlocked() { return !this.#plays && !this.#sound.failed; }
  get #plays() { return this.#line ? this.#line.isPlaying : this.#sound.isPlaying; }
  get #seen() { return (this.#line ?? this.#picture).shown !== null; }

  get server() { return this.getAttribute("server") || new URL(import.meta.url).origin; }
  set server(address) { this.setAttribute("server", address); }
  get character() { return this.getAttribute("character") ?? ""; }
  set character(name) { this.setAttribute("character", name); }
  get token() { return this.getAttribute("token") ?? ""; }
  set token(token) { token ? this.setAttribute("token", token) : this.removeAttribute("token"); }
  get muted() { return this.hasAttribute("muted"); }
  set muted(muted) { this.toggleAttribute("muted", Boolean(muted)); }
  /** How picture and sound come: "ws", "whep"; left out: by WebRTC, and by the WebSocket where that does not come through. */
  get transport() { return this.getAttribute("transport") ?? ""; }
  set transport(how) { how ? this.setAttribute("transport", how) : this.removeAttribute("transport"); }
  /** Captions are shown; the attribute captions="off" hides them. */
  get captions() { return this.getAttribute("captions") !== "off"; }
  set captions(on) { this.setAttribute("captions", on ? "on" : "off"); }

  /** Figures of the running session, for the curious and for tests. */
  get statistics() {
    if (this.#line) return this.#lineStatistics();
    const picture = this.#picture, sound = this.#sound, now = this.#clock.now();
    return {
      framesDecoded: picture.decoded, framesDrawn: picture.drawn, framesDropped: picture.dropped, failures: picture.failures,
      soundPackets: sound.packets, soundLevel: sound.level, soundPlaying: sound.isPlaying, soundStarved: sound.starved,
      bufferedMs: sound.buffered, pictureBehindMs: picture.shown === null ? null : (now - picture.shown) / 1000,
      reconnects: this.#connection?.reconnects ?? 0, transport: this.session?.transport ?? null,
    };
  }

  #lineStatistics() {
    const line = this.#line, now = this.#clock.now();
    return {
      framesDecoded: line.decoded, framesDrawn: line.drawn, framesDropped: line.dropped, failures: 0,
      soundPackets: line.packets, soundLevel: line.level, soundPlaying: line.isPlaying, soundStarved: 0, bufferedMs: null,
      pictureBehindMs: line.shown === null ? null : (now - line.shown) / 1000,
      reconnects: this.#connection?.reconnects ?? 0, transport: "whep",
    };
  }

  // --- life ---

  connectedCallback() {
    const here = new AbortController(), options = { signal: here.signal };
    this.#stillThere = here;
    const wake = () => { if (this.#connection && !this.#plays) this.#startSound(); };
    for (const gesture of ["pointerup", "keydown", "touchend"]) document.addEventListener(gesture, wake, { ...options, capture: true });
    document.addEventListener("visibilitychange", () => this.#seenOrNot(), options);
    addEventListener("online", () => this.#connection?.hurry(), options);
    addEventListener("pagehide", () => this.close(), options);
    addEventListener("pageshow", ({ persisted }) => persisted && this.#reopen(), options);
    if (this.#internals) this.#internals.role = "region";
    if (document.hidden) this.#seenOrNot();
    this.#reopen();
  }

  disconnectedCallback() {
    this.#stillThere?.abort();
    this.close();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === "muted") this.#mute(after !== null);
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
    const wishes = { transport: this.#transport, media: "encoded" };
    if (wishes.transport === "ws") this.#startSound();
    if (this.character) wishes.character = this.character;
    if (this.getAttribute("look-ahead")) wishes.look_ahead = this.getAttribute("look-ahead");
    const connection = this.#connection = new Connection(this.server, wishes, this.token, {
      characters: (about) => (this.#about = about),
      session: (session) => this.#name(session),
      open: () => {
        clearInterval(this.#counting);
        this.#startLine();
      },
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

  /** By WebRTC first; by the WebSocket where that is wanted, or where WebRTC does not come through. */
  get #transport() {
    const wanted = this.getAttribute("transport");
    if (wanted === "ws" || wanted === "whep") return wanted;
    return this.#lineFailed || !Line.isSupported ? "ws" : "whep";
  }

  #startLine() {
    const { session } = this;
    if (session.transport !== "whep") return this.#startSound();
    if (this.#line?.session.id === session.id) return;
    this.#line?.close();
    const line = this.#line = this.#clock.line = new Line(session, this.server, this.transport === "whep", {
      change: () => this.#showSoundOffer(),
      lost: () => line === this.#line && this.#fallBack(),
    });
    line.sound = !this.muted;
  }

  #fallBack() {
    this.#lineFailed = true;
    this.open();
  }

  #startSound() {
    if (this.#line) return void (this.#line.sound = !this.muted);
    this.#sound.start().catch((error) => { this.#sound.failed ??= `No sound: ${error.message}`; });
  }

  #mute(muted) {
    this.#sound.muted = muted;
    if (this.#line) this.#line.sound = !muted;
    this.#showSoundOffer();
  }

  #hush(hushed) {
    if (this.#line) this.#line.hushed = hushed;
    else if (hushed) this.#sound.hush();
    else this.#sound.unhush();
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
    this.#line?.close();
    this.#line = this.#clock.line = null;
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

  /** Says it, or with `chat` answers it, after all that waits, or with `interrupt` instead. The event's id, once the
   *  server was asked. */
  async speak(text, { voice, interrupt = false, chat = false } = {}) {
    const id = newId();
    this.#send({ type: "agent.speak_text", text: String(text), event_id: id, interrupt, ...(voice && { voice }),
      ...(chat && { kind: "chat" }) });
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
    this.#hush(true);
    clearTimeout(this.#unhushing);
    this.#unhushing = setTimeout(() => this.#hush(false), 600);
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
    const sent = this.#microphone.stop();
    if (sent && this.#connection?.isOpen) this.#connection.send({ type: "agent.speak_end" });
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
    if (event.type === "agent.reply") return this.#reply(event);
    if (event.type === "error") return this.#complain(event.message, { eventId: event.event_id });
    if (!event.type.startsWith("agent.speak_")) return;
    this.#due.push({ ...event, came: performance.now() });
    this.#happen();
  }

  /** A piece of an answer, said next: of one that is heard already its captions go on. */
  #reply({ event_id: id, text }) {
    if (this.#replying.id !== id) this.#replying = { id, text: "" };
    this.#replying.text += text;
    if (id && this.#saying === id) this.#captions.add(text);
    this.#emit("reply", { eventId: id, text });
  }

  #greet({ state, media }) {
    if (media) {
      this.#clock.reset();
      this.#due = [];
      if (!this.#line) {
        this.#picture.configure(media.video);
        this.#sound.configure(media.audio);
      }
      this.#saying = state === "speaking" ? "" : null;
      this.#become(state, "");
      this.#emit("ready", { characters: this.characters, voices: this.voices, defaultVoice: this.defaultVoice,
        canChat: this.canChat });
      if (this.#sound.failed) this.#complain(this.#sound.failed);
    } else if (state === "listening" || this.#state === "listening") this.#become(state, "");
  }

  #wait(problem, pause) {
    this.#saying = null;
    this.#captions.clear();
    if (problem?.status !== 503) {
      const first = !this.#seen;
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
      const text = event.text ?? (this.#replying.id === id ? this.#replying.text : null);
      this.#captions.begin(text, now);
      this.#become("speaking", "");
      this.#emit("speakstart", { eventId: id, text });
      return;
    }
    const complete = event.type === "agent.speak_ended";
    this.#saying = null;
    clearTimeout(this.#unhushing);
    this.#hush(false);
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
    const drawn = this.#line ? this.#line.show(this.#parts.canvas, this.#picture.pen) : this.#picture.show(this.#clock.now());
    if (drawn && this.#parts.canvas.hidden) this.#showMessage();
  }

  #become(state, message, problem = null) {
    const changed = state !== this.#state;
    this.#state = state;
    this.#showMessage(message);
    this.#showSoundOffer();
    if (changed) this.#emit("state", { state, message, status: problem?.status ?? 0, retryAfter: problem?.retryAfter ?? 0 });
  }

  #showMessage(message = "") {
    const { canvas, message: box, words } = this.#parts, seen = this.#seen;
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
    this.#parts.sound.hidden = !live || Boolean(this.#sound.failed) || (this.#plays && !this.muted);
  }

  #soundOn() {
    this.muted = false;
    this.#startSound();
    setTimeout(() => {
      if (!this.isConnected || this.#plays || !this.#connection) return;
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
