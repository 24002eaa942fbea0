"""What a container says of the footage's look: which way up, mirrored, pixels that are not square, HDR, wide gamuts."""
from __future__ import annotations

import struct
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

import numpy as np
import pytest

import checkpoints
import footage
import media
import networks
from program import BAD_INPUT, Finished, viseme

SQUARE = (60, 50, 120, 110)                                     # lies in the picture and in the turned one
#: a b / c d of every matrix that turns by quarters, mirrored or not.
MATRICES = ((1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1),
            (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0))
#: Light in BT.709's primaries to BT.2020's (ITU-R BT.2087).
TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


class Stage(NamedTuple):
    """All that a render needs beside footage, and the footage as one would film it."""

    model: Path
    features: Path
    picture: np.ndarray
    plain: Path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("look")
    network = checkpoints.unet("160", "ave", (4, 8, 12, 20, 36), 32, seed=3)
    np.save(folder / "features.npy", np.zeros((4, 512), np.float32))
    picture = footage.draw(200, 180, SQUARE, 5)
    picture[150:, :50] = 255                                    # white, and colours at their full
    picture[150:, 50:100] = (0, 0, 180)
    plain = footage.write_video(folder / "plain.mp4", [picture] * 2, crf=4)
    return Stage(checkpoints.save(network.state_dict(), folder / "model.pth"), folder / "features.npy", picture, plain)


def render(stage: Stage, folder: Path, video: bytes, squares: int = 2, name: str = "full_body_video.mp4") -> Finished:
    """Renders a package with that video; the result is folder/out.mp4."""
    package = folder / "package"
    package.mkdir()
    (package / name).write_bytes(video)
    footage.write_rectangles(package / "crop_rectangles.json", [SQUARE] * squares)
    return viseme("render", "--model", stage.model, "--audio-mode", "ave", "--features", stage.features, "--character",
                  package, "--frames", 1, "--crf", 4, "--preset", "ultrafast", "-o", folder / "out.mp4")


def with_matrix(path: Path, a: float, b: float, c: float, d: float) -> bytes:
    """The file with another display matrix in its first track header (version 0)."""
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 40
    data[at:at + 20] = struct.pack(">5i", int(a * 65536), int(b * 65536), 0, int(c * 65536), int(d * 65536))
    return bytes(data)


def as_ffmpeg_shows(path: Path) -> np.ndarray:
    """The first frame, turned by ffmpeg: uint8 [H, W, 3] in B, G, R."""
    shown = path.with_suffix(".shown.mp4")
    media.ffmpeg("-i", path, "-frames:v", 1, "-c:v", "libx264", "-crf", 4, shown)
    return media.frames(shown)[0]


def convert(stage: Stage, path: Path, *options: object) -> bytes:
    media.ffmpeg("-i", stage.plain, *options, path)
    return path.read_bytes()


@pytest.mark.parametrize("matrix", MATRICES)
def test_all_eight_display_matrices(matrix: Tuple[int, ...], stage: Stage, tmp_path: Path) -> None:
    video = with_matrix(stage.plain, *matrix)
    (tmp_path / "given.mp4").write_bytes(video)
    done = render(stage, tmp_path, video)
    assert done.status == 0, done.err
    made, expected = media.frames(tmp_path / "out.mp4")[0].astype(int), as_ffmpeg_shows(tmp_path / "given.mp4")
    assert made.shape == expected.shape
    away = np.ones(made.shape[:2], bool)
    away[SQUARE[1]:SQUARE[3], SQUARE[0]:SQUARE[2]] = False
    assert np.abs(made - expected)[away].mean() < 4


@pytest.mark.parametrize("matrix", ((0.8, 0.6, -0.6, 0.8), (1, 0.5, 0, 1)))
def test_other_matrices_are_refused(matrix: Tuple[float, ...], stage: Stage, tmp_path: Path) -> None:
    done = render(stage, tmp_path, with_matrix(stage.plain, *matrix))
    assert done.status == BAD_INPUT and "display matrix" in done.err and "ffmpeg -i" in done.err


