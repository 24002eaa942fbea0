"""Footage and sound from strangers: what is read, what is refused, and that nothing else is touched."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Sequence, Tuple

import cv2
import numpy as np
import pytest

import checkpoints
import footage
import media
import sound
import traps
from program import BAD_INPUT, Finished, viseme, viseme_ok

Case = Tuple[str, str]

FRAMES, SECONDS, RATE = 10, 1.1, 48000
LIKE_THE_SOURCE = 30.0                                  # PSNR in dB: lossy codecs and chroma at half size pass

#: What phones, cameras, web pages, editors and Python programs make: suffix, options.
FOOTAGE: List[Case] = [
    ("mp4", "-c:v libx264 -pix_fmt yuv420p -crf 12"),
    ("mp4", "-c:v libx264 -pix_fmt yuv420p -crf 12 -movflags frag_keyframe+empty_moov"),
    ("mov", "-c:v libx264 -pix_fmt yuv422p10le -crf 12"),
    ("mp4", "-c:v libx265 -x265-params log-level=none:crf=12 -pix_fmt yuv420p -tag:v hvc1"),
    ("mp4", "-c:v mpeg4 -q:v 2"),
    ("mkv", "-c:v libvpx -b:v 4M"),
    ("webm", "-c:v libvpx-vp9 -b:v 4M -cpu-used 8"),
    ("mp4", "-c:v libaom-av1 -b:v 4M -cpu-used 8 -usage realtime"),
    ("avi", "-c:v mpeg4 -q:v 2 -vtag XVID"),
    ("avi", "-c:v mjpeg -q:v 2 -pix_fmt yuvj422p"),
    ("ts", "-c:v libx264 -pix_fmt yuv420p -crf 12"),
    ("m2ts", "-c:v libx264 -pix_fmt yuv420p -crf 12"),
    ("ts", "-c:v mpeg2video -q:v 2"),
    ("mxf", "-c:v mpeg2video -q:v 2 -pix_fmt yuv422p"),
    ("mov", "-c:v prores_ks"),
    ("mov", "-c:v dnxhd -profile:v dnxhr_hq -pix_fmt yuv422p"),
    ("mkv", "-c:v ffv1"),
    ("avi", "-c:v huffyuv -pix_fmt yuv422p"),
    ("avi", "-c:v utvideo -pix_fmt gbrp"),
    ("mov", "-c:v png -pix_fmt rgb24"),
    ("avi", "-c:v rawvideo -pix_fmt bgr24"),
    ("mov", "-c:v v210"),
]
#: What recorders, phones, editors and the web make.
SOUND: List[Case] = [
    *[("wav", f"-c:a {codec}") for codec in (
        "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw",
        "adpcm_ima_wav", "adpcm_ms")],
    ("wav", "-rf64 always"), ("w64", ""), ("aiff", ""), ("aiff", "-c:a pcm_s24be"), ("aiff", "-c:a pcm_f32be"),
    ("caf", "-c:a pcm_s16le"), ("caf", "-c:a pcm_s32be"), ("au", ""), ("flac", ""), ("mp3", ""), ("ogg", "-c:a libvorbis"),
    ("opus", ""), ("ogg", "-c:a flac"), ("aac", ""), ("m4a", "-c:a aac"), ("m4a", "-c:a alac"), ("mov", "-c:a pcm_f64be"),
    ("mov", "-c:a pcm_s8"), ("mka", "-c:a ac3"), ("webm", "-c:a libopus"), ("ts", "-c:a aac"), ("ts", "-c:a mp2"),
    ("avi", "-c:a mp3"), ("mxf", "-f mxf_opatom -c:a pcm_s16le"),
]
OTHER_FOOTAGE = [("gif", ""), ("ogv", "-c:v libtheora"), ("flv", "-c:v flv"), ("wmv", ""), ("nut", "-c:v mpeg4"),
                 ("h264", "-c:v libx264"), ("y4m", "-pix_fmt yuv420p"), ("mkv", "-c:v libtheora"), ("avi", "-c:v msmpeg4")]
OTHER_SOUND = [("wma", ""), ("wv", ""), ("tta", ""), ("voc", ""), ("mkv", "-c:a wmav2"), ("ogg", "-c:a libspeex -ar 16000")]


def title(case: Case) -> str:
    return " ".join(case).replace("-c:v ", "").replace("-c:a ", "")[:40]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the frames, N.png; smooth, so that no codec has an excuse."""
    folder = tmp_path_factory.mktemp("pictures")
    for i, picture in enumerate(footage.make(256, 128, 64, FRAMES).pictures):
        assert cv2.imwrite(str(folder / f"{i}.png"), cv2.GaussianBlur(picture, (0, 0), 3))
    return folder


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sound.write_wav(tmp_path_factory.mktemp("voice") / "voice.wav", sound.babble(SECONDS, RATE), RATE)


@pytest.fixture
def visitors() -> Iterator[traps.Visitors]:
    server = traps.Visitors()
    yield server
    server.close()


