"""Lesson 13: how far a network sees, and what it looks at."""

import math
from typing import Any

import numpy as np

from course.checks import uses
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.verdict import AN_INTEGER, an_array
from course.nn import inspection

LESSON = "13_what_the_network_sees"


# The receptive field ----------------------------------------------------------------------------


def _layers(rng, strides: tuple[int, ...], dilations: tuple[int, ...]) -> list[tuple]:
    """Layers of these strides and dilations, with kernels of 2 to 9 pixels."""
    kernels = rng.integers(2, 10, size=len(strides)).tolist()
    return list(zip(kernels, strides, dilations, strict=True))


def _field_cases(rng: np.random.Generator) -> list[Case]:
    tried = [
        ("one layer", (1,), (1,)),
        ("one layer", (3,), (2,)),
        ("stacks", (1, 1), (1, 1)),
        ("stacks", (1, 1, 1, 1, 1), (1, 1, 1, 1, 1)),
        ("strides", (2, 1), (1, 1)),
        ("strides", (1, 3, 2, 1), (1, 1, 1, 1)),
        ("dilations", (1, 1, 1), (1, 2, 4)),
        ("dilations", (1, 1, 1), (3, 1, 2)),
        ("all together", (2, 1, 3, 1), (1, 3, 2, 1)),
        ("all together", (3, 2, 2, 1), (2, 1, 3, 4)),
    ]
    cases = [Case("the example", {"layers": [(3, 1, 1), (3, 1, 1), (3, 1, 1)]})]
    cases += [Case(group, {"layers": _layers(rng, *settings)}) for group, *settings in tried]
    return cases


receptive_field = Exercise(
    name="receptive_field",
    lesson=LESSON,
    points=3,
    reference=inspection.receptive_field,
    returns=AN_INTEGER,
    cases=_field_cases,
)


def _field(
    layers, grows=lambda k, s, d, step: (k - 1) * d * step, steps=lambda step, s, d: step * s
):
    """The right loop, with what a layer adds and what becomes of the step handed in."""
    field = step = 1
    for k, s, d in layers:
        field += grows(k, s, d, step)
        step = steps(step, s, d)
    return field


receptive_field.mistake(
    "strides not used",
    "The strides are not used. Behind a layer of stride s the jump is s times as large, and every "
    "later layer grows the field by that much more: jump *= stride.",
)(lambda layers: _field(layers, steps=lambda step, s, d: step))

receptive_field.mistake(
    "own stride counted",
    "A layer's own stride counts already for itself. It only sets how far apart its outputs are: "
    "multiply it in after the field has grown.",
)(lambda layers: _field(layers, grows=lambda k, s, d, step: (k - 1) * d * step * s))

receptive_field.mistake(
    "strides of the last layer alone",
    "Only the stride of the layer before is used. The strides of all layers before are multiplied: "
    "jump *= stride.",
)(lambda layers: _field(layers, steps=lambda step, s, d: s))

receptive_field.mistake(
    "strides added up",
    "The strides are added up. Two layers of stride 3 put their outputs 9 pixels apart, not 6: "
    "multiply them.",
)(lambda layers: _field(layers, steps=lambda step, s, d: step + s - 1))

receptive_field.mistake(
    "strides added to 1",
    "The strides are added to the jump. Two layers of stride 3 put their outputs 9 pixels apart: "
    "multiply them, jump *= stride.",
)(lambda layers: _field(layers, steps=lambda step, s, d: step + s))

receptive_field.mistake(
    "dilation not used",
    "The dilation is not used: with dilation d the entries of a kernel are d pixels apart, so it "
    "spans (kernel - 1) * d + 1.",
)(lambda layers: _field(layers, grows=lambda k, s, d, step: (k - 1) * step))

receptive_field.mistake(
    "kernel times dilation",
    "A kernel with dilation d spans (kernel - 1) * d + 1 pixels, not kernel * d: the gaps lie "
    "between its entries.",
)(lambda layers: _field(layers, grows=lambda k, s, d, step: (k * d - 1) * step))

