"""How the demo's weights are written: a plain state dict, floating point as float16, nothing left half-written."""
from __future__ import annotations

import os
from pathlib import Path

import torch


def save_half(state: dict[str, torch.Tensor], path: Path) -> None:
    halves = {k: v.detach().clone().contiguous().half() if v.is_floating_point() else v.clone()
              for k, v in state.items()}
    save_whole(halves, path)


def save_whole(value: object, path: Path) -> None:
    """torch.save under a temporary name, then a rename."""
    temporary = path.with_suffix(".part")
    torch.save(value, temporary)
    os.replace(temporary, path)
