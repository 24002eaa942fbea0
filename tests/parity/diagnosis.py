"""`viseme diagnose` run on something, and what must be true of every answer it gives."""
from __future__ import annotations

import json
import math
from typing import Any, Dict, List, NamedTuple

from program import DONE, REPOSITORY, Argument, viseme

DEMO = REPOSITORY / "demo"
MODEL = DEMO / "models" / "99.pth"
CHARACTER = DEMO / "character"
FAULTS_FOUND = 1                                        # exit status: "no, it is not well"

STAGES = ("checkpoint", "runtime", "data", "contract", "training")      # causes first
FINDING = {"code", "stage", "title", "text", "advice", "number", "threshold", "unit", "severity"}

#: Looks that are quick: contracts tried on few frames, the painting judged on some. What files, footage and lengths
#: show needs hardly any; what is learnt from the sound needs more, since one frame's mouth may fit anywhere.
GLANCE = ("--frames", 2, "--run", 8)
QUICK = ("--frames", 3, "--run", 24)
LISTENING = ("--frames", 16, "--run", 8)


class Diagnosis(NamedTuple):
    """The JSON, and the exit status that came with it."""

    status: int
    told: Dict[str, Any]

    @property
    def findings(self) -> List[Dict[str, Any]]:
        return self.told["findings"]

    @property
    def codes(self) -> List[str]:
        return [finding["code"] for finding in self.findings]

    def of_stage(self, stage: str) -> List[str]:
        return [finding["code"] for finding in self.findings if finding["stage"] == stage]

    def why(self) -> str:
        """For a failing test: all that was found, and the figures behind it."""
        lines = [f"{f['code']} [{f['stage']}] {f['number']} {f['unit']}, threshold {f['threshold']}, severity "
                 f"{f['severity']}: {f['text']}" for f in self.findings]
        lines += [f"{c['code']}: {c['psnr']} dB, mouth {c['mouth']}" for c in self.told.get("contracts", [])]
        return "\n".join([*lines, str(self.told.get("sound")), str(self.told["painting"]), str(self.told["data"])])


def check_finding(finding: Dict[str, Any]) -> None:
    """Plain words, a number beyond its threshold, and something to do."""
    assert set(finding) == FINDING
    assert finding["stage"] in STAGES
    assert finding["title"] and finding["text"].rstrip().endswith((".", "?")) and finding["advice"], finding
    assert "\n" not in finding["title"] + finding["text"] + finding["advice"]
    assert isinstance(finding["unit"], str) and finding["unit"]
    assert finding["threshold"] is None or math.isfinite(finding["threshold"])


def check(told: Dict[str, Any], status: int) -> None:
    """Verdict, findings and exit status say the same; findings stand in their order."""
    findings = told["findings"]
    for finding in findings:
        check_finding(finding)
    assert told["verdict"] == ("faults" if findings else "healthy")
    assert status == (FAULTS_FOUND if findings else DONE)
    rank = [(STAGES.index(f["stage"]), -f["severity"] if f["severity"] is not None else -math.inf) for f in findings]
    assert rank == sorted(rank), "findings are not ranked: causes first, the worst of each stage first"
    assert len({f["code"] for f in findings}) == len(findings), "a finding is told twice"


def diagnose(*arguments: Argument, timeout: float = 300) -> Diagnosis:
    """Runs it for its JSON."""
    finished = viseme("diagnose", *arguments, "--json", timeout=timeout)
    command = " ".join(map(str, arguments))
    assert finished.status in (DONE, FAULTS_FOUND), f"viseme diagnose {command}: {finished.status}\n{finished.err}"
    told = json.loads(finished.out)
    check(told, finished.status)
    return Diagnosis(finished.status, told)


def check_first(found: Diagnosis, code: str) -> Dict[str, Any]:
    """The planted fault is the first finding; that finding."""
    assert found.codes and found.codes[0] == code, f"expected {code} first, found {found.codes}\n{found.why()}"
    return found.findings[0]


def check_healthy(found: Diagnosis) -> None:
    assert found.codes == [] and found.status == DONE, found.why()
