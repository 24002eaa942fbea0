"""`viseme serve --push`: a standing session goes to servers that ffmpeg plays, which come, go and come again."""
from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import List

import pytest

from live_server import CHARACTER, SECONDS, Server
from program import DONE, USAGE, viseme


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def listener(url: List[str], path: Path) -> "subprocess.Popen[str]":
    """Keeps two seconds of what comes, then is gone."""
    return subprocess.Popen(["ffmpeg", "-v", "error", "-nostdin", "-y", *url, "-t", "2", "-c", "copy", str(path)],
                            stderr=subprocess.PIPE, text=True)


def streams_of(path: Path) -> List[str]:
    told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", str(path)],
                          capture_output=True, text=True, check=True)
    return sorted(told.stdout.split())


@pytest.mark.parametrize("listening, pushed", [
    (["-listen", "1", "-i", "rtmp://127.0.0.1:{port}/live/secret"], "rtmp://127.0.0.1:{port}/live/secret"),
    (["-i", "tcp://127.0.0.1:{port}?listen=1"], "demo=tcp://127.0.0.1:{port}"),
], ids=["rtmp", "tcp"])
def test_it_arrives_and_comes_back_when_the_other_end_was_gone(tmp_path, listening, pushed):
    port = free_port()
    url = [part.format(port=port) for part in listening]
    first = listener(url, tmp_path / "first.mkv")
    server = Server("--push", pushed.format(port=port), "--log", "json")
    try:
        standing = json.loads(server.process.stdout.readline())
        path = f"/v1/sessions/{standing['session']}"
        assert standing["character"] == "demo" and server.request("GET", path).status_code == 200
        assert first.wait(SECONDS) == 0, first.stderr.read()
        second = listener(url, tmp_path / "second.mkv")             # it comes back by itself
        said = server.request("POST", "/human", json={"text": "Hello, all of you.", "type": "echo", "sessionid": 0})
        assert said.json()["code"] == 0                             # as LiveTalking's pages for RTMP send it
        assert second.wait(SECONDS) == 0, second.stderr.read()
        assert server.request("GET", path + "/ws", headers={"Upgrade": "websocket", "Connection": "Upgrade"}).status_code == 409
    finally:
        assert server.end() == DONE, "".join(server.errors)
    for name in ("first.mkv", "second.mkv"):
        assert streams_of(tmp_path / name) == ["aac", "h264"]
    events = [json.loads(line)["event"] for line in server.errors]
    assert events.count("push_connected") >= 2 and "push_lost" in events
    assert "secret" not in "".join(server.errors)


@pytest.mark.parametrize("url, words", [
    ("http://127.0.0.1/x", "rtmp"), ("nobody=rtmp://127.0.0.1/x", "nobody"), ("file:///tmp/x", "rtmp"),
])
def test_it_refuses_in_one_line(url, words):
    finished = viseme("serve", *CHARACTER, "--push", url)
    assert finished.status == USAGE and words in finished.err and finished.err.count("\n") == 1
