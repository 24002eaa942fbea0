// compare.json as a page: are two results the same, and where do they part?

const NODES = 12, WEIGHTS = 20;         // listed at most
const TONES = { bit: "good", numeric: "good", visual: "fair", different: "bad" };
const VERDICTS = { bit: "Bit-identical", numeric: "Numerically equal", visual: "Visually equal", different: "Different" };
const BINS = ["the same", "below 1e-8", "below 1e-7", "below 1e-6", "below 1e-5", "below 1e-4", "below 1e-3", "below 0.01",
              "below 0.1", "below 1", "1 and more"];

const plain = (...cells) => ({ cells });
const sentence = (text) => (text ? ` ${text[0].toUpperCase()}${text.slice(1)}.` : "");
const psnrOf = (pixels, unit = "") => fixed(pixels.psnr, 2, unit, pixels.max === 0 ? "∞" : "–");

function compareVerdict(told) {
  const asked = VERDICTS[told.required].toLowerCase(), reached = told.satisfied ? "reached" : "not reached";
  verdict(told.called_out ? "bad" : TONES[told.verdict], VERDICTS[told.verdict],
          `${told.meaning}${sentence(told.reason)} Asked for: ${asked}; that is ${reached}.`);
  for (const note of told.notes) say(`Note: ${note}.`);
}

const offBy = (a, b) => (a === b ? 0 : a && b !== null ? (100 * (b - a)) / Math.abs(a) : null);

function compareOverall({ overall, a, b }) {
  const figure = (name, key) => {
    const one = overall.a[key], other = overall.b[key];
    return plain(name, fixed(one, 6), fixed(other, 6), signed(offBy(one, other), 4, " %"));
  };
  table(null, ["Over all frames", `A: ${a.label}`, `B: ${b.label}`, "off by"], [
    figure("smallest value", "min"), figure("largest value", "max"),
    figure("mean", "mean"), figure("standard deviation", "std")]);
  const { values, pixels } = overall, rows = [];
  if (values) rows.push(plain("numbers |A − B|", short(values.max, 3), short(values.mean, 3),
                              fixed((100 * values.identical) / values.count, 4, " %")));
  if (pixels) rows.push(plain("pixels |A − B|", `${pixels.max}/255`, `${fixed(pixels.mean, 4)}/255`,
                              fixed(100 * pixels.identical_share, 4, " %")));
  table(null, ["Between them", "largest", "mean", "identical"], rows);
  if (pixels) say(`PSNR ${psnrOf(pixels, " dB")}, SSIM ${fixed(pixels.ssim, 6)} over all frames.`);
}

function comparePictures(told) {
  const shown = stored.filter((each) => each.name === "four_way");
  if (!shown.length) return;
  heading(told.verdict === "bit" ? "Frames" : "The frames furthest apart");
  say("What went in, A, B, and how far they lie apart, ten times as strong.");
  pictures(shown.map((each) => {
    const { number, pixels } = told.per_frame[each.number], psnr = psnrOf(pixels, " dB");
    return { shown: each, caption: `Frame ${number}: at most ${pixels.max}/255, PSNR ${psnr}, SSIM ${fixed(pixels.ssim, 5)}` };
  }), 1060);
}

function comparePlots({ overall: { values, pixels }, per_frame: frames, thresholds }) {
  if (!values && pixels.max === 0) return;              // nothing to see
  heading("Differences");
  if (frames.length > 1) {
    const of = (key) => frames.map((frame) => (frame.pixels || frame.values)[key]), x = frames.map((frame) => frame.number);
    const names = { x: "frame", y: pixels ? "|A − B| in /255" : "|A − B|" }, dotted = frames.length < 3;
    linePlot({ title: "Difference of each frame", names, fromZero: true, dotted,
               series: [{ name: "largest", x, y: of("max") }, { name: "mean", x, y: of("mean") }] },
             "Largest and mean difference of each frame.");
    if (pixels && pixels.max > 0)
      linePlot({ title: "PSNR of each frame", names: { x: "frame", y: "PSNR in dB" }, dotted,
                 threshold: { value: thresholds.psnr, name: "visually equal" }, series: [{ x, y: of("psnr") }] },
               "PSNR; higher is closer.");
  }
  const shares = (counts) => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (100 * count) / all);
  };
  if (pixels && pixels.max > 0)
    histogram({ title: "How many values differ by how much", names: { x: "|A − B| in /255", y: "share of values in %" },
                values: shares(pixels.histogram.slice(0, pixels.max + 1)) },
              "Histogram of the differences, logarithmic.");
  if (values && values.max > 0)
    barPlot({ title: "How many numbers differ by how much", name: "share of numbers in %",
              bars: shares(values.histogram).map((value, i) => ({ name: BINS[i], value })) },
            "Differences of the floating-point numbers, by powers of ten.");
}

// --- where two networks part ---

const pointRow = (node, depth, tone) => ({ tone, cells: [
  node.a === node.b ? node.a : `${node.a} / ${node.b}`, node.layer_a, node.shape_a.replaceAll(" ", "\u00a0"), String(depth),
  short(node.max, 3), short(node.relative, 3)] });

