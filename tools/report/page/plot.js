// Plots as SVG: lines and histograms between two axes, and bars. A value of null is a gap. They are drawn as wide as
// the page has room, and again when that changes.

const MARGIN = 16, LINE = 20, HEIGHT = 290;             // pixels: around a plot, of a line of text, without the legend
const textWidth = (text) => 6.7 * String(text).length;  // about, rather too wide than too narrow

// --- axes ---

/** The 1, 2 or 5 times a power of ten next above. */
function roundStep(step) {
  const power = 10 ** Math.floor(Math.log10(step)), times = step / power;
  return power * (times <= 1.0000001 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

/** The lowest and the highest value that the axis can show, by the axis' measure; apart from each other. */
function ends(values, { log, whole, padding = 0 }) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value === null || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (log) [low, high] = [Math.log10(low), Math.log10(high)];
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const room = high - low > 1e-12 * largest ? (high - low) * padding : log || whole ? 0.5 : largest / 2 || 1;
  return [low - room, high + room];
}

function linearTicks(axis, { whole, round, ticks }) {
  const step = Math.max(roundStep((axis.high - axis.low) / ticks), whole ? 1 : 0), slack = 1e-9;
  const first = round ? Math.floor(axis.low / step + slack) : Math.ceil(axis.low / step - slack);
  const last = round ? Math.ceil(axis.high / step - slack) : Math.floor(axis.high / step + slack);
  for (let i = first; i <= last; i++) axis.ticks.push(i * step);
  if (round) [axis.low, axis.high] = [first * step, last * step];
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + slack));
  axis.text = (value) => (decimals > 4 || Math.abs(value) >= 1e6 ? short(value) : fixed(value + 0, decimals));
}

/** Powers of ten; of few also their 2 and 5 times. */
function logTicks(axis, { round, ticks }) {
  if (round) [axis.low, axis.high] = [Math.floor(axis.low + 1e-9), Math.ceil(axis.high - 1e-9)];
  const few = axis.high - axis.low <= 2, step = few ? 1 : Math.ceil((axis.high - axis.low) / (2 * ticks));
  for (let power = Math.floor(axis.low); power <= axis.high; power += step)
    for (const times of few ? [1, 2, 5] : [1]) {
      const place = power + Math.log10(times);
      if (place >= axis.low - 1e-9 && place <= axis.high + 1e-9) axis.ticks.push(10 ** place);
    }
  axis.text = (value) => short(value);
}

/** An axis over values: `ticks`, their `text`, and `at`, the pixel of a value once `from` and `to` are set. */
function makeAxis(values, options) {
  const [low, high] = ends(values, options);
  const axis = { low, high, from: 0, to: 1, ticks: [] };
  (options.log ? logTicks : linearTicks)(axis, options);
  axis.at = (value) => {
    const share = ((options.log ? Math.log10(value) : value) - axis.low) / (axis.high - axis.low);
    return axis.from + Math.min(1, Math.max(0, share)) * (axis.to - axis.from);
  };
  axis.shows = (value) => value !== null && (!options.log || value > 0);
  return axis;
}

// --- drawing ---

const line = (to, kind, x1, y1, x2, y2) => add(to, "line", { class: kind, x1, y1, x2, y2 });

/** Text beside (x, y), which is the middle of its height. */
function label(to, kind, x, y, anchor, text) {
  return add(to, "text", { class: kind, x, y: y + 4, "text-anchor": anchor }, text);
}

const pixels = (value) => Math.round(value * 10) / 10;
const point = ({ x, y }) => `${pixels(x)} ${pixels(y)}`;
const box = (x1, y1, x2, y2) => `M${pixels(x1)} ${pixels(y1)}H${pixels(x2)}V${pixels(y2)}H${pixels(x1)}Z`;

/** A figure that `draw(svg, width)` draws and gives its height. */
function chart(name, caption, draw) {
  const figure = add(page, "figure", { class: "chart" });
  let shown = add(figure, "svg"), drawn = 0;
  const redraw = () => {
    const width = Math.max(300, figure.clientWidth - 34);
    if (width === drawn) return;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "plot");
    svg.setAttribute("role", "img");
    add(svg, "title", {}, name);
    svg.setAttribute("viewBox", `0 0 ${width} ${Math.ceil(draw(svg, width))}`);
    shown.replaceWith(svg);
    [shown, drawn] = [svg, width];
  };
  redraw();
  if (caption) add(figure, "figcaption", {}, caption);
  addEventListener("resize", redraw);
}

