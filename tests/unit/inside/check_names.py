"""check_names.py BUILD - no two rooms give a function or an object the same name.

Rooms are static libraries, and a linker takes the first of two that it finds without a word.
"""

import collections
import pathlib
import subprocess
import sys

build = pathlib.Path(sys.argv[1])
rooms = collections.defaultdict(set)
for archive in [*build.glob("src/*/lib*.a"), *build.glob("tools/*/lib*.a")]:
    if archive.name == "libviseme.a":       # what is installed: all of src/ once more
        continue
    told = subprocess.run(["nm", "--defined-only", "--extern-only", str(archive)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True).stdout
    for line in told.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in "TDBRC":
            rooms[words[2]].add(archive.name)
assert len(rooms) > 500, f"{len(rooms)} names in {build}: are the rooms elsewhere?"
twice = {name: sorted(where) for name, where in rooms.items() if len(where) > 1}
for name, where in sorted(twice.items()):
    print(f"{name} is in {' and in '.join(where)}")
sys.exit(1 if twice else 0)
