"""The lip-sync networks in PyTorch, written from the data contract: the yardstick for viseme's own engine.

Nothing here is needed to build or to run viseme.  Works on PyTorch 1.13 (Debian 12) and on current PyTorch.

Shapes (N = batch, c = the five channel widths, A = channels of the audio input):

    family  visual          audio, by mode                                          output
    "328"   [N,6,320,320]   ave    [N,A,16,16]                                      [N,3,320,320]
    "160"   [N,6,160,160]   hubert [N,A,32,32]   wenet [N,A,16,32]                  [N,3,160,160]

    mode                    A unless overridden   rows of features in one window (full width)
    "ave"                   c[0]                  16 x 512
    "hubert"                c[0]                  16 x 2 x 1024
    "hubert_ultralight"     16                    8 x 2 x 1024
    "wenet"                 c[3]                  16 x 16 x 512
    "wenet_ultralight"      c[2]                  8 x 16 x 512

    ave_encoder()           mel [N,1,80,16] -> [N,512]
    syncnet()               face [N,3,320,320], audio as above -> two [N,K] unit vectors

All values are float32 (or whatever `.to()` makes them); visual is B, G, R in [0, 1].
Widths need not be powers of two: a concatenation is as wide as its two parts, and "half" rounds down.
"""
from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FULL: Tuple[int, ...] = (32, 64, 128, 256, 512)
MOBILE: Tuple[int, ...] = (16, 32, 64, 128, 256)

FAMILIES: Tuple[str, ...] = ("328", "160")
MODES: Tuple[str, ...] = ("ave", "hubert", "hubert_ultralight", "wenet", "wenet_ultralight")

#: "nested" writes `inc.inconv.0.conv…`, `down1.maxpool_conv.0.double_conv…`; "flat" leaves the `.0` out.
SPELLINGS: Tuple[str, ...] = ("nested", "flat")


