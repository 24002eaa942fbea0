"""Real browsers that stay open: Chromium by the DevTools protocol, Firefox by WebDriver BiDi. Both do the same here."""
from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Dict, List, Optional

import cv2
import numpy as np
import websocket

from program import PATIENCE

#: Firefox as it is needed here: sound without a gesture, a microphone that hums, nothing asked, nothing fetched.
FIREFOX = {
    "media.autoplay.default": 0, "media.autoplay.blocking_policy": 0, "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True, "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False, "app.update.enabled": False, "browser.aboutwelcome.enabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False, "browser.startup.homepage_override.mstone": "ignore",
}
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
            "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream", "--remote-allow-origins=*", "--disable-background-networking",
            "--disable-component-update", "--disable-extensions", "--disable-sync",
            "--disable-features=OptimizationGuideModelDownloading,OptimizationHints,MediaRouter"]


class Failed(AssertionError):
    """The page threw, or the browser refused."""


class Talk:
    """Commands and their answers over one WebSocket; what comes unasked is kept."""

    def __init__(self, address: str) -> None:
        self.socket = websocket.create_connection(address, timeout=60 * PATIENCE, suppress_origin=True,
                                                  skip_utf8_validation=True)
        self.count = 0
        self.events: List[Dict[str, Any]] = []

    def ask(self, method: str, params: Optional[Dict[str, Any]] = None, **more: Any) -> Dict[str, Any]:
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params or {}, **more}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") != self.count:
                self.events.append(answer)
            elif "error" in answer:
                raise Failed(f"{method}: {answer.get('message') or answer['error']}")
            else:
                return dict(answer["result"])


class Browser(ABC):
    """One process with a profile of its own; a context manager. Pages are opened in it."""

    def __init__(self, *arguments: str, dark: bool = False) -> None:
        self.dark = dark
        self.profile = tempfile.mkdtemp(prefix="viseme-browser-")
        self.log = open(Path(self.profile) / "log", "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen([*self.command(), *arguments], stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL)
        try:
            self.talk = Talk(self.address())
            self.begin()
        except BaseException:
            self.close()
            raise

    @abstractmethod
    def command(self) -> List[str]:
        """What is started."""

    @abstractmethod
    def address(self) -> str:
        """The WebSocket to talk to, once the browser has told it."""

    @abstractmethod
    def open(self, url: str) -> "Page":
        """A new page that has loaded, in a window of its own: a tab behind another would not be seen."""

    def begin(self) -> None:
        """What is to be asked before anything else."""

    def told(self, pattern: str) -> str:
        """Waits until the browser wrote such a line."""
        end = time.monotonic() + 60 * PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(pattern, Path(self.log.name).read_text(errors="replace"))
            if found:
                return found.group(1)
            time.sleep(0.05)
        raise Failed(f"{type(self).__name__} did not start: {Path(self.log.name).read_text(errors='replace')[-2000:]}")

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Page(ABC):
    """A window with a page in it."""

    @abstractmethod
    def run(self, script: str) -> Any:
        """The value of an expression; a promise is awaited. It must fit into JSON."""

    @abstractmethod
    def size(self, width: int, height: int) -> None:
        """Of the viewport, in pixels of CSS."""

    @abstractmethod
    def png(self) -> bytes:
        """What is seen."""

    @abstractmethod
    def key(self, key: str) -> None:
        """A key is pressed and let go, as by a hand: "a", "Enter"."""

    @abstractmethod
    def close(self) -> None:
        """The window."""

    def type(self, text: str) -> None:
        for letter in text:
            self.key(letter)

    def screenshot(self, to: Optional[Path] = None) -> np.ndarray:
        """uint8 [height, width, 3] in B, G, R; kept as a PNG where a place is named."""
        png = self.png()
        if to is not None:
            to.write_bytes(png)
        return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)

    def wait(self, condition: str, patience: float = 60) -> Any:
        """Until the expression is true; its value. No answer depends on how long it took."""
        end = time.monotonic() + patience * PATIENCE
        while True:
            value = self.run(condition)
            if value:
                return value
            if time.monotonic() > end:
                raise Failed(f"never came true: {condition}; {self.run('document.body.innerText')!r}")
            time.sleep(0.05)


