"""`viseme serve --push`: a standing session goes to servers that ffmpeg plays, which come, go and come again."""
from __future__ import annotations

import json
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List, NamedTuple

import pytest

from live_server import CHARACTER, SECONDS, Server
from program import DONE, USAGE, viseme


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def keep_twice(listening: List[str], name: Path) -> List[Path]:
    """A second of what comes, and the other end is gone; then once more. The files."""
    files = [name.with_suffix(f".{turn}.mkv") for turn in range(2)]
    for file in files:
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-analyzeduration", "500000", "-fpsprobesize", "0", *listening,
                        "-t", "1", "-c", "copy", str(file)], check=True, timeout=SECONDS)
    return files


def streams_of(path: Path) -> List[str]:
    told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", str(path)],
                          capture_output=True, text=True, check=True)
    return sorted(told.stdout.split())


class Place(NamedTuple):
    """Somewhere to push to: how ffmpeg listens there, what the server is told, what arrives."""

    listening: List[str]
    pushed: str
    codecs: List[str]


def places() -> List[Place]:
    rtmp, rtsp, tcp = (f"127.0.0.1:{free_port()}" for _ in range(3))
    return [
        Place(["-listen", "1", "-i", f"rtmp://{rtmp}/live/secret"], f"rtmp://{rtmp}/live/secret", ["aac", "h264"]),
        Place(["-rtsp_flags", "listen", "-i", f"rtsp://{rtsp}/live/secret"], f"rtsp://{rtsp}/live/secret", ["h264", "opus"]),
        Place(["-i", f"tcp://{tcp}?listen=1"], f"demo=tcp://{tcp}", ["aac", "h264"]),
    ]


def test_it_arrives_and_comes_back_when_the_other_end_was_gone(tmp_path):
    wanted = places()
    with ThreadPoolExecutor() as pool:
        kept = [pool.submit(keep_twice, place.listening, tmp_path / str(n)) for n, place in enumerate(wanted)]
        server = Server("--log", "json", *(word for place in wanted for word in ("--push", place.pushed)))
        try:
            standing = [json.loads(server.process.stdout.readline()) for _ in wanted]
            path = f"/v1/sessions/{standing[0]['session']}"
            assert standing[0]["character"] == "demo" and server.request("GET", path).status_code == 200
            for number in range(len(wanted)):                       # as LiveTalking's pages for RTMP have them
                said = server.request("POST", "/human", json={"text": "Hello.", "type": "echo", "sessionid": number})
                assert said.json()["code"] == 0
            files = [each.result() for each in kept]                # it comes back by itself
            assert server.request("GET", path + "/ws", headers={"Upgrade": "websocket", "Connection": "Upgrade"}).status_code == 409
        finally:
            assert server.end() == DONE, "".join(server.errors)
    for place, pair in zip(wanted, files):
        assert [streams_of(file) for file in pair] == [place.codecs] * 2
    events = [json.loads(line)["event"] for line in server.errors]
    assert events.count("push_connected") >= 2 * len(wanted) and events.count("push_lost") >= len(wanted)
    assert "secret" not in "".join(server.errors)


@pytest.mark.parametrize("url, words", [
    ("http://127.0.0.1/x", "rtmp"), ("nobody=rtmp://127.0.0.1/x", "nobody"), ("file:///tmp/x", "rtmp"),
])
def test_it_refuses_in_one_line(url, words):
    finished = viseme("serve", *CHARACTER, "--push", url)
    assert finished.status == USAGE and words in finished.err and finished.err.count("\n") == 1
