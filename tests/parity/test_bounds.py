"""What a file claims is judged before memory is taken for it: checkpoints, graphs and arrays."""
from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

import bounded
import checkpoints
import footage
import hostile_onnx
import hostile_pth
import networks
from program import BAD_INPUT, USAGE

OUT_OF_RESOURCES = 5
EITHER = (BAD_INPUT, OUT_OF_RESOURCES)


@pytest.fixture(scope="module")
def ordinary() -> float:
    """MB of an ordinary inspect."""
    run = bounded.run("inspect", "--model", bounded.SMALL)
    assert run.finished.status == 0
    return run.peak


@pytest.mark.parametrize("name", hostile_pth.FILES)
def test_hostile_pth(name: str, ordinary: float, tmp_path: Path) -> None:
    path = hostile_pth.FILES[name](tmp_path / "hostile.pth")
    bounded.refused(bounded.run("inspect", "--model", path), ordinary, EITHER, str(path))


@pytest.mark.parametrize("name", hostile_onnx.FILES)
def test_hostile_onnx(name: str, ordinary: float, tmp_path: Path) -> None:
    path = hostile_onnx.FILES[name](tmp_path / "hostile.onnx")
    bounded.refused(bounded.run("inspect", "--model", path), ordinary, EITHER, str(path))


@pytest.mark.parametrize("name", hostile_onnx.LARGE)
def test_graph_that_needs_gigabytes(name: str, ordinary: float, tmp_path: Path) -> None:
    """Whoever only looks is told; who would run it learns what it needs, and nothing is taken."""
    path = hostile_onnx.LARGE[name](tmp_path / "large.onnx")
    looked = bounded.run("inspect", "--model", path)
    assert looked.finished.status == 0 and looked.peak < ordinary + bounded.ROOM, looked.finished.err
    np.save(tmp_path / "x.npy", np.zeros((1, 1, 4, 4), np.float32))
    ran = bounded.run("infer", "--model", path, "--input", tmp_path / "x.npy", "-o", tmp_path / "y.npy",
                      "--max-memory", 1000)
    bounded.refused(ran, ordinary, (OUT_OF_RESOURCES,), "MB of working memory", "--max-memory")


# --- arrays -----------------------------------------------------------------------------------------------------------

