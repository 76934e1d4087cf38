"""Lesson 06: the gradient of any function, and how far two gradients are apart."""

import numpy as np

from course import gradcheck
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import a_number, an_array

# What is differentiated. But for the first, the second and third derivatives are large, so that
# one-sided differences and other steps show; the last is no sum of functions of one entry each.


def sum_of_squares(x):
    """The function of the lesson."""
    return np.sum(x**2)


def weighted_cubes(x):
    """Every entry counts differently."""
    return np.sum(np.arange(1, x.size + 1).reshape(x.shape) * x**3)


def waves(x):
    """Bends often between two entries of x."""
    return np.sum(np.sin(5 * x + np.arange(x.size).reshape(x.shape)))


def mixed_products(x):
    """Every entry is multiplied with the next, so that one that drifts harms another."""
    entries = np.ravel(x)
    return np.sum(entries**3) + 5 * np.sum(entries[:-1] * entries[1:] ** 2)


_DEFAULT = 1e-5


def _gradient_case(group, rng, f, shape, step=_DEFAULT) -> Case:
    return Case(group, {"f": f, "x": normal(rng, *shape), "step": step})


def _gradient_cases(rng: np.random.Generator) -> list[Case]:
    x = np.array([1.0, -2.0, 3.0])
    return [
        Case("the example", {"f": sum_of_squares, "x": x, "step": _DEFAULT}),
        _gradient_case("one axis", rng, weighted_cubes, (5,)),
        _gradient_case("one axis", rng, mixed_products, (6,)),
        _gradient_case("two axes", rng, waves, (2, 3)),
        _gradient_case("two axes", rng, mixed_products, (4, 3)),
        _gradient_case("four axes", rng, weighted_cubes, (2, 1, 3, 2)),
        _gradient_case("four axes", rng, mixed_products, (1, 2, 2, 3)),
        _gradient_case("other steps", rng, waves, (4,), 1e-4),
        _gradient_case("other steps", rng, mixed_products, (2, 3), 1e-3),
        _gradient_case("other steps", rng, waves, (3, 2), 1e-2),
    ]


numerical_gradient = Exercise(
    name="numerical_gradient",
    lesson="06_checking_gradients",
    points=4,
    reference=gradcheck.numerical_gradient,
    returns=an_array(keeps_dtype=True),
    cases=_gradient_cases,
    tolerance=1e-6,
)


def _entry_by_entry(quotient):
    """A mistake that writes quotient(f, x, index, step) into every place of the result."""

    def gradient(f, x, step=_DEFAULT):
        found = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            found[index] = quotient(f, x, index, step)
        return found

    return gradient


def _moved(x, index, step):
    """A copy of x with one entry, or several, moved."""
    x = x.copy()
    x[index] += step
    return x


def _difference(f, x, index, step):
    """What the right quotient has above its line."""
    return f(_moved(x, index, step)) - f(_moved(x, index, -step))


@numerical_gradient.mistake(
    "forward difference",
    "This is the forward difference, f(x + h) - f(x) over h, which is off by about h. Go down, "
    "too: f(above) - f(below) over 2 * step.",
)
@_entry_by_entry
def _forward(f, x, index, step):
    return (f(_moved(x, index, step)) - f(x)) / step


@numerical_gradient.mistake(
    "backward difference",
    "This is the backward difference, f(x) - f(x - h) over h, which is off by about h. Go up, "
    "too: f(above) - f(below) over 2 * step.",
)
@_entry_by_entry
def _backward(f, x, index, step):
    return (f(x) - f(_moved(x, index, -step))) / step


@numerical_gradient.mistake(
    "divided by one step",
    "Twice as large as it should be: above and below are two steps apart, so divide by 2 * step.",
)
@_entry_by_entry
def _one_step(f, x, index, step):
    return _difference(f, x, index, step) / step


@numerical_gradient.mistake(
    "divided by 2 alone",
    "The difference is halved but not divided by the step: / (2 * step).",
)
@_entry_by_entry
def _halved(f, x, index, step):
    return _difference(f, x, index, step) / 2


@numerical_gradient.mistake(
    "not divided",
    "These are the differences themselves. Divide them by 2 * step, the way from below to above.",
)
@_entry_by_entry
def _undivided(f, x, index, step):
    return _difference(f, x, index, step)


@numerical_gradient.mistake(
    "parentheses missing around 2 * step",
    "a / 2 * step divides by 2 and then multiplies with the step. Write parentheses: / (2 * step).",
)
@_entry_by_entry
def _multiplied(f, x, index, step):
    return _difference(f, x, index, step) / 2 * step


