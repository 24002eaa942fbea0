"""`viseme completion`: bash, zsh and fish themselves complete what `--help` lists, from the scripts alone."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Set

import pytest

import explained
import shells
from program import PATIENCE, PROGRAM, USAGE, viseme, viseme_ok

SHELLS = ("bash", "zsh", "fish")
ODD = PROGRAM.parent / "tests" / "tools" / "odd_help"       # a command explained with signs that shells know


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three scripts, and a folder `here` with files to name."""
    folder = tmp_path_factory.mktemp("room")
    (folder / "here" / "clips").mkdir(parents=True)
    for name in ("99.pth", "my file.pth", "clips/one.png"):
        (folder / "here" / name).touch()
    (folder / "zsh").mkdir()
    for shell, name in zip(SHELLS, ("bash", "zsh/_viseme", "fish")):
        (folder / name).write_text(viseme_ok("completion", shell).out)
    return folder


def script(room: Path, shell: str) -> Path:
    return room / ("zsh/_viseme" if shell == "zsh" else shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_syntax(shell: str, room: Path) -> None:
    shells.needs(shell)
    run = subprocess.run([shell, "-n", script(room, shell)], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


# --- everything that the help lists -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed() -> Dict[str, Dict[str, str]]:
    """Command -> option -> what it is for."""
    return {command: explained.options(viseme_ok(command, "--help").out) for command in explained.commands()}


def bash_offers(room: Path, words: List[List[str]]) -> List[Set[str]]:
    """What the function of the script offers for the last of the words, without a terminal."""
    asked = "\n".join(f"COMP_WORDS=({' '.join(line)} ''); COMP_CWORD={len(line) - 1}\n"
                      "_viseme; echo ${COMPREPLY[@]}" for line in words)
    run = subprocess.run(["bash", "--norc", "-c", f"source {room / 'bash'}\n{asked}"], capture_output=True, text=True,
                         timeout=60 * PATIENCE, check=True)
    return [set(line.split()) for line in run.stdout.splitlines()]


def test_bash_knows_all(room: Path, listed: Dict[str, Dict[str, str]]) -> None:
    offers = bash_offers(room, [["viseme", "''"]] + [["viseme", command, "--"] for command in listed])
    assert offers[0] == {*listed, "help", "--help", "--version"}
    assert dict(zip(listed, offers[1:])) == {command: set(options) for command, options in listed.items()}


def test_fish_knows_all(room: Path, listed: Dict[str, Dict[str, str]]) -> None:
    top, *offers = shells.fish(room / "fish", ["viseme ", *(f"viseme {command} --" for command in listed)], room)
    assert {word for word, _ in top} == {*listed, "help"}
    assert {command: dict(offer) for command, offer in zip(listed, offers)} == listed


def test_zsh_knows_all(room: Path, listed: Dict[str, Dict[str, str]]) -> None:
    text = script(room, "zsh").read_text()
    for command, options in listed.items():
        piece = text.partition(f"\n_viseme_command_{command}() {{")[2].partition("\n}\n")[0]
        for option in options:
            assert f"{option}=[" in piece or f"{option}[" in piece or f"{option}}}" in piece or \
                f"{option}=}}" in piece, (command, option)
        assert f"\n        '{command}:" in text


# --- lines completed at a terminal ------------------------------------------------------------------------------------


class Line(NamedTuple):
    typed: str
    completed: str      # what bash makes of it; zsh ends options that take a value with "="


LINES = (
    Line("viseme rend", "viseme render"),
    Line("viseme --vers", "viseme --version"),
    Line("viseme help swe", "viseme help sweep"),
    Line("viseme manual com", "viseme manual comp"),
    Line("viseme completion z", "viseme completion zsh"),
    Line("viseme render --prec", "viseme render --precision"),
    Line("viseme sweep 99.pth --qui", "viseme sweep 99.pth --quiet"),
    Line("viseme render --precision fl", "viseme render --precision float32"),
    Line("viseme render --precision=fl", "viseme render --precision=float32"),
    Line("viseme compare 99.pth --nodes=al", "viseme compare 99.pth --nodes=always"),
    Line("viseme render --model 9", "viseme render --model 99.pth"),
    Line("viseme render --model=9", "viseme render --model=99.pth"),
    Line("viseme render --model my", "viseme render --model my\\ file.pth"),
    Line('viseme render --model "my', 'viseme render --model "my file.pth"'),
    Line("viseme render --character c", "viseme render --character clips/"),
    Line("viseme render --character 9", "viseme render --character 9"),
    Line("viseme render -o 9", "viseme render -o 99.pth"),
    Line("viseme frames -o c", "viseme frames -o clips/"),
    Line("viseme inspect 9", "viseme inspect 99.pth"),
    Line("viseme sweep 99.pth my", "viseme sweep 99.pth my\\ file.pth"),
    Line("viseme render --start 9", "viseme render --start 9"),
    Line("viseme render 9", "viseme render 9"),
    Line("viseme render --output frames --prec", "viseme render --output frames --precision"),
    Line("viseme nonsense 9", "viseme nonsense 9"),
)


@pytest.fixture(scope="module")
def bash(room: Path) -> Iterator[shells.Terminal]:
    terminal = shells.Terminal("bash", f"source {room / 'bash'}", room / "here")
    yield terminal
    terminal.close()


@pytest.fixture(scope="module")
def zsh(room: Path) -> Iterator[shells.Terminal]:
    terminal = shells.Terminal("zsh", f"fpath=({room / 'zsh'} $fpath); autoload -U compinit; compinit -D -u",
                               room / "here")
    yield terminal
    terminal.close()


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.typed)
def test_bash(line: Line, bash: shells.Terminal) -> None:
    assert bash.completed(line.typed) == line.completed


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.typed)
def test_zsh(line: Line, zsh: shells.Terminal) -> None:
    equals = "=" if line.completed.endswith("--precision") else ""
    assert zsh.completed(line.typed) == line.completed + equals


