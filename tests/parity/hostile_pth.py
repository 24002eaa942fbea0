"""Checkpoints that lie: zip archives whose entries and pickles claim what is not there."""
from __future__ import annotations

import io
import pickle
import struct
import warnings
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Callable, Dict, NamedTuple, Sequence, Tuple

import torch

HUGE = 1 << 63


class Tensor(NamedTuple):
    """A tensor of the pickle: the storage's key and count of numbers, then where in it the tensor lies."""

    key: str
    count: int
    offset: int = 0
    size: Tuple[int, ...] = (4,)
    stride: Tuple[int, ...] = (1,)


class _Storage:
    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class _Rebuilt:
    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    def __reduce__(self) -> Tuple[object, ...]:
        t = self.tensor
        return torch._utils._rebuild_tensor_v2, (_Storage(t), t.offset, t.size, t.stride, False, OrderedDict())


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: object) -> object:
        if isinstance(value, _Storage):
            return "storage", torch.FloatStorage, value.tensor.key, "cpu", value.tensor.count
        return None


def pickled(tensors: Dict[str, Tensor]) -> bytes:
    """data.pkl as torch.save writes it, of whatever the tensors claim."""
    out = io.BytesIO()
    _Pickler(out, protocol=2).dump(OrderedDict((key, _Rebuilt(tensor)) for key, tensor in tensors.items()))
    return out.getvalue()


def archive(path: Path, content: bytes, storages: Sequence[Tuple[str, bytes]], deflate: bool = False) -> Path:
    """A torch.save archive of this pickle and these storages, in this order, names repeated or not."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED,
                                                    compresslevel=1) as out:
        warnings.simplefilter("ignore")
        out.writestr("archive/data.pkl", content)
        out.writestr("archive/version", b"3\n")
        for key, data in storages:
            out.writestr(f"archive/data/{key}", data)
    return path


def one(path: Path, **claims: object) -> Path:
    """One tensor with a storage of four numbers, and what it claims instead."""
    tensor = Tensor("0", 4)._replace(**claims)
    return archive(path, pickled({"a.weight": tensor}), [("0", bytes(16))])


def patched(path: Path, change: Callable[[bytearray], None]) -> Path:
    """A sound archive with some bytes changed."""
    data = bytearray(one(path).read_bytes())
    change(data)
    path.write_bytes(bytes(data))
    return path


def central(data: bytearray, entry: bytes) -> int:
    """Where the central directory's record of an entry begins."""
    at = data.find(b"PK\1\2")
    while data[at + 46:at + 46 + len(entry)] != entry:
        at = data.index(b"PK\1\2", at + 4)
    return at


def claim_size(size: int) -> Callable[[bytearray], None]:
    """Central directory and local header both say this size, compressed and not."""
    def change(data: bytearray) -> None:
        at = central(data, b"archive/data/0")
        local = struct.unpack_from("<I", data, at + 42)[0]
        struct.pack_into("<II", data, at + 20, size, size)
        struct.pack_into("<II", data, local + 18, size, size)
    return change


def overlap(data: bytearray) -> None:
    """The storage's record points at the pickle's local header."""
    struct.pack_into("<I", data, central(data, b"archive/data/0") + 42,
                     struct.unpack_from("<I", data, central(data, b"archive/data.pkl") + 42)[0])


def many_entries(data: bytearray) -> None:
    """The end record counts 65,534 entries."""
    struct.pack_into("<HH", data, data.rindex(b"PK\5\6") + 8, 65534, 65534)


def bomb(path: Path, megabytes: int) -> Path:
    """A storage of zeros that deflates a thousandfold, with a pickle that claims just that."""
    count = megabytes << 18
    return archive(path, pickled({"a.weight": Tensor("0", count, size=(count,))}), [("0", bytes(4 * count))], True)


def pickle_bomb(path: Path, megabytes: int) -> Path:
    """A pickle of empty lists by the million, which deflates a thousandfold."""
    return archive(path, b"\x80\x02(" + b"]" * (megabytes << 20) + b"l.", [], True)


def long_text(path: Path) -> Path:
    """A text that claims 2^31 - 1 bytes, in a pickle of a few."""
    return archive(path, b"\x80\x02X" + struct.pack("<I", (1 << 31) - 1) + b"abc.", [])


def legacy(path: Path, count: int) -> Path:
    """The older stream; its one storage claims `count` numbers and holds four."""
    torch.save(OrderedDict([("a.weight", torch.zeros(4))]), path, _use_new_zipfile_serialization=False)
    data = bytearray(path.read_bytes())
    assert data[-24:-16] == struct.pack("<q", 4)
    struct.pack_into("<Q", data, len(data) - 24, count)
    path.write_bytes(bytes(data))
    return path


FILES: Dict[str, Callable[[Path], Path]] = {
    "entry of 4 GB": lambda p: patched(p, claim_size(0xFFFFFFF0)),
    "entry of 1 GB": lambda p: patched(p, claim_size(1 << 30)),
    "overlapping entries": lambda p: patched(p, overlap),
    "entries by the thousand": lambda p: patched(p, many_entries),
    "two storages of one name": lambda p: archive(p, pickled({"a.weight": Tensor("0", 4)}),
                                                  [("0", bytes(16)), ("0", b"\1" * 16)]),
    "two pickles": lambda p: archive(p, pickled({"a.weight": Tensor("0", 4)}),
                                     [("0", bytes(16)), ("../data.pkl", b"\x80\x02N.")]),
    "bomb": lambda p: bomb(p, 128),
    "pickle bomb": lambda p: pickle_bomb(p, 64),
    "long text": long_text,
    "storage of 2^60 numbers": lambda p: one(p, count=1 << 60, size=(1 << 60,)),
    "storage of 2^63 numbers": lambda p: one(p, count=HUGE),
    "negative storage": lambda p: one(p, count=-4),
    "dimension of 2^63": lambda p: one(p, size=(HUGE,)),
    "dimension of 2^100": lambda p: one(p, size=(1 << 100,)),
    "negative dimension": lambda p: one(p, size=(-4,)),
    "product beyond 64 bits": lambda p: one(p, size=(1 << 32, 1 << 32), stride=(0, 0)),
    "product that wraps to 4": lambda p: one(p, size=(1 << 62, 4, 4, 1), stride=(0, 0, 0, 0)),
    "beyond its storage": lambda p: one(p, offset=1),
    "offset of 2^63": lambda p: one(p, offset=HUGE),
    "negative offset": lambda p: one(p, offset=-1),
    "strides that leave it": lambda p: one(p, size=(2, 2), stride=(4, 1)),
    "negative stride": lambda p: one(p, stride=(-1,)),
    "stride of 2^62": lambda p: one(p, size=(3,), stride=(1 << 62,)),
    "one number for ever": lambda p: one(p, size=(1 << 33,), stride=(0,)),
    "rank of 1000": lambda p: one(p, size=(1,) * 1000, stride=(1,) * 1000),
    "legacy storage of 2^61 numbers": lambda p: legacy(p, 1 << 61),
    "legacy storage of 2^64 - 1 numbers": lambda p: legacy(p, (1 << 64) - 1),
}
