"""Prints line coverage by room: coverage_table.py GCOVR.json RESULT.json LEAST. Exit status 1 below LEAST per cent.

RESULT.json: {"line_percent": of all, "lines": counted, "rooms": {name: per cent}}.
"""
import json
import sys
from collections import defaultdict


def lines_of(file):
    """(lines that ran, lines that could) of one file; a template's line ran when any copy of it did."""
    counts = defaultdict(int)
    for line in file["lines"]:
        if not line.get("gcovr/noncode"):
            counts[line["line_number"]] = max(counts[line["line_number"]], line["count"])
    return sum(count > 0 for count in counts.values()), len(counts)


def per_cent(ran, lines):
    """With one digit; rounded down, so that no 100 hides a line."""
    return int(1000 * ran / lines) / 10 if lines else 100.0


def main():
    source, result, least = sys.argv[1:]
    rooms, thin = defaultdict(lambda: [0, 0]), []
    with open(source, encoding="utf-8") as file:
        files = json.load(file)["files"]
    for one in files:
        ran, lines = lines_of(one)
        for room in ("/".join(one["file"].split("/")[:2]), "all"):
            rooms[room][0] += ran
            rooms[room][1] += lines
        if lines and ran < 0.9 * lines:
            thin.append((per_cent(ran, lines), lines - ran, one["file"]))
    every = rooms.pop("all")
    print("room              lines    ran")
    for name, (ran, lines) in sorted(rooms.items()) + [("all", every)]:
        print(f"{name:16} {lines:6} {per_cent(ran, lines):5.1f} %")
    print("files below 90 %, with the lines that did not run:" if thin else "no file is below 90 %")
    for share, missing, name in sorted(thin):
        print(f"  {share:5.1f} % {missing:4} {name}")
    total = per_cent(*every)
    with open(result, "w", encoding="utf-8") as file:
        json.dump({"line_percent": total, "lines": every[1],
                   "rooms": {name: per_cent(*counts) for name, counts in sorted(rooms.items())}}, file, indent=2)
    return 0 if total >= float(least) else 1


if __name__ == "__main__":
    sys.exit(main())
