"""How the program behaves towards people: help, progress on their terminals, fewer frames than they asked for."""
from __future__ import annotations

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import termios
from pathlib import Path
from typing import Dict, List, Optional

import numpy as np
import pytest

import checkpoints
import footage
import sound
from program import DONE, PATIENCE, PROGRAM, USAGE, Argument, viseme, viseme_ok

COMMANDS = ("render", "frames", "infer", "dump", "features", "export", "inspect", "compare", "diagnose", "sweep",
            "bench", "serve", "verify", "completion", "manual")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command: str) -> None:
    assert viseme_ok("help", command).out == viseme_ok(command, "--help").out


def test_help_of_what_is_no_command() -> None:
    finished = viseme("help", "nonsense")
    assert finished.status == USAGE and "there is no command nonsense" in finished.err
    assert viseme_ok("help").out == viseme_ok("--help").out


def on_a_terminal(columns: int, environment: Dict[str, str], *arguments: Argument) -> str:
    """What a terminal of that width gets on standard error."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([str(PROGRAM), *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=its,
                               stdin=subprocess.DEVNULL, env={**os.environ, **environment})
    os.close(its)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:                     # its end is closed
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert process.wait(60 * PATIENCE) == DONE, said
    return said.decode()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sound.write_wav(tmp_path_factory.mktemp("sound") / "speech.wav", sound.babble(20, 16000), 16000)


@pytest.mark.parametrize("columns", (200, 80, 40, 10))
def test_progress_is_as_wide_as_the_terminal(columns: int, recording: Path, tmp_path: Path) -> None:
    said = on_a_terminal(columns, {"TERM": "xterm"}, "features", "--audio", recording, "--mel", tmp_path / "m.npy")
    lines = [line.replace("\x1b[K", "") for line in said.replace("\n", "\r").split("\r")]
    drawn = [line for line in lines if line]
    assert drawn and max(map(len, drawn)) < columns
    assert any("[=" in line for line in drawn) == (columns >= 80)


@pytest.mark.parametrize("kind", ("dumb", ""))
def test_no_escapes_where_they_are_not_known(kind: str, recording: Path, tmp_path: Path) -> None:
    said = on_a_terminal(80, {"TERM": kind}, "features", "--audio", recording, "--mel", tmp_path / "m.npy")
    assert "\x1b" not in said


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> List[Argument]:
    """Options that name a checkpoint, a character, and six rows of features."""
    folder = tmp_path_factory.mktemp("inputs")
    character = footage.write_dataset(folder / "c", footage.make(160, 140, 80, 6))
    model = checkpoints.save(checkpoints.unet("160", "ave", (2, 2, 2, 2, 2), 32).state_dict(), folder / "m.pth")
    np.save(folder / "aud_ave.npy", np.random.RandomState(1).normal(0, 1, (6, 512)).astype(np.float32))
    return ["--model", model, "--character", character, "--features", folder / "aud_ave.npy", "--audio-mode", "ave"]


@pytest.mark.parametrize("folder", ("full_body_img", "landmarks", "parsing"))
@pytest.mark.parametrize("command", ("render", "frames", "dump"))
def test_results_do_not_go_among_the_inputs(command: str, folder: str, inputs: List[Argument], tmp_path: Path) -> None:
    """A frame N.png there would be taken for a picture of the footage, or replace one."""
    character = tmp_path / "c"
    shutil.copytree(inputs[3], character)
    (character / "parsing").mkdir()
    before = sorted(character.rglob("*"))
    output = character / folder / "o.mp4" if command == "render" else character / folder
    finished = viseme(command, *inputs[:3], character, *inputs[4:], "--frames", 1, "-o", output)
    assert finished.status == USAGE and "put the result elsewhere" in finished.err
    assert sorted(character.rglob("*")) == before


@pytest.mark.parametrize("command", ("render", "frames", "dump"))
@pytest.mark.parametrize("asked", (9, 6, None))
def test_fewer_frames_than_asked_for(asked: Optional[int], command: str, inputs: List[Argument],
                                     tmp_path: Path) -> None:
    options = [] if asked is None else ["--frames", asked]
    output = tmp_path / ("o.mp4" if command == "render" else "o")
    finished = viseme_ok(command, *inputs, "-o", output, *options)
    assert ("6 of the 9 frames asked for" in finished.err) == (asked == 9)
