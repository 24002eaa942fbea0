#!/usr/bin/env python3
"""live_pipecat.py: a face of `viseme serve` as a processor of a Pipecat pipeline, behind the TTS and before the transport:

    Pipeline([transport.input(), stt, llm, tts, VisemeFace("http://127.0.0.1:8080"), transport.output()])

Speech goes in, pictures and the speech in time with them come out; an interruption empties her at once. The events
`on_playback_started` (face) and `on_playback_finished` (face, milliseconds that were heard, whether it was interrupted) tell
when she is heard. The transport takes 48 kHz and pictures of `face.size`. Needs `pip install pipecat-ai websockets`."""
import asyncio
import json
import struct
import urllib.request

import numpy as np
from pipecat.frames.frames import (CancelFrame, EndFrame, InterruptionFrame, OutputImageRawFrame, StartFrame,
                                   TTSAudioRawFrame, TTSStoppedFrame)
from pipecat.processors.frame_processor import FrameProcessor
from websockets.asyncio.client import connect

I420, PCM, RATE, SOUND = 3, 4, 48000, 16
# Of Y, U, V of limited range: BT.601, and BT.709 from 720 rows on, as the server's pictures are.
MATRIX = {False: (1.164, 1.596, -0.392, -0.813, 2.017), True: (1.164, 1.793, -0.213, -0.533, 2.112)}


def rgb_of(planes, width, height):
    """Bytes of an I420 picture as those of RGB."""
    y_gain, v_red, u_green, v_green, u_blue = MATRIX[height >= 720]
    half = width // 2, height // 2
    y = np.frombuffer(planes, np.uint8, width * height).reshape(height, width).astype(np.float32) * y_gain - 16 * y_gain
    u, v = (np.frombuffer(planes, np.uint8, half[0] * half[1], width * height * (4 + at) // 4).reshape(half[1], half[0])
            .repeat(2, 0).repeat(2, 1).astype(np.float32) - 128 for at in (0, 1))
    return np.stack([y + v_red * v, y + u_green * u + v_green * v, y + u_blue * u], -1).clip(0, 255).astype(np.uint8).tobytes()


class VisemeFace(FrameProcessor):
    def __init__(self, server, *, character=None, token=None, **more):
        super().__init__(**more)
        self._register_event_handler("on_playback_started")
        self._register_event_handler("on_playback_finished")
        self._server, self._token = server.rstrip("/"), token
        self._wishes = {"transport": "ws", "media": "raw", **({"character": character} if character else {})}
        self._socket = self._reader = None
        self._speaking, self._began = False, 0
        self.size = None

    def _ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {self._token}"} if self._token else {})}
        asked = urllib.request.Request(self._server + path, json.dumps(body).encode() if body else None, headers, method=method)
        with urllib.request.urlopen(asked) as answer:
            return json.loads(answer.read() or b"null")

    async def _open(self):
        self._session = await asyncio.to_thread(self._ask, "POST", "/v1/sessions", self._wishes)
        self.size = self._session["width"], self._session["height"]
        self._socket = await connect(self._server.replace("http", "ws", 1) + self._session["ws"], max_size=None)
        self._reader = self.create_task(self._read())

    async def _close(self):
        if self._socket:
            socket, self._socket = self._socket, None
            await self.cancel_task(self._reader)
            await socket.close()
            await asyncio.to_thread(self._ask, "DELETE", self._session["url"])

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, StartFrame):
            await self._open()
        elif isinstance(frame, TTSAudioRawFrame):
            return await self._say(frame)           # it comes out again with her lips
        elif isinstance(frame, TTSStoppedFrame):
            await self._tell("agent.speak_end")
        elif isinstance(frame, InterruptionFrame):
            await self._tell("agent.interrupt")     # she, and all that waits: it is told below how far she came
        elif isinstance(frame, (EndFrame, CancelFrame)):
            await self._close()
        await self.push_frame(frame, direction)

    async def _say(self, frame):
        samples = np.frombuffer(frame.audio, "<i2").reshape(-1, frame.num_channels).mean(1).astype("<i2")
        await self._socket.send(struct.pack("<BxxxI", SOUND, frame.sample_rate) + samples.tobytes())

    async def _tell(self, kind):
        if self._socket:
            await self._socket.send(json.dumps({"type": kind}))

    async def _read(self):
        async for message in self._socket:
            if isinstance(message, str):
                await self._hear(json.loads(message))
                continue
            kind, _, _, _, _ = struct.unpack_from("<BBHIq", message)
            if kind == I420:
                picture = await asyncio.to_thread(rgb_of, message[16:], *self.size)
                await self.push_frame(OutputImageRawFrame(image=picture, size=self.size, format="RGB"))
            elif kind == PCM and self._speaking:
                await self.push_frame(TTSAudioRawFrame(audio=message[16:], sample_rate=RATE, num_channels=1))

    async def _hear(self, event):
        kind = event["type"]
        if kind == "agent.speak_started":
            self._speaking, self._began = True, event["time_us"]
            await self._call_event_handler("on_playback_started")
        elif kind in ("agent.speak_ended", "agent.speak_interrupted"):
            self._speaking = False
            heard = event.get("playback_position_ms", (event["time_us"] - self._began) // 1000)
            await self._call_event_handler("on_playback_finished", heard, kind == "agent.speak_interrupted")
        elif kind == "error":
            await self.push_error(error_msg=event["message"])
