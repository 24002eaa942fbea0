"""LiveTalking's own client messages, replayed: what its pages and their users' programs send, word for word."""
from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Dict, Iterator, List

import pytest
import requests

from live_server import DEMO, SECONDS, Server
from program import DONE


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    running = Server("--record", str(tmp_path_factory.mktemp("kept")))
    yield running
    assert running.end() == DONE, "".join(running.errors)


def ask(server: Server, path: str, **fields: object) -> Dict[str, object]:
    """As the pages do: fetch(path, {method: 'POST', body: JSON.stringify(fields), ...})."""
    answer = server.request("POST", path, data=json.dumps(fields), headers={"Content-Type": "application/json"})
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json", answer.text
    told = answer.json()
    assert told["code"] in (0, -1) and told["msg"]
    return told


def until(condition) -> None:
    limit = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < limit
        time.sleep(.1)


def test_a_text_is_said_interrupted_and_asked_about(server):
    with server.session() as talk:
        sid = talk.facts["id"]
        assert ask(server, "/is_speaking", sessionid=sid) == {"code": 0, "msg": "ok", "data": False}
        told = ask(server, "/human", text="Good morning. " * 20, type="echo", interrupt=True, sessionid=sid)
        assert told == {"code": 0, "msg": "ok"}
        assert ask(server, "/is_speaking", sessionid=sid)["data"] is True       # also before it is heard
        assert talk.event("agent.speak_started")["text"].startswith("Good morning.")
        assert ask(server, "/interrupt_talk", sessionid=sid) == {"code": 0, "msg": "ok"}
        talk.event("agent.speak_interrupted")
        until(lambda: not ask(server, "/is_speaking", sessionid=sid)["data"])


def test_a_voice_that_is_none_here_is_the_default(server):
    with server.session() as talk:
        told = ask(server, "/human", text="Hello.", type="echo", sessionid=talk.facts["id"],
                   tts={"voice": "zh-CN-YunxiaNeural", "emotion": "happy"})
        assert told["code"] == 0
        talk.event("agent.speak_ended")


def test_a_sound_file(server):
    with server.session() as talk:
        file = {"file": ("speech.wav", (DEMO / "speech.wav").read_bytes(), "audio/wav")}
        answer = server.request("POST", "/humanaudio", files=file, data={"sessionid": talk.facts["id"]})
        assert answer.status_code == 200 and answer.json() == {"code": 0, "msg": "ok"}
        talk.event("agent.speak_started")
        ask(server, "/interrupt_talk", sessionid=talk.facts["id"])


@pytest.mark.parametrize("files, data", [
    ({"other": ("x", b"x")}, {}), ({"file": ("x", b"")}, {}), ({"file": ("x", b"x")}, {"sessionid": "nobody"}), (None, {"a": "b"}),
])
def test_a_form_that_is_none(server, files, data):
    with server.session() as talk:
        answer = server.request("POST", "/humanaudio", files=files, data={"sessionid": talk.facts["id"], **data})
        assert answer.status_code == 200 and answer.json()["code"] == -1 and answer.json()["msg"]


@pytest.mark.parametrize("path, fields, words", [
    ("/human", {"text": "x", "type": "echo", "sessionid": 0}, "session not found"),
    ("/human", {"text": "x", "type": "echo", "sessionid": None}, "session not found"),      # parseInt of nothing is NaN
    ("/human", {"text": "x", "type": "echo", "sessionid": "6f9619ff-8b86-d011-b42d-00c04fc964ff"}, "session not found"),
    ("/human", {"type": "echo"}, "`text` is missing"),
    ("/human", {"text": "x", "type": "sing"}, "echo chat"),
    ("/is_speaking", {}, "session not found"),
    ("/record", {"type": "dance"}, "start_record"),
    ("/offer", {"sdp": "v=0", "type": "offer"}, ""),
])
def test_what_is_wrong_is_told_with_status_200(server, path, fields, words):
    told = ask(server, path, **fields)
    assert told["code"] == -1 and words in told["msg"]


def test_actions_of_a_character_without_any(server):
    with server.session() as talk:
        assert ask(server, "/set_audiotype", audiotype=0, reinit=False, sessionid=talk.facts["id"])["code"] == 0
        told = ask(server, "/set_audiotype", audiotype=2, reinit=False, sessionid=talk.facts["id"])
        assert told["code"] == -1 and "no action videos" in told["msg"]