def npy(path: Path, shape: str, descr: str = "<f4", version: int = 1, length: int = -1, data: bytes = bytes(64)) -> Path:
    """A .npy whose header says this; `length` is what it says of itself."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    length = len(header) if length < 0 else length
    size = struct.pack("<H", length) if version == 1 else struct.pack("<I", length)
    path.write_bytes(b"\x93NUMPY" + bytes([version, 0]) + size + header + data)
    return path


ARRAYS = {
    "2^63 rows": lambda p: npy(p, "(9223372036854775808, 512)"),
    "2^62 rows": lambda p: npy(p, "(4611686018427387904, 512)"),
    "2^33 rows": lambda p: npy(p, "(8589934592, 512)"),
    "negative": lambda p: npy(p, "(-1, 512)"),
    "product that wraps": lambda p: npy(p, "(4294967296, 4294967296, 512)"),
    "empty rows": lambda p: npy(p, "(4611686018427387904, 0)"),
    "rank of 1000": lambda p: npy(p, "(" + "1, " * 1000 + ")"),
    "header of 64 KB": lambda p: npy(p, "(10, 512)", length=65535),
    "header of 4 GB": lambda p: npy(p, "(10, 512)", version=2, length=(1 << 32) - 1),
    "pickled": lambda p: npy(p, "(10, 512)", descr="|O"),
    "element of 2^31 bytes": lambda p: npy(p, "(10, 512)", descr="<f2147483648"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_hostile_npy(name: str, ordinary: float, tmp_path: Path) -> None:
    """Both ways in: an array read whole, and features read row by row."""
    path = ARRAYS[name](tmp_path / "hostile.npy")
    ran = bounded.run("infer", "--model", bounded.SMALL, "--input", path, "--input", path, "-o", tmp_path / "y.npy")
    bounded.refused(ran, ordinary, EITHER)
    assert not (tmp_path / "y.npy").exists()
    ran = bounded.run("render", "--model", bounded.SMALL, "--character", tmp_path, "--features", path, "-o",
                      tmp_path / "y.mp4")
    bounded.refused(ran, ordinary, EITHER)


METADATA = {
    "2^31 frames": {"num_frames": 1 << 31, "visual_shape": [1 << 31, 6, 160, 160]},
    "2^62 frames": {"num_frames": 1 << 62, "visual_shape": [1 << 62, 6, 160, 160]},
    "number of 400 digits": {"num_frames": 10 ** 400},
    "negative": {"num_frames": -1, "visual_shape": [-1, 6, 160, 160]},
    "product that wraps": {"visual_shape": [1 << 32, 1 << 32, 160, 160]},
    "rank of 1000": {"visual_shape": [1] * 1000},
    "nested": {"visual_shape": json.loads("[" * 900 + "]" * 900)},
}


@pytest.mark.parametrize("name", METADATA)
def test_hostile_metadata(name: str, ordinary: float, tmp_path: Path) -> None:
    facts = {"num_frames": 1, "start_frame": 0, "visual_shape": [1, 6, 160, 160], "audio_shape": [1, 4, 16, 16],
             "dtype": "float32"}
    (tmp_path / "visual_input.bin").write_bytes(bytes(4 * 6 * 160 * 160))
    (tmp_path / "audio_input.bin").write_bytes(bytes(4 * 4 * 16 * 16))
    (tmp_path / "metadata.json").write_text(json.dumps({**facts, **METADATA[name]}))
    ran = bounded.run("infer", "--model", bounded.SMALL, "--data", tmp_path, "-o", tmp_path / "y.npy")
    bounded.refused(ran, ordinary, EITHER, str(tmp_path))


# --- --max-memory -----------------------------------------------------------------------------------------------------

LIBRARIES = 40      # MB of the program and its libraries that lie in memory and do not count


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A full-width network with a character and features."""
    folder = tmp_path_factory.mktemp("wide")
    checkpoints.save(checkpoints.seeded(networks.build("328", "ave", networks.FULL), 1).state_dict(), folder / "model.pth")
    footage.write_dataset(folder / "character", footage.make(400, 400, 200, 4))
    np.save(folder / "aud_ave.npy", np.random.RandomState(1).normal(0, 1, (10, 512)).astype(np.float32))
    return folder


def paint(wide: Path, *arguments: object) -> bounded.Bounded:
    """Three frames into a lossless video."""
    return bounded.run("render", "--model", wide / "model.pth", "--audio-mode", "ave", "--character", wide / "character",
                       "--features", wide / "aud_ave.npy", "--frames", 3, "--threads", 2, "--preset", "ultrafast",
                       "--quiet", "--no-sign", "-o", wide / "out.mp4", *arguments)


def test_max_memory(wide: Path) -> None:
    """With enough, the same video; with too little, exit status 5 and a message; from some limit on it is enough."""
    out = wide / "out.mp4"
    assert paint(wide).finished.status == 0
    expected = out.read_bytes()
    uncounted = LIBRARIES + (wide / "model.pth").stat().st_size / (1 << 20)     # the checkpoint is mapped to be read
    enough = []
    for limit in (64, 120, 200, 340, 1000):
        out.unlink(missing_ok=True)
        ran = paint(wide, "--max-memory", limit)
        assert ran.peak < limit + uncounted, f"{ran.peak:.0f} MB of {limit}"
        enough.append(ran.finished.status == 0)
        if enough[-1]:
            assert out.read_bytes() == expected
            continue
        last = ran.finished.err.splitlines()[-1]        # x264 may say of its own that it lacks memory
        assert ran.finished.status == OUT_OF_RESOURCES, last
        assert f"--max-memory allows {limit} MB" in last and not out.exists()
    assert enough == sorted(enough) and not enough[0] and enough[-1], enough


@pytest.mark.parametrize("limit", ("0x", "-1", "12", "99999999999"))
def test_limits_that_make_no_sense(limit: str) -> None:
    ran = bounded.run("inspect", "--model", bounded.SMALL, "--max-memory", limit)
    assert ran.finished.status == USAGE and "--max-memory" in ran.finished.err


@pytest.mark.parametrize("command", ("render", "frames", "infer", "dump", "features", "export", "inspect", "compare",
                                     "diagnose", "sweep", "bench", "verify"))
def test_every_command_has_it(command: str) -> None:
    assert "--max-memory MB" in bounded.run(command, "--help").finished.out
