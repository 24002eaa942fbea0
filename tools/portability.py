#!/usr/bin/env python3
"""Builds viseme on other systems, each in a folder of its own, and writes what came of it into docs/portability.md.

    sudo tools/portability.py [--systems NAME ...] [--folder DIR] [--mirror URL]

A system is bootstrapped (debootstrap), gets what `tools/setup.sh live` installs there, and then for each compiler the
committed tree: built with warnings as errors, its unit tests run, some frames of the demo rendered without loss. The
frames must be those of this machine's build/viseme; of another processor they may differ by a level. A system that
stands already is not bootstrapped again. The page's rows of systems that were not asked for stay as they are.

Stopped, it goes on where it was when it is started again on the same commit: what was built stays, and so do the tests
that passed and a film that was finished. Emulated processors need that: they take hours.

SPDX-License-Identifier: Apache-2.0
"""
from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "portability.md"
BEGIN, END = "<!-- written by tools/portability.py -->\n", "<!-- end -->"
MIRROR = "http://deb.debian.org/debian"
FRAMES = 12
ARM_FRAMES = 2  # qemu takes minutes for each
# Whole networks, again and again, or models of time: hours under qemu. What they test of NEON tests/kernels tests too.
ARM_LEFT_OUT = ("nn/region", "diagnose/inspect_training")
MEMORY_RUNS_OUT = ("faults/allocations", "faults/libraries")  # the longest, and the same everywhere
ARM_LEVELS = 1  # by which a pixel may differ where another processor's kernels add in another order
RENDER = ["render", "--model", "demo/models/99.pth", "--character", "demo/character", "--audio", "demo/speech.wav",
          "--audio-encoder", "demo/models/audio_encoder.pth", "--crf", "0", "--no-rest", "--start", "30", "--quiet"]


class Compiler(NamedTuple):
    name: str
    setup: str  # what meson is told
    start: str  # what runs the built program
    left_out: Sequence[str] = ()  # tests


class System(NamedTuple):
    suite: str
    packages: str  # what puts in place what the build needs
    compilers: Sequence[Compiler]
    levels: int  # by which its frames may differ from this machine's
    frames: int = FRAMES


GCC, CLANG = Compiler("gcc", "", ""), Compiler("clang", "", "")
ARM = Compiler("aarch64-linux-gnu-gcc", "--cross-file tools/aarch64-program.ini", "qemu-aarch64 ", ARM_LEFT_OUT)
NATIVE = ("tools/setup.sh live && "
          "apt-get install -y --no-install-recommends ccache libcmocka-dev clang python3")
SYSTEMS: Dict[str, System] = {
    "debian-12": System("bookworm", NATIVE, (GCC, CLANG), 0),
    "debian-13": System("trixie", NATIVE, (GCC, CLANG), 0),
    "debian-sid": System("sid", NATIVE, (GCC, CLANG), 0),
    "debian-12-arm64": System("bookworm", "tools/setup.sh arm64 && apt-get install -y --no-install-recommends ccache", (ARM,), ARM_LEVELS, ARM_FRAMES),
}


class Row(NamedTuple):
    """What came of a compiler on a system."""

    system: str
    compiler: str
    ffmpeg: str
    built: str
    tests: str
    frames: str
    tried: str  # the day

    @property
    def good(self) -> bool:
        return "-" not in (self.tests, self.frames) and "failed" not in self.tests and "others" not in self.frames


HEAD = ["| system | compiler | FFmpeg | builds | unit tests | frames | tried |",
        "| --- | --- | --- | --- | --- | --- | --- |"]


def today() -> str:
    return datetime.date.today().isoformat()


def run(command: Sequence[object], log: Path, **options: object) -> bool:
    """Appends all that is printed to a log; did it succeed?"""
    with log.open("ab") as out:
        return subprocess.run([str(each) for each in command], stdout=out, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, check=False, **options).returncode == 0


