"""The exercises themselves: their references, and what their cases try."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from course import convolution
from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.diagnosis.known import alone
from course.checks.exercises import LESSONS
from course.checks.geometry import Geometry, Numbers
from course.checks.layouts import LAYOUTS, laid_out
from course.checks.outcome import Outcome, agree
from course.checks.verdict import TOLERANCE

from .trials import (
    DIRECT,
    LAYERS,
    ONE_OF_A_KIND,
    PARTS,
    WITH_ARRAYS,
    arrays,
    cases,
    changed,
    doing,
    returning,
    same,
    same_arguments,
    single_trials,
)

IN_FLOAT64 = ["numerical_gradient"]  # float32 is too coarse for differences
CHOSEN_NUMBERS = ("the example", "zeros")
WITH_EQUAL_NUMBERS = ("gradient 0 at 0", "first of equals", "equal", "one entry differs")

each_exercise = pytest.mark.parametrize("name", ONE_OF_A_KIND)
each_with_arrays = pytest.mark.parametrize("name", WITH_ARRAYS)


def random_cases(name: str, seed: int = 0) -> list[Case]:
    return [case for case in cases(name, seed) if case.group not in CHOSEN_NUMBERS]


@pytest.mark.slow
@each_exercise
def test_the_reference_passes_its_own_check_for_twenty_seeds(name):
    for seed in range(20):
        assert EXERCISES[name].mark(EXERCISES[name].reference, seed).first_wrong() is None


@pytest.mark.parametrize("lesson", LESSONS)
def test_an_exercise_is_found_under_its_name_and_in_its_lesson_and_worth_something(lesson):
    for name, exercise in zip(LESSONS[lesson], EXERCISES.of(lesson), strict=True):
        assert EXERCISES[name] is exercise
        assert (exercise.name, exercise.lesson) == (name, lesson)
        assert exercise.points > 0


def test_the_catalogue_holds_the_exercises_of_all_lessons_and_no_others():
    assert list(EXERCISES) == [name for names in LESSONS.values() for name in names]
    assert len(EXERCISES) == len(set(EXERCISES)) == 39
    assert "im2coll" not in EXERCISES
    assert EXERCISES.of("99_none") == []


@each_exercise
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
def test_every_random_array_is_another_one_for_another_seed(name):
    for one, other in zip(random_cases(name, 0), random_cases(name, 1), strict=True):
        assert not any(map(same, arrays(one), arrays(other)))


@each_with_arrays
def test_no_number_occurs_twice_where_the_same_is_done_unless_it_is_meant_to(name):
    tried = [case for case in random_cases(name) if case.group not in WITH_EQUAL_NUMBERS]
    for use, dtype in product({case.use for case in tried}, TOLERANCE):
        alike = [array for case in tried if case.use is use for array in arrays(case)]
        numbers = [np.zeros(0), *(array.ravel() for array in alike if array.dtype == dtype)]
        assert len(np.unique(np.concatenate(numbers))) == sum(map(len, numbers))


@each_exercise
def test_a_check_opens_with_the_example_of_the_lesson_and_goes_on_group_by_group(name):
    groups = [case.group for case in cases(name)]
    assert groups[0] == "the example"
    assert same_arguments(cases(name)[0], cases(name, 1)[0])
    assert len(dict.fromkeys(groups)) == 1 + sum(a != b for a, b in pairwise(groups))


@each_exercise
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


# What the cases try -----------------------------------------------------------------------------


@each_with_arrays
def test_float64_and_float32_are_tried_but_never_in_one_case(name):
    dtypes = {str(array.dtype) for case in cases(name) for array in arrays(case)}
    assert dtypes == ({"float64"} if name in IN_FLOAT64 else {"float64", "float32"})
    for case in cases(name):
        assert len({array.dtype for array in arrays(case)}) == bool(arrays(case))


@pytest.mark.parametrize("name", [name for name in WITH_ARRAYS if name != "train_step"])
def test_arrays_lie_in_memory_in_every_way(name):
    axes = max(array.ndim for case in cases(name) for array in arrays(case))
    tried = {case.layout for case in cases(name)}
    assert tried == set(LAYOUTS) - (set() if axes > 1 else {"Fortran"})


def windows(name: str, part: str) -> list[Geometry]:
    """The geometries of the cases that give this part of the result."""
    slid = [case for case in cases(name) if {"kh", "stride"} <= set(case.sizes)]
    given = {uses.call: "y", uses.call_with_defaults: "y"} | PARTS
    return [Geometry(**case.sizes) for case in slid if given.get(case.use) == part]


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
ALONE = [(1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (3, 0), (4, 0), (2, 1)]
"""Strides and paddings. (1, 0), (2, 1) and (2, 0) show every known bug of a layer."""
SHAPES: dict[str, Callable[[Geometry], bool]] = {
    "an image that is higher than wide": lambda g: g.H > g.W,
    "an image that is wider than high": lambda g: g.H < g.W,
    "a kernel that is higher than wide": lambda g: g.kh > g.kw > 1,
    "a kernel that is wider than high": lambda g: g.kw > g.kh > 1,
    "a kernel of one entry": lambda g: g.kernel_size == (1, 1),
    "a kernel of one row": lambda g: g.kh == 1 < g.kw,
    "a kernel of one column": lambda g: g.kw == 1 < g.kh,
    "a kernel as large as the image": lambda g: g.output == (1, 1) and min(g.kernel_size) > 1,
    "fewer outputs than rows of the kernel": lambda g: g.output < g.kernel_size,
}
STRIDED = SHAPES | {
    **{f"{pair}": lambda g, pair=pair: (g.stride, g.padding) == pair for pair in ALONE},
    **{f"{k} rows or columns left": lambda g, k=k: k in g.remainders for k in (1, 2, 3)},
    "a frame and a remainder": lambda g: g.padding > 0 and max(g.remainders) > 0,
    "a long stride in a wide frame": lambda g: g.stride > 2 and g.padding > 1,
}
FEW_AND_MANY: dict[str, Callable[[Geometry], bool]] = {
    **{f"{k} {a}": lambda g, a=a, k=k: getattr(g, a) == k for a in "NCF" for k in (1, 2, 3)},
    "5 N": lambda g: g.N == 5,
    "as many N as F": lambda g: g.N == g.F > 1,  # for those who pair them
}


@pytest.mark.parametrize(("name", "part"), SLIDING)
def test_all_that_can_go_wrong_with_a_window_that_slides_is_tried(name, part):
    tried, counted = windows(name, part), COUNTED.get(name, "NCF")
    expected = dict(SHAPES if name in UNSTRIDED else STRIDED)
    expected |= {k: v for k, v in FEW_AND_MANY.items() if set(k) & set("NCF") <= set(counted)}
    assert [words for words, shows in expected.items() if not any(map(shows, tried))] == []
    assert sum(g.H != g.W for g in tried) > 0.8 * len(tried)
    assert any(
        g.kh != g.kw
        and len({1, *(getattr(g, axis) for axis in counted)}) == len(counted) + 1
        and (name in UNSTRIDED or (g.stride > 1 and g.padding > 0))
        for g in tried
    ), "no case tells every axis from every other"


@pytest.mark.parametrize(("name", "part"), [s for s in SLIDING if s[0] != "correlate2d"])
def test_height_and_width_are_told_apart_before_anything_else_is_added(name, part):
    first = windows(name, part)[0]
    assert (first.N, first.C, first.F, first.stride, first.padding) == (1, 1, 1, 1, 0)
    for high, wide in ((first.H, first.W), first.kernel_size, first.output):
        assert high != wide


def test_groups_and_dilations_are_tried_alone_and_together_with_what_else_there_is():
    assert {g.dilation for g in windows("dilated_conv", "y")} == {1, 2, 3}
    assert any(g.dilation > 1 and g.stride > 1 and g.padding for g in windows("dilated_conv", "y"))
    grouped = windows("grouped_conv", "y")
    assert {g.groups for g in grouped} == {1, 2, 3, 4}
    for compare in (lambda g: g.C > g.F, lambda g: g.C < g.F, lambda g: g.C == g.F == g.groups):
        assert any(g.groups > 1 and compare(g) for g in grouped)


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "softmax_cross_entropy"])
def test_what_a_layer_keeps_from_one_round_to_the_next_is_tried_for_every_result(name):
    tried = {case.use for case in cases(name)}
    assert {uses.y, uses.dx, uses.y_of_the_second_round, uses.dx_of_the_second_round} <= tried
    if uses.db in tried:
        assert {uses.dw_of_the_second_round, uses.db_of_the_second_round} <= tried
        assert {uses.keeps_its_parameters, uses.dx_of_new_parameters} <= tried
        assert {uses.dw_beside_another_layer, uses.db_beside_another_layer} <= tried


def remainder(size, kernel, stride=1, padding=0, dilation=1):
    """What part of a stride is left over behind the last window."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) % stride / stride


