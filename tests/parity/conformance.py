"""The ONNX project's own backend tests: each gives viseme's answer, which is right, or a refusal by name.

A test is a graph, inputs and the outputs that ONNX expects. Two collections are run: Debian's libonnx-testdata (ONNX
1.12, opset 17) and that of a later onnx wheel. They feed everything, the shape of a Reshape as well, where viseme wants
constants; so each test is tried in up to three forms:

    fed        floating-point inputs are fed; integers and booleans, which are parameters, become initialisers
    constant   only the first floating-point input is fed: the others are weights
    folded     nothing is fed: arithmetic on constants, as exporters leave it around shapes

Results that are not floating point are cast to float32 by a node put behind them.
"""
from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

REPOSITORY = Path(__file__).resolve().parents[2]
LATER = "1.20.1"                                        # of the wheel; tools/setup.sh puts it there
COLLECTIONS = {"1.12": Path("/usr/share/libonnx-testdata/data"),
               LATER: REPOSITORY / ".venv" / f"onnx-{LATER}" / "onnx" / "backend" / "test" / "data"}
FOLDERS = ("node", "simple", "pytorch-operator", "pytorch-converted")
FORMS = ("fed", "constant", "folded")
RTOL, ATOL = 1e-3, 1e-7                                 # as onnx.backend.test.runner compares
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
# What a refusal must name.
NAMED = re.compile(r"node '?[^ ]+'? \(\w+\)|node [^ ]+: operator|: (input|tensor|output) [^ ]+ |input [^ ]+ takes|ONNX opset \d|"
                   r"value '[^']+'|constant '[^']+'|without (inputs|outputs)|sparse weights|messages nested")
FOREIGN = re.compile(r"\): operator is not supported|is not a standard ONNX operator")


@dataclass
class Case:
    """One test, and what came of its forms."""

    collection: str
    folder: Path
    model: onnx.ModelProto
    outcome: Dict[str, str] = field(default_factory=dict)   # by form: "right", "wrong: ..." or "refused: ..."

    @property
    def name(self) -> str:
        return self.folder.name[len("test_"):]

    @property
    def opset(self) -> int:
        return next((each.version for each in self.model.opset_import if each.domain in ("", "ai.onnx")), 1)

    @property
    def operator(self) -> str:
        """The operator tested; several make a graph."""
        kinds = {node.op_type for node in self.model.graph.node} - {"Constant"}
        return kinds.pop() if len(kinds) == 1 else "Constant" if not kinds else "graphs of several operators"

    @property
    def right(self) -> bool:
        return "right" in self.outcome.values()

    @property
    def foreign(self) -> bool:
        """Uses an operator that viseme does not have at all."""
        return bool(FOREIGN.search(next(iter(self.outcome.values()), "")))

    @property
    def reason(self) -> str:
        """Why the form with most constants was refused, without the names of this very file."""
        text = list(self.outcome.values())[-1][len("refused: "):]
        text = re.sub(r"^.*?\.onnx: ", "", text)
        text = re.sub(r"^node '?[^ ]+'? \(\w+\):? ", "", text)
        return re.sub(r"^(input|tensor|its output) \S+ (is|holds|takes)", r"\1 \2", text)


def _digest(folder: Path) -> str:
    parts = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()


def cases() -> List[Case]:
    """All tests of all collections; what both have byte for byte is taken once."""
    found, seen = [], set()
    for collection, root in COLLECTIONS.items():
        for path in sorted(each for folder in FOLDERS for each in (root / folder).glob("*/model.onnx")):
            digest = _digest(path.parent)
            if digest not in seen:
                seen.add(digest)
                found.append(Case(collection, path.parent, onnx.load(str(path))))
    return found


def _tensors(folder: Path, kind: str) -> Optional[List[TensorProto]]:
    """Inputs or outputs of the first set of data; None where one is not a tensor."""
    result = []
    for i in range(len(list((folder / "test_data_set_0").glob(f"{kind}_*.pb")))):
        tensor = TensorProto()
        try:
            tensor.ParseFromString((folder / "test_data_set_0" / f"{kind}_{i}.pb").read_bytes())
        except Exception:                                   # a sequence or an optional: another message
            return None
        result.append(tensor)
    return result


def _array(tensor: TensorProto) -> Optional[np.ndarray]:
    if tensor.data_type == TensorProto.BFLOAT16:
        raw = tensor.raw_data or np.array(tensor.int32_data, np.uint16).tobytes()
        return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(tuple(tensor.dims))
    try:
        array = numpy_helper.to_array(tensor)
    except (KeyError, ValueError, TypeError):               # a type that is later than this reader
        return None
    return array if array.dtype.kind in "fiub" else None


