"""`viseme manual`: pages without a fault in roff, that say what `--help` says, and that are installed."""
from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import List

import pytest

import explained
import shells
from program import PROGRAM, USAGE, viseme, viseme_ok

ODD = PROGRAM.parent / "tests" / "tools" / "odd_help"       # a command explained with signs that roff knows
COMMANDS = explained.commands()


def faults(*checker: str, page: str) -> str:
    """What a reader of roff complains about."""
    shells.needs(checker[0])
    run = subprocess.run(checker, input=page, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def one_line(text: str) -> str:
    return " ".join(text.split())


def read(page: str) -> str:
    """The page as man shows it, on one line."""
    shells.needs("mandoc")
    run = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=1000"], input=page, capture_output=True, text=True,
                         check=True)
    return one_line(re.sub(".\b", "", run.stdout))


def manual(*command: str) -> str:
    return viseme_ok("manual", *command).out


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_roff_without_a_fault(command: str) -> None:
    page = manual(*command.split())
    assert faults("mandoc", "-T", "lint", "-W", "warning", page=page) == ""
    assert faults("groff", "-man", "-ww", "-z", "-T", "utf8", page=page) == ""


def check_page(help_text: str, page: str) -> None:
    """All that the help says is in the page: usage, options, example, the words after it."""
    shown = read(page)
    usage, examples = help_text.partition("Usage: ")[2].split("\n\n", 1)[0], help_text.partition("Example:\n")[2]
    name = one_line(usage).split()[1]
    for way in re.split(rf"(?:^|\n) *(?:viseme )?{name} ", usage)[1:]:
        assert one_line(f"viseme {name} {way}") in shown
    for option, words in explained.options(help_text).items():
        assert re.search(rf"{re.escape(option)}( [A-Z]+)? {re.escape(one_line(words))}", shown), option
    for line in examples.replace("Exit status:", "EXIT STATUS").splitlines():
        assert one_line(line) in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_a_page_says_what_the_help_says(command: str) -> None:
    check_page(viseme_ok(command, "--help").out, manual(command))


def test_the_page_of_viseme() -> None:
    shown = read(manual())
    for line in viseme_ok("--help").out.splitlines():
        if line.startswith("  "):
            name, purpose = line.split(None, 1)
            assert f"viseme-{name}(1) {one_line(purpose)}" in shown
    for option in ("--threads", "--max-memory", "--json", "--quiet", "--help"):
        assert option in shown
    for section in ("ENVIRONMENT", "SIGNALS", "OUTPUTS", "MEDIA", "EXIT STATUS"):
        assert section in shown


def test_odd_signs() -> None:
    """Backslashes, quotes, dots and dashes where roff would take them for its own."""
    help_text, page = (subprocess.run([ODD, voice], capture_output=True, text=True, check=True).stdout
                       for voice in ("text", "man"))
    check_page(help_text, page)
    assert faults("mandoc", "-T", "lint", "-W", "warning", page=page) == ""
    assert faults("groff", "-man", "-ww", "-z", "-T", "utf8", page=page) == ""


def test_no_such_command() -> None:
    finished = viseme("manual", "nonsense")
    assert finished.status == USAGE and "there is no command nonsense" in finished.err and finished.out == ""


def installed() -> List[str]:
    """Where the files of the build folder go."""
    if not (PROGRAM.parent / "meson-info").is_dir():
        pytest.skip("the program does not lie in a build folder")
    plan = subprocess.run(["meson", "introspect", "--installed", PROGRAM.parent], capture_output=True, text=True,
                          check=True)
    return list(json.loads(plan.stdout).values())


def test_what_is_installed() -> None:
    """A page for each command, and the scripts where the shells look for them."""
    places = installed()
    pages = {Path(place).name for place in places if place.endswith("/man/man1/" + Path(place).name)}
    assert pages == {"viseme.1", *(f"viseme-{command}.1" for command in COMMANDS)}
    for end in ("bash-completion/completions/viseme", "zsh/site-functions/_viseme",
                "fish/vendor_completions.d/viseme.fish"):
        assert sum(place.endswith("/share/" + end) for place in places) == 1