OF_THEIR_OWN: dict[str, dict[str, Callable[..., bool]]] = {
    "relu": {"numbers that a cut-off would show": lambda x, **_: np.max(np.abs(x)) > 50},
    "pad2d": {
        **{f"{n} axes": lambda x, padding, n=n: x.ndim == n for n in (2, 3, 4, 5)},
        **{f"padding {k}": lambda x, padding, k=k: padding == k for k in range(4)},
    },
    "output_size": {
        **{f"stride {k}": lambda stride=1, k=k, **_: stride == k for k in (1, 2, 3)},
        **{f"padding {k}": lambda padding=0, k=k, **_: padding == k for k in range(4)},
        **{f"dilation {k}": lambda dilation=1, k=k, **_: dilation == k for k in (1, 2, 3)},
        "no remainder": lambda **sizes: remainder(**sizes) == 0,
        "a small remainder": lambda **sizes: 0 < remainder(**sizes) < 0.5,
        "a large remainder": lambda **sizes: remainder(**sizes) > 0.5,
    },
    "numerical_gradient": {
        **{f"{n} axes": lambda f, x, n=n, **_: x.ndim == n for n in (1, 2, 3, 4)},
        **{f"step 1e-{k}": lambda step=1, k=k, **_: step == 10.0**-k for k in (5, 4, 3, 2)},
        "no step": lambda f, x, step=None: step is None,
    },
    "relative_error": {
        "two zeros": lambda a, b: not np.any(a) and not np.any(b),
        "one zero": lambda a, b: not np.any(a) and bool(np.any(b)),
        "negative numbers": lambda a, b: np.all(a < 0) and np.all(b < 0),
        "tiny numbers": lambda a, b: 0 < np.max(np.abs(a)) < 1e-7,
        "the first is larger": lambda a, b: np.max(np.abs(a)) > np.max(np.abs(b)),
        "the second is larger": lambda a, b: np.max(np.abs(a)) < np.max(np.abs(b)),
    },
    "conv_backward_bias": {
        "one image": lambda dy: dy.shape[0] == 1,
        "one filter and several images": lambda dy: dy.shape[1] == 1 < dy.shape[0],
        "as many images as filters": lambda dy: dy.shape[0] == dy.shape[1] > 1,
        "four different lengths": lambda dy: len({1, *dy.shape}) == 5,
    },
}


