"""Lesson 13: how far a network sees, and what it looks at."""

from typing import Any

import numpy as np

from course.checks import uses
from course.checks.case import Case, Sizes, Use, sized
from course.checks.exercise import Exercise
from course.checks.geometry import Numbers
from course.checks.layouts import LAYOUTS
from course.checks.verdict import AN_ARRAY, AN_INTEGER
from course.nn import inspection

LESSON = "13_what_the_network_sees"


# The receptive field ----------------------------------------------------------------------------


def _field_case(group: str, layers: list[tuple[int, int, int]]) -> Case:
    """Made from the number of layers, and the three numbers of each."""
    sizes = {"layers": len(layers)}
    for k, layer in enumerate(layers):
        names = (f"kernel {k}", f"stride {k}", f"dilation {k}")
        sizes |= dict(zip(names, layer, strict=True))
    return sized(group, sizes, Numbers(np.random.default_rng()), _triples)


def _triples(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    count, *rest = sizes.values()
    return {"layers": list(zip(rest[::3], rest[1::3], rest[2::3], strict=True))[:count]}


def _field_cases(rng: np.random.Generator) -> list[Case]:
    def some(strides: tuple[int, ...], dilations: tuple[int, ...]) -> list[tuple[int, int, int]]:
        """Layers of these strides and dilations, with kernels of 2 to 9 pixels."""
        kernels = rng.integers(2, 10, size=len(strides)).tolist()
        return list(zip(kernels, strides, dilations, strict=True))

    ones = (1, 1, 1, 1, 1)
    kernel = int(rng.integers(2, 8))
    tried = [
        ("one layer", some((1,), (1,))),
        ("one layer", some((3,), (2,))),
        ("one layer", [(1, 1, 1)]),
        ("one layer", [(1, 2, 3)]),
        ("stacks", some((1, 1), (1, 1))),
        ("stacks", some(ones, ones)),
        ("stacks", [(kernel, 1, 1), (1, 1, 1), (kernel + 1, 1, 1)]),
        ("strides", some((2, 1), (1, 1))),
        ("strides", some((1, 3, 2, 1), (1, 1, 1, 1))),
        ("strides", some((2, 2, 2, 2), (1, 1, 1, 1))),
        ("strides", some((4, 3, 1), (1, 1, 1))),
        ("strides", some((1, 1, 4), (1, 1, 1))),
        ("strided 1×1 layers", [(1, 2, 1), (kernel, 1, 1)]),
        ("strided 1×1 layers", [(kernel, 2, 1), (1, 3, 1), (3, 1, 1)]),
        ("strided 1×1 layers", [(1, 2, 2), (1, 3, 1), (kernel, 2, 1)]),
        ("dilations", some((1, 1, 1), (1, 2, 4))),
        ("dilations", some((1, 1, 1), (3, 1, 2))),
        ("dilations", some((1, 1), (4, 3))),
        ("all together", some((2, 1, 3, 1), (1, 3, 2, 1))),
        ("all together", some((3, 2, 2, 1), (2, 1, 3, 4))),
        ("all together", some((2, 4, 1, 3, 2), (2, 3, 1, 1, 2))),
        ("all together", some((1, 2, 3, 4), (4, 3, 2, 1))),
    ]
    example = Case("the example", {"layers": [(3, 1, 1), (3, 1, 1), (3, 1, 1)]})
    return [example, *(_field_case(group, layers) for group, layers in tried)]


receptive_field = Exercise(
    "receptive_field", LESSON, 3, inspection.receptive_field, AN_INTEGER, _field_cases
)


# The occlusion map ------------------------------------------------------------------------------


def _map(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """An image, and weights for predict; what is cut off at the border differs from the rest."""
    K, C, H, W, nth_score, reach = sizes.values()
    if nth_score > K:
        raise ValueError(f"there are {K} scores, so none with the number {nth_score}")
    return {
        "image": numbers.array(C, H, W),
        "label": nth_score - 1,
        "size": 2 * reach - 1,
        "weights": numbers.array(K, C, H, W),
    }


def _map_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "image": np.arange(1.0, 13.0).reshape(1, 3, 4),
        "label": 1,
        "size": 3,
        "weights": np.stack([np.zeros((1, 3, 4)), np.ones((1, 3, 4))]),
    }
    tried: list[tuple[str, tuple[int, ...], int, int]] = [
        ("one pixel", (3, 1, 3, 5), 1, 1),
        ("one pixel", (2, 2, 4, 2), 1, 1),
        ("squares", (3, 1, 6, 5), 2, 3),
        ("squares", (4, 1, 7, 9), 1, 5),
        ("squares", (3, 1, 9, 6), 1, 3),
        ("squares", (3, 1, 8, 8), 2, 7),
        ("channels", (3, 3, 5, 7), 2, 3),
        ("channels", (4, 2, 6, 4), 3, 3),
        ("channels", (5, 4, 5, 3), 2, 3),
        ("other labels", (3, 2, 4, 5), 0, 3),
        ("other labels", (5, 1, 5, 4), 4, 3),
        ("other labels", (1, 2, 4, 3), 0, 3),
        ("one row or column", (3, 1, 1, 6), 1, 3),
        ("one row or column", (2, 3, 5, 1), 1, 3),
        ("larger than the image", (3, 2, 3, 4), 1, 7),
        ("larger than the image", (3, 1, 2, 6), 2, 5),
    ]
    curved = [((3, 1, 5, 6), 2, 3), ((4, 2, 6, 4), 1, 5), ((2, 3, 3, 4), 0, 3)]
    linear = uses.map_of_linear_scores

    def case(
        group: str, shape: tuple[int, ...], label: int, size: int, use: Use = linear, **how: Any
    ) -> Case:
        sizes = dict(zip("KCHW", shape, strict=True))
        sizes |= {"score": label + 1, "reach": (size + 1) // 2}
        return sized(group, sizes, Numbers(rng, **how), _map, use)

    return [
        Case("the example", example, linear),
        *(case(*work) for work in tried),
        *(case("not linear", *work, uses.map_of_curved_scores) for work in curved),
        *(case("memory layouts", (3, 2, 4, 5), 1, 3, layout=layout) for layout in LAYOUTS[1:]),
        *(case("float32", s, 1, 3, dtype=np.float32) for s in ((3, 2, 5, 6), (2, 1, 6, 4))),
    ]


occlusion_map = Exercise("occlusion_map", LESSON, 3, inspection.occlusion_map, AN_ARRAY, _map_cases)
