"""What `viseme --help` and `viseme COMMAND --help` list: the measure of manual pages and of completion."""
from __future__ import annotations

from typing import Dict, List

from program import viseme_ok

COLUMN = 27     # where explanations of options begin


def commands() -> List[str]:
    """All commands, in their order."""
    return [line.split()[0] for line in viseme_ok("--help").out.splitlines() if line.startswith("  ")]


def options(help_text: str) -> Dict[str, str]:
    """Option -> what it is for, on one line; without the places of lone words."""
    found: Dict[str, str] = {}
    name = ""
    for line in help_text.splitlines():
        left, words = line[:COLUMN], line[COLUMN:]
        if left.startswith("  -"):
            assert left.endswith(" "), line
            name = left.split()[0]
            found[name] = words
        elif name and not left.strip() and words:
            found[name] += " " + words
        else:
            name = ""
    return found
