"""Viewers without eyes: WebSocket clients that take what `viseme serve` sends, look at the headers and let it go, many in
one thread, so that what is measured beside them is the server."""
from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import selectors
import socket
import struct
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from live_process import Process

H264, OPUS, I420, PCM = 1, 2, 3, 4
HEADER = struct.Struct("<BBHIq")                # kind, flags, 0, duration and time in microseconds
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Packet(NamedTuple):
    kind: int
    key: bool
    duration_us: int
    time_us: int
    payload: bytes
    at: float                                   # time.monotonic() when it was here


class Server(Process):
    """A running `viseme serve` on a port of its own choice."""

    def __init__(self, program: Path, *options: object, log: Optional[Path] = None) -> None:
        super().__init__([program, "serve", "--listen", "127.0.0.1:0", *options], log=log)

    def ask(self, method: str, path: str, body: Any = None, headers: Optional[Dict[str, str]] = None
            ) -> Tuple[int, Dict[str, str], bytes]:
        """Status, headers, body. What is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        given = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def open_session(self, **wanted: Any) -> Dict[str, Any]:
        status, _, body = self.ask("POST", "/v1/sessions", {"transport": "ws", **wanted})
        if status != 201:
            raise RuntimeError(f"no session: {status} {body.decode(errors='replace')}")
        return json.loads(body)

    def metrics(self) -> Dict[str, float]:
        """By name, labels included; under the bare name the sum over them."""
        out: Dict[str, float] = {}
        for line in self.ask("GET", "/metrics")[2].decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                out[name] = float(value)
                if "{" in name:
                    bare = name.split("{")[0]
                    out[bare] = out.get(bare, 0) + float(value)
        return out

    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def footprint(self) -> Dict[str, int]:
        """What must stay flat: resident kilobytes, descriptors, threads."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        numbers = {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines()
                   if line.startswith(("VmRSS", "Threads"))}
        return {"resident_kb": numbers["VmRSS"], "threads": numbers["Threads"],
                "descriptors": len(os.listdir(f"/proc/{self.process.pid}/fd"))}


@contextlib.contextmanager
def serving(program: Path, *options: object, log: Optional[Path] = None) -> Iterator[Server]:
    server = Server(program, *options, log=log)
    try:
        yield server
    finally:
        server.end()


class Viewer:
    """One WebSocket. `take` is called for packets, `hear` for what JSON says."""

    def __init__(self, server: Server, session: Dict[str, Any], take: Optional[Callable[[Packet], None]] = None,
                 hear: Optional[Callable[[Dict[str, Any]], None]] = None) -> None:
        self.session = session
        self.take, self.hear = take, hear
        self.counts = {H264: 0, OPUS: 0, I420: 0, PCM: 0}
        self.bytes = 0
        self.ended = False
        self.pending, self.part, self.part_kind = b"", b"", 0
        self.socket = socket.create_connection((server.host, server.port), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET {session['ws']} HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nUpgrade: websocket\r\n"
                            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = self.socket.recv(4096)
            if not more:
                raise RuntimeError(f"no WebSocket: {answer!r}")
            answer += more
        head, self.pending = answer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(f"no WebSocket: {head!r}")

    def send(self, kind: int, payload: bytes) -> None:
        size, mask = len(payload), os.urandom(4)
        head = bytes([0x80 | kind]) + (bytes([0x80 | size]) if size < 126 else
                                       b"\xfe" + struct.pack(">H", size) if size < 65536 else
                                       b"\xff" + struct.pack(">Q", size))
        repeated = np.frombuffer((mask * (size // 4 + 1))[:size], np.uint8)
        self.socket.setblocking(True)
        self.socket.sendall(head + mask + (np.frombuffer(payload, np.uint8) ^ repeated).tobytes())

    def tell(self, **message: Any) -> None:
        self.send(TEXT, json.dumps(message).encode())

    def push(self, samples: np.ndarray, rate: int) -> None:
        """Mono, int16, as the sound of the utterance that is open."""
        for at in range(0, len(samples), 16000):
            self.send(BINARY, struct.pack("<B3xI", 16, rate) + samples[at:at + 16000].astype("<i2").tobytes())

    def speak(self, samples: np.ndarray, rate: int) -> None:
        self.push(samples, rate)
        self.tell(type="agent.speak_end")

    def feed(self) -> None:
        """Reads what is there."""
        self.socket.setblocking(False)
        try:
            more = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self.ended = True
            return
        self.pending += more
        while self._frame():
            pass

    def _frame(self) -> bool:
        data = self.pending
        if len(data) < 2:
            return False
        size, at = data[1] & 0x7f, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            if len(data) < 2 + width:
                return False
            size, at = int.from_bytes(data[2:2 + width], "big"), 2 + width
        if len(data) < at + size:
            return False
        self.pending = data[at + size:]
        self._message(data[0], data[at:at + size])
        return True

    def _message(self, first: int, payload: bytes) -> None:
        kind = first & 0x0f
        if kind == PING:
            self.send(PONG, payload)
        elif kind == CLOSE:
            self.ended = True
        if kind >= 8:
            return
        self.part += payload
        self.part_kind = kind or self.part_kind
        if not first & 0x80:
            return
        whole, self.part = self.part, b""
        if self.part_kind == TEXT:
            if self.hear:
                self.hear(json.loads(whole))
            return
        media, flags, _, duration, moment = HEADER.unpack_from(whole)
        self.counts[media] += 1
        self.bytes += len(whole)
        if self.take:
            self.take(Packet(media, bool(flags & 1), duration, moment, whole[HEADER.size:], time.monotonic()))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.close()


def watch(viewers: Sequence[Viewer], seconds: float, until: Callable[[], bool] = lambda: False) -> None:
    """Lets them take what comes, for so long or until something is so."""
    with selectors.DefaultSelector() as selector:
        for viewer in viewers:
            selector.register(viewer.socket, selectors.EVENT_READ, viewer)
            while viewer._frame():
                pass
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            for key, _ in selector.select(min(0.05, max(0.0, end - time.monotonic()))):
                key.data.feed()
                if key.data.ended:
                    selector.unregister(key.fileobj)
            if not selector.get_map():
                return


def in_lists(events: List[Dict[str, Any]], kind: str) -> List[Dict[str, Any]]:
    return [event for event in events if event["type"] == kind]
