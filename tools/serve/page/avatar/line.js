/** Picture and sound by WebRTC (WHEP): the browser receives, decodes and keeps them together in a video element that nobody
 *  sees; its pictures are drawn as all others are. */
class Line {
  static PATIENCE = 4000;         // ms until it is connected; else UDP does not come through
  static WAY_PATIENCE = 1000;     // ms until the browser tries a way; Firefox has none to loopback, and says so after 5 seconds
  static PICTURE_PATIENCE = 8000; // ms from then until the first picture
  #peer = new RTCPeerConnection();
  #video = document.createElement("video");
  #receivers = {};
  #fresh = false;                 // there is a picture that was not drawn yet
  #energy = null;
  #wanted = false;                // sound
  #timers = [];
  packets = 0;
  level = 0;
  drawn = 0;
  decoded = 0;
  dropped = 0;
  shown = null;

  static get isSupported() { return typeof RTCPeerConnection !== "undefined" && "getSynchronizationSources" in RTCRtpReceiver.prototype; }

  /** `on.lost()`: nothing comes, or no more; `on.change()`: sound is played now, or is not. `patient`: there is no other way,
   *  so that it may take as long as it does. */
  constructor(session, server, patient, on) {
    Object.assign(this, { session, server, patient, on });
    this.#video.playsInline = true;
    this.#video.srcObject = new MediaStream();
    this.#peer.ontrack = ({ track, receiver }) => {
      this.#receivers[track.kind] = receiver;
      this.#video.srcObject.addTrack(track);
      this.#play();
    };
    this.#peer.onconnectionstatechange = () => this.#look(this.#peer.connectionState);
    this.#timers = [patient ? 0 : setTimeout(() => this.#lose(), Line.PATIENCE), setInterval(() => this.#count(), 200)];
    this.#await();
    this.#call().catch(() => this.#lose());
  }

  async #call() {
    const peer = this.#peer;
    for (const kind of ["video", "audio"]) peer.addTransceiver(kind, { direction: "recvonly" });
    await peer.setLocalDescription();
    const answer = await fetch(new URL(this.session.whep, this.server), {
      method: "POST", body: peer.localDescription.sdp, headers: { "Content-Type": "application/sdp" }, credentials: "omit",
    });
    if (!answer.ok) throw await problemOf(answer);
    await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    if (!this.patient) setTimeout(() => peer.iceConnectionState === "new" && this.#lose(), Line.WAY_PATIENCE);
  }

  #look(state) {
    if (state === "failed" || state === "closed") this.#lose();
    if (state !== "connected" || this.shown !== null || this.patient) return;
    clearTimeout(this.#timers[0]);
    this.#timers[0] = setTimeout(() => this.shown === null && this.#lose(), Line.PICTURE_PATIENCE);
  }

  #lose() {
    if (!this.on) return;
    const { lost } = this.on;
    this.close();
    lost();
  }

  /** A picture that the browser says is there. */
  #await() {
    if (!this.#video.requestVideoFrameCallback) return;
    this.#video.requestVideoFrameCallback(() => {
      this.#fresh = true;
      if (this.on) this.#await();
    });
  }

  /** With sound where the browser lets it, else without until somebody touches the page. */
  async #play() {
    const video = this.#video;
    video.muted = !this.#wanted;
    try {
      await video.play();
    } catch (error) {
      if (error.name !== "NotAllowedError" || !this.on) return;
      video.muted = true;
      await video.play().catch(() => {});
    }
    this.on?.change();
  }

  get isPlaying() { return !this.#video.paused && !this.#video.muted; }

  set sound(wanted) {
    this.#wanted = wanted;
    this.#play();
  }

  set hushed(hushed) { this.#video.volume = hushed ? 0 : 1; }

  async #count() {
    const all = [...(await this.#peer.getStats()).values()].filter(({ type }) => type === "inbound-rtp");
    const sound = all.find(({ kind }) => kind === "audio"), picture = all.find(({ kind }) => kind === "video");
    if (picture) Object.assign(this, { decoded: picture.framesDecoded ?? 0, dropped: picture.framesDropped ?? 0 });
    if (!sound) return;
    this.packets = sound.packetsReceived;
    const { totalAudioEnergy: energy, totalSamplesDuration: seconds } = sound, before = this.#energy;
    if (energy === undefined) return void (this.level = sound.audioLevel ?? 0);
    this.#energy = { energy, seconds };
    if (before && seconds > before.seconds) this.level = Math.sqrt((energy - before.energy) / (seconds - before.seconds));
  }

  /** Draws the picture that is shown now; whether there is another than before. */
  show(canvas, pen) {
    const video = this.#video;
    if (video.readyState < 2 || (video.requestVideoFrameCallback && !this.#fresh)) return false;
    this.#fresh = false;
    if (canvas.width !== video.videoWidth) canvas.width = video.videoWidth;
    if (canvas.height !== video.videoHeight) canvas.height = video.videoHeight;
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    this.shown = this.now() ?? 0;
    this.drawn++;
    return true;
  }

  /** The session's moment in µs that is seen and heard now: RTP's time stamps count from its beginning. */
  now() {
    const [source] = this.#receivers.video?.getSynchronizationSources() ?? [];
    if (!source) return null;
    const past = clamp(performance.timeOrigin + performance.now() - source.timestamp, 0, 1000);
    return source.rtpTimestamp / 0.09 + past * 1000;
  }

  close() {
    this.on = null;
    clearTimeout(this.#timers[0]);
    clearInterval(this.#timers[1]);
    this.#peer.onconnectionstatechange = null;
    this.#peer.close();
    this.#video.srcObject = null;
  }
}
