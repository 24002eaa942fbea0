"""`viseme serve` by WebRTC: an independent peer sees and hears her, also through a line that loses packets."""
from __future__ import annotations

import asyncio
import time
from typing import Iterator, List, Tuple

import numpy as np
import pytest
import requests

from live_server import SECONDS, Server
from rtc_peer import SDP, Peer, run

WORDS = "Good morning. I am made of numbers, and I speak to you through packets that nobody sees."
LONG = " ".join(["One two three four five six seven eight nine ten."] * 12)
LOUD, QUIET = 0.02, 0.001
MOUTH = (.42, .52, .2, .16)                             # x, y, width and height as shares of the demo's picture


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server("--precision", "fast")
    yield running
    assert running.end() == 0, running.errors


def mouth(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    x, y, w, h = MOUTH
    return picture[int(y * height):int((y + h) * height), int(x * width):int((x + w) * width)].astype(np.float64)


def open_share(picture: np.ndarray) -> float:
    """How much of the mouth's box is dark or white, as open mouths are."""
    box = mouth(picture)
    return float(np.mean((box.mean(axis=2) < 80) | (box.min(axis=2) > 190)))


def test_she_is_seen_says_a_text_and_falls_silent(server: Server) -> None:
    opened: List[float] = []

    async def course() -> Tuple[float, float]:
        async with Peer(server, take_picture=lambda picture: opened.append(open_share(picture))) as peer:
            await peer.pictures_more(30)
            assert peer.pictures[-1].shape == (512, 512, 3)
            assert np.abs(peer.pictures[-1].astype(int) - peer.pictures[0].astype(int)).max() > 10, "nothing moves"
            await peer.until(lambda: len(peer.loudness) > 50)
            assert max(peer.loudness) < QUIET
            at_rest = float(np.std(opened[-25:]))
            begun, seen = len(peer.loudness), len(opened)
            await peer.say(LONG)
            await peer.until(lambda: max(peer.loudness[begun:], default=0) > LOUD)
            await peer.pictures_more(50)
            speaking = float(np.std(opened[seen + 10:]))
            answer = await peer.ask("POST", peer.session["interrupt"])
            assert answer.json()["playback_position_ms"] > 0
            await peer.until(lambda: max(peer.loudness[-25:]) < QUIET)
            return at_rest, speaking
    at_rest, speaking = run(course())
    assert speaking > 2 * at_rest, (at_rest, speaking)


def test_who_takes_no_h264_gets_vp8(server: Server) -> None:
    async def course() -> None:
        async with Peer(server, codec="vp8") as peer:
            await peer.pictures_more(20)
            assert peer.pictures[-1].shape == (512, 512, 3) and peer.pictures[-1].std() > 20
            begun = len(peer.loudness)
            await peer.say(WORDS)
            await peer.until(lambda: max(peer.loudness[begun:], default=0) > LOUD)
    run(course())


def test_several_through_one_port_are_told_apart(server: Server) -> None:
    async def course() -> None:
        async with Peer(server) as one, Peer(server) as other:
            await asyncio.gather(one.pictures_more(10), other.pictures_more(10))
            begun = len(other.loudness)
            await one.say(WORDS)
            await one.until(lambda: max(one.loudness) > LOUD)
            await other.until(lambda: len(other.loudness) > begun + 50)
            assert max(other.loudness) < QUIET
    run(course())


@pytest.mark.parametrize("loss", (0.02, 0.05))
def test_what_is_lost_comes_again(server: Server, loss: float) -> None:
    async def course() -> None:
        async with Peer(server, loss=loss) as peer:
            await peer.pictures_more(5)
            await peer.say(LONG)
            await peer.pictures_more(200)
            facts = await peer.facts()
            assert peer.line and peer.line.dropped > 0.5 * loss * peer.line.passed
            assert facts["resent"] > 0
            gaps = np.diff(peer.picture_times) / 90000
            assert gaps.max() <= 1, f"no picture for {gaps.max():.2f} s"
            assert max(peer.loudness) > LOUD
    run(course())


def test_who_falls_silent_leaves_the_place(server: Server) -> None:
    async def course() -> None:
        async with Peer(server, loss=0) as peer:
            await peer.pictures_more(3)
            assert peer.line
            peer.line.cut = True
            end = time.monotonic() + SECONDS
            while (await peer.ask("GET", peer.session["url"])).status_code == 200:
                assert time.monotonic() < end
                await asyncio.sleep(0.2)
    run(course())


# --- what HTTP says ---

@pytest.fixture
def whep(server: Server) -> Iterator[str]:
    session = server.request("POST", "/v1/sessions", json={"transport": "whep"}).json()
    yield str(session["whep"])
    server.request("DELETE", session["url"])


OFFER = "\r\n".join((
    "v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0",
    "a=mid:0", "a=recvonly", "a=rtcp-mux", "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuv",
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "a=setup:actpass", "a=rtpmap:96 H264/90000",
    "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f", ""))


def offer(server: Server, path: str, text: str = OFFER, kind: str = "application/sdp") -> requests.Response:
    return server.request("POST", path, data=text, headers={"Content-Type": kind})


def test_an_answer_has_all_in_it(server: Server, whep: str) -> None:
    answer = offer(server, whep)
    assert answer.status_code == 201 and answer.headers["Content-Type"] == "application/sdp"
    assert answer.headers["Location"] == f"{whep}/1" and answer.headers["ETag"] == '"1"'
    lines = answer.text.split("\r\n")
    for line in ("a=ice-lite", "a=setup:passive", "a=sendonly", "a=group:BUNDLE 0", "a=rtcp-mux", "a=end-of-candidates"):
        assert line in lines, answer.text
    assert any(line.startswith("a=candidate:1 1 udp ") and line.endswith(" typ host") for line in lines)


@pytest.mark.parametrize("text, status", (
    ("", 400), ("hello", 400), (OFFER.replace("fingerprint", "fingers"), 400), (OFFER.replace("ice-pwd", "ice"), 400),
    (OFFER.replace("H264", "H265"), 406), (OFFER.replace("mode=1", "mode=0"), 406), (OFFER.replace("recvonly", "sendonly"), 406),
    (OFFER.replace("a=rtcp-mux\r\n", ""), 406), (OFFER.replace("actpass", "passive"), 406)))
def test_what_does_not_fit_is_refused(server: Server, whep: str, text: str, status: int) -> None:
    answer = offer(server, whep, text)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_the_other_statuses(server: Server, whep: str) -> None:
    assert offer(server, whep, kind="text/plain").status_code == 415
    assert offer(server, "/whep/" + "A" * 22).status_code == 404
    assert server.request("GET", whep).status_code == 405
    assert server.request("OPTIONS", whep).status_code == 204
    where = offer(server, whep).headers["Location"]
    assert server.request("OPTIONS", where).headers["Allow"] == "GET, HEAD, PATCH, DELETE, OPTIONS"
    trickle = {"Content-Type": "application/trickle-ice-sdpfrag"}
    fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"
    for match, status in (({}, 204), ({"If-Match": '"1"'}, 204), ({"If-Match": '"7"'}, 412), ({"If-Match": "*"}, 422)):
        assert server.request("PATCH", where, data=fragment, headers={**trickle, **match}).status_code == status
    assert server.request("PATCH", where, data=fragment, headers=SDP).status_code == 415
    assert server.request("GET", where).json()["state"] == "connecting"
    assert offer(server, whep).headers["Location"] == f"{whep}/2"
    assert server.request("DELETE", where).status_code == 404      # another took its place
    assert server.request("DELETE", f"{whep}/2").status_code == 200
    assert server.request("GET", whep.replace("/whep", "/v1/sessions")).status_code == 404


def test_a_session_has_one_transport(server: Server) -> None:
    session = server.request("POST", "/v1/sessions", json={"transport": "ws"}).json()
    assert offer(server, f"/whep/{session['id']}").status_code == 409
    server.request("DELETE", session["url"])
    assert server.request("POST", "/v1/sessions", json={"transport": "whep", "media": "raw"}).status_code == 400
