"""Work that goes on for long with little to do in each frame: what tests of interruptions and faults begin."""
from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

import numpy as np

import checkpoints
import footage
import networks
import sound
from program import PROGRAM, Argument

ROWS = 20000
PICTURES = 7
FRAMES = 1500                                           # of footage
ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Parts(NamedTuple):
    """Inputs; rows and sound last 800 seconds."""

    model: Path
    encoder: Path
    character: Path
    audio: Path
    features: Path

    def render(self, output: Path, *options: Argument) -> List[Argument]:
        """A command line: lossless, so that frames can be compared and the file grows quickly."""
        return ["render", "--model", self.model, "--character", self.character, "--audio", self.audio, "--features",
                self.features, "-o", output, "--quiet", "--crf", 0, "--preset", "ultrafast", *options]


def make(folder: Path) -> Parts:
    """A network as narrow as can be, small footage whose pictures come again, features, and babble."""
    network = checkpoints.unet("160", "ave", (2, 2, 2, 2, 2), 32)
    encoder = checkpoints.seeded(networks.build("ave_encoder"), 19)
    character = footage.write_dataset(folder / "character", footage.make(96, 96, 60, PICTURES))
    for i in range(PICTURES, FRAMES):
        (character / "full_body_img" / f"{i}.jpg").symlink_to(f"{i % PICTURES}.jpg")
    for i in range(1, FRAMES):                                  # a head at rest: nothing to warn of before the work
        (character / "landmarks" / f"{i}.lms").unlink(missing_ok=True)
        (character / "landmarks" / f"{i}.lms").symlink_to("0.lms")
    rows = np.random.RandomState(1).normal(0, 1, (500, 512)).astype(np.float16)
    np.save(folder / "aud_ave.npy", np.tile(rows, (ROWS // 500, 1)))
    speech = np.tile(sound.babble(20, 8000), ROWS // 500)
    return Parts(checkpoints.save(network.state_dict(), folder / "model.pth"),
                 checkpoints.save(encoder.state_dict(), folder / "encoder.pth"), character,
                 sound.write_wav(folder / "speech.wav", speech, 8000), folder / "aud_ave.npy")


def temporaries(folder: Path) -> List[Path]:
    """Unfinished files anywhere under a folder."""
    return [path for path in folder.rglob(".*") if ".tmp" in path.name]


def wait_until(happened: Callable[[], bool], process: "subprocess.Popen[str]", seconds: float = 60) -> None:
    """Fails when the process ends before it has happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, f"ended too early: {process.returncode} {process.communicate()[1]}"
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.005)


def begin(*arguments: Argument, ignored: int = 0, stderr: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    """Starts viseme, with the signal `ignored` as nohup leaves it, and waits until it minds the others."""
    def set_signals() -> None:
        for number in ASKING:
            signal.signal(number, signal.SIG_IGN if number == ignored else signal.SIG_DFL)

    process = subprocess.Popen([str(PROGRAM), *map(str, arguments)], stdout=subprocess.DEVNULL,
                               stderr=stderr, stdin=subprocess.DEVNULL, text=True, preexec_fn=set_signals)

    def minds() -> bool:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        status: Dict[str, str] = dict(line.split(":", 1) for line in lines)
        return bool(int(status["SigBlk"], 16) >> (signal.SIGTERM - 1) & 1)

    wait_until(minds, process)
    return process


def end(process: "subprocess.Popen[str]", *numbers: int) -> str:
    """Sends signals, all at the same moment, and waits; what was said on stderr."""
    if len(numbers) > 1:
        process.send_signal(signal.SIGSTOP)
    for number in numbers:
        process.send_signal(number)
    process.send_signal(signal.SIGCONT)
    return process.communicate(timeout=60)[1]
