"""A measured figure beside what was promised of it."""
from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

import numpy as np


class Figure(NamedTuple):
    what: str
    here: str
    measured: Optional[float]   # what is judged; None: nothing was measured
    must: Optional[float] = None
    aim: Optional[float] = None
    unit: str = "ms"
    at_most: bool = True

    def _text(self, value: Optional[float]) -> str:
        return "" if value is None else f"{value:g} {self.unit}".rstrip()

    @property
    def must_text(self) -> str:
        return self._text(self.must)

    @property
    def aim_text(self) -> str:
        return self._text(self.aim)

    @property
    def reached(self) -> str:
        if self.must is None:
            return ""
        if self.measured is None:
            return "not measured"
        return "yes" if (self.measured <= self.must if self.at_most else self.measured >= self.must) else "**no**"


def latency(what: str, milliseconds: Sequence[float], must: float, aim: float) -> Figure:
    """Judged by its median; the 95th percentile stands beside it."""
    if not len(milliseconds):
        return Figure(what, "never", float("inf"), must, aim)
    median, late = np.percentile(milliseconds, [50, 95])
    return Figure(what, f"{median:.0f} ms ({late:.0f})", float(median), must, aim)