@pytest.mark.parametrize("turned", (False, True))
@pytest.mark.parametrize("height", (180, 179))
def test_pixels_that_are_not_square(turned: bool, height: int, stage: Stage, tmp_path: Path) -> None:
    """Their shape is carried over, in the stream and in the container."""
    path = tmp_path / "sar.mkv"
    convert(stage, path, "-vf", f"crop=200:{height}:0:0:exact=1,setsar=4/3", "-c:v", "ffv1")
    if turned:
        media.ffmpeg("-i", path, "-c:v", "libx264", "-pix_fmt", "yuv444p", "-crf", 4, tmp_path / "sar.mp4")
        path = tmp_path / "turned.mp4"
        path.write_bytes(with_matrix(tmp_path / "sar.mp4", 0, 1, -1, 0))
    done = render(stage, tmp_path, path.read_bytes())
    assert done.status == 0, done.err
    made = media.stream(tmp_path / "out.mp4", "video")
    assert made["sample_aspect_ratio"] == ("3:4" if turned else "4:3")
    media.ffmpeg("-i", tmp_path / "out.mp4", "-c", "copy", "-bsf:v", "h264_mp4toannexb", tmp_path / "bare.h264")
    assert media.stream(tmp_path / "bare.h264", "video")["sample_aspect_ratio"] == ("3:4" if turned else "4:3")


def test_pixels_of_a_package_of_crops(stage: Stage, tmp_path: Path) -> None:
    video = convert(stage, tmp_path / "sar.mp4", "-vf", "scale=328:328,setsar=16/11", "-c:v", "libx264")
    done = render(stage, tmp_path, video, name="crops_328_video.mp4")
    assert done.status == 0, done.err
    assert media.stream(tmp_path / "out.mp4", "video")["sample_aspect_ratio"] == "16:11"


def hlg(light: np.ndarray) -> np.ndarray:
    """Values of light in cd/m2 on a screen of 1000 (BT.2100: the system gamma of 1.2 undone, then the OETF)."""
    light = light / 1000
    luma = np.maximum(light @ (0.2627, 0.6780, 0.0593), 1e-9)[..., None]
    scene = light * luma ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-9)) + c)


