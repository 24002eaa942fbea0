"""Runs gcc -fanalyzer over src/ and tools/: gcc_analyzer.py BUILD_FOLDER JOBS. Exit status 1 when it finds anything.

Left out are the nn room, whose vectors GCC 12 takes for memory that nobody wrote, and two of its checks, by name
below: they follow no ownership through lists and arrays, so that what a list keeps is "leaked". Leaks are looked for
while the tests run, by the address sanitizer and by failing each allocation in turn.
"""
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

LEFT_OUT = ("src/engine/",)
CHECKS = ["-fanalyzer", "-Wno-analyzer-malloc-leak", "-Wno-analyzer-file-leak",
          "-DVIS_ANALYSIS", "-Wno-unused-value", "-Wno-error", "-O1", "-fdiagnostics-path-format=none"]
OF_THE_BUILD = {"-o": 2, "-MF": 2, "-MQ": 2, "-MD": 1, "-c": 1}         # arguments that write files


def arguments(command):
    """The compiler's arguments without those that write files."""
    kept, given = [], shlex.split(command)
    while given:
        skipped = OF_THE_BUILD.get(given[0], 0)
        kept += given[:1] if skipped == 0 else []
        del given[:max(skipped, 1)]
    return kept


def analyse(entry):
    """What GCC says of one file."""
    run = subprocess.run(arguments(entry["command"]) + CHECKS + ["-S", "-o", "/dev/null"], cwd=entry["directory"],
                         capture_output=True, text=True, check=False)
    return run.stderr if run.returncode != 0 or "warning:" in run.stderr else ""


def main():
    build, jobs = sys.argv[1:]
    with open(f"{build}/compile_commands.json", encoding="utf-8") as file:
        entries = {os.path.relpath(os.path.join(e["directory"], e["file"])): e for e in json.load(file)}
    chosen = [e for name, e in sorted(entries.items()) if name.startswith(("src/", "tools/")) and not name.startswith(LEFT_OUT)]
    with ThreadPoolExecutor(int(jobs)) as workers:
        found = [text for text in workers.map(analyse, chosen) if text]
    sys.stdout.write("".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
