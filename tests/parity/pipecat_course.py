"""A program for test_example_pipecat.py, which has Pipecat where it runs: pipecat_course.py SERVER SPEECH.wav

Speaks through examples/live_pipecat.py to the end, and once more until it is interrupted; prints what came out as JSON."""
import asyncio
import json
import sys
import wave
from pathlib import Path

from pipecat.frames.frames import InterruptionFrame, OutputImageRawFrame, TTSAudioRawFrame, TTSStoppedFrame
from pipecat.tests.utils import SleepFrame, run_test

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))
from live_pipecat import VisemeFace  # noqa: E402


def speech(path, seconds):
    with wave.open(path) as file:
        count = int(seconds * file.getframerate())
        return TTSAudioRawFrame(audio=file.readframes(count), sample_rate=file.getframerate(), num_channels=file.getnchannels())


async def course(server, sound, interrupted):
    """What came out: how many pictures, of how many bytes, how much sound, and how she told that it was over."""
    face = VisemeFace(server)
    started, finished = [], []
    face.add_event_handler("on_playback_started", started.append)
    face.add_event_handler("on_playback_finished", lambda _, *how: finished.append(how))

    def frames():
        yield sound
        if interrupted:
            while not started:
                yield SleepFrame(sleep=.02)
            yield InterruptionFrame()
        else:
            yield TTSStoppedFrame()
        while not finished:
            yield SleepFrame(sleep=.02)

    down, _ = await run_test(face, frames_to_send=frames(), start_timeout=120)
    pictures = [frame for frame in down if isinstance(frame, OutputImageRawFrame)]
    return {"pictures": len(pictures), "bytes": sorted({len(p.image) for p in pictures}), "sizes": sorted({p.size for p in pictures}),
            "seconds": sum(len(f.audio) for f in down if isinstance(f, TTSAudioRawFrame)) / 2 / 48000, "finished": finished}


async def courses(server, path):
    return [await course(server, speech(path, 1), False), await course(server, speech(path, 5), True)]


print(json.dumps(asyncio.run(courses(*sys.argv[1:]))))