@numerical_gradient.mistake(
    "parentheses missing around the difference",
    "Only f(below) is divided: a - b / c is a - (b / c). Write parentheses: "
    "(f(above) - f(below)) / (2 * step).",
)
@_entry_by_entry
def _only_below_divided(f, x, index, step):
    return f(_moved(x, index, step)) - f(_moved(x, index, -step)) / (2 * step)


@numerical_gradient.mistake(
    "sign exchanged",
    "Every number has the wrong sign: it is f(above) - f(below), not the other way round.",
)
@_entry_by_entry
def _sign(f, x, index, step):
    return -_difference(f, x, index, step) / (2 * step)


@numerical_gradient.mistake(
    "one step back instead of two",
    "From x + step, one step back leads only to x. Take 2 * step back, or begin again from a new "
    "copy of x.",
)
@_entry_by_entry
def _one_step_back(f, x, index, step):
    return (f(_moved(x, index, step)) - f(x)) / (2 * step)


@numerical_gradient.mistake(
    "half a step to each side",
    "You go half a step up and half a step down. Here `step` is the way to each side: "
    "(f(x + step) - f(x - step)) / (2 * step).",
)
@_entry_by_entry
def _half_steps(f, x, index, step):
    return _difference(f, x, index, step / 2) / step


@numerical_gradient.mistake(
    "a step of its own",
    "Your step is always 1e-5: is a number written where the argument `step` belongs?",
)
@_entry_by_entry
def _own_step(f, x, index, step):
    return _difference(f, x, index, _DEFAULT) / (2 * _DEFAULT)


@numerical_gradient.mistake(
    "all entries moved at once",
    "All entries move together, so that every number is the sum of the whole gradient. Move one "
    "entry alone: above[index] += step, where above is a copy of x.",
)
@_entry_by_entry
def _all_at_once(f, x, index, step):
    return _difference(f, x, ..., step) / (2 * step)


@numerical_gradient.mistake(
    "one number for all entries",
    "x + step moves all entries together and gives a single number. Go through the entries, move "
    "one alone, and write its quotient into gradient[index].",
)
def _one_for_all(f, x, step=_DEFAULT):
    return (f(x + step) - f(x - step)) / (2 * step)


@numerical_gradient.mistake(
    "f called with one entry alone",
    "f gets one entry alone, not an array. Give it a copy of the whole x in which one entry has "
    "moved.",
)
@_entry_by_entry
def _entry_alone(f, x, index, step):
    return (f(x[index] + step) - f(x[index] - step)) / (2 * step)


@numerical_gradient.mistake(
    "no copy",
    "Every number is 0: is the result written to? If you write above = x, no copy is made, and "
    "both steps fall on one array and cancel. Write x.copy() twice.",
)
@_entry_by_entry
def _no_copy(f, x, index, step):
    return 0.0


@numerical_gradient.mistake(
    "entry not put back",
    "Each entry stays a step below where it was, also while the next ones are measured. Work on "
    "copies, x.copy(), or write the old number back before the next entry.",
)
@_entry_by_entry
def _not_put_back(f, x, index, step):
    x[index] += step
    above = f(x)
    x[index] -= 2 * step
    return (above - f(x)) / (2 * step)


@numerical_gradient.mistake(
    "copied once for all entries",
    "The copies are made before the loop, so that entries that have moved stay moved. Make both "
    "copies inside the loop, anew for each entry.",
)
def _copied_once(f, x, step=_DEFAULT):
    gradient, above, below = np.zeros(x.shape), x.copy(), x.copy()
    for index in np.ndindex(x.shape):
        above[index] += step
        below[index] -= step
        gradient[index] = (f(above) - f(below)) / (2 * step)
    return gradient


@numerical_gradient.mistake(
    "only the first axis",
    "With two axes or more, x[i] is a whole row, and all of it moves. np.ndindex(x.shape) gives "
    "the index of every single entry.",
)
def _first_axis(f, x, step=_DEFAULT):
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        gradient[i] = _difference(f, x, i, step) / (2 * step)
    return gradient


@numerical_gradient.mistake(
    "gradient along one axis",
    "The right numbers in one long row. split them with reshape(x.shape) at the end: the gradient "
    "has the shape of x.",
)
def _flattened(f, x, step=_DEFAULT):
    return gradcheck.numerical_gradient(f, x, step).ravel()


@numerical_gradient.mistake(*common.returned_in_the_loop("the entries", "the first number"))
def _first_entry(f, x, step=_DEFAULT):
    return common.only(gradcheck.numerical_gradient(f, x, step), (0,) * x.ndim)


