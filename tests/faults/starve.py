#!/usr/bin/env python3
"""tests/faults/starve.py - memory runs out inside the libraries: what does the program make of it?

    tests/faults/starve.py [--every] [--build build] [--figures FILE.json] [COMMAND ...]

Whatever request for memory or a thread fails in the whole process, alone or with all after it (fail_allocation.c), the
program ends by itself and says why in one line, or does its work without; what is under an output's name is whole, and
no temporary is left.  Without --every only a sample of the many requests fails: each of the first FIRST and every
STEP-th after them, from another one on for each command.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

REPOSITORY = Path(__file__).resolve().parents[2]
INPUTS = "@"                                            # in a command: the folder of the inputs
MEMORY = 5                                              # exit status
ENDS = {1, 3, 4, 5}                                     # what a library's failure may be taken for

COMMANDS: Dict[str, str] = {
    "inspect": "inspect @/inputs/shallow.onnx --json",
    "inspect .pth": "inspect @/inputs/model.pth",
    "infer": "infer --model @/inputs/shallow.onnx --data @/inputs/raw -o OUT/out.npy",
    "features": "features --audio @/inputs/speech.wav --audio-encoder @/inputs/encoder.pth -o OUT/aud_ave.npy",
    "frames": "frames --model @/inputs/shallow.onnx --character @ --features @/aud_ave.npy --frames 1 -o OUT",
    "render": "render --model @/inputs/shallow.onnx --character @ --audio @/inputs/speech.wav "
              "--audio-encoder @/inputs/encoder.pth --frames 2 --mark-id " + "1" * 32 + " -o OUT/talking.mp4",
    "render package": "render --model @/inputs/shallow.onnx --character @/inputs/package --features @/aud_ave.npy "
                      "--frames 1 --mark-id " + "1" * 32 + " -o OUT/talking.mp4",
}

FIRST, STEP = 60, 97
COMPLAINTS = 30                                         # of one command, then it is left
WAYS = {"1": "", "*": " and all after it"}


class Figures(NamedTuple):
    """Of one command."""

    requests: int
    runs: int
    statuses: Dict[str, int]                            # how often each exit status
    excused: Dict[str, int]                             # how often each of EXCUSES


#: What may stand before the one line; x264 says this itself, to nobody but standard error.
NOISE = ("viseme: warning: ", "x264 [error]: ")

class Excuse(NamedTuple):
    """A fault of a library that nothing can be done about here."""

    name: str
    ends: str                                           # "crash", or "done" without saying that something is missing
    where: str                                          # a place of the crash, or of the request that failed
    asked: str                                          # how a place of the request that failed begins


#: Of FFmpeg 5.1, x264 164 and libtasn1 4.19, as Debian 12 has them.
EXCUSES = (
    # av_assert0 that setting an encoder's default options succeeds, which allocates.
    Excuse("avcodec_alloc_context3 aborts", "crash", "libavcodec.so.59(avcodec_alloc_context3)", "libavutil.so"),
    # aac_encode_init does not look whether ff_psy_preprocess_init made something.
    Excuse("AAC encoder crashes", "crash", "libavcodec.so.59(avcodec_send_frame)", "libavcodec.so.59(avcodec_open2)"),
    # A packet that cannot be kept while streams are examined is taken for the end of the file, and is lost.
    Excuse("avformat_find_stream_info loses a packet", "done", "libavformat.so.59(avformat_find_stream_info)",
           "libavcodec.so.59(avpriv_packet_list_put)"),
    # A slice that finds no memory is left out, and the frame, neither concealed nor flagged, comes as if it were whole.
    # AV_EF_EXPLODE would tell, and would lose all frames of a file cut from another one that has open GOPs.
    Excuse("H.264 decoder leaves a slice out", "done", "libavcodec.so.59(avcodec_send_packet)",
           "libavutil.so.57(av_fast_malloc"),
    # Nothing in it looks whether a node of its tree could be made. GnuTLS writes a certificate with it, before anything is
    # painted, and the two numbers of a signature; credential.c asks for room before.
    Excuse("libtasn1 crashes", "crash", "libtasn1.so.6(", "libtasn1.so.6("),
    # The same, without a crash: GnuTLS takes what came out for a certificate or a signature that is wrong. Footage whose
    # own manifest is then not to be believed is not named in the video's, with a warning.
    Excuse("libtasn1 misreads", "done", "libtasn1.so.6(", "libtasn1.so.6("),
)


class Answer(NamedTuple):
    """How one run ended."""

    status: int                                         # exit status; minus the signal
    requests: int
    failed: bool                                        # did a request fail?
    first: List[str]                                    # from where that came: LIBRARY(FUNCTION), innermost first
    crash: List[str]                                    # from where a crash
    said: str                                           # on standard error
    left: Dict[str, bytes]                              # files


class Server:
    """The program, stopped in front of main (fail_allocation.c)."""

    def __init__(self, program: Path, library: Path, command: str, inputs: Path, work: Path) -> None:
        self.out = work / "out"
        self.messages = work / "stderr"
        self.out.mkdir()
        words = [word.replace(INPUTS, str(inputs), 1) if word.startswith(INPUTS) else
                 word.replace("OUT", str(self.out)) if word.startswith("OUT") else word for word in command.split()]
        orders, give = os.pipe()
        take, answers = os.pipe()
        places = {"LD_PRELOAD": str(library), "FAIL_ORDERS": str(orders), "FAIL_ANSWERS": str(answers)}
        with open(self.messages, "ab") as messages:
            self.process = subprocess.Popen([str(program), *words, "--threads", "2"], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=messages, pass_fds=(orders, answers),
                                            env={**os.environ, **places})
        os.close(orders)
        os.close(answers)
        self.orders, self.answers = os.fdopen(give, "w"), os.fdopen(take)

    def run(self, how: str, number: int) -> Answer:
        """One run, in an empty folder of outputs."""
        for path in self.out.iterdir():
            path.unlink()
        self.messages.write_bytes(b"")
        print(how, number, file=self.orders, flush=True)
        words = self.answers.readline().split()
        if not words:
            raise SystemExit("the server died")
        bar = words.index("|")
        code = os.waitstatus_to_exitcode(int(words[0]))
        left = {path.name: path.read_bytes() for path in self.out.iterdir()}
        said = self.messages.read_bytes().decode(errors="replace")
        return Answer(code, int(words[1]), words[2] == "1", words[3:bar], words[bar + 1:], said, left)

    def close(self) -> None:
        """Ends it."""
        self.orders.close()
        self.answers.close()
        self.process.wait()


def boxes(data: bytes) -> List[Tuple[int, bytes]]:
    """Those at the top level of an MP4 file, and where they begin."""
    found, at = [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8:at + 16], "big")
        found.append((at, data[at:at + size]))
        at += max(size, 8)
    return found


def signed(data: bytes, whole: bytes) -> bool:
    """A video is the same but for its manifest, which has the digest of just this file, and a signature."""
    of_data, of_whole = boxes(data), boxes(whole)
    digest = hashlib.sha256()
    for at, box in of_data[2:]:
        digest.update(at.to_bytes(8, "big") + box)
    manifest = of_data[1][1] if len(of_data) > 1 else b""
    return (manifest[4:12] == b"uuid\xd8\xfe\xc3\xd6" and len(manifest) == len(of_whole[1][1]) and
            digest.digest() in manifest and any(manifest[-64:-32]) and any(manifest[-32:]) and
            [box for box in of_data if box[0] != of_data[1][0]] == [box for box in of_whole if box[0] != of_whole[1][0]])


def same(name: str, data: bytes, whole: bytes) -> bool:
    """The file as it is when nothing fails; of JSON, which tells times, the end."""
    if name.endswith(".mp4"):
        return signed(data, whole)
    return data[-4:] == whole[-4:] if name.endswith(".json") else data == whole


def left_behind(answer: Answer, good: Answer) -> str:
    """What is left that should not be, or "".  A process that is killed leaves temporaries, whose names begin with a
    dot; of a video that stops halfway the frames so far are kept, and told."""
    for name, data in answer.left.items():
        kept = ".partial." in name and name in answer.said
        if not kept and not (name.startswith(".") and answer.status < 0) and (
                name not in good.left or not same(name, data, good.left[name])):
            return f"{name} is left, and is not what it is when nothing fails"
    return ""


def wrong(answer: Answer, good: Answer) -> str:
    """What is not as promised, or ""."""
    if answer.status < 0:
        return f"{signal.Signals(-answer.status).name} in {' '.join(answer.crash) or 'an unknown place'}"
    left = left_behind(answer, good)
    if left:
        return left
    if answer.status == good.status:
        return "" if len(answer.left) == len(good.left) else "done, but files are missing"
    lines = [line for line in answer.said.splitlines() if not line.startswith(NOISE)]
    if answer.status not in ENDS:
        return f"exit status {answer.status}"
    return "" if len(lines) == 1 and lines[0].startswith("viseme ") else "not one line"


def excuse(answer: Answer, good: Answer) -> str:
    """The name of the library's fault that this is, or ""."""
    crashed = answer.status < 0
    for known in EXCUSES:
        ends = crashed if known.ends == "crash" else answer.status == good.status
        places = answer.crash if crashed else answer.first
        there = any(place.startswith(known.where) for place in places)
        if ends and there and any(place.startswith(known.asked) for place in answer.first):
            return known.name
    return ""