/** Names the series, where there is more than one, and the threshold; returns the height that it took. */
function drawLegend(svg, width, { series = [], threshold }) {
  const entries = series.length > 1 ? series.map((each, i) => ({ name: each.name, i })) : [];
  if (threshold) entries.push({ name: threshold.name, i: -1 });
  let x = MARGIN, y = MARGIN;
  for (const { name, i } of entries) {
    const room = 30 + textWidth(name);
    if (x > MARGIN && x + room > width) [x, y] = [MARGIN, y + LINE];
    line(svg, i < 0 ? "limit" : `line s${i}`, x, y, x + 24, y);
    label(svg, i < 0 ? "limit-text" : "name", x + 30, y, "start", name);
    x += room + MARGIN;
  }
  return entries.length ? y + 6 : 0;
}

/** Both axes with their grid, ticks and names; gives them their pixels. The plot's height. */
function drawAxes(svg, width, top, x, y, names) {
  const height = HEIGHT + top, left = MARGIN + LINE + Math.max(...y.ticks.map((tick) => textWidth(y.text(tick))));
  [x.from, x.to, y.from, y.to] = [left, width - MARGIN, height - 52, top + MARGIN];
  for (const tick of y.ticks) {
    line(svg, "grid", x.from, y.at(tick), x.to, y.at(tick));
    label(svg, "tick", x.from - 8, y.at(tick), "end", y.text(tick));
  }
  for (const tick of x.ticks) {
    line(svg, "axis", x.at(tick), y.from, x.at(tick), y.from + 5);
    label(svg, "tick", x.at(tick), y.from + 16, "middle", x.text(tick));
  }
  line(svg, "axis", x.from, y.from, x.to, y.from);
  label(svg, "name", (x.from + x.to) / 2, height - 14, "middle", names.x);
  const middle = (y.from + y.to) / 2;
  add(svg, "text", { class: "name", "text-anchor": "middle", transform: `translate(14 ${middle}) rotate(-90)` }, names.y);
  return height;
}

// --- lines ---

/** The points to draw, null in gaps: all, or of long series the extremes of every pixel, which look the same. */
function choosePoints(series, x, y) {
  const at = (i) => (y.shows(series.y[i]) ? { x: x.at(series.x[i]), y: y.at(series.y[i]) } : null);
  const count = series.y.length, columns = Math.round(x.to - x.from);
  if (count <= 2 * columns) return series.y.map((_, i) => at(i));
  const chosen = [];
  for (let column = 0; column < columns; column++) {
    let low = -1, high = -1;
    for (let i = Math.floor((count * column) / columns); i < Math.floor((count * (column + 1)) / columns); i++) {
      if (!y.shows(series.y[i])) continue;
      if (low < 0 || series.y[i] < series.y[low]) low = i;
      if (high < 0 || series.y[i] > series.y[high]) high = i;
    }
    chosen.push(...(low < 0 ? [null] : [at(Math.min(low, high)), at(Math.max(low, high))]));
  }
  return chosen;
}

/** A line through the points, with dots on few of them and where no line reaches; or dots alone. */
function drawPoints(svg, kind, points, dotted) {
  const path = points.map((each, i) => (each ? (i && points[i - 1] ? "L" : "M") + point(each) : "")).join("");
  const alone = (i) => !points[i - 1] && !points[i + 1];
  const dots = points.map((each, i) => (each && (dotted || points.length <= 32 || alone(i)) ? `M${point(each)}h0` : ""));
  if (!dotted) add(svg, "path", { class: `line ${kind}`, d: path });
  add(svg, "path", { class: `dots ${kind}`, d: dots.join("") });
}

/** Where the pointer is, the values there. */
function followPointer(svg, width, x, y, { series, names }) {
  const cursor = line(svg, "cursor", -9, y.from, -9, y.to), told = label(svg, "name", x.to, y.to - 8, "end", "");
  const xs = series[0].x, nearest = (place) => {
    let low = 0, high = xs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x.at((xs[middle] + xs[middle + 1]) / 2) < place) low = middle + 1; else high = middle;
    }
    return low;
  };
  svg.addEventListener("pointermove", (event) => {
    const shown = svg.getBoundingClientRect(), i = nearest(((event.clientX - shown.left) * width) / shown.width);
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, x.at(xs[i]));
    told.textContent = words(`${names.x} ${xs[i]}: ${series.map((each) => short(each.y[i])).join(", ")}`);
  });
  svg.addEventListener("pointerleave", () => {
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, -9);
    told.textContent = "";
  });
}

/** A few whole x, such as the numbers of checkpoints, are themselves what the axis should name. */
function nameOwnTicks(axis, xs, width) {
  const apart = xs.every((x, i) => i === 0 || axis.at(x) - axis.at(xs[i - 1]) > 12 + textWidth(x));
  if (xs.length <= 12 && apart && axis.whole) [axis.ticks, axis.text] = [xs, String];
}

/**
 * Lines over x: {title, names: {x, y}, series: [{name, x, y}], threshold: {value, name}, log, fromZero, dotted}. All
 * series have the same x, ascending; where there is none it is 0, 1, 2, ...
 */
