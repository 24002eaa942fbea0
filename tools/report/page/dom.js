"use strict"; // holds for all scripts of the page, which are joined in the order of template.S
// Words, tables and pictures of a report. Elements are made by name and filled with text nodes alone, so that nothing
// that the facts say can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** Text without what steers a terminal or turns words around: such a character shows as a replacement. */
const words = (text) => String(text).replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

function add(parent, tag, attributes = {}, text = null) {
  const drawing = parent.namespaceURI === SVG || tag === "svg";
  const element = drawing ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, words(value));
  if (text !== null) element.textContent = words(text);
  return parent.appendChild(element);
}

// --- numbers: null is one that does not exist, or is infinite ---

const minus = (text) => text.replace(/-/g, "\u2212");

/** With so many decimals. */
function fixed(value, decimals, unit = "", missing = "–") {
  return value === null ? missing : minus(value.toFixed(decimals)) + unit;
}

/** The same, with its sign. */
function signed(value, decimals, unit = "") {
  return (value >= 0 && value !== null ? "+" : "") + fixed(value, decimals, unit);
}

/** With so many digits, in the shorter of both ways: 31.24, 1.5e−7. */
function short(value, digits = 4) {
  if (value === null) return "–";
  const power = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (power >= -4 && power < digits) return minus(String(Number(value.toPrecision(digits))));
  return minus(value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e"));
}

// --- the parts of a page, each put at its end ---

const page = document.querySelector("main");

function title(text, subtitle) {
  document.title = words(text);
  add(page, "h1", {}, text);
  add(page, "p", { class: "subtitle" }, subtitle);
}

const heading = (text) => add(page, "h2", {}, text);
const say = (text) => add(page, "p", {}, text);
const footer = (lines) => add(page, "footer", {}, lines.filter(Boolean).join("\n"));

/** A tick, an exclamation mark, a cross, an i, each in its own outline: tones differ without their colours too. */
const SYMBOLS = {
  good: "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0M7.5 12.5l3 3 6-6.5",
  fair: "M12 2.5L22.5 21h-21zM12 9.5v5M12 17.8v.1",
  bad: "M8 2h8l6 6v8l-6 6H8l-6-6V8zM8.7 8.7l6.6 6.6M15.3 8.7l-6.6 6.6",
  plain: "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0M12 11v5.5M12 7.4v.1",
};

function symbol(parent, tone, kind = "") {
  const drawing = add(parent, "svg", { class: `symbol ${kind} ${tone}`, viewBox: "0 0 24 24", role: "img" });
  add(drawing, "title", {}, tone);
  add(drawing, "path", { d: SYMBOLS[tone] });
}

/** The answer in a few words, and a sentence or two about it. */
function verdict(tone, headline, text) {
  const box = add(page, "section", { class: `verdict ${tone}` });
  symbol(box, tone);
  const told = add(box, "div");
  add(told, "strong", {}, headline);
  add(told, "p", {}, text);
}

/** Columns of numbers: "31.4 dB", "−1e−7", "3 %", "1=", or what stands for a number that is not there. */
const isNumber = (cell) => /^([+−]?[\d.]+(e−?\d+)?(\/255)?( (dB|%))?=?|–|∞|exact|)$/.test(cell);

/** Rows are {cells, tone}; a tone marks the row. */
function table(caption, columns, rows) {
  const box = add(page, "div", { class: "table", role: "region", tabindex: "0", "aria-label": caption || "table" });
  const all = add(box, "table");
  if (caption) add(all, "caption", {}, caption);
  const kind = columns.map((_, i) => (rows.length && rows.every((row) => isNumber(row.cells[i])) ? "number" : ""));
  const head = add(add(all, "thead"), "tr");
  columns.forEach((name, i) => add(head, "th", { scope: "col", class: kind[i] }, name));
  const body = add(all, "tbody");
  for (const { cells, tone } of rows) {
    const row = add(body, "tr", { class: tone || "" });
    cells.forEach((text, i) => {
      const cell = add(row, "td", { class: kind[i] });
      if (i === 0 && tone) symbol(cell, tone, "mark");
      cell.append(words(text));
    });
  }
}

// --- pictures ---

const stored = JSON.parse(document.getElementById("pictures").textContent);
const picture = (name, number) => stored.find((each) => each.name === name && each.number === number);

/** Pictures side by side: {shown, caption}, `shown` as picture() finds them; `most` pixels wide. Left out where there
 * is none. */
function pictures(list, most = Infinity) {
  const row = add(page, "div", { class: "pictures" });
  for (const { shown, caption } of list.filter((each) => each.shown)) {
    const width = Math.min(most, shown.width), height = Math.max(1, Math.round((shown.height * width) / shown.width));
    const figure = add(row, "figure");
    figure.style.width = `${width}px`;
    add(figure, "img", { width, height, alt: caption, src: `data:image/png;base64,${shown.png}` });
    add(figure, "figcaption", {}, caption);
  }
}