def pq(light: np.ndarray) -> np.ndarray:
    """Values of light in cd/m2 (SMPTE ST 2084)."""
    power = (light / 10000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


def sdr(light: np.ndarray) -> np.ndarray:
    return (light / 203) ** (1 / 2.4)


def hdr(stage: Stage, path: Path, transfer: str, tags: bool = True) -> bytes:
    """The picture as it would be filmed, its white at 203 cd/m2, in HEVC of 10 bits."""
    light = 203 * (stage.picture[..., ::-1] / 255) ** 2.4 @ TO_2020.T
    values = {"arib-std-b67": hlg, "smpte2084": pq, "bt2020-10": sdr}[transfer](light)
    raw = path.with_suffix(".raw")
    raw.write_bytes(np.rint(np.clip(values, 0, 1) * 65535).astype("<u2").tobytes() * 2)
    named = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc") if tags else ()
    media.ffmpeg("-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", "200x180", "-r", 25, "-i", raw, "-vf",
                 "scale=out_color_matrix=bt2020:out_range=tv:flags=accurate_rnd,format=yuv444p10le", "-c:v", "libx265",
                 "-x265-params", "log-level=error:pools=1:frame-threads=1", "-crf", 2, *named, "-tag:v", "hvc1", path)
    return path.read_bytes()


@pytest.mark.parametrize("transfer,white", (("arib-std-b67", 230), ("smpte2084", 230), ("bt2020-10", 255)))
def test_hdr_and_wide_gamuts_become_sdr(transfer: str, white: int, stage: Stage, tmp_path: Path) -> None:
    """What was made of SDR comes back; of HDR's highlights as much as BT.2390 leaves: 158 of 203 cd/m2 for white."""
    done = render(stage, tmp_path, hdr(stage, tmp_path / "hdr.mp4", transfer))
    assert done.status == 0 and "colours" not in done.err, done.err
    made = media.frames(tmp_path / "out.mp4")[0].astype(int)
    away = np.ones(made.shape[:2], bool)
    away[SQUARE[1] - 2:SQUARE[3] + 2, SQUARE[0] - 2:SQUARE[2] + 2] = False
    difference = (made - stage.picture)[away & (stage.picture.max(2) < 170)]
    assert np.abs(difference).mean() < 3
    assert np.abs(difference.mean(0)).max() < 1.5, "colours are shifted"
    assert np.abs(made[160:175, 60:90].mean((0, 1)) - (0, 0, 180)).max() < 6, "colours are faded"
    assert made[160:175, 5:40].mean() == pytest.approx(white, abs=3)
    video = media.stream(tmp_path / "out.mp4", "video")
    assert (video["color_primaries"], video["color_transfer"]) == ("bt709", "bt709")


def test_the_container_s_word_where_the_stream_has_none(stage: Stage, tmp_path: Path) -> None:
    """Only Matroska's header says that it is HLG."""
    bare = tmp_path / "bare.mp4"
    hdr(stage, bare, "arib-std-b67", tags=False)
    tagged = tmp_path / "tagged.mkv"
    media.ffmpeg("-i", bare, "-c", "copy", "-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace",
                 "bt2020nc", tagged)
    done = render(stage, tmp_path, tagged.read_bytes())
    assert done.status == 0, done.err
    assert media.frames(tmp_path / "out.mp4")[0][160:175, 5:40].mean() == pytest.approx(230, abs=3)


def tagged(stage: Stage, path: Path, vui: str, container: Tuple[str, ...] = ()) -> bytes:
    """The plain footage with other tags in the stream, and maybe in the container."""
    return convert(stage, path, "-c", "copy", "-bsf:v", f"h264_metadata={vui}", *container)


@pytest.mark.parametrize("vui,expected", (
    ("colour_primaries=5:transfer_characteristics=6:matrix_coefficients=5", ("bt470bg", "smpte170m")),
    ("colour_primaries=6:transfer_characteristics=4:matrix_coefficients=6", ("smpte170m", "bt470m")),
    ("colour_primaries=1:transfer_characteristics=13:matrix_coefficients=1", ("bt709", "iec61966-2-1"))))
def test_usual_colours_are_carried(vui: str, expected: Tuple[str, str], stage: Stage, tmp_path: Path) -> None:
    done = render(stage, tmp_path, tagged(stage, tmp_path / "tagged.mp4", vui))
    assert done.status == 0 and "colours" not in done.err, done.err
    video = media.stream(tmp_path / "out.mp4", "video")
    assert (video["color_primaries"], {"gamma22": "bt470m"}.get(video["color_transfer"], video["color_transfer"])) \
        == expected


@pytest.mark.parametrize("vui,word", (
    ("matrix_coefficients=8", "ycgco"), ("matrix_coefficients=10", "bt2020c"), ("matrix_coefficients=14", "ictcp"),
    ("transfer_characteristics=8", "linear"), ("transfer_characteristics=9", "log"),
    ("colour_primaries=8", "film"), ("colour_primaries=10", "smpte428")))
def test_odd_colours_are_refused(vui: str, word: str, stage: Stage, tmp_path: Path) -> None:
    done = render(stage, tmp_path, tagged(stage, tmp_path / "tagged.mp4", vui))
    assert done.status == BAD_INPUT and word in done.err and "ffmpeg -i" in done.err, done.err


def test_a_container_that_contradicts_its_stream_is_told(stage: Stage, tmp_path: Path) -> None:
    container = ("-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc")
    video = tagged(stage, tmp_path / "tagged.mkv", "colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1",
                   container)
    done = render(stage, tmp_path, video)
    assert done.status == 0 and "name different colours" in done.err, done.err