def test_bash_that_does_not_cut_words_at_equals(room: Path) -> None:
    """COMP_WORDBREAKS is the user's; --name=value is one word then."""
    assert bash_offers(room, [["viseme", "render", "--precision=f"]]) == [{"--precision=float32", "--precision=fast"}]


FISH = {
    "viseme help swe": {"sweep"},
    "viseme manual com": {"compare", "completion"},
    "viseme manual render ": set(),
    "viseme completion ": set(SHELLS),
    "viseme render --pre": {"--precision", "--preset"},
    "viseme render --precision ": {"float32", "fast"},
    "viseme render --precision=fl": {"--precision=float32"},
    "viseme render --model=9": {"--model=99.pth"},
    "viseme render --model ": {"99.pth", "my file.pth", "clips/"},
    "viseme render --character ": {"clips/"},
    "viseme render -o 9": {"99.pth"},
    "viseme frames -o ": {"clips/"},
    "viseme inspect 9": {"99.pth"},
    "viseme sweep 99.pth my": {"my file.pth"},
    "viseme render --start ": set(),
    "viseme render 9": set(),
    "viseme render --output frames --prec": {"--precision"},
}


def test_fish(room: Path) -> None:
    offers = shells.fish(room / "fish", list(FISH), room / "here")
    assert dict(zip(FISH, ({word for word, _ in offer} for offer in offers))) == FISH


def test_zsh_explains(zsh: shells.Terminal, listed: Dict[str, Dict[str, str]]) -> None:
    shown = zsh.shown("viseme inspect --")
    for option, words in listed["inspect"].items():
        assert any(option in line and line.rstrip().endswith(words) for line in shown.splitlines()), (option, shown)


# --- texts with signs that mean something to shells -------------------------------------------------------------------


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    for voice in (*SHELLS, "text"):
        made = subprocess.run([ODD, voice], capture_output=True, text=True, check=True)
        (folder / voice).write_text(made.stdout)
    return folder


def test_odd_signs_in_fish(odd: Path) -> None:
    offers, = shells.fish(odd / "fish", ["viseme odd --o"], odd)
    assert dict(offers) == {option: words for option, words in explained.options((odd / "text").read_text()).items()
                            if option.startswith("--o")}


def test_odd_signs_in_zsh(odd: Path) -> None:
    terminal = shells.Terminal("zsh", f"autoload -U compinit; compinit -D -u; source {odd / 'zsh'}", odd)
    shown = terminal.shown("viseme odd --o")
    assert terminal.completed("viseme odd --odd=o") == "viseme odd --odd=one"
    terminal.close()
    for option, words in explained.options((odd / "text").read_text()).items():
        assert option == "--help" or f"{option} " in shown and f"-- {words}" in shown, shown


def test_odd_signs_in_bash(odd: Path) -> None:
    assert bash_offers(odd, [["viseme", "odd", "--o"], ["viseme", "odd", "--odd", "o"]]) == \
        [{"--odd", "--other"}, {"one"}]


# --- the command itself -----------------------------------------------------------------------------------------------


def test_a_shell_that_it_does_not_know() -> None:
    finished = viseme("completion", "tcsh")
    assert finished.status == USAGE and finished.out == ""
    assert finished.err == "viseme completion: SHELL tcsh: choose bash, zsh or fish\n"
    assert viseme("completion").status == USAGE


def test_choices_are_refused_where_they_are_offered() -> None:
    for command, option, said in (("render", "--preset", "veryslow or placebo"), ("render", "--precision", "float32 or"),
                                  ("frames", "--crop-resize", "cubic or area"), ("bench", "--audio-mode", "or wenet"),
                                  ("compare", "--nodes", "always or never"), ("compare", "--require", "or visual")):
        finished = viseme(command, option, "nonsense")
        assert finished.status == USAGE and f"{option} nonsense: choose " in finished.err and said in finished.err
