"""Faults planted around the demo, as people make them: in checkpoints, in ONNX files, in footage and its features.

Every function takes something sound and writes something spoilt in one way. The demo itself is never changed.
"""
from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import cv2
import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor

import footage
import pipeline
from diagnosis import CHARACTER

State = Dict[str, Tensor]
SIZE = 320                                              # of the face that the demo's network paints


# --- checkpoints ------------------------------------------------------------------------------------------------------

def spoil(source: Path, path: Path, change: Callable[[State], None]) -> Path:
    """A checkpoint with `change` done to a copy of its weights."""
    state = OrderedDict((key, value.clone()) for key, value in torch.load(source).items())
    change(state)
    torch.save(state, path)
    return path


def truncated(source: Path, path: Path, share: float = 0.6) -> Path:
    """The file as a copy that was broken off leaves it."""
    data = source.read_bytes()
    path.write_bytes(data[:int(len(data) * share)])
    return path


def without(prefix: str) -> Callable[[State], None]:
    """All weights of one part are missing."""
    def change(state: State) -> None:
        for key in [key for key in state if key.startswith(prefix)]:
            del state[key]
    return change


def not_a_number(key: str) -> Callable[[State], None]:
    """A single NaN."""
    def change(state: State) -> None:
        state[key].view(-1)[7] = float("nan")
    return change


def forget_statistics(state: State) -> None:
    """Batch norm as PyTorch initialises it, as if its buffers had not been saved."""
    for key, value in state.items():
        if key.endswith("running_mean"):
            value.zero_()
        elif key.endswith("running_var"):
            value.fill_(1)


def empty(layer: str, share: float = 0.9) -> Callable[[State], None]:
    """A batch norm layer, most of whose gammas and betas are zero."""
    def change(state: State) -> None:
        channels = int(len(state[f"{layer}.weight"]) * share)
        state[f"{layer}.weight"][:channels] = 0
        state[f"{layer}.bias"][:channels] = 0
    return change


def silence(layer: str, share: float = 0.9) -> Callable[[State], None]:
    """A batch norm layer, most of whose channels are so far below zero that the ReLU behind never fires."""
    def change(state: State) -> None:
        channels = int(len(state[f"{layer}.bias"]) * share)
        state[f"{layer}.bias"][:channels] = -1000
    return change


# --- ONNX files: something done to the pictures before or behind the network ------------------------------------------

#: Turns the value `name` into another one: nodes and constants added to the lists; the new value's name.
Stage = Callable[[str, List[onnx.NodeProto], List[onnx.TensorProto]], str]


def operator(kind: str, *constants: np.ndarray, **attributes: object) -> Stage:
    """One operator whose further inputs are constants."""
    def stage(name: str, nodes: List[onnx.NodeProto], weights: List[onnx.TensorProto]) -> str:
        result = f"{name}_{kind}"
        names = [f"{result}_{i}" for i in range(len(constants))]
        weights.extend(numpy_helper.from_array(np.asarray(value), each) for each, value in zip(names, constants))
        nodes.append(helper.make_node(kind, [name, *names], [result], name=result, **attributes))
        return result
    return stage


def scaled(gain: float, offset: float = 0) -> List[Stage]:
    """gain x + offset"""
    return [operator("Mul", np.float32(gain).reshape(1)), operator("Add", np.float32(offset).reshape(1))]


def swapped(channels: int) -> List[Stage]:
    """B and R exchanged in each group of three channels."""
    order = np.arange(channels).reshape(-1, 3)[:, ::-1].reshape(-1)
    return [operator("Gather", order.astype(np.int64), axis=1)]


CLIPPED: List[Stage] = [operator("Clip", np.float32(0), np.float32(1))]


def recoloured(levels: Sequence[float]) -> List[Stage]:
    """So many levels of 255 added to B, G and R."""
    return [operator("Add", (np.float32(levels) / 255).reshape(1, 3, 1, 1)), *CLIPPED]


