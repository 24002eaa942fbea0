"""check_includes.py SOURCE BUILD HEADER... - the tools see viseme.h and the declared HEADERs, and nothing else of src/.

Each room of tools/ is asked by the very command that compiles it: every declared header must compile in it alone, no
other header of src/ may be found, and one that is included all the same must stop the compiler.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys

# Rooms that draw only: what is in the handles' interface is theirs to find as well, since there is one folder for all.
LEAST_ROOMS = {"report", "measure", "sides", "paint", "compare", "diagnose", "sweep", "program"}


def commands_of_rooms(source: pathlib.Path, build: pathlib.Path) -> dict[str, list[str]]:
    """One compiler command for each set of include folders in each room, without its source and outputs."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = (build / entry["file"]).resolve()
        if source / "tools" not in file.parents or "tests/" in entry.get("output", ""):
            continue
        words = shlex.split(entry["command"])
        if "bench" in entry.get("output", "").split("/")[0]:
            continue
        kept, skip = [], False
        for word in words:
            if skip or word in ("-c", "-MD", "-MQ", "-MF", "-o"):
                skip = not skip and word in ("-MQ", "-MF", "-o")
            elif word != entry["file"]:
                kept.append(word)
        room = file.relative_to(source / "tools").parts[0]
        found.setdefault(room, {})[tuple(w for w in kept if w.startswith(("-I", "-isystem")))] = kept
    return {room: list(commands.values()) for room, commands in found.items()}


def compiles(command: list[str], build: pathlib.Path, text: str) -> tuple[bool, str]:
    done = subprocess.run([*command, "-Wno-error", "-fsyntax-only", "-x", "c", "-"], cwd=build, input=text, text=True,
                          capture_output=True, check=False)
    return done.returncode == 0, done.stderr


def faults_of(room: str, command: list[str], source: pathlib.Path, build: pathlib.Path, declared: list[str]) -> list[str]:
    faults = []
    for header in declared:
        fine, why = compiles(command, build, f'#include "{header}"\n')
        if not fine:
            faults.append(f"tools/{room}: {header} is declared, and does not compile alone:\n{why}")
    headers = sorted(str(h.relative_to(source / "src")) for h in (source / "src").rglob("*.h"))
    hidden = [h for h in headers if h not in declared]
    assert len(hidden) > 50 and "nn/program.h" in hidden, "the engine's headers were not found"
    places = [p for h in hidden for p in (h, "src/" + h)]
    asked = "".join(f'#if __has_include("{p}")\n#warning found {p}\n#endif\n' for p in places)
    fine, said = compiles(command, build, asked)
    faults += [f"tools/{room}: can include {p}" for p in re.findall(r"#warning found (\S+)", said)]
    if not fine:
        faults.append(f"tools/{room}: {said}")
    for header in ("nn/program.h", "api/handles.h"):
        if compiles(command, build, f'#include "{header}"\n')[0]:
            faults.append(f"tools/{room}: a file that includes {header} compiles")
    return faults


def main() -> int:
    source, build, declared = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    rooms = commands_of_rooms(source, build)
    missing = LEAST_ROOMS - rooms.keys()
    faults = [f"tools/{room}: no command compiles it" for room in sorted(missing)]
    for room, commands in rooms.items():
        for command in commands:
            faults += faults_of(room, command, source, build, declared)
    for file in sorted((source / "tools").rglob("*.[ch]")):
        if re.search(r'#\s*include\s*["<](\.\.|/)', file.read_text()):
            faults.append(f"{file.relative_to(source)}: includes by a path, past the declared interface")
    print("\n".join(faults) or f"{len(rooms)} rooms: {len(declared)} headers, and no others")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
