"""Names that files bring along (keys, nodes, file names, columns) are words: in pages, in drawings, on a terminal."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable, Dict, List

import cv2
import numpy as np
import onnx
import onnx.numpy_helper
import pytest

import browser
import checkpoints
import footage
import sound
from program import BAD_INPUT, PATIENCE, PROGRAM, Finished, viseme

#: Markup, quotes, entities, and what steers a terminal: escape, C1's CSI, a return, text turned around.
MARKUP = "<script>alert(1)</script>\"' onload='alert(2)'&lt;img src=x>"
STEERING = "\x1b[2J\x1b]0;title\x07\u009b31m\r\u202e"
FORBIDDEN = [chr(code) for code in (*range(10), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F),
                                    *range(0x2066, 0x206A))]


def check_printed(finished: Finished) -> str:
    """All that a terminal got, which must not steer it."""
    printed = finished.out + finished.err
    for character in FORBIDDEN:
        assert character not in printed, f"{character!r} in {printed!r}"
    return printed


def check_page(page: Path) -> None:
    """The name is in the page, as words: of what it wrote no element, attribute or script came (browser.check_page)."""
    shown = " ".join(browser.check_page(page).words)
    assert "<script>alert(1)" in shown, "the name is not in the page"
    assert not set(FORBIDDEN) & set(shown), "a name turns the page's words around"


def renamed(model: Path, to: Path, factor: float) -> Path:
    """An .onnx whose nodes and weights carry bad names, one of its weights multiplied."""
    graph = onnx.load(str(model))
    for i, node in enumerate(graph.graph.node):
        node.name = f"{i}{MARKUP}{STEERING}"
        node.input[:] = [each + MARKUP + STEERING if each in initializers(graph) else each for each in node.input]
    for weight in graph.graph.initializer:
        weight.name += MARKUP + STEERING
    first = next(each for each in graph.graph.initializer if each.dims and len(each.dims) == 4)
    changed = onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(first) * np.float32(factor), first.name)
    first.CopyFrom(changed)
    onnx.save(graph, str(to))
    return to


def initializers(graph: onnx.ModelProto) -> set:
    return {each.name for each in graph.graph.initializer}


def test_nodes_and_weights(fixtures: Path, tmp_path: Path) -> None:
    source = fixtures / "onnx" / "unet160_ave.traced.dynamic.onnx"
    one, other = (renamed(source, tmp_path / name, factor) for name, factor in (("a.onnx", 1.0), ("b.onnx", 1.5)))
    finished = viseme("compare", one, other, "--nodes", "always", "--frames", 1, "-o", tmp_path / "report")
    assert finished.status in (0, 1), finished.err
    assert "<script>" in check_printed(finished)                # what is not markup there is shown as it is
    check_page(tmp_path / "report" / "report.html")


def test_names_of_pictures(tmp_path: Path) -> None:
    name = "a<b>&\"'\x1b[31m\u009b\u202e_0000.png"
    for folder, value in (("one", 10), ("other", 40)):
        (tmp_path / folder).mkdir()
        assert cv2.imwrite(str(tmp_path / "p.png"), np.full((32, 32, 3), value, np.uint8))
        shutil.move(str(tmp_path / "p.png"), str(tmp_path / folder / name))
    finished = viseme("compare", tmp_path / "one", tmp_path / "other", "-o", tmp_path / "report")
    assert finished.status in (0, 1), finished.err
    check_printed(finished)
    browser.check_page(tmp_path / "report" / "report.html")


def test_columns_of_figures(tmp_path: Path) -> None:
    columns = [{"name": "A", "mean": 0.5, "std": 0.2}, {"name": MARKUP + STEERING, "mean": 0.6, "std": 0.2}]
    (tmp_path / "figures.json").write_text(json.dumps({"columns": columns}))
    finished = viseme("compare", "--stats", tmp_path / "figures.json")
    assert finished.status == 1, finished.err
    assert "<script>" in check_printed(finished)


@pytest.mark.parametrize("legacy", (False, True), ids=("zip", "stream"))
def test_keys_of_checkpoints(legacy: bool, tmp_path: Path) -> None:
    state = checkpoints.unet("160", "ave", (4, 8, 12, 20, 36), 32).state_dict()
    for content, status in (({STEERING: state}, 0),             # weights under any one name are found
                            ({STEERING + key: value for key, value in state.items()}, BAD_INPUT),
                            ({**state, STEERING: next(iter(state.values()))}, BAD_INPUT)):
        path = checkpoints.save(content, tmp_path / "model.pth", legacy)
        finished = viseme("inspect", "--model", path)
        assert finished.status == status and len(finished.err.splitlines()) == (status != 0), finished.err
        check_printed(finished)


def test_folders_in_reports(tmp_path: Path) -> None:
    folder = tmp_path / MARKUP.replace("/", "|")
    character = footage.write_dataset(folder / "character", footage.make(160, 140, 80, 6))
    np.save(character / "aud_ave.npy", np.random.RandomState(1).normal(0, 1, (6, 512)).astype(np.float32))
    for number in (1, 2):
        network = checkpoints.seeded(checkpoints.unet("160", "ave", (4, 8, 12, 20, 36), 32), number)
        checkpoints.save(network.state_dict(), folder / f"{number}.pth")
    finished = viseme("sweep", folder, "--character", character, "--frames", 4, "-o", tmp_path / "report")
    assert finished.status == 0, finished.err
    check_printed(finished)
    check_page(tmp_path / "report" / "report.html")


#: What each command reads and writes, all in a folder whose name is no UTF-8.
REPORTED: Dict[str, Callable[[bytes], List[bytes]]] = {
    "render": lambda f: [b"--model", f + b"/m.pth", b"--character", f + b"/c", b"--features", f + b"/aud_ave.npy",
                         b"--frames", b"2", b"-o", f + b"/o.mp4"],
    "frames": lambda f: [b"--model", f + b"/m.pth", b"--character", f + b"/c", b"--features", f + b"/aud_ave.npy",
                         b"--frames", b"2", b"-o", f + b"/frames"],
    "dump": lambda f: [b"--model", f + b"/m.pth", b"--character", f + b"/c", b"--features", f + b"/aud_ave.npy",
                       b"--frames", b"2", b"-o", f + b"/dump"],
    "export": lambda f: [b"--model", f + b"/m.pth", b"--audio-mode", b"ave", b"-o", f + b"/m.onnx"],
    "inspect": lambda f: [f + b"/m.pth"],
    "bench": lambda f: [b"--model", f + b"/m.pth", b"--audio-mode", b"ave", b"--runs", b"1"],
    "infer": lambda f: [b"--model", f + b"/m.onnx", b"--data", f + b"/dump", b"-o", f + b"/y.npy"],
    "features": lambda f: [b"--audio", f + b"/speech.wav", b"--mel", f + b"/mel.npy"],
    "compare": lambda f: [f + b"/m.pth", f + b"/m.onnx", b"--audio-mode", b"ave", b"--frames", b"2", b"-o",
                          f + b"/compare"],
    "diagnose": lambda f: [b"--model", f + b"/m.pth", b"--character", f + b"/c", b"--features", f + b"/aud_ave.npy",
                           b"--frames", b"4", b"-o", f + b"/diagnose"],
    "sweep": lambda f: [f + b"/m.pth", b"--character", f + b"/c", b"--features", f + b"/aud_ave.npy", b"--frames",
                        b"2", b"-o", f + b"/sweep"],
}


def test_reports_of_names_that_are_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 become "?", and no report fails for them after the work."""
    plain, folder = tmp_path / "plain", os.fsencode(tmp_path) + b"/caf\xe9 \xc3\xb6"
    footage.write_dataset(plain / "c", footage.make(160, 140, 80, 6))
    checkpoints.save(checkpoints.unet("160", "ave", (2, 2, 2, 2, 2), 32).state_dict(), plain / "m.pth")
    np.save(plain / "aud_ave.npy", np.random.RandomState(1).normal(0, 1, (6, 512)).astype(np.float32))
    sound.write_wav(plain / "speech.wav", sound.babble(2, 16000), 16000)
    os.rename(plain, folder)
    for command, arguments in REPORTED.items():
        run = subprocess.run([os.fsencode(PROGRAM), command.encode(), *arguments(folder), b"--json"],
                             capture_output=True, timeout=120 * PATIENCE, stdin=subprocess.DEVNULL, check=False)
        assert run.returncode in (0, 1), (command, run.stderr)
        report = json.loads(run.stdout.decode("utf-8"))
        assert command == "bench" or "caf? ö" in json.dumps(report, ensure_ascii=False), command
