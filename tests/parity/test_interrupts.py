"""What is left when viseme is told to stop, is killed, or meets an input that turns bad on the way."""
from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np
import pytest

import footage
import long_work
import media
from long_work import Parts, begin, end, temporaries, wait_until
from program import BAD_INPUT, DONE, STOPPED, USAGE, Argument, viseme, viseme_ok


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return long_work.make(tmp_path_factory.mktemp("parts"))


def begin_render(parts: Parts, output: Path, *options: Argument, least: int = 100_000,
                 ignored: int = 0) -> "subprocess.Popen[str]":
    """A render that has written so many bytes."""
    process = begin(*parts.render(output, *options), ignored=ignored)
    wait_until(lambda: any(path.stat().st_size >= least for path in output.parent.glob(f".{output.stem}.*.tmp.mp4")),
               process)
    return process


def kept(said: str, partial: Path, start: int = 0) -> int:
    """How many frames the one line on stderr says are in the partial file, and from where it says to go on."""
    lines = said.splitlines()
    assert len(lines) == 1, said
    match = re.search(r"(\S+) is what there is so far, (\d+) frames? \((\d+\.\d\d) s\); go on with --start (\d+)",
                      lines[0])
    assert match, said
    frames = int(match[2])
    assert match[1] == str(partial) and float(match[3]) == pytest.approx(frames / 25, abs=0.006)
    assert int(match[4]) == start + frames
    return frames


def is_whole(path: Path, frames: int) -> None:
    """A finished file: every frame, sound as long, index in front, marked as machine-made."""
    video, audio = media.stream(path, "video", "-count_frames"), media.stream(path, "audio")
    assert int(video["nb_read_frames"]) == frames
    assert float(video["duration"]) == pytest.approx(frames / 25, abs=1e-3)
    assert float(audio["duration"]) == pytest.approx(frames / 25, abs=1e-3)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"compositeWithTrainedAlgorithmicMedia" in data[data.index(b"<x:xmpmeta"):data.index(b"</x:xmpmeta>")]


# --- told to stop -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("number", long_work.ASKING, ids=lambda number: number.name)
def test_the_frames_so_far_are_kept(number: signal.Signals, parts: Parts, tmp_path: Path) -> None:
    """They are, byte for byte, the file that a render of just so many frames gives."""
    process = begin_render(parts, tmp_path / "talking.mp4", "--no-sign")
    said = end(process, number)
    partial = tmp_path / "talking.partial.mp4"
    assert process.returncode == STOPPED, said
    assert list(tmp_path.iterdir()) == [partial]
    frames = kept(said, partial)
    is_whole(partial, frames)
    viseme_ok(*parts.render(tmp_path / "short.mp4", "--frames", frames, "--no-sign"))
    assert partial.read_bytes() == (tmp_path / "short.mp4").read_bytes()


def test_going_on_where_it_stopped(parts: Parts, tmp_path: Path) -> None:
    """A clip that begins later is kept likewise; with what is said to come next it is the whole."""
    process = begin_render(parts, tmp_path / "a.mp4", "--start", 11)
    frames = kept(end(process, signal.SIGTERM), tmp_path / "a.partial.mp4", 11)
    viseme_ok(*parts.render(tmp_path / "b.mp4", "--start", 11 + frames, "--frames", 9))
    viseme_ok(*parts.render(tmp_path / "whole.mp4", "--start", 11, "--frames", frames + 9))
    pieces = [media.frames(tmp_path / name) for name in ("a.partial.mp4", "b.mp4")]
    assert np.array_equal(np.concatenate(pieces), media.frames(tmp_path / "whole.mp4"))


@pytest.mark.parametrize("numbers", itertools.permutations(long_work.ASKING, 2),
                         ids=lambda numbers: "-".join(number.name for number in numbers))
