"""Lesson 07: the gradients with respect to the bias and to the weights."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from course.checks.case import Case, sized, sliding
from course.checks.exercise import of_convolution
from course.checks.geometry import Numbers
from course.checks.layouts import LAYOUTS
from course.examples import TOY_DY, UNEVEN_X

LESSON = "07_backward_bias_and_weights"
_DY = TOY_DY.reshape(1, 1, 2, 2)

# By group: the images, filters, rows and columns of what arrives.
_OUTPUTS = {
    "not square": [(1, 1, 3, 2), (1, 1, 2, 3), (1, 1, 4, 1)],
    "filters": [(1, 4, 2, 3), (1, 3, 4, 2), (1, 5, 3, 3)],
    "batches": [(3, 2, 4, 5), (2, 5, 3, 4), (5, 4, 2, 3), (4, 1, 3, 2), (5, 3, 1, 1), (3, 3, 2, 4)],
}


def _upstream(sizes: dict[str, int], numbers: Numbers) -> dict[str, Any]:
    return {"dy": numbers.array(*sizes.values())}


def _of_outputs(rng: np.random.Generator) -> list[Case]:
    def drawn(group: str, shape: Iterable[int], *how: Any) -> Case:
        sizes = dict(zip(("N", "F", "oh", "ow"), map(int, shape), strict=True))
        return sized(group, sizes, Numbers(rng, *how), _upstream)

    cases = [Case("the example", {"dy": _DY})]
    cases += [drawn(group, shape) for group, shapes in _OUTPUTS.items() for shape in shapes]
    cases += [drawn("any sizes", rng.permutation([2, 3, 4, 5])) for _ in range(4)]
    for layout in LAYOUTS[1:]:
        cases.append(drawn("memory layouts", (3, 4, 2, 5), np.float64, layout))
    cases.append(drawn("float32", (2, 4, 3, 5), np.float32))
    return [*cases, drawn("float32", (4, 2, 5, 3), np.float32, "strided")]


conv_backward_bias = of_convolution("conv_backward_bias", LESSON, 2, _of_outputs)


_TOY = {"dy": _DY, "x": UNEVEN_X.astype(float).reshape(1, 1, 4, 4)}
_of_weights = sliding(_TOY | {"kernel_size": (3, 3), "stride": 1, "padding": 0})
conv_backward_weights_loops = of_convolution("conv_backward_weights_loops", LESSON, 4, _of_weights)
conv_backward_weights = of_convolution("conv_backward_weights", LESSON, 3, _of_weights)
