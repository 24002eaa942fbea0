/** Which moment of the session is now, in µs: what is heard says it; without sound the clock on the wall, behind the
 *  quickest packets by as much as the sound would wait. */
class Clock {
  static BEHIND = 80e3;
  #early = [Infinity, Infinity];
  #since = 0;

  line = null;            // WebRTC: it knows itself

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
    if (this.line) return this.line.now() ?? 0;
    const heard = this.sound.now();
    if (heard !== null) return heard;
    return performance.now() * 1000 - Math.min(...this.#early) - Clock.BEHIND;
  }
}
