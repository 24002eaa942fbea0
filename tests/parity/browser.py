"""Headless Chromium and Python's parsers as witnesses: what a page says, and what it looks like."""
from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import cv2
import numpy as np

from program import REPOSITORY

VOID = {"meta", "img", "br", "link", "input", "hr"}
UNSEEN = {"style", "script", "noscript", "title"}
PAGE = REPOSITORY / "tools" / "report" / "page"
SVG = "http://www.w3.org/2000/svg"                      # the one address that a page names, and nothing is fetched from

#: All that a page may consist of: what its template has, and what its scripts make.
ELEMENTS = {"html", "head", "meta", "title", "style", "body", "main", "noscript", "script", "h1", "h2", "p", "section", "div",
            "strong", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "img", "footer", "svg",
            "path", "line", "text"}

#: The fixed colours of report/page/page.css that tests look for, in B, G, R.
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

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> where {self.open[-3:]} are open"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not UNSEEN & set(self.open):
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


def embedded(page: Path, name: str) -> Any:
    """The JSON that the page holds under that name: "facts" or "pictures"."""
    return json.loads(cut_out(page.read_text(encoding="utf-8"), name)[0])


def cut_out(text: str, name: str) -> Tuple[str, str]:
    """What stands in the element of that name, and the page with {{name}} in its place."""
    before, opening, rest = text.partition(f'<script type="application/json" id="{name}">')
    assert opening, f"no {name} in the page"
    inside, closing, after = rest.partition("</script>")
    return inside, f"{before}{opening}{{{{{name}}}}}{closing}{after}"


def template(report: str, beside: str) -> str:
    """The page without its facts and pictures: the files of tools/report/page/ alone."""
    text, style = ((PAGE / name).read_text(encoding="utf-8") for name in ("page.html", "page.css"))
    names = re.findall(r'incbin "report/page/(.*\.js)"', (PAGE.parent / "template.S").read_text())
    script = "".join((PAGE / name).read_text(encoding="utf-8") for name in names)
    for name, value in (("report", report), ("json", beside), ("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(value.encode()).digest()).decode()
        text = text.replace(f"{{{{{name} hash}}}}", digest).replace(f"{{{{{name}}}}}", value)
    return text


def drawn(page: Path) -> Outline:
    """The page after its script ran to its end."""
    outline = Outline(chromium(page, "--dump-dom"))
    assert len(outline.all("footer")) == 1, "the page's script stopped"
    return outline


def check_page(page: Path) -> Outline:
    """What every report must be: the template and nothing else, whatever the facts say; the facts, as in the file beside
    it; and in the browser nothing but words, tables, pictures and drawings. Its outline there."""
    facts = embedded(page, "facts")
    _, frame = cut_out(page.read_text(encoding="utf-8"), "facts")
    _, frame = cut_out(frame, "pictures")
    report, beside = re.findall(r'<main data-report="(\w+)" data-json="([\w.]+)">', frame)[0]
    assert frame == template(report, beside).replace("[{{pictures}}]", "{{pictures}}")
    assert facts == json.loads((page.parent / beside).read_text(encoding="utf-8"))
    assert frame.count("://") == 1 == frame.count(SVG) and "@import" not in frame and "url(" not in frame
    assert not re.search("innerHTML|outerHTML|insertAdjacent|document.write|eval|Function\\(", frame)
    outline = drawn(page)
    assert {tag for tag, _ in outline.tags} <= ELEMENTS and len(outline.all("script")) == 3
    assert not any(name.startswith("on") or name == "href" for _, attributes in outline.tags for name in attributes)
    assert all(image["src"].startswith("data:image/png;base64,") and image["alt"] for image in outline.all("img"))
    for (tag, attributes), (inside, _) in zip(outline.tags, outline.tags[1:]):
        assert tag != "svg" or (attributes["role"] == "img" and inside == "title")
    assert all(cell.get("scope") == "col" for cell in outline.all("th"))
    return outline