def _error_case(group, rng, shape, a=1.0, b=1.0, dtype=np.float64) -> Case:
    """Two random arrays of the sizes a and b."""
    numbers = normal(rng, 2, *shape)
    return Case(group, {"a": (a * numbers[0]).astype(dtype), "b": (b * numbers[1]).astype(dtype)})


def _error_cases(rng: np.random.Generator) -> list[Case]:
    zeros, numbers = np.zeros((2, 3)), normal(rng, 2, 3)
    gradient, tiny = normal(rng, 2, 3, 2, 2), normal(rng, 3, 2)
    below, above = -np.abs(normal(rng, 5)) - 1, np.abs(normal(rng, 4)) + 1
    return [
        Case("the example", {"a": np.array([0.0, 100.0]), "b": np.array([1.0, 99.0])}),
        _error_case("far apart", rng, (5,), b=3),
        _error_case("far apart", rng, (3, 4), a=4),
        _error_case("far apart", rng, (2, 3, 1, 4)),
        Case("negative", {"a": below, "b": below - np.abs(normal(rng, 5)) - 1}),
        Case("negative", {"a": above, "b": above * 3 + normal(rng, 4) ** 2}),
        Case("close", {"a": gradient, "b": gradient + 1e-5 * normal(rng, 2, 3, 2, 2)}),
        Case("close", {"a": 1e-9 * tiny, "b": 1e-9 * (tiny + 1e-3 * normal(rng, 3, 2))}),
        Case("zeros", {"a": zeros, "b": numbers}),
        Case("zeros", {"a": zeros, "b": zeros.copy()}),
        _error_case("float32", rng, (3, 2, 2), b=2, dtype=np.float32),
    ]


relative_error = Exercise(
    name="relative_error",
    lesson="06_checking_gradients",
    points=2,
    reference=gradcheck.relative_error,
    returns=a_number("a float", "fiu", "Return one number: the largest difference, divided."),
    cases=_error_cases,
)


def _ratio(numerator, denominator):
    """A mistake that divides numerator(a, b) by denominator(a, b), and sees to zero over zero."""

    def error(a, b):
        if not np.any(a) and not np.any(b):
            return 0.0
        return numerator(a, b) / denominator(a, b)

    return error


def _difference_of(a, b):
    return np.max(np.abs(a - b))


def _largest(a, b):
    return max(np.max(np.abs(a)), np.max(np.abs(b)))


relative_error.mistake(
    "mean instead of max",
    "This is the mean difference over the largest number. One wrong entry among many would hardly "
    "show: take np.max of the differences.",
)(_ratio(lambda a, b: np.mean(np.abs(a - b)), _largest))

relative_error.mistake(
    "sum instead of max",
    "The differences are added up. Take the largest one, np.max(np.abs(a - b)).",
)(_ratio(lambda a, b: np.sum(np.abs(a - b)), _largest))

relative_error.mistake(
    "difference without its absolute value",
    "Where b is larger than a, the difference is negative and does not count. Take np.abs(a - b) "
    "before np.max.",
)(_ratio(lambda a, b: np.max(a - b), _largest))

relative_error.mistake(
    "absolute value after the maximum",
    "np.abs stands outside of np.max, where negative differences have lost already: "
    "np.max(np.abs(a - b)).",
)(_ratio(lambda a, b: np.abs(np.max(a - b)), _largest))

relative_error.mistake(
    "scale without absolute values",
    "The largest number is taken without its sign removed, so that -5 counts as less than 1: "
    "np.max(np.abs(a)), and the same for b.",
)(_ratio(_difference_of, lambda a, b: _nonzero(max(np.max(a), np.max(b)))))

relative_error.mistake(
    "no absolute values at all",
    "np.abs is missing, in the differences as well as in the scale: a negative number may be the "
    "largest one.",
)(_ratio(lambda a, b: np.max(a - b), lambda a, b: _nonzero(max(np.max(a), np.max(b)))))


def _nonzero(number):
    return number or np.inf


@relative_error.mistake(
    "divided by a alone",
    "You divide by the largest number in a. Take the larger of both, np.max(np.abs(a)) and "
    "np.max(np.abs(b)), so that exchanging a and b changes nothing.",
)
def _by_a(a, b):
    return _over(_difference_of(a, b), np.max(np.abs(a)))


@relative_error.mistake(
    "divided by b alone",
    "You divide by the largest number in b, and forget a. Take the larger of both: exchanging a "
    "and b must change nothing.",
)
def _by_b(a, b):
    return _over(_difference_of(a, b), np.max(np.abs(b)))


