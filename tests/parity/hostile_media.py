"""Pictures, videos, sounds and tables of a character that claim far more than they hold."""
from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Callable, Dict, Tuple

import cv2
import numpy as np

import media

VAST = 100_000              # pixels a side
MANY = (1 << 32) - 1

Make = Callable[[Path], object]


# --- pictures ---------------------------------------------------------------------------------------------------------

def png(path: Path, width: int, height: int, depth: int = 8) -> None:
    """A PNG of this size that holds one row of nothing."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) +
                     chunk(b"IEND", b""))


def png_bomb(path: Path) -> None:
    """A sound PNG of 100 million pixels in 300 KB: within what a side may be, beyond the area."""
    png(path, 10_000, 10_000)


def jpeg(path: Path, width: int, height: int) -> None:
    """A JPEG of 8 x 8 pixels whose frame header says otherwise."""
    data = bytearray(cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    path.write_bytes(bytes(data))


#: By the name they would have in a dataset.
PICTURES: Dict[str, Tuple[str, Make]] = {
    "PNG of 100,000 x 100,000": ("png", lambda p: png(p, VAST, VAST)),
    "PNG of 2^31 - 1 pixels a side": ("png", lambda p: png(p, (1 << 31) - 1, (1 << 31) - 1)),
    "PNG of 2^32 - 1 pixels a side": ("png", lambda p: png(p, MANY, MANY)),
    "PNG of 16 bits": ("png", lambda p: png(p, 16384, 16384, 16)),
    "PNG without its rows": ("png", lambda p: png(p, 8000, 8000)),
    "PNG bomb": ("png", png_bomb),
    "JPEG of 65,535 x 65,535": ("jpg", lambda p: jpeg(p, 65535, 65535)),
    "JPEG of 65,500 x 1": ("jpg", lambda p: jpeg(p, 65500, 1)),
}


# --- videos -----------------------------------------------------------------------------------------------------------

def small_video(path: Path, *options: str) -> bytearray:
    """The bytes of a video of 8 black pictures of 64 x 64."""
    media.ffmpeg("-f", "lavfi", "-i", "color=black:s=64x64:r=25:d=0.32", *(options or ("-c:v", "libx264")), path)
    return bytearray(path.read_bytes())


def change(path: Path, *changes: Tuple[bytes, int, bytes]) -> None:
    """Such a video as MP4 with bytes after a box's name changed: (name, offset, bytes)."""
    data = small_video(path)
    for name, offset, content in changes:
        at = data.index(name) + 4 + offset
        data[at:at + len(content)] = content
    path.write_bytes(bytes(data))


