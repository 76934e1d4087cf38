"""Lesson 00: one tiny exercise, to see what a check says."""

import numpy as np

from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.verdict import A_NUMBER


def _reference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.dot(a, b))


def _cases(rng: np.random.Generator) -> list[Case]:
    a, b = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    cases = [Case("the example", {"a": a, "b": b})]
    for length in (2, 5, 9, 1):
        cases.append(Case("lengths", {"a": normal(rng, length), "b": normal(rng, length)}))
    a, b = normal(rng, 7, dtype=np.float32), normal(rng, 7, dtype=np.float32)
    cases.append(Case("float32", {"a": a, "b": b}))
    return cases


dot_product = Exercise(
    name="dot_product",
    lesson="00_start_here",
    points=1,
    reference=_reference,
    returns=A_NUMBER,
    cases=_cases,
)


@dot_product.mistake(
    "products not summed",
    "You multiply entry by entry, but do not add the products up to one number.",
)
def _not_summed(a, b):
    return a * b


@dot_product.mistake(
    "sums instead of products",
    "You add a and b. Multiply entry by entry first, then sum.",
)
def _added(a, b):
    return np.sum(a + b)


@dot_product.mistake(
    "last pair left out",
    "The last pair is missing: range(n) already stops at n - 1, so len(a) - 1 stops too early.",
)
def _last_left_out(a, b):
    return np.sum(a[:-1] * b[:-1])


@dot_product.mistake(
    "first pair left out",
    "The first pair is missing: indices begin at 0, not at 1.",
)
def _first_left_out(a, b):
    return np.sum(a[1:] * b[1:])


@dot_product.mistake(
    "return inside the loop",
    "Only the first product is there: the `return` stands inside the loop and ends it at once.",
)
def _returns_at_once(a, b):
    return a[0] * b[0]


@dot_product.mistake(
    "= instead of +=",
    "Only the last product is there: each one overwrites the one before (= where += is meant).",
)
def _overwritten(a, b):
    return a[-1] * b[-1]


@dot_product.mistake(
    "mean instead of sum",
    "Your number is the mean of the products: the sum is not divided by the length.",
)
def _mean(a, b):
    return np.mean(a * b)


@dot_product.mistake(
    "outer product",
    "You multiply every entry of a with every entry of b. Only entries at the same place meet.",
)
def _outer(a, b):
    return np.sum(np.outer(a, b))
