#!/usr/bin/python3
"""Makes seeds for the fuzz targets: a folder for each, with files of every form that the readers know.

    .venv/bin/python tests/fuzz/make_corpus.py FOLDER

`tools/soak.sh fuzz` calls it for its working corpus. What is committed under tests/fuzz/corpus is that corpus after
fuzzing, distilled; it does not need this script. Needs what the other tests need: torch, numpy, onnx.
"""
from __future__ import annotations

import argparse
import collections
import io
import json
import pathlib
import pickle
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Dict, Iterable, List, Tuple

import numpy as np
import onnx
import torch
from cryptography.hazmat.primitives.serialization import Encoding
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS / "reference"), str(TESTS / "golden"), str(TESTS / "parity")]

import c2pa_signer                                                          # noqa: E402
import checkpoints                                                          # noqa: E402
import networks                                                             # noqa: E402

#: The narrowest networks that are still of the family.
NARROW = (2, 2, 2, 2, 2)
Seeds = Dict[str, bytes]


def saved(value: object, legacy: bool) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream, _use_new_zipfile_serialization=not legacy)
    return stream.getvalue()


def deflated(archive: bytes) -> bytes:
    """The same archive with compressed entries, as people repack them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(zipfile.ZipInfo(entry), old.read(entry), zipfile.ZIP_DEFLATED, 9)
    return stream.getvalue()


def checkpoint_seeds() -> Seeds:
    seeds = {path.name: path.read_bytes() for path in sorted((TESTS / "fixtures" / "pth").glob("*.pth"))}
    for family, mode in (("160", "ave"), ("160", "wenet_ultralight"), ("328", "hubert")):
        state = networks.build(family, mode, NARROW).state_dict()
        half = checkpoints.converted(state, torch.float16)
        seeds[f"unet{family}_{mode}_legacy.pth"] = saved(half, True)
        seeds[f"unet{family}_{mode}.pth"] = deflated(saved(checkpoints.sharing_one_storage(half), False))
    encoder = networks.build("ave_encoder").state_dict()
    # One number for each tensor, repeated by strides of 0: a few bytes claim the whole encoder.
    half = {key: torch.tensor(0.5).expand(value.shape) for key, value in encoder.items()}
    seeds["encoder_legacy.pth"] = saved(half, True)
    return seeds


def wrapped_seeds() -> Seeds:
    """Weights among what trainers save beside and around them."""
    network = networks.build("160", "ave", NARROW)
    state = checkpoints.converted(network.state_dict(), torch.float16)
    few = {key: value for i, (key, value) in enumerate(state.items()) if i < 40}
    beside = {"args": argparse.Namespace(lr=0.1), "where": pathlib.PosixPath("/a/b"), "loss": np.float64(0.5),
              "lists": collections.defaultdict(list, a=[1]), "array": np.arange(3), "set": frozenset([1]), "c": 1j}
    small = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    values = {"lightning": {"state_dict": {"model." + key: value for key, value in few.items()}, **beside},
              "two": {"params": few, "params_ema": few}, "tuple": ([few], 3), "module": small,
              "parallel": {"ema": torch.nn.DataParallel(small)}, "objects": beside}
    return {f"wrapped_{name}{'_legacy' if legacy else ''}.pth": saved(value, legacy) for name, value in values.items()
            for legacy in (False, True)}


def pickle_seeds(checkpoints_: Seeds) -> Seeds:
    squares = [(10 + i, 20, 60 + i, 70) for i in range(3)]
    seeds = {"coords.pkl": pickle.dumps(squares), "coords_numpy.pkl": pickle.dumps([tuple(map(np.int64, s)) for s in squares]),
             "array.pkl": pickle.dumps(np.array(squares))}
    for name, content in checkpoints_.items():
        if not zipfile.is_zipfile(io.BytesIO(content)):
            seeds[name] = content
            continue
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.namelist():
                if entry.endswith("data.pkl"):
                    seeds[name] = archive.read(entry)
    return {name: content for name, content in seeds.items() if len(content) < 20000}


def value(name: str, shape: Iterable[object], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))


def model(nodes: List[onnx.NodeProto], inputs, outputs, constants=(), opset: int = 17) -> bytes:
    graph = helper.make_graph(nodes, "g", inputs, outputs, [numpy_helper.from_array(a, n) for n, a in constants])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 8
    return made.SerializeToString()


def operator_seeds() -> Seeds:
    """The smallest of ONNX's own tests of each operator: one node each, in every opset they were written for."""
    seeds = {}
    for folder in ("/usr/share/libonnx-testdata/data/node",):
        for path in sorted(Path(folder).rglob("model.onnx")):
            content = path.read_bytes()
            if len(content) < 1500 and content[:1] == b"\x08":
                seeds[f"{path.parent.name}.onnx"] = content
    return seeds


