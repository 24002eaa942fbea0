"""An independent WebRTC peer (aiortc) that watches a session of `viseme serve` by WHEP, and a line that loses packets."""
from __future__ import annotations

import asyncio
import random
import re
from typing import Any, Awaitable, Callable, Dict, List, Optional, Tuple, TypeVar

import numpy as np
import requests
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from live_server import SECONDS, Server

Result = TypeVar("Result")
SDP = {"Content-Type": "application/sdp"}


class LossyLine(asyncio.DatagramProtocol):
    """A UDP relay before the server that drops a share of what the server sends, the same of it every time."""

    def __init__(self, server: Tuple[str, int], loss: float) -> None:
        self.server, self.loss = server, loss
        self.random = random.Random(1)
        self.peer: Optional[Tuple[str, int]] = None
        self.passed = self.dropped = 0
        self.cut = False
        self.transport: asyncio.DatagramTransport = None  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: Tuple[str, int]) -> None:
        if self.cut:
            return
        if addr != self.server:
            self.peer = addr
            self.transport.sendto(data, self.server)
        elif self.peer:
            if data[0] >= 128 and self.random.random() < self.loss:      # RTP and RTCP
                self.dropped += 1
                return
            self.passed += 1
            self.transport.sendto(data, self.peer)


class Peer:
    """A viewer; an asynchronous context manager. Without its own session it makes one."""

    def __init__(self, server: Server, *, loss: Optional[float] = None, codec: Optional[str] = None,
                 take_picture: Optional[Callable[[Any], None]] = None) -> None:
        self.server, self.loss, self.codec, self.take_picture = server, loss, codec, take_picture
        self.connection = RTCPeerConnection()
        self.line: Optional[LossyLine] = None
        self.picture_times: List[int] = []      # 90 kHz
        self.loudness: List[float] = []         # of each 20 ms
        self.pictures: List[np.ndarray] = []    # the last few
        self.tasks: List[asyncio.Task[None]] = []
        self.session: Dict[str, Any] = {}
        self.location = ""

    async def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        return await asyncio.to_thread(self.server.request, method, path, **more)

    def _offer_only(self, name: str) -> None:
        wanted = [c for c in RTCRtpReceiver.getCapabilities("video").codecs if c.mimeType.lower() == f"video/{name}"]
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(wanted)

    async def __aenter__(self) -> "Peer":
        answer = await self.ask("POST", "/v1/sessions", json={"transport": "whep"})
        assert answer.status_code == 201, answer.text
        self.session = answer.json()
        self.connection.on("track", lambda track: self.tasks.append(asyncio.ensure_future(self._take(track))))
        for kind in ("video", "audio"):
            self.connection.addTransceiver(kind, direction="recvonly")
        if self.codec:
            self._offer_only(self.codec)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        answer = await self.ask("POST", self.session["whep"], data=self.connection.localDescription.sdp, headers=SDP)
        assert answer.status_code == 201, answer.text
        self.location = answer.headers["Location"]
        await self.connection.setRemoteDescription(RTCSessionDescription(await self._through_line(answer.text), "answer"))
        return self

    async def _through_line(self, sdp: str) -> str:
        if self.loss is None:
            return sdp
        found = re.search(r"a=candidate:1 1 udp \d+ (\S+) (\d+) typ host", sdp)
        assert found
        line = LossyLine((found.group(1), int(found.group(2))), self.loss)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: line, local_addr=("127.0.0.1", 0))
        self.line = line
        port = transport.get_extra_info("sockname")[1]
        return re.sub(r"(a=candidate:1 1 udp \d+) \S+ \d+ typ", rf"\1 127.0.0.1 {port} typ", sdp)

    async def _take(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if track.kind == "audio":
                samples = frame.to_ndarray().astype(np.float64) / 32768
                self.loudness.append(float(np.sqrt(np.mean(samples * samples))))
            else:
                self.picture_times.append(int(frame.pts))
                picture = frame.to_ndarray(format="bgr24")
                self.pictures = [*self.pictures[-9:], picture]
                if self.take_picture:
                    self.take_picture(picture)

    async def until(self, condition: Callable[[], Any]) -> None:
        """However long it takes."""
        async def look() -> None:
            while not condition():
                await asyncio.sleep(0.02)
        await asyncio.wait_for(look(), SECONDS)

    async def pictures_more(self, count: int) -> None:
        seen = len(self.picture_times)
        await self.until(lambda: len(self.picture_times) >= seen + count)

    async def say(self, text: str) -> None:
        """As soon as the machine lets her: while frames come late, nobody may speak beside those who do."""
        while (answer := await self.ask("POST", self.session["speak"], json={"text": text})).status_code == 503:
            await asyncio.sleep(0.2)
        assert answer.status_code == 202, answer.text

    async def facts(self) -> Dict[str, Any]:
        return dict((await self.ask("GET", self.location)).json())

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()
        for task in self.tasks:
            task.cancel()
        if self.line:
            self.line.transport.close()
        await self.ask("DELETE", self.session["url"])


def run(course: Awaitable[Result]) -> Result:
    async def whole() -> Result:
        return await asyncio.wait_for(course, 2 * SECONDS)
    return asyncio.run(whole())