def blurred(sigma: float) -> List[Stage]:
    """A Gaussian over each channel; beyond the edge lies what is inside, so that the rim is not darkened."""
    radius = int(3 * sigma)
    line = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    line /= line.sum()
    kernel = np.outer(line, line).astype(np.float32)
    there = np.convolve(np.ones(SIZE), line, mode="same")
    share = np.outer(there, there).astype(np.float32)
    return [operator("Conv", np.tile(kernel, (3, 1, 1, 1)), group=3, pads=[radius] * 4),
            operator("Mul", (1 / share).reshape(1, 1, SIZE, SIZE))]


def rimmed(width: int, levels: float) -> List[Stage]:
    """A rim so wide, darker by so many levels."""
    rim = np.full((1, 3, SIZE, SIZE), -levels / 255, np.float32)
    rim[..., width:-width, width:-width] = 0
    return [operator("Add", rim), *CLIPPED]


def flickering(levels: float) -> List[Stage]:
    """Brightness that follows the second difference in time of one number among the features: it goes up and down
    from frame to frame by so many levels (root mean square over the demo's footage)."""
    rows = np.load(CHARACTER / "aud_ave.npy")
    difference = rows[:-2] - 2 * rows[1:-1] + rows[2:]
    feature = int(difference.std(axis=0).argmax())
    kernel = np.zeros((16, 512), np.float32)            # a window: rows i - 8 ... i + 7
    kernel[7:10, feature] = np.float32([1, -2, 1]) * levels / 255 / difference[:, feature].std()

    def stage(name: str, nodes: List[onnx.NodeProto], weights: List[onnx.TensorProto]) -> str:
        heard = operator("Conv", kernel.reshape(1, 32, 16, 16))("audio", nodes, weights)
        nodes.append(helper.make_node("Add", [name, heard], [f"{name}_flicker"], name=f"{name}_flicker"))
        return f"{name}_flicker"
    return [stage, *CLIPPED]


def wrap(source: Path, path: Path, visual: Sequence[Stage] = (), audio: Sequence[Stage] = (),
         output: Sequence[Stage] = ()) -> Path:
    """An exported network with stages before its inputs `input` and `audio` and behind its `output`."""
    model = onnx.load(str(source))
    graph = model.graph
    before: List[onnx.NodeProto] = []
    behind: List[onnx.NodeProto] = []
    fed: Dict[str, str] = {}
    for name, stages in (("input", visual), ("audio", audio)):
        fed[name] = name
        for stage in stages:
            fed[name] = stage(fed[name], before, graph.initializer)
    nodes = [*graph.node]
    for node in nodes:
        node.input[:] = [fed.get(name, name) for name in node.input]
        node.output[:] = ["painted" if name == "output" else name for name in node.output]
    last = "painted"
    for stage in output:
        last = stage(last, behind, graph.initializer)
    behind.append(helper.make_node("Identity", [last], ["output"], name="last"))
    del graph.node[:]
    graph.node.extend([*before, *nodes, *behind])
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def scale_weights(source: Path, path: Path, layer: int, gain: float) -> Tuple[Path, str]:
    """One convolution's weights multiplied, as a broken export might; the file, and that convolution's name."""
    model = onnx.load(str(source))
    node = [node for node in model.graph.node if node.op_type == "Conv"][layer]
    weight = next(each for each in model.graph.initializer if each.name == node.input[1])
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight) * np.float32(gain), weight.name))
    onnx.save(model, str(path))
    return path, node.name


# --- footage ----------------------------------------------------------------------------------------------------------

Squares = List[pipeline.Square]


def demo_rows() -> np.ndarray:
    return np.load(CHARACTER / "aud_ave.npy")


def demo_squares() -> Squares:
    return list(pipeline.read_dataset(CHARACTER).squares)


def borrow(folder: Path, features: Optional[np.ndarray] = None, first: int = 0, count: int = 256) -> Path:
    """A character of demo frames first ... first + count - 1, under the features given or their own."""
    for name, suffix in (("full_body_img", "jpg"), ("landmarks", "lms")):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            (folder / name / f"{i}.{suffix}").symlink_to(CHARACTER / name / f"{first + i}.{suffix}")
    np.save(folder / "aud_ave.npy", demo_rows()[first:first + count] if features is None else features)
    return folder