@relative_error.mistake(
    "divided by the smaller one",
    "You divide by the smaller of the two largest numbers: max belongs there, not min.",
)
def _by_the_smaller(a, b):
    return _over(_difference_of(a, b), min(np.max(np.abs(a)), np.max(np.abs(b))))


def _over(numerator, denominator):
    """Their quotient; 0 where the lesson's line for zeros would return it."""
    return numerator / denominator if denominator else 0.0


relative_error.mistake(
    "divided by the sum",
    "You divide by the sum of both. Other courses do so, but here it is the larger of both: "
    "max(np.max(np.abs(a)), np.max(np.abs(b))).",
)(_ratio(_difference_of, lambda a, b: np.max(np.abs(a)) + np.max(np.abs(b))))

relative_error.mistake(
    "divided by the largest sum of two entries",
    "You divide by the largest |a| + |b|. Here it is the largest number in either array: "
    "max(np.max(np.abs(a)), np.max(np.abs(b))).",
)(_ratio(_difference_of, lambda a, b: np.max(np.abs(a) + np.abs(b))))

relative_error.mistake(
    "largest ratio of two entries",
    "You divide entry by entry and then take the largest ratio: a tiny entry then counts as much "
    "as the large ones. Take both maxima first, then divide once.",
)(
    _ratio(
        lambda a, b: np.max(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-300)),
        lambda a, b: 1,
    )
)

relative_error.mistake(
    "largest ratio of two entries, over their sum",
    "This divides by |a| + |b| entry by entry, as other courses do: a tiny entry then counts as "
    "much as the large ones. Here take both maxima first, then divide once.",
)(lambda a, b: np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))

relative_error.mistake(
    "lengths instead of largest entries",
    "You divide lengths, that is roots of sums of squares (np.linalg.norm). Take the largest "
    "entries: np.max(np.abs(...)).",
)(
    _ratio(
        lambda a, b: np.linalg.norm(np.ravel(a - b)),
        lambda a, b: max(np.linalg.norm(np.ravel(a)), np.linalg.norm(np.ravel(b))),
    )
)

relative_error.mistake(
    "difference of the largest numbers",
    "You compare the two largest numbers, which may stand in different places. Subtract entry by "
    "entry first: np.max(np.abs(a - b)).",
)(_ratio(lambda a, b: np.abs(np.max(np.abs(a)) - np.max(np.abs(b))), _largest))

relative_error.mistake(
    "absolute error",
    "This is the largest difference itself. Divide it by the largest number in either array.",
)(_difference_of)

relative_error.mistake(
    "one ratio for every entry",
    "This is an array with a ratio for every entry: np.max around the differences is missing.",
)(_ratio(lambda a, b: np.abs(a - b), _largest))

relative_error.mistake(
    "a small number added to the scale",
    "A small number added to the scale avoids the division by 0, but spoils the error of small "
    "gradients. Ask with `if` whether the largest number is 0.",
)(lambda a, b: _difference_of(a, b) / (_largest(a, b) + 1e-8))


@relative_error.mistake(
    "0 when one of the two is zero",
    "You return 0 as soon as one array is zero, so a gradient of zeros would always pass. The "
    "error is 0 only when both are.",
)
def _zero_if_either(a, b):
    if not np.any(a) or not np.any(b):
        return 0.0
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(a)), np.max(np.abs(b))))


@relative_error.mistake(
    "zero over zero",
    "When both arrays are zero, 0 is divided by 0, which is nan. They are equal, so return 0.0 "
    "before dividing.",
)
def _zero_over_zero(a, b):
    with np.errstate(invalid="ignore"):
        return _difference_of(a, b) / _largest(a, b)


@relative_error.mistake(
    "division by zero",
    "When both arrays are zero, you divide by 0, which Python's floats refuse. They are equal, so "
    "return 0.0 before dividing.",
)
def _division_by_zero(a, b):
    return float(_difference_of(a, b)) / float(_largest(a, b))


@relative_error.mistake(
    "max of two arrays",
    "Python's max cannot say which of two arrays is larger. Make a number of each first: "
    "max(np.max(np.abs(a)), np.max(np.abs(b))).",
)
def _max_of_arrays(a, b):
    return np.max(np.abs(a - b)) / np.max(max(np.abs(a), np.abs(b)))


@relative_error.mistake(
    "np.max of two arrays",
    "np.max takes one array: what stands second is read as an axis. Make a number of each array "
    "first: max(np.max(np.abs(a)), np.max(np.abs(b))).",
)
def _np_max_of_arrays(a, b):
    return np.max(np.abs(a - b)) / np.max(np.abs(a), np.abs(b))
