"""The page that reports are made of, in a browser: what its scripts draw, and that nothing else can run in it."""
from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple

import cv2
import numpy as np
import pytest
import skimage.data

import browser
from program import viseme

SIDE = 240                                              # pixels, the picture that the page shows


class Written(NamedTuple):
    """A page of `viseme compare`, and the pictures that were compared."""

    page: Path
    pictures: List[np.ndarray]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("page")
    picture = cv2.resize(skimage.data.astronaut()[:220, 120:340, ::-1], (SIDE, SIDE))
    changed = picture.copy().reshape(-1)
    changed[::7] ^= 9
    both = [picture, changed.reshape(picture.shape)]
    for name, shown in zip("ab", both):
        (folder / name).mkdir()
        for i in range(3):
            assert cv2.imwrite(str(folder / name / f"output_frame_{i:04d}.png"), shown if i else picture)
    finished = viseme("compare", folder / "a", folder / "b", "--pictures", 1, "-o", folder / "report")
    assert finished.status in (0, 1), finished.err
    return Written(folder / "report" / "report.html", both)


def changed_page(page: Path, to: Path, change: Callable[[Dict[str, Any]], None]) -> Path:
    """The same page of other facts, kept beside their JSON as the program does."""
    text = page.read_text(encoding="utf-8")
    facts = browser.embedded(page, "facts")
    change(facts)
    told = json.dumps(facts)
    (to / "compare.json").write_text(told)
    inside, frame = browser.cut_out(text, "facts")
    assert inside
    safe = told.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    (to / "page.html").write_text(frame.replace("{{facts}}", safe), encoding="utf-8")
    return to / "page.html"


@pytest.fixture(scope="module")
def light(written: Written) -> np.ndarray:
    return browser.screenshot(written.page, written.page.with_name("light.png"), height=2600)


def is_there(whole: np.ndarray, part: np.ndarray) -> bool:
    """Is the part in the whole, pixel for pixel? Its edge is left out: corners are rounded."""
    inner = part[8:-8, 8:-8]
    distance = cv2.matchTemplate(whole, inner, cv2.TM_SQDIFF)
    _, _, (x, y), _ = cv2.minMaxLoc(distance)
    return bool((whole[y:y + inner.shape[0], x:x + inner.shape[1]] == inner).all())


def test_the_page_is_its_template_and_needs_nothing_else(written: Written) -> None:
    outline = browser.check_page(written.page)
    assert {"h1", "h2", "table", "caption", "th", "td", "figure", "figcaption", "img", "svg", "footer"} <= {
        tag for tag, _ in outline.tags}


@pytest.mark.parametrize("tone", ("good", "fair", "bad"))
def test_verdicts_have_their_colours(tone: str, written: Written, tmp_path: Path) -> None:
    word = {"good": "numeric", "fair": "visual", "bad": "different"}[tone]
    page = changed_page(written.page, tmp_path, lambda facts: facts.update(verdict=word, called_out=False))
    shown = browser.screenshot(page, tmp_path / "shown.png", height=600)
    for each, colour in browser.GROUNDS.items():
        assert (browser.share(shown, colour) > 0.01) == (each == tone)
    assert browser.share(shown, browser.PAPER) > 0.1


def test_pictures_are_shown_unchanged(written: Written, light: np.ndarray) -> None:
    picture, changed = written.pictures
    assert is_there(light, picture) and is_there(light, changed)
    tenfold = np.minimum(cv2.absdiff(picture, changed).astype(int) * 10, 255).astype(np.uint8)
    assert is_there(light, tenfold)                     # in the four-way sheet
    assert not is_there(light, picture[::-1])


def test_plots_are_drawn(light: np.ndarray) -> None:
    for colour in ((0xb2, 0x72, 0x00), (0x00, 0x5e, 0xd5), (0x1e, 0x26, 0xb3)):     # two series, the threshold
        assert browser.share(light, colour) * light[..., 0].size > 200


