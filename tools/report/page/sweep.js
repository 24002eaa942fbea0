// sweep.json as a page: which of many checkpoints paints best?

function sweepVerdict({ best, verdict: answer, overfitting, checkpoints }) {
  const scored = checkpoints.filter((row) => row.rank !== null), tied = scored[0].tied;
  verdict(tied ? "fair" : "good",
          scored.length === 1 ? `${best} is the only one that could be scored` : `${best} is the best${tied ? ", by a hair" : ""}`,
          answer);
  if (overfitting) verdict("fair", "Training went on for too long", overfitting);
}

function sweepTable(rows, held) {
  const columns = ["rank", "checkpoint", ...(held ? ["held out, dB", "trained, dB"] : ["mask, dB"]), "SSIM", "mouth, dB",
                   "sharpness", "colour, ΔE", "response, levels"];
  heading("By rank");
  table(null, columns, rows.map((row) => {
    const part = (held ? row.held_out : row.trained) || {};
    const psnrs = held ? [row.held_out, row.trained] : [row.trained];
    return { tone: row.error !== null ? "bad" : row.rank === 1 ? "good" : "", cells: [
      row.rank === null ? "–" : `${row.rank}${row.tied ? "=" : ""}`, row.checkpoint,
      ...psnrs.map((each) => fixed(each ? each.psnr : null, 2)), fixed(part.ssim ?? null, 4), fixed(part.mouth_psnr ?? null, 2),
      fixed(row.sharpness, 2), fixed(row.delta_e, 2), fixed(row.response, 2)] };
  }));
  for (const row of rows.filter((each) => each.error !== null)) say(`${row.checkpoint} was not scored: ${row.error}`);
}

function sweepMeaning(tie, held) {
  say("Every checkpoint repaints the same filmed frames while it hears what was said in them, and is compared with what was " +
      `filmed. The ${held ? "PSNR in the mask on held-out frames" : "PSNR in the mask, the part that is repainted,"} ranks. ` +
      `Less than ${fixed(tie, 1)} dB apart, or less than other frames could change, is a tie (=), which the mouth ` +
      `decides${held ? "; SSIM and mouth are of the held-out frames too" : ""}. Faces are composited exactly, as by render --exact.`);
  say("The mouth is the tenth of the mask that moves most as filmed. Sharpness is the fine detail painted for each bit of detail " +
      "filmed: 1 is as sharp, less is softer. Colour is the lasting shift; below 1 it is hardly seen. Response is how much the " +
      "face changes when only the sound does: near 0, the lips do not listen.");
}

/** Along x stand the numbers of N.pth, where all have one of their own; else their places in the order of names. */
function sweepPlot({ checkpoints, by_name: order }, held) {
  const rows = order.map((i) => checkpoints[i]), numbers = rows.map((row) => row.number);
  const numbered = numbers.every((number, i) => number !== null && (i === 0 || number > numbers[i - 1]));
  const x = numbered ? numbers : rows.map((_, i) => i + 1);
  const series = held ? [{ name: "mask, trained frames", x, y: rows.map((row) => row.trained.psnr) },
                         { name: "mask, held-out frames", x, y: rows.map((row) => row.held_out.psnr) },
                         { name: "mouth, held-out frames", x, y: rows.map((row) => row.held_out.mouth_psnr) }]
                      : [{ name: "mask", x, y: rows.map((row) => row.trained.psnr) },
                         { name: "mouth", x, y: rows.map((row) => row.trained.mouth_psnr) }];
  heading("By checkpoint");
  linePlot({ title: "PSNR by checkpoint", series,
             names: { x: numbered ? "checkpoint" : "checkpoint, in the order of their names", y: "dB" } },
           `More is better.${numbered ? " Training goes from left to right." : ""}`);
}

function sweepStrip({ strip, checkpoints, by_name: order }) {
  if (!strip) return;
  heading("One frame, every checkpoint");
  say(`Frame ${strip.frame}, as the network sees it and paints it.`);
  pictures([{ shown: picture("filmed", 0), caption: "filmed" }, ...order.map((i) => ({
    shown: picture("face", i),
    caption: `${checkpoints[i].checkpoint}: ${fixed(strip.psnr[checkpoints[i].checkpoint] ?? null, 2)} dB` }))], 240);
}

function sweepReport(told) {
  const held = told.ranked_by === "held_out", scored = told.checkpoints.filter((row) => row.rank !== null).length;
  title("Which checkpoint?", told.character);
  sweepVerdict(told);
  sweepTable(told.checkpoints, held);
  sweepMeaning(told.tie_db, held);
  sweepPlot(told, held);
  sweepStrip(told);
  footer([`Character: ${told.character}`,
          `Checkpoints: ${told.kind} that hear ${told.audio_mode} features, ${scored} of ${told.checkpoints.length} scored`,
          `Frames: ${told.frames.length} evenly spread` +
          (held ? " over what was trained on, and as many held-out ones at most" : ""), `Made by viseme ${told.version}`]);
}