receptive_field.mistake(
    "dilation in the jump",
    "The dilation is carried on to the layers behind. Their inputs stand no further apart for it: "
    "only strides go into the jump.",
)(lambda layers: _field(layers, steps=lambda step, s, d: step * s * d))

receptive_field.mistake(
    "whole kernel added",
    "Every layer adds too much: of its kernel entries one was seen already, so it adds "
    "kernel - 1 of them.",
)(lambda layers: _field(layers, grows=lambda k, s, d, step: k * d * step))

receptive_field.mistake(
    "begun at 0",
    "One pixel too few: the field begins at 1, the pixel itself, before any layer grows it.",
)(lambda layers: _field(layers) - 1)

receptive_field.mistake(
    "product of the kernels",
    "The kernels are multiplied. Each layer adds to the field: dilation * (kernel - 1) * jump.",
)(lambda layers: math.prod(k for k, s, d in layers))

receptive_field.mistake(
    "sum of the kernels",
    "The kernels are added up. A layer adds dilation * (kernel - 1) * jump, and the field begins "
    "at 1.",
)(lambda layers: sum(k for k, s, d in layers))

receptive_field.mistake(
    "layers from the wrong end",
    "The layers are taken from the wrong end. A jump that grows begins with the first layer; "
    "field * stride + kernel - stride would begin with the last.",
)(lambda layers: _field(layers[::-1]))


receptive_field.mistake(
    "return inside the loop",
    "Only the first layer counts: the `return` stands inside the loop, and ends it in its first "
    "round. Move it to the left.",
)(lambda layers: _field(layers[:1]))

receptive_field.mistake(
    "last layer alone",
    "Only the last layer counts: is there = where += belongs? Every layer adds to the field.",
)(lambda layers: 1 + _field(layers) - _field(layers[:-1]))

receptive_field.mistake(
    "a float instead of an integer",
    "The number is right, but it is a float: a count of pixels is an int. // divides and stays "
    "one, / does not.",
)(lambda layers: float(_field(layers)))


# The occlusion map ------------------------------------------------------------------------------


def _map_work(
    rng, K: int, image_shape: tuple, label: int, size: int, dtype: Any = np.float64
) -> dict[str, Any]:
    """An image, and weights for predict; what is cut off at the border differs from the rest."""
    return {
        "image": normal(rng, *image_shape, dtype=dtype),
        "label": label,
        "size": size,
        "weights": normal(rng, K, *image_shape, dtype=dtype),
    }


def _map_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "image": np.arange(1.0, 13.0).reshape(1, 3, 4),
        "label": 1,
        "size": 3,
        "weights": np.stack([np.zeros((1, 3, 4)), np.ones((1, 3, 4))]),
    }
    tried: list[tuple] = [
        ("one pixel", 3, (1, 3, 5), 1, 1),
        ("squares", 3, (1, 6, 5), 2, 3),
        ("squares", 4, (1, 7, 9), 1, 5),
        ("channels", 3, (3, 5, 7), 2, 3),
        ("channels", 4, (2, 6, 4), 3, 3),
        ("label 0", 3, (2, 4, 5), 0, 3),
        ("larger than the image", 3, (2, 3, 4), 1, 7),
    ]
    works = [(group, _map_work(rng, *settings)) for group, *settings in tried]
    curved = [_map_work(rng, 3, (1, 5, 6), 2, 3), _map_work(rng, 4, (2, 6, 4), 1, 5)]
    float32 = _map_work(rng, 3, (2, 5, 6), 1, 3, np.float32)
    return [
        Case("the example", example, uses.map_of_linear_scores),
        *(Case(group, work, uses.map_of_linear_scores) for group, work in works),
        *(Case("not linear", work, uses.map_of_curved_scores) for work in curved),
        Case("float32", float32, uses.map_of_linear_scores),
    ]


