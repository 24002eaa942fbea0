"""PSNR, SSIM and CIEDE2000 are scikit-image's, on photographs, drawings and edge cases."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
import skimage.metrics

from program import PROGRAM

METRICS = PROGRAM.parent / "tests" / "tools" / "metrics"
BLOCK = 16

Region = Tuple[int, int, int, int]                      # x, y, width, height


def photograph(width: int, height: int) -> np.ndarray:
    """A face, uint8 [height, width, 3] in B, G, R."""
    return np.ascontiguousarray(cv2.resize(skimage.data.astronaut()[:220, 120:340, ::-1], (width, height)))


def degraded(picture: np.ndarray, seed: int) -> np.ndarray:
    """The same, softer, shifted in colour and noisy."""
    noise = np.random.default_rng(seed).normal(0, 4, picture.shape)
    soft = cv2.GaussianBlur(picture, (0, 0), 1.2).astype(np.float64)
    return np.clip(np.rint(soft * (0.97, 1.0, 1.04) + (2, 0, -3) + noise), 0, 255).astype(np.uint8)


def noise(width: int, height: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(width: int, height: int, value: int) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


class Case(NamedTuple):
    """Two pictures and the part of them that is compared; None: all."""

    one: np.ndarray
    other: np.ndarray
    region: Optional[Region] = None


FACE = photograph(320, 320)
CASES: Dict[str, Case] = {
    "photograph": Case(FACE, degraded(FACE, 1)),
    "mask rectangle": Case(FACE, degraded(FACE, 2), (5, 5, 310, 305)),
    "odd region": Case(FACE, degraded(FACE, 3), (17, 101, 63, 29)),
    "odd size": Case(photograph(149, 97), degraded(photograph(149, 97), 4)),
    "identical": Case(FACE, FACE),
    "identical but outside": Case(FACE, np.where(np.arange(320)[:, None, None] < 160, FACE, 0).astype(np.uint8),
                                  (0, 0, 320, 160)),
    "black against white": Case(flat(40, 30, 0), flat(40, 30, 255)),
    "flat and bright": Case(flat(64, 64, 254), flat(64, 64, 255)),
    "noise": Case(noise(61, 47, 5), noise(61, 47, 6)),
    "red and blue exchanged": Case(FACE, np.ascontiguousarray(FACE[..., ::-1])),
    "one window": Case(noise(16, 16, 7), noise(16, 16, 8), (2, 3, 11, 11)),
    "one value differs": Case(FACE, np.where(np.arange(320 * 320 * 3).reshape(320, 320, 3) == 151111, 128, FACE)
                              .astype(np.uint8)),
}


def run(*arguments: Any, given: str = "") -> Any:
    finished = subprocess.run([str(METRICS), *map(str, arguments)], input=given, capture_output=True, text=True,
                              timeout=60, check=False)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def measured(case: Case, folder: Path) -> Dict[str, Any]:
    """What viseme says of the two pictures."""
    for name, picture in (("one.png", case.one), ("other.png", case.other)):
        assert cv2.imwrite(str(folder / name), picture)
    x, y, width, height = case.region or (0, 0, case.one.shape[1], case.one.shape[0])
    return run(folder / "one.png", folder / "other.png", x, y, width, height, BLOCK)


def cut(case: Case) -> Tuple[np.ndarray, np.ndarray]:
    """The compared parts."""
    x, y, width, height = case.region or (0, 0, case.one.shape[1], case.one.shape[0])
    return case.one[y:y + height, x:x + width], case.other[y:y + height, x:x + width]


def lab(picture: np.ndarray) -> np.ndarray:
    """L*a*b* of B, G, R in 0 ... 255."""
    return skimage.color.rgb2lab(picture[..., ::-1].astype(np.float64) / 255)


@pytest.mark.parametrize("name", CASES)
def test_psnr(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    one, other = cut(case)
    found = measured(case, tmp_path)
    assert found["mse"] == pytest.approx(skimage.metrics.mean_squared_error(one, other), rel=1e-12, abs=0)
    with np.errstate(divide="ignore"):
        expected = skimage.metrics.peak_signal_noise_ratio(one, other, data_range=255)
    assert float(found["psnr"]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_ssim(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    one, other = cut(case)
    expected = skimage.metrics.structural_similarity(one, other, channel_axis=-1, gaussian_weights=True, sigma=1.5,
                                                     use_sample_covariance=False, data_range=255)
    assert measured(case, tmp_path)["ssim"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_delta_e(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    one, other = cut(case)
    found = measured(case, tmp_path)
    expected = skimage.color.deltaE_ciede2000(lab(one), lab(other)).mean()
    assert found["delta_e"] == pytest.approx(expected, abs=1e-6)

    def blocks(picture: np.ndarray) -> np.ndarray:
        rows, columns = picture.shape[0] // BLOCK, picture.shape[1] // BLOCK
        whole = picture[:rows * BLOCK, :columns * BLOCK].astype(np.float64)
        return whole.reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3))

    if min(one.shape[:2]) < BLOCK:
        assert found["block_delta_e"] == "nan"
    else:
        expected = skimage.color.deltaE_ciede2000(lab(blocks(one)), lab(blocks(other))).mean()
        assert found["block_delta_e"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_counted_differences(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    one, other = cut(case)
    difference = np.abs(one.astype(int) - other)
    found = measured(case, tmp_path)
    assert found["histogram"] == np.bincount(difference.ravel(), minlength=256).tolist()
    assert found["sum"] == difference.sum() and found["max"] == difference.max()
    assert found["pixels"] == one.shape[0] * one.shape[1] and found["values"] == one.size
    assert found["same_pixels"] == (difference.max(axis=2) == 0).sum()


def test_regions_too_small_for_ssim_have_none(tmp_path: Path) -> None:
    found = measured(Case(FACE, degraded(FACE, 9), (0, 0, 10, 200)), tmp_path)
    assert found["ssim"] == "nan" and float(found["psnr"]) > 20


def test_lab_of_every_grey_and_of_many_colours() -> None:
    colours = np.concatenate([np.repeat(np.arange(256.0), 3).reshape(-1, 3),
                              np.random.default_rng(10).uniform(0, 255, (500, 3)),
                              np.array([[b, g, r] for b in (0, 255.0) for g in (0, 255) for r in (0, 255)])])
    found = np.array(run("lab", given="\n".join(" ".join(map(repr, row)) for row in colours.tolist())))
    assert np.abs(found - lab(colours[None])[0]).max() < 1e-9


def pairs() -> List[List[float]]:
    """Pairs of colours where CIEDE2000 is easily computed wrongly, after Sharma, Wu and Dalal (2005), table 1."""
    chosen = [[50, 2.49, -0.001, 50, -2.49, 0.001 + step * 1e-4] for step in (-2, -1, 1, 2)]       # opposite hues
    chosen += [[50, -0.001, 2.49, 50, 0.001 + step * 1e-4, -2.49] for step in (-2, -1, 1, 2)]
    chosen += [[50, 2.5, 0, 50, *ab] for ab in ((0, -2.5), (0, 2.5), (-2.5, 0), (3.2, 0.3), (3.1736, 0.5854))]
    chosen += [[50, 0, 0, 50, *ab] for ab in ((0, 0), (-1, 2), (2.5, -25), (0, 1e-9))]             # grey, no hue
    chosen += [[50, 2.7, b, 50, 0, -82.7] for b in (-79.8, -77.3, -75.3)]                          # blue: rotation
    chosen += [[60, 30, 1, 60, 30, -1], [60, -30, 1, 60, -30, -1], [60, 9, -30, 60, -9, -30]]      # mean of hues
    chosen += [[2.1, 0.05, -1.2, 0.9, -0.5, -0.6], [98, -0.7, -0.1, 96, -0.4, 0.02]]               # dark, bright
    random = np.random.default_rng(11).uniform((0, -90, -90) * 2, (100, 90, 90) * 2, (2000, 6))
    near = np.random.default_rng(12).normal(random[:500], (1e-3, 0.5, 0.5) * 2)
    return chosen + random.tolist() + near.tolist()


def delta_e(given: List[List[float]]) -> np.ndarray:
    return np.array(run("delta", given="\n".join(" ".join(map(repr, row)) for row in given)))


@pytest.mark.parametrize("pair, published", (([50, 2.49, -0.001, 50, -2.49, 0.001], 7.1792),
                                             ([50, -0.001, 2.49, 50, 0.001, -2.49], 4.8045)))
def test_ciede2000_of_exactly_opposite_hues(pair: List[float], published: float) -> None:
    """Sharma, Wu and Dalal's pairs 8 and 12. Which way round is the shorter, the last bit of an arc tangent decides:
    scikit-image's answer is another one on processors with AVX-512, where NumPy has its own arc tangent."""
    assert delta_e([pair])[0] == pytest.approx(published, abs=5e-5)


def test_ciede2000_of_colours_that_are_hard() -> None:
    given = np.array(pairs())
    found = delta_e(given.tolist())
    expected = skimage.color.deltaE_ciede2000(given[:, :3], given[:, 3:])
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-9
