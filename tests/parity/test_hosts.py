"""The programs in examples/: they build against the library as a user's would, and what they make is what viseme makes,
bit for bit."""
from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple

import numpy as np
import pytest
import soundfile

import checkpoints
import footage
import networks
import signing
import sound
from program import PROGRAM, REPOSITORY, viseme_ok
from test_frames import Model, make_model

EXAMPLES = REPOSITORY / "examples"
BUILD = PROGRAM.parent
LIBRARIES = BUILD / "src" / "api"
ENVIRONMENT = dict(os.environ, LD_LIBRARY_PATH=str(LIBRARIES), PKG_CONFIG_PATH=str(BUILD / "meson-uninstalled"),
                   GOCACHE=str(BUILD / "go-cache"), GOFLAGS="-mod=mod")
START, COUNT = 2, 3


def run(*command: object, cwd: Path = EXAMPLES, **options: object) -> subprocess.CompletedProcess:
    finished = subprocess.run([str(part) for part in command], cwd=cwd, env=ENVIRONMENT, capture_output=True,
                              timeout=300, check=False, **options)
    assert finished.returncode == 0, f"{command}: {finished.stderr.decode()}"
    return finished


def flags(*which: str) -> List[str]:
    return shlex.split(run("pkg-config", *which, "viseme").stdout.decode())


class Scene(NamedTuple):
    """What the hosts work on."""

    model: Model
    character: Path
    encoder: Path
    speech: Path


@pytest.fixture(name="scene", scope="module")
def fixture_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("scene")
    encoder = checkpoints.seeded(networks.build("ave_encoder"), 19)
    return Scene(make_model(folder, "160", rows=8),
                 footage.write_dataset(folder / "character", footage.make(200, 190, 100, 6)),
                 checkpoints.save(encoder.state_dict(), folder / "encoder.pth"),
                 sound.write_wav(folder / "speech.wav", sound.babble(0.9), subtype="FLOAT"))


@pytest.fixture(name="hosts", scope="module")
def fixture_hosts(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, List[str]]:
    """How each host is started. Python needs no building."""
    folder = tmp_path_factory.mktemp("hosts")
    run("go", "build", "-o", folder / "host", "host.go")
    return {"python": [sys.executable, str(EXAMPLES / "host.py")], "go": [str(folder / "host")]}


def compile_c(name: str, program: Path, *linked: str) -> Path:
    run("cc", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", EXAMPLES / f"{name}.c", *flags("--cflags"),
        *(linked or flags("--libs")), "-o", program)
    return program


def identical(ours: Path, theirs: Path) -> None:
    assert viseme_ok("compare", ours, theirs).out.startswith("BIT-IDENTICAL")


LANGUAGES = pytest.mark.parametrize("language", ("python", "go"))


@LANGUAGES
def test_tensors_in_tensors_out(language: str, hosts: Dict[str, List[str]], scene: Scene, tmp_path: Path) -> None:
    viseme_ok("dump", "--model", scene.model.path, "--character", scene.character, "--features",
              scene.model.features_path, "--start", START, "--frames", COUNT, "--output", tmp_path / "data")
    viseme_ok("infer", "--model", scene.model.path, "--data", tmp_path / "data", "--output", tmp_path / "program.npy")
    run(*hosts[language], "infer", scene.model.path, tmp_path / "data", tmp_path / "host.npy")
    ours, theirs = np.load(tmp_path / "program.npy"), np.load(tmp_path / "host.npy")
    assert ours.shape == theirs.shape == (COUNT, 3, 160, 160) and ours.tobytes() == theirs.tobytes()
    identical(tmp_path / "program.npy", tmp_path / "host.npy")


@LANGUAGES
def test_frames_and_figures(language: str, hosts: Dict[str, List[str]], scene: Scene, tmp_path: Path) -> None:
    viseme_ok("frames", "--model", scene.model.path, "--character", scene.character, "--features",
              scene.model.features_path, "--start", START, "--frames", COUNT, "--composite", "seamless", "--output",
              tmp_path / "program")
    table = run(*hosts[language], "frames", scene.model.path, scene.character, scene.model.features_path, START, COUNT,
                tmp_path / "host").stdout.decode()
    figures = [[float(number) for number in line.split()] for line in table.splitlines()]
    summary = json.loads((tmp_path / "program" / "summary.json").read_text())["per_frame"]
    expected = [[frame[name] for name in ("index", "footage", "min", "max", "mean", "std")] for frame in summary]
    assert np.allclose(figures, expected, rtol=1e-6, atol=0) and len(figures) == COUNT
    names = sorted(path.name for path in (tmp_path / "host").iterdir())
    assert names == [f"output_frame_{i:04d}.png" for i in range(COUNT)]
    for name in names:
        assert (tmp_path / "host" / name).read_bytes() == (tmp_path / "program" / name).read_bytes()
    identical(tmp_path / "host", tmp_path / "program")


# --- C ----------------------------------------------------------------------------------------------------------------

