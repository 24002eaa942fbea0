"""src/formats/onnx.proto says of each field what ONNX itself says."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Dict, Iterator, Tuple

import onnx
from google.protobuf import descriptor_pb2

REPOSITORY = Path(__file__).resolve().parents[2]
Messages = Dict[str, descriptor_pb2.DescriptorProto]


def ours(folder: Path) -> descriptor_pb2.FileDescriptorProto:
    """As protoc reads it."""
    compiled = folder / "onnx.bin"
    subprocess.run(["protoc", f"--proto_path={REPOSITORY / 'src' / 'formats'}", f"--descriptor_set_out={compiled}",
                    "onnx.proto"], check=True)
    files = descriptor_pb2.FileDescriptorSet.FromString(compiled.read_bytes())
    return files.file[0]


def theirs() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto()
    onnx.onnx_ml_pb2.DESCRIPTOR.CopyToProto(file)
    return file


def messages(within: object, prefix: str = "") -> Iterator[Tuple[str, descriptor_pb2.DescriptorProto]]:
    """All messages of a file, those inside others under A.B."""
    for message in getattr(within, "message_type", None) or getattr(within, "nested_type", ()):
        yield prefix + message.name, message
        yield from messages(message, f"{prefix}{message.name}.")


def fields(message: descriptor_pb2.DescriptorProto) -> Dict[str, Tuple[int, int, int, str]]:
    return {each.name: (each.number, each.type, each.label, each.type_name) for each in message.field}


def test_fields_and_values(tmp_path: Path) -> None:
    own, whole = dict(messages(ours(tmp_path))), dict(messages(theirs()))
    assert own.keys() <= whole.keys()
    for name, message in own.items():
        known = fields(whole[name])
        for field, said in fields(message).items():
            assert known[field] == said, f"{name}.{field}"
        values = {enum.name: {each.name: each.number for each in enum.value} for enum in whole[name].enum_type}
        for enum in message.enum_type:
            for each in enum.value:
                assert values[enum.name][each.name] == each.number, f"{name}.{enum.name}.{each.name}"