def test_a_long_run_with_gaps(written: Written, tmp_path: Path) -> None:
    """Many frames cost no more points than pixels; where there is no number there is a gap, and the page goes on."""
    def lengthen(facts: Dict[str, Any]) -> None:
        frame = facts["per_frame"][1]
        facts["per_frame"] = [{**frame, "number": i, "pixels": {**frame["pixels"], "psnr": 30 + 5 * math.sin(i / 50)}}
                              for i in range(20000)]
        for i in range(4000, 9000):
            facts["per_frame"][i]["pixels"]["psnr"] = None
        facts["overall"]["a"]["mean"] = facts["overall"]["mean_percent"] = None
    outline = browser.drawn(changed_page(written.page, tmp_path, lengthen))
    lines = [path["d"] for path in outline.all("path") if "line" in (path.get("class") or "").split()]
    assert 3 == len(lines) and all(400 < len(re.findall("[ML]", line)) < 2500 for line in lines)
    assert [len(re.findall("M", line)) for line in lines] == [1, 1, 2]
    assert "NaN" not in " ".join(outline.words) + "".join(lines) and "undefined" not in outline.words


def test_hostile_facts_are_words(written: Written, tmp_path: Path) -> None:
    """Every text of the facts, and every key, as bad as can be: the same elements come of it."""
    bad = "</script><script>document.title='ran'</script><img src=x onerror=document.title='ran'>{{script}}\u2028\u202e"

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {**{key: value[key] if key in ("verdict", "required") else spoil(value[key]) for key in value}, bad: bad}
        if isinstance(value, list):
            return [spoil(each) for each in value]
        return value + bad if isinstance(value, str) else value
    before = browser.drawn(written.page)

    def spoil_all(facts: Dict[str, Any]) -> None:
        for key in facts.keys() - {"verdict", "required"}:
            facts[key] = spoil(facts[key])
        for frame in facts["per_frame"]:
            frame["verdict"] = facts["verdict"]
    page = changed_page(written.page, tmp_path, spoil_all)
    after = browser.drawn(page)
    assert [tag for tag, _ in after.tags] == [tag for tag, _ in before.tags]
    assert [sorted(attributes) for _, attributes in after.tags] == [sorted(attributes) for _, attributes in before.tags]
    assert "<script>document.title='ran'</script><img" in " ".join(after.words)
    assert "\u202e" not in " ".join(after.words)
    assert "<title>ran" not in browser.chromium(page, "--dump-dom")


@pytest.mark.parametrize("planted", ("<script>document.title='ran'</script>", "<img src=x onerror=\"document.title='ran'\">",
                                     "<style>body { display: none }</style>"))
def test_the_policy_stops_what_is_not_the_page_s_own(planted: str, written: Written, tmp_path: Path) -> None:
    """The second fence: even markup that stood in the page would not run."""
    page = tmp_path / "page.html"
    page.write_text(written.page.read_text(encoding="utf-8").replace("</main>", f"</main>{planted}"), encoding="utf-8")
    assert "<title>ran" not in browser.chromium(page, "--dump-dom")
    shown = browser.screenshot(page, tmp_path / "shown.png", height=600)
    assert browser.share(shown, browser.GROUNDS["bad"]) + browser.share(shown, browser.GROUNDS["fair"]) > 0.01


def test_dark_readers_get_a_dark_page(written: Written) -> None:
    dark = browser.screenshot(written.page, written.page.with_name("dark.png"), dark=True)
    assert browser.share(dark, browser.DARK_PAPER) > 0.1
    assert browser.share(dark, browser.PAPER) < 0.001


@pytest.mark.parametrize("width", (400, 1200))
def test_no_window_cuts_anything_off(width: int, written: Written, tmp_path: Path) -> None:
    """Wide tables and pictures scroll or shrink inside their boxes, plots are drawn anew: the margin stays free."""
    frame = tmp_path / "frame.html"                     # a browser's own window cannot be as narrow as a telephone's
    frame.write_text(f'<body style="margin:0"><iframe style="border:0" width="{width}" height="3000" '
                     f'src="{written.page.as_uri()}"></iframe>')
    shown = browser.screenshot(frame, tmp_path / "shown.png", width=1300, height=3000)[:, :width]
    assert browser.share(shown[:, -12:], browser.PAPER) == 1
    assert browser.share(shown[:, 30:-30], browser.PAPER) < 0.6


