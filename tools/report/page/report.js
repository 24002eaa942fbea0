// Which report this is, and its facts: the JSON that also lies beside the page (of a long comparison without the figures of
// frames that are not listed).

const reports = { compare: compareReport, diagnose: diagnoseReport, sweep: sweepReport };
reports[page.dataset.report](JSON.parse(document.getElementById("facts").textContent));
