"""`viseme serve` among clients that are slow, silent, many or hostile: they are cut off, and others hear nothing of it."""
from __future__ import annotations

import base64
import concurrent.futures
import contextlib
import os
import socket
import struct
import threading
import time
from typing import Callable, Dict, Iterator, List, Optional

import pytest

from live_server import DEMO, SECONDS, Server, Talk
from program import DONE

OF_ADDRESS = 24                         # connections of one address, of the server here
JSON = "Content-Type: application/json\r\n"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server("--max-sessions", "8", "--max-of-address", str(OF_ADDRESS), "--precision", "fast")
    yield running
    assert running.end() == DONE, "".join(running.errors)


def connect(server: Server, source: str = "127.0.0.1") -> socket.socket:
    """From an address of this machine's own network; each counts for itself."""
    return socket.create_connection((server.host, server.port), timeout=SECONDS, source_address=(source, 0))


def hear_out(line: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    told = b""
    with contextlib.suppress(ConnectionResetError):
        while more := line.recv(65536):
            told += more
    return told


def ask_raw(server: Server, request: bytes) -> bytes:
    with connect(server) as line:
        with contextlib.suppress(ConnectionError):      # hung up before all was said
            line.sendall(request)
        return hear_out(line)


def frame(kind: int, payload: bytes = b"", final: bool = True, first: int = 0, size: Optional[int] = None) -> bytes:
    """As clients send them, masked; `first` are bits beside the kind, `size` is what it claims."""
    size = len(payload) if size is None else size
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 else \
        b"\xff" + struct.pack(">Q", size)
    mask = os.urandom(4)
    return bytes([0x80 * final | first | kind]) + length + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(payload))


def upgrade(path: str) -> bytes:
    return (f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode()


def play(talk: Talk, stop: threading.Event) -> int:
    """Takes what comes, and is answered all the while; how often."""
    answers = 0
    while not stop.is_set():
        talk.send(type="agent.start_listening")
        talk.event("session.state_updated")
        answers += 1
        talk.media.clear()
        time.sleep(.1)
    return answers


@contextlib.contextmanager
def bystander(server: Server) -> Iterator[None]:
    """Somebody who plays meanwhile, and hears every word afterwards."""
    stop = threading.Event()
    with server.session() as talk, concurrent.futures.ThreadPoolExecutor(1) as pool:
        talk.event("session.state_updated")
        playing = pool.submit(play, talk, stop)
        try:
            yield
        finally:
            stop.set()
        assert playing.result(SECONDS) > 0
        talk.send(type="agent.speak_text", text="Still here.", event_id="still")
        assert talk.event("agent.speak_ended")["event_id"] == "still"


# ---- Slow and silent ----

class Slow:
    """A client that says `first`, then `piece` once a second, and does not read unless `reads`."""

    def __init__(self, line: socket.socket, first: bytes = b"", piece: bytes = b"", reads: bool = True) -> None:
        self.line, self.piece, self.reads = line, piece, reads
        self.ended = False
        line.sendall(first)
        line.setblocking(False)

    def go_on(self) -> None:
        if self.piece and not self.ended:
            try:
                self.line.send(self.piece)
            except BlockingIOError:
                pass
            except OSError:
                self.ended = True

    def look(self) -> None:
        try:
            self.ended = self.ended or self.line.recv(1 << 18) == b""
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True


def watch_until_ended(clients: List[Slow]) -> None:
    end = time.monotonic() + SECONDS
    while not all(client.ended for client in clients):
        assert time.monotonic() < end, [client.ended for client in clients]
        time.sleep(1)
        for client in clients:
            client.go_on()
            if client.reads:
                client.look()


def test_slow_and_silent_clients_are_cut_off(server):
    head = f"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 100\r\n\r\n"
    with bystander(server):
        watch_until_ended([
            Slow(connect(server)),                                              # says nothing
            Slow(connect(server), b"GET / HTTP/1.1\r\n"),                       # begins
            Slow(connect(server), b"GET / HTTP/1.1\r\nX: ", b"y"),              # says its headers letter by letter
            Slow(connect(server), head.encode()),                               # no body
            Slow(connect(server), (head + "{").encode()),                       # half of it
            Slow(connect(server), b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),  # no second request
        ])


@pytest.mark.soak
def test_a_body_that_comes_letter_by_letter(server):
    """As long as pieces come it has a minute."""
    head = f"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 1000\r\n\r\n"
    watch_until_ended([Slow(connect(server), head.encode(), b" ")])


@pytest.mark.parametrize("piece", [b"", frame(TEXT, b'{"type": "session.keep_alive"}')], ids=["silent", "talking"])
def test_who_never_reads_is_cut_off_and_the_place_is_free(server, piece):
    facts = server.request("POST", "/v1/sessions", json={"media": "raw"}).json()
    with connect(server) as line, bystander(server):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client = Slow(line, upgrade(facts["ws"]), piece, reads=False)
        end = time.monotonic() + SECONDS
        while server.request("GET", facts["url"]).status_code == 200:
            assert time.monotonic() < end
            time.sleep(1)
            client.go_on()


def test_half_a_message_takes_nobodys_time(server):
    with bystander(server), server.session() as talk:
        talk.socket.sock.sendall(frame(TEXT, b'{"type": ', final=False) + frame(BINARY, b"x" * 100, size=1 << 20)[:60])


def test_one_address_takes_no_more_than_its_connections(server):
    """Beyond, it is hung up on; another address is served all the while, and the first again when it has let go."""
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(connect(server, "127.0.0.9")) for _ in range(OF_ADDRESS + 10)]
        for line in lines[OF_ADDRESS:]:
            assert hear_out(line) == b""
        with bystander(server):
            pass
    end = time.monotonic() + SECONDS
    while True:
        with connect(server, "127.0.0.9") as line, contextlib.suppress(ConnectionError):
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if hear_out(line).startswith(b"HTTP/1.1 200"):
                return
        assert time.monotonic() < end
        time.sleep(.2)