def installed_archive(folder: Path) -> List[str]:
    """What to link a program with that uses the installed archive alone."""
    options = {each["name"]: each["value"] for each in json.loads(run("meson", "introspect", "--buildoptions", BUILD).stdout)}
    if options["b_coverage"] or options["b_sanitize"] != "none":
        pytest.skip("the archive of this build needs its compiler's own libraries too")
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--tags", "devel", "--destdir", folder)
    root = folder / options["prefix"].lstrip("/")
    for shared in root.rglob("libviseme.so*"):
        shared.unlink()
    where = dict(ENVIRONMENT, PKG_CONFIG_PATH=str(next(root.rglob("viseme.pc")).parent))
    listed = subprocess.run(["pkg-config", f"--define-variable=prefix={root}", "--static", "--cflags", "--libs", "viseme"],
                            env=where, capture_output=True, text=True, check=True).stdout
    return shlex.split(listed)


@pytest.mark.parametrize("library", ("shared", "archive"))
def test_render_file(library: str, scene: Scene, tmp_path: Path) -> None:
    """The same file as the program's, byte for byte but for its identity, linked either way."""
    linked = installed_archive(tmp_path / "installed") if library == "archive" else flags("--libs")
    program = compile_c("render_file", tmp_path / "render_file", *linked)
    needed = run("readelf", "-d", program).stdout.decode()
    assert ("libviseme" in needed) == (library == "shared")
    run(program, scene.model.path, scene.character, scene.speech, scene.encoder, tmp_path / "host.mp4")
    viseme_ok("render", "--model", scene.model.path, "--character", scene.character, "--audio", scene.speech,
              "--audio-encoder", scene.encoder, "--output", tmp_path / "program.mp4", "--quiet")
    assert signing.but_the_identity(tmp_path / "host.mp4") == signing.but_the_identity(tmp_path / "program.mp4")


def test_from_memory(scene: Scene, tmp_path: Path) -> None:
    """The same file again, from bytes in memory; and a stream that fails is told, not taken for one that ended."""
    inputs = (scene.model.path, scene.character, scene.speech, scene.encoder)
    run(sys.executable, EXAMPLES / "from_memory.py", *inputs, tmp_path / "host.mp4")
    viseme_ok("render", "--model", scene.model.path, "--character", scene.character, "--audio", scene.speech,
              "--audio-encoder", scene.encoder, "--output", tmp_path / "program.mp4", "--quiet")
    assert signing.but_the_identity(tmp_path / "host.mp4") == signing.but_the_identity(tmp_path / "program.mp4")
    failing = f"""if True:
        import io, sys
        sys.path.insert(0, {str(EXAMPLES)!r})
        import from_memory
        model, character, speech, encoder = {[str(path) for path in inputs]!r}
        class Broken(io.BytesIO):
            def read(self, size):
                if self.tell() > 9999: raise OSError("the line is dead")
                return super().read(min(size, 5000))
        from_memory.render(open(model, "rb"), character, Broken(open(speech, "rb").read()), open(encoder, "rb"))"""
    finished = subprocess.run([sys.executable, "-c", failing], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert "the line is dead" in finished.stderr
    assert finished.stderr.endswith("RuntimeError: the speech: reading failed after 10000 bytes (its read gave -1)\n")


def pushed(scene: Scene, recording: Path, *sizes: int) -> List[List[str]]:
    """Digests of the frames of the whole, then of those for each size of piece."""
    return json.loads(run(sys.executable, REPOSITORY / "tests" / "parity" / "pushed_sound.py", scene.model.path,
                          scene.character, scene.encoder, recording, ",".join(map(str, sizes))).stdout)


def test_sound_as_it_comes(scene: Scene, tmp_path: Path) -> None:
    """pcm_to_frames writes the frames of the whole recording."""
    program = compile_c("pcm_to_frames", tmp_path / "pcm_to_frames")
    samples, rate = soundfile.read(scene.speech, dtype="float32")
    pictures = run(program, scene.model.path, scene.character, scene.encoder, rate, input=samples.tobytes()).stdout
    size = 200 * 190 * 3
    whole, = pushed(scene, scene.speech, len(samples))[:1]
    assert len(pictures) == size * len(whole) and len(whole) >= 20
    assert [hashlib.sha256(pictures[i:i + size]).hexdigest() for i in range(0, len(pictures), size)] == whole
    assert len(set(whole)) > len(whole) // 2


@pytest.mark.parametrize("rate,channels", ((16000, 1), (24000, 1), (44100, 2), (48000, 1), (8000, 1)))
def test_pieces_of_sound_are_the_whole(rate: int, channels: int, scene: Scene, tmp_path: Path) -> None:
    """Whatever the rate and the size of the pieces."""
    samples = sound.babble(0.9, rate)
    stereo = np.stack([samples, np.roll(samples, 7)], axis=1) if channels == 2 else samples
    recording = sound.write_wav(tmp_path / "speech.wav", stereo, rate, "FLOAT")
    whole, *pieces = pushed(scene, recording, rate // 25, 640, 997, len(samples))
    assert len(whole) >= 20
    for each in pieces:
        assert each == whole


def test_hosts_are_short() -> None:
    for name in ("host.py", "host.go", "from_memory.py"):
        assert len((EXAMPLES / name).read_text().splitlines()) < 80, name
