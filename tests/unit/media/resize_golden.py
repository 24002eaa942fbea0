#!/usr/bin/env python3
"""Prints the table of test_resize.c: checksums of what OpenCV's resize makes of pseudo-random pictures.

Run with Debian 12's python3-opencv (4.6.0). The pictures are those of `pattern` in test_resize.c.

SPDX-License-Identifier: Apache-2.0
"""

import zlib

import cv2
import numpy as np

MODES = {"RESIZE_LINEAR": cv2.INTER_LINEAR, "RESIZE_CUBIC": cv2.INTER_CUBIC, "RESIZE_AREA": cv2.INTER_AREA}
SIZES = [
    ((300, 287), (328, 328)), ((328, 328), (211, 211)), ((168, 168), (93, 94)), ((97, 97), (168, 168)),
    ((640, 360), (320, 180)), ((99, 60), (33, 20)), ((98, 45), (49, 15)), ((501, 377), (168, 168)),
    ((100, 50), (50, 100)), ((7, 5), (3, 9)), ((1, 1), (13, 7)), ((13, 7), (1, 1)), ((2, 3), (5, 4)),
    ((31, 17), (31, 40)), ((49, 49), (1, 1)),
]


def pattern(width, height, channels):
    state, out = 12345, bytearray()
    for _ in range(width * height * channels):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state >> 24)
    return np.frombuffer(bytes(out), np.uint8).reshape(height, width, channels)


def main():
    for channels in (1, 2, 3, 4):
        for (source, target) in SIZES if channels == 3 else SIZES[2:12]:
            picture = pattern(*source, channels)
            for name, mode in MODES.items():
                result = cv2.resize(picture, target, interpolation=mode)
                crc = zlib.crc32(np.ascontiguousarray(result).tobytes())
                sizes = ", ".join(str(v) for v in (*source, *target, channels))
                print(f"    {{{name}, {sizes}, 0x{crc:08X}}},")


if __name__ == "__main__":
    main()
