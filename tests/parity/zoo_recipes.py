"""What is done to a network to make it hard on 16 bits: where its batch norms come from, and edits of single channels.

Scales of channels (`outliers_within`, `outliers_between`) leave the function what it is: what is multiplied in one
place is divided out in the next, through ReLU, sums and the bilinear enlargement.
"""
from __future__ import annotations

from functools import partial
from typing import Callable, List, Sequence

import torch
from torch import Tensor, nn

import checkpoints
import networks

Unet = networks.LipSyncUNet
Block = networks.InvertedResidual
Recipe = Callable[[Unet, Sequence[Tensor], torch.Generator], None]   # network, inputs of some frames, randomness

EXPAND, EXPAND_NORM, DEPTHWISE, DEPTHWISE_NORM, PROJECT, PROJECT_NORM = 0, 1, 3, 4, 6, 7    # in Block.conv


def blocks(network: Unet) -> List[Block]:
    return [module for module in network.modules() if isinstance(module, Block)]


def norms(network: Unet) -> List[nn.BatchNorm2d]:
    return [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]


# --- batch norms ------------------------------------------------------------------------------------------------------

def fresh(network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    """PyTorch's initial weights as they are: no biases, and signals that grow faint on their way."""


def calibrated(network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    """Means and variances of these inputs, as after the first steps of training."""
    for norm in norms(network):
        norm.momentum = 1.0
    network.train()(*inputs)
    network.eval()


def varied(network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    """Calibrated, then factors and biases as training spreads them."""
    calibrated(network, inputs, random)
    for norm in norms(network):
        norm.weight.copy_(torch.rand(norm.weight.shape, generator=random) + 0.5)
        norm.bias.copy_(torch.randn(norm.bias.shape, generator=random) * 0.2)


def drawn(network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    """All values drawn, batch norms' as well, and what a block adds scaled down: `checkpoints.unet`."""
    checkpoints.tamed(checkpoints.seeded(network, random.initial_seed()))


# --- biases -----------------------------------------------------------------------------------------------------------

def _scale_bias(norm: nn.BatchNorm2d, factor: float, channels: slice) -> None:
    """The bias that a folded batch norm leaves: bias - mean * weight / deviation."""
    shift = norm.running_mean * norm.weight / torch.sqrt(norm.running_var + norm.eps)
    norm.bias[channels] = (factor * (norm.bias - shift) + shift)[channels]


def _biases(stage: int, factor: float, part: float, network: Unet, inputs: Sequence[Tensor],
            random: torch.Generator) -> None:
    for block in blocks(network):
        norm = block.conv[stage]
        _scale_bias(norm, factor, slice(0, int(part * norm.num_features)))


def expansion_biases(factor: float, part: float = 1) -> Recipe:
    """The biases of all expansions times `factor`, or those of the first part of each block's channels."""
    return partial(_biases, EXPAND_NORM, factor, part)


def depthwise_biases(factor: float, part: float = 1) -> Recipe:
    return partial(_biases, DEPTHWISE_NORM, factor, part)


# --- outliers ---------------------------------------------------------------------------------------------------------

def _scale_norm(norm: nn.BatchNorm2d, channel: int, factor: float) -> None:
    norm.weight[channel] *= factor
    norm.bias[channel] *= factor


def _pick(count: int, random: torch.Generator) -> int:
    return int(torch.randint(count, (1,), generator=random))


def _within(factor: float, network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    for block in blocks(network):
        channel = _pick(block.conv[EXPAND_NORM].num_features, random)
        _scale_norm(block.conv[EXPAND_NORM], channel, factor)
        block.conv[DEPTHWISE].weight[channel] /= factor


def outliers_within(factor: float) -> Recipe:
    """One hidden channel of every block leaves the expansion so many times as strong, and the depthwise undoes it."""
    return partial(_within, factor)


def _depthwise(factor: float, network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    for block in blocks(network):
        channel = _pick(block.conv[DEPTHWISE_NORM].num_features, random)
        _scale_norm(block.conv[DEPTHWISE_NORM], channel, factor)
        block.conv[PROJECT].weight[:, channel] /= factor


def outliers_after_depthwise(factor: float) -> Recipe:
    """The same between the depthwise convolution and the projection."""
    return partial(_depthwise, factor)


def _stage(network: Unet, name: str) -> nn.Sequential:
    """The two blocks of `down1` or `up1`."""
    stage = getattr(network, name)
    return (stage.conv if name.startswith("up") else _unnested(stage.maxpool_conv)).double_conv


def _unnested(module: nn.Module) -> nn.Module:
    return module[0] if isinstance(module, nn.Sequential) else module


def _divide_reader(conv: nn.Conv2d, channel: int, factor: float) -> None:
    conv.weight[:, channel] /= factor


def _scale_pair(pair: nn.Sequential, channel: int, factor: float) -> None:
    """The output of two blocks; the second adds its input, which grows as well."""
    first, second = pair
    _scale_norm(first.conv[PROJECT_NORM], channel, factor)
    _divide_reader(second.conv[EXPAND], channel, factor)
    _scale_norm(second.conv[PROJECT_NORM], channel, factor)


def _up_reader(network: Unet, level: int) -> nn.Conv2d:
    return _stage(network, f"up{level}")[0].conv[EXPAND]


def _scale_skips(network: Unet, factor: float, random: torch.Generator) -> None:
    """inc, down1, ...: read by the next stage and, behind what was enlarged, on the way up."""
    for i in range(network.levels):
        pair = None if i == 0 else _stage(network, f"down{i}")
        width = (_unnested(network.inc.inconv) if pair is None else pair[1]).conv[PROJECT_NORM].num_features
        channel = _pick(width, random)
        if pair is None:
            _scale_norm(_unnested(network.inc.inconv).conv[PROJECT_NORM], channel, factor)
        else:
            _scale_pair(pair, channel, factor)
        _divide_reader(_stage(network, f"down{i + 1}")[0].conv[EXPAND], channel, factor)
        above = _up_reader(network, network.levels - i)
        _divide_reader(above, above.in_channels - width + channel, factor)


def _scale_ups(network: Unet, factor: float, random: torch.Generator) -> None:
    """fuse, up1, ...: read by the next one up, the last by the head."""
    pairs = [network.fuse_conv[1].double_conv] + [_stage(network, f"up{i + 1}") for i in range(network.levels)]
    for i, pair in enumerate(pairs):
        channel = _pick(pair[1].conv[PROJECT_NORM].num_features, random)
        _scale_pair(pair, channel, factor)
        _divide_reader(network.outc.conv if i == network.levels else _up_reader(network, i + 1), channel, factor)


def _between(factor: float, network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    _scale_skips(network, factor, random)
    _scale_ups(network, factor, random)


def outliers_between(factor: float) -> Recipe:
    """One output channel of every stage is so many times as strong, and all that read it undo it."""
    return partial(_between, factor)


# --- dead channels ----------------------------------------------------------------------------------------------------

EVERY_THIRD = slice(1, None, 3)


def dead_hidden(network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    """A third of the hidden channels never passes ReLU."""
    for block in blocks(network):
        block.conv[EXPAND_NORM].weight[EVERY_THIRD] = 0
        block.conv[EXPAND_NORM].bias[EVERY_THIRD] = -0.5


def dead_outputs(network: Unet, inputs: Sequence[Tensor], random: torch.Generator) -> None:
    """A third of what the blocks put out is zero, as pruning leaves it."""
    for block in blocks(network):
        norm = block.conv[PROJECT_NORM]
        for values in (norm.weight, norm.bias, norm.running_mean):
            values[EVERY_THIRD] = 0