function sayFirst({ first_different: first, first_structural: structural, threshold }) {
  if (structural)
    say(`First point of another structure: ${structural.a ?? structural.b}: ${structural.a ? structural.layer_a : "nothing"} in A, ` +
        `${structural.b ? structural.layer_b : "nothing"} in B.`);
  if (first)
    say(`First point that differs beyond rounding: ${first.a} (${first.layer_a}), ${first.shape_a}: at most ` +
        `${short(first.max, 3)} apart, ${short(first.relative, 3)} of its range. What lies behind it differs because it does.`);
  else say(`No matched point differs beyond rounding (${short(threshold)} of its range).`);
}

function tablePoints({ nodes, first_different: first }) {
  const all = nodes.map((node, depth) => ({ node, depth }));
  const isFirst = ({ node }) => first && node.a === first.a && node.b === first.b;
  const furthest = all.filter((each) => each.node.relative > 0 && !isFirst(each));
  furthest.sort((x, y) => y.node.relative - x.node.relative);
  const rows = [...all.filter(isFirst).slice(0, 1), ...furthest.slice(0, NODES)];
  if (rows.length === 0) return;
  table("The points furthest apart, and the first", ["point", "layer", "shape", "depth", "max", "of range"],
        rows.map((each) => pointRow(each.node, each.depth, isFirst(each) ? "bad" : "")));
}

function tableWeights({ compared_by: by, compared, different }) {
  const kind = by === "key" ? "weight tensors" : "layers (batch norm folded in)";
  say(`${different.length} of ${compared} ${kind} differ${different.length > WEIGHTS ? "; the first of them" : ""}.`);
  if (different.length)
    table(null, ["weights", "largest difference", "of range", "numbers"], different.slice(0, WEIGHTS).map((each) =>
      plain(each.name, short(each.max, 3), short(each.relative, 3), `${each.differing} of ${each.values}`)));
}

function compareNodes(graph) {
  heading("Where the networks part");
  say(`${graph.matched} points of both networks correspond; ${graph.only_in_a} are only in A, ${graph.only_in_b} only in B.`);
  sayFirst(graph);
  linePlot({ title: "Difference by depth", log: true, dotted: true,
             names: { x: "point, in the order of A", y: "largest difference / range" },
             threshold: { value: graph.threshold, name: "beyond rounding" },
             series: [{ y: graph.nodes.filter((node) => node.a !== null).map((node) => node.relative) }] },
           "How far apart the values of both networks are, point by point.");
  tablePoints(graph);
  const alone = graph.nodes.filter((node) => node.matched_by === "none").slice(0, WEIGHTS);
  if (alone.length)
    table("Points without counterpart", ["point", "only in", "layer", "shape"], alone.map((node) =>
      node.a !== null ? plain(node.a, "A", node.layer_a, node.shape_a) : plain(node.b, "B", node.layer_b, node.shape_b)));
  tableWeights(graph.weights);
}

// --- frame by frame ---

function frameRow(frame, tone) {
  const { a, b, pixels, values } = frame;
  const range = (side) => `${fixed(side.min, 3)} to ${fixed(side.max, 3)}`.replaceAll(" ", "\u00a0");
  const apart = pixels ? [String(pixels.max), fixed(pixels.mean, 4), psnrOf(pixels), fixed(pixels.ssim, 5)]
                       : [short(values.max, 3), short(values.mean, 3), "", ""];
  return { tone, cells: [frame.name && !pixels ? frame.name : String(frame.number), range(a), range(b), fixed(a.mean, 6),
                         signed(frame.mean_percent, 3, " %"), signed(frame.std_percent, 3, " %"), ...apart,
                         VERDICTS[frame.verdict].toLowerCase()] };
}

function compareFrames({ per_frame: frames, worst_frame: worst, furthest, overall }) {
  heading("Frame by frame");
  if (furthest.length < frames.length)
    say(`The ${furthest.length} frames furthest apart of ${frames.length}; compare.json has them all.`);
  table(overall.pixels ? "max and mean d: |A − B| in /255; PSNR in dB" : null,
        ["frame", "range A", "range B", "mean A", "mean off", "std off", "max", "mean d", "PSNR", "SSIM", "verdict"],
        furthest.slice().sort((x, y) => x - y).map((i) => frameRow(frames[i], i === worst ? TONES[frames[i].verdict] : "")));
}

function compareReport(told) {
  const { a, b, inputs, thresholds: limits } = told;
  title("Are they the same?", `${a.path} against ${b.path}`);
  compareVerdict(told);
  compareOverall(told);
  comparePictures(told);
  comparePlots(told);
  if (told.graph) compareNodes(told.graph);
  compareFrames(told);
  footer([`A: ${a.path} (${a.kind})`, `B: ${b.path} (${b.kind})`, inputs && `Fed with ${inputs}.`,
          `Bit-identical: every value the same. Numerically equal: tensors at most ${short(limits.tensor_max)} and on average ` +
          `${short(limits.tensor_mean)} apart, or pictures at most ${limits.pixel_max}/255 apart with ` +
          `${fixed(100 * limits.pixel_same, 1)} % of the bytes equal. Visually equal: PSNR at least ${limits.psnr} dB and SSIM at ` +
          `least ${limits.ssim} in every frame, over the whole picture and over the part that differs.`,
          `viseme ${told.version}; docs/compare.md explains the figures.`]);
}
