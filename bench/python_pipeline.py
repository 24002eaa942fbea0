"""The job of `viseme render` in Python, as people do it: OpenCV, ONNX Runtime, and an ffmpeg that frames are piped to.

    python bench/python_pipeline.py MODEL.onnx ENCODER.onnx CHARACTER SPEECH.wav OUT.mp4 THREADS [FRAMES]

The steps are those of tests/reference/pipeline.py. Prints as JSON the frames and the seconds from when everything was
imported until the file was complete; imports are not counted.
"""
from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Iterator

import cv2
import numpy as np
import onnxruntime

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS / "reference"))
import pipeline                                                                 # noqa: E402

FAMILY, ENCODER_BATCH = "328", 64


def open_session(path: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def features_of(speech: str, encoder: onnxruntime.InferenceSession) -> np.ndarray:
    """Speech -> float32 [T + 2, 512]."""
    windows = pipeline.mel_windows(pipeline.mel_spectrogram(pipeline.load_speech(Path(speech))))
    name = encoder.get_inputs()[0].name
    rows = np.concatenate([encoder.run(None, {name: windows[i:i + ENCODER_BATCH]})[0]
                           for i in range(0, len(windows), ENCODER_BATCH)])
    return np.concatenate([rows[:1], rows, rows[-1:]])


def paint(network: onnxruntime.InferenceSession, character: pipeline.Character, features: np.ndarray,
          frames: int) -> Iterator[np.ndarray]:
    """Finished frames in the order of the bounce."""
    geometry, form = pipeline.GEOMETRY[FAMILY], pipeline.WINDOWS["ave"]
    shape = network.get_inputs()[1].shape
    form = form._replace(rows=int(np.prod(shape[1:])) // 512, model_input=tuple(shape[1:]))
    names = [each.name for each in network.get_inputs()]
    for row, template in enumerate(pipeline.bounce(len(character.squares), frames)):
        frame, square = character.frame(template), character.squares[template]
        crop = pipeline.cut(frame, square, geometry, geometry.crop_resize)
        visual = pipeline.visual_tensor(pipeline.inner(crop, geometry), geometry)
        window = pipeline.audio_window(features, row, form)
        prediction = network.run(None, dict(zip(names, (visual[None], window[None]))))[0][0]
        yield pipeline.composite(frame, square, crop, pipeline.to_pixels(prediction), geometry, geometry.paste_resize)


def open_encoder(width: int, height: int, speech: str, output: str) -> "subprocess.Popen[bytes]":
    """The same preset, quality, matrix and sound codec as viseme's."""
    return subprocess.Popen(
        ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s",
         f"{width}x{height}", "-r", "25", "-i", "-", "-i", speech, "-c:v", "libx264", "-preset", "veryfast", "-crf",
         "18", "-vf", "scale=out_color_matrix=bt709,format=yuv420p", "-colorspace", "bt709", "-c:a", "aac",
         output], stdin=subprocess.PIPE)


def finish_imports(speech: str) -> None:
    """librosa loads its parts when they are first used; that counts as importing."""
    pipeline.mel_spectrogram(pipeline.load_speech(Path(speech)))


def main() -> None:
    model, encoder, folder, speech, output, threads = sys.argv[1:7]
    finish_imports(speech)
    start = time.perf_counter()
    cv2.setNumThreads(int(threads))
    network = open_session(model, int(threads))
    features = features_of(speech, open_session(encoder, int(threads)))
    frames = min([len(features), *map(int, sys.argv[7:])])
    character = pipeline.read_dataset(Path(folder))
    height, width = character.frame(0).shape[:2]
    video = open_encoder(width, height, speech, output)
    pipe: IO[bytes] = video.stdin
    for frame in paint(network, character, features, frames):
        pipe.write(frame.tobytes())
    pipe.close()
    status = video.wait()
    print(json.dumps({"frames": frames, "seconds": time.perf_counter() - start}))
    sys.exit(status)


if __name__ == "__main__":
    main()