def convert_all(source: Sequence[media.Argument], cases: List[Case], folder: Path, name: str) -> Dict[Case, Path]:
    """The source as each such file, by one ffmpeg, under a name that does not say what it is."""
    arguments: List[media.Argument] = list(source)
    made = {}
    for i, case in enumerate(cases):
        (folder / str(i)).mkdir()
        made[case] = folder / str(i) / f"made.{case[0]}"
        arguments += [*case[1].split(), made[case]]
    media.ffmpeg(*arguments)
    return {case: path.rename(path.with_name(name)) for case, path in made.items()}


@pytest.fixture(scope="module")
def films(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Dict[Case, Path]:
    source = ("-framerate", 25, "-i", pictures / "%d.png")
    return convert_all(source, FOOTAGE + OTHER_FOOTAGE, tmp_path_factory.mktemp("films"), "clip.mkv")


@pytest.fixture(scope="module")
def records(voice: Path, tmp_path_factory: pytest.TempPathFactory) -> Dict[Case, Path]:
    return convert_all(("-i", voice), SOUND + OTHER_SOUND, tmp_path_factory.mktemp("records"), "speech.wav")


@pytest.fixture(scope="module")
def decoded(records: Dict[Case, Path]) -> Dict[Case, Path]:
    """The records as ffmpeg decodes them, in plain float."""
    arguments: List[media.Argument] = []
    for case in SOUND:
        arguments += ["-i", records[case]]
    plain = {case: records[case].with_name("plain.wav") for case in SOUND}
    for i, case in enumerate(SOUND):
        arguments += ["-map", f"{i}:a", "-c:a", "pcm_f32le", plain[case]]
    media.ffmpeg(*arguments)
    return plain


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = checkpoints.unet("160", "ave", (4, 8, 12, 20, 36), 32).state_dict()
    return checkpoints.save(state, tmp_path_factory.mktemp("model") / "model.pth")


def read_film(path: Path, beside: Path) -> Finished:
    return viseme("compare", path, beside, "--json")


def read_sound(path: Path) -> Finished:
    return viseme("features", "--audio", path, "--mel", path.with_name("mel.npy"))


def refused(finished: Finished, *words: str) -> None:
    """Exit status 3, and one line that has the words."""
    assert finished.status == BAD_INPUT, f"exit status {finished.status}\n{finished.err}"
    assert len(finished.err.splitlines()) == 1, finished.err
    for word in words:
        assert word in finished.err, finished.err


@pytest.mark.parametrize("case", FOOTAGE, ids=title)
def test_footage_that_people_have(case: Case, films: Dict[Case, Path], pictures: Path) -> None:
    finished = read_film(films[case], pictures)
    assert finished.status in (0, 1), finished.err
    found = json.loads(finished.out)
    assert found["frames"] == FRAMES
    psnr = found["overall"]["pixels"]["psnr"]
    assert psnr is None or psnr > LIKE_THE_SOURCE               # None: identical


@pytest.mark.parametrize("case", SOUND, ids=title)
def test_sound_that_people_have(case: Case, records: Dict[Case, Path], decoded: Dict[Case, Path],
                                tmp_path: Path) -> None:
    """The same spectrogram as from the samples that ffmpeg decodes."""
    viseme_ok("features", "--audio", records[case], "--mel", tmp_path / "mel.npy")
    viseme_ok("features", "--audio", decoded[case], "--mel", tmp_path / "plain.npy")
    mel, plain = np.load(tmp_path / "mel.npy"), np.load(tmp_path / "plain.npy")
    assert mel.shape == plain.shape and abs(len(mel) - 80 * SECONDS) < 10
    assert np.abs(mel - plain).max() <= 1e-5


@pytest.mark.parametrize("case", OTHER_FOOTAGE, ids=title)
def test_other_footage_is_named_with_a_way_out(case: Case, films: Dict[Case, Path], pictures: Path) -> None:
    refused(read_film(films[case], pictures), "clip.mkv", "libx264")


@pytest.mark.parametrize("case", OTHER_SOUND, ids=title)
def test_other_sound_is_named_with_a_way_out(case: Case, records: Dict[Case, Path]) -> None:
    refused(read_sound(records[case]), "speech.wav", "ffmpeg -i FILE FILE.wav")


def test_the_way_out_works(films: Dict[Case, Path], records: Dict[Case, Path], pictures: Path, tmp_path: Path) -> None:
    media.ffmpeg("-i", films[OTHER_FOOTAGE[0]], "-c:v", "libx264", "-crf", 12, tmp_path / "FILE.mp4")
    assert read_film(tmp_path / "FILE.mp4", pictures).status in (0, 1)
    media.ffmpeg("-i", records[OTHER_SOUND[0]], tmp_path / "FILE.wav")
    assert read_sound(tmp_path / "FILE.wav").status == 0


# --- nobody is visited ------------------------------------------------------------------------------------------------

LISTS = {"hls": traps.hls, "concat": traps.concat, "dash": traps.dash}


def read_every_way(path: Path, model: Path, pictures: Path) -> List[Finished]:
    """As sound, as a clip, and as a character's footage."""
    clip, package = path.with_name("clip.mp4"), path.with_name("package")
    package.mkdir()
    for copy in (clip, package / "full_body_video.mp4"):
        copy.write_bytes(path.read_bytes())
    (package / "crop_rectangles.json").write_text(json.dumps({"0": {"rect": [0, 0, 32, 32]}}))
    np.save(package / "aud_ave.npy", np.zeros((4, 512), np.float32))
    return [read_sound(path), read_film(clip, pictures),
            viseme("frames", "--model", model, "--character", package, "--frames", 1, "-o", path.with_name("out"))]


@pytest.mark.parametrize("suffix", (".wav", ".m3u8", ".mpd", ".ffconcat"))
@pytest.mark.parametrize("name", LISTS)
def test_lists_of_addresses(name: str, suffix: str, model: Path, pictures: Path, visitors: traps.Visitors,
                            tmp_path: Path) -> None:
    path = tmp_path / ("list" + suffix)
    path.write_text(LISTS[name](f"http://127.0.0.1:{visitors.port}/a.ts"))
    for finished in read_every_way(path, model, pictures):
        refused(finished, str(tmp_path))
    assert visitors.count() == 0


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_files(name: str, pictures: Path, records: Dict[Case, Path], tmp_path: Path) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(records[("ts", "-c:a aac")].read_bytes())
    path = tmp_path / "list.wav"
    path.write_text(LISTS[name]("secret.ts"))
    with traps.watched(secret) as opened:
        refused(read_sound(path))
        refused(read_film(path.rename(tmp_path / "list.mp4"), pictures))
        assert opened.count() == 0
        secret.read_bytes()
        assert opened.count() == 1, "the watch does not work"


def test_the_traps_catch_ffmpeg(visitors: traps.Visitors, tmp_path: Path) -> None:
    """Without restrictions the address is asked: the tests above mean something."""
    path = tmp_path / "list.m3u8"
    path.write_text(traps.hls(f"http://127.0.0.1:{visitors.port}/a.ts"))
    with pytest.raises(AssertionError):
        media.ffmpeg("-rw_timeout", 200000, "-protocol_whitelist", "file,http,tcp", "-i", path, tmp_path / "out.wav")
    assert visitors.count() > 0


def test_a_session_description(model: Path, pictures: Path, tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_text(traps.sdp(40000))
    for finished in read_every_way(path, model, pictures):
        refused(finished, str(tmp_path))


def test_movie_whose_data_lie_elsewhere(pictures: Path, tmp_path: Path) -> None:
    media.ffmpeg("-framerate", 25, "-i", pictures / "%d.png", "-c:v", "mpeg4", tmp_path / "secret.mov")
    path = tmp_path / "clip.mov"
    path.write_bytes(traps.with_external_data((tmp_path / "secret.mov").read_bytes(), "secret.mov"))
    with traps.watched(tmp_path / "secret.mov") as opened:
        refused(read_film(path, pictures), "clip.mov")
        assert opened.count() == 0
        media.ffmpeg("-enable_drefs", 1, "-i", path, tmp_path / "out.avi")
        assert opened.count() > 0, "the file does not name the other one"


NAMES: List[Callable[[Path, int], str]] = [
    lambda wav, port: f"http://127.0.0.1:{port}/a.wav",
    lambda wav, port: f"tcp://127.0.0.1:{port}",
    lambda wav, port: f"file:{wav}",
    lambda wav, port: f"subfile,,start,0,end,0,,:{wav}",
    lambda wav, port: f"concat:{wav}|{wav}",
    lambda wav, port: f"async:{wav}",
    lambda wav, port: f"cache:{wav}",
    lambda wav, port: f"crypto:{wav}",
    lambda wav, port: f"{wav.parent}/%d.wav",
    lambda wav, port: f"{wav.parent}/*.wav",
    lambda wav, port: "pipe:0",
    lambda wav, port: "fd:0",
    lambda wav, port: "data:audio/wav;base64,UklGRg==",
    lambda wav, port: "lavfi:sine",
]


@pytest.mark.parametrize("index", range(len(NAMES)), ids=lambda i: NAMES[i](Path("FILE.wav"), 80).split("F")[0][:20])
def test_names_are_names_of_files(index: int, pictures: Path, voice: Path, visitors: traps.Visitors,
                                  tmp_path: Path) -> None:
    """No part of a name is taken for a protocol or a pattern."""
    wav = tmp_path / "1.wav"
    wav.write_bytes(voice.read_bytes())
    name = NAMES[index](wav, visitors.port)
    with traps.watched(wav) as opened:
        refused(viseme("features", "--audio", name, "--mel", tmp_path / "mel.npy"), "No such file")
        refused(viseme("compare", name[:-4] + ".mp4", pictures))
        assert opened.count() == 0
    assert visitors.count() == 0
