"""The exercises themselves: their references, and what their cases try."""

from dataclasses import asdict
from itertools import pairwise, product

import numpy as np
import pytest

from course.checks import EXERCISES, uses
from course.checks.diagnosis.known import alone
from course.checks.exercises import LESSONS
from course.checks.geometry import Geometry, Numbers
from course.checks.layouts import LAYOUTS, laid_out
from course.checks.outcome import Outcome, agree
from course.checks.verdict import TOLERANCE
from course.examples import TOY_DY, UNEVEN_X

from . import trials
from .trials import LAYERS, ONE_OF_A_KIND, WITH_ARRAYS, arrays, cases, same_arguments

IN_FLOAT64 = ["numerical_gradient"]  # float32 is too coarse for differences
CHOSEN_NUMBERS = ("the example", "zeros", "the same box", "touching", "at the limit", "no boxes")
EQUAL_NUMBERS = ("gradient 0 at 0", "first of equals", "equal", "one entry differs", "some zeros")

in_order = pytest.mark.parametrize("name", [n for n in ONE_OF_A_KIND if n != "probe"])
"""The layers that a probe is tried with come in an order that is drawn: see test_probe.py."""
each_with_arrays = pytest.mark.parametrize("name", WITH_ARRAYS)


def test_the_catalogue_holds_the_exercises_of_all_lessons_by_name_each_worth_something(check):
    assert list(EXERCISES) == [name for names in LESSONS.values() for name in names]
    assert len(EXERCISES) == len(set(EXERCISES)) == 43
    assert "im2coll" not in EXERCISES
    assert set(EXERCISES) <= set(dir(check)), "tab completion offers them"
    assert not hasattr(check, "_repr_html_")
    assert EXERCISES.of("99_none") == []
    assert sum(bool(exercise.mends) for exercise in EXERCISES.values()) == 6
    for lesson, names in LESSONS.items():
        for name, exercise in zip(names, EXERCISES.of(lesson), strict=True):
            assert EXERCISES[name] is exercise
            assert (exercise.name, exercise.lesson) == (name, lesson)
            assert exercise.points > 0


@in_order
def test_cases_are_the_same_for_the_same_seed_and_other_ones_in_the_same_order_for_another(name):
    others = EXERCISES[name].cases(np.random.default_rng(3))
    for one, other in zip(cases(name, 3), others, strict=True):
        assert (one.group, one.layout, one.sizes) == (other.group, other.layout, other.sizes)
        assert same_arguments(one, other)
    for seed in (0, 1, 2):
        ones, others = cases(name, seed), cases(name, seed + 1)
        assert [case.group for case in ones] == [case.group for case in others]
        assert not all(map(same_arguments, ones, others))


@each_with_arrays
def test_random_arrays_are_others_for_another_seed_and_no_number_occurs_twice_by_chance(name):
    for one, other in zip(cases(name), cases(name, 1), strict=True):
        alike = any(map(trials.same, arrays(one), arrays(other)))
        assert one.group in CHOSEN_NUMBERS or not alike
    tried = [case for case in cases(name) if case.group not in CHOSEN_NUMBERS + EQUAL_NUMBERS]
    for use, dtype in product({case.use for case in tried}, TOLERANCE):
        alike = [array for case in tried if case.use is use for array in arrays(case)]
        numbers = [np.zeros(0), *(array.ravel() for array in alike if array.dtype == dtype)]
        assert len(np.unique(np.concatenate(numbers))) == sum(map(len, numbers))


@in_order
def test_a_check_opens_with_the_example_of_the_lesson_and_goes_on_group_by_group(name):
    groups = [case.group for case in cases(name)]
    assert groups[0] == "the example"
    assert same_arguments(cases(name)[0], cases(name, 1)[0])
    assert len(dict.fromkeys(groups)) == 1 + sum(a != b for a, b in pairwise(groups))


