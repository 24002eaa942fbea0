"""Seamless compositing: nobody finds the square, the mouth stays the network's, and a jaw that drops is whole; whatever
is known of the character."""
from __future__ import annotations

import shutil
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import cv2
import numpy as np
import pytest

import checkpoints
import footage
import media
from program import REPOSITORY, viseme, viseme_ok

DEMO = REPOSITORY / "demo"
MODEL, CHARACTER = DEMO / "models" / "99.pth", DEMO / "character"
START, COUNT = 40, 16
CROP, EDGE = 328, 9                     # the network was shown what lies less than EDGE pixels inside the crop
RINGS = (0, 4, 7, 10, 15, 20)           # pixels inside the square
RUN = 16                                # pixels that a step is averaged along
WAYS = ("exact", "seamless")
Square = Tuple[int, int, int, int]


class Frame(NamedTuple):
    """A frame of the demo as it was drawn and as it was painted."""

    filmed: np.ndarray
    exact: np.ndarray
    seamless: np.ndarray
    square: Square

    def of(self, way: str) -> np.ndarray:
        return getattr(self, way)

    def difference(self, way: str) -> np.ndarray:
        """float32 [CROP, CROP, 3]: painted - filmed, within the square."""
        x1, y1, x2, y2 = self.square
        whole = self.of(way)[y1:y2, x1:x2].astype(np.float32) - self.filmed[y1:y2, x1:x2]
        return cv2.resize(whole, (CROP, CROP))


def points(character: Path, frame: int) -> np.ndarray:
    return np.loadtxt(character / "landmarks" / f"{frame}.lms", dtype=np.float32)


def square_of(landmarks: np.ndarray) -> Square:
    x1, y1, x2 = (int(number) for number in (landmarks[1, 0], landmarks[52, 1], landmarks[31, 0]))
    return x1, y1, x2, y1 + x2 - x1


def paint(folder: Path, way: str, model: Path, character: Path, *options: object) -> List[np.ndarray]:
    viseme_ok("frames", "--model", model, "--character", character, "--composite", way, "-o", folder / way, "--quiet",
              *options)
    return [cv2.imread(str(path)) for path in sorted((folder / way).glob("output_frame_*.png"))]


def filmed(character: Path, frame: int) -> np.ndarray:
    return cv2.imread(str(next((character / "full_body_img").glob(f"{frame}.*"))))


@pytest.fixture(name="frames", scope="module")
def fixture_frames(tmp_path_factory: pytest.TempPathFactory) -> List[Frame]:
    folder = tmp_path_factory.mktemp("demo")
    painted = [paint(folder, way, MODEL, CHARACTER, "--start", START, "--frames", COUNT) for way in WAYS]
    return [Frame(filmed(CHARACTER, START + i), *pair, square_of(points(CHARACTER, START + i)))
            for i, pair in enumerate(zip(*painted))]


def mean(of: Callable[[Frame], float], frames: Sequence[Frame]) -> float:
    return float(np.mean([of(frame) for frame in frames]))


# --- the square -------------------------------------------------------------------------------------------------------

def runs(steps: np.ndarray) -> np.ndarray:
    """Mean size of the steps [n, 3] along a line, each averaged over RUN pixels, by channel."""
    count = len(steps) // RUN * RUN
    return np.abs(steps[:count].reshape(-1, RUN, 3).mean(1)).mean(1)


def across(inner: int, outer: int) -> Callable[[Callable[[int], np.ndarray], int, int], np.ndarray]:
    """From a pixel inside a ring to one outside."""
    return lambda line, at, inwards: line(at + inner * inwards) - line(at - outer * inwards)


def between_means(line: Callable[[int], np.ndarray], at: int, inwards: int) -> np.ndarray:
    """From the mean of five pixels inside a ring to that of five outside."""
    return sum(line(at + k * inwards) - line(at - (k + 1) * inwards) for k in range(5)) / 5


