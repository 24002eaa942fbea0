#!/usr/bin/env python3
"""from_memory.py MODEL CHARACTER SPEECH AUDIO_ENCODER OUT.mp4: a talking video from bytes in memory into bytes in memory;
what is read and written here are BytesIO, and anything with read() or write() would do."""
import ctypes as c
import io
import sys
from pathlib import Path

lib = c.CDLL("libviseme.so.0")
Function = c.CFUNCTYPE(c.c_int64, c.c_void_p, c.c_void_p, c.c_size_t)


def structure(**fields):
    return type("Structure", (c.Structure,), {"_fields_": list(fields.items())})


Error = structure(status=c.c_int, message=c.c_char * 768)
IO = structure(name=c.c_char_p, user=c.c_void_p, read=Function, write=Function)
TEXT, INPUT = c.c_char_p, c.POINTER(IO)
RenderOptions = structure(
    size=c.c_size_t, model=TEXT, checkpoint=c.c_int, character=TEXT, audio=TEXT, audio_encoder=TEXT, features=TEXT,
    output=TEXT, audio_mode=TEXT, fps=c.c_int, start=c.c_int64, frames=c.c_int64, footage_start=c.c_int,
    resample_footage=c.c_bool, parsing=c.c_bool, crop=c.c_int, paste=c.c_int, composite=c.c_int, precision=c.c_int,
    threads=c.c_int, cache_bytes=c.c_int64, crf=c.c_double, preset=TEXT, log=c.c_void_p * 2, progress=c.c_void_p * 2,
    partial=TEXT, model_io=INPUT, audio_encoder_io=INPUT, audio_io=INPUT, features_io=INPUT, output_io=INPUT)


def guarded(function):
    """For viseme. An exception must not pass for 0, which ctypes would answer: 0 is the end of what is read."""
    def call(_, data, size):
        try:
            return function(data, size)
        except Exception as error:          # pylint: disable=broad-except
            print(error, file=sys.stderr)
            return -1
    return Function(call)


def reading(name, stream):
    def read(data, size):
        piece = stream.read(size)
        c.memmove(data, piece, len(piece))
        return len(piece)
    return c.pointer(IO(name.encode(), None, guarded(read), Function()))


def writing(name, stream):
    return c.pointer(IO(name.encode(), None, Function(), guarded(lambda data, size: stream.write(c.string_at(data, size)))))


def render(model, character, speech, encoder):
    options, video, err = RenderOptions(), io.BytesIO(), Error()
    lib.vis_render_options_init(c.byref(options), c.c_size_t(c.sizeof(options)))
    options.character = character.encode()
    options.model_io = reading("the checkpoint", model)
    options.audio_io = reading("the speech", speech)
    options.audio_encoder_io = reading("the audio encoder", encoder)
    options.output_io = writing("the video", video)
    if lib.vis_render_video_sized(c.byref(options), None, c.c_size_t(0), c.byref(err)) != 0:
        raise RuntimeError(err.message.decode())
    return video.getvalue()


if __name__ == "__main__":
    in_memory = [io.BytesIO(Path(path).read_bytes()) for path in (sys.argv[1], sys.argv[3], sys.argv[4])]
    Path(sys.argv[5]).write_bytes(render(in_memory[0], sys.argv[2], *in_memory[1:]))
