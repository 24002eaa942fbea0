"""check_includes.py SOURCE BUILD HEADER... - the tools see viseme.h and the declared HEADERs, and nothing else of src/.

Each room of tools/ is asked by the very command that compiles it: the declared headers must be found, no other header
of src/ may be, and one that is included all the same must stop the compiler. A declared header must compile alone.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys

# The rooms of tools/, and which others the files of each include: arrows run one way, and judges do not know each other.
ARROWS = {
    "report": set(),
    "measure": set(),
    "sides": {"measure"},
    "paint": {"measure"},
    "compare": {"sides", "measure", "report"},
    "diagnose": {"paint", "sides", "measure", "report"},
    "sweep": {"paint", "measure", "report"},
    "live": set(),
    "speech": set(),
    "rtc": {"live"},
    "serve": {"live", "rtc", "speech"},
    "program": {"measure", "compare", "diagnose", "sweep", "serve"},
}
# What files of the program name of the library: no room of the engine.
OF_THE_LIBRARY = {"viseme", "base", "inside"}


def commands_of_rooms(source: pathlib.Path, build: pathlib.Path) -> dict[str, list[str]]:
    """One compiler command for each set of include folders in each room, without its source and outputs."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = (build / entry["file"]).resolve()
        if source / "tools" not in file.parents or entry["output"].startswith(("tests/", "bench/")):
            continue
        kept, words = [], iter(shlex.split(entry["command"]))
        for word in words:
            if word in ("-MQ", "-MF", "-o"):
                next(words)
            elif word not in ("-c", "-MD", entry["file"]):
                kept.append(word)
        room = file.relative_to(source / "tools").parts[0]
        found.setdefault(room, {})[tuple(w for w in kept if w.startswith(("-I", "-isystem")))] = kept
    return {room: list(commands.values()) for room, commands in found.items()}


def compiles(command: list[str], build: pathlib.Path, text: str) -> tuple[bool, str]:
    quiet = ["-Wno-error", "-fdiagnostics-color=never", "-fsyntax-only", "-x", "c", "-"]
    done = subprocess.run([*command, *quiet], cwd=build, input=text, text=True, capture_output=True, check=False)
    return done.returncode == 0, done.stderr


def faults_of_declared(command: list[str], build: pathlib.Path, declared: list[str]) -> list[str]:
    """Asked of one room: they all have the same folder of declared headers."""
    faults = []
    for header in declared:
        fine, why = compiles(command, build, f'#include "{header}"\n')
        if not fine:
            faults.append(f"{header} is declared, and does not compile alone:\n{why}")
    return faults


def faults_of_room(room: str, command: list[str], source: pathlib.Path, build: pathlib.Path,
                   declared: list[str]) -> list[str]:
    headers = sorted(str(h.relative_to(source / "src")) for h in (source / "src").rglob("*.h"))
    hidden = [h for h in headers if h not in declared]
    assert len(hidden) > 50 and "engine/program.h" in hidden, "the engine's headers were not found"
    lines = [f'#if !__has_include("{h}")\n#warning lacks {h}\n#endif\n' for h in declared]
    lines += [f'#if __has_include("{p}")\n#warning finds {p}\n#endif\n' for h in hidden for p in (h, "src/" + h)]
    fine, said = compiles(command, build, "".join(lines))
    faults = [f"tools/{room}: {fault}" for fault in sorted(set(re.findall(r"warning ((?:lacks|finds) \S+)", said)))]
    if not fine:
        faults.append(f"tools/{room}: {said}")
    if compiles(command, build, '#include "engine/program.h"\n')[0]:
        faults.append(f"tools/{room}: a file that includes engine/program.h compiles")
    return faults


def faults_of_files(source: pathlib.Path) -> list[str]:
    faults = []
    for file in sorted((source / "tools").rglob("*.[ch]")):
        name = file.relative_to(source)
        here = name.parts[1]
        for included in re.findall(r'^\s*#\s*include\s*"([^"]+)"', file.read_text(), re.MULTILINE):
            room = included.split("/")[0]
            if room in ("..", ""):
                faults.append(f"{name}: includes {included} by a path, past the declared interface")
            elif room in ARROWS and room != here and room not in ARROWS[here]:
                faults.append(f"{name}: includes {included}, against the arrows of docs/architecture.md")
            elif here == "program" and room not in ARROWS and room not in OF_THE_LIBRARY:
                faults.append(f"{name}: includes {included}; the program stands over viseme.h and the judges")
    return faults


def main() -> int:
    source, build, declared = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    rooms = commands_of_rooms(source, build)
    missing = ARROWS.keys() - rooms.keys()
    faults = [f"tools/{room}: no command compiles it" for room in sorted(missing)]
    if not missing:
        faults += faults_of_declared(rooms["program"][0], build, declared)
    for room, commands in rooms.items():
        for command in commands:
            faults += faults_of_room(room, command, source, build, declared)
    faults += faults_of_files(source)
    print("\n".join(faults) or f"{len(rooms)} rooms: {len(declared)} headers, and no others")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