function linePlot(plot, caption) {
  for (const each of plot.series) each.x = each.x || each.y.map((_, i) => i);
  const xs = plot.series[0].x, whole = xs.every(Number.isInteger);
  const ys = plot.series.flatMap((each) => each.y).concat(plot.threshold ? plot.threshold.value : []);
  if (plot.fromZero) ys.push(0, ...(ys.some((value) => value > 0) ? [] : [1]));
  chart(plot.title, caption, (svg, width) => {
    const x = makeAxis(xs, { whole, ticks: Math.max(2, width / 110), padding: 0.01 });
    const y = makeAxis(ys, { log: plot.log, round: true, ticks: 5 });
    [x.from, x.to, x.whole] = [60, width - MARGIN, whole];
    nameOwnTicks(x, xs);
    const height = drawAxes(svg, width, drawLegend(svg, width, plot), x, y, plot.names);
    plot.series.forEach((each, i) => drawPoints(svg, `s${i}`, choosePoints(each, x, y), plot.dotted));
    if (!ys.some(y.shows)) label(svg, "name", width / 2, HEIGHT / 2, "middle", "no values");
    if (plot.threshold && y.shows(plot.threshold.value))
      line(svg, "limit", x.from, y.at(plot.threshold.value), x.to, y.at(plot.threshold.value));
    if (xs.length) followPointer(svg, width, x, y, plot);
    return height;
  });
}

// --- bars ---

/** How often 0, 1, 2, ... occur, upright and by powers of ten: {title, names, values}. */
function histogram({ title: name, names, values }, caption) {
  const above = values.filter((value) => value > 0), lowest = Math.min(...above) / 2;      // must not vanish in the axis
  chart(name, caption, (svg, width) => {
    const x = makeAxis([0, values.length], { whole: true, ticks: width / 110 });
    const y = makeAxis([...above, lowest], { log: true, ticks: 5 });
    const height = drawAxes(svg, width, 0, x, y, names), gap = (x.to - x.from) / values.length > 5 ? 0.5 : 0;
    values.forEach((value, i) => {
      if (value <= 0) return;
      const bar = add(svg, "path", { class: "bar", d: box(x.at(i) + gap, y.at(value), x.at(i + 1) - gap, y.from) });
      add(bar, "title", {}, `${i}: ${short(value)}`);
    });
    return height;
  });
}

/** One bar a name, lying: {title, name, bars: [{name, value, meant}]}. Where one is meant, the others step back. */
function barPlot({ title: name, name: axisName, bars, missing = "–" }, caption) {
  const anyMeant = bars.some((bar) => bar.meant), told = (bar) => (bar.value === null ? missing : short(bar.value));
  chart(name, caption, (svg, width) => {
    const longest = Math.min(52 * 6.7, Math.max(...bars.map((bar) => textWidth(bar.name))));
    const above = longest > width * 0.45, row = above ? 40 : 26;            // the name above its bar, or beside it
    const x = makeAxis([0, ...bars.map((bar) => bar.value)], { ticks: Math.max(2, width / 160) });
    const left = MARGIN + (above ? 0 : longest + 12), room = Math.max(...bars.map((bar) => textWidth(told(bar)))) + 8;
    [x.from, x.to] = [left + (x.low < 0 ? room : 0), width - MARGIN - room];
    const bottom = MARGIN + row * bars.length;
    for (const tick of x.ticks) {
      line(svg, "grid", x.at(tick), MARGIN, x.at(tick), bottom);
      label(svg, "tick", x.at(tick), bottom + 14, "middle", x.text(tick));
    }
    bars.forEach((bar, i) => {
      const kind = bar.meant ? "meant" : "name", middle = MARGIN + (i + 1) * row - 13, end = x.at(bar.value ?? 0);
      const most = above ? Math.floor((width - 2 * MARGIN) / 6.7) : 52;
      const named = above ? label(svg, kind, left, middle - 17, "start", "") : label(svg, kind, left - 12, middle, "end", "");
      named.textContent = words(bar.name.length > most ? bar.name.slice(0, most - 1) + "…" : bar.name);
      if (bar.name.length > most) add(named, "title", {}, bar.name);
      add(svg, "path", { class: anyMeant && !bar.meant ? "others" : "bar", d: box(x.at(0), middle - 8, end, middle + 8) });
      label(svg, kind, bar.value < 0 ? end - 6 : end + 6, middle, bar.value < 0 ? "end" : "start", told(bar));
    });
    line(svg, "axis", x.at(0), MARGIN, x.at(0), bottom);
    label(svg, "name", (x.from + x.to) / 2, bottom + 34, "middle", axisName);
    return bottom + 46;
  });
}
