"""Networks of many kinds, made at test time, on which the fast precision must hold what it promises."""
from __future__ import annotations

from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch

import checkpoints
import networks
import zoo_inputs
from zoo_recipes import (Recipe, calibrated, dead_hidden, dead_outputs, depthwise_biases, drawn, expansion_biases,
                         fresh, outliers_after_depthwise, outliers_between, outliers_within, varied)

FULL, MOBILE = networks.FULL, networks.MOBILE
SMALL = (8, 16, 32, 64, 128)
ODD = (7, 13, 21, 35, 50)


class Animal(NamedTuple):
    """A network of the zoo. Recipes follow each other; a demo network has the name of its file."""

    name: str
    family: str
    mode: str
    channels: Sequence[int]
    recipes: Tuple[Recipe, ...] = ()
    seed: int = 1
    storage: Optional[torch.dtype] = None       # of the checkpoint, if not float32
    demo: str = ""

    @property
    def audio_mode(self) -> str:
        """As the program's --audio-mode has it."""
        return self.mode.split("_")[0]

    @property
    def audio_channels(self) -> int:
        """What features come in, whatever the network's widths."""
        return networks.default_audio_channels(self.mode, FULL)


def _demo(percent: str, *recipes: Recipe, name: str = "") -> Animal:
    return Animal(name or f"demo {percent}", "328", "ave", MOBILE, recipes, 99, demo=percent)


ZOO: Tuple[Animal, ...] = (
    # Every family and mode, every kind of batch norm.
    Animal("328 ave, fresh", "328", "ave", MOBILE, (fresh,), 2),
    Animal("328 ave, calibrated", "328", "ave", MOBILE, (calibrated,), 3),
    Animal("328 ave, varied", "328", "ave", MOBILE, (varied,), 4),
    Animal("328 ave, drawn", "328", "ave", MOBILE, (drawn,), 5),
    Animal("328 hubert, varied", "328", "hubert", SMALL, (varied,), 6),
    Animal("328 hubert ultralight, calibrated", "328", "hubert_ultralight", SMALL, (calibrated,), 7),
    Animal("328 wenet, calibrated", "328", "wenet", SMALL, (calibrated,), 8),
    Animal("328 wenet ultralight, drawn", "328", "wenet_ultralight", SMALL, (drawn,), 9),
    Animal("160 ave, calibrated", "160", "ave", MOBILE, (calibrated,), 10),
    Animal("160 hubert, fresh", "160", "hubert", MOBILE, (fresh,), 11),
    Animal("160 hubert, drawn", "160", "hubert", MOBILE, (drawn,), 12),
    Animal("160 hubert ultralight, varied", "160", "hubert_ultralight", MOBILE, (varied,), 13),
    Animal("160 wenet, varied", "160", "wenet", MOBILE, (varied,), 14),
    Animal("160 wenet ultralight, calibrated", "160", "wenet_ultralight", MOBILE, (calibrated,), 15),
    # Widths.
    Animal("328 ave, full width", "328", "ave", FULL, (varied,), 16),
    Animal("160 hubert, full width", "160", "hubert", FULL, (calibrated,), 17),
    Animal("160 wenet, full width", "160", "wenet", FULL, (drawn,), 18),
    Animal("328 ave, odd widths", "328", "ave", ODD, (varied,), 19),
    Animal("160 ave, one below a register", "160", "ave", (7, 15, 31, 63, 127), (varied,), 20),
    Animal("160 ave, one above a register", "160", "ave", (17, 33, 65, 129, 257), (calibrated,), 21),
    Animal("160 ave, widths of 1 to 9", "160", "ave", (1, 3, 5, 7, 9), (varied,), 22),
    Animal("160 ave, narrow and wide in turn", "160", "ave", (3, 100, 7, 200, 11), (varied,), 23),
    # Biases.
    Animal("328 ave, no expansion biases", "328", "ave", SMALL, (varied, expansion_biases(0)), 24),
    Animal("160 ave, tiny expansion biases", "160", "ave", MOBILE, (varied, expansion_biases(1e-3)), 25),
    Animal("160 hubert, half of the expansion biases 0", "160", "hubert", MOBILE,
           (varied, expansion_biases(0, .55)), 26),
    Animal("160 wenet, huge expansion biases", "160", "wenet", MOBILE, (varied, expansion_biases(30)), 27),
    Animal("328 ave, no depthwise biases", "328", "ave", SMALL, (varied, depthwise_biases(0)), 28),
    Animal("160 ave, tiny depthwise biases", "160", "ave", MOBILE, (varied, depthwise_biases(1e-3)), 29),
    Animal("160 hubert, huge depthwise biases", "160", "hubert", MOBILE, (varied, depthwise_biases(30)), 30),
    Animal("160 ave, some huge depthwise biases", "160", "ave", MOBILE, (varied, depthwise_biases(300, .1)), 31),
    Animal("160 ave, no biases but huge ones", "160", "ave", SMALL,
           (varied, expansion_biases(0), depthwise_biases(100, .1)), 32),
    # One channel of a hundred and more times the others' strength.
    Animal("160 ave, hidden outliers of 100", "160", "ave", MOBILE, (varied, outliers_within(1e2)), 33),
    Animal("328 ave, hidden outliers of 1000", "328", "ave", SMALL, (varied, outliers_within(1e3)), 34),
    Animal("160 hubert, hidden outliers of 10000", "160", "hubert", MOBILE, (varied, outliers_within(1e4)), 35),
    Animal("160 wenet, outliers after depthwise of 1000", "160", "wenet", MOBILE,
           (varied, outliers_after_depthwise(1e3)), 36),
    Animal("160 ave, block outliers of 100", "160", "ave", MOBILE, (varied, outliers_between(1e2)), 37),
    Animal("328 ave, block outliers of 1000", "328", "ave", SMALL, (varied, outliers_between(1e3)), 38),
    Animal("160 hubert, block outliers of 10000", "160", "hubert", MOBILE, (varied, outliers_between(1e4)), 39),
    Animal("160 ave, all outliers", "160", "ave", SMALL,
           (varied, outliers_within(1e3), outliers_after_depthwise(1e2), outliers_between(1e3)), 40),
    # Channels that say nothing; half-precision checkpoints.
    Animal("328 ave, dead hidden channels", "328", "ave", SMALL, (varied, dead_hidden), 41),
    Animal("160 hubert, dead outputs", "160", "hubert", MOBILE, (varied, dead_outputs), 42),
    Animal("160 ave, fp16", "160", "ave", MOBILE, (varied,), 43, torch.float16),
    Animal("160 wenet, bf16", "160", "wenet", MOBILE, (varied,), 44, torch.bfloat16),
    # Trained ones.
    _demo("25"), _demo("50"), _demo("75"), _demo("99"),
    _demo("99", outliers_within(1e4), name="demo 99, hidden outliers of 10000"),
    _demo("99", outliers_between(1e3), name="demo 99, block outliers of 1000"),
)