def inside(root: Path, command: str, log: Path) -> bool:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
                   "DEBIAN_FRONTEND": "noninteractive"}
    return run(["chroot", root, "sh", "-c", command], log, env=environment)


def ask(root: Path, command: str) -> str:
    return subprocess.run(["chroot", str(root), "sh", "-c", command], capture_output=True, text=True,
                          check=False).stdout.strip()


def bootstrap(root: Path, suite: str, mirror: str, log: Path) -> bool:
    done = root / "bootstrapped"
    if done.exists():
        return True
    if root.exists():
        shutil.rmtree(root)
    if not run(["debootstrap", "--variant=minbase", "--include=ca-certificates,make", suite, root, mirror], log):
        return False
    # A mirror may stand still, as snapshots do: what it says of itself expires.
    (root / "etc" / "apt" / "apt.conf.d" / "expired").write_text('Acquire::Check-Valid-Until "false";\n')
    done.touch()
    return True


def put_tree(root: Path) -> None:
    """The committed files, nothing else. Where they are already, what was built of them stays."""
    tree, stamp = root / "viseme", root / "viseme.tree"
    commit = subprocess.run(["git", "rev-parse", "HEAD^{tree}"], cwd=REPOSITORY, capture_output=True, text=True,
                            check=True).stdout
    if stamp.exists() and stamp.read_text() == commit:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=REPOSITORY, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)
    stamp.write_text(commit)