@in_order
def test_a_case_that_is_made_anew_from_its_sizes_has_the_same_shapes(name):
    shrinkable = [case for case in cases(name) if case.remake]
    assert len(shrinkable) >= 0.6 * len(cases(name))
    for case in shrinkable:
        again = case.remake(case.sizes, Numbers(np.random.default_rng(0), whole=True))
        assert (again.use, again.sizes) == (case.use, case.sizes)
        assert [a.shape for a in arrays(again)] == [a.shape for a in arrays(case)]
        if "kh" in case.sizes:
            with pytest.raises(ValueError, match="no case has the sizes"):
                case.remake(case.sizes | {"H": 0}, Numbers(np.random.default_rng(0)))


@each_with_arrays
def test_both_dtypes_are_tried_but_never_in_one_case_and_every_way_to_lie_in_memory(name):
    dtypes = {str(array.dtype) for case in cases(name) for array in arrays(case)}
    assert dtypes == ({"float64"} if name in IN_FLOAT64 else {"float64", "float32"})
    for case in cases(name):
        assert len({array.dtype for array in arrays(case)}) == bool(arrays(case))
    axes = max(array.ndim for case in cases(name) for array in arrays(case))
    layouts = set(LAYOUTS) - (set() if axes > 1 else {"Fortran"})
    assert name == "train_step" or {case.layout for case in cases(name)} == layouts


def windows(name: str, part: str) -> list[Geometry]:
    """The geometries of the cases that give this part of the result."""
    slid = [case for case in cases(name) if {"kh", "stride"} <= set(case.sizes)]
    given = {uses.call: "y", uses.call_with_defaults: "y"} | trials.PARTS
    return [Geometry(**case.sizes) for case in slid if given.get(case.use) == part]


def missing(asked: dict[str, set], tried: list[dict]) -> dict[str, set]:
    """By expression, the values that it is to have in some case and has in none."""
    found = {asks: {eval(asks, {"np": np}, names) for names in tried} for asks in asked}
    return {asks: left for asks, values in asked.items() if (left := values - found[asks])}


SLIDING = [
    (name, part)
    for name in ONE_OF_A_KIND
    for part in (("y", "dx", "dw", "db") if name in LAYERS else ("y",))
    if windows(name, part)
]
"""Exercises in which a window slides over an image; of a layer each part has cases of its own."""
UNSTRIDED = ("correlate2d", "depthwise_separable")
COUNTED = dict.fromkeys(("correlate2d", "correlate2d_strided"), "")
COUNTED |= {"im2col": "NC", "col2im": "NC", "conv_as_matrix": "CF"}
"""Of which there can be several, where it is not all of images, channels and filters."""
COUNTS = {"N": {1, 2, 3, 5}, "C": {1, 2, 3}, "F": {1, 2, 3}, "N == F > 1": {True}}
SHAPES = {
    "np.sign(H - W)": {1, -1},
    "np.sign(kh - kw) * (kh > 1) * (kw > 1)": {1, -1},
    "kh == 1, kw == 1": {(True, True), (True, False), (False, True)},
    "output == (1, 1) and kh > 1 and kw > 1": {True},  # a kernel as large as the image
    "output < (kh, kw)": {True},
}
STRIDED = SHAPES | {
    # (1, 0), (2, 1) and (2, 0) show every known bug of a layer
    "stride, padding": {(1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (3, 0), (4, 0), (2, 1)},
    "max(remainders)": {1, 2, 3},
    "padding > 0 and max(remainders) > 0": {True},
    "stride > 2 and padding > 1": {True},
}


@pytest.mark.parametrize(("name", "part"), SLIDING)
def test_all_that_can_go_wrong_with_a_window_that_slides_is_tried(name, part):
    tried, counted = windows(name, part), COUNTED.get(name, "NCF")
    names = [asdict(g) | {"output": g.output, "remainders": g.remainders} for g in tried]
    counts = {k: v for k, v in COUNTS.items() if set(k) & set("NCF") <= set(counted)}
    assert missing(counts | (SHAPES if name in UNSTRIDED else STRIDED), names) == {}
    assert sum(g.H != g.W for g in tried) > 0.8 * len(tried)
    assert any(
        g.kh != g.kw
        and len({1, *(getattr(g, axis) for axis in counted)}) == len(counted) + 1
        and (name in UNSTRIDED or (g.stride > 1 and g.padding > 0))
        for g in tried
    ), "no case tells every axis from every other"
    first = tried[0]  # height and width are told apart before anything else is added
    if name != "correlate2d":
        assert (first.N, first.C, first.F, first.stride, first.padding) == (1, 1, 1, 1, 0)
        assert all(a != b for a, b in ((first.H, first.W), first.kernel_size, first.output))


ROUNDS = {uses.y, uses.dx, uses.y_of_the_second_round, uses.dx_of_the_second_round}
WITH_PARAMETERS = {uses.dw_of_the_second_round, uses.db_of_the_second_round}
WITH_PARAMETERS |= {uses.keeps_its_parameters, uses.dx_of_new_parameters}
WITH_PARAMETERS |= {uses.dw_beside_another_layer, uses.db_beside_another_layer}


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "softmax_cross_entropy"])
def test_what_a_layer_keeps_from_one_round_to_the_next_is_tried_for_every_result(name):
    tried = {case.use for case in cases(name)}
    assert ROUNDS | (WITH_PARAMETERS if uses.db in tried else set()) <= tried