def rewrite(folder: Path, picture: Callable[[np.ndarray], np.ndarray], count: int, scale: float = 1) -> Path:
    """Frames 0 ... count - 1 of the demo, each changed by `picture`; squares enlarged by `scale`. Features are kept."""
    pictures = [picture(cv2.imread(str(CHARACTER / "full_body_img" / f"{i}.jpg"))) for i in range(count)]
    squares = [tuple(int(round(scale * x)) for x in square) for square in demo_squares()[:count]]
    footage.write_dataset(folder, footage.Footage(pictures, squares), ".jpg", 98)
    np.save(folder / "aud_ave.npy", demo_rows()[:count])
    return folder


def enlarge(scale: float) -> Callable[[np.ndarray], np.ndarray]:
    """The frame as a camera of more pixels takes it: enlarged, with the finest detail that it then has."""
    def picture(frame: np.ndarray) -> np.ndarray:
        large = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        return cv2.addWeighted(large, 2, cv2.GaussianBlur(large, (0, 0), 1.5), -1, 0)
    return picture


def shake(folder: Path, share: float, count: int, seed: int = 1) -> Path:
    """Landmarks each off by up to `share` of the side, another way in every frame."""
    borrow(folder, count=count)
    random = np.random.default_rng(seed)
    for i, (x1, y1, x2, _) in enumerate(demo_squares()[:count]):
        dx1, dy1, dx2 = np.rint(random.uniform(-share, share, 3) * (x2 - x1)).astype(int)
        path = folder / "landmarks" / f"{i}.lms"
        path.unlink()
        side = x2 + dx2 - x1 - dx1
        footage.write_landmarks(path, (x1 + dx1, y1 + dy1, x2 + dx2, y1 + dy1 + side), i)
    return folder


def refilm(folder: Path, fps: int, count: int) -> Path:
    """A package of the demo's first `count` frames as a camera of another rate takes them, and the features, 25 rows a
    second, of the same sound."""
    nearest = [round(i * 25 / fps) for i in range(count * fps // 25)]
    pictures = [cv2.imread(str(CHARACTER / "full_body_img" / f"{i}.jpg")) for i in range(count)]
    squares = demo_squares()
    footage.write_package(folder, footage.Footage([pictures[i] for i in nearest], [squares[i] for i in nearest]),
                          str(fps))
    np.save(folder / "aud_ave.npy", demo_rows()[:count])
    return folder


def moved(rows: np.ndarray, by: int) -> np.ndarray:
    """Features that come `by` rows later than they should, zeros before (or behind) them."""
    result = np.zeros_like(rows)
    if by > 0:
        result[by:] = rows[:-by]
    else:
        result[:by] = rows[-by:]
    return result


def resting(count: int = 256, least: int = 4) -> np.ndarray:
    """bool [count]: frames in which the filmed mouth rests, for at least so many frames."""
    geometry, character = pipeline.GEOMETRY["328"], pipeline.read_dataset(CHARACTER)
    faces = []
    for i in range(count):
        face = pipeline.inner(pipeline.cut(character.frame(i), character.squares[i], geometry, "area"), geometry)
        faces.append(cv2.resize(face[68:172, 96:228], (16, 13), interpolation=cv2.INTER_AREA).astype(np.float64))
    motion = np.abs(np.diff(faces, axis=0)).mean(axis=(1, 2, 3))
    still = np.concatenate([[False], motion < np.percentile(motion, 90) / 5])
    runs = np.flatnonzero(np.diff(np.concatenate([[0], still, [0]])))
    rest = np.zeros(count, bool)
    for start, end in zip(runs[::2], runs[1::2]):
        if end - start >= least:
            rest[start:end] = True
    return rest


def babble_at_rest(rows: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Features in which the speaker talks on while the filmed mouth rests: rows of speech put into the pauses."""
    speech = rows[~rest]
    result = rows.copy()
    result[rest] = np.resize(speech, (int(rest.sum()), rows.shape[1]))
    return result