READINGS = {"about the ring": across(2, 3), "inwards of the ring": across(5, 0), "means of five": between_means}


def ring_step(painted: np.ndarray, frame: Frame, ring: int, reading: str) -> float:
    """The step that painting has and filming has not on a ring inside the square."""
    x1, y1, x2, y2 = frame.square
    left, top, right, bottom = x1 + ring, y1 + ring, x2 - 1 - ring, y2 - 1 - ring
    gap = painted.astype(np.float64) - frame.filmed
    row = lambda y: gap[min(y, len(gap) - 1), left:right + 1]                    # noqa: E731
    column = lambda x: gap[top:bottom + 1, min(x, gap.shape[1] - 1)]             # noqa: E731
    step = READINGS[reading]
    return float(np.concatenate([runs(step(row, top, 1)), runs(step(row, bottom, -1)), runs(step(column, left, 1)),
                                 runs(step(column, right, -1))]).mean())


@pytest.mark.parametrize("reading", READINGS)
def test_no_ring_has_a_step(reading: str, frames: List[Frame]) -> None:
    steps = {way: [mean(lambda f, w=way, r=ring: ring_step(f.of(w), f, r, reading), frames) for ring in RINGS]
             for way in WAYS}
    assert max(steps["exact"]) > 1.5, "nothing was there to be removed"
    assert max(steps["seamless"]) <= 0.8, steps
    assert max(steps["seamless"][:-1]) <= 0.5, steps


def smooth(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0, 1)
    return t ** 3 * (t * (6 * t - 15) + 10)


def demo_mask() -> np.ndarray:
    """How much of the painting is to be shown [CROP, CROP]: by the jaw that all but a few frames stay within."""
    directions = np.linspace(0, np.pi, 64)
    reaches = []
    for i in range(len(list((CHARACTER / "landmarks").iterdir()))):
        landmarks = np.trunc(points(CHARACTER, i))
        x1, y1, x2, _ = square_of(landmarks)
        jaw = (landmarks[1:32] - (x1, y1)) / (x2 - x1) - (0.5, 0.35)
        angles = np.arctan2(jaw[:, 1], jaw[:, 0])
        angles = np.where(angles < -np.pi / 2, angles + 2 * np.pi, angles)
        reaches.append(np.interp(directions, angles[::-1], np.hypot(*jaw.T)[::-1]))
    y, x = (np.mgrid[:CROP, :CROP] + 0.5) / CROP
    angle, distance = np.arctan2(y - 0.35, x - 0.5), np.hypot(x - 0.5, y - 0.35)
    reach = np.interp(angle, directions, np.percentile(reaches, 99.5, axis=0))
    inside = np.where(angle >= 0, reach, 2) + 0.02 + 0.05 * np.where(angle > 0, np.sin(angle) ** 2, 0) - distance
    edge = np.minimum(np.minimum(x, 1 - x) - EDGE / CROP, np.minimum(y - EDGE / CROP, 314 / CROP - y))
    return smooth(1 + inside / 0.12) * smooth(edge / 0.1)


def contour_step(gap: np.ndarray, mask: np.ndarray, level: float) -> float:
    """The same along the line on which the mask has this level."""
    outlines, _ = cv2.findContours((mask > level).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    line = max(outlines, key=len)[:, 0]
    even = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 5)
    slope = np.stack([cv2.Sobel(even, cv2.CV_32F, *way)[line[:, 1], line[:, 0]] for way in ((1, 0), (0, 1))], 1)
    inwards = slope / (np.linalg.norm(slope, axis=1, keepdims=True) + 1e-9)
    inner, outer = (cv2.remap(gap, (line + side * inwards).astype(np.float32)[None], None, cv2.INTER_LINEAR)[0]
                    for side in (2.5, -2.5))
    return float(runs(inner - outer).mean())