LEFT = "(size + 2 * padding - dilation * (kernel - 1) - 1) % stride / stride"
"""What part of a stride is left over behind the last window."""
OF_THEIR_OWN = {
    "relu": {"np.max(np.abs(x)) > 50": {True}},  # a cut-off would show
    "pad2d": {"x.ndim": {2, 3, 4, 5}, "padding": {0, 1, 2, 3}},
    "output_size": {"stride": {1, 2, 3}, "padding": {0, 1, 2, 3}, "dilation": {1, 2, 3}}
    | {f"{LEFT} == 0": {True}, f"np.sign({LEFT} - 0.5) * ({LEFT} > 0)": {1, -1}},
    "numerical_gradient": {"x.ndim": {1, 2, 3, 4}, "step": {None, 1e-5, 1e-4, 1e-3, 1e-2}},
    "relative_error": {
        "np.any(a), np.any(b)": {(False, False), (False, True)},
        "np.all(a < 0) and np.all(b < 0)": {True},
        "0 < np.max(np.abs(a)) < 1e-7": {True},
        "np.sign(np.max(np.abs(a)) - np.max(np.abs(b)))": {1, -1},
    },
    "conv_backward_bias": {
        "dy.shape[0] == 1": {True},
        "dy.shape[1] == 1 < dy.shape[0]": {True},
        "dy.shape[0] == dy.shape[1] > 1": {True},
        "len({1, *dy.shape})": {5},
    },
    "dilated_conv": {"dilation": {1, 2, 3}, "dilation > 1 and stride > 1 and padding > 0": {True}},
    "grouped_conv": {
        "groups": {1, 2, 3, 4},
        "(groups > 1) * np.sign(C - F)": {1, -1},
        "C == F == groups > 1": {True},
    },
}


@pytest.mark.parametrize("name", OF_THEIR_OWN)
def test_what_only_this_exercise_can_be_tried_with_is_tried(name):
    defaults = dict.fromkeys(("stride", "dilation", "groups"), 1) | {"padding": 0, "step": None}
    tried = [defaults | {"C": 0, "F": 0} | case.sizes | case.arguments for case in cases(name)]
    assert missing(OF_THEIR_OWN[name], tried) == {}


def test_the_first_examples_are_the_lessons():
    for name, right in (("correlate2d", [[6, 3], [-6, -9]]), ("numerical_gradient", [2, -4, 6])):
        np.testing.assert_allclose(trials.expected(name)[0], right, rtol=1e-9)
    given = cases("conv_backward_weights")[0].arguments
    np.testing.assert_array_equal(given["x"][0, 0], UNEVEN_X)
    np.testing.assert_array_equal(given["dy"][0, 0], TOY_DY)


