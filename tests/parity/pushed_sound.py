"""Frames of a whole recording and of the same sound pushed in pieces, through examples/host.py's way into the library:

    pushed_sound.py MODEL CHARACTER ENCODER RECORDING.wav SIZES

prints JSON: the digest of each frame of the whole, then those for each size of piece (in sample frames).
A process of its own, since LD_LIBRARY_PATH says which library is loaded.
"""
from __future__ import annotations

import ctypes as c
import hashlib
import json
import sys
from pathlib import Path
from typing import List

import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))
from host import Frame, call, handles, lib, make                                # noqa: E402

AGAIN = 12


def ready(stream: c.c_void_p) -> List[str]:
    """Digests of the frames that can be painted by now."""
    digests, frame = [], c.POINTER(Frame)()
    while True:
        status = lib.vis_stream_pull(stream, -1, c.byref(frame), None)
        assert status in (0, AGAIN), status
        if not frame:
            return digests
        f = frame.contents
        rows = (c.string_at(f.pixels + y * f.stride, 3 * f.size[0]) for y in range(f.size[1]))
        digests.append(hashlib.sha256(b"".join(rows)).hexdigest())
        lib.vis_frame_release(frame)


def main(model_path: str, character_path: str, encoder_path: str, recording: str, sizes: str) -> None:
    model = make("model", "open", model_path, None)
    character = make("character", "open", character_path, None)
    encoder = make("model", "open", encoder_path, None)
    call("vis_model_set_audio_mode", model, "ave")
    context = make("context", "create", None)
    whole = make("stream", "create", context, model, character, None)
    features = make("features", "open_audio", recording, encoder, 0, None)
    call("vis_stream_hear", whole, features)
    results = [ready(whole)]
    samples, rate = soundfile.read(recording, dtype="float32", always_2d=True)
    for size in map(int, sizes.split(",")):
        stream = make("stream", "create", context, model, character, None)
        call("vis_stream_listen", stream, encoder)
        digests = []
        for start in range(0, len(samples), size):
            piece = samples[start:start + size]
            call("vis_stream_push_pcm", stream, piece.ctypes, c.c_int64(len(piece)), rate, piece.shape[1], None)
            digests += ready(stream)
        early = len(digests)
        call("vis_stream_flush", stream)
        results.append(digests + ready(stream))
        assert size > len(samples) // 4 or early > 0, "nothing came before the end"
    print(json.dumps(results))


if __name__ == "__main__":
    with handles:
        main(*sys.argv[1:])
