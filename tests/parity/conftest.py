"""Paths and fixtures that the parity tests share.

The modules beside this file: `program` runs viseme, `checkpoints` makes and saves networks, `footage` draws
characters, `sound` makes speech-like audio, `media` asks ffmpeg and ffprobe.
"""
from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Dict, List, Tuple

# Before PyTorch starts its threads: they must not spin while viseme or another test has the processors.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest                                                                   # noqa: E402
import torch                                                                    # noqa: E402

TESTS = Path(__file__).resolve().parents[1]
GOLDEN = TESTS / "golden"
FIXTURES = TESTS / "fixtures"
sys.path[:0] = [str(TESTS / "reference"), str(GOLDEN), str(TESTS / "parity")]

from program import PROGRAM                                                     # noqa: E402


def pytest_sessionstart(session: pytest.Session) -> None:
    """The program must be there: nothing is skipped for want of it."""
    torch.set_num_threads(2)
    if not PROGRAM.is_file():
        pytest.exit(f"{PROGRAM} does not exist: build viseme first, or name it in VISEME", returncode=3)


#: Whose tests take longest, longest first: begun last, one of them would be waited for by all other processors.
LONG = ("test_diagnose_outputs", "test_diagnose", "test_live_page", "test_serve", "test_networks", "test_export",
        "test_render", "test_zoo", "test_serve_openapi", "test_precision", "test_onnx", "test_interrupts",
        "test_conformance", "test_random_graphs", "test_diagnose_report", "test_frames", "test_sweep",
        "test_compare", "test_onnx_exports", "test_bounds", "test_output_numbers", "test_features")


#: Tests of many alike networks and mistakes: of their cases each nth is for `make check`, from the first on; all of
#: them for `tools/soak.sh parity`.
SAMPLED = {("test_networks", "test_authors_widths"): 3, ("test_networks", "test_saved_forms"): 2,
           ("test_networks", "test_other_widths"): 2, ("test_onnx", "test_export"): 3, ("test_export", "test_authors_widths"): 2,
           ("test_diagnose_outputs", "test_one_mistake"): 3, ("test_diagnose_outputs", "test_two_mistakes"): 2,
           ("test_diagnose_outputs", "test_lips_that_come_late"): 3, ("test_diagnose", "test_lag"): 2,
           ("test_diagnose", "test_contract"): 2, ("test_diagnose", "test_training"): 2,
           ("test_diagnose", "test_spoilt_weights"): 2}


@pytest.hookimpl(tryfirst=True, specname="pytest_collection_modifyitems")
def pytest_take_samples(items: List[pytest.Item]) -> None:
    """Before markers are looked at."""
    seen: Dict[Tuple[str, str], int] = {}
    for item in items:
        test = (item.path.stem, getattr(item, "originalname", item.name))
        seen[test] = seen.get(test, -1) + 1
        if seen[test] % SAMPLED.get(test, 1):
            item.add_marker(pytest.mark.soak)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    """Long files first; within a file the order stays, and so do the fixtures of a module."""
    rank = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONG)))


@pytest.fixture(scope="session")
def golden() -> Path:
    """Folder of the known answers."""
    return GOLDEN


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Folder of committed files that today's exporters made."""
    return FIXTURES
