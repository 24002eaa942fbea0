"""`viseme serve` with the demo character, as a process that tests talk to."""
from __future__ import annotations

import contextlib
import json
import signal
from typing import Dict, Iterator, List, Optional, Sequence

import requests
import websocket

from live_process import NOBODY_IS_TOO_SLOW, Process
from program import PATIENCE, PROGRAM, REPOSITORY

DEMO = REPOSITORY / "demo"
CHARACTER = ["--character", f"demo={DEMO / 'character'}", "--model", str(DEMO / "models" / "99.pth"),
             "--audio-encoder", str(DEMO / "models" / "audio_encoder.pth")]
SECONDS = 120 * PATIENCE  # for what happens at all


class Server(Process):
    """A running server."""

    def __init__(self, *arguments: str, character: Optional[List[str]] = None, listen: str = "127.0.0.1:0",
                 before: Sequence[str] = ()) -> None:
        """`before` is what runs the program."""
        super().__init__([*before, PROGRAM, "serve", *(CHARACTER if character is None else character), "--listen", listen,
                          *arguments], NOBODY_IS_TOO_SLOW)

    def request(self, method: str, path: str, **more: object) -> requests.Response:
        """A connection of its own, so that none is found closed."""
        return requests.request(method, self.url + path, timeout=SECONDS, **more)

    def end(self, number: int = signal.SIGTERM, patience: float = SECONDS) -> int:
        return super().end(number, patience)

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

    def state_but_idle(self) -> str:
        """The next state that is told and is not "idle", which the first frame tells too."""
        while (state := str(self.event("session.state_updated")["state"])) == "idle":
            pass
        return state

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