def motion_jpeg(path: Path) -> None:
    """Motion JPEG whose container says 64 x 64, and whose pictures say 65,500 x 65,500."""
    data = small_video(path, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    at = data.find(b"\xff\xc0")
    while at >= 0:
        struct.pack_into(">HH", data, at + 5, 65500, 65500)
        at = data.find(b"\xff\xc0", at + 2)
    path.write_bytes(bytes(data))


def u32(*values: int) -> bytes:
    """Big-endian numbers of 32 bits."""
    return struct.pack(f">{len(values)}I", *values)


VIDEOS: Dict[str, Make] = {
    "samples of one size, 2^32 of them": lambda p: change(p, (b"stsz", 4, u32(1, MANY))),
    "2^32 sizes": lambda p: change(p, (b"stsz", 8, u32(MANY))),
    "2^32 chunks": lambda p: change(p, (b"stco", 4, u32(MANY))),
    "2^32 runs of times": lambda p: change(p, (b"stts", 4, u32(MANY))),
    "2^32 samples of one time": lambda p: change(p, (b"stts", 8, u32(MANY, 1))),
    "2^32 samples a chunk": lambda p: change(p, (b"stsc", 12, u32(MANY))),
    "samples of 2^31 bytes": lambda p: change(p, (b"stsz", 4, u32((1 << 31) - 1, 8))),
    "a rate of 2^32": lambda p: change(p, (b"mdhd", 12, u32(MANY)), (b"stts", 12, u32(1))),
    "one picture in a century": lambda p: change(p, (b"mdhd", 12, u32(1)), (b"stts", 12, u32(MANY - 1))),
    "samples without a time": lambda p: change(p, (b"stts", 12, u32(0))),
    "a box of 2^63 bytes": lambda p: change(p, (b"moov", -8, u32(1)), (b"moov", 0, u32(0x7FFFFFFF, MANY))),
    "pictures larger than their video": motion_jpeg,
}


# --- tables -----------------------------------------------------------------------------------------------------------

RECTANGLES: Dict[str, Make] = {
    "nested 100,000 deep": lambda p: p.write_text("[" * 100_000),
    "objects nested 100,000 deep": lambda p: p.write_text('{"0":' * 100_000),
    "number of 10^400": lambda p: p.write_text('{"0": {"rect": [1e400, 0, 9, 9]}}'),
    "number of 400 digits": lambda p: p.write_text('{"0": {"rect": [%d, 0, 9, 9]}}' % 10 ** 400),
    "number of 2^63": lambda p: p.write_text('{"0": {"rect": [9223372036854775808, 0, 9, 9]}}'),
    "squares far outside": lambda p: p.write_text(json.dumps({str(i): {"rect": [1 << 40, 0, (1 << 40) + 40, 40]}
                                                              for i in range(8)})),
    "empty squares": lambda p: p.write_text(json.dumps({str(i): {"rect": [9, 9, 9, 9]} for i in range(8)})),
    "squares of 2^31": lambda p: p.write_text(json.dumps({str(i): {"rect": [-(1 << 31), -(1 << 31), (1 << 31) - 1,
                                                                            (1 << 31) - 1]} for i in range(8)})),
    "a frame number of 2^40": lambda p: p.write_text(json.dumps({str(1 << 40): {"rect": [0, 0, 40, 40]}})),
    "a frame number of 2^31 - 1": lambda p: p.write_text(json.dumps({str((1 << 31) - 1): {"rect": [0, 0, 40, 40]}})),
    "2,000,000 entries": lambda p: p.write_text('{"0":0' + ',"0":0' * 2_000_000 + "}"),
    "2,000,000 numbers": lambda p: p.write_text('{"0": {"rect": [0' + ",0" * 2_000_000 + "]}}"),
    "a text of 16 MB": lambda p: p.write_text('{"' + "x" * (16 << 20) + '": 1}'),
}

LANDMARKS: Dict[str, Make] = {
    "millions of points": lambda p: p.write_text("9 9\n" * 4_000_000),
    "one endless line": lambda p: p.write_text("9" * 32_000_000),
    "1e308": lambda p: p.write_text("1e308 -1e308\n" * 110),
    "nan": lambda p: p.write_text("nan nan\n" * 110),
    "infinite": lambda p: p.write_text("inf -inf\n" * 110),
    "2^31": lambda p: p.write_text("2147483648 2147483648\n" * 110),
    "zero bytes": lambda p: p.write_bytes(bytes(32_000_000)),
}


# --- sounds -----------------------------------------------------------------------------------------------------------

def wav(path: Path, channels: int = 1, rate: int = 16000, bits: int = 16, data: int = -1, tag: int = 1) -> None:
    """A WAV of 2,000 zero bytes whose header says this."""
    block = channels * bits // 8 & 0xFFFF
    form = struct.pack("<HHIIHH", tag, channels & 0xFFFF, rate, rate * block & MANY, block, bits)
    path.write_bytes(b"RIFF" + struct.pack("<I", MANY) + b"WAVEfmt " + struct.pack("<I", len(form)) + form +
                     b"data" + struct.pack("<I", data if data >= 0 else 2000) + bytes(2000))


def caf(path: Path) -> None:
    """A CAF of 2^31 channels."""
    desc = struct.pack(">d4sIIIII", 16000.0, b"lpcm", 0, 2, 1, 1 << 31, 16)
    path.write_bytes(b"caff\0\1\0\0desc" + struct.pack(">q", len(desc)) + desc + b"data" + struct.pack(">q", -1) +
                     bytes(2004))


def au(path: Path, channels: int, rate: int) -> None:
    """An AU, whose header has 32 bits for channels and rate."""
    path.write_bytes(b".snd" + u32(24, MANY, 3, rate, channels) + bytes(2000))


SOUNDS: Dict[str, Make] = {
    "WAV of 65,535 channels": lambda p: wav(p, channels=65535),
    "WAV without channels": lambda p: wav(p, channels=0),
    "WAV at 1 Hz": lambda p: wav(p, rate=1),
    "WAV at 0 Hz": lambda p: wav(p, rate=0),
    "WAV at 4 GHz": lambda p: wav(p, rate=MANY),
    "WAV at 2^31 - 1 Hz": lambda p: wav(p, rate=(1 << 31) - 1),
    "WAV of 65,535 bits": lambda p: wav(p, bits=65535),
    "AU of 2^31 channels": lambda p: au(p, 1 << 31, 16000),
    "AU at 1 Hz": lambda p: au(p, 1, 1),
    "AU at 2^31 Hz": lambda p: au(p, 1, 1 << 31),
    "CAF of 2^31 channels": caf,
}
