"""What is timed: networks and their inputs, as files that every runtime can open.

The mobile width is the trained demo; the others have seeded weights. Networks that the demo's footage fits are run on
it, the others on seeded numbers."""
from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch import nn

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "tests" / part) for part in ("reference", "golden", "parity")]
import checkpoints                                                              # noqa: E402
import demo_footage                                                             # noqa: E402
import networks                                                                 # noqa: E402
import weights                                                                  # noqa: E402


class Case(NamedTuple):
    """A network, its batch, and the thread counts at which it is timed. `trained`: the demo's, not seeded."""

    key: str
    title: str
    family: str
    mode: str
    widths: Tuple[int, ...]
    batch: int = 1
    threads: Tuple[int, ...] = (1, 2)
    trained: bool = False
    audio_channels: Optional[int] = None

    @property
    def is_unet(self) -> bool:
        return self.family != "ave_encoder"

    @property
    def fits_footage(self) -> bool:
        """Does the network take what demo_footage.inputs gives?"""
        return (self.family, self.mode) == (demo_footage.FAMILY, demo_footage.MODE)

    @property
    def input_names(self) -> List[str]:
        return ["input", "audio"] if self.is_unet else ["mel"]

    @property
    def shapes(self) -> List[Tuple[int, ...]]:
        return networks.input_shapes(self.family, self.mode, self.widths, self.batch, self.audio_channels)


CASES = (
    Case("full", "328 ave, full width, one frame", "328", "ave", networks.FULL),
    Case("mobile", "328 ave, mobile width (the trained demo), one frame", "328", "ave", networks.MOBILE, trained=True,
         audio_channels=demo_footage.AUDIO_CHANNELS),
    Case("hubert160", "160 hubert, full width, one frame", "160", "hubert", networks.FULL),
    Case("encoder", "AVE encoder, 25 rows (one second of speech)", "ave_encoder", "ave", networks.FULL, 25),
    Case("batch4", "328 ave, full width, four frames at once", "328", "ave", networks.FULL, 4, (2,)),
)


def find(key: str) -> Case:
    return next(case for case in CASES if case.key == key)


def load(case: Case, checkpoint: Path) -> nn.Module:
    network = networks.build(case.family, case.mode, case.widths, case.audio_channels)
    network.load_state_dict(torch.load(checkpoint))
    return network.eval()


def build(case: Case) -> nn.Module:
    """Trained, or with the weights that tests/golden/weights.py draws, scaled to be well conditioned."""
    if case.trained:
        return load(case, demo_footage.MODEL)
    if case.is_unet:
        return checkpoints.unet(case.family, case.mode, case.widths)
    return checkpoints.seeded(networks.build(case.family), 1)


def input_files(folder: Path, case: Case) -> List[Path]:
    return [folder / f"input{i}.npy" for i in range(len(case.shapes))]


def export(network: nn.Module, inputs: List[torch.Tensor], names: List[str], path: Path) -> None:
    """As people export: torch.onnx.export, sizes fixed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, tuple(inputs), str(path), opset_version=13, input_names=names,
                          output_names=["output"])


def inputs(case: Case) -> List[np.ndarray]:
    if case.fits_footage:
        return demo_footage.inputs(demo_footage.judged(demo_footage.length())[:case.batch])
    return weights.make_inputs(case.shapes, 1001)


def write_calibration(folder: Path) -> None:
    """`calibrationI.npy`: frames of the footage other than those that runtimes are timed and judged on."""
    for i, array in enumerate(demo_footage.inputs(demo_footage.calibration(demo_footage.length()))):
        np.save(folder / f"calibration{i}.npy", array)


def write(folder: Path, case: Case) -> None:
    """`model.pth`, `model.onnx`, `inputI.npy`, and PyTorch's float32 answer `expected.npy`; where there is footage for
    it, `calibrationI.npy`."""
    folder.mkdir(parents=True)
    network = build(case)
    arrays = inputs(case)
    tensors = [torch.from_numpy(array) for array in arrays]
    torch.save(network.state_dict(), folder / "model.pth")
    export(network, tensors, case.input_names, folder / "model.onnx")
    for path, array in zip(input_files(folder, case), arrays):
        np.save(path, array)
    with torch.no_grad():
        np.save(folder / "expected.npy", network(*tensors).numpy())
    if case.fits_footage:
        write_calibration(folder)
