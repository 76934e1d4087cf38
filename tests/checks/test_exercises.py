"""The exercises themselves: their references, and what their cases try."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from course import convolution, nn
from course.checks import EXERCISES
from course.checks.case import Case
from course.checks.diagnosis.known import alone
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

OF_LAYERS = [
    "im2col",
    "col2im",
    "conv_forward_loops",
    "conv_forward",
    "conv_as_matrix",
    "conv_backward_weights_loops",
    "conv_backward_weights",
]
CORRELATIONS = ["correlate2d", "correlate2d_strided"]
FUNCTIONS = [name for name in DIRECT if name not in LAYERS]
IN_FLOAT64 = ["numerical_gradient"]  # float32 is too coarse for differences
WITH_STRIDE = ["correlate2d_strided", *OF_LAYERS]
CHOSEN_NUMBERS = ("the example", "zeros")
WITH_EQUAL_NUMBERS = ("gradient 0 at 0", "first of equals", "equal", "one entry differs")

each_exercise = pytest.mark.parametrize("name", ONE_OF_A_KIND)
each_of_layers = pytest.mark.parametrize("name", OF_LAYERS)
each_with_arrays = pytest.mark.parametrize("name", WITH_ARRAYS)
each_with_stride = pytest.mark.parametrize("name", WITH_STRIDE)


def random_cases(name: str, seed: int = 0) -> list[Case]:
    return [case for case in cases(name, seed) if case.group not in CHOSEN_NUMBERS]


def sizes(case: Case) -> dict[str, int]:
    """The length of every axis that the case has: N, C, F, H, W, kh and kw."""
    named: dict[str, int] = {}
    arguments = case.arguments
    if "w" in arguments:
        named |= dict(zip("FC", arguments["w"].shape[:-2], strict=False))
    if "dy" in arguments:
        named["F"] = arguments["dy"].shape[1]
    image = arguments.get("x_shape") or arguments["x"].shape
    named |= dict(zip("WHCN", reversed(image), strict=False))
    kernel = arguments.get("kernel_size") or arguments["w"].shape[-2:]
    return named | dict(zip(("kh", "kw"), kernel, strict=True))


@each_exercise
def test_the_reference_passes_its_own_check_for_twenty_seeds(name):
    exercise = EXERCISES[name]
    for seed in range(20):
        marks = exercise.mark(exercise.reference, seed)
        assert marks.first_wrong() is None
        assert max(marks.largest_errors().values()) == 0


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_found_under_its_name_and_worth_something(name):
    exercise = EXERCISES[name]
    assert exercise.name == name
    assert exercise.points > 0
    assert exercise.lesson[:2].isdigit()


@each_exercise
def test_cases_are_the_same_for_the_same_seed(name):
    for one, other in zip(cases(name, 3), cases(name, 3), strict=True):
        assert one.group == other.group
        assert same_arguments(one, other)


@each_exercise
def test_cases_of_another_seed_have_other_numbers_in_the_same_order(name):
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
def test_a_check_opens_with_the_example_of_the_lesson(name):
    first = cases(name)[0]
    assert first.group == "the example"
    assert same_arguments(first, cases(name, 1)[0])


@each_exercise
def test_the_cases_of_a_group_stand_together(name):
    groups = [case.group for case in cases(name)]
    assert len(dict.fromkeys(groups)) == 1 + sum(a != b for a, b in pairwise(groups))


# What the cases try -----------------------------------------------------------------------------


def dtypes_tried(name: str) -> set[str]:
    return {"float64"} if name in IN_FLOAT64 else {"float64", "float32"}


@each_with_arrays
def test_float64_and_float32_are_tried(name):
    dtypes = {str(array.dtype) for case in cases(name) for array in arrays(case)}
    assert dtypes == dtypes_tried(name)
    for case in cases(name):
        assert len({array.dtype for array in arrays(case)}) == bool(arrays(case))


@each_with_stride
def test_strides_1_to_4_and_paddings_0_to_3_are_tried_alone_and_together(name):
    pairs = {(case.arguments["stride"], case.arguments["padding"]) for case in cases(name)}
    assert {stride for stride, _ in pairs} == {1, 2, 3, 4}
    assert {padding for _, padding in pairs} == {0, 1, 2, 3}
    assert {(1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (3, 0), (4, 0)} <= pairs
    assert any(stride > 1 and padding > 0 for stride, padding in pairs)


@each_with_stride
def test_some_pixels_lie_in_a_remainder_that_no_window_reaches(name):
    def has_remainder(case):
        size, a = sizes(case), case.arguments
        return any(
            (size[axis] + 2 * a["padding"] - size[kernel]) % a["stride"]
            for axis, kernel in [("H", "kh"), ("W", "kw")]
        )

    assert any(map(has_remainder, cases(name)))


@pytest.mark.parametrize("name", [*CORRELATIONS, *OF_LAYERS])
def test_images_and_kernels_are_hardly_ever_square(name):
    shapes = [sizes(case) for case in cases(name)]
    for high, wide in [("H", "W"), ("kh", "kw")]:
        assert any(size[high] > size[wide] for size in shapes)
        assert any(size[high] < size[wide] for size in shapes)
    assert any(size["H"] != size["W"] and size["kh"] != size["kw"] for size in shapes)


@each_of_layers
def test_some_case_tells_every_axis_from_every_other_of_its_kind(name):
    def is_distinct(case):
        size = sizes(case)
        counts = [size[axis] for axis in "NCF" if axis in size]
        return (
            min(counts) > 1
            and len(set(counts)) == len(counts)
            and size["H"] != size["W"]
            and size["kh"] != size["kw"]
        )

    distinct = [case for case in cases(name) if is_distinct(case)]
    assert any(case.arguments["stride"] > 1 and case.arguments["padding"] for case in distinct)


@each_of_layers
def test_channels_and_where_there_are_any_images_and_filters_are_one_and_many(name):
    shapes = [sizes(case) for case in random_cases(name)]
    for axis in set("NCF") & set(shapes[0]):
        assert any(size[axis] == 1 for size in shapes)
        assert any(size[axis] > 2 for size in shapes)


PAIRABLE = [name for name in OF_LAYERS if name.startswith(("conv_forward", "conv_backward"))]


@pytest.mark.parametrize("name", PAIRABLE)
def test_as_many_images_as_filters_are_tried_for_those_who_pair_them(name):
    assert any(size["N"] == size["F"] > 1 for size in map(sizes, cases(name)))


@each_of_layers
def test_the_probe_that_catches_every_known_bug_of_a_layer_is_among_the_cases(name):
    """Strides and paddings (1, 0), (2, 1) and (2, 0)."""
    pairs = {(case.arguments["stride"], case.arguments["padding"]) for case in cases(name)}
    assert {(1, 0), (2, 1), (2, 0)} <= pairs


CONVOLUTIONS = [name for name in LAYERS if EXERCISES[name].reference is nn.Conv2d]


@pytest.mark.parametrize("part", ["y", "dx", "dw", "db"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_each_part_of_a_convolution_layer_is_tried_with_all_that_its_functions_are(name, part):
    tried = [case for case in random_cases(name) if PARTS.get(case.use) == part]
    settings = [
        dict(zip(EXERCISES[name].made_with, c.arguments["settings"], strict=False)) for c in tried
    ]
    pairs = {(setting["stride"], setting["padding"]) for setting in settings}
    assert {(1, 0), (2, 1), (2, 0)} <= pairs
    assert {1, 2, 3, 4} == {stride for stride, _ in pairs}
    assert {0, 1, 2, 3} == {padding for _, padding in pairs}
    shapes = [sizes(case) for case in tried]
    assert any(size["N"] == size["F"] > 1 for size in shapes)
    assert any(len({size[axis] for axis in "NCF"} | {1}) == 4 for size in shapes)
    for one, other in [("H", "W"), ("kh", "kw")]:
        assert any(size[one] > size[other] for size in shapes)
        assert any(size[one] < size[other] for size in shapes)
    assert any(
        (size["H"] + 2 * setting["padding"] - size["kh"]) % setting["stride"]
        or (size["W"] + 2 * setting["padding"] - size["kw"]) % setting["stride"]
        for size, setting in zip(shapes, settings, strict=True)
    )
    assert {str(array.dtype) for case in tried for array in arrays(case)} == set(TOLERANCE)


def test_kernels_as_large_as_the_image_and_of_one_pixel_are_tried():
    shapes = [(c.arguments["x"].shape, c.arguments["w"].shape) for c in cases("correlate2d")]
    assert any(image == kernel for image, kernel in shapes)
    assert any(kernel == (1, 1) for _, kernel in shapes)


def test_padding_is_tried_with_two_to_five_axes_and_with_none_to_add():
    tried = [(case.arguments["x"].ndim, case.arguments["padding"]) for case in cases("pad2d")]
    assert {axes for axes, _ in tried} == {2, 3, 4, 5}
    assert {0, 1, 2, 3} <= {padding for _, padding in tried}


def test_sizes_are_tried_with_every_argument_and_with_remainders():
    tried = [case.arguments for case in cases("output_size")]
    assert {1, 2, 3} <= {a["stride"] for a in tried}
    assert {0, 1, 2, 3} <= {a["padding"] for a in tried}
    assert {1, 2, 3} <= {a["dilation"] for a in tried}
    remainders = [
        (a["size"] + 2 * a["padding"] - a["dilation"] * (a["kernel"] - 1) - 1)
        % a["stride"]
        / a["stride"]
        for a in tried
    ]
    assert min(remainders) == 0
    assert any(0 < remainder < 0.5 for remainder in remainders)
    assert any(remainder > 0.5 for remainder in remainders)


def test_the_example_of_the_first_lessons_is_the_running_one():
    example = cases("correlate2d")[0].arguments
    np.testing.assert_array_equal(convolution.correlate2d(**example), [[6, 3], [-6, -9]])


def test_gradients_are_tried_with_every_number_of_axes_and_with_other_steps():
    tried = [case.arguments for case in cases("numerical_gradient")]
    assert {1, 2, 3, 4} == {a["x"].ndim for a in tried}
    assert {None, 1e-5, 1e-4, 1e-3, 1e-2} == {a.get("step") for a in tried}
    assert len({a["f"] for a in tried}) > 3


def test_the_example_of_the_gradients_is_the_lessons_and_a_sum_of_functions_of_one_entry():
    example = cases("numerical_gradient")[0].arguments
    gradient = EXERCISES["numerical_gradient"].reference(**example)
    np.testing.assert_allclose(gradient, [2, -4, 6], rtol=1e-9)


@pytest.mark.parametrize("number", range(1, 23))
def test_most_functions_bend_enough_to_show_a_forward_difference(number):
    case = cases("numerical_gradient")[number]
    f, x, step = case.arguments["f"], case.arguments["x"], case.arguments.get("step", 1e-5)
    central = EXERCISES["numerical_gradient"].reference(f, x, step)
    one_sided = np.array([(f(x + step * e.reshape(x.shape)) - f(x)) / step for e in np.eye(x.size)])
    gap = np.max(np.abs(one_sided - central.ravel())) / np.max(np.abs(central))
    assert gap > 2 * EXERCISES["numerical_gradient"].tolerance_for(case)


def test_arrays_are_compared_that_are_zero_both_or_one_and_negative_tiny_and_close():
    tried = [(a, b) for a, b in (case.arguments.values() for case in cases("relative_error"))]
    assert any(not np.any(a) and not np.any(b) for a, b in tried)
    assert any(not np.any(a) and np.any(b) for a, b in tried)
    assert any(np.all(a < 0) and np.all(b < 0) for a, b in tried)
    assert any(0 < np.max(np.abs(a)) < 1e-7 for a, b in tried)
    for exchanged in (False, True):
        assert any(
            np.max(np.abs(a)) > np.max(np.abs(b))
            for a, b in (p[:: 1 - 2 * exchanged] for p in tried)
        )


def test_the_biases_are_summed_over_one_and_many_images_and_filters_and_as_many_of_both():
    shapes = [case.arguments["dy"].shape for case in cases("conv_backward_bias")]
    assert any(N == 1 for N, *_ in shapes)
    assert any(F == 1 and N > 1 for N, F, *_ in shapes)
    assert any(N == F > 1 for N, F, *_ in shapes)
    assert any(len(set(shape)) == 4 and min(shape) > 1 for shape in shapes)


@pytest.mark.parametrize("name", ["conv_backward_weights_loops", "conv_backward_weights"])
def test_the_example_of_the_weights_is_the_toy_correlated_with_its_upstream(name):
    example = cases(name)[0].arguments
    dy, x = example["dy"][0, 0], example["x"][0, 0]
    np.testing.assert_array_equal(x, np.arange(16).reshape(4, 4))
    np.testing.assert_array_equal(dy, [[1, -2], [3, 0.5]])
    dw = EXERCISES[name].reference(**example)
    np.testing.assert_array_equal(dw[0, 0], convolution.correlate2d(x, dy))


@pytest.mark.parametrize("name", ["conv_forward_loops", "conv_forward"])
def test_the_biases_of_the_example_are_too_large_to_pass_for_rounding(name):
    example = cases(name)[0].arguments
    y = EXERCISES[name].reference(**example)
    assert np.min(np.abs(example["b"])) > 1e-3 * np.max(np.abs(y))
    assert len(set(example["b"])) == len(example["b"])


@each_of_layers
def test_height_and_width_are_told_apart_before_anything_else_is_added(name):
    groups = [case for case in cases(name) if case.group != "the example"]
    assert groups[0].group == "not square"
    size = sizes(groups[0])
    assert {size.get(axis, 1) for axis in "NCF"} == {1}
    oh, ow = size["H"] - size["kh"] + 1, size["W"] - size["kw"] + 1
    for one, other in [(size["H"], size["W"]), (size["kh"], size["kw"]), (oh, ow)]:
        assert one != other


# Marking ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_function_handed_in_is_called_once_for_each_case_with_its_arguments(name):
    calls = []

    def answer(*arguments):
        calls.append(arguments)
        return EXERCISES[name].reference(*arguments)

    EXERCISES[name].mark(answer, seed=4)
    assert len(calls) == len(cases(name, 4))
    for call, case in zip(calls, cases(name, 4), strict=True):
        assert all(map(same, call, case.arguments.values()))


def recording(layer: type) -> tuple[type, list]:
    """A layer that writes down how it is made and what its methods are handed."""
    calls: list = []

    class Recording(layer):
        def __init__(self, *settings):
            drawn_from = [s for s in settings if isinstance(s, np.random.Generator)]
            calls.append(("made with", settings[: len(settings) - len(drawn_from)]))
            super().__init__(*settings)

        def forward(self, *inputs):
            calls.append(("forward", *inputs))
            return super().forward(*inputs)

        def backward(self, *upstream):
            calls.append(("backward", *upstream))
            return super().backward(*upstream)

    return Recording, calls


@pytest.mark.parametrize("name", LAYERS)
def test_the_class_handed_in_is_tried_once_for_each_case_and_nothing_else_is_done_with_it(name):
    answer, calls = recording(EXERCISES[name].reference)
    EXERCISES[name].mark(answer, seed=4)
    tried, expected = recording(EXERCISES[name].reference)
    for case in cases(name, 4):
        case.try_out(tried)
    for one, other in zip(calls, expected, strict=True):
        assert all(map(same, one, other))


@pytest.mark.parametrize("name", DIRECT)
def test_what_comes_out_is_what_is_judged(name):
    tried = single_trials(name)
    exercise = replace(EXERCISES[name], cases=lambda rng: tried)
    marks = exercise.mark(changed(name, lambda value, trial, part: value if trial % 2 else None))
    kinds = [verdict.kind.value for verdict in marks.verdicts]
    assert kinds == (["returned None", "right"] * len(tried))[: len(tried)]
    assert marks.first_wrong() == 0


@each_with_arrays
def test_the_arguments_of_a_case_are_the_same_after_marking(name):
    def vandal(*arguments):
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0

    marks = EXERCISES[name].mark(doing(name, vandal))
    assert all(map(same_arguments, marks.cases, cases(name)))
    alone(marks)
    assert all(map(same_arguments, marks.cases, cases(name)))


@each_with_arrays
def test_a_case_gives_new_arrays_each_time(name):
    for case in cases(name):
        for mine in case.fresh_arguments().values():
            if isinstance(mine, np.ndarray):
                assert not any(np.shares_memory(mine, array) for array in arrays(case))


@each_exercise
def test_marks_count_right_cases_by_group(name):
    marks = EXERCISES[name].mark(EXERCISES[name].reference)
    groups = marks.groups()
    assert sum(total for _, total in groups.values()) == len(marks.cases)
    assert all(right == total for right, total in groups.values())


@each_with_arrays
def test_errors_are_reported_for_each_dtype(name):
    errors = EXERCISES[name].mark(EXERCISES[name].reference).largest_errors()
    assert set(errors) == dtypes_tried(name)


@pytest.mark.parametrize(("error", "right"), [(1e-10, True), (1e-7, False)])
def test_rounding_is_forgiven_and_no_more(error, right):
    name = "conv_as_matrix"
    marks = EXERCISES[name].mark(returning(name, lambda A: A * (1 + A.dtype.type(error))))
    assert (marks.first_wrong() is None) is right


@pytest.mark.parametrize(("error", "right"), [(1e-7, True), (1e-5, False)])
def test_an_exercise_may_forgive_more_than_others(error, right):
    name = "numerical_gradient"
    marks = EXERCISES[name].mark(returning(name, lambda gradient: gradient * (1 + error)))
    assert (marks.first_wrong() is None) is right


def test_a_function_among_the_arguments_is_described_by_its_name():
    assert cases("numerical_gradient")[0].describe() == (
        "the example: f=sum_of_squares, x (3,) float64, step=1e-05"
    )


def test_results_that_are_nan_and_infinite_at_the_same_places_agree():
    one, other = (Outcome(np.array([1.0, np.nan, infinite])) for infinite in (np.inf, -np.inf))
    assert agree(one, one, 1e-9)
    assert not agree(one, other, 1e-9)
