"""`viseme serve` with the demo character, as a process that tests talk to."""
from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from typing import Dict, Iterator, List, Optional

import requests
import websocket

from program import PATIENCE, PROGRAM, REPOSITORY

DEMO = REPOSITORY / "demo"
CHARACTER = ["--character", f"demo={DEMO / 'character'}", "--model", str(DEMO / "models" / "99.pth"),
             "--audio-encoder", str(DEMO / "models" / "audio_encoder.pth")]
SECONDS = 120 * PATIENCE  # for what happens at all


class Server:
    """A running server; `url` is without the last slash."""

    def __init__(self, *arguments: str, character: Optional[List[str]] = None) -> None:
        command = [str(PROGRAM), "serve", *(CHARACTER if character is None else character), "--listen", "127.0.0.1:0",
                   "--json", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, "VISEME_PROCESSORS": "64"})    # nobody is too slow here
        self.errors: List[str] = []
        self.reader = threading.Thread(target=self._read_errors, daemon=True)
        self.reader.start()
        line = self.process.stdout.readline()
        assert line, f"exit status {self.process.wait()}: {''.join(self.errors)}"
        self.url = json.loads(line)["url"].rstrip("/")

    def _read_errors(self) -> None:
        self.errors.extend(self.process.stderr)

    def request(self, method: str, path: str, **more: object) -> requests.Response:
        """A connection of its own, so that none is found closed."""
        return requests.request(method, self.url + path, timeout=SECONDS, **more)

    def end(self, number: int = signal.SIGTERM) -> int:
        """The exit status after a signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(SECONDS)
        self.reader.join()
        return status

    def socket(self, path: str, **more: object) -> websocket.WebSocket:
        return websocket.create_connection(self.url.replace("http", "ws", 1) + path, timeout=SECONDS, **more)

    @contextlib.contextmanager
    def session(self, **wishes: str) -> Iterator["Talk"]:
        """A session with its socket, deleted behind."""
        answer = self.request("POST", "/v1/sessions", json=wishes)
        assert answer.status_code == 201, answer.text
        facts = answer.json()
        talk = Talk(self.socket(facts["ws"]), facts)
        try:
            yield talk
        finally:
            talk.socket.close()
            self.request("DELETE", facts["url"])


class Talk:
    """What a session's socket says, read as it comes."""

    def __init__(self, socket: websocket.WebSocket, facts: Dict[str, str]) -> None:
        self.socket, self.facts = socket, facts
        self.media: List[bytes] = []

    def send(self, **message: object) -> None:
        self.socket.send(json.dumps(message))

    def event(self, kind: Optional[str]) -> Dict[str, object]:
        """The next event of that type (None: of any); what else comes is let be, media are kept."""
        while True:
            opcode, data = self.socket.recv_data()
            assert opcode in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY), (opcode, data)
            if opcode == websocket.ABNF.OPCODE_BINARY:
                self.media.append(data)
                continue
            message = json.loads(data)
            if kind in (None, message["type"]):
                return message
