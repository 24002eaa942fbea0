#!/usr/bin/env python3
"""Writes docs/operators.md from the ONNX project's own tests, run by the program that VISEME names (build/viseme).

    VISEME=build-check/viseme .venv/bin/python tools/write_operators.py
"""
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "parity"))

import conformance                                                              # noqa: E402


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        found = conformance.run(conformance.runner(), Path(folder))
    wrong = [case.name for case in found if any(text.startswith("wrong") for text in case.outcome.values())]
    if wrong:
        print("answered wrongly: " + ", ".join(wrong), file=sys.stderr)
        return 1
    (REPOSITORY / "docs" / "operators.md").write_text(conformance.document(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