def graph_seeds() -> Seeds:
    x, y = value("x", ["n", 3, 8, 8]), value("y", ["n", 4, "h", "w"])
    kernel = np.ones((4, 3, 3, 3), np.float32)
    node = helper.make_node
    seeds = {
        "conv": model([node("Conv", ["x", "k"], ["y"], pads=[1, 1, 1, 1])], [x], [y], [("k", kernel)]),
        "shapes": model(
            [node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n0"], axis=0),
             node("Mul", ["n0", "two"], ["m"]), node("Unsqueeze", ["m", "zero1"], ["m1"]),
             node("Concat", ["m1", "rest"], ["t"], axis=0), node("Reshape", ["x", "t"], ["y"])],
            [x], [y], [("zero", np.array(0)), ("zero1", np.array([0])), ("two", np.array(2)),
                       ("rest", np.array([-1, 4, 8]))]),
        "resize": model([node("Resize", ["x", "", "scales"], ["y"], mode="linear")],
                        [x], [y], [("scales", np.array([1, 1, 2, 2], np.float32))]),
        "fold": model(
            [node("Range", ["a", "b", "c"], ["r"]), node("Expand", ["r", "s"], ["e"]), node("Cast", ["e"], ["f"], to=1),
             node("Reshape", ["f", "t"], ["k"]), node("Conv", ["x", "k"], ["y"])],
            [x], [y], [("a", np.array(0)), ("b", np.array(27)), ("c", np.array(1)), ("s", np.array([4, 27])),
                       ("t", np.array([4, 3, 3, 3]))]),
    }
    external = onnx.load_from_string(seeds["conv"])
    tensor = external.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, text in (("location", "weights"), ("offset", "64"), ("length", str(kernel.nbytes))):
        tensor.external_data.add(key=key, value=text)
    seeds["external"] = external.SerializeToString()
    return {f"{name}.onnx": content for name, content in seeds.items()}


def onnx_seeds() -> Seeds:
    fixtures = {path.name: path.read_bytes() for path in sorted((TESTS / "fixtures" / "onnx").glob("*.onnx"))}
    small = {name: content for name, content in fixtures.items() if len(content) < 180000 and "external" not in name}
    return {**small, **operator_seeds(), **graph_seeds()}


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def npy_seeds() -> Seeds:
    seeds = {kind: npy(np.arange(6).reshape(2, 3).astype(kind)) for kind in
             ("<f4", ">f4", "<f8", "<f2", ">f2", "<i8", ">i4", "<i2", "i1", "u1", "<u2", "<u4", "?")}
    seeds["fortran"] = npy(np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4)))
    seeds["scalar"] = npy(np.float32(1))
    seeds["empty"] = npy(np.zeros((0, 512), np.float32))
    seeds["objects"] = npy(np.array([None, {}], dtype=object))
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.arange(4.0), version=(2, 0))
    seeds["version2"] = stream.getvalue()
    huge = b"{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 4), }\n"
    seeds["huge"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(huge)) + huge
    return {name.strip("<>?") + f"_{i}.npy": content for i, (name, content) in enumerate(seeds.items())}


