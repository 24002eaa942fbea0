"""The page of `viseme serve` in Chromium and Firefox: she is seen to move and heard to speak, by what was decoded."""
from __future__ import annotations

import json
import shutil
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Type

import cv2
import numpy as np
import pytest

from live_browser import Browser, Chromium, Firefox, Page
from live_process import NOBODY_IS_TOO_SLOW, Process
from program import PATIENCE, PROGRAM, REPOSITORY

DEMO = REPOSITORY / "demo"
ELSEWHERE = "viseme.test"                                # a name that is no loopback address to a browser
SHORT = "Good morning. I am made of numbers."
LONG = " ".join(["One two three four five six seven eight nine ten."] * 8)
MOUTH, SIDE = (.42, .52, .2, .16), 112                  # x, y, width and height as shares of the demo's picture; its side here

#: Watches what is drawn: how much of the mouth's box is dark or white as open mouths are, the state, the loudness.
WATCH = """(() => {
  const canvas = avatar.shadowRoot.querySelector('canvas'), pen = new OffscreenCanvas(%(side)d, %(side)d).getContext('2d');
  const [x, y, width, height] = %(mouth)s.map((share) => Math.round(share * %(side)d));
  window.seen = [];
  let drawn = 0;
  const look = () => {
    requestAnimationFrame(look);
    const now = avatar.statistics;
    if (now.framesDrawn === drawn) return;
    drawn = now.framesDrawn;
    pen.drawImage(canvas, 0, 0, %(side)d, %(side)d);
    const { data } = pen.getImageData(x, y, width, height);
    let open = 0, sum = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b] = data.slice(i, i + 3);
      open += .3 * r + .59 * g + .11 * b < 80 || Math.min(r, g, b) > 190;
      sum += r + 3 * g + 5 * b;
    }
    seen.push({ state: avatar.state, open: open * 4 / data.length, sum, loud: now.soundLevel });
  };
  look();
  window.told = [];
  for (const type of ['state', 'ready', 'caption', 'speakstart', 'speakend', 'interrupted', 'error', 'latency', 'session'])
    avatar.addEventListener(type, ({ detail }) => told.push({ type, ...detail }));
})()""" % {"side": SIDE, "mouth": json.dumps(list(MOUTH))}