def test_no_contour_of_the_mask_has_a_step(frames: List[Frame]) -> None:
    mask = demo_mask()
    for level, most in ((0.05, 0.5), (0.25, 0.6), (0.5, 0.8)):
        exact, seamless = (mean(lambda f, w=way: contour_step(f.difference(w), mask, level), frames) for way in WAYS)
        assert seamless <= most and exact > 1.2, (level, exact, seamless)


def decibels(error: np.ndarray) -> float:
    return float(10 * np.log10(255 ** 2 / max(1e-9, np.square(error).mean())))


def test_nearer_to_the_truth_and_nowhere_further(frames: List[Frame]) -> None:
    """Over the square; the mouth loses nothing; no block of 16 pixels gets worse by more than a whisker."""
    mouth = (slice(CROP * 20 // 100, CROP * 55 // 100), slice(CROP * 28 // 100, CROP * 72 // 100))
    gaps = {way: np.stack([frame.difference(way) for frame in frames]) for way in WAYS}
    for exact, seamless in zip(gaps["exact"], gaps["seamless"]):
        assert decibels(seamless) > decibels(exact)
        assert decibels(seamless[mouth]) > decibels(exact[mouth]) - 0.05
    count = CROP // 16
    blocks = {way: np.square(gap[:, :16 * count, :16 * count]).reshape(-1, count, 16, count, 16, 3).mean((0, 2, 4, 5))
              for way, gap in gaps.items()}
    assert decibels(gaps["seamless"]) > decibels(gaps["exact"]) + 0.3
    assert (blocks["seamless"] <= 1.1 * blocks["exact"] + 2.5).all()


def untouched(picture: np.ndarray, original: np.ndarray, square: Square, edge: int = EDGE, crop: int = CROP) -> bool:
    """Is all that the network was shown as it was filmed, to the byte?"""
    x1, y1, x2, y2 = square
    rim_x, rim_y = (x2 - x1) * edge // crop, (y2 - y1) * edge // crop
    changed = (picture != original).any(axis=2)
    changed[y1 + rim_y:y2 - rim_y, x1 + rim_x:x2 - rim_x] = False
    return not changed.any()


def test_what_the_network_was_shown_is_filmed(frames: List[Frame]) -> None:
    for frame in frames:
        assert untouched(frame.seamless, frame.filmed, frame.square)
        assert not untouched(frame.exact, frame.filmed, frame.square)


# --- a jaw that drops -------------------------------------------------------------------------------------------------

CLOSED, OPEN = (0, 1, 2, 3, 4, 5, 6, 137, 138), 150     # frames of the demo's footage


def copy_frames(numbers: Sequence[int], folder: Path, *parts: str) -> Path:
    for part in parts:
        (folder / part).mkdir(parents=True)
        for i, number in enumerate(numbers):
            source = next((CHARACTER / part).glob(f"{number}.*"))
            shutil.copy(source, folder / part / f"{i}{source.suffix}")
    return folder


def test_a_jaw_drops_further_than_filmed(tmp_path: Path) -> None:
    """Footage whose mouth is closed throughout says a wide open vowel: the chin it paints is not cut."""
    character = copy_frames(CLOSED, tmp_path / "closed", "full_body_img", "landmarks")
    last = len(CLOSED) - 1
    np.save(tmp_path / "aud_ave.npy", np.load(CHARACTER / "aud_ave.npy")[OPEN - last:OPEN + 12])
    (exact,), (seamless,) = (paint(tmp_path, way, MODEL, character, "--features", tmp_path / "aud_ave.npy", "--start",
                                   last, "--frames", 1) for way in WAYS)
    own, wide = points(character, last), points(CHARACTER, OPEN)
    (x1, y1, x2, _), (left, top, right, _) = square_of(own), square_of(wide)
    chin = (wide[10:23] - (left, top)) / (right - left) * (x2 - x1) + (x1, y1)
    assert (chin[:, 1] - own[10:23, 1]).min() > 8, "the jaw is not seen to drop"
    band = np.zeros(exact.shape[:2], np.uint8)
    cv2.polylines(band, [np.rint(chin).astype(np.int32)], False, 1, 13)
    fine = lambda picture: picture.astype(np.float32) - cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 8)  # noqa: E731
    cut, dropped = (np.abs(fine(exact) - fine(other))[band > 0].mean() for other in (seamless, filmed(character, last)))
    assert dropped > 8 and cut < 0.1 * dropped


# --- whatever is known of the character -------------------------------------------------------------------------------

def of_rectangles(numbers: Sequence[int], folder: Path) -> Path:
    character = copy_frames(numbers, folder, "full_body_img")
    footage.write_rectangles(character / "crop_rectangles.json", [square_of(points(CHARACTER, n)) for n in numbers])
    return character


def test_only_squares_are_known(tmp_path: Path) -> None:
    """The mask is a rectangle then; so it is with landmarks that tell of no jaw."""
    numbers = (40, 60, 80)
    options = ("--features", CHARACTER / "aud_ave.npy", "--frames", len(numbers))
    character = of_rectangles(numbers, tmp_path / "rectangles")
    exact, seamless = (paint(tmp_path, way, MODEL, character, *options) for way in WAYS)
    frames = [Frame(filmed(CHARACTER, n), *pair, square_of(points(CHARACTER, n)))
              for n, *pair in zip(numbers, exact, seamless)]
    middle = slice(CROP * 2 // 5, CROP * 3 // 5)
    for frame in frames:
        assert untouched(frame.seamless, frame.filmed, frame.square)
        assert np.abs(frame.difference("exact") - frame.difference("seamless"))[middle, middle].max() <= 1
    for reading in READINGS:
        steps = [mean(lambda f, r=ring: ring_step(f.seamless, f, r, reading), frames) for ring in RINGS]
        assert max(steps) <= 0.8, steps                    # although they say something else than what was filmed
    for name, spoil in SPOILT.items():
        character = copy_frames(numbers, tmp_path / name, "full_body_img", "landmarks")
        for i, number in enumerate(numbers):
            np.savetxt(character / "landmarks" / f"{i}.lms", spoil(points(CHARACTER, number)), "%.4f")
        again = paint(tmp_path / name, "seamless", MODEL, character, *options)
        assert all(np.array_equal(*pair) for pair in zip(again, seamless)), name


def shuffled(landmarks: np.ndarray) -> np.ndarray:
    """The square's three points stay where they are."""
    landmarks[2:31] = np.random.default_rng(1).permutation(landmarks[2:31])
    return landmarks


SPOILT: Dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "fewest points": lambda landmarks: landmarks[:53],
    "a point less": lambda landmarks: landmarks[:109],
    "no order": shuffled,
}


def with_jaw(square: Square, chin: float) -> np.ndarray:
    """Landmarks with a jaw that reaches `chin` sides below its ends."""
    x1, y1, x2, _ = square
    landmarks = footage.landmarks_of(square)
    turn = np.linspace(0, np.pi, 31)
    landmarks[1:32] = np.stack([0.5 - 0.5 * np.cos(turn), 0.3 + chin * np.sin(turn)], 1) * (x2 - x1) + (x1, y1)
    landmarks[1, 0], landmarks[31, 0] = x1 + 0.5, x2 + 0.5
    return landmarks


def still(folder: Path, chins: Sequence[float]) -> Tuple[Path, np.ndarray, Square]:
    """One picture many times, in which only the jaw moves."""
    square = (40, 30, 140, 130)
    picture = footage.draw(200, 160, square, 1)
    character = footage.write_dataset(folder, footage.Footage([picture] * len(chins), [square] * len(chins)), ".png")
    for i, chin in enumerate(chins):
        np.savetxt(character / "landmarks" / f"{i}.lms", with_jaw(square, chin), "%.4f")
    return character, picture, square


@pytest.fixture(name="narrow", scope="module")
def fixture_narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of the 160 family."""
    folder = tmp_path_factory.mktemp("narrow")
    network = checkpoints.unet("160", "ave", (4, 8, 12, 20, 36), 32, seed=3)
    np.save(folder / "aud_ave.npy", np.zeros((12, 512), np.float32))
    return checkpoints.save(network.state_dict(), folder / "model.pth")


def spoken(model: Path) -> Tuple[object, ...]:
    return ("--features", model.parent / "aud_ave.npy", "--audio-mode", "ave")


def test_mask_stands_still_and_the_other_family(narrow: Path, tmp_path: Path) -> None:
    """The same painting of the same picture is blended the same, whatever the jaw does; below any jaw it stays filmed."""
    character, picture, square = still(tmp_path / "character", (0.3, 0.5, 0.35, 0.45))
    exact, seamless = (paint(tmp_path, way, narrow, character, *spoken(narrow), "--frames", 4) for way in WAYS)
    for one, other in zip(exact, seamless):
        assert np.array_equal(one, exact[0]) and np.array_equal(other, seamless[0])
        assert untouched(other, picture, square, crop=168) and not untouched(one, picture, square, crop=168)
    x1, _, x2, y2 = square
    for corner in (slice(x1, x1 + 14), slice(x2 - 14, x2)):
        assert np.array_equal(seamless[0][y2 - 14:y2, corner], picture[y2 - 14:y2, corner])
    middle = (slice(70, 90), slice(80, 100))
    assert np.abs(exact[0][middle].astype(int) - picture[middle]).mean() > 10
    assert np.abs(exact[0][middle].astype(int) - seamless[0][middle]).max() <= 3


# --- how it is asked for ----------------------------------------------------------------------------------------------

def test_ways_to_ask(narrow: Path, tmp_path: Path) -> None:
    """render is seamless, and shows what frames shows when it is."""
    character, _, _ = still(tmp_path / "character", (0.3, 0.5))
    sound = footage_sound(tmp_path)
    def render(name: str, *options: object) -> Path:
        viseme_ok("render", "--model", narrow, "--character", character, "--audio", sound, *spoken(narrow), "--frames", 2,
                  "--crf", 0, "-o", tmp_path / f"{name}.mp4", "--quiet", "--no-sign", *options)
        return tmp_path / f"{name}.mp4"
    usual, exact = render("usual"), render("exact", "--exact")
    assert usual.read_bytes() == render("asked", "--composite", "seamless").read_bytes()
    assert exact.read_bytes() == render("named", "--composite", "exact").read_bytes()
    assert exact.read_bytes() == render("both", "--exact", "--composite", "exact").read_bytes()
    shown = {way: media.frames(path)[0] for way, path in (("seamless", usual), ("exact", exact))}
    drawn = {way: paint(tmp_path, way, narrow, character, *spoken(narrow), "--frames", 1)[0] for way in WAYS}
    unasked = tmp_path / "unasked"
    viseme_ok("frames", "--model", narrow, "--character", character, *spoken(narrow), "--frames", 1, "-o", unasked, "--quiet")
    assert np.array_equal(cv2.imread(str(unasked / "output_frame_0000.png")), drawn["exact"])
    for way, other in (WAYS, WAYS[::-1]):       # 4:2:0 costs something
        costs = [np.abs(shown[way].astype(int) - drawn[each]).mean() for each in (way, other)]
        assert costs[0] < 0.7 * costs[1], costs


def footage_sound(folder: Path) -> Path:
    media.ffmpeg("-f", "lavfi", "-i", "sine=d=0.5:r=16000", folder / "speech.wav")
    return folder / "speech.wav"


def test_both_ways_at_once_are_refused(tmp_path: Path) -> None:
    done = viseme("render", "--model", MODEL, "--character", CHARACTER, "--audio", DEMO / "speech.wav", "--features",
                  CHARACTER / "aud_ave.npy", "-o", tmp_path / "out.mp4", "--exact", "--composite", "seamless")
    assert done.status == 2 and "--exact and --composite seamless" in done.err
    assert list(tmp_path.iterdir()) == []