def text_seeds() -> Dict[str, Seeds]:
    points = "".join(f"{100 + i} {200 + i % 7}\n" for i in range(110))
    floats = "".join(f"{100.25 + i:.3f}\t{2e2 - i}\r\n" for i in range(60))
    rectangles = {str(i): {"rect": [10 + i, 20, 110 + i, 120], "score": 0.5} for i in range(3)}
    metadata = {"num_frames": 2, "start_frame": 100, "visual_shape": [2, 6, 160, 160], "audio_shape": [2, 32, 16, 16],
                "dtype": "float32"}
    column = {"name": "a", "mean": 0.5, "std": 0.25, "min": 0, "max": 1}
    frame = {"frame": 100, "min": 0.0, "max": 1.0, "mean": 0.5, "std": 0.25, "in_range_percent": 100.0}
    summary = {"character": "c", "start": 100, "output": column, "frames": [frame]}
    return {
        "lms": {"points": points.encode(), "floats": floats.encode(), "short": points[:200].encode(),
                "blank": b"\n \n\t\n", "marked": b"\xef\xbb\xbf" + points.encode(), "commas": points.replace(" ", ",").encode(),
                "utf16": points.encode("utf-16"), "three": points.replace("\n", " 0.5\n").encode()},
        "crop_rectangles": {"usual": json.dumps(rectangles).encode(),
                            "indented": json.dumps(rectangles, indent=2).encode(),
                            "list": json.dumps([r["rect"] for r in rectangles.values()]).encode(),
                            "marked": b"\xef\xbb\xbf" + json.dumps(rectangles).encode(),
                            "gap": b'{"1": {"rect": [1, 2, 3, 4]}}', "real": b'{"0": {"rect": [1.0, 2e0, -3.5, 4]}}'},
        "figures": {"columns": json.dumps({"columns": [column, {**column, "max_diff": 3, "mean_diff": 0.5}]}).encode(),
                    "summary": json.dumps(summary).encode(),
                    "csv": b"name,mean,std\na,0.5,0.25\n\"b\",0.5, 0.125\n",
                    "lines": b"mean,std,min,max\r\n0.5,0.25,0,1\r\n\r\n"},
        "metadata": {"usual": json.dumps(metadata).encode(),
                     "small": b'{"num_frames": 1, "visual_shape": [1], "audio_shape": [1]}',
                     "half": json.dumps({**metadata, "dtype": "float16"}).encode()},
    }


def argument_seeds() -> Seeds:
    lines = [
        "render --model 99.pth --character c --audio s.wav --audio-encoder e.pth -o t.mp4 --frames 10 --start 3 "
        "--fps 25 --crf 18.5 --preset fast --cache-mb 512 --crop-resize cubic --paste-resize linear --parsing "
        "--precision fast --max-memory 4096",
        "frames --model=99.pth --character c --start 100 --frames 10 -o out --json --quiet --threads 2",
        "infer --model m.onnx --input a.npy --input b.npy -o o.npy --checkpoint 3",
        "infer --model m --data d --output=o", "dump --model m --character c -o d --audio-mode hubert",
        "features --audio s.wav --audio-encoder e -o f.npy --mel m.npy", "export --model m --audio-mode ave -o m.onnx",
        "inspect m.pth --json", "inspect --model m",
        "compare a b --character c --frames 10 --require bit --nodes always --pictures 3 --all -o r",
        "compare --stats f.json --json", "compare a.json b.json",
        "diagnose --model m --character c -o report --outputs o --frames 5", "sweep m --character c -o out --frames 20",
        "bench --model m --batch 4 --runs 3 --cached --precision float32", "--help", "--version", "help",
        "render --help", "bench -h", "nonsense", "frames --frames -1 --start 99999999999999999999",
        "compare " + " ".join(["x"] * 300),
    ]
    return {f"line{i}": line.replace(" ", "\n").encode() for i, line in enumerate(lines)}


