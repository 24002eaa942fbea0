#!/usr/bin/env python3
"""The public headers, read for what they promise to programs that are compiled already.

    headers.py grow FOLDER OUT...   the same headers as a later version could have them, each into the file of its name:
                                    fields at the end of every structure that may grow, and a higher version
    headers.py layout FOLDER OUT    C: where every field lies and what every enumerator is, as a table that can be
                                    compiled with these headers and with later ones; tests/abi/test_layout.c compares
    headers.py check OLD NEW        does NEW keep all that OLD declares, and add only where that is allowed?
    headers.py symbols NM FOLDER LIBRARY...   does each library export what the headers declare, and nothing else?
"""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple

HEADERS = ("io.h", "status.h", "version.h", "viseme.h")
LATER = "    int64_t later;\n    const char *later_text;\n"


class Promises(NamedTuple):
    """Declarations without comments, in one kind of white space."""

    structures: Dict[str, List[str]]        # name: members as declared
    enumerations: Dict[str, List[str]]
    functions: Dict[str, str]               # name: prototype


def plain(text: str) -> str:
    return " ".join(re.sub(r"/\*.*?\*/", " ", text, flags=re.S).split())


def parts(body: str, separator: str) -> List[str]:
    return [part.strip() for part in body.split(separator) if part.strip()]


def read(folder: Path) -> Promises:
    text = "\n".join((folder / name).read_text() for name in HEADERS)
    text = plain(re.sub(r"^#.*$", "", text, flags=re.M))
    bodies = {kind: {name: body for body, name in re.findall(kind + r" \w+ \{([^}]*)\} (\w+);", text)}
              for kind in ("struct", "enum")}
    functions = {name: prototype for prototype, name in re.findall(r"VIS_API ([^;{]*?\b(\w+)\([^;{]*\));", text)}
    return Promises({name: parts(body, ";") for name, body in bodies["struct"].items()},
                    {name: parts(body, ",") for name, body in bodies["enum"].items()}, functions)


def options(promises: Promises) -> List[str]:
    return [name for name, members in promises.structures.items() if members[0] == "size_t size"]


def growing(promises: Promises) -> List[str]:
    """Options, results that are filled up to a size, and frames, which the library makes."""
    results = [match for prototype in promises.functions.values()
               for match in re.findall(r"(\w+) \*\w+, size_t size\b", prototype)]
    return sorted({*options(promises), *results, "vis_frame"})


def grow(folder: Path, outputs: List[Path]) -> None:
    names = growing(read(folder))
    for output in outputs:
        text = (folder / output.name).read_text()
        for name in names:
            text = text.replace(f"\n}} {name};", f"\n{LATER}}} {name};")
        text = re.sub(r"(#define VIS_VERSION_MINOR) (\d+)", lambda m: f"{m[1]} {int(m[2]) + 1}", text)
        output.write_text(text)


def field_names(member: str) -> List[str]:
    return [re.search(r"(\w+)(\[\w+\])*$", declarator.strip())[1] for declarator in member.split(",")]


def layout(folder: Path, output: Path) -> None:
    promises = read(folder)
    grows = growing(promises)
    lines = ['#include "layout.h"', '#include "viseme/viseme.h"', "", "const layout LAYOUT[] = {"]
    for name, members in promises.structures.items():
        fields = [field for member in members for field in field_names(member)]
        lines += [f'    {{"{name}.{field}", offsetof({name}, {field}), sizeof((({name} *)0)->{field}), false}},'
                  for field in fields]
        lines.append(f'    {{"{name}", 0, sizeof({name}), {str(name in grows).lower()}}},')
        if name in options(promises):
            lines.append(f'    {{"{name}: padding behind", 0, sizeof({name}) - offsetof({name}, {fields[-1]}) - '
                         f'sizeof((({name} *)0)->{fields[-1]}), true}},')
    for members in promises.enumerations.values():
        lines += [f'    {{"{name}", {name}, 0, false}},' for name in (member.split()[0] for member in members)]
    output.write_text("\n".join([*lines, "    {NULL, 0, 0, false},", "};", ""]))


def faults(old: Promises, new: Promises) -> List[str]:
    grows = growing(old)
    found = [f"{name}: fields that were there changed, or a structure that must stay has more"
             for name, members in old.structures.items()
             if (new.structures.get(name, [])[:len(members)] != members
                 or (name not in grows and len(new.structures[name]) != len(members)))]
    found += [f"{name}: enumerators changed" for name, members in old.enumerations.items()
              if new.enumerations.get(name, [])[:len(members)] != members]
    return found + [f"{name}: another prototype, or none" for name, prototype in old.functions.items()
                    if new.functions.get(name) != prototype]


def exported(nm: str, library: Path) -> List[str]:
    which = "--dynamic" if ".so" in library.name else "--extern-only"
    listing = subprocess.run([nm, which, "--defined-only", "--format=posix", str(library)], check=True,
                             capture_output=True, text=True).stdout
    return [line.split()[0] for line in listing.splitlines() if len(line.split()) > 2]


def symbols(nm: str, folder: Path, libraries: List[Path]) -> List[str]:
    declared = set(read(folder).functions)
    found = []
    for library in libraries:
        names = set(exported(nm, library))
        found += [f"{library}: exports {name}, which no header declares" for name in sorted(names - declared)]
        found += [f"{library}: lacks {name}" for name in sorted(declared - names)]
    return found


def main(what: str, *given: str) -> List[str]:
    if what == "grow":
        grow(Path(given[0]), [Path(path) for path in given[1:]])
    elif what == "layout":
        layout(Path(given[0]), Path(given[1]))
    elif what == "check":
        return faults(read(Path(given[0])), read(Path(given[1])))
    elif what == "symbols":
        return symbols(given[0], Path(given[1]), [Path(path) for path in given[2:]])
    return []


if __name__ == "__main__":
    complaints = main(*sys.argv[1:])
    sys.stderr.writelines(f"{complaint}\n" for complaint in complaints)
    sys.exit(bool(complaints))