class InvertedResidual(nn.Module):
    """[N,i,H,W] -> [N,o,ceil(H/stride),ceil(W/stride)]: 1x1 i->2i, 3x3 depthwise, 1x1 2i->o, batch norm after each."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, residual: bool = False) -> None:
        super().__init__()
        hidden = 2 * inputs
        self.residual = residual
        self.conv = nn.Sequential(
            nn.Conv2d(inputs, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.residual else self.conv(x)


class DoubleInvertedResidual(nn.Module):
    """[N,i,H,W] -> [N,o,H/stride,W/stride]: one block that changes width, one residual block that keeps it."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            InvertedResidual(inputs, outputs, stride),
            InvertedResidual(outputs, outputs, 1, residual=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.double_conv(x)


class InputBlock(nn.Module):
    """[N,6,S,S] -> [N,c0,S,S]."""

    def __init__(self, inputs: int, outputs: int, nested: bool) -> None:
        super().__init__()
        block = InvertedResidual(inputs, outputs)
        self.inconv = nn.Sequential(block) if nested else block

    def forward(self, x: Tensor) -> Tensor:
        return self.inconv(x)


class Down(nn.Module):
    """[N,i,H,W] -> [N,o,H/2,W/2]."""

    def __init__(self, inputs: int, outputs: int, nested: bool) -> None:
        super().__init__()
        block = DoubleInvertedResidual(inputs, outputs, 2)
        self.maxpool_conv = nn.Sequential(block) if nested else block

    def forward(self, x: Tensor) -> Tensor:
        return self.maxpool_conv(x)


class Up(nn.Module):
    """low [N,a,H,W], skip [N,b,2H,2W] -> [N,o,2H,2W]; a + b = inputs."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.conv = DoubleInvertedResidual(inputs, outputs)

    def forward(self, low: Tensor, skip: Tensor) -> Tensor:
        low = self.up(low)
        # Always zero here, yet the published models pad too, and so their ONNX exports carry Shape, Pad and Slice.
        rows = skip.size()[2] - low.size()[2]
        columns = skip.size()[3] - low.size()[3]
        low = F.pad(low, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
        return self.conv(torch.cat([low, skip], dim=1))


class OutputConv(nn.Module):
    """[N,i,S,S] -> [N,3,S,S], before the sigmoid."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class AudioBranch(nn.Module):
    """[N,A,H,W] -> [N,c4,10,10]; what differs between modes is the first two blocks and conv3's stride."""

    def __init__(self, mode: str, c: Sequence[int], audio_channels: int) -> None:
        super().__init__()
        wenet = mode.startswith("wenet")
        widths = (c[3], c[3], c[3]) if wenet else (c[1], c[2], c[3])
        stride = {"ave": (1, 1), "hubert": (2, 2), "wenet": (1, 2)}[mode.split("_")[0]]
        self.conv1 = InvertedResidual(audio_channels, widths[0], 1, wenet and audio_channels == widths[0])
        self.conv2 = InvertedResidual(widths[0], widths[1], 1, wenet)
        self.conv3 = nn.Conv2d(widths[1], widths[2], 3, stride, 1)
        self.bn3 = nn.BatchNorm2d(widths[2])
        self.conv4 = InvertedResidual(c[3], c[3], 1, True)
        self.conv5 = nn.Conv2d(c[3], c[4], 3, 2, 3)
        self.bn5 = nn.BatchNorm2d(c[4])
        self.relu = nn.ReLU()
        self.conv6 = InvertedResidual(c[4], c[4], 1, True)
        self.conv7 = InvertedResidual(c[4], c[4], 1, True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv2(self.conv1(x))
        x = self.relu(self.bn3(self.conv3(x)))
        x = self.conv4(x)
        x = self.relu(self.bn5(self.conv5(x)))
        return self.conv7(self.conv6(x))


class LipSyncUNet(nn.Module):
    """visual [N,6,S,S], audio [N,A,H,W] -> [N,3,S,S] in (0, 1); S is 320 with five levels, 160 with four."""

    def __init__(self, levels: int, mode: str, c: Sequence[int], audio_channels: int, nested: bool) -> None:
        super().__init__()
        self.levels = levels
        # Widths of the skips, finest first, and of the decoder's outputs, coarsest first.
        skips = [c[0]] * (levels - 4) + list(c)                 # 328: c0 c0 c1 c2 c3 c4   160: c0 c1 c2 c3 c4
        outputs = [c[3] // 2, c[2] // 2, c[1] // 2, c[0]] + [c[0] // 2] * (levels - 4)

        self.audio_model = AudioBranch(mode, c, audio_channels)
        self.fuse_conv = nn.Sequential(
            DoubleInvertedResidual(2 * c[4], c[4]),
            DoubleInvertedResidual(c[4], c[3]),
        )
        self.inc = InputBlock(6, c[0], nested)
        for i in range(levels):
            setattr(self, f"down{i + 1}", Down(skips[i], skips[i + 1], nested))
        low = c[3]
        for i in range(levels):
            setattr(self, f"up{i + 1}", Up(low + skips[levels - 1 - i], outputs[i]))
            low = outputs[i]
        self.outc = OutputConv(low)

    def logits(self, visual: Tensor, audio: Tensor) -> Tensor:
        """What the sigmoid is fed with; [N,3,S,S]."""
        skips: List[Tensor] = [self.inc(visual)]
        for i in range(self.levels):
            skips.append(getattr(self, f"down{i + 1}")(skips[-1]))
        x = self.fuse_conv(torch.cat([skips.pop(), self.audio_model(audio)], dim=1))
        for i in range(self.levels):
            x = getattr(self, f"up{i + 1}")(x, skips.pop())
        return self.outc(x)

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(visual, audio))


class ConvBlock(nn.Module):
    """Convolution with bias, batch norm, the input added when residual, then the activation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: "int | Tuple[int, int]", padding: int,
                 residual: bool = False, activation: Optional[nn.Module] = None) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel, stride, padding),
            nn.BatchNorm2d(outputs),
        )
        self.act = activation if activation is not None else nn.ReLU()
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv_block(x)
        return self.act(y + x if self.residual else y)


class AveEncoder(nn.Module):
    """mel [N,1,80,16] (bands down, time across) -> [N,512].  Keys `audio_encoder.0.conv_block.0.weight`…;
    published files leave the `audio_encoder.` out: save `module.audio_encoder.state_dict()` for that form."""

    def __init__(self) -> None:
        super().__init__()
        self.audio_encoder = nn.Sequential(
            ConvBlock(1, 32, 3, 1, 1),
            ConvBlock(32, 32, 3, 1, 1, True),
            ConvBlock(32, 32, 3, 1, 1, True),
            ConvBlock(32, 64, 3, (3, 1), 1),
            ConvBlock(64, 64, 3, 1, 1, True),
            ConvBlock(64, 64, 3, 1, 1, True),
            ConvBlock(64, 128, 3, 3, 1),
            ConvBlock(128, 128, 3, 1, 1, True),
            ConvBlock(128, 128, 3, 1, 1, True),
            ConvBlock(128, 256, 3, (3, 2), 1),
            ConvBlock(256, 256, 3, 1, 1, True),
            ConvBlock(256, 512, 3, 1, 0),
            ConvBlock(512, 512, 1, 1, 0),
        )

    def forward(self, mel: Tensor) -> Tensor:
        return self.audio_encoder(mel).flatten(1)


class SyncNet(nn.Module):
    """face [N,3,320,320], audio [N,A,H,W] -> (audio vector, face vector), each [N,K] of unit length.

    A form of the 328 SyncNet good enough to be told apart from a U-Net: `face_encoder.*`, `audio_encoder.*`."""

    def __init__(self, mode: str, c: Sequence[int], audio_channels: int) -> None:
        super().__init__()

        def block(inputs: int, outputs: int, kernel: int, stride: "int | Tuple[int, int]", padding: int,
                  residual: bool = False) -> ConvBlock:
            return ConvBlock(inputs, outputs, kernel, stride, padding, residual, nn.LeakyReLU(0.01))

        face: List[nn.Module] = [block(3, c[0], 7, 1, 3)]
        for a, b in zip((c[0], c[0], c[1], c[2], c[3]), (c[0], c[1], c[2], c[3], c[4])):
            face += [block(a, b, 3, 2, 1), block(b, b, 3, 1, 1, True)]
        face += [block(c[4], c[4], 3, 2, 1), block(c[4], c[4], 3, 1, 0), block(c[4], c[4], 1, 1, 0)]
        self.face_encoder = nn.Sequential(*face)

        stride = {"ave": (1, 1), "hubert": (2, 2), "wenet": (1, 2)}[mode.split("_")[0]]
        self.audio_encoder = nn.Sequential(
            block(audio_channels, c[2], 3, 1, 1),
            block(c[2], c[2], 3, 1, 1, True),
            block(c[2], c[3], 3, stride, 1),
            block(c[3], c[3], 3, 1, 1, True),
            block(c[3], c[4], 3, 2, 3),
            block(c[4], c[4], 3, 2, 1),
            block(c[4], c[4], 3, 1, 0),
            block(c[4], c[4], 1, 1, 0),
        )

    def forward(self, face: Tensor, audio: Tensor) -> Tuple[Tensor, Tensor]:
        return (F.normalize(self.audio_encoder(audio).flatten(1), dim=1),
                F.normalize(self.face_encoder(face).flatten(1), dim=1))


def default_audio_channels(mode: str, channels: Sequence[int]) -> int:
    """A of the authors' own code for a mode at given widths."""
    return {"ave": channels[0], "hubert": channels[0], "hubert_ultralight": 16,
            "wenet": channels[3], "wenet_ultralight": channels[2]}[mode]


def build(family: str, mode: str = "ave", channels: Sequence[int] = FULL, audio_channels: Optional[int] = None,
          spelling: str = "nested") -> nn.Module:
    """A network in eval mode with PyTorch's random initial weights.

    family    "328", "160" (U-Nets), "ave_encoder" or "syncnet" (mode and widths as for the U-Net it judges)
    mode      one of MODES; ignored by the AVE encoder
    channels  the five widths, FULL, MOBILE or any other
    audio_channels  A; None for the authors' choice (the mobile set with the audio kept at 32: MOBILE, 32)
    spelling  one of SPELLINGS: how the state_dict spells one-element Sequentials
    """
    if spelling not in SPELLINGS:
        raise ValueError(f"spelling {spelling!r} is none of {SPELLINGS}")
    if family == "ave_encoder":
        return AveEncoder().eval()
    if mode not in MODES:
        raise ValueError(f"mode {mode!r} is none of {MODES}")
    width = default_audio_channels(mode, channels) if audio_channels is None else audio_channels
    if family == "syncnet":
        return SyncNet(mode, channels, width).eval()
    levels = {"328": 5, "160": 4}[family]
    return LipSyncUNet(levels, mode, channels, width, spelling == "nested").eval()


def input_shapes(family: str, mode: str = "ave", channels: Sequence[int] = FULL, batch: int = 1,
                 audio_channels: Optional[int] = None) -> List[Tuple[int, ...]]:
    """Shapes of the inputs that `build` with the same arguments takes, in order."""
    if family == "ave_encoder":
        return [(batch, 1, 80, 16)]
    width = default_audio_channels(mode, channels) if audio_channels is None else audio_channels
    plane = {"ave": (16, 16), "hubert": (32, 32), "wenet": (16, 32)}[mode.split("_")[0]]
    visual = {"328": (6, 320, 320), "160": (6, 160, 160), "syncnet": (3, 320, 320)}[family]
    return [(batch, *visual), (batch, width, *plane)]
