"""Lesson 09: the layer as a class."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import BuildLayer, Case, Use, from_trials, named
from course.checks.exercise import Exercise, Hints
from course.checks.geometry import Geometry, Numbers, trials
from course.checks.verdict import OF_ITS_DTYPE, Kind
from course.examples import TOY_W, TOY_X

_PARTS = (uses.y, uses.dx, uses.dw, uses.db)
_OWN_GROUPS = ("memory layouts", "float32")
"""What is wrong with these alone is wrong with every part, so they are not counted by part."""


_forward, _backward = named("settings", "w", "b", "x"), named("settings", "w", "b", "x", "dy")
_backward_first = named("settings", "w", "b", "dy")


def _beside(build: BuildLayer, more: int = 0) -> BuildLayer:
    """The arguments, and an input and an upstream beside them, with so many images more."""

    def both(g: Geometry, numbers: Numbers) -> dict[str, Any]:
        other = replace(g, N=g.N + more)
        x, dy = numbers.array(*other.x_shape), numbers.array(*other.y_shape)
        return build(g, numbers) | {"other_x": x, "other_dy": dy}

    return both


def _each_part(rng: np.random.Generator) -> list[Case]:
    """y, dx, dw and db of one round for every geometry, the cases of a group together."""
    cases: list[Case] = []
    for use in _PARTS:
        of_a_part = partial(replace, group=use.__name__)
        drawn = [t if t.group in _OWN_GROUPS else of_a_part(t) for t in trials(rng)]
        cases += from_trials(drawn, rng, _forward if use is uses.y else _backward, use)
    order = [*(use.__name__ for use in _PARTS), *_OWN_GROUPS]
    return sorted(cases, key=lambda case: order.index(case.group))


def _memory(rng: np.random.Generator) -> list[Case]:
    """What a layer keeps from one call to the next, and what it leaves alone."""
    both = _beside(_backward)
    judged: dict[Use, BuildLayer] = {
        uses.keeps_its_parameters: _backward,
        uses.y_of_the_second_round: _beside(_forward),
        uses.dx_of_the_second_round: both,
        uses.dw_of_the_second_round: both,
        uses.db_of_the_second_round: both,
        uses.y_of_new_parameters: _forward,
        uses.dx_of_new_parameters: _backward,
        uses.dw_of_a_second_backward: _backward,
        uses.dx_beside_another_layer: both,
        uses.dw_beside_another_layer: both,
        uses.db_beside_another_layer: both,
    }
    drawn = [replace(t, group="memory") for t in trials(rng) if t.group == "stride and padding"][:3]
    cases = [c for use, build in judged.items() for c in from_trials(drawn, rng, build, use)]
    of_another_size = from_trials(drawn, rng, _beside(_backward, 1), uses.dx_of_the_second_round)
    return cases + of_another_size


def _beginning(rng: np.random.Generator) -> list[Case]:
    drawn = [replace(t, group="beginning") for t in trials(rng) if t.group == "batches"]
    refusals = from_trials(drawn[:1], rng, _backward_first, uses.refuses_backward_first)
    seed = int(rng.integers(1, 1000))
    # n = 6 would make sqrt(2 / n) the spread of numbers drawn evenly from -1 to 1
    narrow, wide = (4, 3000, (2, 1), 1, 0), (32, 16, (3, 5), 1, 0)
    return [*refusals, *drawn_weights((3, 4, (5, 2), 2, 1), wide, narrow, seed)]


def drawn_weights(
    few: uses.Settings, many: uses.Settings, others: uses.Settings, seed: int
) -> list[Case]:
    """What a layer begins with; of the last two, it draws enough to tell how they are spread."""
    return [
        Case("beginning", {"settings": few}, uses.initial_shapes),
        Case("beginning", {"settings": few}, uses.initial_bias),
        Case("beginning", {"settings": few, "seed": seed}, uses.initial_weights_differ),
        Case("beginning", {"settings": many, "seed": seed}, uses.initial_spread),
        Case("beginning", {"settings": others, "seed": seed}, uses.initial_spread),
        Case("beginning", {"settings": many, "seed": seed}, uses.initial_mean),
        Case("beginning", {"settings": many, "seed": seed}, uses.draws_from_rng),
        Case("beginning", {"settings": few, "seed": 0}, uses.draws_from_a_seed),
        Case("beginning", {"settings": few}, uses.draws_without_rng),
    ]


def working_cases(rng: np.random.Generator) -> list[Case]:
    """Forward and backward of a layer that has its weights; the clinic uses these cases too."""
    toy = {"settings": (1, 1, (3, 3)), "w": TOY_W[None, None].astype(float)}
    toy |= {"b": np.array([5.0]), "x": TOY_X[None, None].astype(float)}
    return [Case("the example", toy, uses.y), *_each_part(rng), *_memory(rng)]


def _cases(rng: np.random.Generator) -> list[Case]:
    return working_cases(rng) + _beginning(rng)


HINTS: Hints = {
    (uses.dx, Kind.WRONG_TYPE): "backward returns one array, dx. dw and db stay in the layer, as "
    "self.dw and self.db.",
    ("memory", Kind.WRONG_NUMBERS): "A round by itself is right. Here something is left over from "
    "a call before, or from another layer's: all that was called stands at `done`.",
    (uses.keeps_its_parameters, Kind.WRONG_NUMBERS): "A layer leaves its w and b as they are: to "
    "change them is the optimiser's part.",
    (uses.dw, Kind.RETURNED_NOTHING): "dw is still None: backward has to set self.dw and self.db.",
    (uses.db, Kind.RETURNED_NOTHING): "db is still None: backward has to set self.dw and self.db.",
    (uses.initial_bias, Kind.WRONG_NUMBERS): "Only the weights begin at random. The bias begins "
    "with zeros, as many as there are outputs.",
    (uses.initial_bias, Kind.WRONG_DTYPE): "The bias begins with zeros that can become fractions: "
    "np.zeros makes floats.",
    (uses.initial_mean, Kind.WRONG_DTYPE): "The initial weights are of float64, as rng draws them.",
    (uses.initial_weights_differ, Kind.WRONG_NUMBERS): "Some weights are copies of others, and "
    "would learn the same. Draw all of them at once, in the shape of w.",
    (uses.draws_without_rng, Kind.WRONG_NUMBERS): "Without rng, every layer begins with other "
    "weights: np.random.default_rng(None) takes care of that.",
    (uses.dw_of_a_second_backward, Kind.RAISED): "A first backward is right. The second one misses "
    "what forward has kept: leave it there.",
    (uses.draws_from_a_seed, Kind.RAISED): "rng may be a seed, such as 0, as well as a "
    "generator: np.random.default_rng(rng) takes both.",
}
"""For this layer, for those in the clinic, and for the other layers of a network."""


def spread(n: str) -> Hints:
    """The hint for initial weights of another spread; n is what each output adds up."""
    text = (
        "The initial weights are spread too far or too little: their standard deviation is to be "
        f"sqrt(2 / n), with n = {n}. What is got is theirs, divided by that."
    )
    return {(uses.initial_spread, Kind.WRONG_NUMBERS): text}


LESSON = "09_the_convolution_layer"
_HINTS = HINTS | spread("C * kh * kw")
Conv2d = Exercise("Conv2d", LESSON, 8, nn.Conv2d, OF_ITS_DTYPE, _cases, hints=_HINTS)