occlusion_map = Exercise(
    name="occlusion_map",
    lesson=LESSON,
    points=3,
    reference=inspection.occlusion_map,
    returns=an_array(keeps_dtype=False),
    cases=_map_cases,
)


class _Cover:
    """The right map pixel by pixel; each mistake changes one thing."""

    def __call__(self, predict, image, label, size):
        whole = self.score(predict, image, label)
        drop = np.zeros(image.shape[1:])
        for i, j in np.ndindex(drop.shape):
            covered = self.copy(image)
            self.cover(covered, self.place(i, size), self.place(j, size))
            drop[i, j] = self.entry(whole, self.score(predict, covered, label))
        return drop

    def score(self, predict, image, label):
        return predict(image[None])[0, label]

    def copy(self, image):
        return image.copy()

    def place(self, centre, size):
        return slice(max(0, centre - size // 2), centre + size // 2 + 1)

    def cover(self, covered, rows, columns):
        covered[:, rows, columns] = 0

    def entry(self, whole, without):
        return whole - without


def _mistaken(name: str, explanation: str):
    """Register an instance of the decorated class: it is called like a function."""

    def register(kind: type) -> type:
        occlusion_map.mistake(name, explanation)(kind())
        return kind

    return register


@_mistaken(
    "sign exchanged",
    "Every number has the wrong sign. A drop is the score of the whole image minus that of the "
    "covered one.",
)
class _Sign(_Cover):
    def entry(self, whole, without):
        return without - whole


@_mistaken(
    "score instead of its drop",
    "These are the scores of the covered images. How far the score drops is asked for: that of "
    "the whole image minus these.",
)
class _ScoreItself(_Cover):
    def entry(self, whole, without):
        return without


@_mistaken(
    "drop without its sign",
    "The drop has lost its sign: where covering raises the score, it is negative. Leave np.abs "
    "out.",
)
class _Absolute(_Cover):
    def entry(self, whole, without):
        return abs(whole - without)


@_mistaken(
    "drop relative to the score",
    "The drop is divided by the score of the whole image. The plain difference is asked for.",
)
class _Relative(_Cover):
    def entry(self, whole, without):
        return (whole - without) / whole


@_mistaken(
    "squares stay covered",
    "The squares before stay covered, and the image may be spoilt as well: make a new copy of the "
    "whole image for each square.",
)
class _OneCopy(_Cover):
    def copy(self, image):
        return image


@_mistaken(
    "start below 0",
    "Near the border i - size // 2 is negative, and a slice counts that from the end, so that "
    "nothing is covered. Begin at max(0, i - size // 2).",
)
class _BelowZero(_Cover):
    def place(self, centre, size):
        return slice(centre - size // 2, centre + size // 2 + 1)


@_mistaken(
    "corner at the pixel",
    "The square begins at (i, j). It is to be centred there: from i - size // 2 to i + size // 2.",
)
class _Corner(_Cover):
    def place(self, centre, size):
        return slice(centre, centre + size)


@_mistaken(
    "square too small by one",
    "The square lacks its last row and column: a slice ends before its second number, so write "
    "i + size // 2 + 1.",
)
class _TooSmall(_Cover):
    def place(self, centre, size):
        return slice(max(0, centre - size // 2), centre + size // 2)


@_mistaken(
    "size as a radius",
    "The square reaches size pixels to each side. Its side is size, so it reaches size // 2.",
)
class _Radius(_Cover):
    def place(self, centre, size):
        return slice(max(0, centre - size), centre + size + 1)


@_mistaken(
    "one channel covered",
    "Only channel 0 is covered. The square is to be 0 in all channels: covered[:, rows, columns].",
)
class _OneChannel(_Cover):
    def cover(self, covered, rows, columns):
        covered[0, rows, columns] = 0


@_mistaken(
    "covered with 1",
    "The squares are covered with 1. What is asked for is 0, the background.",
)
class _WithOnes(_Cover):
    def cover(self, covered, rows, columns):
        covered[:, rows, columns] = 1


@_mistaken(
    "covered with the mean",
    "The squares are covered with the mean of the image. What is asked for is 0, the background.",
)
class _WithTheMean(_Cover):
    def cover(self, covered, rows, columns):
        covered[:, rows, columns] = covered.mean()


@_mistaken(
    "all but the square covered",
    "Everything but the square is covered. It is the square itself that is to be 0.",
)
class _AllBut(_Cover):
    def cover(self, covered, rows, columns):
        kept = covered[:, rows, columns].copy()
        covered[:] = 0
        covered[:, rows, columns] = kept


@_mistaken(
    "largest score instead of the label's",
    "The label is not used: this is the largest score. Take that of the label, "
    "predict(...)[0, label].",
)
class _Largest(_Cover):
    def score(self, predict, image, label):
        return predict(image[None])[0].max()


@_mistaken(
    "axis of the images missing in the scores",
    "predict returns a row of scores for each image, (N, K), and you take row `label`. Take row 0 "
    "first: predict(...)[0, label].",
)
class _WrongRow(_Cover):
    def score(self, predict, image, label):
        return predict(image[None])[label]


@_mistaken(
    "one image without its axis",
    "predict takes images with the axes (N, C, H, W), and this one has no N. Put it into a batch "
    "of one: covered[None].",
)
class _NoBatch(_Cover):
    def score(self, predict, image, label):
        return predict(image)[label]


@_mistaken(
    "rows and columns exchanged",
    "The map is right with rows and columns exchanged: entry (i, j) belongs to row i and column "
    "j, and the shape is (H, W).",
)
class _Exchanged(_Cover):
    def __call__(self, predict, image, label, size):
        return super().__call__(predict, image, label, size).T


@_mistaken(
    "squares inside the image only",
    "The map is too small: only squares that lie wholly inside are tried. There is an entry for "
    "each pixel; what hangs over the edge is cut off.",
)
class _InsideOnly(_Cover):
    def __call__(self, predict, image, label, size):
        (H, W), r = image.shape[1:], size // 2
        drop = np.zeros((H - size + 1, W - size + 1))
        drop[:] = super().__call__(predict, image, label, size)[r : H - r, r : W - r]
        return drop


@_mistaken(
    "border left at 0",
    "Only squares that lie wholly inside are tried, and the entries near the border stay 0. Try "
    "every pixel; what hangs over the edge is cut off.",
)
class _BorderLeft(_Cover):
    def __call__(self, predict, image, label, size):
        drop, r = super().__call__(predict, image, label, size), size // 2
        inside = np.zeros_like(drop)
        middle = np.s_[r : drop.shape[0] - r, r : drop.shape[1] - r]
        inside[middle] = drop[middle]
        return inside


@_mistaken(
    "drop of a probability",
    "This is the drop of a probability: a softmax stands around the scores. The drop of the score "
    "itself is asked for, as predict returns it.",
)
class _Probability(_Cover):
    def score(self, predict, image, label):
        scores = predict(image[None])[0]
        exponentials = np.exp(scores - scores.max())
        return exponentials[label] / exponentials.sum()


@_mistaken(
    "largest score of the whole image",
    "The whole image counts with its largest score, the covered ones with that of the label. Take "
    "the label's score of both.",
)
class _LargestOfTheWhole(_Cover):
    def __call__(self, predict, image, label, size):
        drop = super().__call__(predict, image, label, size)
        scores = predict(image[None])[0]
        return drop - scores[label] + scores.max()


@_mistaken(
    "squares side by side",
    "The square jumps by its own size, so that most entries stay 0. It is centred at each pixel in "
    "turn: there is an entry for each.",
)
class _Jumps(_Cover):
    def __call__(self, predict, image, label, size):
        drop = super().__call__(predict, image, label, size)
        some = np.zeros_like(drop)
        some[::size, ::size] = drop[::size, ::size]
        return some