@pytest.mark.parametrize("name", OF_THEIR_OWN)
def test_what_only_this_exercise_can_be_tried_with_is_tried(name):
    tried = [case.arguments for case in cases(name)]
    asked = OF_THEIR_OWN[name].items()
    assert [words for words, shows in asked if not any(shows(**a) for a in tried)] == []


def test_most_functions_bend_enough_to_show_a_forward_difference():
    exercise, straight = EXERCISES["numerical_gradient"], 0
    assert len({case.arguments["f"] for case in cases("numerical_gradient")}) > 3
    for case in cases("numerical_gradient")[1:]:
        f, x, step = case.arguments["f"], case.arguments["x"], case.arguments.get("step", 1e-5)
        central = exercise.reference(f, x, step)
        above = [f(x + step * e.reshape(x.shape)) for e in np.eye(x.size)]
        gap = np.max(np.abs((np.array(above) - f(x)) / step - central.ravel()))
        straight += gap <= 2 * exercise.tolerance_for(case) * np.max(np.abs(central))
    assert straight == 0


def test_the_first_examples_are_the_lessons():
    example = cases("correlate2d")[0].arguments
    np.testing.assert_array_equal(convolution.correlate2d(**example), [[6, 3], [-6, -9]])
    example = cases("numerical_gradient")[0].arguments
    gradient = EXERCISES["numerical_gradient"].reference(**example)
    np.testing.assert_allclose(gradient, [2, -4, 6], rtol=1e-9)
    for name in ("conv_backward_weights_loops", "conv_backward_weights"):
        example = cases(name)[0].arguments
        dy, x = example["dy"][0, 0], example["x"][0, 0]
        np.testing.assert_array_equal(x, np.arange(16).reshape(4, 4))
        np.testing.assert_array_equal(dy, [[1, -2], [3, 0.5]])
        dw = EXERCISES[name].reference(**example)
        np.testing.assert_array_equal(dw[0, 0], convolution.correlate2d(x, dy))
    for name in ("conv_forward_loops", "conv_forward"):  # biases too large to pass for rounding
        example = cases(name)[0].arguments
        y = EXERCISES[name].reference(**example)
        assert np.min(np.abs(example["b"])) > 1e-3 * np.max(np.abs(y))
        assert len(set(example["b"])) == len(example["b"])