def wav(kind: int, channels: int, bits: int, claimed: int, before: bytes = b"") -> bytes:
    """How it is to be cut, and a WAV of 48 bytes of samples that claims so many."""
    size = channels * bits // 8
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, kind, channels, 22050, 22050 * size, size, bits)
    return b"\2RIFF" + b"\xff" * 4 + b"WAVE" + before + layout + struct.pack("<4sI", b"data", claimed) + bytes(range(48))


def wav_seeds() -> Seeds:
    return {"mono": wav(1, 1, 16, 48), "stereo": wav(1, 2, 24, 48, b"LIST\3\0\0\0abc\0"), "float": wav(3, 1, 32, 48),
            "streamed": wav(1, 1, 16, 0xffffffff), "short": wav(1, 1, 16, 99), "bytes": wav(1, 1, 8, 48)}


def stun_seeds() -> Seeds:
    """Requests with a name, a signature that nobody checks here, and a checksum."""
    def request(*attributes: Tuple[int, bytes]) -> bytes:
        body = b"".join(struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4) for kind, value in attributes)
        head = struct.pack(">HHI", 1, len(body) + 8, 0x2112A442) + b"twelve bytes"
        return head + body + struct.pack(">HHI", 0x8028, 4, zlib.crc32(head + body) ^ 0x5354554E)
    name, signature = (6, b"name:other"), (8, bytes(20))
    return {"plain": request(name, signature), "nominates": request(name, (0x24, bytes(4)), (0x25, b""), (0x802a, bytes(8)), signature),
            "controlled": request(name, (0x8029, bytes(8)), signature)}


