// diagnosis.json as a page: why does it look bad?

const MEASURES = [
  ["PSNR, dB", "psnr", 2, "painted against filmed, all frames together"],
  ["the same, recoloured, dB", "psnr_recoloured", 2, "what is left when a mere shift of colours is taken out"],
  ["SSIM", "ssim", 4, "structure; 1 is the filmed picture"],
  ["colour, ΔE", "delta_e", 2, "CIEDE2000; 1 is just visible, 3 disturbs"],
  ["sharpness", "sharpness", 2, "fine detail, painted / filmed"],
  ["seam, levels", "seam", 2, "step along the edge of the painted square"],
  ["jitter, levels", "jitter", 2, "flicker from frame to frame"],
  ["mouth moves at rest", "rest_motion", 2, "share of its motion in speech, while the filmed mouth rests"],
];

/** dB, where a PSNR that is infinite belongs to pictures that are the same. */
const dB = (value, ssim, decimals) => fixed(value, decimals, "", ssim === 1 ? "exact" : "–");

function diagnoseVerdict({ headline, findings, painting, outputs }) {
  if (findings.length) verdict("bad", headline, findings[0].advice);
  else if (painting && outputs === null)
    verdict("good", headline, `On its own footage the network repaints the mouth at ${fixed(painting.psnr, 1)} dB ` +
            `(SSIM ${fixed(painting.ssim, 3)}), under the declared contract.`);
  else verdict("good", headline, "Everything that could be measured is as it should be.");
}

function diagnoseFindings(findings) {
  if (!findings.length) return;
  heading("Findings, causes first");
  table(null, ["", "finding", "measured", "threshold"], findings.map((found, i) => ({
    tone: i === 0 ? "bad" : "fair",
    cells: [String(i + 1), found.title, `${short(found.number)} ${found.unit}`, `${short(found.threshold)} ${found.unit}`] })));
  findings.forEach(({ title: named, stage, text, advice }, i) => say(`${i + 1}. ${named} (${stage}): ${text} ${advice}`));
  if (findings.length > 1)
    say("Later findings are often consequences of earlier ones: mend the first, then diagnose again.");
}

function diagnosePictures(painting) {
  if (!painting) return;
  heading("Best and worst frame");
  for (const [which, number] of [["Best", painting.best_frame], ["Worst", painting.worst_frame]]) {
    const psnr = painting.per_frame[number - painting.first_frame] ?? null;
    pictures([
      { shown: picture("filmed", number), caption: `${which} frame, ${number}: filmed` },
      { shown: picture("painted", number), caption: `painted, ${dB(psnr, 1, 1)} dB` },
      { shown: picture("difference", number), caption: "difference × 10" }]);
  }
  if (painting.per_frame.length > 1)
    linePlot({ title: "PSNR in the mouth rectangle, frame by frame", names: { x: "frame", y: "PSNR, dB" },
               series: [{ x: painting.per_frame.map((_, i) => painting.first_frame + i), y: painting.per_frame }] },
             "Painted against filmed, in the mouth rectangle. Single low frames are lips that come early or late; a low line is " +
             "a fault.");
}

function contractBars(contracts, nearest) {
  const bars = contracts.map(({ words: name, psnr: value }, i) => ({ name, value, meant: i === nearest }));
  const height = (bar) => (bar.value === null ? Infinity : bar.value);
  bars.sort((x, y) => (height(x) === height(y) ? 0 : height(y) - height(x)));
  barPlot({ title: "PSNR under each contract", name: "PSNR in the mouth rectangle, dB", bars, missing: "exact" });
}

function diagnoseContracts({ contracts, contract, nearest, outputs }) {
  if (!contracts) return;
  const at = `${contract}, ${dB(nearest.psnr, 1, 1)} dB.`;
  heading(outputs === null ? "The contract" : "How these frames were made");
  say("Faces are composited exactly, as by render --exact: all that the network paints is judged.");
  say(outputs === null ? "The character's own footage, where sound and picture belong together, repainted under each contract. " +
                         `The checkpoint wants: ${at}`
                       : "viseme painted the same frames under each contract and measured how near it came to these. " +
                         `Nearest: ${at}`);
  contractBars(contracts, nearest.contract);
  if (picture("target", 0)) {
    say(`Frame ${nearest.look} under each of them:`);
    const target = { shown: picture("target", 0), caption: outputs === null ? "filmed" : "as that program made it" };
    const looks = contracts.map((each, i) => ({
      shown: picture("look", i), caption: `${each.words}, ${dB(each.psnr, each.ssim, 1)} dB` }));
    pictures([target, ...looks], 160);
  }
  table("What each mistake costs", ["contract", "PSNR, dB", "SSIM", "mouth, dB", "cost, dB"], contracts.map((each, i) => ({
    tone: i === 0 ? "good" : "",
    cells: [each.words, dB(each.psnr, each.ssim, 2), fixed(each.ssim, 4), dB(each.mouth, each.ssim, 2),
            i ? signed(each.cost, 2) : ""] })));
}

function diagnoseSound(sound) {
  if (!sound) return;
  const own = sound.shifts.find((shift) => shift.frames === 0);
  heading("The sound");
  say(`When only the sound changes, the mouth changes by ${fixed(sound.levels, 1)} levels of 255. With a frame's own sound it is ` +
      `painted at ${fixed(own.psnr, 1)} dB, with sound from elsewhere at ${fixed(sound.foreign, 1)} dB.`);
  linePlot({ title: "PSNR at the mouth with the sound moved",
             names: { x: "features taken so many frames later", y: "PSNR at the mouth, dB" },
             threshold: sound.foreign === null ? null : { value: sound.foreign, name: "sound from elsewhere" },
             series: [{ x: sound.shifts.map((shift) => shift.frames), y: sound.shifts.map((shift) => shift.psnr) }] },
           "The peak should stand at 0: then picture and sound belong together.");
}

function diagnoseMeasures(painting) {
  if (!painting) return;
  heading("How the painting looks");
  table(null, ["measure", "value", "what it tells"], MEASURES.map(([name, key, decimals, meaning]) =>
    plain(name, fixed(painting[key], decimals), meaning)));
}

function diagnoseFootage(data) {
  if (!data) return;
  heading("The footage");
  say(`${data.frames} frames of ${data.width} × ${data.height} pixels; the face square is ${fixed(data.side_mean, 0)} pixels wide ` +
      `(${fixed(data.side_min, 0)} to ${fixed(data.side_max, 0)}) and trembles by ${fixed(data.jitter ?? 0, 2)} pixels of the crop. ` +
      `A perfect network would reach ${fixed(data.resample_psnr, 1)} dB at this size.`);
  if (data.feature_rows >= 0) say(`${data.feature_rows} feature rows, ${data.feature_fps} a second.`);
}

function diagnoseReport(told) {
  const { model, outputs, character } = told;
  title("Why does it look bad?", `${outputs ?? told.checkpoint} on ${character}`);
  diagnoseVerdict(told);
  diagnoseFindings(told.findings);
  diagnosePictures(told.painting);
  diagnoseContracts(told);
  diagnoseSound(told.sound);
  diagnoseMeasures(told.painting);
  diagnoseFootage(told.data);
  footer([`character ${character}`, model && `checkpoint ${model.path} (${model.kind}), SHA-256 ${model.sha256}`,
          `viseme ${told.version}`]);
}
