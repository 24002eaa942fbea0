// Talking to the server.

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
    if ([400, 501].includes(answer.status) && this.wishes.transport === "whep") {
      this.wishes.transport = "ws";             // a server without WebRTC
      return this.#ensureSession();
    }
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
    if (document.hidden || this.session?.transport === "whep") this.#heard = performance.now();
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
