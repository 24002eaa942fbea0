"""What the figures were measured on, for the head of the results."""
from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import List

from worker import processors

#: Flags that kernels of neural networks care about.
TELLING = re.compile(r"^(avx\w*|fma|f16c|amx_\w+|sse4_2|asimd\w*|sve\w*|bf16)$")
IDLE = 0.3                      # load average from which the machine counts as busy


def first_line(*command: str) -> str:
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    except OSError:
        return "not installed"
    return run.stdout.split("\n")[0].strip()


def processor_facts() -> "tuple[str, List[str]]":
    """Model name and telling flags."""
    text = Path("/proc/cpuinfo").read_text()
    name = re.search(r"^model name\s*:\s*(.+)$", text, re.M)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.M)
    return (name.group(1) if name else platform.machine(),
            [flag for flag in (flags.group(1).split() if flags else []) if TELLING.match(flag)])


def has_vnni() -> bool:
    """Does it multiply 8-bit numbers into sums of 32 bits, which cannot saturate, in one instruction?"""
    return not {"avx512_vnni", "avx_vnni"}.isdisjoint(processor_facts()[1])


def caches() -> str:
    found = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size.replace('K', ' KiB').replace('M', ' MiB')}")
    return ", ".join(found) or "caches unknown"


def memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30


def installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def has_fast(program: Path, model: Path) -> bool:
    """Are there kernels for the fast precision? Without them viseme warns, and uses float32."""
    told = subprocess.run([str(program), "bench", "--model", str(model), "--audio-mode", "ave", "--precision", "fast",
                           "--runs", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return "no kernels" not in told.stderr


def describe(program: Path, load: float) -> List[str]:
    """Lines of Markdown; `load` is the load average from before anything began."""
    name, flags = processor_facts()
    allowed = len(os.sched_getaffinity(0))
    busy = "" if load < IDLE else ": **the machine was not idle, and the figures are not to be trusted**"
    return [
        f"- Processor: {name}, {allowed} processors; those used are {', '.join(map(str, processors(2)))}; {caches()}; "
        f"{memory_gib():.0f} GiB of memory",
        f"- Flags: {' '.join(flags)}",
        f"- System: {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"{first_line('cc', '--version')}",
        f"- {first_line(str(program), '--version')}"
        + (f", VISEME_ISA={os.environ['VISEME_ISA']}" if "VISEME_ISA" in os.environ else "")
        + f"; NumPy {installed('numpy')}, OpenCV {installed('opencv-python-headless')}, "
        f"{first_line('ffmpeg', '-version').split(' Copyright')[0]}",
        f"- {datetime.date.today().isoformat()}; load average at the start {load:.2f}{busy}",
    ]