def test_a_recording_is_begun_ended_and_fetched(server):
    with server.session() as talk:
        sid = talk.facts["id"]
        assert server.request("GET", f"/record/{sid}").json()["code"] == -1
        assert ask(server, "/record", type="end_record", sessionid=sid)["code"] == -1
        assert ask(server, "/record", type="start_record", sessionid=sid)["code"] == 0
        assert ask(server, "/record", type="start_record", sessionid=sid)["code"] == -1
        ask(server, "/human", text="This is kept.", type="echo", interrupt=False, sessionid=sid)
        talk.event("agent.speak_ended")
        assert ask(server, "/record", type="end_record", sessionid=sid)["code"] == 0
        until(lambda: server.request("HEAD", f"/record/{sid}").headers["Content-Type"] == "video/mp4")
        video = server.request("GET", f"/record/{sid}")
        assert video.headers["Content-Type"] == "video/mp4" and video.content[4:8] == b"ftyp"
        assert ask(server, "/record", type="start_record", sessionid=sid)["code"] == 0      # it ends with the session


def test_events_of_a_session(server):
    heard: List[Dict[str, str]] = []
    with server.session() as talk:
        stream = requests.get(f"{server.url}/sse", params={"sessionid": talk.facts["id"]}, stream=True, timeout=SECONDS)
        assert stream.headers["Content-Type"] == "text/event-stream"

        def listen() -> None:
            for line in stream.iter_lines(chunk_size=1):        # else it waits for more than comes
                if line.startswith(b"data: "):
                    heard.append(json.loads(line[6:]))

        listener = threading.Thread(target=listen)
        listener.start()
        ask(server, "/human", text="Do you hear?", type="echo", sessionid=talk.facts["id"])
        talk.event("agent.speak_ended")
        until(lambda: len(heard) == 2)
        assert heard == [{"status": "start", "text": "Do you hear?"}, {"status": "end"}]
    listener.join(SECONDS)                                                  # it ends with its session
    assert not listener.is_alive()
    assert server.request("GET", "/sse?sessionid=0").json()["code"] == -1


def test_who_may_not(server):
    foreign = server.request("POST", "/human", json={"text": "x"}, headers={"Origin": "https://foreign.example"})
    assert foreign.status_code == 403
    assert server.request("POST", "/human", json={"text": "x"}, headers={"Host": "rebound.example"}).status_code == 421


@pytest.mark.parametrize("more, served", [([], False), (["--livetalking-open"], True)])
def test_where_a_token_is_wanted_they_are_shut_unless_opened(tmp_path: Path, more, served):
    tokens = tmp_path / "tokens"
    tokens.write_text("0123456789abcdef0123456789abcdef\n")
    server = Server("--token-file", str(tokens), *more)
    try:
        told = ask(server, "/human", text="x", type="echo", sessionid="nobody")
        assert told["code"] == -1 and ("session not found" in told["msg"]) == served
        assert served or "--livetalking-open" in told["msg"]
    finally:
        assert server.end() == DONE


# ---- By WebRTC, as client.js asks for it ----

def test_an_offer_is_answered_with_a_picture_and_its_number_is_the_session(server):
    aiortc = pytest.importorskip("aiortc", reason="aiortc is not installed")

    async def course() -> None:
        connection = aiortc.RTCPeerConnection()
        arrived: "asyncio.Future[object]" = asyncio.get_running_loop().create_future()

        @connection.on("track")
        def show(track):
            if track.kind == "video":
                arrived.set_result(track)

        connection.addTransceiver("video", direction="recvonly")
        connection.addTransceiver("audio", direction="recvonly")
        await connection.setLocalDescription(await connection.createOffer())
        local = connection.localDescription
        answer = await asyncio.to_thread(lambda: server.request("POST", "/offer", json={"sdp": local.sdp, "type": local.type}).json())
        assert set(answer) == {"sdp", "type", "sessionid"} and 0 < answer["sessionid"] < 2 ** 53
        await connection.setRemoteDescription(aiortc.RTCSessionDescription(answer["sdp"], answer["type"]))
        frame = await asyncio.wait_for((await arrived).recv(), SECONDS)
        assert (frame.width, frame.height) == (512, 512)
        for name in (answer["sessionid"], str(answer["sessionid"])):        # older pages, and newer ones
            told = await asyncio.to_thread(ask, server, "/human", text="Hello.", type="echo", interrupt=True, sessionid=name)
            assert told == {"code": 0, "msg": "ok"}
        await connection.close()

    asyncio.run(course())
