"""A chat server in OpenAI's shape that answers quickly, slowly, brokenly or never, as a test tells it."""
from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List

REPLY = "Certainly. It costs 3.50 euro, or 1,200 yen. Anything else?"


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def piece(text: str) -> bytes:
    return event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": None}])


class Turn:
    """How it behaves for a while, and what happens then."""

    def __init__(self, behaviour: str) -> None:
        self.behaviour = behaviour
        self.asked: List[Dict[str, Any]] = []
        self.is_asked, self.go_on, self.hung_up = (threading.Event() for _ in range(3))


class Handler(BaseHTTPRequestHandler):
    server: "ChatServer"
    turn: Turn

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.turn = self.server.turn
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.turn.asked.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        self.turn.is_asked.set()
        try:
            getattr(self, self.turn.behaviour)()
        except OSError:
            self.turn.hung_up.set()         # who asked turned away

    def head(self, kind: str = "text/event-stream; charset=utf-8", code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def quickly(self) -> None:
        self.head()
        self.wfile.write(event(choices=[{"delta": {"role": "assistant"}}]))
        for at in range(0, len(REPLY), 3):  # also inside numbers
            self.wfile.write(piece(REPLY[at:at + 3]))
        self.wfile.write(event(choices=[{"delta": {}, "finish_reason": "stop"}]) + b"data: [DONE]\n\n")

    def slowly(self) -> None:
        """One sentence, and the next when the test lets it."""
        self.head()
        self.wfile.write(piece("This comes first. And ") + b": I think\n\n")
        self.wfile.flush()
        self.turn.go_on.wait()
        self.wfile.write(piece("this comes last.") + b"data: [DONE]\n\n")

    def whole(self) -> None:
        self.head("application/json")
        self.wfile.write(json.dumps({"choices": [{"message": {"role": "assistant", "content": "**All** at once."}}]}).encode())

    def broken(self) -> None:
        self.head()
        self.wfile.write(piece("It begins well. But th"))

    def garbage(self) -> None:
        self.head()
        self.wfile.write(b"data: {not json\n\n")

    def refused(self) -> None:
        self.head("application/json", 401)
        self.wfile.write(json.dumps({"error": {"message": f"bad key {self.headers.get('Authorization')}"}}).encode())

    def never(self) -> None:
        while not self.turn.go_on.wait(.05):
            self.connection.setblocking(False)
            try:
                if self.connection.recv(1) == b"":
                    raise ConnectionError
            except BlockingIOError:
                pass


class ChatServer(ThreadingHTTPServer):
    """Serves on a port of its own until it is closed."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.turn = Turn("quickly")
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def behave(self, behaviour: str) -> Turn:
        """From now on; who still waits for the last one goes on."""
        self.turn.go_on.set()
        self.turn = Turn(behaviour)
        return self.turn

    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.turn.go_on.set()
        self.shutdown()
        self.server_close()
