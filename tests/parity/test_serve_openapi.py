"""`viseme serve` answers as its own description says: schemathesis asks what that allows, and what it does not."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from live_server import SECONDS, Server
from program import DONE, REPOSITORY

PEER = REPOSITORY / ".venv" / "schemathesis-3.39.16"     # tools/setup.sh
TOKEN = "a-token-for-schemathesis"


def test_answers_are_those_of_the_description(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(TOKEN)
    server = Server("--token-file", str(tokens), "--max-sessions", "4")
    try:
        # 503 is no fault: there is no room. Of faults, 500, the description knows nothing, so that they are found anyway.
        # The WebSocket's own path is left out: to ask it without an upgrade is 426, which test_serve.py asks.
        run = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", server.url + "/openapi.json",
             "--experimental=openapi-3.1", "--checks", "all", "--exclude-checks", "not_a_server_error",
             "--hypothesis-max-examples", "10", "--hypothesis-seed", "1",
             "--request-timeout", str(int(SECONDS * 1000)), "--exclude-path-regex", "/ws$",
             "--header", f"Authorization: Bearer {TOKEN}"],
            env={**os.environ, "PYTHONPATH": f"{PEER}:{Path(__file__).parent}", "SCHEMATHESIS_HOOKS": "openapi_texts"}, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
    finally:
        assert server.end() == DONE
