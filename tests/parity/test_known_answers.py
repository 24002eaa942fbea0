"""The three known answers: seeded weights, seeded inputs, stored outputs."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import weights
from program import viseme_ok

CASES = ("synctalk328_ave", "ultralight160_hubert", "ave_encoder")


@pytest.mark.parametrize("name", CASES)
def test_known_answer(name: str, golden: Path, tmp_path: Path) -> None:
    case = json.loads((golden / f"{name}.json").read_text())
    expected = np.load(golden / f"{name}.out.npy")
    specs = [(key, tuple(shape)) for key, shape in case["state_dict"]]
    state = weights.make_weights(specs, case["weights_seed"], case["output_gain"])
    torch.save({key: torch.from_numpy(np.asarray(value)) for key, value in state.items()}, tmp_path / "model.pth")
    arguments = []
    for i, array in enumerate(weights.make_inputs(case["input_shapes"], case["inputs_seed"])):
        np.save(tmp_path / f"input{i}.npy", array)
        arguments += ["--input", tmp_path / f"input{i}.npy"]

    viseme_ok("infer", "--model", tmp_path / "model.pth", *arguments, "-o", tmp_path / "out.npy")

    result = np.load(tmp_path / "out.npy")
    assert result.dtype == np.float32 and result.shape == tuple(case["output_shapes"][0])
    difference = np.abs(result.astype(np.float64) - expected)
    if name == "ave_encoder":                       # features: 1e-4 relative
        assert difference.max() <= 1e-4 * np.abs(expected).max()
        # PyTorch's own distance from float64 on this case is 2.9e-4 (numbers up to 263).
        assert difference.max() <= 1e-3
    else:
        assert difference.max() <= 5e-5
        assert difference.mean() <= 2e-6
