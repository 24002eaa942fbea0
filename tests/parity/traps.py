"""Media files that name other files or addresses, and watches that tell whether somebody went there."""
from __future__ import annotations

import ctypes
import os
import socket
import struct
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List

libc = ctypes.CDLL(None, use_errno=True)
IN_OPEN = 0x20


class Opened:
    """Counts how often a file was opened since the last question (inotify)."""

    def __init__(self, path: Path) -> None:
        self.descriptor = libc.inotify_init1(os.O_NONBLOCK)
        assert self.descriptor >= 0 and libc.inotify_add_watch(self.descriptor, os.fsencode(path), IN_OPEN) >= 0

    def count(self) -> int:
        try:
            return len(os.read(self.descriptor, 65536)) // struct.calcsize("iIII")
        except BlockingIOError:
            return 0

    def close(self) -> None:
        os.close(self.descriptor)


@contextmanager
def watched(path: Path) -> Iterator[Opened]:
    """Watches a file while the block runs."""
    opened = Opened(path)
    try:
        yield opened
    finally:
        opened.close()


class Visitors:
    """A server on this machine that answers nobody and counts who came."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        self.port = self.server.getsockname()[1]

    def count(self) -> int:
        came = 0
        while True:
            try:
                self.server.accept()[0].close()
                came += 1
            except BlockingIOError:
                return came

    def close(self) -> None:
        self.server.close()


def hls(url: str) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n"


def concat(url: str) -> str:
    return f"ffconcat version 1.0\nfile '{url}'\n"


def dash(url: str) -> str:
    return ('<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:full:2011" '
            'type="static" mediaPresentationDuration="PT5S"><Period><AdaptationSet mimeType="video/mp4">'
            f'<Representation id="0" bandwidth="1000"><BaseURL>{url}</BaseURL></Representation>'
            '</AdaptationSet></Period></MPD>\n')


def sdp(port: int) -> str:
    return ("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
            f"m=audio {port} RTP/AVP 0\nm=video {port + 2} RTP/AVP 26\n")


def alias(name: str) -> bytes:
    """A Macintosh alias to the file of that name in the same folder, as QuickTime's data reference (`alis`)."""
    path = ("/" + name).encode()
    path += b"\0" * (len(path) % 2)
    record = bytes(10) + b"\0" + bytes(27) + bytes(12) + b"\0" + bytes(63) + bytes(16)
    record += struct.pack(">HH", 1, 1) + bytes(16)                              # levels up from here, down to there
    record += struct.pack(">HH", 2, len(path)) + path + struct.pack(">HH", 0xFFFF, 0)
    return struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record


def with_external_data(movie: bytes, name: str) -> bytes:
    """The .mov with its own data declared to lie in another file. Its index must come behind its data."""
    def rewrite(box: bytes, path: List[bytes]) -> bytes:
        out, at = b"", 0
        while at < len(box):
            size, kind = struct.unpack_from(">I4s", box, at)
            content = box[at + 8:at + size]
            if path and kind == path[0]:
                entry = bytes(4) + struct.pack(">I", 1) + alias(name)
                content = entry if kind == b"dref" else rewrite(content, path[1:])
            out += struct.pack(">I4s", 8 + len(content), kind) + content
            at += size
        return out
    return rewrite(movie, [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"])