def test_signals_at_once_are_one(numbers: Sequence[signal.Signals], parts: Parts, tmp_path: Path) -> None:
    """As `timeout` sends two, to its child and to their group, and a terminal that closes."""
    process = begin_render(parts, tmp_path / "talking.mp4", least=2_000_000)
    said, partial = end(process, *numbers), tmp_path / "talking.partial.mp4"
    assert process.returncode == STOPPED
    is_whole(partial, kept(said, partial))


def full_pipe() -> Tuple[int, int]:
    """A pipe without room: who writes into it hangs."""
    ours, its = os.pipe()
    os.set_blocking(its, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(its, b"\n" * 4096)
    os.set_blocking(its, True)
    return ours, its


def hangs_in_a_pipe(process: "subprocess.Popen[str]") -> bool:
    return any("pipe_write" in path.read_text() for path in Path(f"/proc/{process.pid}/task").glob("*/wchan"))


def test_who_insists_ends_it_at_once(parts: Parts, tmp_path: Path) -> None:
    """SIGINT a second after the first signal, where the work does not stop: it hangs in a warning that nobody reads.
    Other signals count once, however often they come."""
    audio = tmp_path / "speech.mp3"
    media.ffmpeg("-i", parts.audio, "-b:a", "8k", audio)
    data = bytearray(audio.read_bytes())
    data[20000:22000] = bytes(2000)
    audio.write_bytes(data)
    command = [each for each in parts._replace(audio=audio).render(tmp_path / "talking.mp4") if each != "--quiet"]
    ours, its = full_pipe()
    process = begin(*command, stderr=its)
    os.close(its)
    wait_until(lambda: bool(temporaries(tmp_path)) and hangs_in_a_pipe(process), process)
    for _ in range(3):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
    assert temporaries(tmp_path)

    def insist() -> bool:
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        return not temporaries(tmp_path)

    wait_until(insist, process)
    with open(ours, encoding="utf-8") as stream:
        said = stream.read().splitlines()
    assert (process.wait(60), said[-1]) == (STOPPED, "viseme render: stopped")
    assert list(tmp_path.iterdir()) == [audio]


def test_stopped_before_the_first_frame(parts: Parts, tmp_path: Path) -> None:
    process = begin(*parts.render(tmp_path / "talking.mp4"))
    said = end(process, signal.SIGTERM)
    assert process.returncode == STOPPED and len(said.splitlines()) == 1 and "stopped" in said
    partial = tmp_path / "talking.partial.mp4"              # there may have been one or two by then
    assert list(tmp_path.iterdir()) == ([partial] if "so far" in said else [])


def test_what_was_ignored_stays_ignored(parts: Parts, tmp_path: Path) -> None:
    """Under nohup the end of the terminal does not end the work."""
    process = begin_render(parts, tmp_path / "talking.mp4", ignored=signal.SIGHUP)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    end(process, signal.SIGTERM)
    assert process.returncode == STOPPED


def test_a_partial_name_that_is_taken(parts: Parts, tmp_path: Path) -> None:
    """Nothing is replaced: the next name that is free."""
    (tmp_path / "talking.partial.mp4").mkdir()
    (tmp_path / "talking.partial-2.mp4").write_bytes(b"an hour's work")
    process = begin_render(parts, tmp_path / "talking.mp4")
    said, partial = end(process, signal.SIGTERM), tmp_path / "talking.partial-3.mp4"
    assert process.returncode == STOPPED
    is_whole(partial, kept(said, partial))
    assert (tmp_path / "talking.partial-2.mp4").read_bytes() == b"an hour's work"
    assert not temporaries(tmp_path)


@pytest.mark.parametrize("part", ("audio", "features"))
def test_a_partial_name_that_is_an_input(part: str, parts: Parts, tmp_path: Path) -> None:
    taken = tmp_path / "talking.partial.mp4"
    taken.symlink_to(getattr(parts, part))
    if part == "audio":                                     # an input may well be called so
        parts = parts._replace(audio=taken)
    before = getattr(parts, part).read_bytes()
    process = begin_render(parts, tmp_path / "talking.mp4")
    kept(end(process, signal.SIGTERM), tmp_path / "talking.partial-2.mp4")
    assert taken.is_symlink() and getattr(parts, part).read_bytes() == before


def test_frames_that_cannot_be_kept(parts: Parts, tmp_path: Path) -> None:
    """That is said too: here the folder goes away."""
    folder = tmp_path / "gone"
    folder.mkdir()
    process = begin_render(parts, folder / "talking.mp4")
    folder.rename(tmp_path / "elsewhere")
    said = end(process, signal.SIGTERM)
    assert process.returncode == STOPPED and "could not be kept" in said


# --- outputs that are links -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("there", (True, False), ids=("", "dangling"))
def test_an_output_that_is_a_link(there: bool, parts: Parts, tmp_path: Path) -> None:
    """The file that it leads to is written, and the partial one stands beside that."""
    (tmp_path / "disk").mkdir()
    link, target = tmp_path / "talking.mp4", tmp_path / "disk" / "t.mp4"
    link.symlink_to("disk/t.mp4")
    if there:
        target.write_bytes(b"old")
    viseme_ok(*parts.render(link, "--frames", 2))
    is_whole(target, 2)
    process = begin(*parts.render(link))
    wait_until(lambda: any(path.stat().st_size > 100_000 for path in temporaries(target.parent)), process)
    partial = tmp_path / "disk" / "t.partial.mp4"
    is_whole(partial, kept(end(process, signal.SIGTERM), partial))
    assert link.is_symlink() and sorted(tmp_path.iterdir()) == [target.parent, link]


def test_an_output_that_leads_to_an_input(parts: Parts, tmp_path: Path) -> None:
    link = tmp_path / "talking.mp4"
    link.symlink_to(parts.audio)
    before = parts.audio.read_bytes()
    finished = viseme(*parts.render(link, "--frames", 2))
    assert finished.status == USAGE and "is read by this command" in finished.err
    assert parts.audio.read_bytes() == before


#: Commands that show how far they are. Each takes longer than anybody waits.
LONG: Dict[str, Callable[[Parts, Path], List[Argument]]] = {
    "frames": lambda p, out: ["--model", p.model, "--character", p.character, "--features", p.features, "--frames", -1,
                              "-o", out],
    "dump": lambda p, out: ["--model", p.model, "--character", p.character, "--features", p.features, "--frames", -1,
                            "-o", out],
    "features": lambda p, out: ["--audio", p.audio, "--audio-encoder", p.encoder, "-o", out.with_suffix(".npy"),
                                "--mel", out.with_suffix(".mel.npy")],
    "diagnose": lambda p, out: ["--model", p.model, "--character", p.character, "--features", p.features, "--frames",
                                1000, "-o", out],
    "sweep": lambda p, out: [p.model, "--character", p.character, "--features", p.features, "--frames", -1, "-o", out],
    "compare": lambda p, out: [p.model, p.model, "--character", p.character, "--features", p.features, "--frames",
                               1500, "-o", out],
    "bench": lambda p, out: ["--model", p.encoder, "--batch", 25, "--runs", 1000],
}


@pytest.mark.parametrize("command", LONG)
def test_other_commands_leave_nothing_unfinished(command: str, parts: Parts, tmp_path: Path) -> None:
    process = begin(command, *LONG[command](parts, tmp_path / "out"), "--quiet")
    time.sleep(0.4)
    said = end(process, signal.SIGTERM)
    assert process.returncode == STOPPED, said
    assert len(said.splitlines()) == 1 and "stopped" in said
    assert not temporaries(tmp_path)
    assert not list(tmp_path.rglob("*.npy")) and not list(tmp_path.rglob("*.bin"))


@pytest.mark.parametrize("delay", (0, 0.005, 0.01, 0.02, 0.05))
def test_short_commands_are_whole_or_nothing(delay: float, parts: Parts, tmp_path: Path) -> None:
    """Whenever the signal comes, what has the final name is finished."""
    export = ["export", "--model", parts.encoder, "--quiet", "-o"]
    viseme_ok(*export, tmp_path / "whole.onnx")
    process = begin(*export, tmp_path / "out.onnx")
    time.sleep(delay)
    end(process, signal.SIGTERM)
    assert process.returncode in (DONE, STOPPED)
    assert not temporaries(tmp_path)
    if process.returncode == DONE or (tmp_path / "out.onnx").exists():
        assert (tmp_path / "out.onnx").read_bytes() == (tmp_path / "whole.onnx").read_bytes()


# --- killed -----------------------------------------------------------------------------------------------------------

def test_killed(parts: Parts, tmp_path: Path) -> None:
    """Nothing has the final name; the next render of that name clears away what is left."""
    process = begin_render(parts, tmp_path / "talking.mp4")
    end(process, signal.SIGKILL)
    assert [path.name for path in tmp_path.iterdir()] == [path.name for path in temporaries(tmp_path)]
    viseme_ok(*parts.render(tmp_path / "other.mp4", "--frames", 2))
    assert len(temporaries(tmp_path)) == 1, "another video's"
    viseme_ok(*parts.render(tmp_path / "talking.mp4", "--frames", 2))
    assert not temporaries(tmp_path)


def test_what_another_process_is_writing_is_left_alone(parts: Parts, tmp_path: Path) -> None:
    process = begin_render(parts, tmp_path / "talking.mp4")
    viseme_ok(*parts.render(tmp_path / "talking.mp4", "--frames", 2))
    assert len(temporaries(tmp_path)) == 1
    is_whole(tmp_path / "talking.partial.mp4", kept(end(process, signal.SIGINT), tmp_path / "talking.partial.mp4"))
    is_whole(tmp_path / "talking.mp4", 2)


# --- inputs that turn bad ---------------------------------------------------------------------------------------------

def copied(parts: Parts, folder: Path) -> Parts:
    """Parts with a character to be spoilt, its pictures files of their own."""
    shutil.copytree(parts.character, folder / "character")
    return parts._replace(character=folder / "character")


def fails_midway(parts: Parts, sound_one: Parts, folder: Path, *words: str) -> int:
    """Renders parts of which something is bad on the way: the fault is named in one line, and what was kept is what
    the sound parts give for so many frames. How many there were."""
    output, partial = folder / "talking.mp4", folder / "talking.partial.mp4"
    finished = viseme(*parts.render(output, "--frames", 60, "--no-sign"))
    assert finished.status == BAD_INPUT, finished.err
    for word in words:
        assert word in finished.err, finished.err
    frames = kept(finished.err, partial)
    assert not output.exists() and not temporaries(folder)
    viseme_ok(*sound_one.render(folder / "short.mp4", "--frames", frames, "--no-sign"))
    assert partial.read_bytes() == (folder / "short.mp4").read_bytes()
    return frames


def test_a_picture_is_cut_short(parts: Parts, tmp_path: Path) -> None:
    spoilt = copied(parts, tmp_path)
    picture = spoilt.character / "full_body_img" / "30.jpg"
    picture.write_bytes(picture.read_bytes()[:-400])
    assert fails_midway(spoilt, parts, tmp_path, str(picture)) == 29        # the bounce begins at frame 1


def test_a_picture_has_gone(parts: Parts, tmp_path: Path) -> None:
    """Not there any more when it is wanted."""
    spoilt = copied(parts, tmp_path)
    output, partial = tmp_path / "talking.mp4", tmp_path / "talking.partial.mp4"
    process = begin_render(spoilt, output, "--cache-mb", 1)
    shutil.rmtree(spoilt.character / "full_body_img")
    said = process.communicate(timeout=60)[1]
    assert process.returncode == BAD_INPUT and "full_body_img" in said
    is_whole(partial, kept(said, partial))


def test_the_first_picture_is_bad(parts: Parts, tmp_path: Path) -> None:
    """No frame, no file."""
    spoilt = copied(parts, tmp_path)
    picture = spoilt.character / "full_body_img" / "1.jpg"
    picture.unlink()
    picture.write_bytes(b"\xff\xd8\xff")
    finished = viseme(*spoilt.render(tmp_path / "talking.mp4"))
    assert finished.status == BAD_INPUT and str(picture) in finished.err
    assert [path.name for path in tmp_path.iterdir()] == ["character"]


def test_a_video_is_damaged(parts: Parts, tmp_path: Path) -> None:
    """Frames without B-frames, so that the damaged packet is that frame; a key frame every 40."""
    drawn = footage.make(96, 96, 60, long_work.PICTURES)
    many = footage.Footage(*([each[i % len(each)] for i in range(50)] for each in drawn))
    good, bad = parts._replace(character=tmp_path / "good"), parts._replace(character=tmp_path / "bad")
    video = footage.write_package(good.character, many, options=("-bf", "0", "-g", "40")) / "full_body_video.mp4"
    shutil.copytree(good.character, bad.character)
    packet = media.probe(video, "-select_streams", "v", "-show_entries", "packet=pos,size")["packets"][20]
    data = bytearray(video.read_bytes())
    data[int(packet["pos"]) + 5:int(packet["pos"]) + int(packet["size"])] = bytes(int(packet["size"]) - 5)
    (bad.character / video.name).write_bytes(data)
    assert fails_midway(bad, good, tmp_path, str(bad.character / video.name), "frame 20") == 19


def test_a_features_file_is_cut_short_meanwhile(parts: Parts, tmp_path: Path) -> None:
    features = tmp_path / "aud_ave.npy"
    shutil.copy(parts.features, features)
    process = begin_render(parts._replace(features=features), tmp_path / "talking.mp4")
    with features.open("r+b") as file:
        file.truncate(4096)
    said, partial = process.communicate(timeout=60)[1], tmp_path / "talking.partial.mp4"
    assert process.returncode == BAD_INPUT and str(features) in said
    is_whole(partial, kept(said, partial))


def test_sound_that_cannot_go_on(parts: Parts, tmp_path: Path) -> None:
    """AAC whose rate changes after a second, as two recordings put together give it: the time is named."""
    pieces = []
    for rate in (16000, 24000):
        piece = tmp_path / f"{rate}.aac"
        media.ffmpeg("-t", "1", "-i", parts.audio, "-ar", rate, piece)
        pieces.append(piece.read_bytes())
    audio = tmp_path / "speech.aac"
    audio.write_bytes(b"".join(pieces))
    finished = viseme(*parts._replace(audio=audio).render(tmp_path / "talking.mp4", "--frames", 60))
    assert finished.status == BAD_INPUT and re.search(rf"{audio}: the rate changes .* at 1\.\d\d s", finished.err)
    partial = tmp_path / "talking.partial.mp4"
    frames = kept(finished.err, partial)
    assert 24 <= frames <= 30 and int(media.stream(partial, "video", "-count_frames")["nb_read_frames"]) == frames
    assert float(media.stream(partial, "audio")["duration"]) == pytest.approx(frames / 25, abs=0.05)


@pytest.mark.parametrize("kind", ("mp3", "aac", "wav"))
def test_damaged_sound_is_silence_from_where_it_is_told(kind: str, parts: Parts, tmp_path: Path) -> None:
    """The clip goes on: what is lost is silence, with a warning that names file and time."""
    audio = tmp_path / f"speech.{kind}"
    media.ffmpeg("-t", "2", "-i", parts.audio, "-ar", "16000", audio)
    data = bytearray(audio.read_bytes())
    if kind == "wav":
        del data[len(data) // 2:]
    else:
        data[len(data) // 2:len(data) // 2 + 2000] = bytes(2000)
    audio.write_bytes(data)
    command = [each for each in parts._replace(audio=audio).render(tmp_path / "talking.mp4", "--frames", 40)
               if each != "--quiet"]
    finished = viseme_ok(*command)
    assert re.search(rf"warning: {audio}: damaged sound at [01]\.\d\d s", finished.err), finished.err
    assert int(media.stream(tmp_path / "talking.mp4", "video", "-count_frames")["nb_read_frames"]) == 40
