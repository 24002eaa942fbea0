/** Push to talk: between start and stop what the microphone hears goes to `send`, in the protocol's messages. */
class Microphone {
  static REST = 20000;    // ms that it stays open after a stop, so that the next start is immediate
  static PATIENCE = 5000; // ms for the sound thread to begin
  #stream = null;
  #context = null;
  #recorder = null;
  #closing = 0;
  #wanted = false;
  #sent = false;

  /** Whether it hears now: false where `stop` came before it was ready. */
  async start(send) {
    this.#wanted = true;
    clearTimeout(this.#closing);
    if (!this.#stream) await this.#open();
    if (!this.#wanted) return false;
    this.#stream.getAudioTracks().forEach((track) => (track.enabled = true));
    await this.#run();
    if (!this.#wanted) return false;
    const head = new Uint8Array(8);
    head[0] = KIND_MICROPHONE;
    new DataView(head.buffer).setUint32(4, this.#context.sampleRate, true);
    this.#recorder.port.onmessage = ({ data }) => {
      const message = new Uint8Array(8 + data.byteLength);
      message.set(head);
      message.set(new Uint8Array(data.buffer), 8);
      if (!this.#wanted) return;
      this.#sent = true;
      send(message.buffer);
    };
    return true;
  }

  /** Without any loudspeaker Firefox runs no sound thread at all, and says nothing. */
  async #run() {
    const silence = new Promise((resolve) => setTimeout(resolve, Microphone.PATIENCE));
    await Promise.race([this.#context.resume().catch(() => {}), silence]);
    if (this.#context?.state === "running" || !this.#wanted) return;
    this.close();
    throw new Problem("The microphone cannot be read: the browser finds no sound device.");
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

  /** Whether anything was heard since the start. */
  stop() {
    const sent = this.#sent;
    this.#wanted = this.#sent = false;
    this.#stream?.getAudioTracks().forEach((track) => (track.enabled = false));
    this.#context?.suspend();
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => this.close(), Microphone.REST);
    return sent;
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