class Server(Process):
    """`viseme serve` on a port of loopback; a context manager that wants a clean end."""

    def __init__(self, *options: str, port: Optional[int] = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            chosen = port or int(free.getsockname()[1])
        super().__init__(
            [PROGRAM, "serve", "--model", DEMO / "models" / "99.pth", "--precision", "fast", "--audio-encoder",
             DEMO / "models" / "audio_encoder.pth", "--listen", f"127.0.0.1:{chosen}",
             "--allow-origin", f"http://{ELSEWHERE}:{chosen}", *options], NOBODY_IS_TOO_SLOW)
        self.url = f"http://localhost:{self.port}"

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.end(patience=30 * PATIENCE) == 0, "".join(self.errors)

    def sessions(self) -> List[Dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/v1/sessions", timeout=10) as answer:
            return list(json.load(answer)["sessions"])

    def end_session(self, session: str) -> None:
        request = urllib.request.Request(self.url + session, method="DELETE")
        urllib.request.urlopen(request, timeout=10).close()


def outward() -> str:
    """The machine's own address that is not loopback: Firefox has no way from the one to the other. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(("203.0.113.5", 9))
        return str(way.getsockname()[0])


def other_face(folder: Path, frames: int = 40) -> Path:
    """The demo's first pictures with red and blue exchanged: nobody takes one for the other."""
    for name in ("full_body_img", "landmarks"):
        (folder / name).mkdir(parents=True)
    for i in range(frames):
        picture = cv2.imread(str(DEMO / "character" / "full_body_img" / f"{i}.jpg"))
        assert cv2.imwrite(str(folder / "full_body_img" / f"{i}.jpg"), picture[..., ::-1])
        shutil.copy(DEMO / "character" / "landmarks" / f"{i}.lms", folder / "landmarks")
    return folder


@pytest.fixture(scope="module")
def blue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return other_face(tmp_path_factory.mktemp("blue") / "character")


@pytest.fixture(scope="module")
def server(blue: Path) -> Iterator[Server]:
    with Server("--character", f"demo={DEMO / 'character'}", "--character", f"blue={blue}") as running:
        yield running


@pytest.fixture(scope="module", params=[Chromium, Firefox], ids=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    kind: Type[Browser] = request.param
    with kind() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with Chromium() as running:
        yield running


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    opened = shown(browser, server.url)
    yield opened
    opened.close()


def shown(browser: Browser, url: str, transport: str = "ws") -> Page:
    """The page, once she moves in it, by that transport alone: what this machine is quick enough for decides nothing."""
    page = browser.open(url)
    page.size(1280, 800)
    page.run(f"(avatar.transport = '{transport}', 0)")
    page.wait(f"avatar.session?.transport === '{transport}' && avatar.state === 'idle' && avatar.statistics.framesDrawn > 10")
    page.run(WATCH)
    return page


def say(page: Page, words: str) -> None:
    """As a user does: into the text box, Enter."""
    page.run("document.getElementById('text').focus()")
    page.type(words)
    page.key("Enter")


def told(page: Page, kind: str) -> List[Dict[str, Any]]:
    """The events of that kind that the component told, in order."""
    return [event for event in page.run("told") if event["type"] == kind]


def seen(page: Page, state: str) -> Dict[str, np.ndarray]:
    """What was drawn while she was in that state, one value a picture."""
    looks = [look for look in page.run("seen") if look["state"] == state]
    assert looks, f"nothing was drawn while she was {state}"
    return {name: np.array([look[name] for look in looks]) for name in ("open", "sum", "loud")}


def caption(page: Page) -> str:
    return str(page.run("avatar.shadowRoot.querySelector('.caption').textContent"))


def test_she_says_what_is_typed(page: Page) -> None:
    page.wait("seen.length > 25")
    rest = seen(page, "idle")
    page.run("seen.length = 0")
    say(page, SHORT)
    page.wait("avatar.state === 'speaking'")
    assert caption(page) == SHORT
    page.wait("told.some(({ type }) => type === 'speakend')")
    speaks = seen(page, "speaking")
    page.run("seen.length = 0")
    page.wait("seen.filter(({ state }) => state === 'idle').length > 25")
    after = {name: values[12:] for name, values in seen(page, "idle").items()}

    assert len(set(rest["sum"])) > 5, "the picture stands still"
    assert rest["loud"].max() < 1e-3 < 0.02 < speaks["loud"].max() and after["loud"].max() < 1e-3
    assert np.percentile(speaks["open"], 95) > 1.4 * rest["open"].max(), "her lips did not open"
    assert after["open"].max() < np.percentile(speaks["open"], 95), "her lips did not come to rest"
    moved, rested = (np.median(np.abs(np.diff(looks["open"]))) for looks in (speaks, after))
    assert moved > 2 * rested, "her lips move no more than at rest"
    page.wait("avatar.shadowRoot.querySelector('.caption').textContent === ''")
    assert [event["text"] for event in told(page, "speakstart")] == [SHORT]
    assert told(page, "latency") and page.run("!document.getElementById('latency').hidden")
    assert not told(page, "error") and page.run("avatar.statistics.failures") == 0


@pytest.fixture(scope="module")
def reached() -> Iterator[Server]:
    """UDP comes by the machine's own address, the page by loopback, which is as good as HTTPS to a browser."""
    with Server("--character", f"demo={DEMO / 'character'}", "--public-address", outward()) as running:
        yield running


def test_by_webrtc_over_loopback_she_is_seen(server: Server, chromium: Chromium) -> None:
    page = shown(chromium, server.url, "whep")
    page.wait("new Set(seen.map(({ sum }) => sum)).size > 5")
    page.close()


def test_firefox_has_no_way_to_loopback_and_takes_the_websocket(server: Server) -> None:
    with Firefox() as running:
        page = running.open(server.url)
        page.run("(window.errors = [], avatar.addEventListener('error', ({ detail }) => errors.push(detail.message)), 0)")
        page.wait("avatar.session?.transport === 'ws' && avatar.state === 'idle' && avatar.statistics.framesDrawn > 10")
        assert not page.run("errors")
        page.close()


def test_by_webrtc_she_is_seen_and_heard(reached: Server, browser: Browser) -> None:
    page = shown(browser, reached.url, "whep")
    page.wait("seen.length > 25")
    rest = seen(page, "idle")
    page.run("seen.length = 0")
    say(page, SHORT)
    page.wait("told.some(({ type }) => type === 'speakend')")
    speaks = seen(page, "speaking")
    assert page.run("avatar.session.transport") == "whep" and len(set(rest["sum"])) > 5
    assert rest["loud"].max() < 1e-3 < 0.02 < speaks["loud"].max()
    assert np.percentile(speaks["open"], 95) > 1.4 * np.percentile(rest["open"], 95), "her lips did not open"
    assert [event["text"] for event in told(page, "speakstart")] == [SHORT] and not told(page, "error")
    page.run(f"avatar.speak({json.dumps(LONG)})")
    page.wait("avatar.state === 'speaking' && avatar.statistics.soundLevel > 0.02")
    page.key("Escape")
    page.wait("told.some(({ type }) => type === 'interrupted') && avatar.state === 'idle'")
    page.run("seen.length = 0")
    page.wait("seen.length > 50 && seen.slice(-25).every(({ loud }) => loud < 1e-3)")
    page.close()


def test_where_udp_is_shut_the_websocket_goes_on() -> None:
    """The address where it is said to come (RFC 5737: nobody's) leads nowhere."""
    shut = Server("--character", f"demo={DEMO / 'character'}", "--public-address", "203.0.113.5")
    with shut, Chromium() as running:
        page = running.open(shut.url)
        page.wait("avatar.session?.transport === 'ws' && avatar.state === 'idle' && avatar.statistics.framesDrawn > 10")
        assert not page.complaints()
        page.close()


def test_long_texts_have_captions_piece_by_piece_and_escape_stops_her(page: Page) -> None:
    page.run(f"avatar.speak({json.dumps(LONG)})")
    page.wait("told.filter(({ type, text }) => type === 'caption' && text).length >= 2")
    first, second = [event for event in told(page, "caption") if event["text"]][:2]
    assert LONG.startswith(first["text"]) and second["text"] in LONG and first["first"] and not first["last"]
    page.key("Escape")
    page.wait("told.some(({ type }) => type === 'interrupted')")
    assert told(page, "interrupted")[0]["playbackPositionMs"] > 0
    assert not told(page, "speakend")
    page.wait("avatar.state === 'idle' && avatar.statistics.soundLevel < 1e-3")
    page.wait("avatar.shadowRoot.querySelector('.caption').textContent === ''")
    page.run("seen.length = 0")
    page.wait("seen.length > 20")
    assert seen(page, "idle")["loud"].max() < 1e-3, "she went on"


def test_captions_can_be_switched_off(page: Page) -> None:
    page.run("document.getElementById('captions').click()")
    assert page.run("document.getElementById('captions').getAttribute('aria-pressed')") == "false"
    say(page, SHORT)
    page.wait("avatar.state === 'speaking'")
    assert page.run("getComputedStyle(avatar.shadowRoot.querySelector('.caption')).display") == "none"
    page.run("document.getElementById('captions').click()")
    assert page.run("getComputedStyle(avatar.shadowRoot.querySelector('.caption')).display") != "none"
    page.wait("avatar.state === 'idle'")


def test_a_dropped_connection_comes_back(page: Page, server: Server) -> None:
    session = page.run("avatar.session.id")
    page.run("avatar.reconnect()")
    page.wait("avatar.statistics.reconnects === 1 && avatar.state === 'idle'")
    assert page.run("avatar.session.id") == session, "the session did not go on"
    page.run("seen.length = 0")
    page.wait("seen.length > 10")
    assert len(set(seen(page, "idle")["sum"])) > 2

    server.end_session(page.run("avatar.session.url"))
    page.wait(f"avatar.session?.id !== {json.dumps(session)} && avatar.state === 'idle'")
    say(page, SHORT)
    page.wait("told.some(({ type }) => type === 'speakend')")
    assert [event["state"] for event in told(page, "state")].count("reconnecting") == 2


def test_two_pages_see_their_own_faces(page: Page, browser: Browser, server: Server) -> None:
    page.run("avatar.character = 'blue'")
    page.wait("avatar.session?.character === 'blue' && avatar.state === 'idle' && avatar.statistics.framesDrawn > 10")
    other = shown(browser, server.url)
    try:
        assert other.run("avatar.session.character") == "demo"
        say(other, SHORT)
        other.wait("told.some(({ type }) => type === 'speakend')")
        assert not told(page, "speakstart") and page.run("avatar.state") == "idle"
        for opened, name in ((page, "blue"), (other, "demo")):
            assert opened.run("document.getElementById('character').value") == name
            # Her skin: more red than blue, or the other way round.
            red, _, blue, _ = opened.run("""(() => {
              const canvas = avatar.shadowRoot.querySelector('canvas');
              const pen = new OffscreenCanvas(1, 1).getContext('2d');
              pen.drawImage(canvas, canvas.width * .4, canvas.height * .45, canvas.width * .2, 8, 0, 0, 1, 1);
              return [...pen.getImageData(0, 0, 1, 1).data];
            })()""")
            assert (red > blue + 20) == (name == "demo") and abs(red - blue) > 20, (name, red, blue)
    finally:
        other.close()


def test_what_the_microphone_hears_she_says(page: Page) -> None:
    page.run("document.getElementById('microphone').focus()")
    press = "document.getElementById('microphone').dispatchEvent(new KeyboardEvent('%s', { key: ' ', bubbles: true }))"
    page.run(press % "keydown")
    if not page.run("avatar.statistics.soundPlaying"):      # Firefox where there is no sound device, as in a container
        page.wait("!document.getElementById('notice').hidden")
        assert "no sound device" in page.run("document.getElementById('notice').textContent")
        assert page.run("document.getElementById('microphone').getAttribute('aria-pressed')") == "false"
        return
    page.wait("avatar.state === 'speaking'")
    page.wait("seen.some(({ state, loud }) => state === 'speaking' && loud > 0.01)")
    assert page.run("document.getElementById('microphone').getAttribute('aria-pressed')") == "true"
    page.run(press % "keyup")
    page.wait("told.some(({ type }) => type === 'speakend')")
    page.wait("avatar.state === 'idle'")
    assert page.run("document.getElementById('microphone').getAttribute('aria-pressed')") == "false"


def test_a_page_that_nobody_looks_at_leaves_its_place(page: Page, server: Server) -> None:
    before = len(server.sessions())
    hidden = "Object.defineProperty(document, 'hidden', { get: () => %s, configurable: true })"
    turn = f"({hidden}, document.dispatchEvent(new Event('visibilitychange')), 0)"
    page.run("avatar.setAttribute('pause-after', '0')")
    page.run(turn % "true")
    page.wait("avatar.state === 'paused'")
    end = time.monotonic() + 30 * PATIENCE
    while len(server.sessions()) != before - 1:
        assert time.monotonic() < end, "its place is not free"
        time.sleep(0.05)
    page.run(turn % "false")
    page.wait("avatar.state === 'idle' && avatar.statistics.framesDrawn > 3")


LAYOUT = """[...document.querySelectorAll('header, main, footer, viseme-avatar, button, select, textarea')]
  .filter((element) => element.offsetParent !== null).map((element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { name: element.id || element.localName, button: element.localName === 'button', left, top, right, bottom };
  })"""


@pytest.mark.parametrize("width, height", ((390, 780), (1280, 800), (844, 390)))
def test_all_of_it_is_seen_at_every_width(page: Page, width: int, height: int, tmp_path: Path) -> None:
    page.size(width, height)
    page.wait(f"innerWidth === {width}")
    for part in page.run(LAYOUT):
        assert part["left"] >= 0 and part["top"] >= 0 and part["right"] <= width and part["bottom"] <= height, part
        assert not part["button"] or min(part["right"] - part["left"], part["bottom"] - part["top"]) >= 40, part
    assert page.run("document.documentElement.scrollWidth") <= width
    picture = page.screenshot(tmp_path / "page.png")
    assert picture.shape[:2] == (height, width)
    box = next(part for part in page.run(LAYOUT) if part["name"] == "avatar")
    face = picture[int(box["top"]):int(box["bottom"]), int(box["left"]):int(box["right"])]
    assert face.std() > 30, "there is no picture of her"


def test_dark_and_light_differ(server: Server, tmp_path: Path) -> None:
    for dark in (False, True):
        with Chromium(dark=dark) as running:
            page = shown(running, server.url)
            corner = page.screenshot(tmp_path / f"{dark}.png")[300, 5]
            assert (corner.max() < 60) if dark else (corner.min() > 200)
            assert not page.complaints()


def test_an_embedding_page_asks_and_is_answered(server: Server, chromium: Chromium) -> None:
    page = chromium.open(f"{server.url}/embed.html")
    page.run("window.avatar = document.querySelector('viseme-avatar'), 0")
    page.wait("avatar.state === 'idle' && avatar.statistics.framesDrawn > 10")
    page.run(WATCH)
    page.run("document.querySelector('[data-answer]').click()")
    page.wait("told.some(({ type }) => type === 'speakend')", 90)
    assert seen(page, "speaking")["loud"].max() > 0.02
    assert not page.complaints()
    page.close()


def test_a_token_is_asked_for_and_a_full_server_waited_for(chromium: Chromium, blue: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("open sesame and more\n")
    with Server("--character", f"blue={blue}", "--token-file", str(tmp_path / "token"), "--max-sessions", "1") as guarded:
        page = chromium.open(guarded.url)
        page.wait("avatar.state === 'refused' && !document.getElementById('token-form').hidden")
        give = "(document.getElementById('token').value = '%s', document.getElementById('token-form').requestSubmit())"
        page.run(give % "wrong")
        page.wait("!document.getElementById('notice').hidden && !document.getElementById('token-form').hidden")
        page.run(give % "open sesame and more")
        page.wait("avatar.state === 'idle'")
        second = chromium.open(guarded.url)
        second.wait("avatar.state === 'refused'")
        second.run(give % "open sesame and more")
        second.wait("avatar.state === 'full'")
        assert "All places are taken" in second.run("avatar.shadowRoot.querySelector('.message').textContent")
        page.close()
        second.wait("avatar.state === 'idle'")
        second.close()


def test_a_server_that_comes_again_is_found_again(chromium: Chromium, blue: Path) -> None:
    with Server("--character", f"blue={blue}") as first:
        page = shown(chromium, first.url)
    page.wait("avatar.state === 'reconnecting'")
    with Server("--character", f"blue={blue}", port=first.port):
        page.wait("avatar.state === 'idle' && avatar.statistics.framesDrawn > 3")
        page.close()


def test_an_insecure_address_is_explained(server: Server) -> None:
    with Chromium(f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1") as running:
        page = running.open(f"http://{ELSEWHERE}:{server.port}/")
        page.wait("avatar.state === 'unsupported'")
        said = page.run("avatar.shadowRoot.querySelector('.message').textContent")
        assert "https://" in said and "--tls-certificate" in said
        assert page.run("document.getElementById('composer').hidden")
