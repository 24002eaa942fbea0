"""How far the mouth is open, measured in a picture and nothing else."""
from __future__ import annotations

import numpy as np

# Where to look in the 320 crop: below the nose, the columns through the middle of the mouth.
ROWS, COLUMNS = slice(78, 182), slice(148, 172)


def opening(image: np.ndarray) -> float:
    """[320, 320, 3] BGR uint8 → mean number of pixels a column that are teeth, tongue or the dark between them."""
    blue, green, red = (image[ROWS, COLUMNS, i].astype(int) for i in range(3))
    teeth = (blue > 165) & (red - blue < 40)
    inside = (red < 132) & (green < 62)
    return float((teeth | inside).sum(0).mean())