# Marking ----------------------------------------------------------------------------------------


@each_exercise
def test_an_answer_is_tried_once_for_each_case_with_its_arguments_and_nothing_else_is_done(name):
    calls = []

    def watched(case: Case) -> Case:
        def use(answer, **arguments):
            calls.append((answer, arguments))
            return case.use(answer, **arguments)

        return replace(case, use=use)

    exercise, answer = EXERCISES[name], returning(name, lambda value: value)
    replace(exercise, cases=lambda rng: list(map(watched, cases(name)))).mark(answer)
    tried = [arguments for tried, arguments in calls if tried is answer]
    for arguments, case in zip(tried, cases(name), strict=True):
        assert same_arguments(Case("", arguments), case)


@pytest.mark.parametrize("name", DIRECT)
def test_what_comes_out_is_what_is_judged(name):
    tried = single_trials(name)
    exercise = replace(EXERCISES[name], cases=lambda rng: tried)
    marks = exercise.mark(changed(name, lambda value, trial, part: value if trial % 2 else None))
    kinds = [verdict.kind.value for verdict in marks.verdicts]
    assert kinds == (["returned None", "right"] * len(tried))[: len(tried)]
    assert marks.first_wrong() == 0


@each_with_arrays
def test_the_arguments_of_a_case_are_the_same_after_marking_and_diagnosis(name):
    def vandal(*arguments):
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0

    marks = EXERCISES[name].mark(doing(name, vandal))
    alone(marks)
    assert all(map(same_arguments, marks.cases, cases(name)))


@each_with_arrays
def test_a_case_gives_new_arrays_each_time_that_lie_in_memory_as_its_own(name):
    for case in cases(name):
        for argument, mine in case.fresh_arguments().items():
            if isinstance(mine, np.ndarray):
                assert not any(np.shares_memory(mine, array) for array in arrays(case))
                assert mine.strides == laid_out(case.arguments[argument], case.layout).strides


@each_exercise
def test_marks_count_right_cases_by_group(name):
    marks = EXERCISES[name].mark(EXERCISES[name].reference)
    groups = marks.groups()
    assert sum(total for _, total in groups.values()) == len(marks.cases)
    assert all(right == total for right, total in groups.values())


@pytest.mark.parametrize(
    ("name", "error", "right"),
    [
        ("conv_as_matrix", 1e-10, True),
        ("conv_as_matrix", 1e-7, False),
        ("numerical_gradient", 1e-7, True),  # an exercise may forgive more than others
        ("numerical_gradient", 1e-5, False),
    ],
)
def test_rounding_is_forgiven_and_no_more(name, error, right):
    marks = EXERCISES[name].mark(returning(name, lambda y: y * (1 + y.dtype.type(error))))
    assert (marks.first_wrong() is None) is right


def test_arguments_are_described_by_name_and_how_they_lie_in_memory():
    described = cases("numerical_gradient")[0].describe()
    assert described == "f=sum_of_squares, x (3,) float64, step=1e-05"
    reversed_one = next(case for case in cases("dot_product") if case.layout == "reversed")
    assert reversed_one.describe().endswith("; the arrays are views that run backwards ([::-1])")


def test_results_that_are_nan_and_infinite_at_the_same_places_agree():
    one, other = (Outcome(np.array([1.0, np.nan, infinite])) for infinite in (np.inf, -np.inf))
    assert agree(one, one, 1e-9)
    assert not agree(one, other, 1e-9)
