"""Outputs that cannot be written: full disks, read-only ones, a standard output that is gone."""
from __future__ import annotations

import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Callable, Dict, List

import pytest

import long_work
from disks import PAGE, Outcome, on_read_only_disk, on_small_disk
from long_work import Parts, temporaries
from program import DONE, NOT_WRITTEN, PROGRAM, Argument, viseme, viseme_ok


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return long_work.make(tmp_path_factory.mktemp("parts"))


def sizes(folder: Path) -> Dict[str, int]:
    """Every file under a folder."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def refused(outcome: Outcome, path: Path, why: str, whole: Dict[str, int]) -> None:
    """Exit status 4, one line that names a file under `path` and the reason; what is there is whole."""
    assert outcome.status == NOT_WRITTEN, f"exit status {outcome.status}: {outcome.err}"
    lines = outcome.err.splitlines()
    assert len(lines) == 1 and str(path) in lines[0] and why in lines[0], outcome.err
    for name, size in outcome.files.items():
        assert whole.get(name) == size, f"{name} has {size} bytes of {whole.get(name)}"


#: Every command that writes, into a file or folder `out`.
WRITING: Dict[str, Callable[[Parts, Path], List[Argument]]] = {
    "render": lambda p, out: p.render(out, "--frames", 20),
    "frames": lambda p, out: ["frames", "--model", p.model, "--character", p.character, "--features", p.features,
                              "--frames", 3, "-o", out],
    "infer": lambda p, out: ["infer", "--model", p.model, "--data", p.model.parent / "raw", "-o", out],
    "dump": lambda p, out: ["dump", "--model", p.model, "--character", p.character, "--features", p.features,
                            "--frames", 2, "-o", out],
    "features": lambda p, out: ["features", "--audio", p.model.parent / "short.wav", "--audio-encoder", p.encoder,
                                "-o", out],
    "mel": lambda p, out: ["features", "--audio", p.model.parent / "short.wav", "--mel", out],
    "export": lambda p, out: ["export", "--model", p.model, "--audio-mode", "ave", "-o", out],
    "diagnose": lambda p, out: ["diagnose", "--model", p.model, "--character", p.model.parent / "few", "--features",
                                p.features, "--frames", 1, "--run", 2, "-o", out],
    "sweep": lambda p, out: ["sweep", p.model, "--character", p.model.parent / "few", "--features", p.features,
                             "--frames", 2, "-o", out],
    "compare": lambda p, out: ["compare", p.model, p.model, "--character", p.model.parent / "few", "--features",
                               p.features, "--frames", 2, "-o", out],
}


@pytest.fixture(scope="module")
def extras(parts: Parts) -> Parts:
    """The same parts, and beside them short sound, a character of seven frames, raw tensors."""
    folder = parts.model.parent
    shutil.copytree(parts.character, folder / "few", ignore=lambda _, names: [
        name for name in names if name.split(".")[0].isdigit() and int(name.split(".")[0]) >= long_work.PICTURES])
    data = parts.audio.read_bytes()
    (folder / "short.wav").write_bytes(data[:4] + (36 + 48000).to_bytes(4, "little") + data[8:40]
                                       + (48000).to_bytes(4, "little") + data[44:48044])
    viseme_ok("dump", "--model", parts.model, "--character", folder / "few", "--features", parts.features, "--frames",
              2, "-o", folder / "raw", "--quiet")
    return parts


@pytest.mark.parametrize("command", WRITING)
def test_a_disk_that_fills_up(command: str, extras: Parts, tmp_path: Path) -> None:
    """Room for a page, for half of what comes, and for nearly all of it."""
    disk = tmp_path / "disk"
    reference = tmp_path / "reference"
    reference.mkdir()
    finished = viseme(*WRITING[command](extras, reference / "out"), "--quiet")
    assert finished.status in (0, 1), finished.err
    whole = sizes(reference)
    total = sum(-(-size // PAGE) * PAGE for size in whole.values())
    for size in (PAGE, total // 2, total - PAGE):
        if "report.html" in " ".join(whole) and size > total // 2:
            size = total // 4                           # of several files the sum says little about the last
        outcome = on_small_disk(disk, size, *WRITING[command](extras, disk / "out"), "--quiet",
                                largest=max(whole.values()))
        refused(outcome, disk / "out", "No space left on device", {**whole, **same_names(outcome, whole)})


def same_names(outcome: Outcome, whole: Dict[str, int]) -> Dict[str, int]:
    """Reports name the folder that they lie in, so that their sizes differ by a little: taken as they are."""
    return {name: size for name, size in outcome.files.items()
            if name in whole and name.endswith((".html", ".json")) and size > 0.9 * whole[name]}


@pytest.mark.parametrize("command", WRITING)
def test_a_read_only_disk(command: str, extras: Parts, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    outcome = on_read_only_disk(disk, *WRITING[command](extras, disk / "out"), "--quiet")
    refused(outcome, disk / "out", "Read-only file system", {})


def test_a_full_disk_at_every_stage_of_a_video(parts: Parts, tmp_path: Path) -> None:
    """In the middle, at the index, at the mark behind it: no video then, and a whole one as soon as there is room."""
    disk = tmp_path / "disk"
    command = parts.render(disk / "out.mp4", "--frames", 30)
    whole = len(viseme_bytes(parts, tmp_path / "whole.mp4"))
    seen = []
    for size in (whole // 3, whole - 4 * PAGE, whole - 2 * PAGE, whole - PAGE, 2 * whole):
        outcome = on_small_disk(disk, size, *command)
        seen.append(outcome.status)
        if outcome.status == DONE:
            assert outcome.files == {"out.mp4": whole}
        else:
            refused(outcome, disk / "out.mp4", "No space left on device", {})
            assert not outcome.files
    assert seen == [NOT_WRITTEN] * 4 + [DONE]


def viseme_bytes(parts: Parts, path: Path) -> bytes:
    viseme_ok(*parts.render(path, "--frames", 30))
    return path.read_bytes()


def test_files_that_may_not_grow(parts: Parts, tmp_path: Path) -> None:
    """ulimit -f: an error like a full disk, not the end by a signal."""
    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    run = subprocess.run([str(PROGRAM), *map(str, parts.render(tmp_path / "out.mp4"))], capture_output=True, text=True,
                         timeout=120, check=False, preexec_fn=bound)
    assert run.returncode == NOT_WRITTEN and "out.mp4: cannot be written: File too large" in run.stderr
    assert not list(tmp_path.iterdir())


def test_the_name_is_taken_by_a_folder_meanwhile(parts: Parts, tmp_path: Path) -> None:
    """The last step, the new name, fails too."""
    process = long_work.begin(*parts.render(tmp_path / "out.mp4", "--frames", 400))
    long_work.wait_until(lambda: bool(temporaries(tmp_path)), process)
    (tmp_path / "out.mp4").mkdir()
    said = process.communicate(timeout=60)[1]
    assert process.returncode == NOT_WRITTEN and "out.mp4: is a folder" in said and len(said.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


# --- standard output --------------------------------------------------------------------------------------------------

def printed(stdout: object, *arguments: Argument) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(PROGRAM), *map(str, arguments)], stdout=stdout, stderr=subprocess.PIPE, text=True,
                          timeout=120, check=False)


@pytest.mark.parametrize("arguments", (["--version"], ["--help"], ["render", "--help"], ["inspect"],
                                       ["inspect", "--json"]), ids=" ".join)
def test_standard_output_that_takes_nothing(arguments: List[str], parts: Parts) -> None:
    """A full disk, a reader that has gone, no output at all."""
    if arguments[0] == "inspect":
        arguments = [*arguments, "--model", str(parts.model)]
    with open("/dev/full", "w", encoding="ascii") as full:
        found = [(printed(full, *arguments), "No space left on device")]
    reader, writer = os.pipe()
    os.close(reader)
    found.append((printed(writer, *arguments), "Broken pipe"))
    os.close(writer)
    closed = subprocess.run(["sh", "-c", '"$@" >&-', "sh", str(PROGRAM), *arguments], stderr=subprocess.PIPE,
                            text=True, timeout=120, check=False)
    found.append((closed, "Bad file descriptor"))
    for run, why in found:
        assert run.returncode == NOT_WRITTEN
        assert len(run.stderr.splitlines()) == 1 and "standard output" in run.stderr and why in run.stderr


def test_closed_streams_do_not_get_into_files(parts: Parts, tmp_path: Path) -> None:
    """Without standard streams the first files opened would take their numbers."""
    export = ["export", "--model", parts.model, "--audio-mode", "ave", "-o"]
    viseme_ok(*export, tmp_path / "whole.onnx")
    closed = subprocess.run(["sh", "-c", '"$@" <&- >&- 2>&-', "sh", str(PROGRAM),
                             *map(str, [*export, tmp_path / "out.onnx"])], timeout=120, check=False)
    assert closed.returncode == NOT_WRITTEN
    assert (tmp_path / "out.onnx").read_bytes() == (tmp_path / "whole.onnx").read_bytes()
