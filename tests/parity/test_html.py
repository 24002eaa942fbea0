"""The page that reports are made of, in a browser: a page with every kind of element.

tests/tools/page_of_everything.c writes it.
"""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
import skimage.data

import browser
from program import PROGRAM

WRITER = PROGRAM.parent / "tests" / "tools" / "page_of_everything"
SIDE = 240                                              # pixels, the picture that the page shows


class Written(NamedTuple):
    """What the writer left, and the picture that it was given."""

    page: Path
    plot: Path
    picture: np.ndarray


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("page")
    picture = cv2.resize(skimage.data.astronaut()[:220, 120:340, ::-1], (SIDE, SIDE))
    assert cv2.imwrite(str(folder / "in.png"), picture)
    subprocess.run([str(WRITER), str(folder / "page.html"), str(folder / "in.png"), str(folder / "plot.svg")],
                   check=True, timeout=60)
    return Written(folder / "page.html", folder / "plot.svg", picture)


@pytest.fixture(scope="module")
def light(written: Written) -> np.ndarray:
    return browser.screenshot(written.page, written.page.with_name("light.png"), height=4600)


def is_there(whole: np.ndarray, part: np.ndarray) -> bool:
    """Is the part in the whole, pixel for pixel? Its edge is left out: corners are rounded."""
    inner = part[8:-8, 8:-8]
    distance = cv2.matchTemplate(whole, inner, cv2.TM_SQDIFF)
    _, _, (x, y), _ = cv2.minMaxLoc(distance)
    return bool((whole[y:y + inner.shape[0], x:x + inner.shape[1]] == inner).all())


def test_the_page_is_valid_and_needs_nothing_else(written: Written) -> None:
    outline = browser.check_page(written.page)
    assert {"h1", "h2", "table", "caption", "th", "td", "figure", "figcaption", "img", "svg", "footer"} <= {
        tag for tag, _ in outline.tags}
    assert all(cell.get("scope") == "col" for cell in outline.all("th"))
    assert "<exchanged>." in outline.words and "<b>&amp;</b>" in outline.words


def test_verdicts_have_their_colours_and_words(light: np.ndarray) -> None:
    for tone, colour in browser.GROUNDS.items():
        assert browser.share(light, colour) > 0.01, tone
    assert browser.share(light, browser.PAPER) > 0.1


def test_pictures_are_shown_unchanged_and_enlarged_by_whole_pixels(written: Written, light: np.ndarray) -> None:
    changed = written.picture.copy().reshape(-1)
    changed[::7] ^= 9                                   # as the writer does; its rows have no padding
    changed = changed.reshape(written.picture.shape)
    assert is_there(light, written.picture)
    assert is_there(light, changed)
    assert is_there(light, changed.repeat(2, axis=0).repeat(2, axis=1))
    gain = np.minimum(cv2.absdiff(written.picture, changed).astype(int) * 10, 255).astype(np.uint8)
    assert is_there(light, gain)                        # in the four-way sheet
    assert not is_there(light, written.picture[::-1])


def test_plots_are_drawn(light: np.ndarray) -> None:
    for colour in ((0xb2, 0x72, 0x00), (0x00, 0x5e, 0xd5), (0x1e, 0x26, 0xb3)):     # two series, the threshold
        assert browser.share(light, colour) * light[..., 0].size > 200


def test_dark_readers_get_a_dark_page(written: Written) -> None:
    dark = browser.screenshot(written.page, written.page.with_name("dark.png"), dark=True)
    assert browser.share(dark, browser.DARK_PAPER) > 0.1
    assert browser.share(dark, browser.PAPER) < 0.001


def test_a_narrow_window_cuts_nothing_off(written: Written) -> None:
    """Wide tables, plots and pictures scroll or shrink inside their boxes: the margin of the page stays free."""
    narrow = browser.screenshot(written.page, written.page.with_name("narrow.png"), width=500, height=4000)
    assert browser.share(narrow[:, -16:], browser.PAPER) == 1
    assert browser.share(narrow[:, 30:-30], browser.PAPER) < 0.5


def test_a_plot_of_its_own_has_its_own_colours(written: Written, tmp_path: Path) -> None:
    root = ElementTree.parse(written.plot).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in written.plot.read_text()
    shown = browser.screenshot(written.plot, tmp_path / "plot.png", height=400, dark=True)
    assert browser.share(shown[:200, :900], (255, 255, 255)) > 0.5
    assert browser.share(shown, (0xb2, 0x72, 0x00)) * shown[..., 0].size > 200
