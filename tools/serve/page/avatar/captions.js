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

  /** More of what she is saying is known. */
  add(text) {
    this.#pieces.push(...Captions.cut(text));
    this.#length += text.length;
    if (this.#at < 0 || this.#pieces[this.#at] === undefined) this.#go(Math.max(this.#at, 0));
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