@each_with_arrays
def test_a_case_gives_new_arrays_that_lie_in_memory_as_its_own_and_keeps_its_own(name):
    def vandal(*arguments):
        for array in (argument for argument in arguments if isinstance(argument, np.ndarray)):
            array[...] = 0

    marks = EXERCISES[name].mark(trials.doing(name, vandal))
    alone(marks)
    assert all(map(same_arguments, marks.cases, cases(name)))
    for case in marks.cases:
        for argument, mine in case.fresh_arguments().items():
            if isinstance(mine, np.ndarray):
                assert not any(np.shares_memory(mine, array) for array in arrays(case))
                assert mine.strides == laid_out(case.arguments[argument], case.layout).strides


@pytest.mark.parametrize(
    ("name", "forgiven"), [("conv_as_matrix", 1e-10), ("numerical_gradient", 1e-7)]
)
def test_rounding_is_forgiven_and_no_more_by_one_exercise_more_than_by_others(name, forgiven):
    for error in (forgiven, 1000 * forgiven):
        marks = trials.marks_of(
            name, trials.returning(name, lambda y, e=error: y * (1 + y.dtype.type(e)))
        )
        assert (not marks.wrong) is (error == forgiven)


def test_arguments_are_described_by_name_and_how_they_lie_in_memory():
    described = cases("numerical_gradient")[0].describe()
    assert described == "f=sum_of_squares, x (3,) float64, step=1e-05"
    reversed_one = next(case for case in cases("dot_product") if case.layout == "reversed")
    assert reversed_one.describe().endswith("; the arrays are views that run backwards ([::-1])")


def test_results_that_are_nan_and_infinite_at_the_same_places_agree():
    one, other = (Outcome(np.array([1.0, np.nan, infinite])) for infinite in (np.inf, -np.inf))
    assert agree(one, one, 1e-9)
    assert not agree(one, other, 1e-9)


@pytest.mark.parametrize("name", ["correlate2d", "im2col", "conv_forward", "grouped_conv"])
def test_an_answer_that_remembers_results_by_the_sizes_of_its_arguments_is_wrong(name):
    results = {}

    def remembering(*arguments):
        key = str([getattr(value, "shape", value) for value in arguments])
        if name == "correlate2d":  # whose bias is a number that is drawn, too
            key = str([value.shape for value in arguments[:2]])
        return results.setdefault(key, EXERCISES[name].reference(*arguments))

    assert not EXERCISES[name].accepts(remembering)


ALL_ZERO = {
    "all": lambda array: not array.all(),
    "first": lambda array: array.flat[0] == 0,
    "sum": lambda array: array.sum() == 0,
    "max": lambda array: array.max() == 0,
}


@pytest.mark.parametrize("asked", ALL_ZERO)
def test_an_array_with_a_zero_is_told_from_one_of_zeros(asked):
    is_zero, right = ALL_ZERO[asked], EXERCISES["relative_error"].reference
    answer = lambda a, b: 0.0 if is_zero(a) and is_zero(b) else right(a, b)  # noqa: E731
    assert not EXERCISES["relative_error"].accepts(answer)


def test_scores_below_0_are_scores_and_no_boxes_have_indices_too():
    suppress, right = EXERCISES["suppress"], EXERCISES["suppress"].reference

    def positive(boxes, scores, limit):
        kept = right(boxes, scores, limit)
        return kept[scores[kept] > 0]

    assert not suppress.accepts(positive)
    assert not suppress.accepts(lambda *given: np.array(right(*given).tolist()))


@pytest.mark.parametrize(
    "edit",
    [
        "default_rng(rng) -> default_rng(rng or None)",
        "default_rng(rng) -> default_rng(0 if rng is None else rng)",
        "self.w = normal -> self.w = np.ones(shape) * normal[:1]",
    ],
)
def test_weights_are_drawn_anew_and_one_by_one(edit):
    assert not EXERCISES["Conv2d"].accepts(trials.solved("Conv2d", edit))
