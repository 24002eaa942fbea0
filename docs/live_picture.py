#!/usr/bin/env python3
"""docs/live_picture.py PROGRAM OUT.png: the page of `viseme serve`, as Chromium shows it while the demo character speaks.

Called by docs/make_pictures.sh; needs what `make check` installs.
"""
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / part) for part in ("tests/parity", "tests/reference", "demo/make")]

import cv2                                                                      # noqa: E402
from live_browser import Chromium                                               # noqa: E402
from live_client import serving                                                 # noqa: E402

DEMO = REPOSITORY / "demo"
SENTENCE = "Hello! Type a sentence, and I say it."
TRIES = 12              # screenshots; the one with the widest mouth is kept


def darkness(page_shot: "cv2.Mat") -> float:
    """Of the middle of the picture, where the mouth is: the more it is open, the darker."""
    height, width = page_shot.shape[:2]
    return -float(page_shot[int(.44 * height):int(.54 * height), int(.46 * width):int(.54 * width)].mean())


def main() -> None:
    program, out = Path(sys.argv[1]), Path(sys.argv[2])
    options = ["--character", f"demo={DEMO / 'character'}", "--model", DEMO / "models" / "99.pth", "--audio-encoder",
               DEMO / "models" / "audio_encoder.pth", "--precision", "fast", "--quiet"]
    with tempfile.TemporaryDirectory() as scratch, serving(program, *options, log=Path(scratch) / "log") as server, \
            Chromium() as browser:
        page = browser.open(server.url + "/")
        page.size(1280, 800)
        page.wait("document.querySelector('viseme-avatar').state === 'idle'")
        page.type(SENTENCE)
        page.key("Enter")
        page.wait("document.querySelector('viseme-avatar').state === 'speaking'")
        shots = [page.screenshot() for _ in range(TRIES)]
    cv2.imwrite(str(out), max(shots, key=darkness))


if __name__ == "__main__":
    main()
