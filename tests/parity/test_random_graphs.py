"""Random graphs (random_graphs.py) on the fast path and on the plain one: what ONNX Runtime makes of them; damaged ones
are refused. tools/soak.sh graphs runs many more."""
from __future__ import annotations

from pathlib import Path

import pytest

import conformance
import random_graphs
from program import PATIENCE


@pytest.mark.parametrize("isa", ("", "portable"))
def test_results_are_right(isa: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if isa:
        monkeypatch.setenv("VISEME_ISA", isa)
    seeds = range(1000, 1200) if not isa else range(2000, 2050)
    wrong = random_graphs.wrong(conformance.runner(), seeds, tmp_path, 60 * PATIENCE)
    assert not wrong, "\n".join(wrong)


def test_damaged_graphs_are_refused(tmp_path: Path) -> None:
    wrong = random_graphs.mishandled(conformance.runner(), range(3000, 3200), tmp_path, 60 * PATIENCE)
    assert not wrong, "\n".join(wrong)
