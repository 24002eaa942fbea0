"""What a shorter look-ahead costs, written into a page between its two marks.

    VISEME_LIB=build/src/api .venv/bin/python docs/write_look_ahead.py [page.md]

The demo's footage was drawn with a speech of its own, so each of its frames is the truth of what the network paints with
that speech. Painted with less and less of the future, in the whole square as it leaves the network.
"""
from __future__ import annotations

import ctypes as c
import os
import sys
from pathlib import Path
from typing import Dict, Iterator, NamedTuple

import cv2
import numpy as np
import soundfile

REPOSITORY = Path(__file__).resolve().parents[1]
DEMO = REPOSITORY / "demo"
sys.path[:0] = [str(DEMO / "make")]

import dataset                                                                  # noqa: E402
from opening import opening                                                     # noqa: E402

BEGIN, END = "<!-- look-ahead: written by docs/write_look_ahead.py -->", "<!-- end of look-ahead -->"
FRAMES, EXACT = 400, 1
LOOK_AHEADS = (-1, 6, 5, 4, 3, 2, 1, 0)
SHORT = 2                   # of `--look-ahead short`
HEARD_MS, ROW_MS = 170, 40  # of sound, that row 0 takes, and each row ahead
MOUTH = (slice(None), slice(*dataset.MOUTH[:2]), slice(*dataset.MOUTH[2:]))

lib = c.CDLL(str(Path(os.environ.get("VISEME_LIB", REPOSITORY / "build" / "src" / "api")) / "libviseme.so.0"))


class Error(c.Structure):
    _fields_ = [("status", c.c_int), ("message", c.c_char * 768)]


class Options(c.Structure):
    _fields_ = [("size", c.c_size_t), ("start", c.c_int64), ("frames", c.c_int64), ("footage_start", c.c_int),
                ("straight", c.c_bool), ("crop", c.c_int), ("paste", c.c_int), ("composite", c.c_int),
                ("tensors", c.c_bool), ("any_output", c.c_bool), ("on_demand", c.c_bool), ("no_rest", c.c_bool),
                ("depth", c.c_int), ("sound_seconds", c.c_int), ("log", c.c_void_p * 2), ("live", c.c_int),
                ("look_ahead", c.c_int)]


class Frame(c.Structure):
    _fields_ = [("index", c.c_int64), ("row", c.c_int64), ("footage", c.c_int), ("rect", c.c_int * 4), ("side", c.c_int),
                ("visual", c.c_void_p), ("audio", c.c_void_p), ("output", c.POINTER(c.c_float)), ("pixels", c.c_void_p)]


class Scores(NamedTuple):
    correlation: float      # of the lips' opening with the truth's
    error: float            # of it, mean, pixels
    psnr: float             # of the mouth, against the truth
    change: float           # mean difference of the mouth from the full look-ahead's, levels


def call(name: str, *arguments: object) -> None:
    err = Error()
    if getattr(lib, name)(*arguments, c.byref(err)) != 0:
        raise SystemExit(err.message.decode())


def handle(name: str, *arguments: object) -> c.c_void_p:
    made = c.c_void_p()
    call(name, *arguments, c.byref(made))
    return made


def painted(look_ahead: int) -> Iterator[np.ndarray]:
    """[320, 320, 3] BGR of frames 1, 2, ... of the footage."""
    model = handle("vis_model_open", str(DEMO / "models" / "99.pth").encode(), None)
    encoder = handle("vis_model_open", str(DEMO / "models" / "audio_encoder.pth").encode(), None)
    character = handle("vis_character_open", str(DEMO / "character").encode(), None)
    call("vis_model_set_audio_mode", model, b"ave")
    options = Options()
    lib.vis_stream_options_init(c.byref(options), c.c_size_t(c.sizeof(options)))
    options.frames, options.straight, options.tensors, options.composite = FRAMES, True, True, EXACT
    options.look_ahead = look_ahead
    stream = handle("vis_stream_create", handle("vis_context_create", None), model, character, c.byref(options))
    call("vis_stream_listen", stream, encoder)
    samples, rate = soundfile.read(str(DEMO / "character" / "speech_of_footage.wav"), dtype="float32")
    call("vis_stream_push_pcm", stream, c.c_void_p(samples.ctypes.data), c.c_int64(len(samples)), rate, 1, None)
    call("vis_stream_flush", stream)
    frame = c.POINTER(Frame)()
    while call("vis_stream_pull", stream, -1, c.byref(frame)) or frame:
        output = np.ctypeslib.as_array(frame.contents.output, (3, 320, 320)).transpose(1, 2, 0)
        yield (output * 255).astype(np.uint8)
        lib.vis_frame_release(frame)
    lib.vis_stream_close(stream)


def filmed(i: int) -> np.ndarray:
    return dataset.crop(cv2.imread(str(DEMO / "character" / "full_body_img" / f"{i}.jpg")),
                        dataset.crop_square(DEMO / "character" / "landmarks" / f"{i}.lms"))


def mouths(images: np.ndarray) -> np.ndarray:
    return images[MOUTH].astype(np.float64)


def scores(images: np.ndarray, truth: np.ndarray, full: np.ndarray) -> Scores:
    opened, told = (np.array([opening(i) for i in each]) for each in (images, truth))
    squared = ((mouths(images) - mouths(truth)) ** 2).mean()
    return Scores(float(np.corrcoef(opened, told)[0, 1]), float(np.abs(opened - told).mean()),
                  float(10 * np.log10(255 ** 2 / squared)), float(np.abs(mouths(images) - mouths(full)).mean()))


def table(found: Dict[int, Scores]) -> str:
    rows = ["| rows ahead | sound heard behind a frame's start | lips' opening: correlation with the truth | mean error, pixels of 320 "
            "| mouth: PSNR, dB | changed by, levels |", "| ---: | ---: | ---: | ---: | ---: | ---: |"]
    for ahead, s in found.items():
        name = {-1: "7 (full)", SHORT: f"{SHORT} (short)"}.get(ahead, str(ahead))
        rows.append(f"| {name} | {HEARD_MS + ROW_MS * (7 if ahead < 0 else ahead)} ms | {s.correlation:.3f} | {s.error:.1f} | "
                    f"{s.psnr:.1f} | {s.change:.2f} |")
    return "\n".join(rows)


def main() -> None:
    images = {ahead: np.stack(list(painted(ahead))) for ahead in LOOK_AHEADS}
    truth = np.stack([filmed(i) for i in range(len(images[-1]))])
    told = table({ahead: scores(images[ahead], truth, images[-1]) for ahead in LOOK_AHEADS})
    print(told)
    if len(sys.argv) > 1:
        page = Path(sys.argv[1])
        before, rest = page.read_text().split(BEGIN)
        page.write_text(f"{before}{BEGIN}\n{told}\n{END}{rest.split(END)[1]}")


main()