def _is_tensor(value: onnx.ValueInfoProto) -> bool:
    return value.type.WhichOneof("value") == "tensor_type"


def _made(case: Case, inputs: List[TensorProto], fed: List[int]) -> onnx.ModelProto:
    """The model with all inputs but the fed ones as initialisers, and results cast to float32."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    held = {each.name for each in graph.initializer}
    free = [each for each in graph.input if each.name not in held]
    for i, (value, tensor) in enumerate(zip(free, inputs)):
        if i not in fed:
            graph.input.remove(value)
            graph.initializer.add().CopyFrom(tensor)
            graph.initializer[-1].name = value.name
    if not fed:
        graph.input.append(helper.make_tensor_value_info("unused", TensorProto.FLOAT, [1]))
    for value in graph.output:
        if _is_tensor(value) and value.type.tensor_type.elem_type not in FLOATS:
            node = helper.make_node("Cast", [value.name], [f"{value.name}_as_float"], to=TensorProto.FLOAT)
            graph.node.append(node)
            value.name = node.output[0]
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    return model


@dataclass
class Job:
    """One form of a test, written for the runner."""

    case: Case
    form: str
    line: str
    result: Path
    expected: List[TensorProto]


def jobs(case: Case, number: int, folder: Path) -> Iterator[Job]:
    """The forms of a test that differ from each other."""
    inputs, expected = _tensors(case.folder, "input"), _tensors(case.folder, "output")
    values = [each for each in case.model.graph.input
              if each.name not in {held.name for held in case.model.graph.initializer}]
    whole = inputs is not None and expected is not None and len(values) == len(inputs) and all(map(_is_tensor, values))
    if not whole:
        yield Job(case, "fed", f"{case.folder / 'model.onnx'}\t{folder / 'none'}", folder / "none", [])
        return
    for value, tensor in zip([*values, *case.model.graph.output], [*inputs, *expected]):
        if value.type.tensor_type.elem_type == TensorProto.BFLOAT16 and tensor.data_type == TensorProto.UINT16:
            tensor.data_type = TensorProto.BFLOAT16         # ONNX 1.12 wrote only the bits
    floats = [i for i, each in enumerate(values) if each.type.tensor_type.elem_type in FLOATS]
    seen = []
    for form, fed in zip(FORMS, (floats, floats[:1], [])):
        if fed in seen or (not fed and form != "folded"):
            continue
        seen.append(fed)
        stem = folder / f"{number}.{form}"
        onnx.save(_made(case, inputs, fed), f"{stem}.onnx")
        paths = []
        for i in fed or [-1]:
            array = _array(inputs[i]) if i >= 0 else np.zeros(1)
            paths.append(f"{stem}.in{i}.npy")
            with np.errstate(over="ignore"):                # a float64 beyond float32 is infinite there
                np.save(paths[-1], array.astype(np.float32))
        yield Job(case, form, "\t".join([f"{stem}.onnx", str(stem), *paths]), stem, expected)


def _judge(job: Job, answer: str) -> str:
    """What became of one form."""
    if not answer.startswith("ok "):
        status, _, message = answer.partition(" ")
        if status != "3":
            return f"wrong: exit status {status}: {message}"
        return f"refused: {message}" if NAMED.search(message) else f"wrong: a refusal that names nothing: {message}"
    if not job.expected:
        return "wrong: an answer to what is not a tensor"
    if int(answer[3:]) != len(job.expected):
        return f"wrong: {answer[3:]} results"
    for i, tensor in enumerate(job.expected):
        array = _array(tensor)
        if array is None:
            return f"wrong: an answer of type {tensor.data_type}"
        for way in ("fast", "plain"):
            result = np.load(f"{job.result}.{way}.{i}.npy")
            if result.shape != array.shape:
                return f"wrong: {way}: shape {result.shape}, not {array.shape}"
            if not np.allclose(result, array.astype(np.float64), RTOL, ATOL, equal_nan=True):
                return f"wrong: {way}: {np.abs(result - array.astype(np.float64)).max()} off"
    return "right"


def run(runner: Path, folder: Path) -> List[Case]:
    """Runs every form of every test; `folder` is for temporary files."""
    found = cases()
    todo = [job for number, case in enumerate(found) for job in jobs(case, number, folder)]
    finished = subprocess.run([str(runner)], input="".join(f"{job.line}\n" for job in todo), capture_output=True,
                              text=True, check=False, timeout=600)
    answers = finished.stdout.splitlines()
    if len(answers) != len(todo) or finished.returncode:
        crashed = todo[min(len(answers), len(todo) - 1)]
        raise AssertionError(f"{crashed.case.folder} ({crashed.form}): exit status {finished.returncode}\n"
                             f"{finished.stderr}")
    for job, answer in zip(todo, answers):
        job.case.outcome[job.form] = _judge(job, answer)
    return found


# --- docs/operators.md ------------------------------------------------------------------------------------------------

HEAD = f"""# The operators, and what proves them

