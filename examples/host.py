#!/usr/bin/env python3
"""host.py infer MODEL DATA_DIR OUT.npy: raw tensors in, tensors out, by viseme from Python (ctypes and NumPy).
host.py frames MODEL CHARACTER FEATURES START N OUT_DIR: N frames from START on, as PNGs and in numbers."""
import contextlib
import ctypes as c
import json
import sys
from pathlib import Path

import numpy as np

lib = c.CDLL("libviseme.so.0")
handles = contextlib.ExitStack()            # closed in reverse order


def structure(**fields):
    return type("Structure", (c.Structure,), {"_fields_": list(fields.items())})


Error = structure(status=c.c_int, message=c.c_char * 768)
Shape = structure(rank=c.c_int, dim=c.c_int64 * 8)
Speech = structure(audio=c.c_char_p, audio_encoder=c.c_char_p, features=c.c_char_p)
StreamOptions = structure(size=c.c_size_t, start=c.c_int64, frames=c.c_int64, footage_start=c.c_int, straight=c.c_bool,
                          crop=c.c_int, paste=c.c_int, composite=c.c_int, tensors=c.c_bool)    # the rest stays at its defaults
Frame = structure(index=c.c_int64, row=c.c_int64, footage=c.c_int, rect=c.c_int * 4, side=c.c_int, visual=c.c_void_p,
                  audio=c.c_void_p, output=c.POINTER(c.c_float), pixels=c.c_void_p, size=c.c_int * 2, stride=c.c_int)
lib.vis_session_output_shape.restype = Shape


def call(name, *arguments):
    err = Error()
    if getattr(lib, name)(*[a.encode() if isinstance(a, str) else a for a in arguments], c.byref(err)) != 0:
        raise RuntimeError(err.message.decode())


def make(name, verb, *arguments):
    handle = c.c_void_p()
    call(f"vis_{name}_{verb}", *arguments, c.byref(handle))
    handles.callback(getattr(lib, f"vis_{name}_close"), handle)
    return handle


def infer(path, folder, output):
    about = json.loads(Path(folder, "metadata.json").read_text())
    visual, audio = (np.fromfile(f"{folder}/{kind}_input.bin", "<f4").reshape(about[f"{kind}_shape"])
                     for kind in ("visual", "audio"))
    model = make("model", "open", path, None)
    if audio.shape[2] == audio.shape[3]:    # some checkpoints fit both, and must be told
        call("vis_model_set_audio_mode", model, {16: "ave", 32: "hubert"}[audio.shape[2]])
    session = make("session", "create", model, (Shape * 2)(*((4, (1, *a.shape[1:])) for a in (visual, audio))), 2, 0)
    result = np.empty((len(visual), *lib.vis_session_output_shape(session, 0).dim[1:4]), np.float32)
    for one in zip(visual, audio, result):
        pointers = [c.c_void_p(array.ctypes.data) for array in one]
        call("vis_session_run", session, (c.c_void_p * 2)(*pointers[:2]), c.byref(pointers[2]))
    np.save(output, result)


def frames(path, character, features, start, count, folder):
    model, character = make("model", "open", path, None), make("character", "open", character, None)
    speech = make("features", "open", model, c.byref(Speech(features=features.encode())), 0, None)
    options = StreamOptions()
    lib.vis_stream_options_init(c.byref(options), c.c_size_t(c.sizeof(options)))
    options.start, options.frames, options.straight, options.tensors = int(start), int(count), True, True
    stream = make("stream", "create", make("context", "create", None), model, character, c.byref(options))
    call("vis_stream_hear", stream, speech)
    Path(folder).mkdir(exist_ok=True)
    frame = c.POINTER(Frame)()
    while call("vis_stream_pull", stream, -1, c.byref(frame)) or frame:
        f = frame.contents
        output = np.ctypeslib.as_array(f.output, (3, f.side, f.side)).astype(np.float64)
        print(f.index, f.footage, output.min(), output.max(), output.mean(), output.std())
        name = f"{folder}/output_frame_{f.index - options.start:04d}.png"
        call("vis_write_png", name, c.c_void_p(f.pixels), *f.size, f.stride)
        lib.vis_frame_release(frame)


if __name__ == "__main__":
    with handles:
        {"infer": infer, "frames": frames}[sys.argv[1]](*sys.argv[2:])
