"""tests/abi/headers.py, which keeps the public headers' promises, finds what would break them."""
from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from program import REPOSITORY

READER = REPOSITORY / "tests" / "abi" / "headers.py"
KEPT = REPOSITORY / "tests" / "abi" / "0.2.0" / "viseme"


def faults(changed: Path) -> str:
    finished = subprocess.run([sys.executable, READER, "check", KEPT, changed], capture_output=True, text=True, check=False)
    assert finished.returncode == bool(finished.stderr.strip())
    return finished.stderr


def change(folder: Path, header: str, before: str, after: str) -> Path:
    """A copy of the kept headers with one place changed."""
    changed = shutil.copytree(KEPT, folder / "viseme")
    text = (changed / header).read_text()
    assert text.count(before) == 1, before
    (changed / header).write_text(text.replace(before, after))
    return changed


@pytest.mark.parametrize("header,before,after,named", (
    ("viseme.h", "    int64_t start;             /* first output frame of the clip", "    int start; /*", "vis_render_options"),
    ("viseme.h", "    const char *sha256;    /*", "    int new_one; const char *sha256; /*", "vis_model_info"),
    ("viseme.h", "    int frames, width, height;\n", "    int frames, height, width;\n", "vis_character_info"),
    ("viseme.h", "    int image_size; /* S */\n    const float *visual;", "    const float *visual;", "vis_frame"),
    ("viseme.h", "    const char *audio, *audio_encoder, *features;\n",
     "    const char *audio, *audio_encoder, *features, *language;\n", "vis_speech"),
    ("viseme.h", "    VIS_LINEAR,\n", "    VIS_NEAREST,\n    VIS_LINEAR,\n", "vis_interpolation"),
    ("viseme.h", "vis_status vis_stream_hear(vis_stream *stream,", "vis_status vis_stream_hear(const vis_stream *stream,",
     "vis_stream_hear"),
    ("viseme.h", "VIS_API void vis_stream_cancel(vis_stream *stream);", "", "vis_stream_cancel"),
    ("status.h", "    char message[768];", "    char message[1024];", "vis_error"),
    ("io.h", "    vis_write_fn write;\n", "    vis_write_fn write;\n    vis_write_fn seek;\n", "vis_io"),
))
def test_what_breaks_programs_is_named(header: str, before: str, after: str, named: str, tmp_path: Path) -> None:
    assert [line.split(":")[0] for line in faults(change(tmp_path, header, before, after)).splitlines()] == [named]


@pytest.mark.parametrize("header,before,after", (
    ("viseme.h", "} vis_stream_options;", "    int64_t later;\n} vis_stream_options;"),
    ("viseme.h", "} vis_frame;", "    const float *heat;\n} vis_frame;"),
    ("viseme.h", "    VIS_AREA,\n", "    VIS_AREA,\n    VIS_LANCZOS,\n"),
    ("viseme.h", "VIS_API void vis_stream_cancel(", "VIS_API void vis_new(void);\nVIS_API void vis_stream_cancel("),
    ("viseme.h", "/* One more holds the frame; one less.", "/* Other words."),
    ("version.h", "#define VIS_VERSION_MINOR 2", "#define VIS_VERSION_MINOR 3"),
))
def test_growing_breaks_nothing(header: str, before: str, after: str, tmp_path: Path) -> None:
    assert not faults(change(tmp_path, header, before, after))
