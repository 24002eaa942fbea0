"""Networks of the shapes that face detectors and landmark finders have, small, with seeded weights.

Written here from what such networks are made of; none is a copy of anybody's, and none is trained.
"""
from __future__ import annotations

from typing import List, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
                         nn.BatchNorm2d(outputs), nn.ReLU())


class AnchorFree(nn.Module):
    """A pyramid with nearest enlarging, heads with a learnt scale, results as lists of anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 8, stride=2), nn.MaxPool2d(2, 2), _conv(8, 12))
        self.fine = _conv(12, 16, stride=2)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False),
                                      nn.Conv2d(12, 16, 1))
        self.coarse = _conv(16, 16, stride=2)
        self.side = nn.ModuleList([nn.Conv2d(16, 16, 1), nn.Conv2d(16, 16, 1)])
        self.score = nn.Conv2d(16, 2, 3, padding=1)
        self.box = nn.Conv2d(16, 8, 3, padding=1)
        self.scale = nn.ParameterList([nn.Parameter(torch.tensor(0.7)), nn.Parameter(torch.tensor(1.3))])

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        x = self.stem(x)
        fine = self.fine(x) + self.shortcut(x)
        coarse = self.coarse(fine)
        low = self.side[1](coarse)
        high = self.side[0](fine) + functional.interpolate(low, size=fine.shape[2:], mode="nearest")
        result: List[Tensor] = []
        for scale, level in zip(self.scale, (high, low)):
            score = self.score(level).permute(0, 2, 3, 1).reshape(-1, 1).sigmoid()
            result += [score, (self.box(level) * scale).permute(0, 2, 3, 1).reshape(-1, 4)]
        return tuple(result)


class AnchorBased(nn.Module):
    """Normalised features, contexts of several depths, a softmax over face and none."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(3, 8, stride=2), _conv(8, 8, groups=8), nn.Conv2d(8, 16, 1), nn.LeakyReLU(0.1),
                                  nn.MaxPool2d(3, 2, padding=1, ceil_mode=True))
        self.weight = nn.Parameter(torch.linspace(0.5, 2, 16).view(1, 16, 1, 1))
        self.context = nn.ModuleList([_conv(16, 8), _conv(8, 8)])
        self.score = nn.Conv2d(16, 4, 1)
        self.box = nn.Conv2d(16, 8, 1)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        x = self.body(x)
        x = self.weight * x / (x.pow(2).sum(dim=1, keepdim=True).sqrt() + 1e-10)
        first = self.context[0](x)
        x = torch.cat([first, self.context[1](first)], dim=1)
        score = self.score(x).permute(0, 2, 3, 1).contiguous()
        box = self.box(x).permute(0, 2, 3, 1).contiguous()
        return functional.softmax(score.view(score.shape[0], -1, 2), dim=-1), box.view(box.shape[0], -1, 4)


class Grid(nn.Module):
    """A one-stage detector: split halves, a pyramid of pools, boxes decoded in the graph from a grid."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 6, 2, 2)
        self.inner = _conv(8, 8)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.join = nn.Conv2d(64, 15, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = x * x.sigmoid()
        keep, turn = x.chunk(2, dim=1)
        x = torch.cat([keep, self.inner(turn)], dim=1)
        once = self.pool(x)
        twice = self.pool(once)
        x = self.join(torch.cat([x, once, twice, self.pool(twice)], dim=1))
        batch, _, height, width = x.shape
        x = x.view(batch, 3, 5, height, width).permute(0, 1, 3, 4, 2).sigmoid()
        rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        grid = torch.stack([columns, rows], dim=-1).view(1, 1, height, width, 2).to(x.dtype)
        place, size, rest = x.split((2, 2, 1), dim=4)
        return torch.cat([(place * 2 - 0.5 + grid) * 2, (size * 2) ** 2 * 10, rest], dim=4).view(batch, -1, 5)


class Landmarks(nn.Module):
    """A mobile backbone whose levels are pooled and joined to the coordinates of 110 points."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.PReLU(16))
        self.block = nn.Sequential(nn.Conv2d(16, 32, 1), nn.Hardswish(), nn.Conv2d(32, 32, 3, 1, 1, groups=32),
                                   nn.ReLU6(), nn.Conv2d(32, 16, 1))
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 4), nn.ReLU(),
                                  nn.Linear(4, 16), nn.Hardsigmoid())
        self.deep = nn.Sequential(nn.Conv2d(16, 24, 3, 2, 1), nn.PReLU())
        self.join = nn.Linear(16 + 24 + 24 * 4, 220)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = x + self.block(x)
        x = x * self.gate(x).view(x.shape[0], 16, 1, 1)
        deep = self.deep(x)
        levels = [x.mean(dim=(2, 3)), functional.adaptive_max_pool2d(deep, 1).flatten(1),
                  functional.avg_pool2d(deep, 4).flatten(1)]
        return self.join(torch.cat(levels, dim=1))


#: Name: network, and a picture that it takes, height and width.
ALL = {"anchor free": (AnchorFree, (64, 96)), "anchor based": (AnchorBased, (50, 70)), "grid": (Grid, (32, 48)),
       "landmarks": (Landmarks, (32, 32))}


def build(name: str) -> nn.Module:
    """With the weights that PyTorch draws from a fixed seed, and statistics that are not those of an unused layer."""
    torch.manual_seed(7)
    network = ALL[name][0]()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network.eval()
