"""examples/live_pipecat.py in a pipeline of Pipecat's, by Pipecat's own test runner."""
from __future__ import annotations

import asyncio
import sys
import wave

import pytest

from live_server import DEMO, Server
from program import DONE, REPOSITORY

pytest.importorskip("pipecat", reason="pipecat-ai is not installed")
pytest.importorskip("websockets.asyncio", reason="websockets is not installed")

from pipecat.frames.frames import InterruptionFrame, OutputImageRawFrame, TTSAudioRawFrame, TTSStoppedFrame  # noqa: E402
from pipecat.tests.utils import SleepFrame, run_test                                                        # noqa: E402

sys.path.insert(0, str(REPOSITORY / "examples"))
from live_pipecat import VisemeFace  # noqa: E402


def speech(seconds: float) -> TTSAudioRawFrame:
    with wave.open(str(DEMO / "speech.wav")) as file:
        count = int(seconds * file.getframerate())
        return TTSAudioRawFrame(audio=file.readframes(count), sample_rate=file.getframerate(), num_channels=file.getnchannels())


def frames_of(server: Server, *frames: object):
    finished = []
    face = VisemeFace(server.url)

    async def run():
        @face.event_handler("on_playback_finished")
        async def note(_, milliseconds, interrupted):
            finished.append((milliseconds, interrupted))

        return await run_test(face, frames_to_send=frames, start_timeout=60)

    down, _ = asyncio.run(run())
    return down, finished


def test_speech_comes_out_with_pictures_and_an_interruption_empties_her():
    server = Server()
    try:
        down, finished = frames_of(server, speech(1), TTSStoppedFrame(), SleepFrame(sleep=4))
        pictures = [f for f in down if isinstance(f, OutputImageRawFrame)]
        sound = sum(len(f.audio) for f in down if isinstance(f, TTSAudioRawFrame)) / 2 / 48000
        assert len(pictures) > 20 and len(pictures[0].image) == 3 * pictures[0].size[0] * pictures[0].size[1]
        assert .5 < sound < 2
        assert len(finished) == 1 and not finished[0][1] and 500 < finished[0][0] < 2000
        down, finished = frames_of(server, speech(5), SleepFrame(sleep=2), InterruptionFrame(), SleepFrame(sleep=1))
        assert len(finished) == 1 and finished[0][1] and 0 <= finished[0][0] < 5000
        assert server.request("GET", "/v1/sessions").json()["sessions"] == []
    finally:
        assert server.end() == DONE
