"""The lip-sync network in pieces, so that training spends its time where the mouth is.

`encode` and `decode_window` together compute exactly what the whole network computes inside a window of the picture
(but for the window's outermost two pixels, where a convolution looks outside): the two finest decoder levels, three
quarters of all work, run only there. `patch` runs the whole network on a part of the picture: not quite what it
computes on the whole, yet all that a first stage needs.
"""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from reference.networks import MOBILE, LipSyncUNet, build  # noqa: E402

AUDIO_CHANNELS = 32
HALO = 4


def make_unet() -> LipSyncUNet:
    return build("328", "ave", MOBILE, AUDIO_CHANNELS)


def encode(net: LipSyncUNet, visual: torch.Tensor) -> list[torch.Tensor]:
    """Skips, finest first: [N,16,320,320] … [N,256,10,10]."""
    skips = [net.inc(visual)]
    for down in (net.down1, net.down2, net.down3, net.down4, net.down5):
        skips.append(down(skips[-1]))
    return skips


def patch(net: LipSyncUNet, visual: torch.Tensor, audio_map: torch.Tensor) -> torch.Tensor:
    """visual [N,6,h,w], audio_map [N,256,h/32,w/32] → [N,3,h,w]."""
    skips = encode(net, visual)
    x = net.fuse_conv(torch.cat([skips.pop(), audio_map], 1))
    for up in (net.up1, net.up2, net.up3, net.up4, net.up5):
        x = up(x, skips.pop())
    return torch.sigmoid(net.outc(x))


def _upsampling(first: int, count: int, source_first: int, source_count: int) -> torch.Tensor:
    """[count, source_count]: rows first… of the ×2 upsampling from 160 to 320 with aligned corners."""
    at = np.arange(first, first + count) * (159 / 319)
    low = np.minimum(at.astype(int), 158)
    weight = at - low
    matrix = np.zeros((count, source_count), np.float32)
    rows = np.arange(count)
    matrix[rows, low - source_first] = 1 - weight
    matrix[rows, low + 1 - source_first] = weight
    return torch.from_numpy(matrix)


def decode_window(net: LipSyncUNet, skips: list[torch.Tensor], finest: torch.Tensor, audio_map: torch.Tensor,
                  top: int, left: int) -> torch.Tensor:
    """skips: encode's, without the first, of which `finest` [N,16,h,w] is the window at (top, left), both even."""
    x = net.fuse_conv(torch.cat([skips[4], audio_map], 1))
    x = net.up1(x, skips[3])
    x = net.up2(x, skips[2])
    x = net.up3(x, skips[1])
    height, width = finest.shape[2:]
    y0, y1 = max(0, top // 2 - HALO), min(160, (top + height) // 2 + HALO)
    x0, x1 = max(0, left // 2 - HALO), min(160, (left + width) // 2 + HALO)
    low = net.up4.up(x)[:, :, y0:y1, x0:x1]
    x = net.up4.conv(torch.cat([low, skips[0][:, :, y0:y1, x0:x1]], 1))
    x = _upsampling(top, height, y0, y1 - y0) @ x.contiguous() @ _upsampling(left, width, x0, x1 - x0).T
    x = net.up5.conv(torch.cat([x, finest], 1).contiguous(memory_format=torch.channels_last))
    return torch.sigmoid(net.outc(x))


def freeze_statistics(net: nn.Module) -> None:
    """Batch norm uses its stored statistics from now on, in training too."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


@torch.no_grad()
def estimate_statistics(net: LipSyncUNet, batches: list[tuple[torch.Tensor, torch.Tensor]]) -> None:
    """Batch norm's statistics of everything but the audio branch, averaged over whole pictures with audio maps."""
    image_part = [m for name, m in net.named_modules()
                  if isinstance(m, nn.BatchNorm2d) and not name.startswith("audio_model")]
    for norm in image_part:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for visual, audio_map in batches:
        patch(net, visual, audio_map)
    for norm in image_part:
        norm.momentum = 0.1
        norm.eval()
