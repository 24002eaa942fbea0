"""examples/live_pipecat.py in a pipeline of Pipecat's, by Pipecat's own test runner."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from live_server import DEMO, SECONDS, Server
from program import DONE, REPOSITORY

PEER = REPOSITORY / ".venv" / "pipecat-1.14.0"          # half a gigabyte: tools/setup.sh soak


@pytest.mark.soak
def test_speech_comes_out_with_pictures_and_an_interruption_empties_her():
    if not PEER.is_dir():
        pytest.skip(f"{PEER} is missing: tools/setup.sh soak")
    server = Server()
    try:
        run = subprocess.run([sys.executable, str(Path(__file__).with_name("pipecat_course.py")), server.url, str(DEMO / "speech.wav")],
                             env={**os.environ, "PYTHONPATH": str(PEER)}, capture_output=True, text=True, check=False,
                             timeout=4 * SECONDS)
        assert run.returncode == 0, run.stderr
        said, cut = json.loads(run.stdout.splitlines()[-1])
        assert said["pictures"] > 20 and said["sizes"] == [[512, 512]] and said["bytes"] == [3 * 512 * 512]
        assert .5 < said["seconds"] < 2
        [[heard, interrupted]] = said["finished"]
        assert not interrupted and 500 < heard < 2000
        [[heard, interrupted]] = cut["finished"]
        assert interrupted and 0 <= heard < 5000
        assert server.request("GET", "/v1/sessions").json()["sessions"] == []
    finally:
        assert server.end() == DONE