def test_without_its_script_the_page_names_the_json(written: Written) -> None:
    text = written.page.read_text(encoding="utf-8")
    (told,) = re.findall("<noscript>(.*?)</noscript>", text, re.DOTALL)
    assert "compare.json" in told and (written.page.parent / "compare.json").is_file()


# --- numbers and axes -------------------------------------------------------------------------------------------------

#: What the scripts' functions say, in JavaScript.
ANSWERS = {
    "[31.2449, 0, -3.5, 1.5e-7, -2.25e12, 123456, 0.00012, 1e-5, null].map((v) => short(v))":
        ["31.24", "0", "−3.5", "1.5e−7", "−2.25e12", "1.235e5", "0.00012", "1e−5", "–"],
    "[fixed(2, 2), fixed(-0.5, 1, ' dB'), fixed(null, 2), fixed(null, 2, ' dB', '∞'), signed(0, 1), signed(-1, 1)]":
        ["2.00", "−0.5 dB", "–", "∞", "+0.0", "−1.0"],
    "['1=', '31.4 dB', '−1e−7', '99/255', '–', '', '12 %', 'a', '1 of 2', '5 levels'].map(isNumber)":
        [True] * 7 + [False] * 3,
    "makeAxis([24.1, 30.2], { round: true, ticks: 5 }).ticks": [24, 26, 28, 30, 32],
    "makeAxis([3], { whole: true, ticks: 5 }).ticks": [3],
    "makeAxis([], { ticks: 2 }).ticks": [0, 0.5, 1],
    "makeAxis([null, 0.1, null, 0.3], { ticks: 4 }).ticks.map((v) => v.toFixed(2))": ["0.10", "0.15", "0.20", "0.25", "0.30"],
    "makeAxis([0, -1, 0.001, 900], { log: true, round: true, ticks: 5 }).ticks.map((v) => short(v))":
        ["0.001", "0.01", "0.1", "1", "10", "100", "1000"],
    "makeAxis([2, 60], { log: true, ticks: 5 }).ticks.map(Math.round)": [2, 5, 10, 20, 50],
    "((a) => a.ticks.map(a.text))(makeAxis([-0.3, 0.3], { ticks: 6 }))":
        ["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"],
    "((a) => [a.at(0), a.at(5), a.at(99)])(Object.assign(makeAxis([0, 10], { ticks: 5 }), { from: 100, to: 200 }))":
        [100, 150, 200],
    """(() => {
        linePlot({ title: 't', names: { x: 'frame', y: 'dB' }, series: [{ x: [3, 4, 5], y: [1, null, 2] }] });
        const svg = document.querySelector('.plot'), at = svg.getBoundingClientRect();
        return [0.99, 0.5, 0].map((share) => {
          svg.dispatchEvent(new PointerEvent('pointermove', { clientX: at.left + share * at.width }));
          return [...svg.querySelectorAll('text')].pop().textContent;
        });
      })()""": ["frame 5: 2", "frame 4: –", "frame 3: 1"],
    "[words('a\\x1b[2J\\u009b\\u202e<b>'), words(null)]": ["a\ufffd[2J\ufffd\ufffd<b>", "null"],
}


def test_numbers_and_axes(tmp_path: Path) -> None:
    script = "".join((browser.PAGE / name).read_text(encoding="utf-8") for name in ("dom.js", "plot.js"))
    page = tmp_path / "page.html"
    page.write_text('<!DOCTYPE html><meta charset="utf-8"><main></main><script type="application/json" id="pictures">[]</script>'
                    f"<script>{script}page.dataset.told = JSON.stringify([{', '.join(ANSWERS)}]);</script>", encoding="utf-8")
    (main,) = browser.Outline(browser.chromium(page, "--dump-dom")).all("main")
    for (asked, expected), told in zip(ANSWERS.items(), json.loads(main["data-told"] or "[]")):
        assert told == expected, asked