def sdp_seeds() -> Seeds:
    head = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
    way = ("c=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:actpass\r\na=rtcp-mux\r\na=recvonly\r\n"
           "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n")
    video = ("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:0\r\na=rtpmap:96 H264/90000\r\na=rtcp-fb:96 nack pli\r\n"
             "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f\r\n"
             "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\na=rtpmap:97 VP8/90000\r\n")
    audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=rtpmap:111 opus/48000/2\r\n"
    return {name: text.encode() for name, text in (
        ("both", head + video + way + audio + way), ("picture", head + way + video), ("sound", head + audio + way),
        ("vp8", head + video.replace("H264", "H265") + way), ("data", head + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"))}


def rtcp_seeds() -> Seeds:
    report = struct.pack(">BBHII", 0x81, 201, 7, 1, 9) + bytes([64]) + bytes(19)
    missing = struct.pack(">BBHIIHH", 0x81, 205, 3, 1, 9, 65535, 0x8001)
    key = struct.pack(">BBHII", 0x81, 206, 2, 1, 9) + struct.pack(">BBHIIIB3x", 0x84, 206, 4, 1, 0, 9, 1)
    rate = struct.pack(">BBHII4sBBHI", 0x8f, 206, 5, 1, 0, b"REMB", 1, 8, 500, 9)
    return {"report": report, "missing": missing, "key": key, "rate": rate, "all": report + missing + key + rate,
            "bye": struct.pack(">BBHII", 0xa1, 203, 2, 1, 4)}


def binding(*exclusions: Dict[str, object]) -> bytes:
    """How long it is in pieces of 4 bytes, and an assertion of a file's hash."""
    content = {"alg": "sha256", "hash": bytes(32), "exclusions": [*c2pa_signer.EXCLUSIONS, *exclusions]}
    made = next(one for one in (c2pa_signer.cbor({**content, "pad": "x" * n}) for n in range(4)) if len(one) % 4 == 0)
    return bytes([len(made) // 4]) + made


def provenance_seeds() -> Dict[str, Seeds]:
    """A small film of boxes, signed: the whole, and its parts."""
    who = c2pa_signer.credential(c2pa_signer.authority())
    film = (c2pa_signer.box("ftyp", b"isom" + bytes(4)) + c2pa_signer.box("moov", c2pa_signer.box("mvhd", bytes(20)))
            + c2pa_signer.box("mdat", bytes(40)))
    taken = {"actions": [{"action": "c2pa.opened", "parameters": {"ingredients": [{"url": "self#jumbf=c2pa.assertions/x"}]}}]}
    stores, signatures = {}, {}
    recipes = {"usual": c2pa_signer.Recipe(), "opened": c2pa_signer.Recipe(
        actions=taken, assertions=[("c2pa.ingredient.v3", {"dc:title": "a", "relationship": "parentOf", "activeManifest": {
            "url": "self#jumbf=/c2pa/urn:c2pa:b", "hash": bytes(32)}})])}
    for name, recipe in recipes.items():
        made = c2pa_signer.signed(film, who, recipe)
        at, size = c2pa_signer.store_place(made)
        stores[name] = made[at + 45:at + size]
    store = stores["usual"]
    for name, label in (("claim", b"c2pa.claim.v2\0"), ("signature", b"c2pa.signature\0")):
        at = store.rindex(label) + len(label)
        signatures[name] = store[at + 8:at + struct.unpack_from(">I", store, at)[0]]
    claims = {"claim": signatures.pop("claim"), "signature": signatures["signature"],
              "numbers": bytes.fromhex("9f01181819010038 5ff4f5f6f7f93c00fb3ff199999999999ac100bf616101ff7f6161ff5f4100ffff"),
              "nested": b"\x81" * 31 + b"\x80"}
    inner = {"xpath": "/moov[1]/mvhd", "version": 0, "flags": bytes(3), "exact": False, "length": 28,
             "subset": [{"offset": 8, "length": 4}]}
    xmp = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + b"<x xmp:CreatorTool='a'><a:DigitalSourceType>b</a:DigitalSourceType>"
    boxed = film + c2pa_signer.box("uuid", xmp) + c2pa_signer.box("uuid", c2pa_signer.C2PA_BOX + bytes(4) + b"manifest\0" + bytes(12))
    return {"cbor": claims, "cose": signatures, "manifests": stores,
            "certificate": {kind: c2pa_signer.credential(None, kind).chain[0].public_bytes(Encoding.DER)
                            for kind in ("es256", "es512", "ed25519", "ps256")},
            "bmff": {"nested": binding(inner) + boxed, "plain": binding() + boxed}}


def main(folder: Path) -> None:
    torch.manual_seed(1)
    made = {**checkpoint_seeds(), **wrapped_seeds()}
    rows = {"ave": npy(np.ones((3, 512), np.float32)), "half": npy(np.ones((2, 2, 1024), ">f2")), "raw": bytes(4096),
            "npz": b"PK\3\4" + bytes(26) + b"arr_0.npy", "text": b"0.5 0.25\n" * 9, "squeeze": npy(np.ones((1, 3, 512), "<f4")),
            "wenet": npy(np.asfortranarray(np.ones((1, 16, 512), np.float16)))}
    exif = {order: order.encode() + struct.pack(end + "HIHHHIHH", 42, 8, 1, 0x112, 3, 1, 6, 0)
            for order, end in (("II", "<"), ("MM", ">"))}
    all_seeds = {"pth": made, "pickle": pickle_seeds(made), "onnx": onnx_seeds(),
                 "engine": {**operator_seeds(), **graph_seeds()}, "npy": npy_seeds(), "features": rows, "exif": exif,
                 "wav_stream": wav_seeds(), "stun": stun_seeds(), "sdp": sdp_seeds(), "rtcp": rtcp_seeds(),
                 **text_seeds(), **provenance_seeds(), "arguments": argument_seeds()}
    for target, seeds in all_seeds.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / target / name).write_bytes(content)
        print(f"{target}: {len(seeds)} seeds, {sum(map(len, seeds.values()))} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