class Chromium(Browser):
    """Headless Chromium."""

    def command(self) -> List[str]:
        return ["chromium", *CHROMIUM, f"--user-data-dir={self.profile}", "--remote-debugging-port=0", "about:blank"]

    def address(self) -> str:
        return self.told(r"DevTools listening on (ws://\S+)")

    def open(self, url: str) -> "ChromiumPage":
        target = self.talk.ask("Target.createTarget", {"url": "about:blank", "newWindow": True})["targetId"]
        session = self.talk.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = ChromiumPage(self.talk, target, session)
        if self.dark:
            page.ask("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        page.ask("Page.enable")
        page.ask("Runtime.enable")
        page.ask("Log.enable")
        page.ask("Page.navigate", {"url": url})
        page.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
        return page


class ChromiumPage(Page):
    """A target of the DevTools protocol."""

    def __init__(self, talk: Talk, target: str, session: str) -> None:
        self.talk, self.target, self.session = talk, target, session

    def ask(self, method: str, params: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        return self.talk.ask(method, params, sessionId=self.session)

    def run(self, script: str) -> Any:
        answer = self.ask("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True,
                                               "userGesture": True})
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failed(str(details.get("exception", {}).get("description") or details["text"]))
        return answer["result"].get("value")

    def size(self, width: int, height: int) -> None:
        self.ask("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1,
                                                        "mobile": False})

    def png(self) -> bytes:
        return base64.b64decode(self.ask("Page.captureScreenshot", {"format": "png"})["data"])

    def key(self, key: str) -> None:
        named = {"Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), "Tab": ("Tab", 9, "")}
        code, number, text = named.get(key, ("", ord(key[0]), key))
        params = {"key": key, "code": code, "windowsVirtualKeyCode": number if key in named else 0, "text": text}
        self.ask("Input.dispatchKeyEvent", {"type": "keyDown", **params})
        self.ask("Input.dispatchKeyEvent", {"type": "keyUp", **params})

    def complaints(self) -> List[str]:
        """What the console was told: errors and refusals, of this page."""
        lines = []
        for event in self.talk.events:
            if event.get("sessionId") != self.session:
                continue
            if event["method"] == "Runtime.exceptionThrown":
                details = event["params"]["exceptionDetails"]
                lines.append(str(details.get("exception", {}).get("description") or details["text"]))
            elif event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                lines.append(event["params"]["entry"]["text"])
        return lines

    def close(self) -> None:
        self.talk.ask("Target.closeTarget", {"targetId": self.target})


class Firefox(Browser):
    """Headless Firefox ESR."""

    def command(self) -> List[str]:
        wishes = {**FIREFOX, "layout.css.prefers-color-scheme.content-override": 0 if self.dark else 1}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in wishes.items()]
        (Path(self.profile) / "user.js").write_text("\n".join(lines))
        return ["firefox-esr", "--headless", "--no-remote", "--profile", self.profile, "--remote-debugging-port", "0",
                "about:blank"]

    def address(self) -> str:
        return self.told(r"WebDriver BiDi listening on (ws://\S+)") + "/session"

    def begin(self) -> None:
        self.talk.ask("session.new", {"capabilities": {}})

    def open(self, url: str) -> "FirefoxPage":
        context = self.talk.ask("browsingContext.create", {"type": "window"})["context"]
        page = FirefoxPage(self.talk, context)
        self.talk.ask("browsingContext.navigate", {"context": context, "url": url, "wait": "complete"})
        return page


class FirefoxPage(Page):
    """A browsing context of WebDriver BiDi."""

    def __init__(self, talk: Talk, context: str) -> None:
        self.talk, self.context = talk, context

    def run(self, script: str) -> Any:
        # Values come as JSON: BiDi's own form of them is another on every level.
        told = f"Promise.resolve({script}).then((value) => JSON.stringify(value === undefined ? null : value))"
        answer = self.talk.ask("script.evaluate", {"expression": told, "target": {"context": self.context},
                                                   "awaitPromise": True, "userActivation": True})
        if answer["type"] == "exception":
            raise Failed(str(answer["exceptionDetails"]["text"]))
        return json.loads(answer["result"]["value"])

    def size(self, width: int, height: int) -> None:
        self.talk.ask("browsingContext.setViewport", {"context": self.context,
                                                      "viewport": {"width": width, "height": height}})

    def png(self) -> bytes:
        return base64.b64decode(self.talk.ask("browsingContext.captureScreenshot", {"context": self.context})["data"])

    def key(self, key: str) -> None:
        value = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004"}.get(key, key)
        actions = [{"type": kind, "value": value} for kind in ("keyDown", "keyUp")]
        self.talk.ask("input.performActions", {"context": self.context,
                                               "actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def close(self) -> None:
        self.talk.ask("browsingContext.close", {"context": self.context})
