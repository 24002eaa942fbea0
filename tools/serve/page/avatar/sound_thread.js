// What runs on the sound thread: the loudspeaker's ring and the microphone's pieces.

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
