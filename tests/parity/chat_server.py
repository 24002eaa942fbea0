"""A chat server in OpenAI's shape that answers quickly, slowly, brokenly or never: http://127.0.0.1:PORT/BEHAVIOUR."""
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


class Handler(BaseHTTPRequestHandler):
    server: "ChatServer"

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        behaviour, _, rest = self.path[1:].partition("/")
        assert rest == "v1/chat/completions", self.path
        try:
            getattr(self, behaviour)()
        except OSError:
            self.server.hung_up.set()       # who asked turned away

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
        self.server.go_on.wait()
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

    def endless(self) -> None:
        self.head()
        while True:
            self.wfile.write(piece("On and on it goes. "))

    def never(self) -> None:
        while not self.server.go_on.wait(.05):
            self.connection.setblocking(False)
            try:
                if self.connection.recv(1) == b"":
                    raise ConnectionError
            except BlockingIOError:
                pass


class ChatServer:
    def __init__(self) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.asked = self.asked = []                   # type: List[Dict[str, Any]]
        self.http.go_on = self.go_on = threading.Event()
        self.http.hung_up = self.hung_up = threading.Event()
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/{behaviour}"

    def close(self) -> None:
        self.go_on.set()
        self.http.shutdown()
        self.http.server_close()
