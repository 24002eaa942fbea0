"""The short form of what tests/soak/run.py does at length: memory, files and threads that stay what they are."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from program import PROGRAM, REPOSITORY

sys.path.insert(0, str(REPOSITORY / "tests" / "soak"))

import hour                                                                     # noqa: E402
import renders                                                                  # noqa: E402


def test_a_minute(tmp_path: Path) -> None:
    """As the hour: constant memory, all frames, sound that has not drifted."""
    figures = hour.run(PROGRAM, REPOSITORY, tmp_path, 1000)
    assert not figures["broken"], figures


def test_renders_in_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of render, good, bad and stopped; files and threads are counted, memory after the warm-up too: in one
    arena of malloc, since so few renders do not fill those that threads are given by chance."""
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    program = PROGRAM.parent / "tests" / "soak" / "renders"
    if not program.is_file():
        pytest.fail(f"{program} does not exist: it is built with the tests")
    figures = renders.run(program, REPOSITORY, tmp_path, 36)
    kept = [line for line in figures["broken"] if "memory grows" not in line and "at the end" not in line]
    assert not kept, figures
    assert figures["rss_kib"]["max"] < 1.5 * figures["rss_kib"]["min"], figures
