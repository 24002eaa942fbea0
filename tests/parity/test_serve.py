"""`viseme serve`, asked by other programs: what is answered, what is refused, what becomes of who misbehaves."""
from __future__ import annotations

import base64
import json
import math
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Iterator

import pytest
import requests
import websocket

import live_server
from disks import seen_by, small_disk
from live_server import CHARACTER, DEMO, SECONDS, Server
from program import BAD_INPUT, DONE, NOT_WRITTEN, USAGE, viseme

ROOM = 3
FRIEND = "https://friend.example"
FOREIGN = {"Origin": "https://foreign.example"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server("--max-sessions", str(ROOM), "--allow-origin", FRIEND)
    yield running
    assert running.end() == DONE, "".join(running.errors)


def tone(seconds: float, rate: int = 24000) -> bytes:
    count = int(seconds * rate)
    return struct.pack(f"<{count}h", *(int(9000 * math.sin(i * .06) * math.sin(i * .0013)) for i in range(count)))


# ---- Before it serves ----

@pytest.mark.parametrize("arguments, status, words", [
    ([], USAGE, "--character is missing"),
    (["--character", "a=x", "--character", "y"], USAGE, "each needs a name"),
    (["--character", "x"], USAGE, "--model is missing"),
    ([*CHARACTER, "--listen", "nowhere"], USAGE, "an address and a port"),
    ([*CHARACTER, "--listen", "0.0.0.0:0"], USAGE, "--token-file"),
    ([*CHARACTER, "--tls-key", "key.pem"], USAGE, "--tls-certificate"),
    ([*CHARACTER, "--allow-origin", "*"], USAGE, "no *"),
    ([*CHARACTER, "--model", "bob=x.pth"], USAGE, "no --character bob"),
    ([*CHARACTER, "--token-file", "/nowhere/tokens"], BAD_INPUT, "/nowhere/tokens"),
    (["--character", "/nowhere", *CHARACTER[2:], "--listen", "127.0.0.1:0"], BAD_INPUT, "/nowhere"),
    ([*CHARACTER[:2], "--model", "/nowhere.pth", *CHARACTER[4:], "--listen", "127.0.0.1:0"], BAD_INPUT, "/nowhere.pth"),
])
def test_it_refuses_in_one_line(arguments, status, words):
    finished = viseme("serve", *arguments)
    assert finished.status == status and words in finished.err
    assert finished.err.count("\n") == 1 and finished.out == ""


def test_a_taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        finished = viseme("serve", *CHARACTER, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert finished.status == NOT_WRITTEN and "in use" in finished.err and finished.err.count("\n") == 1


@pytest.mark.parametrize("text, words", [
    ('{\n "character": ["a=b"],\n "colour": 1}', "line 3: there is no option `colour`"),
    ('{"max-sessions":\n "many"}', "line 1: `max-sessions`: a number is wanted"),
    ('{"exact": 1}', "true or false"),
    ("[]", "a JSON object is wanted"),
    ("{", "line 1"),
])
def test_a_wrong_configuration(tmp_path, text, words):
    path = tmp_path / "live.json"
    path.write_text(text)
    finished = viseme("serve", "--config", path)
    assert finished.status == BAD_INPUT and words in finished.err and str(path) in finished.err


def test_the_command_line_wins_over_the_configuration(tmp_path):
    path = tmp_path / "live.json"
    path.write_text(json.dumps({"character": str(DEMO / "character"), "model": ["/nowhere.pth"], "listen": "wrong"}))
    finished = viseme("serve", "--config", path, "--listen", "127.0.0.1:0")
    assert finished.status == BAD_INPUT and "/nowhere.pth" in finished.err


# ---- What is answered ----

@pytest.mark.parametrize("method, path, status, more", [
    ("GET", "/", 200, {}),
    ("HEAD", "/", 200, {}),
    ("GET", "/viseme-avatar.js", 200, {}),
    ("GET", "/healthz", 200, {}),
    ("GET", "/readyz", 200, {}),
    ("GET", "/metrics", 200, {}),
    ("GET", "/v1/sessions", 200, {}),
    ("GET", "/nothing", 404, {}),
    ("GET", "/../../etc/passwd", 404, {}),
    ("GET", "/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA", 404, {}),
    ("DELETE", "/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA", 404, {}),
    ("POST", "/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA/speak", 404, {"json": {"text": "x"}}),
    ("POST", "/v1/sessions", 404, {"json": {"character": "nobody"}}),
    ("POST", "/v1/sessions", 400, {"data": "{", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/v1/sessions", 400, {"json": {"colour": "red"}}),
    ("POST", "/v1/sessions", 400, {"json": {"media": "cooked"}}),
    ("POST", "/v1/sessions", 400, {"json": []}),
    ("POST", "/v1/sessions", 403, {"json": {}, "headers": FOREIGN}),
    ("POST", "/v1/sessions", 415, {"data": "x", "headers": {"Content-Type": "text/plain"}}),
    ("POST", "/v1/sessions", 413, {"data": b" " * 70000, "headers": {"Content-Type": "application/json"}}),
    ("PUT", "/v1/sessions", 405, {"json": {}}),
    ("DELETE", "/", 405, {}),
    ("GET", "/v1/characters", 421, {"headers": {"Host": "rebound.example"}}),
])
def test_statuses(server, method, path, status, more):
    answer = server.request(method, path, **more)
    assert answer.status_code == status, answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if status == 405:
        assert "GET" in answer.headers["Allow"]
    if status >= 400 and method != "HEAD":
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status and answer.json()["detail"]


def test_pages_are_kept_until_they_change(server):
    page = server.request("GET", "/")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    again = server.request("GET", "/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""


def test_a_site_that_was_named(server):
    asked = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
    preflight = server.request("OPTIONS", "/v1/sessions", headers=asked)
    assert preflight.status_code == 204 and "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Origin"] == FRIEND
    read = server.request("GET", "/v1/characters", headers={"Origin": FRIEND})
    assert read.headers["Access-Control-Allow-Origin"] == FRIEND
    foreign = server.request("GET", "/v1/characters", headers=FOREIGN)
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert server.request("OPTIONS", "/v1/sessions", headers=FOREIGN).status_code == 403


def test_a_connection_is_used_again(server):
    """Whatever was asked and answered on it before, and also where all is asked at once."""
    with requests.Session() as kept:
        kept.trust_env = False
        answers = [kept.get(server.url + "/", timeout=SECONDS),
                   kept.post(server.url + "/v1/sessions", json={"character": "nobody"}, timeout=SECONDS),
                   kept.post(server.url + "/v1/sessions", data=b" " * 70000, timeout=SECONDS,
                             headers={"Content-Type": "application/json"}),
                   kept.get(server.url + "/healthz", timeout=SECONDS)]
        assert [answer.status_code for answer in answers] == [200, 404, 413, 200]
        assert len(answers[0].content) == int(answers[0].headers["Content-Length"])
        host, port = server.host, server.port
        assert kept.adapters["http://"].poolmanager.connection_from_host(host, port).num_connections == 1
    told = send_raw(server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20 +
                    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert told.count(b"HTTP/1.1 200 ") == 21


# ---- Sessions ----

def test_nobody_answers_without_a_chat_server(server):
    with server.session() as talk:
        assert server.request("POST", talk.facts["speak"], json={"text": "x", "kind": "chat"}).status_code == 501
        assert server.request("POST", talk.facts["speak"], json={"text": "x", "kind": "sing"}).status_code == 400
    assert server.request("GET", "/v1/characters").json()["chat"] is False


def test_a_text_is_said(server):
    with server.session() as talk:
        media = talk.event("session.state_updated")["media"]
        assert media["video"]["codec"].startswith("avc1.42") and media["audio"]["codec"] == "opus"
        said = server.request("POST", talk.facts["speak"], json={"text": "Hello.", "event_id": "one"})
        assert said.status_code == 202 and said.json() == {"event_id": "one"}
        started = talk.event("agent.speak_started")
        assert started["event_id"] == "one" and started["text"] == "Hello."
        assert talk.event("agent.speak_ended")["event_id"] == "one"
        kinds = {data[0] for data in talk.media}
        assert kinds == {1, 2}
        assert next(data for data in talk.media if data[0] == 1)[1] == 1, "video begins with a key"


@pytest.mark.parametrize("headers, body, status", [
    ({"Content-Type": "application/json"}, b'{"text": ""}', 400),
    ({"Content-Type": "application/json"}, b'{"text": "x", "voice": "nobody"}', 400),
    ({"Content-Type": "application/json"}, b"{}", 400),
    ({"Content-Type": "text/plain"}, b"x", 415),
    ({"Content-Type": "audio/wav"}, b"", 400),
    ({"Content-Type": "audio/wav"}, b"x" * (33 << 20), 413),
], ids=["empty", "voice", "none", "type", "no file", "long"])
def test_what_is_not_said(server, headers, body, status):
    with server.session() as talk:
        assert server.request("POST", talk.facts["speak"], data=body, headers=headers).status_code == status


def test_a_sound_file_and_one_that_is_none(server):
    with server.session() as talk:
        sound = (DEMO / "speech.wav").read_bytes()
        wav = {"Content-Type": "audio/wav"}
        none = server.request("POST", talk.facts["speak"] + "?event_id=none", data=b"no sound", headers=wav)
        assert none.status_code == 202
        assert talk.event("error")["event_id"] == "none"
        said = server.request("POST", talk.facts["speak"] + "?event_id=file", data=sound, headers=wav)
        assert said.status_code == 202
        assert talk.event("agent.speak_started")["event_id"] == "file"
        silenced = server.request("POST", talk.facts["interrupt"])
        assert silenced.status_code == 200 and silenced.json()["playback_position_ms"] >= 0
        assert talk.event("agent.speak_interrupted")["event_id"] == "file"


def test_sound_comes_in_pieces(server):
    with server.session(media="raw") as talk:
        sound = tone(1)
        for at in range(0, len(sound), 4800):
            talk.send(type="agent.speak", event_id="pieces", audio=base64.b64encode(sound[at:at + 4800]).decode())
        talk.send(type="agent.speak_end")
        assert talk.event("agent.speak_started")["event_id"] == "pieces"
        assert talk.event("agent.speak_ended")["event_id"] == "pieces"
        assert {data[0] for data in talk.media} == {3, 4}
        talk.socket.send_binary(struct.pack("<BxxxI", 16, 16000) + tone(.5, 16000))
        talk.send(type="agent.speak_end")
        talk.event("agent.speak_ended")


def test_messages_that_are_none_are_told_and_survived(server):
    with server.session() as talk:
        talk.event("session.state_updated")
        for text in ("garbage", "[]", '{"type": 3}', '{"type": "agent.dance"}',
                     '{"type": "agent.speak", "audio": "?"}', '{"type": "agent.speak", "audio": "AAA="'):
            talk.socket.send(text)
            assert talk.event("error")["message"]
        talk.socket.send_binary(b"\x07")
        assert talk.event("error")["message"]
        talk.send(type="agent.start_listening")
        assert talk.state_but_idle() == "listening"


def test_one_that_sends_garbage_beside_one_that_plays(server):
    with server.session() as good:
        good.event("session.state_updated")
        for bytes_sent in (b"\x00" * 5000, b"GET / HTTP/1.1\r\nHost:", b"POST / HTTP/9\r\n\r\n" * 50, b"\xff" * 70000):
            with socket.create_connection(server.url.removeprefix("http://").split(":"), timeout=SECONDS) as wild:
                wild.sendall(bytes_sent)
        with server.session() as bad:
            bad.socket.sock.sendall(b"\xff" * 4000)
        good.send(type="agent.speak_text", text="Still here.", event_id="good")
        assert good.event("agent.speak_ended")["event_id"] == "good"


def test_a_new_connection_takes_the_place_of_the_old(server):
    with server.session() as talk:
        talk.event("session.state_updated")
        new = live_server.Talk(server.socket(talk.facts["ws"]), talk.facts)
        assert new.event("session.state_updated")["media"]
        opcode = data = None
        while opcode != websocket.ABNF.OPCODE_CLOSE:
            opcode, data = talk.socket.recv_data(control_frame=False)
        assert struct.unpack(">H", data[:2]) == (4001,)
        new.send(type="agent.start_listening")
        assert new.state_but_idle() == "listening"
        new.socket.close()


def test_sockets_that_are_refused(server):
    for path, origin, status in (("/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA/ws", None, 404), ("/", None, 404)):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            server.socket(path, origin=origin)
        assert refused.value.status_code == status
    with server.session() as talk:
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            server.socket(talk.facts["ws"], origin=FOREIGN["Origin"])
        assert refused.value.status_code == 403
        assert server.request("GET", talk.facts["ws"]).status_code == 426


def test_there_is_room_for_so_many_and_deleting_makes_room(server):
    opened = [server.request("POST", "/v1/sessions", json={}) for _ in range(ROOM)]
    assert [answer.status_code for answer in opened] == [201] * ROOM
    refused = server.request("POST", "/v1/sessions", json={})
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
    assert server.request("GET", "/v1/sessions").json()["free"] == 0
    assert server.request("DELETE", opened[0].json()["url"]).status_code == 204
    again = server.request("POST", "/v1/sessions", json={})
    assert again.status_code == 201
    for answer in [*opened[1:], again]:
        server.request("DELETE", answer.json()["url"])
    metrics = server.request("GET", "/metrics").text
    assert 'viseme_sessions{character="demo"} 0' in metrics
    assert 'viseme_sessions_refused_total{character="demo"} 1' in metrics


def test_a_session_that_nobody_looks_at_ends(server):
    facts = server.request("POST", "/v1/sessions", json={}).json()
    until = time.monotonic() + SECONDS
    while server.request("GET", facts["url"]).status_code == 200:
        assert time.monotonic() < until
        time.sleep(.5)


# ---- A token, and the end ----

def test_a_token_a_recording_and_a_clean_end(tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("# who may\n0123456789abcdef0123456789abcdef\nanother-token-that-is-long\n")
    server = Server("--token-file", str(tokens), "--record", str(tmp_path / "kept"))
    try:
        refused = server.request("POST", "/v1/sessions", json={})
        assert refused.status_code == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
        assert server.request("GET", "/metrics").status_code == 401
        wrong = {"Authorization": "Bearer 0123456789abcdef0123456789abcdeF"}
        assert server.request("GET", "/v1/sessions", headers=wrong).status_code == 401
        right = {"Authorization": "Bearer another-token-that-is-long"}
        facts = server.request("POST", "/v1/sessions", json={}, headers=right).json()
        talk = live_server.Talk(server.socket(facts["ws"]), facts)
        talk.send(type="agent.speak_text", text="Good night.")
        talk.event("agent.speak_started")
        silent = socket.create_connection(server.url.removeprefix("http://").split(":"))  # says nothing, for ever
        assert server.end(signal.SIGTERM) == DONE, "".join(server.errors)
        silent.close()
    finally:
        server.process.kill()
    recorded = list((tmp_path / "kept").glob("*.mp4"))
    assert len(recorded) == 1
    probed = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0",
                             str(recorded[0])], capture_output=True, text=True, check=True)
    assert sorted(probed.stdout.split()) == ["audio", "video"]
    assert facts["id"] not in "".join(server.errors)


def test_a_full_disk_costs_the_recording_and_nothing_else(tmp_path):
    """She talks on; what there was of it is removed and told; the place is free afterwards, and the next session too talks."""
    kept = tmp_path / "kept"
    server = Server("--record", str(kept), "--max-sessions", "1", before=small_disk(kept, 64 << 10))
    try:
        for turn in range(2):
            with server.session() as talk:
                until = time.monotonic() + SECONDS
                while sum("recording is given up" in line for line in server.errors) <= turn:
                    assert time.monotonic() < until, "".join(server.errors)
                    talk.send(type="agent.start_listening")
                    talk.event("session.state_updated")
                assert seen_by(server.process.pid, kept) == []
                talk.send(type="agent.speak_text", text="Never mind.", event_id="on")
                assert talk.event("agent.speak_ended")["event_id"] == "on"
            assert server.request("GET", "/v1/sessions").json()["free"] == 1
    finally:
        assert server.end() == DONE, "".join(server.errors)
    assert "No space left" in "".join(server.errors) or "too large" in "".join(server.errors)


# ---- It is told to end ----

def told_to_end(server: Server) -> None:
    """Sends SIGTERM, and waits until it is taken notice of."""
    server.process.send_signal(signal.SIGTERM)
    until = time.monotonic() + SECONDS
    while server.request("GET", "/readyz").status_code == 200:
        assert time.monotonic() < until
        time.sleep(.02)


def test_what_is_said_is_said_to_its_end_and_nobody_is_let_in(tmp_path):
    server = Server("--log", "json", "--drain", str(int(SECONDS)))
    try:
        facts = server.request("POST", "/v1/sessions", json={}).json()
        talk = live_server.Talk(server.socket(facts["ws"]), facts)
        talk.send(type="agent.speak_text", text="This secret is heard.", event_id="last")
        talk.event("agent.speak_started")
        told_to_end(server)
        refused = server.request("POST", "/v1/sessions", json={})
        assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
        assert server.request("POST", facts["speak"], json={"text": "More."}).status_code == 503
        assert server.request("GET", "/healthz").status_code == 200
        assert talk.event("agent.speak_ended")["event_id"] == "last"
        assert server.process.wait(SECONDS) == DONE
    finally:
        server.process.kill()
    server.reader.join()
    lines = [json.loads(line) for line in server.errors]
    events = [line["event"] for line in lines]
    assert [e for e in events if e != "warning"] == ["session_begins", "draining", "session_refused", "session_ends"]
    assert all(line["time"].endswith("Z") and line["message"] for line in lines)
    assert lines[events.index("session_begins")]["character"] == "demo"
    assert "secret" not in "".join(server.errors) and facts["id"] not in "".join(server.errors)


def test_a_second_signal_does_not_wait():
    server = Server("--drain", "3600")
    try:
        facts = server.request("POST", "/v1/sessions", json={}).json()
        talk = live_server.Talk(server.socket(facts["ws"]), facts)
        talk.send(type="agent.speak_text", text="On and on. " * 500)
        talk.event("agent.speak_started")
        told_to_end(server)
        time.sleep(1.5)                                 # sooner it would be the same request
        assert server.is_running()
        assert server.end(signal.SIGTERM) == DONE
    finally:
        server.process.kill()


# ---- Who breaks off half way ----

def send_raw(server: Server, request: str) -> bytes:
    """What the server says until it hangs up."""
    host, port = server.url.split("//")[1].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=SECONDS) as line:
        line.sendall(request.encode())
        told = b""
        while True:
            more = line.recv(4096)
            if not more:
                return told
            told += more


def test_half_an_upgrade_takes_nobodys_session(server):
    """It passes the filter, and is no WebSocket all the same: there is no key."""
    with server.session() as talk:
        send_raw(server, f"GET {talk.facts['ws']} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                         "Connection: Upgrade\r\n\r\n")
        time.sleep(1)
        talk.send(type="agent.start_listening")
        while talk.event("session.state_updated")["state"] != "listening":
            pass
        assert server.request("GET", talk.facts["url"]).status_code == 200


def test_a_body_must_tell_its_length(server):
    told = send_raw(server, "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert b" 411 " in told.split(b"\r\n")[0]


def test_connect_is_hung_up(server):
    assert b"200" not in send_raw(server, "CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n")


def test_a_voice_is_a_name(server):
    with server.session() as talk:
        talk.send(type="agent.speak_text", text="x", voice="v" * 100000)
        assert "voice" in str(talk.event("error")["message"])