<!-- Written by tools/write_operators.py; tests/parity/test_conformance.py fails when it is out of date. -->

An `.onnx` that uses other operators than these, or an attribute, a type or a form of them that viseme does not run, is
refused with exit status 3 and a line that names the node and its operator. Opsets 7 to 25 of the standard domain are
read; operators of other domains (`com.microsoft` of files that ONNX Runtime optimised, for one) are refused by name.

The proof is the ONNX project's own backend tests, in the collections of ONNX 1.12 (Debian's `libonnx-testdata`) and
{LATER} (the `onnx` wheel); what both hold byte for byte is counted once. Every test of both collections is run, on the
fast path and on the plain one, and must either agree with the outputs that ONNX gives (relative 1e-3, absolute 1e-7, as
ONNX's own runner compares) or be refused by name. Nothing may crash or answer wrongly.

Pictures are float32. Integers and booleans are for arithmetic on shapes, which is computed away before the network
runs: they may come from constants and from `Shape`, not from pictures. float16, bfloat16 and float64 are read, and
computed with, as float32; narrower integers as int64. So each test is tried in up to three forms: *fed* (floating-point
inputs fed, integer ones, which are parameters, as initialisers), *constant* (only the first input fed, the others as
weights) and *folded* (everything constant). The columns count the tests whose answer is right in that form, and those
that no form gets through.
"""


def _opsets(found: List[Case]) -> str:
    numbers = [case.opset for case in found if case.right]
    return f"{min(numbers)}-{max(numbers)}" if numbers else "none"


def _row(operator: str, found: List[Case]) -> str:
    counts = [str(sum(case.outcome.get(form) == "right" for case in found)) for form in FORMS]
    right = sum(case.right for case in found)
    return (f"| {operator} | {_opsets(found)} | {len(found)} | **{right}** | " + " | ".join(counts) +
            f" | {len(found) - right} |")


def _names(found: List[Case]) -> str:
    """Names in order; one of an older form that both collections have carries its number."""
    seen = Counter(case.name for case in found)
    return ", ".join(sorted(case.name if seen[case.name] == 1 else f"{case.name} ({case.collection})"
                            for case in found))


def document(found: List[Case]) -> str:
    """The text of docs/operators.md."""
    ours = [case for case in found if not case.foreign and case.operator]
    kinds: Dict[str, List[Case]] = {}
    for case in ours:
        kinds.setdefault(case.operator, []).append(case)
    accepted = {kind: list_ for kind, list_ in kinds.items() if any(case.right for case in list_)}
    order = sorted(accepted, key=lambda kind: (" " in kind, kind))
    lines = [HEAD, "| operator | opsets of its tests | tests | right | fed | constant | folded | refused |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |", *(_row(kind, accepted[kind]) for kind in order)]
    everything = [case for kind in order for case in accepted[kind]]
    lines += [_row("**all**", everything), "",
              f"{len(found) - len(everything)} further tests, of {len(found)} in all, are of operators that viseme does not "
              f"have, or of graphs that use one: each is refused by name.", "", "## Refused, and why", ""]
    for kind in order:
        reasons: Dict[str, List[Case]] = {}
        for case in accepted[kind]:
            if not case.right:
                reasons.setdefault(case.reason, []).append(case)
        lines += [f"* **{kind}**: {reason}: {_names(list_)}" for reason, list_ in sorted(reasons.items())]
    lines += ["", "## Right", ""]
    lines += [f"* **{kind}**: {_names([case for case in accepted[kind] if case.right])}" for kind in order]
    return "\n".join(lines) + "\n"


def runner() -> Path:
    """The program that runs many files at once, built beside viseme."""
    program = os.environ.get("VISEME", str(REPOSITORY / "build" / "viseme"))
    return Path(program).resolve().parent / "tests" / "tools" / "run_onnx"