def numbers(requests: int, command: str, every: bool) -> List[int]:
    """Which requests fail."""
    if every:
        return list(range(requests + 1))
    first = list(range(min(FIRST, requests)))
    return first + list(range(FIRST + sum(command.encode()) % STEP, requests, STEP))


def starve(command: str, server: Server, every: bool) -> Tuple[Figures, List[str]]:
    """All runs of a command, and what was wrong."""
    server.run("-", 0)
    good = server.run("-", 0)
    if good.status not in (0, 1):
        raise SystemExit(f"{command}: exit status {good.status}: {good.said}")
    statuses: Dict[str, int] = {}
    excused: Dict[str, int] = {}
    complaints: List[str] = []
    runs = 0
    for how, words in WAYS.items():
        for number in numbers(good.requests, command, every):
            answer = server.run(how, number)
            if not answer.failed:
                break
            runs += 1
            told = wrong(answer, good)
            known = excuse(answer, good) if told else ""
            if known:
                excused[known] = excused.get(known, 0) + 1
                told = left_behind(answer, good) if answer.status < 0 else ""
            else:
                statuses[str(answer.status)] = statuses.get(str(answer.status), 0) + 1
            if told:
                complaints.append(f"{command}, request {number}{words}: from {' '.join(answer.first)}: {told}; "
                                  f"it said: {answer.said.strip()}")
            if len(complaints) >= COMPLAINTS:
                return Figures(good.requests, runs, statuses, excused), complaints
    return Figures(good.requests, runs, statuses, excused), complaints


