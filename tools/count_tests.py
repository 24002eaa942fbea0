"""Adds up JUnit result files and prints "N passed, N failed" as the last line; exit 1 on any failure."""
import argparse
import sys
import xml.etree.ElementTree as ElementTree


def count(path: str) -> tuple[int, int]:
    """(passed, failed) of one file; a skipped test counts as failed, since no peer may be missing.

    A file that is missing or cut off holds none: the step that should have written it has failed and is counted.
    """
    passed = failed = 0
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return 0, 0
    for case in cases:
        bad = any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
        failed += bad
        passed += not bad
    return passed, failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failed-steps", type=int, default=0, help="steps of the check that exited non-zero")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    totals = [count(path) for path in arguments.files]
    passed = sum(t[0] for t in totals)
    failed = sum(t[1] for t in totals)
    if failed == 0:  # a step can fail without a failing case: a build error, a format difference
        failed = arguments.failed_steps
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
