"""Real shells at a terminal of their own, and what they make of a line when TAB is pressed."""
from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import termios
from pathlib import Path
from typing import List, Sequence, Tuple

import pytest

from program import PATIENCE

# What Control-X prints around the line as it stands; written so that a shell's echo of it is something else.
BEGIN, END = "<<<", ">>>"
BASH = r"""bind 'set bell-style none'; bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'
bind 'set page-completions off'; bind -x '"\C-x": printf "<<%s%s%s" "<" "$READLINE_LINE" ">>"">"; READLINE_LINE='
PS1='$ '"""
ZSH = r"""show() { zle -I; print -rn -- "<<""<$BUFFER>>"">"; BUFFER= }
zle -N show; bindkey '^X' show; setopt nobeep list_ambiguous; unsetopt prompt_cr prompt_sp; PS1='$ '"""


def needs(program: str) -> None:
    """Skips the test where the program is not installed."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


class Terminal:
    """An interactive shell. `setup` is read by it first, in the folder."""

    def __init__(self, shell: str, setup: str, folder: Path) -> None:
        needs(shell)
        start = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
        self.ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 100, 250, 0, 0))
        self.process = subprocess.Popen(start, stdin=its, stdout=its, stderr=its, cwd=folder, start_new_session=True,
                                        env={**os.environ, "TERM": "dumb", "HOME": str(folder), "LC_ALL": "C.UTF-8"})
        os.close(its)
        self.said = ""
        own = folder / f"setup.{shell}"
        own.write_text(f"{BASH if shell == 'bash' else ZSH}\n{setup}\n")
        self.type(f"source ./{own.name}; echo rea''dy\n")
        self.until("ready")
        own.unlink()

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def until(self, mark: str) -> str:
        """What the shell says up to the mark."""
        while mark not in self.said:
            assert select.select([self.ours], [], [], 30 * PATIENCE)[0], self.said
            self.said += os.read(self.ours, 65536).decode(errors="replace")
        before, _, self.said = self.said.partition(mark)
        return before

    def shown(self, line: str) -> str:
        """All that is printed when TAB is pressed at the end of the line, which is emptied after."""
        self.type(line + "\t\x18")
        return self.until(END)

    def completed(self, line: str) -> str:
        """The line after TAB, without a space at its end."""
        return self.shown(line).rsplit(BEGIN, 1)[1].rstrip()

    def close(self) -> None:
        os.close(self.ours)
        self.process.kill()
        self.process.wait()


def fish(script: Path, lines: Sequence[str], folder: Path) -> List[List[Tuple[str, str]]]:
    """For each line what fish offers for its last word: (word, explanation)."""
    needs("fish")
    ask = "; ".join(f"complete -C '{line}'; echo ====" for line in lines)
    run = subprocess.run(["fish", "--no-config", "-c", f"source {script}; {ask}"], capture_output=True, text=True,
                         timeout=60 * PATIENCE, cwd=folder, check=True, stdin=subprocess.DEVNULL,
                         env={**os.environ, "HOME": str(folder)})
    assert run.stderr == ""
    pieces = run.stdout.split("====\n")[:-1]
    return [[(offer.partition("\t")[0], offer.partition("\t")[2]) for offer in piece.splitlines()] for piece in pieces]