def note(path: Path, command: str, figures: Figures) -> None:
    """Adds a command's figures to those in the file, so that commands may run in more than one call."""
    noted = json.loads(path.read_text()) if path.exists() else {}
    noted[command] = figures._asdict()
    path.write_text(json.dumps({name: noted[name] for name in COMMANDS if name in noted}, indent=2) + "\n")


def make_inputs(maker: Path) -> Path:
    """The folder of the inputs, made by the C test."""
    return Path(subprocess.run([str(maker), "--inputs"], check=True, capture_output=True, text=True).stdout.strip())


def main() -> int:
    """Runs the commands; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", action="store_true", help="each request, not only a sample")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build", help="folder of the program and the tests")
    parser.add_argument("--figures", type=Path, help="JSON to add to, command by command")
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=", ".join(COMMANDS))
    given = parser.parse_args()
    build = given.build.resolve()
    broken = 0
    inputs = make_inputs(build / "tests/faults/test_faults_allocations")
    try:
        for command in given.commands or COMMANDS:
            with tempfile.TemporaryDirectory(prefix="viseme-starve-") as work:
                server = Server(build / "viseme", build / "tests/faults/libfail_allocation.so", COMMANDS[command],
                                inputs, Path(work))
                figures, complaints = starve(command, server, given.every)
                server.close()
            for line in complaints:
                print(line, file=sys.stderr)
            broken += len(complaints)
            if given.figures:
                note(given.figures, command, figures)
            print(f"{command}: {figures.requests} requests, {figures.runs} runs, exit statuses {figures.statuses}"
                  + (f", excused {figures.excused}" if figures.excused else ""), flush=True)
    finally:
        shutil.rmtree(inputs)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
