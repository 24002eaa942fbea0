"""Networks with seeded weights, their PyTorch answers, and the many ways in which people save them."""
from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence

import numpy as np
import torch
from torch import Tensor, nn

import networks
import weights

State = Dict[str, Tensor]


class Answer:
    """Inputs of a network and what PyTorch makes of them in float32 and, when somebody asks, in float64."""

    def __init__(self, inputs: Sequence[np.ndarray], single: np.ndarray, calculate: Callable[[], np.ndarray]) -> None:
        self.inputs, self.single, self._calculate = list(inputs), single, calculate
        self._double: Optional[np.ndarray] = None

    @property
    def double(self) -> np.ndarray:
        if self._double is None:
            self._double = self._calculate()
        return self._double

    @property
    def own(self) -> float:
        """The largest error of PyTorch's own float32."""
        return float(np.abs(self.single - self.double).max())

    def first(self, count: int) -> "Answer":
        """The first samples of the batch alone."""
        return Answer([value[:count] for value in self.inputs], self.single[:count], lambda: self.double[:count])


def seeded(network: nn.Module, seed: int) -> nn.Module:
    """Gives a network the weights that `weights.make_weights` draws for its keys; returns it in eval mode."""
    specs = [(key, tuple(value.shape)) for key, value in network.state_dict().items()]
    values = weights.make_weights(specs, seed)
    network.load_state_dict({key: torch.from_numpy(np.asarray(value)) for key, value in values.items()})
    return network.eval()


def tamed(network: networks.LipSyncUNet) -> networks.LipSyncUNet:
    """Scales down what each block adds, which conditions a random network as well as a trained one: PyTorch's own
    float32 error falls from some 1e-5, the worst of it at single pixels, to some 1e-6."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, networks.InvertedResidual):
                module.conv[7].weight *= 0.3 if module.residual else 0.5
    return network


def unsaturated(network: networks.LipSyncUNet, inputs: Sequence[np.ndarray]) -> networks.LipSyncUNet:
    """Scales the last convolution so that the logits on these inputs have a standard deviation of 1."""
    with torch.no_grad():
        logits = network.logits(*map(torch.from_numpy, inputs))
        network.outc.conv.weight /= logits.std()
    return network


def unet(family: str, mode: str = "ave", channels: Sequence[int] = networks.FULL,
         audio_channels: Optional[int] = None, spelling: str = "nested", seed: int = 1) -> networks.LipSyncUNet:
    """A seeded U-Net whose sigmoid does not saturate and whose answers are well conditioned."""
    network = tamed(seeded(networks.build(family, mode, channels, audio_channels, spelling), seed))
    return unsaturated(network, inputs_of(family, mode, channels, 1, audio_channels, seed))


def inputs_of(family: str, mode: str, channels: Sequence[int], batch: int, audio_channels: Optional[int] = None,
              seed: int = 1) -> List[np.ndarray]:
    """Seeded inputs; the first samples of a larger batch are not those of a smaller one."""
    return weights.make_inputs(networks.input_shapes(family, mode, channels, batch, audio_channels), 1000 + seed)


def answer(network: nn.Module, inputs: Sequence[np.ndarray]) -> Answer:
    """What PyTorch says, and what it would say without rounding."""
    tensors = [torch.from_numpy(value) for value in inputs]
    with torch.no_grad():
        single = network(*tensors).numpy()

    def calculate() -> np.ndarray:
        with torch.no_grad():
            double = network.double()(*[tensor.double() for tensor in tensors]).numpy()
        network.float()
        return double

    return Answer(inputs, single, calculate)


def assert_close(result: np.ndarray, expected: Answer) -> None:
    """The product's tolerances on network output."""
    assert result.dtype == np.float32 and result.shape == expected.single.shape
    assert np.isfinite(result).all()
    difference = np.abs(result.astype(np.float64) - expected.single)
    # Near 1 neighbouring float32 are 6e-8 apart: below a few of these "3 x its own error" says nothing, and what float64
    # takes PyTorch seconds for need not be known.
    if difference.max() > 6e-7:
        limit = min(5e-5, 3 * expected.own)
        assert difference.max() <= limit, (
            f"max |difference| {difference.max():.3g} > {limit:.3g} (PyTorch's own {expected.own:.3g})")
    assert difference.mean() <= 2e-6, f"mean |difference| {difference.mean():.3g}"


# --- saving -----------------------------------------------------------------------------------------------------------

def save(content: object, path: Path, legacy: bool = False) -> Path:
    """torch.save as a zip archive or as the older stream."""
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path


def prefixed(state: State, prefix: str) -> State:
    """Every key with a prefix, as DataParallel leaves them."""
    return OrderedDict((prefix + key, value) for key, value in state.items())


def converted(state: State, dtype: torch.dtype) -> State:
    """Floating point values stored in another type; counters stay integers."""
    return OrderedDict((key, value.to(dtype) if value.is_floating_point() else value) for key, value in state.items())


def sharing_one_storage(state: State) -> State:
    """Float values as views into one storage, with gaps between them."""
    gap = 3
    floats = [value for value in state.values() if value.is_floating_point()]
    storage = torch.zeros(sum(value.numel() + gap for value in floats))
    result, position = OrderedDict(), gap
    for key, value in state.items():
        if value.is_floating_point():
            view = storage[position:position + value.numel()].view(value.shape)
            view.copy_(value)
            position += value.numel() + gap
            result[key] = view
        else:
            result[key] = value
    return result


def strided(state: State) -> State:
    """Convolutions stored with their axes permuted, vectors as every second number of a longer one."""
    result = OrderedDict()
    for key, value in state.items():
        if value.dim() == 4:
            result[key] = value.permute(1, 0, 3, 2).contiguous().permute(1, 0, 3, 2)
        elif value.dim() == 1 and value.is_floating_point():
            result[key] = torch.stack([value, -value], dim=1)[:, 0]
        else:
            result[key] = value
    return result


def as_parameters(state: State) -> State:
    """Float values as nn.Parameter, as `dict(model.named_parameters())` holds them."""
    return OrderedDict((key, nn.Parameter(value) if value.is_floating_point() else value)
                       for key, value in state.items())


def reloaded(network: nn.Module, state: State) -> nn.Module:
    """The network with the values that a saved state stands for."""
    network.load_state_dict({key: value.detach().float() if value.is_floating_point() else value
                             for key, value in state.items()})
    return network.eval()
