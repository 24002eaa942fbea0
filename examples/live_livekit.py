#!/usr/bin/env python3
"""live_livekit.py SERVER ROOM TOKEN TEXT...: a face of `viseme serve` as a participant of a LiveKit room, saying TEXT.

SERVER is http://127.0.0.1:8080; with "-" for ROOM nobody is joined, and what would be published is counted.
Needs `pip install livekit websockets`."""
import asyncio
import json
import struct
import sys
import urllib.request

from livekit import rtc
from websockets.asyncio.client import connect

I420, PCM, RATE = 3, 4, 48000


def open_session(server):
    asked = urllib.request.Request(f"{server}/v1/sessions", json.dumps({"transport": "ws", "media": "raw"}).encode(),
                                   {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


async def join(room, token, *sources):
    """Publishes a picture and a sound."""
    here = rtc.Room()
    await here.connect(room, token)
    video, audio = sources
    await here.local_participant.publish_track(rtc.LocalVideoTrack.create_video_track("face", video))
    await here.local_participant.publish_track(rtc.LocalAudioTrack.create_audio_track("voice", audio))
    return here


async def show(server, room, token, text):
    session = open_session(server)
    width, height = session["width"], session["height"]
    video, audio = rtc.VideoSource(width, height), rtc.AudioSource(RATE, 1)
    here = await join(room, token, video, audio) if room != "-" else None
    pictures = samples = 0
    async with connect(server.replace("http", "ws", 1) + session["ws"], max_size=None) as socket:
        await socket.send(json.dumps({"type": "agent.speak_text", "text": text}))
        async for message in socket:
            if isinstance(message, str):
                told = json.loads(message)
                print(told["type"], told.get("state", ""), flush=True)
                if told["type"] in ("agent.speak_ended", "error"):
                    break
                continue
            kind, _, _, _, moment = struct.unpack_from("<BBHIq", message)
            if kind == I420:
                pictures += 1
                video.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, message[16:]), timestamp_us=moment)
            elif kind == PCM:
                count = (len(message) - 16) // 2
                samples += count
                await audio.capture_frame(rtc.AudioFrame(message[16:], RATE, 1, count))
    if here:
        await here.disconnect()
    print(f"{pictures} pictures of {width}x{height}, {samples / RATE:.2f} s of sound")


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    asyncio.run(show(sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3], " ".join(sys.argv[4:])))
