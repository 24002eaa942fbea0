"""viseme on the ONNX project's own tests (conformance.py): right, or refused by name; and the page that lists them."""
from __future__ import annotations

from pathlib import Path
from typing import List, Sequence

import numpy as np
import onnx
import pytest

import conformance
from program import BAD_INPUT, viseme, viseme_ok

#: What the face detectors of the family, and landmark networks after them, are made of: on pictures, not only folded.
DETECTORS = ("Add", "AveragePool", "BatchNormalization", "Clip", "Concat", "Conv", "Div", "Exp", "Flatten", "Gather",
             "Gemm", "GlobalAveragePool", "LeakyRelu", "MatMul", "Max", "MaxPool", "Mul", "PRelu", "Pad", "Pow",
             "ReduceMean", "ReduceSum", "Relu", "Reshape", "Resize", "Sigmoid", "Slice", "Softmax", "Split", "Sqrt",
             "Squeeze", "Sub", "Transpose", "Unsqueeze")
#: Arithmetic on shapes, as exporters leave it.
SHAPES = ("Add", "Cast", "Concat", "ConstantOfShape", "Div", "Equal", "Expand", "Gather", "Mul", "Range", "ReduceProd",
          "Reshape", "Shape", "Size", "Slice", "Squeeze", "Sub", "Unsqueeze", "Where")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> List[conformance.Case]:
    """All tests, run."""
    return conformance.run(conformance.runner(), tmp_path_factory.mktemp("conformance"))


def test_both_collections_are_there(found: List[conformance.Case]) -> None:
    for collection in conformance.COLLECTIONS:
        assert sum(case.collection == collection for case in found) > 1000, collection


def test_nothing_is_answered_wrongly(found: List[conformance.Case]) -> None:
    """A crash has failed the fixture already."""
    wrong = [f"{case.collection} {case.name} ({form}): {text}" for case in found
             for form, text in case.outcome.items() if text.startswith("wrong")]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("forms,operators", ((("fed", "constant"), DETECTORS), (("folded",), SHAPES)),
                         ids=("pictures", "shapes"))
def test_operators_that_detectors_need(forms: Sequence[str], operators: Sequence[str],
                                       found: List[conformance.Case]) -> None:
    right = {case.operator for case in found for form in forms if case.outcome.get(form) == "right"}
    assert not set(operators) - right


def test_page_is_what_was_found(found: List[conformance.Case]) -> None:
    page = conformance.REPOSITORY / "docs" / "operators.md"
    assert page.read_text() == conformance.document(found), "out of date: run tools/write_operators.py"


@pytest.mark.parametrize("name", ("maxpool_2d_same_upper", "averagepool_2d_ceil", "resize_upsample_scales_nearest",
                                  "split_equal_parts_1d_opset18", "softmax_axis_1", "gemm_all_attributes"))
def test_program_gives_the_answers(name: str, found: List[conformance.Case], tmp_path: Path) -> None:
    """The same files through `viseme infer`."""
    case = next(each for each in found if each.name == name)
    job = next(job for job in conformance.jobs(case, 0, tmp_path) if case.outcome[job.form] == "right")
    model, _, *inputs = job.line.split("\t")
    outputs = [tmp_path / f"out{i}.npy" for i in range(len(job.expected))]
    viseme_ok("infer", "--model", model, *(part for path in inputs for part in ("--input", path)),
              *(part for path in outputs for part in ("-o", path)))
    for path, tensor in zip(outputs, job.expected):
        np.testing.assert_allclose(np.load(path), onnx.numpy_helper.to_array(tensor), conformance.RTOL,
                                   conformance.ATOL)


@pytest.mark.parametrize("name,text", (
    ("maxpool_with_argmax_2d_precomputed_pads", "(MaxPool): its output z is not computed"),
    ("maxpool_1d_default", "(MaxPool): attribute kernel_shape is not for two dimensions"),
    ("resize_upsample_scales_cubic", '(Resize): attribute mode = "cubic" is not handled'),
    ("wrap_pad", '(Pad): attribute mode = "wrap" is not handled'),
    ("training_dropout_zero_ratio", "(Dropout): training_mode is not off"),
    ("gru_defaults", "node Y_h (GRU): operator is not supported"),
    ("cast_FLOAT_to_BFLOAT16", "(Cast): casts to bfloat16"),
    ("loop11", "(Loop): operator is not supported")))
def test_program_refuses_by_name(name: str, text: str, found: List[conformance.Case], tmp_path: Path) -> None:
    case = next(each for each in found if each.name == name)
    assert not case.right
    np.save(tmp_path / "in.npy", np.zeros((1, 3, 4, 4), np.float32))
    model = list(conformance.jobs(case, 0, tmp_path))[-1].line.split("\t")[0]
    finished = viseme("infer", "--model", model, "--input", tmp_path / "in.npy", "-o", tmp_path / "out.npy")
    assert finished.status == BAD_INPUT and text in finished.err, finished.err
    assert not (tmp_path / "out.npy").exists()