# ---- Hostile requests ----

def get(path: str = "/healthz", version: str = "HTTP/1.1", more: str = "") -> bytes:
    return f"GET {path} {version}\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n".encode()


def post(body: bytes, more: str) -> bytes:
    return f"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n{JSON}{more}\r\n".encode() + body


UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
NOBODY = b'{"character": "nobody"}'

#: Request -> the statuses that are right; 0: none, it is hung up on.
REQUESTS: Dict[str, tuple] = {
    "many headers": (get(more="".join(f"X-{i}: y\r\n" for i in range(3000))), {0}),
    "a long header": (get(more="X: " + "y" * 100000 + "\r\n"), {0}),
    "a long path": (get("/" + "a" * 100000), {0}),
    "many arguments": (get("/healthz?" + "a=b&" * 1500), {0}),
    "up and out": (get("/../../../../etc/passwd"), {404}),
    "up and out, written otherwise": (get("/%2e%2e/%2e%2e/etc/passwd"), {404}),
    "a byte of zero in the path": (get("/healthz%00.html"), {0, 404}),
    "a line's end in the path": (get("/nothing%0d%0aSet-Cookie:x"), {0, 404}),
    "another server": (b"GET http://evil.example/healthz HTTP/1.1\r\n\r\n", {403}),
    "HTTP/1.0": (get(version="HTTP/1.0"), {200}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), {0, 403}),
    "no such method": (b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", {403}),
    "bytes": (os.urandom(4000), {0, 403}),
    "two lengths": (post(NOBODY, "Content-Length: 23\r\nContent-Length: 2\r\n"), {400}),
    "two lengths, the shorter first": (post(NOBODY, "Content-Length: 2\r\nContent-Length: 23\r\n"), {400}),
    "a list of lengths": (post(NOBODY, "Content-Length: 23, 23\r\n"), {400}),
    "a negative length": (post(NOBODY, "Content-Length: -2\r\n"), {400}),
    "a length in hexadecimal": (post(NOBODY, "Content-Length: 0x17\r\n"), {400}),
    "a length that overflows": (post(NOBODY, "Content-Length: 18446744073709551618\r\n"), {400}),
    "a length of 4 GiB": (post(NOBODY, "Content-Length: 4294967298\r\n"), {413}),
    "a length and pieces": (post(b"2\r\n{}\r\n0\r\n\r\n", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), {411}),
    "pieces that hide a request": (get(more="Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n" + get("/nothing"), {411}),
    "an upgrade elsewhere": (get(more=UPGRADE).replace(b"Connection: close\r\n", b""), {404}),
    "an upgrade by POST": (post(b"{}", UPGRADE + "Content-Length: 2\r\n"), {404}),
    "an upgrade to tea": (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: tea\r\nConnection: Upgrade\r\n\r\n", {0, 403}),
    "JSON of many levels": (post(b"[" * 30000, "Content-Length: 30000\r\n"), {400}),
    "a number of many digits": (post(b'{"character": 1' + b"0" * 5000 + b"}", "Content-Length: 5016\r\n"), {400}),
    "no UTF-8": (post(b'{"character": "\xff\xfe"}', "Content-Length: 19\r\n"), {400}),
    "half a surrogate": (post(b'{"character": "\\ud800"}', "Content-Length: 23\r\n"), {400}),
    "a name twice": (post(b'{"media": "raw", "media": "raw"}', "Content-Length: 32\r\n"), {400}),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_a_hostile_request_is_refused(server, what):
    request, statuses = REQUESTS[what]
    told = ask_raw(server, request)
    lines = [line for line in told.split(b"\r\n") if line.startswith(b"HTTP/")]
    assert len(lines) <= 1, told
    assert (int(lines[0].split()[1]) if lines else 0) in statuses, told[:300]
    assert b"Set-Cookie" not in told
    assert server.request("GET", "/healthz").text == "ok\n"


# ---- Hostile messages ----

SPLIT = b'{"type": "agent.start_listening"}'
SAY = frame(TEXT, SPLIT)

#: Bytes behind the upgrade -> the code that the server closes with; None: it goes on, and listens.
MESSAGES: Dict[str, tuple] = {
    "pieces with a ping between": (frame(TEXT, SPLIT[:9], final=False) + frame(PING, b"?") + frame(0, SPLIT[9:]), None),
    "3000 empty pieces": (frame(TEXT, SPLIT, final=False) + frame(0, final=False) * 3000 + frame(0), None),
    "a ping of 125 bytes": (frame(PING, b"x" * 125) + SAY, None),
    "2000 pings": (frame(PING, b"x" * 100) * 2000 + SAY, None),
    "pongs that nobody asked for": (frame(PONG, b"x") * 50 + SAY, None),
    "20000 messages": (frame(TEXT, b"garbage") * 20000 + SAY, None),
    "20000 ends": (frame(TEXT, b'{"type": "agent.speak_end"}') * 20000 + SAY, None),
    "a rate of 2^32 - 1": (frame(BINARY, struct.pack("<BxxxI", 16, 0xffffffff) + bytes(4)) + SAY, None),
    "a deep message": (frame(TEXT, b"[" * 100000) + SAY, None),
    "a number of 400 digits": (frame(TEXT, b'{"type": "agent.speak", "sample_rate": 1' + b"0" * 400 + b"}") + SAY, None),
    "nothing": (frame(TEXT) + frame(BINARY) + SAY, None),
    "a ping of 126 bytes": (frame(PING, b"x" * 126), 0),
    "a ping in pieces": (frame(PING, b"x", final=False), 1002),
    "a reserved bit": (frame(TEXT, SPLIT, first=0x40), 1002),
    "a kind that is none": (frame(3, b"x"), 1002),
    "no UTF-8": (frame(TEXT, b"\xff\xfe"), 1007),
    "more than a message may have": (frame(BINARY, b"x" * (3 << 20)), 1009),
    "the same in pieces": (frame(BINARY, b"x" * (1 << 20), final=False) + frame(0, b"x" * (1 << 20), final=False) +
                           frame(0, b"x" * (1 << 20)), 1009),
    "a claim of 2^40 bytes": (frame(BINARY, b"x" * 100, size=1 << 40), 1009),
}


def outcome(line: socket.socket, wanted: Callable[[bytes], bool]) -> Optional[int]:
    """The code of the close frame, 0 where it just hangs up, None where a text came that is wanted."""
    data, end = b"", time.monotonic() + SECONDS
    while time.monotonic() < end:
        while len(data) >= 2:
            size, at = data[1] & 0x7f, 2
            if size >= 126:
                width = 2 if size == 126 else 8
                size, at = int.from_bytes(data[2:2 + width], "big"), 2 + width
            if len(data) < at + size:
                break
            kind, payload, data = data[0] & 15, data[at:at + size], data[at + size:]
            if kind == CLOSE:
                return struct.unpack(">H", payload[:2])[0] if payload else 0
            if kind == TEXT and wanted(payload):
                return None
        try:
            more = line.recv(1 << 18)
        except ConnectionResetError:
            return 0
        if not more:
            return 0
        data += more
    raise AssertionError("neither an answer nor an end")


@pytest.mark.parametrize("what", MESSAGES)
def test_a_hostile_message_ends_its_own_connection_at_most(server, what):
    sent, code = MESSAGES[what]
    facts = server.request("POST", "/v1/sessions", json={}).json()
    with connect(server) as line:
        line.sendall(upgrade(facts["ws"]))
        told = b""
        while b"\r\n\r\n" not in told:
            told += line.recv(1)
        line.setblocking(True)
        with contextlib.suppress(ConnectionError):
            line.sendall(sent)
        assert outcome(line, lambda text: b'"listening"' in text) == code
    assert server.request("GET", facts["url"]).status_code == 200
    server.request("DELETE", facts["url"])


# ---- Uploads that are not what they say ----

UPLOADS = {
    "a program": b"\x7fELF" + bytes(5000),
    "a page": b"<html><script>alert(1)</script></html>",
    "a list of other files": b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
    "a list of files to join": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "a picture": (DEMO / "character" / "full_body_img" / "0.jpg").read_bytes()
                 if (DEMO / "character" / "full_body_img" / "0.jpg").exists() else b"\xff\xd8\xff\xe0" + bytes(2000),
    "a header alone": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00",
    "no samples a second": b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00" + bytes(8) + b"\x02\x00\x10\x00data" +
                           bytes(4),
}


@pytest.mark.parametrize("what", UPLOADS)
def test_an_upload_that_lies_is_told_and_the_next_is_said(server, what):
    with server.session() as talk:
        sent = server.request("POST", talk.facts["speak"] + "?event_id=lie", data=UPLOADS[what],
                              headers={"Content-Type": "audio/wav"})
        assert sent.status_code == 202
        told = str(talk.event("error")["message"])
        assert "root:" not in told
        server.request("POST", talk.facts["speak"], json={"text": "Yes.", "event_id": "yes"})
        assert talk.event("agent.speak_ended")["event_id"] == "yes"
