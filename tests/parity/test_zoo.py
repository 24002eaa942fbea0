"""`--precision fast` on many kinds of networks (zoo.py): near float32 on frames that it has not seen, or float32."""
from __future__ import annotations

from functools import lru_cache
from typing import Sequence

import pytest

import zoo
import zoo_verdict
from program import viseme_ok

WANTED = 40                     # decibels, of every frame
MOST_IN_FLOAT32 = 0.1           # of the zoo


@lru_cache(maxsize=None)
def verdict(name: str) -> zoo_verdict.Verdict:
    return zoo_verdict.judge(zoo.by_name(name))


@lru_cache(maxsize=1)
def has_kernels() -> bool:
    """Does this processor, with what VISEME_ISA leaves of it, calculate in 16 bits?"""
    told = viseme_ok("bench", "--model", zoo.demo_model("99"), "--audio-mode", "ave", "--precision", "fast",
                     "--runs", 1)
    return "no kernels" not in told.err


@pytest.mark.parametrize("name", [
    pytest.param(animal.name, marks=[pytest.mark.soak] * (animal not in zoo.QUICK)) for animal in zoo.ZOO])
def test_fast_is_near_float32(name: str) -> None:
    """The sample, the other frames, and a second run."""
    judged = verdict(name)
    assert judged.exact >= 80, "float32 is not what PyTorch says"
    assert judged.again, "two runs differ"
    assert judged.used or judged.same, "said to be float32, and is not"
    assert judged.sample >= WANTED, judged
    assert judged.worst >= WANTED, judged


@pytest.mark.parametrize("animals", (zoo.QUICK, pytest.param(zoo.ZOO, marks=pytest.mark.soak)), ids=("quick", "all"))
def test_few_networks_are_wholly_in_float32(animals: Sequence[zoo.Animal]) -> None:
    if not has_kernels():
        pytest.skip("no kernels for 16 bits here: all is float32")
    float32 = [animal.name for animal in animals if not verdict(animal.name).used]
    assert len(float32) <= MOST_IN_FLOAT32 * len(animals), float32


def test_the_zoo_has_what_it_should() -> None:
    """40 networks with names of their own; all families and modes, in the quick part as well."""
    assert len({animal.name for animal in zoo.ZOO}) == len(zoo.ZOO) >= 40 and len(zoo.QUICK) >= 24
    assert zoo.LONGER <= {animal.name for animal in zoo.ZOO}
    assert {(animal.family, animal.mode) for animal in zoo.QUICK} == {
        (family, mode) for family in zoo.networks.FAMILIES for mode in zoo.networks.MODES}


def test_outliers_leave_the_function_as_it_is() -> None:
    """Scaled channels are undone by their readers: PyTorch's answer is the unscaled network's."""
    plain = zoo.answer(zoo.by_name("demo 99"))
    for name in ("demo 99, hidden outliers of 10000", "demo 99, block outliers of 1000"):
        assert zoo_verdict.decibels(zoo.answer(zoo.by_name(name)), plain) >= 80, name
