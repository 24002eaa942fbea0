"""The commands of docs/provenance.md: what openssl makes by them is signed with, and trusted."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import signing
from program import REPOSITORY
from test_provenance_write import Stage, stage                                  # noqa: F401

PAGE = REPOSITORY / "docs" / "provenance.md"


def test_own_certificate(stage: Stage, tmp_path: Path) -> None:                 # noqa: F811
    (commands,) = re.findall(r"<!-- tested: .*? -->\n```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    subprocess.run(["sh", "-e", "-c", commands], cwd=tmp_path, check=True, capture_output=True)
    output = stage.render(tmp_path / "out.mp4", "--sign-key", tmp_path / "key.pem", "--sign-certificate",
                          tmp_path / "chain.pem")
    assert signing.read(output, (tmp_path / "root.pem").read_bytes()).state == "Trusted"
