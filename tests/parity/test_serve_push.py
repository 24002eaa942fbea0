"""`viseme serve --push`: a standing session goes to servers that ffmpeg plays, which come, go and come again."""
from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import List, NamedTuple

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


def keep(all_places: List[Place], folder: Path) -> List["subprocess.Popen[str]"]:
    folder.mkdir()
    return [listener(place.listening, folder / f"{n}.mkv") for n, place in enumerate(all_places)]


def arrive(kept: List["subprocess.Popen[str]"]) -> None:
    for process in kept:
        assert process.wait(SECONDS) == 0, process.stderr.read()


def test_it_arrives_and_comes_back_when_the_other_end_was_gone(tmp_path):
    wanted = places()
    first = keep(wanted, tmp_path / "first")
    server = Server("--log", "json", *(word for place in wanted for word in ("--push", place.pushed)))
    try:
        standing = [json.loads(server.process.stdout.readline()) for _ in wanted]
        path = f"/v1/sessions/{standing[0]['session']}"
        assert standing[0]["character"] == "demo" and server.request("GET", path).status_code == 200
        arrive(first)
        second = keep(wanted, tmp_path / "second")                  # it comes back by itself
        for number in range(len(wanted)):
            said = server.request("POST", "/human", json={"text": "Hello.", "type": "echo", "sessionid": number})
            assert said.json()["code"] == 0                         # as LiveTalking's pages for RTMP send it
        arrive(second)
        assert server.request("GET", path + "/ws", headers={"Upgrade": "websocket", "Connection": "Upgrade"}).status_code == 409
    finally:
        assert server.end() == DONE, "".join(server.errors)
    for folder in ("first", "second"):
        assert [streams_of(tmp_path / folder / f"{n}.mkv") for n in range(len(wanted))] == [place.codecs for place in wanted]
    events = [json.loads(line)["event"] for line in server.errors]
    assert events.count("push_connected") >= 2 * len(wanted) and events.count("push_lost") >= len(wanted)
    assert "secret" not in "".join(server.errors)


@pytest.mark.parametrize("url, words", [
    ("http://127.0.0.1/x", "rtmp"), ("nobody=rtmp://127.0.0.1/x", "nobody"), ("file:///tmp/x", "rtmp"),
])
def test_it_refuses_in_one_line(url, words):
    finished = viseme("serve", *CHARACTER, "--push", url)
    assert finished.status == USAGE and words in finished.err and finished.err.count("\n") == 1
