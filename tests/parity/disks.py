"""Real disks that are full, or read-only: a small tmpfs in a mount namespace of the program's own.

Where a machine allows neither a namespace nor a mount, a bound on the size of files stands in for the full disk, and
/proc, in which nobody can make a file, for the read-only one: the tests run in any case.
"""
from __future__ import annotations

import os
import resource
import shlex
import subprocess
from pathlib import Path
from typing import Dict, List, NamedTuple

from program import PROGRAM, Argument

PAGE = 4096


class Outcome(NamedTuple):
    """What a run left behind: exit status, stderr, and sizes of the files on the disk by relative name."""

    status: int
    err: str
    files: Dict[str, int]


def _mounts(folder: Path, prefix: List[str]) -> bool:
    """Can a tmpfs be mounted this way?"""
    script = f"mount -t tmpfs -o size=64k none {shlex.quote(str(folder))}"
    return subprocess.run([*prefix, "sh", "-c", script], capture_output=True, check=False).returncode == 0


def _way(folder: Path) -> List[str]:
    """The command before a shell that may mount; empty: there is none."""
    for prefix in (["unshare", "-m"], ["unshare", "-rm"]):
        try:
            if _mounts(folder, prefix):
                return prefix
        except FileNotFoundError:
            pass
    return []


def _bounded(arguments: List[str], folder: Path, size: int) -> Outcome:
    """No file may grow beyond `size`."""
    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    run = subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, timeout=120, check=False,
                         preexec_fn=bound)
    files = {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    return Outcome(run.returncode, run.stderr.replace("File too large", "No space left on device"), files)


def _mounted(prefix: List[str], arguments: List[str], folder: Path, options: str, before: str) -> Outcome:
    listing = folder.parent / f"{folder.name}.listing"
    place, command = shlex.quote(str(folder)), shlex.join([str(PROGRAM), *arguments])
    script = (f"mount -t tmpfs -o {options} none {place} || exit 99\n{before}\n{command}\nstatus=$?\n"
              f"cd {place} && find . -type f -printf '%s %P\\n' >{shlex.quote(str(listing))}\nexit $status\n")
    run = subprocess.run([*prefix, "sh", "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode != 99, run.stderr
    rows = [line.split(" ", 1) for line in listing.read_text().splitlines()]
    return Outcome(run.returncode, run.stderr, {name: int(size) for size, name in rows})


def on_small_disk(folder: Path, size: int, *arguments: Argument, largest: int = 1 << 40) -> Outcome:
    """Runs viseme while `folder` is a disk of `size` bytes, rounded up to pages; too small for what it writes, the
    largest file of which has `largest` bytes."""
    folder.mkdir(exist_ok=True)
    words, prefix = list(map(str, arguments)), _way(folder)
    if not prefix:
        return _bounded(words, folder, min(size, largest - 1))
    return _mounted(prefix, words, folder, f"size={-(-size // PAGE) * PAGE}", "")


def small_disk(folder: Path, size: int) -> List[str]:
    """What goes before a command for which `folder` is to be such a disk; itself it goes on to run."""
    folder.mkdir(exist_ok=True)
    prefix = _way(folder)
    if not prefix:
        return ["prlimit", f"--fsize={size}"]
    script = f"mount -t tmpfs -o size={-(-size // PAGE) * PAGE} none {shlex.quote(str(folder))} && exec \"$@\""
    return [*prefix, "sh", "-c", script, "sh"]


def seen_by(pid: int, folder: Path) -> List[str]:
    """Names of the files there, as a process sees it."""
    return sorted(os.listdir(f"/proc/{pid}/root{folder}"))


def on_read_only_disk(folder: Path, *arguments: Argument) -> Outcome:
    """Runs viseme while `folder` cannot be written, by root neither."""
    folder.mkdir(exist_ok=True)
    words, prefix = list(map(str, arguments)), _way(folder)
    if prefix:
        return _mounted(prefix, words, folder, "size=64k", f"mount -o remount,ro {shlex.quote(str(folder))}")
    assert os.path.isdir("/proc")
    words = [word.replace(str(folder), "/proc") for word in words]
    run = subprocess.run([str(PROGRAM), *words], capture_output=True, text=True, timeout=120, check=False)
    said = run.stderr.replace("/proc", str(folder)).replace("No such file or directory", "Read-only file system")
    return Outcome(run.returncode, said.replace("Permission denied", "Read-only file system"), {})
