"""A speech server that answers in OpenAI's shape, or in Piper's: quickly, slowly, brokenly or never.

The first part of the path says how: http://127.0.0.1:PORT/BEHAVIOUR[/v1/audio/speech | /synthesize].
"""
from __future__ import annotations

import io
import json
import socket
import threading
import wave
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, NamedTuple

import numpy as np

RATE = 24000
SAMPLES = 12000


def sound_of(text: str) -> np.ndarray:
    """What the server says for a text: noise that no other text gives, int16."""
    return np.random.default_rng(zlib.crc32(text.encode())).integers(-32768, 32768, SAMPLES).astype("<i2")


def wav_of(text: str, rate: int = 22050, streamed: bool = False) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound_of(text).tobytes())
    made = bytearray(stream.getvalue())
    if streamed:
        made[4:8] = made[40:44] = b"\xff" * 4
    return bytes(made)


class Asked(NamedTuple):
    """A request as it came."""

    path: str
    headers: Dict[str, str]
    body: Dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    """One behaviour a method."""

    protocol_version = "HTTP/1.1"
    server: "SpeechServer"

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(Asked(self.path, dict(self.headers), body))
        self.text = body.get("input", body.get("text"))
        self.pcm = sound_of(self.text).tobytes()
        behaviour: Callable[[], None] = getattr(self, self.path.split("/")[1])
        try:
            behaviour()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_GET(self) -> None:
        self.server.asked.append(Asked(self.path, dict(self.headers), {}))
        self.whole("text/plain", b"GET", 405)

    # ---- how an answer is sent ----

    def begin(self, kind: str, status: int = 200, **headers: Any) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def whole(self, kind: str, body: bytes, status: int = 200) -> None:
        self.begin(kind, status, Content_Length=len(body))
        self.wfile.write(body)

    def chunk(self, part: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.flush()

    def in_chunks(self, kind: str, body: bytes, size: int) -> None:
        self.begin(kind, Transfer_Encoding="chunked")
        for at in range(0, len(body), size):
            self.chunk(body[at:at + size])
        self.chunk(b"")

    def hang(self) -> None:
        """Until the other side has gone."""
        self.connection.settimeout(120)
        try:
            while self.connection.recv(1):
                pass
        finally:
            self.close_connection = True

    # ---- well ----

    def pcm_quick(self) -> None:
        self.whole("audio/pcm", self.pcm)

    def pcm_bytes(self) -> None:
        self.in_chunks("audio/pcm", self.pcm[:2000], 1)

    def pcm_odd_chunks(self) -> None:
        self.in_chunks("application/octet-stream", self.pcm, 777)

    def pcm_rate(self) -> None:
        self.whole("audio/pcm;rate=16000", self.pcm)

    def pcm_until_close(self) -> None:
        self.close_connection = True
        self.begin("audio/pcm", Connection="close")
        self.wfile.write(self.pcm)

    def wav(self) -> None:
        self.whole("audio/wav", wav_of(self.text))

    def wav_streamed(self) -> None:
        self.in_chunks("audio/x-wav", wav_of(self.text, streamed=True), 333)

    def wav_named_html(self) -> None:
        self.whole("text/html; charset=utf-8", wav_of(self.text))

    def file(self) -> None:
        self.whole(*self.server.file)

    def moved(self) -> None:
        self.begin("text/plain", 307, Location="/pcm_quick/v1/audio/speech", Content_Length=0)

    def moved_away(self) -> None:
        self.begin("text/plain", 307, Location=self.server.elsewhere, Content_Length=0)

    # ---- badly ----

    def breaks_off(self) -> None:
        self.close_connection = True
        self.begin("audio/pcm", Content_Length=len(self.pcm))
        self.wfile.write(self.pcm[:10000])

    def breaks_off_chunked(self) -> None:
        self.close_connection = True
        self.begin("audio/pcm", Transfer_Encoding="chunked")
        self.chunk(self.pcm[:10000])

    def wav_short(self) -> None:
        self.whole("audio/wav", wav_of(self.text)[:-100])

    def odd_byte(self) -> None:
        self.whole("audio/pcm", self.pcm[:10001])

    def empty(self) -> None:
        self.whole("audio/pcm", b"")

    def page(self) -> None:
        self.whole("text/html", b"<html><title>Welcome</title><p>to nginx!</p></html>")

    def damaged_mp3(self) -> None:
        self.whole("audio/mpeg", self.pcm)

    def unauthorised(self) -> None:
        key = self.headers.get("Authorization", "").partition(" ")[2]
        message = json.dumps({"error": {"message": f"Incorrect API key provided: {key}."}})
        self.whole("application/json", message.encode(), 401)

    def failing(self) -> None:
        self.whole("text/html", b"<html><head><title>500</title></head><body><h1>Out of GPU</h1></body></html>", 500)

    def failing_endlessly(self) -> None:
        self.begin("text/plain", 500, Transfer_Encoding="chunked")
        while True:
            self.chunk(b"no " * 1000)

    def endless(self) -> None:
        self.begin("audio/pcm", Transfer_Encoding="chunked")
        while True:
            self.chunk(self.pcm)

    def endless_mp3(self) -> None:
        self.begin("audio/mpeg", Transfer_Encoding="chunked")
        while True:
            self.chunk(self.pcm * 10)

    def no_http(self) -> None:
        self.close_connection = True
        self.wfile.write(b"220 mail.example.com ESMTP\r\n")

    def hangs_up(self) -> None:
        self.close_connection = True

    def never(self) -> None:
        self.hang()

    def half(self) -> None:
        self.begin("audio/pcm", Content_Length=len(self.pcm))
        self.wfile.write(self.pcm[:10000])
        self.wfile.flush()
        self.hang()

    def moved_to_a_file(self) -> None:
        self.begin("text/plain", 307, Location="file:///etc/hostname", Content_Length=0)

    def moved_in_a_circle(self) -> None:
        self.begin("text/plain", 307, Location=self.path, Content_Length=0)


class SpeechServer(ThreadingHTTPServer):
    """Serves on a port of its own until it is closed; `asked` are the requests so far."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: List[Asked] = []
        self.file = ("", b"")
        self.elsewhere = ""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_: Any) -> None:
        pass

    def at(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{behaviour}"


def closed_port() -> int:
    """One where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
