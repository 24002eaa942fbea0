"""Headless Chromium and Python's parsers as witnesses: what a page says, and what it looks like."""
from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, List, Optional, Tuple
from xml.etree import ElementTree

import cv2
import numpy as np

VOID = {"meta", "img", "br", "link", "input", "hr"}
SHAPES = {"line", "path", "rect", "circle"}             # of SVG, written <line ... />

#: The fixed colours of report/style.c that tests look for, in B, G, R.
PAPER, DARK_PAPER = (0xf8, 0xfa, 0xfb), (0x1c, 0x18, 0x16)
GROUNDS = {"good": (0xee, 0xf5, 0xe8), "fair": (0xdc, 0xf3, 0xfc), "bad": (0xea, 0xec, 0xfd)}


class Outline(HTMLParser):
    """The elements of a page, in order; fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: List[str] = []
        self.tags: List[Tuple[str, Dict[str, Optional[str]]]] = []
        self.words: List[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice: {names}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        assert tag in SHAPES, f"<{tag}/> is no void element"
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> where {self.open[-3:]} are open"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data.split()

    def all(self, tag: str) -> List[Dict[str, Optional[str]]]:
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.tags if name == tag]


def chromium(page: Path, *options: str) -> str:
    """Runs the browser on a local page; its standard output."""
    with tempfile.TemporaryDirectory() as profile:
        run = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                              f"--user-data-dir={profile}", *options, page.resolve().as_uri()],
                             capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def screenshot(page: Path, to: Path, width: int = 1200, height: int = 3000, dark: bool = False) -> np.ndarray:
    """The page as a reader sees it, uint8 [height, width, 3] in B, G, R."""
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    chromium(page, f"--screenshot={to.resolve()}", f"--window-size={width},{height}", *scheme)
    return cv2.imread(str(to))


def share(picture: np.ndarray, colour: Tuple[int, int, int]) -> float:
    """The share of pixels that have exactly this colour."""
    return float((picture == np.array(colour, np.uint8)).all(axis=2).mean())


def check_page(page: Path) -> Outline:
    """What every report must be: valid, self-contained, read the same by the browser; its outline."""
    text = page.read_text(encoding="utf-8")
    outline = Outline(text)
    assert text.startswith("<!DOCTYPE html>\n<html lang=\"en\">")
    assert "://" not in re.sub(r'src="data:image/png;base64,[A-Za-z0-9+/=]*"', "", text), "the page names an address"
    assert not outline.all("script") and not outline.all("link") and "@import" not in text and "url(" not in text
    assert all(image["src"].startswith("data:image/png;base64,") and "alt" in image for image in outline.all("img"))
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img" and root[0].tag == "title" and root[0].text
    # A parser that had to mend the page would have added, moved or dropped elements.
    shown = Outline(re.sub(r"></(line|path|rect|circle)>", "/>", chromium(page, "--dump-dom")))
    assert Counter(tag for tag, _ in shown.tags) == Counter(tag for tag, _ in outline.tags)
    assert shown.words == outline.words
    return outline
