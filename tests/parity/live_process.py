"""A `viseme serve` that was started: until it says its address, and until it ends."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Dict, List, Optional, Sequence

#: Promises as much as many processors would keep: a session is refused nowhere, however slow the machine is.
NOBODY_IS_TOO_SLOW = {"VISEME_PROCESSORS": "64"}


class Process:
    """`url` is without the last slash; `errors` gathers standard error, which goes to `log` too."""

    def __init__(self, command: Sequence[object], environment: Optional[Dict[str, str]] = None,
                 log: Optional[Path] = None) -> None:
        self.process = subprocess.Popen([*map(str, command), "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
        self.errors: List[str] = []
        self.reader = threading.Thread(target=self._read_errors, args=(log,), daemon=True)
        self.reader.start()
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            self.reader.join()
            raise AssertionError(f"the server ended with status {status}: {''.join(self.errors)}")
        self.url = str(json.loads(line)["url"]).rstrip("/")
        host, port = self.url.split("//")[1].rsplit(":", 1)
        self.host, self.port = host.strip("[]"), int(port)

    def _read_errors(self, log: Optional[Path]) -> None:
        for line in self.process.stderr:
            self.errors.append(line)
            if log:
                with open(log, "a", encoding="utf-8") as file:
                    file.write(line)

    def is_running(self) -> bool:
        return self.process.poll() is None

    def end(self, number: int = signal.SIGTERM, patience: float = 60) -> int:
        """The exit status after a signal; one that does not end is killed, and that is an error."""
        if self.is_running():
            self.process.send_signal(number)
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.reader.join()
            self.process.stdout.close()
        return status