def decoded(video: Path) -> bytes:
    """Every pixel of every frame; this machine's FFmpeg decodes whatever system wrote them."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", str(video), "-map", "0:v", "-f", "rawvideo", "-"],
                          capture_output=True, check=False)
    return done.stdout


def render_to(video: str, frames: int) -> List[str]:
    return [*RENDER, "--frames", str(frames), "-o", video]


def rendered_here(folder: Path, frames: int) -> bytes:
    video = folder / "here.mp4"
    subprocess.run([str(REPOSITORY / "build" / "viseme"), *render_to(str(video), frames)], cwd=REPOSITORY, check=True)
    return decoded(video)


def compared(got: bytes, want: bytes, levels: int) -> str:
    if got == want:
        return "the same"
    if len(got) != len(want):
        return f"others: {len(got)} bytes for {len(want)}"
    by = [abs(a - b) for a, b in zip(got, want) if a != b]
    words = f"{len(by) / len(want):.4%} of the values differ, by {max(by)} at most"
    return words if max(by) <= levels else "others: " + words


PASSED = ("OK", "EXPECTEDFAIL")


def short(test: str) -> str:
    """ "viseme:unit / base/cpu" of old and "unit - viseme:base/cpu" of late are base/cpu."""
    return test.split(" / ")[-1].split("viseme:")[-1].strip()


def results(build: Path) -> Dict[str, str]:
    """What Meson's logs say of each test, one JSON object a line: of several runs the last one's word."""
    found = {}
    for log in sorted((build / "meson-logs").glob("tests-*.json")):
        for line in log.read_text().splitlines():
            test = json.loads(line)
            if test["result"] != "INTERRUPT":
                found[short(test["name"])] = test["result"]
    return found


def run_tests(root: Path, name: str, compiler: Compiler, log: Path) -> None:
    """Those that have not passed yet."""
    build = root / "viseme" / name
    listed = ask(root, f"cd /viseme && meson test -C {name} --list --no-rebuild")
    done = results(build)
    left = [test for test in map(short, listed.splitlines()) if done.get(test) not in (*PASSED, "SKIP")
            and "/" in test and test not in (*MEMORY_RUNS_OUT, *compiler.left_out)]
    if left:
        run_number = len(list((build / "meson-logs").glob("tests-*.json")))
        inside(root, f"cd /viseme && meson test -C {name} --no-rebuild --print-errorlogs --logbase tests-{run_number:03} "
                     f"--timeout-multiplier {40 if compiler.start else 4} {' '.join(left)}", log)


def tested(found: Dict[str, str]) -> str:
    if not found:
        return "-"
    counts = Counter("passed" if result in PASSED else result.lower() for result in found.values())
    skipped = f", {counts['skip']} skipped" if counts["skip"] else ""
    failed = [test for test, result in found.items() if result not in (*PASSED, "SKIP")]
    return f"{counts['passed']} passed{skipped}" + (f", failed: {', '.join(failed)}" if failed else "")


def built(root: Path, build: str, compiler: Compiler, log: Path) -> bool:
    cc = "" if compiler.setup else f'CC="ccache {compiler.name}" '
    return inside(root, f"cd /viseme && ([ -f {build}/build.ninja ] || {cc}meson setup {build} -Dtests=enabled "
                        f"-Dserver=enabled -Dwerror=true {compiler.setup}) && ninja -C {build}", log)


def try_compiler(root: Path, system: str, compiler: Compiler, want: bytes, log: Path) -> Row:
    ffmpeg = ask(root, "dpkg-query -W -f '${Version}' 'libavcodec-dev*'")
    name = ask(root, f"{compiler.name} --version | head -n 1 | grep -o '[0-9]*[.][0-9.]*' | head -n 1")
    row = Row(system, f"{compiler.name} {name}", ffmpeg.split("-")[0].split(":")[-1], "no", "-", "-", today())
    build = f"build-{compiler.name}"
    if not built(root, build, compiler, log):
        return row
    row = row._replace(built="yes")
    video, frames = root / "viseme" / f"{compiler.name}.mp4", SYSTEMS[system].frames
    if video.exists() or inside(root, f"cd /viseme && {compiler.start}{build}/viseme "
                                      f"{' '.join(render_to(video.name, frames))}", log):
        row = row._replace(frames=compared(decoded(video), want, SYSTEMS[system].levels))
    run_tests(root, build, compiler, log)
    return row._replace(tests=tested(results(root / "viseme" / build)))


def try_system(name: str, folder: Path, mirror: str) -> List[Row]:
    """None: the system itself could not be had, and nothing is known of viseme there."""
    system, root, log = SYSTEMS[name], folder / name, folder / f"{name}.log"
    want = rendered_here(folder, system.frames)
    log.unlink(missing_ok=True)
    if not bootstrap(root, system.suite, mirror, log):
        print(f"{name}: cannot be bootstrapped; see {log}", file=sys.stderr)
        return []
    put_tree(root)
    subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=True)
    try:
        if not inside(root, f"apt-get update && cd /viseme && {system.packages}", log):
            print(f"{name}: its packages cannot be installed; see {log}", file=sys.stderr)
            return []
        return [try_compiler(root, name, compiler, want, log) for compiler in system.compilers]
    finally:
        subprocess.run(["umount", str(root / "proc")], check=True)


def lines(rows: Sequence[Row]) -> List[str]:
    return ["| " + " | ".join(row) + " |" for row in rows]


def system_of(line: str) -> str:
    return line.split(" | ")[0][2:]


def write_page(rows: Sequence[Row]) -> None:
    """A system's rows take the place of those that it had; the others stay."""
    before, rest = PAGE.read_text().split(BEGIN)
    old, after = rest.split(END)
    new = {row.system for row in rows}
    kept = [line for line in old.splitlines()[len(HEAD):] if system_of(line) not in new]
    body = sorted(kept + lines(rows), key=lambda line: list(SYSTEMS).index(system_of(line)))
    PAGE.write_text(before + BEGIN + "\n".join(HEAD + body) + "\n" + END + after)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=list(SYSTEMS))
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "build-portability")
    parser.add_argument("--mirror", default=MIRROR)
    given = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("a system in a folder needs root: sudo make portability")
    given.folder.mkdir(parents=True, exist_ok=True)
    good = True
    for system in given.systems:
        found = try_system(system, given.folder.resolve(), given.mirror)
        print("\n".join(lines(found)), flush=True)
        write_page(found)
        good = good and bool(found) and all(row.good for row in found)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
