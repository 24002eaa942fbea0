// Which report this is, and its facts: the JSON that also lies beside the page.

const reports = { compare: compareReport, diagnose: diagnoseReport, sweep: sweepReport };
reports[page.dataset.report](JSON.parse(document.getElementById("facts").textContent));