def demo_model(percent: str) -> Path:
    return zoo_inputs.DEMO / "models" / f"{percent}.pth"

#: Told by others in part, or long: tools/soak.sh has the time.
LONGER = frozenset((
    "328 ave, fresh",
    "328 ave, varied",
    "328 ave, full width",
    "160 wenet, full width",
    "160 ave, one above a register",
    "160 ave, narrow and wide in turn",
    "160 ave, tiny expansion biases",
    "160 hubert, half of the expansion biases 0",
    "160 ave, tiny depthwise biases",
    "160 ave, some huge depthwise biases",
    "160 ave, no biases but huge ones",
    "160 ave, hidden outliers of 100",
    "328 ave, hidden outliers of 1000",
    "160 ave, block outliers of 100",
    "328 ave, dead hidden channels",
    "160 hubert, drawn",
    "demo 25",
    "demo 50",
    "demo 75",
    "demo 99, hidden outliers of 10000",
))
QUICK: Tuple[Animal, ...] = tuple(animal for animal in ZOO if animal.name not in LONGER)


def by_name(name: str) -> Animal:
    return next(animal for animal in ZOO if animal.name == name)


class Kept(NamedTuple):
    """A network and its frames as files; `single` is what PyTorch makes of the first frame."""

    model: Path
    inputs: List[Path]
    single: np.ndarray


def _inputs(animal: Animal) -> List[np.ndarray]:
    return (zoo_inputs.demo() if animal.demo
            else zoo_inputs.made(animal.family, animal.mode, animal.audio_channels, animal.seed))


def _network(animal: Animal, inputs: Sequence[np.ndarray]) -> networks.LipSyncUNet:
    """The weights that the seed gives, or the demo's; after the recipes."""
    torch.manual_seed(animal.seed)
    network = networks.build(animal.family, animal.mode, animal.channels, animal.audio_channels)
    if animal.demo:
        network.load_state_dict(torch.load(demo_model(animal.demo), map_location="cpu"))
    random = torch.Generator().manual_seed(animal.seed)
    some = [torch.from_numpy(value[[1, 5]]) for value in inputs]
    with torch.no_grad():
        for recipe in animal.recipes:
            recipe(network, some, random)
    return network if animal.demo else checkpoints.unsaturated(network, [value[1:2] for value in inputs])


def _first(network: networks.LipSyncUNet, inputs: Sequence[np.ndarray]) -> np.ndarray:
    with torch.no_grad():
        return network(*[torch.from_numpy(value[:1]) for value in inputs]).numpy()


def answer(animal: Animal) -> np.ndarray:
    """What PyTorch makes of the first frame."""
    inputs = _inputs(animal)
    return _first(_network(animal, inputs), inputs)


def keep(animal: Animal, folder: Path) -> Kept:
    """Makes the network, and writes what viseme is given."""
    inputs = _inputs(animal)
    network = _network(animal, inputs)
    state = network.state_dict()
    if animal.storage:
        state = checkpoints.converted(state, animal.storage)
        checkpoints.reloaded(network, state)
    paths = [folder / "visual.npy", folder / "audio.npy"]
    for path, value in zip(paths, inputs):
        np.save(path, value)
    return Kept(checkpoints.save(state, folder / "model.pth"), paths, _first(network, inputs))
